"""Daily backups of what the cluster's volumes hold."""

from __future__ import annotations

from typing import TypedDict

import pulumi
import pulumi_gcp as gcp

from recommender.kubernetes.plan import ClusterPlan
from recommender.plan import Snapshots


class VolumeBackupsArgs(TypedDict):
    """What `VolumeBackups` needs."""

    plan: ClusterPlan
    backups: Snapshots
    """The plan's own."""
    cluster: pulumi.Input[str]
    """`projects/P/locations/R/clusters/C`."""
    key: pulumi.Input[str] | None


class VolumeBackups(pulumi.ComponentResource):
    """A plan of Backup for GKE: every namespace with its volumes, once a day.

    Kubernetes secrets are left out: they come from a store, and a copy of them would be rotated by nobody. The plan
    stays when the stack goes, and the backups with it.
    """

    def __init__(self, name: str, args: VolumeBackupsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("moorage:gcp:VolumeBackups", name, opts=opts)
        plan, backups, key = args["plan"], args["backups"], args["key"]
        hour, minute = (int(part) for part in backups.start_utc.split(":"))
        gcp.gkebackup.BackupPlan(
            f"{name}-volumes",
            project=plan.project,
            location=plan.region,
            cluster=args["cluster"],
            description=f"Daily backups of the volumes of {name}, kept for {backups.keep_days} days.",
            backup_schedule={"cron_schedule": f"{minute} {hour} * * *"},
            retention_policy={"backup_retain_days": backups.keep_days},
            backup_config={
                "all_namespaces": True,
                "include_volume_data": True,
                "include_secrets": False,
                "encryption_key": {"gcp_kms_encryption_key": key} if key else None,
            },
            labels=dict(plan.tags),
            opts=pulumi.ResourceOptions(
                parent=self, protect=plan.deletion_protection, retain_on_delete=plan.deletion_protection
            ),
        )
        self.register_outputs({})

"""The disk that holds everything worth keeping, with its snapshots. It never belongs to the machine."""

from __future__ import annotations

from typing import TypedDict

import pulumi
import pulumi_gcp as gcp

from recommender.plan import SingleNodePlan, Snapshots


class DataDiskArgs(TypedDict):
    """What `DataDisk` needs."""

    plan: SingleNodePlan
    """Size, type, zone, key and schedule, and whether the disk is kept."""


def schedule_start(start_utc: str) -> str:
    """The latest start that a daily schedule accepts, at or before HH:MM: it must be a multiple of four hours, in UTC.

    Source: pulumi_gcp 10.2.0, `ResourcePolicySnapshotSchedulePolicyScheduleDailySchedule.start_time`, read 2026-11-22.
    """
    hour = int(start_utc.split(":")[0])
    return f"{hour // 4 * 4:02d}:00"


class DataDisk(pulumi.ComponentResource):
    """A zonal disk and its daily snapshots, which stay when the disk goes.

    Where the plan keeps the disk, `protect` and `retain_on_delete` stand on the disk itself: neither is passed on by
    a parent in every case, and a destroyed stack must not take the data along. A disk only grows: a smaller size, or
    another zone or type, would replace it, and `protect` then stops the update.
    """

    disk_id: pulumi.Output[str]
    """`projects/P/zones/Z/disks/NAME`."""
    self_link: pulumi.Output[str]

    def __init__(self, name: str, args: DataDiskArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("moorage:gcp:DataDisk", name, opts=opts)
        plan = args["plan"]
        keep = plan.data_disk.keep
        disk = gcp.compute.Disk(
            f"{name}-data",
            zone=plan.zone,
            size=plan.data_disk.size_gb,
            type=plan.data_disk.kind,
            disk_encryption_key={"kms_key_self_link": plan.kms_key} if plan.kms_key else None,
            create_snapshot_before_destroy=keep,
            labels=dict(plan.tags),
            opts=pulumi.ResourceOptions(parent=self, protect=keep, retain_on_delete=keep),
        )
        if plan.snapshots:
            self._snapshot_daily(name, plan, plan.snapshots, disk)
        self.disk_id = disk.id
        self.self_link = disk.self_link
        self.register_outputs({"diskId": self.disk_id, "selfLink": self.self_link})

    def _snapshot_daily(self, name: str, plan: SingleNodePlan, snapshots: Snapshots, disk: gcp.compute.Disk) -> None:
        policy = gcp.compute.ResourcePolicy(
            f"{name}-daily",
            description=f"Daily snapshots of the data disk of {name}, kept for {snapshots.keep_days} days.",
            snapshot_schedule_policy={
                "schedule": {"daily_schedule": {"days_in_cycle": 1, "start_time": schedule_start(snapshots.start_utc)}},
                "retention_policy": {
                    "max_retention_days": snapshots.keep_days,
                    "on_source_disk_delete": "KEEP_AUTO_SNAPSHOTS",
                },
                # In the region that the profile names, which may be a promise about where code is kept.
                "snapshot_properties": {"labels": dict(plan.tags), "storage_locations": plan.region},
            },
            opts=pulumi.ResourceOptions(parent=self),
        )
        # Naming the policy on the disk itself would replace the disk whenever the policy is replaced.
        gcp.compute.DiskResourcePolicyAttachment(
            f"{name}-daily",
            name=policy.name,
            disk=disk.name,
            zone=plan.zone,
            opts=pulumi.ResourceOptions(parent=self),
        )

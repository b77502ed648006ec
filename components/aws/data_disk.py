"""The disk that outlives every machine."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypedDict

import pulumi
import pulumi_aws as aws

from components.aws import iam
from components.aws.tags import named
from recommender.plan import SingleNodePlan, Snapshots

_SNAPSHOT_TAG = "moorage:data-disk"


class DataDiskArgs(TypedDict):
    """What a data disk is made of."""

    plan: SingleNodePlan
    """Size, kind, key and schedule, whether the disk is kept, and its zone, a change of which would replace it."""


class DataDisk(pulumi.ComponentResource):
    """An encrypted EBS volume and its snapshot schedule. The machine attaches it; this component never does."""

    volume_id: pulumi.Output[str]
    """The volume."""

    def __init__(self, name: str, args: DataDiskArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("moorage:aws:DataDisk", name, opts=opts)
        plan, disk, tags = args["plan"], args["plan"].data_disk, dict(args["plan"].tags)
        volume = aws.ebs.Volume(
            name,
            availability_zone=plan.zone,
            size=disk.size_gb,
            type=disk.kind,
            iops=disk.iops,
            throughput=disk.throughput_mbps,
            encrypted=True,
            kms_key_id=plan.kms_key,
            final_snapshot=disk.keep,
            tags={**named(tags, name), _SNAPSHOT_TAG: name},
            # Said here, not on the component: neither option is reliably inherited (pulumi/pulumi#19654).
            opts=pulumi.ResourceOptions(parent=self, protect=disk.keep, retain_on_delete=disk.keep),
        )
        if plan.snapshots:
            self._schedule_snapshots(name, plan.snapshots, plan.kms_key, tags)
        self.volume_id = volume.id
        self.register_outputs({"volumeId": self.volume_id})

    def _schedule_snapshots(
        self, name: str, snapshots: Snapshots, kms_key: str | None, tags: Mapping[str, str]
    ) -> None:
        role, permissions = self._snapshot_role(f"{name}-snapshots", kms_key, tags)
        aws.dlm.LifecyclePolicy(
            f"{name}-snapshots",
            description=f"Daily snapshots of {name}",
            execution_role_arn=role.arn,
            state="ENABLED",
            policy_details={
                "resource_types": ["VOLUME"],
                "target_tags": {_SNAPSHOT_TAG: name},
                "schedules": [
                    {
                        "name": "daily",
                        "create_rule": {"interval": 24, "interval_unit": "HOURS", "times": snapshots.start_utc},
                        # By count: after an outage of the schedule the last good snapshots do not age away.
                        "retain_rule": {"count": snapshots.keep_days},
                        "copy_tags": True,
                    }
                ],
            },
            tags=named(tags, f"{name}-snapshots"),
            opts=pulumi.ResourceOptions(parent=self, depends_on=permissions),
        )

    def _snapshot_role(
        self, name: str, kms_key: str | None, tags: Mapping[str, str]
    ) -> tuple[aws.iam.Role, list[pulumi.Resource]]:
        """A role of our own: the service's default role exists only where a person once created it."""
        child = pulumi.ResourceOptions(parent=self)
        role = aws.iam.Role(name, assume_role_policy=iam.trust("dlm.amazonaws.com"), tags=named(tags, name), opts=child)
        permissions: list[pulumi.Resource] = [
            aws.iam.RolePolicyAttachment(
                name,
                role=role.name,
                policy_arn=f"{iam.MANAGED_POLICY}/service-role/AWSDataLifecycleManagerServiceRole",
                opts=child,
            )
        ]
        if kms_key:
            policy = aws.iam.RolePolicy(f"{name}-key", role=role.name, policy=_use_of_key(kms_key), opts=child)
            permissions.append(policy)
        return role, permissions


def _use_of_key(kms_key: str) -> str:
    """What snapshots of a volume under a customer-managed key need (the managed policy names no key).

    Source: docs.aws.amazon.com/ebs/latest/userguide/dlm-prerequisites.html, read 2026-11-22. The key's own policy must
    let the account's IAM policies decide, as the default key policy does.
    """
    return iam.policy(
        iam.allow(
            ["kms:CreateGrant", "kms:ListGrants", "kms:RevokeGrant"],
            kms_key,
            {"Bool": {"kms:GrantIsForAWSResource": "true"}},
        ),
        iam.allow(["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"], kms_key),
    )

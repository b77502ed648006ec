"""Daily snapshots of every volume that has a tag."""

from __future__ import annotations

from collections.abc import Mapping

import pulumi
import pulumi_aws as aws

from components.aws import iam
from components.aws.tags import named
from recommender.plan import Snapshots


def schedule_snapshots(
    name: str,
    *,
    of: str,
    tag: tuple[str, str],
    snapshots: Snapshots,
    kms_key: pulumi.Input[str] | None,
    tags: Mapping[str, str],
    parent: pulumi.Resource,
) -> None:
    """Creates a schedule, and the role that Data Lifecycle Manager takes for it.

    Args:
        name: Logical name of both.
        of: What people call the volumes; part of the description.
        tag: Key and value that a volume must have.
        snapshots: When, and how many are kept.
        kms_key: Customer-managed key that encrypts the volumes; None: an AWS-managed one.
        tags: Tags of every resource.
        parent: Component that the resources belong to.
    """
    role, permissions = _role(name, kms_key, tags, parent)
    aws.dlm.LifecyclePolicy(
        name,
        description=f"Daily snapshots of {of}",
        execution_role_arn=role.arn,
        state="ENABLED",
        policy_details={
            "resource_types": ["VOLUME"],
            "target_tags": dict([tag]),
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
        tags=named(tags, name),
        opts=pulumi.ResourceOptions(parent=parent, depends_on=permissions),
    )


def _role(
    name: str, kms_key: pulumi.Input[str] | None, tags: Mapping[str, str], parent: pulumi.Resource
) -> tuple[aws.iam.Role, list[pulumi.Resource]]:
    """A role of our own: the service's default role exists only where a person once created it."""
    child = pulumi.ResourceOptions(parent=parent)
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
        document = pulumi.Output.from_input(kms_key).apply(iam.use_of_disk_key)
        permissions.append(aws.iam.RolePolicy(f"{name}-key", role=role.name, policy=document, opts=child))
    return role, permissions

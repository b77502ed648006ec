"""The key under everything that the cluster keeps."""

from __future__ import annotations

import pulumi
import pulumi_aws as aws

from components.aws import iam
from components.aws.tags import named
from recommender.kubernetes.plan import ClusterPlan

_DELETION_DAYS = 30
"""The longest that AWS offers to change one's mind: without the key, every disk and backup under it is lost."""


def key_for(
    name: str, plan: ClusterPlan, *, account: pulumi.Input[str], parent: pulumi.Resource
) -> pulumi.Input[str] | None:
    """ARN of the customer's key, or of one of our own; None: AWS's keys encrypt, as a disposable cluster's data may."""
    if plan.kms_key or plan.disposable:
        return plan.kms_key
    return aws.kms.Key(
        name,
        description=f"Disks, Kubernetes secrets and managed services of {plan.name}",
        enable_key_rotation=True,
        deletion_window_in_days=_DELETION_DAYS,
        policy=pulumi.Output.from_input(account).apply(_policy),
        tags=named(dict(plan.tags), name),
        opts=pulumi.ResourceOptions(parent=parent, protect=True, retain_on_delete=True),
    ).arn


def _policy(account: str) -> str:
    """The account's IAM policies decide; and Auto Scaling, whose role has none, may start nodes with encrypted disks.

    That role is named in a condition: as a principal it would have to exist, and it does not in an account that never
    had an Auto Scaling group. Its permissions are those of
    docs.aws.amazon.com/autoscaling/ec2/userguide/key-policy-requirements-EBS-encryption.html, read 2026-11-22.
    """
    role = f"arn:aws:iam::{account}:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling"
    by_auto_scaling = {"StringEquals": {"aws:PrincipalArn": role}}
    return iam.policy(
        {"Principal": {"AWS": f"arn:aws:iam::{account}:root"}, **iam.allow(["kms:*"], "*")},
        {
            "Principal": {"AWS": "*"},
            **iam.allow(
                ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"],
                "*",
                by_auto_scaling,
            ),
        },
        {
            "Principal": {"AWS": "*"},
            **iam.allow(["kms:CreateGrant"], "*", {**by_auto_scaling, "Bool": {"kms:GrantIsForAWSResource": "true"}}),
        },
    )

"""Who the machine is to AWS."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypedDict

import pulumi
import pulumi_aws as aws

from components.aws import iam
from components.aws.tags import named

METRICS_NAMESPACE = "moorage"
"""CloudWatch namespace of what the machine itself measures: used share of the data disk and of memory."""


class IdentityArgs(TypedDict):
    """What an identity is made of."""

    tags: Mapping[str, str]
    """Tags of every resource."""


class Identity(pulumi.ComponentResource):
    """Role and instance profile of the machine: Session Manager, and metrics of one namespace, nothing else."""

    profile_name: pulumi.Output[str]
    """Instance profile; known only when the role's policies are in place."""

    def __init__(self, name: str, args: IdentityArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("moorage:aws:Identity", name, opts=opts)
        child = pulumi.ResourceOptions(parent=self)
        tags = named(args["tags"], name)
        role = aws.iam.Role(name, assume_role_policy=iam.trust("ec2.amazonaws.com"), tags=tags, opts=child)
        session_manager = aws.iam.RolePolicyAttachment(
            f"{name}-session-manager",
            role=role.name,
            policy_arn=f"{iam.MANAGED_POLICY}/AmazonSSMManagedInstanceCore",
            opts=child,
        )
        metrics = aws.iam.RolePolicy(
            f"{name}-metrics",
            role=role.name,
            # PutMetricData knows no resources; the condition is what narrows it.
            policy=iam.policy(
                iam.allow(
                    ["cloudwatch:PutMetricData"],
                    "*",
                    {"StringEquals": {"cloudwatch:namespace": METRICS_NAMESPACE}},
                )
            ),
            opts=child,
        )
        profile = aws.iam.InstanceProfile(
            name,
            role=role.name,
            tags=tags,
            # The Session Manager agent gives up for a while when its first call at boot is refused.
            opts=pulumi.ResourceOptions(parent=self, depends_on=[session_manager, metrics]),
        )
        self.profile_name = profile.name
        self.register_outputs({"profileName": self.profile_name})

"""Who the machine is to AWS, and what it may do there."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TypedDict

import pulumi
import pulumi_aws as aws

from components.aws import iam
from components.aws.tags import named
from recommender.plan import SingleNodePlan

METRICS_NAMESPACE = "moorage"
"""CloudWatch namespace of what the machine itself measures: used share of the data disk and of memory."""


class IdentityArgs(TypedDict):
    """What an identity is made of."""

    plan: SingleNodePlan
    """Secrets that the machine reads, the key that may encrypt them, region and tags."""


class Identity(pulumi.ComponentResource):
    """Role and instance profile of the machine: Session Manager, metrics of one namespace, and the plan's secrets."""

    profile_name: pulumi.Output[str]
    """Instance profile; known only when the role's policies are in place."""

    def __init__(self, name: str, args: IdentityArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("moorage:aws:Identity", name, opts=opts)
        child = pulumi.ResourceOptions(parent=self)
        plan = args["plan"]
        tags = named(dict(plan.tags), name)
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
        permissions: list[pulumi.Resource] = [session_manager, metrics]
        if references := plan.secret_references.values():
            secrets = use_of_secrets(references, plan.kms_key, plan.region)
            permissions.append(aws.iam.RolePolicy(f"{name}-secrets", role=role.name, policy=secrets, opts=child))
        profile = aws.iam.InstanceProfile(
            name,
            role=role.name,
            tags=tags,
            # The Session Manager agent gives up for a while when its first call at boot is refused, and the first boot
            # reads the secrets.
            opts=pulumi.ResourceOptions(parent=self, depends_on=permissions),
        )
        self.profile_name = profile.name
        self.register_outputs({"profileName": self.profile_name})


def use_of_secrets(references: Iterable[str], kms_key: str | None, region: str) -> str:
    """Reading exactly these secrets; and using the customer's key through Secrets Manager alone.

    Secrets encrypted with the account's own key for Secrets Manager need no permission on it. For another key the
    reader is the one who decrypts; AWS's own policy for it has the same condition. Source:
    docs.aws.amazon.com/aws-managed-policy/latest/reference/AWSSecretsManagerClientReadOnlyAccess.html, read 2026-11-22.
    """
    resources = [secret_resource(reference) for reference in dict.fromkeys(references)]
    statements = [iam.allow(["secretsmanager:GetSecretValue"], resources)]
    if kms_key:
        through = {"StringEquals": {"kms:ViaService": f"secretsmanager.{region}.amazonaws.com"}}
        statements.append(iam.allow(["kms:Decrypt"], kms_key, through))
    return iam.policy(*statements)


def secret_resource(reference: str) -> str:
    """The ARN that IAM compares, which always ends in a hyphen and six random characters.

    Where the reference leaves them out, `-??????` stands for them: it matches them alone, where `-*` would also match
    longer names. Source: docs.aws.amazon.com/secretsmanager/latest/userguide/permissions_grant-limited-resources.html,
    read 2026-11-22. A name that ends in a hyphen and six characters looks complete, to AWS as well: give its whole ARN.
    """
    return reference if re.search("-[A-Za-z0-9]{6}$", reference) else f"{reference}-??????"

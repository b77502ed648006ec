"""Who pods are to AWS, and what they may do there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypedDict

import pulumi
import pulumi_aws as aws

from components.aws import iam
from components.aws.tags import named
from recommender.kubernetes.plan import ClusterPlan


class PodRoleArgs(TypedDict):
    """What a role of pods is made of."""

    plan: ClusterPlan
    """Tags."""
    trust: pulumi.Input[str]
    """Who the pods are: a trust policy."""
    managed: Sequence[str]
    """Names of AWS's own policies, in any order."""
    policies: Mapping[str, pulumi.Input[str]]
    """Policies of our own, by the ending of their logical names."""


class PodRole(pulumi.ComponentResource):
    """A role that pods of some service accounts in one cluster can take, and nobody else."""

    arn: pulumi.Output[str]
    """The role. What must find its permissions in place depends on this component."""

    def __init__(self, name: str, args: PodRoleArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("moorage:aws:PodRole", name, opts=opts)
        child = pulumi.ResourceOptions(parent=self)
        role = aws.iam.Role(
            name,
            assume_role_policy=args["trust"],
            tags=named(dict(args["plan"].tags), name),
            opts=child,
        )
        for policy in sorted(args["managed"]):
            aws.iam.RolePolicyAttachment(
                f"{name}-{policy}", role=role.name, policy_arn=f"{iam.MANAGED_POLICY}/{policy}", opts=child
            )
        for ending, document in args["policies"].items():
            aws.iam.RolePolicy(f"{name}-{ending}", role=role.name, policy=document, opts=child)
        self.arn = role.arn
        self.register_outputs({"arn": self.arn})

"""Which people may use the Kubernetes API."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import TypedDict

import pulumi
import pulumi_aws as aws

from components.aws.tags import named

_ADMINISTRATOR = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy"


class AccessArgs(TypedDict):
    """What access is made of."""

    cluster_name: pulumi.Input[str]
    """The cluster."""
    admins: Iterable[str]
    """ARNs of IAM roles and users, in any order."""
    tags: Mapping[str, str]
    """Tags of every resource."""


class Access(pulumi.ComponentResource):
    """Administrators of the cluster. Nobody else gets in, not even who created it; nodes have entries of EKS's own."""

    def __init__(self, name: str, args: AccessArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("moorage:aws:Access", name, opts=opts)
        admins = sorted(set(args["admins"]))
        for admin in admins:
            key = f"{name}-{_key(admin)}"
            entry = aws.eks.AccessEntry(
                key,
                cluster_name=args["cluster_name"],
                principal_arn=admin,
                tags=named(args["tags"], key),
                opts=pulumi.ResourceOptions(parent=self),
            )
            aws.eks.AccessPolicyAssociation(
                key,
                cluster_name=args["cluster_name"],
                principal_arn=entry.principal_arn,
                policy_arn=_ADMINISTRATOR,
                access_scope={"type": "cluster"},
                opts=pulumi.ResourceOptions(parent=self),
            )
        self.register_outputs({"admins": admins})


def _key(arn: str) -> str:
    """Ending of logical names: the last word of the principal, and what tells equal words apart."""
    return f"{arn.rpartition('/')[2]}-{hashlib.sha256(arn.encode()).hexdigest()[:8]}"

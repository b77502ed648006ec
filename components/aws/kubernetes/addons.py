"""What AWS installs into the cluster, at the plan's versions."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.aws import iam
from components.aws.kubernetes.pod_role import PodRole
from components.aws.kubernetes.pod_trust import pod_identity_trust
from components.aws.tags import named
from recommender.kubernetes.plan import Addon, ClusterPlan

_NAMESPACE = "kube-system"
_BEFORE_NODES = frozenset({"vpc-cni", "kube-proxy", "eks-pod-identity-agent"})
"""A node is not ready without them. The others need a node, and would count as degraded until there is one."""


@dataclass(frozen=True, slots=True)
class _Account:
    """Service account of an add-on that calls AWS."""

    name: str
    role: str
    """Ending of the role's logical name: short, since a generated name of a role ends at 64 characters."""
    policy: str
    uses_key: bool = False


_ACCOUNTS: Mapping[str, _Account] = {
    "vpc-cni": _Account("aws-node", "cni", "AmazonEKS_CNI_Policy"),
    # The narrowest of the three that AWS has: this cluster's volumes alone, told by a tag of Pod Identity. Needs driver
    # 1.58.0 or newer. Source: docs.aws.amazon.com/aws-managed-policy/latest/reference/
    # AmazonEBSCSIDriverEKSClusterScopedPolicy.html, read 2026-11-22.
    "aws-ebs-csi-driver": _Account(
        "ebs-csi-controller-sa", "ebs-csi", "AmazonEBSCSIDriverEKSClusterScopedPolicy", uses_key=True
    ),
}
_CONFIGURATION: Mapping[str, Mapping[str, str]] = {
    # Without it network policies are accepted, and nothing enforces them.
    "vpc-cni": {"enableNetworkPolicy": "true"},
}


def before_nodes(addons: Iterable[Addon]) -> tuple[Addon, ...]:
    """Those that nodes need to become ready, by name."""
    return _by_name(addon for addon in addons if addon.name in _BEFORE_NODES)


def after_nodes(addons: Iterable[Addon]) -> tuple[Addon, ...]:
    """Those that need a node to run on, by name."""
    return _by_name(addon for addon in addons if addon.name not in _BEFORE_NODES)


def install(
    name: str,
    addons: Sequence[Addon],
    *,
    plan: ClusterPlan,
    cluster_name: pulumi.Input[str],
    kms_key: pulumi.Input[str] | None,
    parent: pulumi.Resource,
    depends_on: Sequence[pulumi.Resource],
) -> list[pulumi.Resource]:
    """Creates add-ons, and roles for those that call AWS.

    Args:
        name: Of the cluster's component; logical names begin with it.
        addons: What to install.
        plan: The cluster, and tags.
        cluster_name: The cluster, known when it exists.
        kms_key: Customer-managed key that encrypts volumes; None: AWS's own key does.
        parent: Component that all belong to.
        depends_on: What must be there first.

    Returns:
        The add-ons.
    """
    return [_install(name, addon, plan, cluster_name, kms_key, parent, depends_on) for addon in addons]


def _install(
    name: str,
    addon: Addon,
    plan: ClusterPlan,
    cluster_name: pulumi.Input[str],
    kms_key: pulumi.Input[str] | None,
    parent: pulumi.Resource,
    depends_on: Sequence[pulumi.Resource],
) -> pulumi.Resource:
    account, configuration = _ACCOUNTS.get(addon.name), _CONFIGURATION.get(addon.name)
    role = _role(f"{name}-pods-{account.role}", account, plan, kms_key, parent) if account else None
    name = f"{name}-addon-{addon.name}"
    return aws.eks.Addon(
        name,
        cluster_name=cluster_name,
        addon_name=addon.name,
        addon_version=addon.version,
        configuration_values=json.dumps(configuration) if configuration else None,
        pod_identity_associations=(
            [{"role_arn": role.arn, "service_account": account.name}] if role and account else None
        ),
        resolve_conflicts_on_create="OVERWRITE",
        resolve_conflicts_on_update="OVERWRITE",
        tags=named(dict(plan.tags), name),
        opts=pulumi.ResourceOptions(parent=parent, depends_on=[*depends_on, *([role] if role else [])]),
    )


def _role(
    name: str, account: _Account, plan: ClusterPlan, kms_key: pulumi.Input[str] | None, parent: pulumi.Resource
) -> PodRole:
    policies: dict[str, pulumi.Input[str]] = {}
    if kms_key and account.uses_key:
        policies["key"] = pulumi.Output.from_input(kms_key).apply(iam.use_of_disk_key)
    return PodRole(
        name,
        {
            "plan": plan,
            "trust": pod_identity_trust(plan, _NAMESPACE, (account.name,)),
            "managed": (account.policy,),
            "policies": policies,
        },
        pulumi.ResourceOptions(parent=parent),
    )


def _by_name(addons: Iterable[Addon]) -> tuple[Addon, ...]:
    return tuple(sorted(addons, key=lambda addon: addon.name))

"""From what a plan asks and what a cluster is like to findings. Pure: the same values, the same findings."""

from __future__ import annotations

from recommender.kubernetes.needs import Needs
from stacks.cluster_check import judge_access, judge_namespace, judge_network, judge_nodes, judge_storage
from stacks.cluster_check.findings import Finding
from stacks.cluster_check.observed import Observed

_JUDGES = (
    judge_nodes.version,
    judge_nodes.nodes,
    judge_nodes.architecture,
    judge_nodes.capacity,
    judge_nodes.volumes,
    judge_storage.storage_class,
    judge_storage.claims,
    judge_namespace.namespaces,
    judge_namespace.quotas,
    judge_access.ingress,
    judge_access.kinds,
    judge_access.secrets,
    judge_access.allowed,
    judge_network.dns,
    judge_network.policies,
    judge_network.egress,
)


def judge(needs: Needs, seen: Observed) -> tuple[Finding, ...]:
    """One finding for each side of the cluster, always all of them and in the same order."""
    return tuple(one(needs, seen) for one in _JUDGES)

"""The plan of a cluster of our own: version, network, nodes that every pod fits on, and what surrounds it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from recommender.checks import Checks
from recommender.kubernetes.eks_facts import NODE_RELEASES, eks_addons
from recommender.kubernetes.network import most_nodes, node_group_keys, plan_cluster_network
from recommender.kubernetes.node_choice import NodeChoice, choose_nodes
from recommender.kubernetes.nodes import BOOT_DISK_GB, node_types
from recommender.kubernetes.plan import (
    Addon,
    ClusterPlan,
    ExistingClusterNetwork,
    IngressPlan,
    KubernetesSecret,
    KubernetesVersion,
    ManagedServices,
    NewClusterNetwork,
    NodeGroup,
    Nodes,
    WorkloadIdentity,
)
from recommender.kubernetes.pods import Workload
from recommender.kubernetes.secrets import references
from recommender.plan import Provider, Snapshots

if TYPE_CHECKING:
    from recommender.profile import Profile

_LOG_DAYS = {"poc": 14, "trial": 30, "production": 90}
"""Our own choice: an audit question rarely comes later."""


@dataclass(frozen=True, slots=True)
class ClusterChoices:
    """What was decided before the cluster is."""

    profile: Profile
    provider: Provider
    region: str
    disposable: bool
    version: KubernetesVersion
    managed: ManagedServices
    identities: tuple[WorkloadIdentity, ...]
    secrets: tuple[KubernetesSecret, ...]
    ingress: IngressPlan | None
    tags: tuple[tuple[str, str], ...]
    volume_tag: tuple[str, str]
    workloads: tuple[Workload, ...]
    """Everything that is scheduled, the cluster's own pods included."""


def plan_cluster(choices: ClusterChoices, checks: Checks) -> ClusterPlan | None:
    """The cluster; None where something is missing or wrong, which `checks` then holds."""
    profile, provider, ingress = choices.profile, choices.provider, choices.ingress
    wanted = profile.deployment
    version = choices.version
    internal = ingress is not None and ingress.scheme == "internal"
    network = plan_cluster_network(
        wanted, checks, provider, choices.region, internal=internal, nat_per_zone=profile.stage == "production"
    )
    _check_admins(choices, checks)
    if provider == "gcp" and wanted.project is None:
        checks.problem(
            "deployment.project", None, "the GCP project's id", "Give it: names of pods' identities contain it."
        )
    if network is None or not choices.region:
        return None
    nodes = _nodes(choices, checks, node_group_keys(network, provider, choices.region), version)
    if nodes is None:
        return None
    _check_addresses(checks, network, nodes)
    return ClusterPlan(
        name=profile.name,
        stage=profile.stage,
        disposable=choices.disposable,
        provider=provider,
        project=wanted.project,
        region=choices.region,
        cluster_name=profile.name,
        version=version,
        network=network,
        api_cidrs=tuple(sorted(set(wanted.kubernetes.api_cidrs))),
        admins=tuple(sorted(set(wanted.kubernetes.admins))),
        nodes=nodes,
        addons=_addons(version) if provider == "aws" else (),
        identities=choices.identities,
        managed=choices.managed,
        secret_references=references(choices.secrets),
        domain=wanted.domain,
        certificate=ingress.certificate if ingress else None,
        dns_zone=wanted.dns_zone,
        scheme=ingress.scheme if ingress else "internal",
        allowed_cidrs=ingress.allowed_cidrs if ingress else (),
        kms_key=wanted.kms_key,
        volume_backups=_backups(choices, checks),
        log_days=_LOG_DAYS[profile.stage],
        deletion_protection=not choices.disposable,
        tags=choices.tags,
        volume_tag=choices.volume_tag,
    )


def _check_admins(choices: ClusterChoices, checks: Checks) -> None:
    admins = choices.profile.deployment.kubernetes.admins
    if choices.provider == "aws" and not admins:
        checks.problem(
            "deployment.kubernetes.admins",
            None,
            "ARNs of IAM roles or users",
            "Name at least the role that deploys: nobody else is let into the cluster, its creator neither.",
        )
    if choices.provider == "gcp" and admins:
        checks.problem(
            "deployment.kubernetes.admins",
            admins,
            "nothing on GCP",
            "Remove it: IAM roles of the project let people in.",
        )


def _nodes(choices: ClusterChoices, checks: Checks, keys: list[str], version: KubernetesVersion) -> Nodes | None:
    wanted = choices.profile.deployment.kubernetes
    offered = node_types(choices.provider, choices.region)
    if wanted.node_type is not None and wanted.node_type not in offered:
        allowed = f"one of {', '.join(offered)}, which are offered in {choices.region}"
        checks.problem(
            "deployment.kubernetes.node_type", wanted.node_type, allowed, "Choose one of them, or remove it."
        )
        return None
    chosen = choose_nodes(choices.workloads, choices.provider, choices.region, wanted.node_type, max(1, len(keys)))
    if chosen.too_large:
        checks.problem(
            "deployment.kubernetes.node_type",
            wanted.node_type,
            f"a type with room for a pod of {chosen.too_large.name}: {chosen.too_large.cpu_millis / 1000:g} CPUs and "
            f"{chosen.too_large.memory_mib:,} MiB",
            "Choose a larger one, or remove it.",
        )
        return None
    groups = _groups(choices, checks, keys, chosen)
    release = NODE_RELEASES.get(version.minor) if choices.provider == "aws" else None
    return Nodes(
        chosen.shape, groups, BOOT_DISK_GB, release.version if release else None, release.fact if release else None
    )


def _check_addresses(checks: Checks, network: NewClusterNetwork | ExistingClusterNetwork, nodes: Nodes) -> None:
    room, most = most_nodes(network), sum(group.maximum for group in nodes.groups)
    if room is not None and most > room:
        checks.problem(
            "deployment.kubernetes.max_nodes",
            most,
            f"at most {room}: the network has addresses for the pods of no more",
            "Lower it, or give a larger deployment.network.cidr.",
        )


def _groups(choices: ClusterChoices, checks: Checks, keys: list[str], chosen: NodeChoice) -> tuple[NodeGroup, ...]:
    """Groups that together may grow to what was asked for, and to no more."""
    wanted, needed = choices.profile.deployment.kubernetes.max_nodes, sum(chosen.per_zone)
    if wanted is not None and wanted < needed:
        checks.problem(
            "deployment.kubernetes.max_nodes", wanted, f"at least {needed}, by the plan", "Raise or remove it."
        )
    most = max(wanted or chosen.maximum, needed)
    shares = [most // len(keys) + (number < most % len(keys)) for number in range(len(keys))]
    return tuple(
        NodeGroup(key, count, max(share, count))
        for key, count, share in zip(keys, chosen.per_zone, shares, strict=True)
    )


def _addons(version: KubernetesVersion) -> tuple[Addon, ...]:
    return tuple(Addon(each.name, each.version, each.fact) for each in eks_addons(version.minor))


def _backups(choices: ClusterChoices, checks: Checks) -> Snapshots | None:
    wanted = choices.profile.deployment.snapshots
    return None if choices.disposable else Snapshots(wanted.start_utc, wanted.keep_days)

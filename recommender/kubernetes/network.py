"""The network of a new cluster: ranges cut from one block, or the subnets of a network that exists."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from typing import TYPE_CHECKING

from recommender import gcp_facts
from recommender.checks import Checks
from recommender.kubernetes.eks_facts import zone_ids
from recommender.kubernetes.plan import ExistingClusterNetwork, NewClusterNetwork, Zone
from recommender.plan import Provider

if TYPE_CHECKING:
    from recommender.deployment import Deployment, Network

_DEFAULT_CIDR = "10.64.0.0/16"
_SERVICE_RANGES = ("172.20.0.0/16", "10.100.0.0/16")
"""What EKS itself would choose from; the range must not overlap with the VPC's (AWS's EKS user guide,
network-reqs.adoc@101184e, read 2026-11-22)."""
_MOST_ZONES = 3
_LEAST_PREFIX, _MOST_PREFIX = 16, 18
"""Pods have addresses of the network on EKS, and 256 a node on GKE: a smaller block would run out of them."""


def plan_cluster_network(
    wanted: Deployment, checks: Checks, provider: Provider, region: str, *, internal: bool, nat_per_zone: bool
) -> NewClusterNetwork | ExistingClusterNetwork | None:
    """The network; None where it is wrong, which `checks` then holds.

    Args:
        wanted: the profile's choices.
        checks: takes the problems.
        provider: the cloud.
        region: of the cluster.
        internal: the load balancer listens inside of the network.
        nat_per_zone: a zone that fails takes no other zone's way out with it.
    """
    network = wanted.network
    if network.id is not None:
        return _existing(network, checks, provider, internal=internal)
    for field in (
        "machine_subnet",
        "load_balancer_subnets",
        "node_subnets",
        "pods_range",
        "services_range",
        "services_cidr",
        "proxy_only_cidr",
    ):
        if getattr(network, field):
            checks.problem("deployment.network.id", None, "the network", f"Name the network that {field} is in.")
    block = ipaddress.IPv4Network(network.cidr or _DEFAULT_CIDR)
    if not _LEAST_PREFIX <= block.prefixlen <= _MOST_PREFIX or not block.is_private:
        checks.problem(
            "deployment.network.cidr",
            str(block),
            f"a private IPv4 range of /{_LEAST_PREFIX} to /{_MOST_PREFIX} for a cluster",
            "Choose another.",
        )
        return None
    if provider == "gcp":
        return _on_gcp(block, region, internal=internal)
    return _on_aws(block, region, nat_per_zone=nat_per_zone)


def node_group_keys(network: NewClusterNetwork | ExistingClusterNetwork, provider: Provider, region: str) -> list[str]:
    """Zones, or subnets of an existing network on AWS, that nodes are spread over; sorted."""
    if isinstance(network, NewClusterNetwork):
        return sorted(zone.name for zone in network.zones)
    if provider == "aws":
        return list(network.node_subnets)
    return sorted(gcp_facts.zones_of(region)[:_MOST_ZONES])


def most_nodes(network: NewClusterNetwork | ExistingClusterNetwork) -> int | None:
    """How many nodes have room for the addresses of their pods; None where the network does not say.

    GKE gives each node a /24 for its 110 pods (unverified, general knowledge, 2026-11-22).
    """
    if isinstance(network, NewClusterNetwork) and network.pods_cidr:
        return int(ipaddress.IPv4Network(network.pods_cidr).num_addresses) // 256
    return None


def _on_aws(block: ipaddress.IPv4Network, region: str, *, nat_per_zone: bool) -> NewClusterNetwork:
    """An eighth of the block for the nodes and pods of each zone; load balancers share the last eighth."""
    eighths = list(block.subnets(prefixlen_diff=3))
    edges = list(eighths[-1].subnets(prefixlen_diff=5))
    usable = sorted(zone_ids(region))[:_MOST_ZONES]
    zones = tuple(
        Zone(name, zone_id, str(eighths[number]), str(edges[number])) for number, (name, zone_id) in enumerate(usable)
    )
    services = next(text for text in _SERVICE_RANGES if not ipaddress.IPv4Network(text).overlaps(block))
    return NewClusterNetwork(str(block), zones, "per-zone" if nat_per_zone else "one", "", services, "", "")


def _on_gcp(block: ipaddress.IPv4Network, region: str, *, internal: bool) -> NewClusterNetwork:
    """Half of the block for pods; sixteenths for nodes, services, the control plane and internal proxies."""
    pods = list(block.subnets(prefixlen_diff=1))[1]
    nodes, services, control_plane, proxies, *_ = block.subnets(prefixlen_diff=4)
    zones = tuple(Zone(name, name, "", "") for name in sorted(gcp_facts.zones_of(region)[:_MOST_ZONES]))
    return NewClusterNetwork(
        cidr=str(nodes),
        zones=zones,
        nat="one",
        pods_cidr=str(pods),
        services_cidr=str(services),
        control_plane_cidr=str(next(control_plane.subnets(new_prefix=28))),
        proxy_only_cidr=str(next(proxies.subnets(new_prefix=24))) if internal else "",
    )


def _existing(network: Network, checks: Checks, provider: Provider, *, internal: bool) -> ExistingClusterNetwork | None:
    if network.cidr is not None:
        checks.problem("deployment.network.cidr", network.cidr, "nothing beside `id`", "Remove one of the two.")
    foreign: Mapping[Provider, tuple[str, ...]] = {
        "aws": ("machine_subnet", "pods_range", "services_range", "proxy_only_cidr"),
        "gcp": ("node_subnets", "load_balancer_subnets", "services_cidr"),
    }
    for field in foreign[provider]:
        if given := getattr(network, field):
            checks.problem(f"deployment.network.{field}", given, f"nothing for a cluster on {provider}", "Remove it.")
    needed: Mapping[Provider, tuple[tuple[str, str], ...]] = {
        "aws": (),
        "gcp": (
            ("machine_subnet", "the subnetwork of the nodes"),
            ("pods_range", "the name of its secondary range for pods"),
            ("services_range", "the name of its secondary range for services"),
        ),
    }
    for field, words in needed[provider]:
        if getattr(network, field) is None:
            checks.problem(f"deployment.network.{field}", None, words, "Name it.")
    if provider == "gcp":
        if internal and network.proxy_only_cidr is None:
            checks.problem(
                "deployment.network.proxy_only_cidr",
                None,
                "the range of the region's proxy-only subnet",
                "Name it: the internal load balancer's proxies connect from it.",
            )
        return ExistingClusterNetwork(
            network.id or "",
            (network.machine_subnet or "",),
            (),
            network.pods_range or "",
            network.services_range or "",
            "",
        )
    subnets = tuple(sorted(set(network.node_subnets or ())))
    if len(subnets) < 2:
        checks.problem(
            "deployment.network.node_subnets",
            network.node_subnets,
            "at least two private subnets in different zones",
            "Name them, one a zone.",
        )
        return None
    edges = tuple(sorted(set(network.load_balancer_subnets or ())))
    services = network.services_cidr or _SERVICE_RANGES[0]
    return ExistingClusterNetwork(network.id or "", subnets, edges, "", "", services)

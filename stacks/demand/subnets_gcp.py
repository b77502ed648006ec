"""Addresses that a deployment takes of GCP subnetworks and their secondary ranges.

Google's documentation, general knowledge on 2026-11-22, not read again: four addresses of a primary range are kept for
Google, none of a secondary one; a node that runs up to 110 pods has a /24 for them; a proxy-only subnet is a /26 or
larger, since every proxy takes addresses of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from stacks.demand.demand import SubnetDemand
from stacks.demand.inputs import items, mapping, of_type, short, targets, text
from stacks.demand.quotas_gcp import nodes_at_most
from stacks.demand.subnets import Takers, usable
from stacks.preview import Preview, Resource

_RESERVED: Final = 4
_PODS_OF_NODE: Final = 256
_PROXIES: Final = 64


def subnets(preview: Preview) -> list[SubnetDemand]:
    """Every subnetwork that something of the preview is put into, and the range of its pods."""
    known = {each.urn: each for each in of_type(preview, "gcp:compute/subnetwork:Subnetwork")}
    takers, pods = Takers(), list[SubnetDemand]()
    for resource in preview.resources:
        for subject, what, count in _taken(resource):
            takers.add(subject, what, count)
    for cluster in of_type(preview, "gcp:container/cluster:Cluster"):
        nodes = sum(nodes_at_most(each) for each in _pools_of(preview, cluster))
        for subject in targets(cluster, "subnetwork", cluster.inputs.get("subnetwork")):
            takers.add(subject, "nodes", nodes)
            pods.append(_pods(cluster, subject, known.get(subject), nodes))
    ranges = {urn: text(each.inputs.get("ipCidrRange")) for urn, each in known.items()}
    return [*takers.demands(lambda subject: usable(ranges.get(subject, ""), _RESERVED)), *pods]


def _pools_of(preview: Preview, cluster: Resource) -> list[Resource]:
    pools = of_type(preview, "gcp:container/nodePool:NodePool")
    return [each for each in pools if cluster.urn in each.property_dependencies.get("cluster", ())]


def _taken(resource: Resource) -> Iterator[tuple[str, str, int]]:
    """Subject, what takes addresses of it, and how many."""
    inputs = resource.inputs
    match resource.type:
        case "gcp:compute/instance:Instance":
            ports = [mapping(each).get("subnetwork") for each in items(inputs.get("networkInterfaces"))]
            yield from ((each, "machine", 1) for each in targets(resource, "networkInterfaces", ports))
        case "gcp:compute/address:Address" if inputs.get("addressType") == "INTERNAL":
            found = targets(resource, "subnetwork", inputs.get("subnetwork"))
            yield from ((each, "load balancer", 1) for each in found)
        case "gcp:compute/subnetwork:Subnetwork" if inputs.get("purpose") == "REGIONAL_MANAGED_PROXY":
            yield resource.urn, "proxies of the load balancer", _PROXIES
        case _:
            return


def _pods(cluster: Resource, subject: str, subnetwork: Resource | None, nodes: int) -> SubnetDemand:
    name = text(mapping(cluster.inputs.get("ipAllocationPolicy")).get("clusterSecondaryRangeName")) or "pods"
    return SubnetDemand(
        subject=subject,
        name=f"{short(subject)}, range {name}",
        needed=nodes * _PODS_OF_NODE,
        available=usable(_secondary(subnetwork.inputs, name), 0) if subnetwork else None,
        note=f"a /24 for each of {nodes} nodes.",
    )


def _secondary(inputs: Mapping[str, Any], name: str) -> str:
    ranges = (mapping(each) for each in items(inputs.get("secondaryIpRanges")))
    return next((text(each.get("ipCidrRange")) for each in ranges if each.get("rangeName") == name), "")

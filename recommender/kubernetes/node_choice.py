"""Which node type the workloads run on, how many of it, and over which zones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from recommender.kubernetes.nodes import NODE_TYPES, VENDOR_NODE_VCPU, default_node_type, node_shape, node_types
from recommender.kubernetes.pods import NodeShape, Workload
from recommender.kubernetes.scheduling import NodeCount, nodes_needed

_FEWEST = 3
"""A larger type stands in for the vendor's only with so many nodes: the loss of one leaves two thirds."""


@dataclass(frozen=True, slots=True)
class NodeChoice:
    """The nodes of a cluster."""

    shape: NodeShape
    needed: NodeCount
    per_zone: tuple[int, ...]
    """Nodes of each zone, the first zones having one more where needed; empty where no number suffices."""
    minimum: int
    """What the autoscaler keeps: the nodes that the plan needs."""
    maximum: int
    """What it may grow to: half as much again, and at least one node more in each zone."""
    passed_over: tuple[tuple[str, str], ...]
    """Smaller types that were weighed first, each with what speaks against it."""

    @property
    def too_large(self) -> Workload | None:
        """A workload whose pod fits on no type that was offered; the counts are 0 then."""
        return self.needed.too_large


@dataclass(frozen=True, slots=True)
class _Candidate:
    shape: NodeShape
    needed: NodeCount

    @property
    def vcpu(self) -> int:
        """Of all its nodes."""
        return self.shape.vcpu * self.needed.nodes

    @property
    def against(self) -> str:
        if self.needed.too_large is not None:
            return f"a pod of {self.needed.too_large.name} does not fit on it"
        return f"it would take {self.needed.nodes} nodes with {self.vcpu} vCPU in all"


def choose_nodes(
    workloads: Sequence[Workload], provider: str, region: str | None, wanted_type: str | None, zones: int
) -> NodeChoice:
    """Chooses the vendor's node type, or a larger one where pods do not fit or too much of it would lie idle.

    A pod that takes most of a node finds none where small pods came first. The count of the vendor's nodes then grows
    far beyond the sum of the requests, where three larger ones do.

    Args:
        workloads: All that runs on the cluster, DaemonSets and headroom included.
        provider: `aws`, `gcp`, or any other.
        region: Of the provider, or None.
        wanted_type: A type that the customer insists on: nothing else is weighed then.
        zones: Over how many zones the nodes are spread.

    Raises:
        MoorageError: The wanted type is not in the table.
    """
    weighed: list[_Candidate] = []
    best: _Candidate | None = None
    for machine_type in (wanted_type,) if wanted_type else _offered(provider, region):
        shape = node_shape(provider, machine_type)
        if best and min(_FEWEST, best.needed.nodes) * shape.vcpu >= best.vcpu:
            break  # even the fewest nodes of this type, and of those after it, are more
        candidate = _Candidate(shape, nodes_needed(workloads, shape, zones=zones))
        weighed.append(candidate)
        if candidate.needed.too_large is None and (best is None or _is_better(candidate, best)):
            best = candidate
    return _choice(best or weighed[-1], zones, weighed)


def _is_better(candidate: _Candidate, best: _Candidate) -> bool:
    return candidate.vcpu < best.vcpu and candidate.needed.nodes >= min(_FEWEST, best.needed.nodes)


def _offered(provider: str, region: str | None) -> tuple[str, ...]:
    """The vendor's type of the preferred family and the larger ones; then those of a second family."""
    names = node_types(provider, region)
    larger = [name for name in names if NODE_TYPES[name].vcpu >= VENDOR_NODE_VCPU]
    return tuple(larger[larger.index(default_node_type(provider, region)) :])


def _choice(chosen: _Candidate, zones: int, weighed: Sequence[_Candidate]) -> NodeChoice:
    nodes = chosen.needed.nodes
    passed_over = tuple((each.shape.machine_type, each.against) for each in weighed[: weighed.index(chosen)])
    if not nodes:
        return NodeChoice(chosen.shape, chosen.needed, (), 0, 0, passed_over)
    per_zone = tuple(nodes // zones + (zone < nodes % zones) for zone in range(zones))
    return NodeChoice(chosen.shape, chosen.needed, per_zone, nodes, max(nodes + zones, -(-nodes * 3 // 2)), passed_over)

"""Pods on nodes, and what is counted of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from recommender.kubernetes.pods import NodeShape, Workload

COUNTED: Final = ("CPU millis", "memory MiB", "ephemeral GiB", "pods", "volumes")
"""What is counted of a node, in the order of the functions below."""


@dataclass(frozen=True, slots=True)
class Pod:
    """One pod of a workload."""

    workload: Workload
    index: int
    """Of the replica; a DaemonSet's is the node's."""

    @property
    def name(self) -> str:
        """Unique within a cluster; a headroom's never meets the name of the workload that it is for."""
        mark = "~" if self.workload.kind == "headroom" else "-"
        return f"{self.workload.namespace}/{self.workload.name}{mark}{self.index}"


@dataclass(frozen=True, slots=True)
class NodeLoad:
    """One node, the pods on it, and the sums of what they request."""

    name: str
    zone: int
    pods: tuple[Pod, ...]
    cpu_millis: int
    memory_mib: int
    ephemeral_gib: int
    volumes: int


@dataclass(frozen=True, slots=True)
class Room:
    """What a node has left for pods: an empty one of a shape, or one that exists."""

    zone: int
    """Number of its zone."""
    cpu_millis: int
    """Of the whole node, allocatable: the scheduler compares by shares of it."""
    memory_mib: int
    free: tuple[int, int, int, int, int]
    """What is left of each amount in `COUNTED`."""


@dataclass(frozen=True, slots=True)
class Placement:
    """Which pod runs where: the proof that they fit."""

    shape: NodeShape
    """Of every node: what its pods may request together."""
    order: str
    nodes: tuple[NodeLoad, ...]
    pending: tuple[Pod, ...]
    """Pods that found no node, in the order in which they came."""

    @property
    def complete(self) -> bool:
        """Whether every pod found a node."""
        return not self.pending

    def check(self) -> tuple[str, ...]:
        """Every capacity that is exceeded, in words, counted from the pods again; empty when the placement holds."""
        broken: list[str] = []
        for node in self.nodes:
            for what, taken, room in zip(COUNTED, requested(node.pods), allocatable(self.shape), strict=True):
                if taken > room:
                    broken.append(f"{node.name}: {what} {taken} of {room}")
        return tuple(broken)


def demand(load: Workload) -> tuple[int, int, int, int, int]:
    """What one pod takes of each amount in `COUNTED`."""
    return load.cpu_millis, load.memory_mib, load.ephemeral_gib, 1, len(load.claims)


def requested(pods: Sequence[Pod]) -> tuple[int, ...]:
    """What pods take together of each amount in `COUNTED`."""
    return tuple(map(sum, zip(*(demand(pod.workload) for pod in pods), strict=True))) or (0,) * len(COUNTED)


def allocatable(shape: NodeShape) -> tuple[int, int, int, int, int]:
    """What an empty node has of each amount in `COUNTED`."""
    return shape.cpu_millis, shape.memory_mib, shape.ephemeral_gib, shape.pods, shape.volumes

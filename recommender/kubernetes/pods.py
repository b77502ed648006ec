"""What is scheduled: the demands of pods, and the room that nodes have for them. Quantities are whole numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

PodKind = Literal["Deployment", "StatefulSet", "DaemonSet", "headroom"]
"""`headroom`: room that a rolling update takes for a while; it is reserved as if it ran all the time."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A persistent volume claim of one replica."""

    name: str
    """As the chart calls it; a StatefulSet's claim template, or a Deployment's claim."""
    size_gib: int


@dataclass(frozen=True, slots=True)
class Workload:
    """Pods of one kind, and what the scheduler must find for each of them."""

    name: str
    """Name of the Deployment, StatefulSet or DaemonSet."""
    kind: PodKind
    namespace: str
    replicas: int
    """A DaemonSet has one pod a node: 0 here."""
    cpu_millis: int
    """Requested by one pod: the sum of its containers, or its largest init container where that is more."""
    memory_mib: int
    """The same; megabytes are rounded up to MiB."""
    ephemeral_gib: int = 0
    claims: tuple[Claim, ...] = ()
    """Of one replica."""


@dataclass(frozen=True, slots=True)
class NodeShape:
    """What one node can give to pods, after what its kubelet and system keep."""

    machine_type: str
    vcpu: int
    memory_gb: int
    """GiB, nominal."""
    cpu_millis: int
    """Allocatable."""
    memory_mib: int
    """Allocatable."""
    pods: int
    """How many pods it takes at most."""
    ephemeral_gib: int
    """Allocatable of its boot disk."""
    volumes: int
    """How many persistent disks can be attached beside the boot disk."""

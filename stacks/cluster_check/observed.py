"""What the API server told about a cluster. Plain values, so that judging them needs no cluster.

Wherever a field may be None, whoever ran the check may not read it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from recommender.kubernetes.permissions import Permission


@dataclass(frozen=True, slots=True)
class NodeSeen:
    """A node, as pods without tolerations or selectors see it."""

    name: str
    platform: str
    """Operating system and architecture: linux/amd64."""
    zone: str
    """Empty: it is in none."""
    ready: bool
    barred: str
    """What keeps pods without tolerations away: a taint, or that it is cordoned. Empty: nothing."""
    cpu_millis: int
    """Allocatable, as are those below."""
    memory_mib: int
    ephemeral_gib: int
    pods: int
    volumes: Mapping[str, int | None] | None
    """CSI drivers of the node to how many volumes each attaches at most; None among them: it names no limit."""


@dataclass(frozen=True, slots=True)
class PodSeen:
    """A pod that takes room: one that has ended is none."""

    namespace: str
    name: str
    labels: Mapping[str, str]
    node: str
    """Empty: it waits for one."""
    ready: bool
    cpu_millis: int
    memory_mib: int
    ephemeral_gib: int
    claims: tuple[str, ...]
    containers: tuple[str, ...]
    """Names."""
    arguments: tuple[str, ...]
    """Of all its containers."""


@dataclass(frozen=True, slots=True)
class ClaimSeen:
    """A persistent volume claim."""

    namespace: str
    name: str
    storage_class: str
    phase: str
    gib: int


@dataclass(frozen=True, slots=True)
class StorageClassSeen:
    """A storage class."""

    name: str
    provisioner: str
    reclaim: str
    binding: str
    expands: bool


@dataclass(frozen=True, slots=True)
class NamespaceSeen:
    """A namespace of the plan that exists."""

    name: str
    enforced: str
    """Pod security standard; empty: none."""
    terminating: bool


@dataclass(frozen=True, slots=True)
class SecretSeen:
    """A secret of which nothing but its name and the names of its keys was read."""

    state: Literal["present", "absent", "denied"]
    keys: frozenset[str] | None = None
    """None: the API server does not say which it has."""


@dataclass(frozen=True, slots=True)
class QuotaSeen:
    """A resource quota. Amounts are in base units: CPUs, bytes, objects."""

    namespace: str
    name: str
    left: Mapping[str, Decimal]
    """What is still free of each resource."""
    scoped: bool
    """It counts some pods only."""


@dataclass(frozen=True, slots=True)
class LimitSeen:
    """One rule of a limit range, in base units."""

    namespace: str
    name: str
    kind: str
    """Container, Pod or PersistentVolumeClaim."""
    least: Mapping[str, Decimal]
    most: Mapping[str, Decimal]
    ratio: Mapping[str, Decimal]
    """How many times its request a limit may be."""


@dataclass(frozen=True, slots=True)
class EgressPolicySeen:
    """A network policy of Sourcegraph's namespace that limits what its pods may call."""

    name: str
    everybody: bool
    """Every pod of the namespace is meant."""
    reach: Literal["nothing", "some", "anything"]
    """What its rules let through."""


@dataclass(frozen=True, slots=True)
class Observed:
    """A cluster at one moment."""

    context: str
    server: str
    version: str
    """As the server says it: v1.36.4."""
    nodes: tuple[NodeSeen, ...] | None
    pods: tuple[PodSeen, ...] | None
    claims: tuple[ClaimSeen, ...] | None
    storage_classes: tuple[StorageClassSeen, ...] | None
    ingress_classes: Mapping[str, str] | None
    """Name to controller."""
    kinds: frozenset[tuple[str, str, str]]
    """Group, version and kind of those asked about."""
    issuer_ready: bool | None
    """cert-manager's issuer of the plan; False also where there is none."""
    namespaces: Mapping[str, NamespaceSeen | None] | None
    """None for one that does not exist."""
    secrets: Mapping[tuple[str, str], SecretSeen]
    """By namespace and name."""
    quotas: tuple[QuotaSeen, ...] | None
    limits: tuple[LimitSeen, ...] | None
    egress: tuple[EgressPolicySeen, ...] | None
    denied: tuple[Permission, ...] | None
    """Of those that the plan needs. None: the API server answers no such question."""
    may_escalate: bool
    autoscaler: str
    """What adds nodes when pods wait for room; empty: nothing that is known."""

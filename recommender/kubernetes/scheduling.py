"""Whether pods fit on nodes: a small model of kube-scheduler, and the number of nodes that it needs.

The model filters nodes by requests, pods and volumes, then scores what is left as the scheduler's default profile does:
least allocated, balanced allocation, and an even spread of one workload's pods over nodes and zones
(kubernetes/kubernetes v1.36.4 pkg/scheduler/framework/plugins/noderesources and podtopologyspread,
pkg/scheduler/apis/config/v1/default_plugins.go, read 2026-11-22). Affinities, taints, priorities and the zones of disks
are left out. The scheduler breaks ties at random and takes pods as they come: no single run proves anything, so a
number of nodes counts as enough only when every pod finds room in each of `ORDERS`.

One thing that no such search can promise: a larger load may by chance pack better and need a node fewer. What never
falls as load grows is `NodeCount.floor`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from math import log
from types import MappingProxyType
from typing import Final
from zlib import crc32

from recommender.kubernetes.placement import NodeLoad, Placement, Pod, Room, allocatable, demand, requested
from recommender.kubernetes.pods import NodeShape, Workload


@dataclass(frozen=True, slots=True)
class NodeCount:
    """How many nodes of one shape the workloads need."""

    nodes: int
    """0 where a pod is too large for any number of them."""
    floor: int
    """What the sums of requests, and the pods larger than half a node, need: with fewer nodes no order can succeed."""
    fails_with_one_fewer: str | None
    """Name of an order of `ORDERS` in which a pod finds no room on `nodes - 1`; None for one node, or for none."""
    too_large: Workload | None = None
    """A workload whose pod fits on no node of the shape, not even an empty one."""


def _size(pod: Pod) -> int:
    """How large a pod is; a processor weighs as much as 4 GiB, as it does on every node type here."""
    return max(pod.workload.cpu_millis * 4096, pod.workload.memory_mib * 1000)


_KEYS: Final[Mapping[str, Callable[[Pod, int], float]]] = MappingProxyType(
    {
        "largest first": lambda pod, _: -_size(pod),
        "smallest first": lambda pod, _: _size(pod),
        "fewest processors first": lambda pod, _: pod.workload.cpu_millis,
        "least memory first": lambda pod, _: pod.workload.memory_mib,
        "least memory a processor first": lambda pod, _: pod.workload.memory_mib / (pod.workload.cpu_millis or 100),
        "by name": lambda _pod, _: 0,
        "by name reversed": lambda _pod, _: 0,
        "shuffled": lambda pod, draw: int.from_bytes(sha256(f"{draw} {pod.name}".encode()).digest()[:6]),
    }
)
"""By what pods are sorted; the number is that of the draw. Those that rise are the hardest: small pods have spread over
all nodes before the large ones come."""

_DRAWS: Final[Mapping[str, tuple[str, int]]] = MappingProxyType(
    {f"{key}, draw {draw}": (key, draw) for draw in (1, 2, 3) for key in _KEYS}
)

ORDERS: Final = tuple(_DRAWS)
"""Orders in which pods may come to the scheduler, each with three ways in which ties may fall.

None depends on the order in which workloads are listed.
"""


def sequence(workloads: Iterable[Workload], order: str) -> tuple[Pod, ...]:
    """The pods that need a node found, DaemonSets excluded, in an order of `ORDERS`."""
    pods = [Pod(w, i) for w in sorted(workloads, key=_identity) if w.kind != "DaemonSet" for i in range(w.replicas)]
    key, draw = _DRAWS[order]
    if key == "by name reversed":
        return tuple(reversed(pods))
    return tuple(sorted(pods, key=lambda pod: _KEYS[key](pod, draw)))


def _identity(workload: Workload) -> tuple[object, ...]:
    claims = tuple((claim.name, claim.size_gib) for claim in workload.claims)
    demands = (workload.cpu_millis, workload.memory_mib, workload.ephemeral_gib, workload.replicas)
    return (workload.namespace, workload.name, workload.kind, *demands, claims)


def _no_cpu(load: Workload) -> int:
    """What a pod without a request counts as where nodes are compared: 100 millis, and 200 MB of memory."""
    return 0 if load.cpu_millis else 100


def _no_memory(load: Workload) -> int:
    return 0 if load.memory_mib else 191


_FULL = -1
"""Score of a node that a pod does not fit on."""


class _Cluster:
    """Nodes while they fill."""

    def __init__(self, daemons: Sequence[Workload], rooms: Sequence[Room]) -> None:
        kept = requested([Pod(daemon, 0) for daemon in daemons])
        unrequested = (-sum(map(_no_cpu, daemons)), -sum(map(_no_memory, daemons)))
        self.sizes = [(room.cpu_millis, room.memory_mib) for room in rooms]
        self.pods = [[Pod(daemon, index) for daemon in daemons] for index in range(len(rooms))]
        self.zones = [room.zone for room in rooms]
        left = [[has - taken for has, taken in zip(room.free, kept, strict=True)] for room in rooms]
        self.free = [(*each, *unrequested) for each in left]
        # By the identity of the workload, whose hash would cost more than a score.
        self.counts: dict[int, list[int]] = {}

    def place_all(self, pods: Iterable[Pod], draw: int) -> list[Pod]:
        """Places pods one after the other, and returns those that found no node.

        The scheduler takes any of equal nodes: where the search among them begins varies from pod to pod and by draw.
        """
        nodes = max(1, len(self.pods))
        return [pod for pod in pods if not self._place(pod, crc32(pod.name.encode()) // draw % nodes)]

    def _place(self, pod: Pod, first: int) -> bool:
        """Puts a pod on the node with the highest score; of equals, on the next one from the node `first` on."""
        load = pod.workload
        scores = self._scores(load)
        if id(load) in self.counts:
            scores = self._spread(self.counts[id(load)], scores)
        best = max(scores, default=_FULL)
        if best == _FULL:
            return False
        index = scores.index(best, first) if best in scores[first:] else scores.index(best)
        self.pods[index].append(pod)
        cpu, memory, ephemeral, pods, volumes, no_cpu, no_memory = self.free[index]
        self.free[index] = (
            cpu - load.cpu_millis,
            memory - load.memory_mib,
            ephemeral - load.ephemeral_gib,
            pods - 1,
            volumes - len(load.claims),
            no_cpu - _no_cpu(load),
            no_memory - _no_memory(load),
        )
        if load.replicas > 1:
            self.counts.setdefault(id(load), [0] * len(self.pods))[index] += 1
        return True

    def _scores(self, load: Workload) -> list[int]:
        """Least allocated, and how far the pod balances what is used of processors and memory; in hundredths."""
        more_cpu, more_memory, more_ephemeral, _, more_volumes = demand(load)
        scored_cpu, scored_memory = more_cpu + _no_cpu(load), more_memory + _no_memory(load)
        scores: list[int] = []
        for (cpu, memory), (free_cpu, free_memory, ephemeral, pods, volumes, no_cpu, no_memory) in zip(
            self.sizes, self.free, strict=True
        ):
            if (
                free_cpu < more_cpu
                or free_memory < more_memory
                or pods < 1
                or ephemeral < more_ephemeral
                or volumes < more_volumes
            ):
                scores.append(_FULL)
                continue
            balance = 0
            if more_cpu or more_memory:
                before = abs(free_cpu / cpu - free_memory / memory)
                after = abs((free_cpu - more_cpu) / cpu - (free_memory - more_memory) / memory)
                balance = 50 + (50 + int(100 - 50 * after) - int(100 - 50 * before)) // 2
            left_cpu, left_memory = free_cpu + no_cpu - scored_cpu, free_memory + no_memory - scored_memory
            least = (left_cpu * 100 // cpu if left_cpu > 0 else 0) + (
                left_memory * 100 // memory if left_memory > 0 else 0
            )
            scores.append(balance + least // 2)
        return scores

    def _spread(self, counts: Sequence[int], scores: Sequence[int]) -> list[int]:
        """Adds how few pods of the workload a node and its zone run: the scheduler's default constraints, at weight 2.

        Those allow a skew of 3 between nodes and of 5 between zones, both only as a preference.
        """
        in_zone: dict[int, int] = {}
        for count, zone in zip(counts, self.zones, strict=True):
            in_zone[zone] = in_zone.get(zone, 0) + count
        candidates = [zone for zone, score in zip(self.zones, scores, strict=True) if score != _FULL]
        on_node, of_zone = log(len(candidates) + 2), log(len(set(candidates)) + 2)
        raw = [
            _FULL if score == _FULL else round(count * on_node + 2 + in_zone[zone] * of_zone + 4)
            for count, zone, score in zip(counts, self.zones, scores, strict=True)
        ]
        high, low = max(raw, default=1), min((few for few in raw if few != _FULL), default=0)
        return [
            score if score == _FULL else score + 2 * (100 * (high + low - few) // high)
            for few, score in zip(raw, scores, strict=True)
        ]


def schedule(
    workloads: Sequence[Workload], shape: NodeShape, nodes: int, order: str = ORDERS[0], *, zones: int = 1
) -> Placement:
    """Places pods on empty nodes of one shape, as the scheduler would.

    Args:
        workloads: What runs. A DaemonSet's pods are on every node before anything else comes, room or no room: `check`
            tells.
        shape: What each node gives.
        nodes: How many there are.
        order: Name of the order in which pods come, of `ORDERS`.
        zones: Over how many zones the nodes are spread, in turn.
    """
    cluster = _Cluster(_daemons(workloads), _empty(shape, nodes, zones))
    pending = cluster.place_all(sequence(workloads, order), _DRAWS[order][1])
    return Placement(
        shape, order, tuple(_loaded(i, i % zones, on) for i, on in enumerate(cluster.pods)), tuple(pending)
    )


def unplaced(workloads: Sequence[Workload], rooms: Sequence[Room], order: str = ORDERS[0]) -> tuple[Pod, ...]:
    """The pods that find no room on nodes that exist, those of DaemonSets first; `order` is one of `ORDERS`."""
    daemons = _daemons(workloads)
    cluster = _Cluster(daemons, rooms)
    crowded = [index for index, left in enumerate(cluster.free) if min(left[:-2]) < 0]
    kept = [pod for index in crowded for pod in cluster.pods[index]]
    return (*kept, *cluster.place_all(sequence(workloads, order), _DRAWS[order][1]))


def _empty(shape: NodeShape, nodes: int, zones: int) -> list[Room]:
    free = allocatable(shape)
    return [Room(index % zones, shape.cpu_millis, shape.memory_mib, free) for index in range(nodes)]


def _daemons(workloads: Iterable[Workload]) -> list[Workload]:
    return sorted((workload for workload in workloads if workload.kind == "DaemonSet"), key=_identity)


def _loaded(index: int, zone: int, pods: Sequence[Pod]) -> NodeLoad:
    cpu, memory, ephemeral, _, volumes = requested(pods)
    return NodeLoad(f"node-{index}", zone, tuple(pods), cpu, memory, ephemeral, volumes)


def nodes_needed(workloads: Sequence[Workload], shape: NodeShape, *, zones: int = 1) -> NodeCount:
    """The smallest number of nodes on which every pod finds room in each of `ORDERS`.

    The order in which the workloads are listed does not matter.
    """
    return _needed(tuple(sorted(workloads, key=_identity)), shape, zones)


@lru_cache(maxsize=512)
def _needed(workloads: tuple[Workload, ...], shape: NodeShape, zones: int) -> NodeCount:
    too_large = _too_large(workloads, shape)
    if too_large is not None:
        return NodeCount(0, 0, None, too_large)
    arrivals = {order: sequence(workloads, order) for order in ORDERS}
    daemons = _daemons(workloads)
    floor = nodes = _floor(arrivals[ORDERS[0]], daemons, shape)
    failing = ORDERS[0] if nodes > 1 else None  # with fewer nodes than the floor, every order fails
    # A node for every pod is always enough, so this ends. What failed last is the likeliest to fail again.
    while order := _failing_order(
        arrivals, failing, lambda count=nodes: _Cluster(daemons, _empty(shape, count, zones))
    ):
        failing, nodes = order, nodes + 1
    return NodeCount(nodes, floor, failing)


def _failing_order(
    arrivals: Mapping[str, Sequence[Pod]], first: str | None, empty: Callable[[], _Cluster]
) -> str | None:
    """The first order that leaves a pod without a node."""
    for order in sorted(arrivals, key=lambda order: order != first):
        if empty().place_all(arrivals[order], _DRAWS[order][1]):
            return order
    return None


def _too_large(workloads: Sequence[Workload], shape: NodeShape) -> Workload | None:
    """The first workload, DaemonSets before the others, whose pod does not fit on a node that runs only DaemonSets."""
    left = allocatable(shape)
    daemons = _daemons(workloads)
    for workload in (*daemons, *(w for w in workloads if w.kind != "DaemonSet" and w.replicas)):
        after = tuple(room - taken for room, taken in zip(left, demand(workload), strict=True))
        if min(after) < 0:
            return workload
        if workload.kind == "DaemonSet":
            left = after
    return None


def _floor(pods: Sequence[Pod], daemons: Sequence[Workload], shape: NodeShape) -> int:
    """Nodes that the sums need, and one for each pod that takes more than half of what DaemonSets leave of a node."""
    kept = requested([Pod(daemon, 0) for daemon in daemons])
    left = [room - taken for room, taken in zip(allocatable(shape), kept, strict=True)]
    sums = [-(-needed // room) for needed, room in zip(requested(pods), left, strict=True) if needed]
    halves = [0] * len(left)
    for pod in pods:
        for position, amount in enumerate(demand(pod.workload)):
            halves[position] += 2 * amount > left[position]
    return max(1, *sums, *halves)

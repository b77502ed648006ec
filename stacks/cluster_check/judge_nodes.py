"""Version, nodes, and whether every pod of the plan finds room on them beside what runs there already."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from recommender.kubernetes.facts import EKS_VERSIONS, GKE_VERSIONS, VersionSupport
from recommender.kubernetes.needs import ARCHITECTURE, NEWEST, OLDEST, Needs
from recommender.kubernetes.placement import Pod, Room
from recommender.kubernetes.pods import Workload
from recommender.kubernetes.scheduling import ORDERS, unplaced
from stacks.cluster_check.findings import Finding, Problem, finding, some, unread
from stacks.cluster_check.observed import NodeSeen, Observed, PodSeen

_SUPPORT: Mapping[str, Mapping[str, VersionSupport]] = {
    "eks": EKS_VERSIONS,
    "eks-auto": EKS_VERSIONS,
    "gke": GKE_VERSIONS,
}
_PLATFORM = f"linux/{ARCHITECTURE}"
_ANY_NUMBER = 10**6
_AUTO = "See that its node pools make nodes of amd64, and may make enough of them: `kubectl get nodepools`."
_MOST_MORE = 100
"""Nodes that a remedy asks for at most."""


def version(needs: Needs, seen: Observed) -> Finding:
    """Whether the version has what the plan's objects need, and is still supported."""
    what = f"Kubernetes {OLDEST} or newer, tried up to {NEWEST}"
    return finding("CLUSTER-VERSION", what, seen.version, _version_problems(needs, seen))


def _version_problems(needs: Needs, seen: Observed) -> Iterator[Problem]:
    parts = re.match(r"v?(\d+)\.(\d+)", seen.version)
    if parts is None:
        yield unread("the version", "get /version")
        return
    minor = f"{parts[1]}.{parts[2]}"
    if _key(minor) < _key(OLDEST):
        yield Problem("fail", f"{seen.version} is too old", f"Upgrade the cluster to {OLDEST} or newer.")
        return
    if _key(minor) > _key(NEWEST):
        yield Problem("warn", f"{seen.version} is newer than what was tried", "Try it on a cluster for tests first.")
    if needs.minor and needs.minor != minor:
        remedy = f"Write {minor} into deployment.kubernetes.version."
        yield Problem("warn", f"the cluster runs {minor}, the plan was made for {needs.minor}", remedy)
    row = _SUPPORT.get(needs.flavor, {}).get(minor)
    if row is not None and row.status() != "standard":
        words = f"standard support of {minor} ended on {row.standard_until}"
        yield Problem("warn", words, "Upgrade the cluster before Sourcegraph comes.")


def _key(minor: str) -> tuple[int, ...]:
    return tuple(map(int, minor.split(".")))


def nodes(needs: Needs, seen: Observed) -> Finding:
    """Whether there are nodes that pods without tolerations may run on."""
    usable = usable_nodes(seen)
    kept = len(seen.nodes or ()) - len(usable)
    others = f"; {kept} more do not" if kept else ""
    good = f"{len(usable)} take pods: {some(node.name for node in usable)}{others}"
    return finding("CLUSTER-NODES", "ready nodes without taints", good, _node_problems(needs, seen, len(usable)))


def _node_problems(needs: Needs, seen: Observed, usable: int) -> Iterator[Problem]:
    if seen.nodes is None:
        yield unread("the nodes", "list nodes")
        return
    kept = [f"{node.name} ({node.barred or 'not ready'})" for node in seen.nodes if node.barred or not node.ready]
    if usable:
        return  # nodes that others have for themselves are no problem while the rest has room
    if needs.flavor == "eks-auto":
        yield Problem("unchecked", "no node yet: EKS Auto Mode makes them for pods that wait", _AUTO)
        return
    where = f": {some(kept)}" if kept else ""
    remedy = "Run `kubectl uncordon`, remove the taints, mend the nodes that are not ready, or add nodes."
    yield Problem("fail", f"none of {len(seen.nodes)} nodes takes pods of the plan{where}", remedy)


def architecture(needs: Needs, seen: Observed) -> Finding:
    """Whether pods can land on nodes that cannot run the vendor's images."""
    others = [node for node in seen.nodes or () if node.ready and not node.barred and node.platform != _PLATFORM]
    problems: list[Problem] = []
    if seen.nodes is None:
        problems.append(unread("the nodes", "list nodes"))
    if others:
        listed = some(f"{node.name} ({node.platform})" for node in others)
        remedy = (
            f"Taint them, such as `kubectl taint nodes {others[0].name} kubernetes.io/arch=other:NoSchedule`, and have "
            f"nodes of {ARCHITECTURE}."
        )
        problems.append(Problem("fail", f"pods of the plan could be put on {listed}", remedy))
    return finding("CLUSTER-NODES-ARCH", f"nodes of {_PLATFORM}", f"all nodes for pods are {_PLATFORM}", problems)


def usable_nodes(seen: Observed) -> tuple[NodeSeen, ...]:
    """Nodes on which pods of the plan can run."""
    found = seen.nodes or ()
    return tuple(n for n in found if n.ready and not n.barred and n.platform == _PLATFORM and n.cpu_millis)


def of_plan(needs: Needs, pod: PodSeen) -> bool:
    """Whether a pod is one of the plan's own, from an installation before: its room is not taken twice."""
    return (pod.namespace, pod.labels.get("app")) in {(each.namespace, each.name) for each in needs.workloads}


def capacity(needs: Needs, seen: Observed) -> Finding:
    """Whether the scheduler finds room for every pod, whatever the order in which they come."""
    pods = [each for each in needs.workloads if each.kind != "DaemonSet"]
    cpus, mib = (sum(getattr(each, field) * each.replicas for each in pods) for field in ("cpu_millis", "memory_mib"))
    count = sum(each.replicas for each in pods)
    what = f"room for {count} pods with {cpus / 1000:.1f} CPUs and {mib / 1024:.0f} GiB, and for those on every node"
    good = f"every pod fits (nodes: {len(usable_nodes(seen))}), in each of {len(ORDERS)} orders of arrival"
    return finding("CLUSTER-CAPACITY", what, good, _capacity_problems(needs, seen))


def _capacity_problems(needs: Needs, seen: Observed) -> Iterator[Problem]:
    found = usable_nodes(seen)
    if seen.nodes is None:
        yield unread("the nodes", "list nodes")
        return
    if needs.flavor == "eks-auto" and not found:
        yield Problem("unchecked", "EKS Auto Mode makes nodes for pods that wait", _AUTO)
        return
    rooms = _rooms(needs, seen, found)
    left = [unplaced(needs.workloads, rooms, order) for order in ORDERS]
    failed = [pods for pods in left if pods]
    if seen.pods is None:
        yield unread("what runs on the nodes", "list pods in all namespaces")
    if not failed:
        return
    words = _without_room(min(failed, key=len))
    if len(failed) < len(left):
        words = f"in {len(failed)} of {len(left)} orders of arrival {words}"
    large = _too_large(needs, found)
    if large:
        yield Problem("fail", f"{_sized(large)} fits on no node, not even an empty one", _larger_nodes(large))
    elif seen.autoscaler:
        remedy = f"See that {seen.autoscaler} may add nodes enough. {_more_nodes(needs, rooms, found)}"
        yield Problem("warn", f"{words}, until {seen.autoscaler} adds nodes", remedy)
    else:
        status = "fail" if len(failed) == len(left) else "warn"
        yield Problem(status, words, _more_nodes(needs, rooms, found))


def volumes(needs: Needs, seen: Observed) -> Finding:
    """Whether the nodes can attach a disk for every claim."""
    driver = _driver(needs, seen)
    what = f"nodes that attach the disks of {driver}" if driver else "nodes that attach the plan's disks"
    good = "every claim's disk can be attached where its pod fits"
    return finding("CLUSTER-VOLUMES", what, good, _volume_problems(needs, seen, driver))


def _volume_problems(needs: Needs, seen: Observed, driver: str) -> Iterator[Problem]:
    found = usable_nodes(seen)
    if seen.nodes is None or any(node.volumes is None for node in found):
        yield unread("the CSI drivers of the nodes", "list csinodes")
        return
    if not driver or not found:
        why = "which driver makes disks is not known" if found else "there are no nodes to look at"
        yield Problem("unchecked", why, f"Mend {'CLUSTER-STORAGE-CLASS' if found else 'CLUSTER-NODES'} first.")
        return
    able = [node for node in found if driver in (node.volumes or {})]
    if not able:
        if "csi" not in driver:
            words = f"{driver} is no CSI driver, so nothing says how many disks a node takes"
            yield Problem("unchecked", words, "See that its volumes are on SSDs and that every node takes enough.")
            return
        remedy = f"Install the CSI driver {driver} (on EKS: the add-on aws-ebs-csi-driver with its role)."
        yield Problem("fail", f"no node runs the CSI driver {driver}", remedy)
        return
    if len(able) < len(found):
        lacking = some(node.name for node in found if node not in able)
        yield Problem("warn", f"the CSI driver {driver} does not run on {lacking}", "Let it run on every node.")
    if unplaced(needs.workloads, _rooms(needs, seen, found)):
        yield Problem("unchecked", "the nodes have too little room as it is", "Mend CLUSTER-CAPACITY first.")
        return
    left = [unplaced(needs.workloads, _rooms(needs, seen, found, driver), order) for order in ORDERS]
    failed = [pods for pods in left if pods]
    if failed:
        status = "fail" if len(failed) == len(left) else "warn"
        remedy = "Add nodes, or take a machine type that attaches more disks."
        yield Problem(status, f"disks of {_without_room(min(failed, key=len))}", remedy)


def _driver(needs: Needs, seen: Observed) -> str:
    wanted = needs.storage_class
    if wanted.create:
        return wanted.provisioner
    return next((each.provisioner for each in seen.storage_classes or () if each.name == wanted.name), "")


def _rooms(needs: Needs, seen: Observed, found: Sequence[NodeSeen], driver: str = "") -> list[Room]:
    """What is free on nodes. Volumes are counted for a driver only."""
    zones = {zone: number for number, zone in enumerate(sorted({node.zone for node in found}))}
    running: dict[str, list[PodSeen]] = {node.name: [] for node in found}
    for pod in seen.pods or ():
        if pod.node in running and not of_plan(needs, pod):
            running[pod.node].append(pod)
    return [_room(seen, node, zones[node.zone], running[node.name], driver) for node in found]


def _room(seen: Observed, node: NodeSeen, zone: int, running: Sequence[PodSeen], driver: str) -> Room:
    disks = _ANY_NUMBER
    if driver:
        # A driver that names no limit has none; a node that does not run it attaches nothing.
        most = (node.volumes or {}).get(driver, 0)
        disks = _ANY_NUMBER if most is None else most - sum(_disks(seen, pod, driver) for pod in running)
    free = (
        node.cpu_millis - sum(pod.cpu_millis for pod in running),
        node.memory_mib - sum(pod.memory_mib for pod in running),
        node.ephemeral_gib - sum(pod.ephemeral_gib for pod in running),
        node.pods - len(running),
        disks,
    )
    return Room(zone, node.cpu_millis, node.memory_mib, free)


def _disks(seen: Observed, pod: PodSeen, driver: str) -> int:
    """Claims of a pod that the driver attaches; one of which nothing is known counts."""
    provisioners = {each.name: each.provisioner for each in seen.storage_classes or ()}
    classes = {(each.namespace, each.name): each.storage_class for each in seen.claims or ()}
    found = (provisioners.get(classes.get((pod.namespace, claim), ""), driver) for claim in pod.claims)
    return sum(each == driver for each in found)


def _without_room(pods: Sequence[Pod]) -> str:
    names = dict.fromkeys(_sized(pod.workload) for pod in pods)
    return f"{len(pods)} pods find no room: {some(names)}"


def _sized(load: Workload) -> str:
    return f"{load.name} ({load.cpu_millis / 1000:g} CPUs, {load.memory_mib / 1024:.1f} GiB)"


def _too_large(needs: Needs, found: Sequence[NodeSeen]) -> Workload | None:
    """A workload whose pod fits on no node, were it empty but for what runs on every node."""
    empty = [_emptied(node) for node in found]
    daemons = [each for each in needs.workloads if each.kind == "DaemonSet"]
    for load in needs.workloads:
        if load.kind != "DaemonSet" and load.replicas and found:
            alone = [*daemons, replace(load, replicas=1)]
            if all(unplaced(alone, [room]) for room in empty):
                return load
    return None


def _emptied(node: NodeSeen) -> Room:
    free = (node.cpu_millis, node.memory_mib, node.ephemeral_gib, node.pods, _ANY_NUMBER)
    return Room(0, node.cpu_millis, node.memory_mib, free)


def _larger_nodes(load: Workload) -> str:
    return (
        f"Add nodes that give more than {load.cpu_millis / 1000:g} CPUs and {load.memory_mib / 1024:.1f} GiB to pods."
    )


def _more_nodes(needs: Needs, rooms: Sequence[Room], found: Sequence[NodeSeen]) -> str:
    """How many nodes like the largest one would be enough."""
    if not found:
        return "Add nodes."
    largest = max(found, key=lambda node: (node.cpu_millis, node.memory_mib))
    for more in range(1, _MOST_MORE + 1):
        grown = [*rooms, *([_emptied(largest)] * more)]
        if not any(unplaced(needs.workloads, grown, order) for order in ORDERS):
            what = "1 node" if more == 1 else f"{more} nodes"
            gib = f"{largest.memory_mib / 1024:.0f} GiB for pods"
            return f"Add {what} like {largest.name} ({largest.cpu_millis / 1000:g} CPUs and {gib})."
    return "Add nodes, larger ones than those that there are."

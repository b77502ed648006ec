"""What the real scheduler makes of workloads on simulated nodes."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from recommender.kubernetes.pods import Claim, NodeShape, Workload
from tests.cluster.client import Object
from tests.cluster.control_plane import ControlPlane
from tests.cluster.nodes import ZONES, simulated_nodes, storage, storage_class
from tests.cluster.provisioner import DRIVERS
from tests.cluster.waiting import wait_until

_RUN = "moorage.test/run"
"""Label on everything that one call of `schedule` makes; its value is the call's own."""
_CLASS = "moorage-test"
_SECONDS = 180
_SETTLED_SECONDS = 1.5


@dataclass(frozen=True, slots=True)
class Outcome:
    """Where the scheduler put pods. Keys are `namespace/pod`."""

    bound: dict[str, str]
    """Node of each pod that has one."""
    pending: dict[str, str]
    """What the scheduler says of each pod that fits nowhere."""


def schedule(
    control_plane: ControlPlane,
    workloads: Sequence[Workload],
    shape: NodeShape,
    nodes: int,
    *,
    zones: Sequence[str] = ZONES,
    driver: str = DRIVERS[0],
) -> Outcome:
    """Make nodes and pods, wait until the scheduler has decided on each pod, and delete all of it again.

    DaemonSets are real and come first, as on a node that joins a cluster. Of other workloads the pods are made, one by
    one in the given order, since a controller would make them in any order. Their claims are of a class that waits for
    the first consumer, and get volumes in the zone of the node. Equal nodes are chosen from by chance, so a plan that
    only a perfect packing satisfies may fail now and then.

    Args:
        control_plane: without other nodes.
        workloads: what to schedule.
        shape: of each node.
        nodes: how many.
        zones: of nodes, in turn.
        driver: CSI driver of the claims; a node takes the shape's number of volumes.

    Returns:
        Node or reason of each pod. Namespaces stay.

    Raises:
        TimeoutError: there is no decision on some pod in 3 minutes.
    """
    run = uuid.uuid4().hex[:8]
    daemons = [found for found in workloads if found.kind == "DaemonSet"]
    others = [found for found in workloads if found.kind != "DaemonSet"]
    with (
        storage(control_plane, storage_class(_CLASS, driver=driver)),
        simulated_nodes(control_plane, shape, nodes, zones, driver=driver),
        _cleared(control_plane, run, {found.namespace for found in workloads}),
    ):
        for workload in daemons:
            control_plane.client.apply(_daemon_set(workload, run))
        expected = nodes * len(daemons)
        _decide(control_plane, run, expected)
        for workload in others:
            _make_pods(control_plane, workload, run)
        return _decide(control_plane, run, expected + sum(found.replicas for found in others))


def _decide(control_plane: ControlPlane, run: str, expected: int) -> Outcome:
    """Wait until every pod is bound, or is known to fit nowhere.

    The scheduler tries a pod again after events that could help it. Nothing leaves a node here, so when every pod that
    is left was refused, and still the same ones a moment later, it stays so.
    """
    deadline = time.monotonic() + _SECONDS
    since, before, outcome = 0.0, set[str](), Outcome({}, {})
    while time.monotonic() < deadline:
        outcome = _outcome(control_plane.client.items(f"/api/v1/pods?labelSelector={_RUN}={run}"))
        if len(outcome.bound) == expected:
            return outcome
        if len(outcome.bound) + len(outcome.pending) < expected or before != set(outcome.pending):
            since, before = time.monotonic(), set(outcome.pending)
        elif time.monotonic() - since > _SETTLED_SECONDS:
            return outcome
        time.sleep(0.1)
    raise TimeoutError(f"the scheduler did not decide on {expected} pods in {_SECONDS} seconds: {outcome}")


def _outcome(pods: Sequence[Object]) -> Outcome:
    outcome = Outcome({}, {})
    for pod in pods:
        name = f"{pod['metadata']['namespace']}/{pod['metadata']['name']}"
        if node := pod["spec"].get("nodeName"):
            outcome.bound[name] = node
        for condition in pod["status"].get("conditions", []):
            if condition["type"] == "PodScheduled" and condition.get("reason") == "Unschedulable":
                outcome.pending[name] = condition["message"]
    return outcome


def _pod_spec(workload: Workload) -> Object:
    requests = {
        "cpu": f"{workload.cpu_millis}m",
        "memory": f"{workload.memory_mib}Mi",
        "ephemeral-storage": f"{workload.ephemeral_gib}Gi",
    }
    container = {"name": "only", "image": "registry.invalid/never-pulled", "resources": {"requests": requests}}
    return {"containers": [container], "terminationGracePeriodSeconds": 0}


def _daemon_set(workload: Workload, run: str) -> Object:
    labels = {_RUN: run, "app": workload.name}
    spec = {**_pod_spec(workload), "tolerations": [{"operator": "Exists"}]}
    return {
        "apiVersion": "apps/v1",
        "kind": "DaemonSet",
        "metadata": {"name": workload.name, "namespace": workload.namespace, "labels": {_RUN: run}},
        "spec": {"selector": {"matchLabels": labels}, "template": {"metadata": {"labels": labels}, "spec": spec}},
    }


def _make_pods(control_plane: ControlPlane, workload: Workload, run: str) -> None:
    root = f"/api/v1/namespaces/{workload.namespace}"
    # Headroom may have the name of the workload that it is for.
    prefix = f"{workload.name}-headroom" if workload.kind == "headroom" else workload.name
    for index in range(workload.replicas):
        volumes: list[Object] = []
        for claim in workload.claims:
            name = f"{claim.name}-{prefix}-{index}"
            metadata = {"name": name, "labels": {_RUN: run}}
            control_plane.api(
                "POST", f"{root}/persistentvolumeclaims", {"metadata": metadata, "spec": _claim_spec(claim)}
            )
            volumes.append({"name": claim.name, "persistentVolumeClaim": {"claimName": name}})
        metadata = {"name": f"{prefix}-{index}", "labels": {_RUN: run, "app": workload.name}}
        spec = {**_pod_spec(workload), "volumes": volumes}
        control_plane.api("POST", f"{root}/pods", {"metadata": metadata, "spec": spec})


def _claim_spec(claim: Claim) -> Object:
    return {
        "accessModes": ["ReadWriteOnce"],
        "storageClassName": _CLASS,
        "resources": {"requests": {"storage": f"{claim.size_gib}Gi"}},
    }


@contextmanager
def _cleared(control_plane: ControlPlane, run: str, namespaces: set[str]) -> Iterator[None]:
    """Namespaces where pods can be made; at the end nothing of the run is left in them."""
    for namespace in namespaces:
        control_plane.add_namespace(namespace)
    try:
        yield
    finally:
        # DaemonSets first, or they would make their pods again.
        for kind in ("apps/v1 daemonsets", "v1 pods", "v1 persistentvolumeclaims"):
            version, plural = kind.split()
            root = f"/apis/{version}" if "/" in version else f"/api/{version}"
            query = f"{plural}?labelSelector={_RUN}={run}"
            for namespace in namespaces:
                control_plane.api("DELETE", f"{root}/namespaces/{namespace}/{query}&gracePeriodSeconds=0")
            wait_until(
                f"{plural} are gone", lambda path=f"{root}/{query}": not control_plane.client.items(path), _SECONDS
            )

"""Nodes that a control plane takes for real ones, and the storage of a cloud."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from recommender.kubernetes.pods import NodeShape
from tests.cluster.client import Object
from tests.cluster.control_plane import VERSION, ControlPlane
from tests.cluster.provisioner import DRIVERS, ZONE
from tests.cluster.waiting import wait_until

ZONES = ("us-east-1a", "us-east-1b", "us-east-1c")

_READY_SECONDS = 30


def simulate_nodes(
    control_plane: ControlPlane,
    shape: NodeShape,
    count: int,
    zones: Sequence[str] = ZONES,
    *,
    driver: str = DRIVERS[0],
    name: str = "node",
) -> list[str]:
    """Make nodes whose pods run as soon as they are bound, and return when they take pods.

    Args:
        control_plane: where to.
        shape: what each node has.
        count: of nodes, in turn in each zone.
        zones: of nodes.
        driver: CSI driver that attaches at most the shape's volumes to each node.
        name: what the names of nodes begin with.

    Returns:
        Their names.

    Raises:
        TimeoutError: they did not get ready.
    """
    names = [f"{name}-{index}" for index in range(count)]
    for index, node in enumerate(names):
        control_plane.api("POST", "/api/v1/nodes", _node(node, shape, zones[index % len(zones)]))
        control_plane.api("POST", "/apis/storage.k8s.io/v1/csinodes", _csi_node(node, shape, driver))

    def ready() -> bool:
        found = control_plane.client.items("/api/v1/nodes")
        return {node["metadata"]["name"] for node in found if _takes_pods(node)}.issuperset(names)

    wait_until(f"nodes {names} take pods", ready, _READY_SECONDS)
    return names


def delete_nodes(control_plane: ControlPlane, names: Sequence[str]) -> None:
    """Delete nodes and the pods on them."""
    for name in names:
        control_plane.client.delete({"apiVersion": "v1", "kind": "Node", "metadata": {"name": name}})
        control_plane.client.delete({"apiVersion": "storage.k8s.io/v1", "kind": "CSINode", "metadata": {"name": name}})
    for pod in control_plane.client.items("/api/v1/pods"):
        if pod["spec"].get("nodeName") in names:
            control_plane.client.delete({"apiVersion": "v1", "kind": "Pod", **pod})


@contextmanager
def simulated_nodes(
    control_plane: ControlPlane, shape: NodeShape, count: int, zones: Sequence[str] = ZONES, *, driver: str = DRIVERS[0]
) -> Iterator[list[str]]:
    """`simulate_nodes`, and `delete_nodes` at the end."""
    names = simulate_nodes(control_plane, shape, count, zones, driver=driver)
    try:
        yield names
    finally:
        delete_nodes(control_plane, names)


def storage_class(name: str, *, driver: str = DRIVERS[0], default: bool = False) -> Object:
    """Manifest of a storage class whose claims wait for a pod, and get a volume in the zone of its node.

    Args:
        name: of the class.
        driver: `provisioner.DRIVERS` make volumes; claims of another wait for ever.
        default: whether claims that name no class get this one.
    """
    return {
        "apiVersion": "storage.k8s.io/v1",
        "kind": "StorageClass",
        "metadata": {
            "name": name,
            "annotations": {"storageclass.kubernetes.io/is-default-class": str(default).lower()},
        },
        "provisioner": driver,
        "reclaimPolicy": "Retain",
        "volumeBindingMode": "WaitForFirstConsumer",
        "allowVolumeExpansion": True,
    }


@contextmanager
def storage(control_plane: ControlPlane, manifest: Object) -> Iterator[None]:
    """A storage class of `storage_class`; at the end neither it nor a volume of it is left, although it retains them.

    Claims are the caller's to delete before.
    """
    name = manifest["metadata"]["name"]
    control_plane.client.apply(manifest)
    try:
        yield
    finally:
        for volume in control_plane.client.items("/api/v1/persistentvolumes"):
            if volume["spec"].get("storageClassName") == name:
                control_plane.client.delete({"apiVersion": "v1", "kind": "PersistentVolume", **volume})
        control_plane.client.delete(manifest)


def _node(name: str, shape: NodeShape, zone: str) -> Object:
    disk = f"{shape.ephemeral_gib}Gi"
    labels = {
        "kubernetes.io/hostname": name,
        "kubernetes.io/os": "linux",
        "kubernetes.io/arch": "amd64",
        "node.kubernetes.io/instance-type": shape.machine_type,
        ZONE: zone,
        "topology.kubernetes.io/region": re.sub(r"-?[a-z]$", "", zone),
    }
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": name, "labels": labels},
        "status": {
            "capacity": {
                "cpu": str(shape.vcpu),
                "memory": f"{shape.memory_gb}Gi",
                "pods": str(shape.pods),
                "ephemeral-storage": disk,
            },
            "allocatable": {
                "cpu": f"{shape.cpu_millis}m",
                "memory": f"{shape.memory_mib}Mi",
                "pods": str(shape.pods),
                "ephemeral-storage": disk,
            },
            "nodeInfo": {
                "architecture": "amd64",
                "operatingSystem": "linux",
                "kubeletVersion": VERSION,
                "containerRuntimeVersion": "containerd://2.1.0",
                **dict.fromkeys(("bootID", "machineID", "systemUUID", "osImage", "kernelVersion"), ""),
                "kubeProxyVersion": "",
            },
        },
    }


def _csi_node(name: str, shape: NodeShape, driver: str) -> Object:
    """What a CSI driver's pod on the node says: by its count the scheduler limits the volumes of a node."""
    limit = {"name": driver, "nodeID": name, "topologyKeys": [ZONE], "allocatable": {"count": shape.volumes}}
    return {
        "apiVersion": "storage.k8s.io/v1",
        "kind": "CSINode",
        "metadata": {"name": name},
        "spec": {"drivers": [limit]},
    }


def _takes_pods(node: Object) -> bool:
    """New nodes have taints until the controller manager has seen that they are ready."""
    conditions = {found["type"]: found["status"] for found in node["status"].get("conditions", [])}
    return conditions.get("Ready") == "True" and not node["spec"].get("taints")

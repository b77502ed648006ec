"""The control plane that tests run on behaves as a cluster's."""

from __future__ import annotations

import json
import ssl
import subprocess
import urllib.request
from base64 import b64decode
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from recommender.kubernetes.pods import Claim, NodeShape, Workload
from tests.cluster.client import ApiError, Object
from tests.cluster.control_plane import CONTEXT, REQUIRES, VERSION, ControlPlane
from tests.cluster.nodes import simulated_nodes, storage, storage_class
from tests.cluster.pods import schedule
from tests.cluster.waiting import wait_until

pytestmark = REQUIRES

SHAPE = NodeShape("m7i.2xlarge", 8, 32, cpu_millis=7900, memory_mib=30000, pods=58, ephemeral_gib=100, volumes=25)
POD = Workload("frontend", "Deployment", "sourcegraph", replicas=2, cpu_millis=1000, memory_mib=1024)
REVIEW = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"


def allowed(control_plane: ControlPlane, user: str, verb: str, resource: str, namespace: str) -> bool:
    attributes = {"verb": verb, "resource": resource, "namespace": namespace}
    review = control_plane.api("POST", REVIEW, {"spec": {"resourceAttributes": attributes}}, user)
    return review["status"]["allowed"]


def test_its_version_is_the_pinned_one(control_plane: ControlPlane) -> None:
    assert control_plane.api("GET", "/version")["gitVersion"] == VERSION


def test_a_limited_user_may_do_only_what_was_granted(control_plane: ControlPlane) -> None:
    pods = {"apiGroups": [""], "resources": ["pods"], "verbs": ["get", "list"]}
    control_plane.add_user("reader", [pods], namespace="readers")
    assert control_plane.api("GET", "/api/v1/namespaces/readers/pods", user="reader")["items"] == []
    with pytest.raises(ApiError, match='reader" cannot list resource "secrets"') as refused:
        control_plane.api("GET", "/api/v1/namespaces/readers/secrets", user="reader")
    assert refused.value.status == 403
    assert allowed(control_plane, "reader", "list", "pods", "readers")
    assert not allowed(control_plane, "reader", "list", "pods", "default")
    assert not allowed(control_plane, "reader", "create", "pods", "readers")
    control_plane.add_user("reader", [{**pods, "verbs": ["list"]}])
    assert allowed(control_plane, "reader", "list", "pods", "default")


@pytest.mark.real_tool("kubectl")
def test_kubectl_reads_its_kubeconfigs(control_plane: ControlPlane) -> None:
    def ask(kubeconfig: Path, *words: str) -> subprocess.CompletedProcess[str]:
        command = ["kubectl", f"--kubeconfig={kubeconfig}", f"--context={CONTEXT}", *words]
        return subprocess.run(command, capture_output=True, text=True, timeout=60)

    control_plane.add_user("nobody")
    assert "readyz check passed" in ask(control_plane.kubeconfig, "get", "--raw", "/readyz?verbose").stdout
    assert ask(control_plane.kubeconfig, "auth", "can-i", "*", "*").stdout.strip() == "yes"
    assert "moorage-users:nobody" in ask(control_plane.kubeconfig_for("nobody"), "auth", "whoami").stdout
    assert ask(control_plane.kubeconfig_for("nobody"), "auth", "can-i", "list", "pods").stdout.strip() == "no"


def test_its_kubeconfig_says_which_certificate_the_server_has(control_plane: ControlPlane) -> None:
    cluster = json.loads(control_plane.kubeconfig.read_text())["clusters"][0]["cluster"]
    trusted = ssl.create_default_context(cadata=b64decode(cluster["certificate-authority-data"]).decode())
    handlers = (urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=trusted))
    with urllib.request.build_opener(*handlers).open(f"{cluster['server']}/readyz", timeout=10) as answer:
        assert answer.read() == b"ok"


def test_nodes_show_their_machine_type_zone_and_room(control_plane: ControlPlane) -> None:
    with simulated_nodes(control_plane, SHAPE, 2, ["europe-west1-b", "europe-west1-c"]) as names:
        nodes = [control_plane.api("GET", f"/api/v1/nodes/{name}") for name in names]
        labels = nodes[1]["metadata"]["labels"]
        assert labels["node.kubernetes.io/instance-type"] == "m7i.2xlarge"
        assert labels["topology.kubernetes.io/zone"] == "europe-west1-c"
        assert labels["topology.kubernetes.io/region"] == "europe-west1"
        assert nodes[0]["status"]["allocatable"] == {
            "cpu": "7900m",
            "memory": "30000Mi",
            "pods": "58",
            "ephemeral-storage": "100Gi",
        }
        assert nodes[0]["status"]["nodeInfo"]["kubeletVersion"] == VERSION
    assert control_plane.client.items("/api/v1/nodes") == []


def test_pods_that_fit_are_bound_with_a_daemon_pod_on_every_node(control_plane: ControlPlane) -> None:
    daemon = Workload("agent", "DaemonSet", "kube-system", replicas=0, cpu_millis=100, memory_mib=64)
    disk = replace(POD, name="gitserver", kind="StatefulSet", claims=(Claim("repos", 200),))
    outcome = schedule(control_plane, [POD, daemon, disk], SHAPE, 3)
    assert outcome.pending == {}
    assert sorted(node for pod, node in outcome.bound.items() if "/agent-" in pod) == ["node-0", "node-1", "node-2"]
    assert {pod for pod in outcome.bound if "/agent-" not in pod} == {
        *("sourcegraph/frontend-0", "sourcegraph/frontend-1", "sourcegraph/gitserver-0", "sourcegraph/gitserver-1")
    }
    for path in ("pods", "nodes", "persistentvolumeclaims", "persistentvolumes"):
        wait_gone(control_plane, f"/api/v1/{path}")


def wait_gone(control_plane: ControlPlane, path: str) -> None:
    wait_until(f"{path} are gone", lambda: not control_plane.client.items(path), 120)


def test_a_pod_of_just_the_room_of_a_node_fits_and_the_next_does_not(control_plane: ControlPlane) -> None:
    whole = replace(POD, cpu_millis=SHAPE.cpu_millis, memory_mib=SHAPE.memory_mib, ephemeral_gib=SHAPE.ephemeral_gib)
    outcome = schedule(control_plane, [replace(whole, replicas=2), replace(POD, name="late", replicas=1)], SHAPE, 2)
    assert set(outcome.bound) == {"sourcegraph/frontend-0", "sourcegraph/frontend-1"}
    assert set(outcome.pending) == {"sourcegraph/late-0"}


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"cpu_millis": 7901}, "Insufficient cpu"),
        ({"memory_mib": 30001}, "Insufficient memory"),
        ({"ephemeral_gib": 101}, "Insufficient ephemeral-storage"),
    ],
)
def test_a_pod_that_does_not_fit_says_what_it_lacks(control_plane: ControlPlane, change: Object, reason: str) -> None:
    outcome = schedule(control_plane, [POD, replace(POD, name="large", replicas=1, **change)], SHAPE, 2)
    assert set(outcome.bound) == {"sourcegraph/frontend-0", "sourcegraph/frontend-1"}
    assert reason in outcome.pending["sourcegraph/large-0"]


def test_a_daemon_pod_takes_its_room_before_the_others(control_plane: ControlPlane) -> None:
    daemon = Workload("agent", "DaemonSet", "kube-system", replicas=0, cpu_millis=100, memory_mib=64)
    whole = replace(POD, cpu_millis=SHAPE.cpu_millis, replicas=1)
    outcome = schedule(control_plane, [whole, daemon], SHAPE, 1)
    assert "Insufficient cpu" in outcome.pending["sourcegraph/frontend-0"]
    assert list(outcome.bound.values()) == ["node-0"]


@pytest.mark.parametrize("driver", ["ebs.csi.aws.com", "pd.csi.storage.gke.io"])
def test_a_node_takes_no_more_disks_than_its_machine_type(control_plane: ControlPlane, driver: str) -> None:
    disk = replace(POD, name="gitserver", kind="StatefulSet", replicas=5, claims=(Claim("repos", 200), Claim("tmp", 1)))
    outcome = schedule(control_plane, [disk], replace(SHAPE, volumes=4), 2, driver=driver)
    assert len(outcome.bound) == 4
    assert ["exceed max volume count" in reason for reason in outcome.pending.values()] == [True]


DATABASE: Object = {
    "apiVersion": "apps/v1",
    "kind": "StatefulSet",
    "metadata": {"name": "db", "namespace": "zones"},
    "spec": {
        "selector": {"matchLabels": {"app": "db"}},
        "template": {
            "metadata": {"labels": {"app": "db"}},
            "spec": {"containers": [{"name": "only", "image": "registry.invalid/never-pulled"}]},
        },
        "volumeClaimTemplates": [
            {
                "metadata": {"name": "data"},
                "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}},
            }
        ],
    },
}


@pytest.fixture
def database(control_plane: ControlPlane) -> Iterator[str]:
    """Path of the pod of a database with a disk of the default storage class, ready on one of three nodes."""
    client, disks = control_plane.client, storage_class("disks", default=True)
    control_plane.add_namespace("zones")
    path = client.path(DATABASE)
    with storage(control_plane, disks), simulated_nodes(control_plane, SHAPE, 3):
        client.apply(DATABASE)
        wait_until("the database is ready", lambda: client.api("GET", path)["status"].get("readyReplicas") == 1, 60)
        yield "/api/v1/namespaces/zones/pods/db-0"
        client.delete(DATABASE)
        for collection in ("pods", "persistentvolumeclaims"):
            of_it = f"/api/v1/namespaces/zones/{collection}"
            client.api("DELETE", f"{of_it}?gracePeriodSeconds=0")
            wait_until(f"{of_it} are gone", lambda path=of_it: not client.items(path), 60)


def test_a_pod_stays_in_the_zone_of_its_disk(control_plane: ControlPlane, database: str) -> None:
    def reason() -> str:
        found = control_plane.client.items(database.removesuffix("/db-0"))
        conditions = found[0]["status"].get("conditions", []) if found else []
        return "".join(condition.get("message", "") for condition in conditions)

    node = "/api/v1/nodes/" + control_plane.api("GET", database)["spec"]["nodeName"]
    control_plane.api("PATCH", node, {"spec": {"unschedulable": True}}, content_type="application/merge-patch+json")
    control_plane.api("DELETE", database + "?gracePeriodSeconds=0")
    lacking = "2 node(s) didn't match PersistentVolume's node affinity"
    wait_until("the scheduler has decided", lambda: lacking in reason(), 60)
    control_plane.api("PATCH", node, {"spec": {"unschedulable": False}}, content_type="application/merge-patch+json")
    wait_until("the pod is back", lambda: control_plane.api("GET", database)["status"]["phase"] == "Running", 60)


BUDGET: Object = {
    "apiVersion": "policy/v1",
    "kind": "PodDisruptionBudget",
    "metadata": {"name": "frontend", "namespace": "default"},
    "spec": {"maxUnavailable": 1, "selector": {"matchLabels": {"app": "frontend"}}},
}
POLICY: Object = {
    "apiVersion": "networking.k8s.io/v1",
    "kind": "NetworkPolicy",
    "metadata": {"name": "frontend", "namespace": "default"},
    "spec": {"podSelector": {}, "policyTypes": ["Ingress"], "ingress": [{"ports": [{"port": 3080}]}]},
}


@pytest.mark.parametrize("manifest", [BUDGET, POLICY], ids=lambda manifest: manifest["kind"])
def test_a_dry_run_accepts_what_is_right_and_keeps_nothing(control_plane: ControlPlane, manifest: Object) -> None:
    accepted = control_plane.client.apply(manifest, dry_run=True)
    assert accepted["metadata"]["uid"]
    assert not control_plane.client.exists(control_plane.client.path(manifest))


@pytest.mark.parametrize(
    ("manifest", "spec", "reason"),
    [
        (BUDGET, {"maxUnavailable": 1, "minAvailable": 1}, "minAvailable and maxUnavailable cannot be both set"),
        (BUDGET, {"maxUnavailble": 1}, "maxUnavailble"),
        (POLICY, {"podSelector": {}, "policyTypes": ["Inbound"]}, "Inbound"),
        (POLICY, {"podSelector": {}, "ingress": [{"ports": [{"port": 70000}]}]}, "between 1 and 65535"),
    ],
)
def test_a_dry_run_refuses_what_is_wrong(control_plane: ControlPlane, manifest: Object, spec: Object, reason: str):
    with pytest.raises(ApiError, match=reason):
        control_plane.client.apply({**manifest, "spec": spec}, dry_run=True)

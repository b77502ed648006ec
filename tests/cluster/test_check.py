"""`moorage check` against a real API server: a good cluster passes, and each bad one fails for its own reason."""

from __future__ import annotations

import base64
import json
import os
import shlex
import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from recommender.errors import MoorageError
from recommender.kubernetes.needs import Needs, cluster_needs
from recommender.kubernetes.nodes import node_shape
from recommender.kubernetes.permissions import Permission
from recommender.kubernetes.plan import KubernetesPlan
from recommender.kubernetes.pods import NodeShape
from recommender.kubernetes.scheduling import nodes_needed
from recommender.planning import make_plan
from recommender.profile import Profile
from recommender.profile_file import parse_profile
from recommender.recommend import recommend
from stacks.cluster_check.check import check_profiles
from stacks.cluster_check.report import Report
from tests.cluster.client import Object
from tests.cluster.control_plane import CONTEXT, REQUIRES, ControlPlane
from tests.cluster.nodes import delete_nodes, simulate_nodes, storage_class
from tests.cluster.waiting import wait_until
from tests.kubernetes.test_planner import profile

pytestmark = REQUIRES

NAMESPACE, CLASS, INGRESS, ISSUER = "preflight", "preflight-fast", "preflight-nginx", "preflight-issuer"
CANARY = "CANARY-5ecret"
SHAPE = node_shape("aws", "m6a.4xlarge")
DATABASES = {key: {"host": f"{key}.acme.example"} for key in ("pgsql", "codeintel", "codeinsights")}
READERS = [
    {
        "apiGroups": ["", "storage.k8s.io", "networking.k8s.io"],
        "resources": [
            *("nodes", "pods", "persistentvolumeclaims", "namespaces", "resourcequotas", "limitranges", "secrets"),
            *("storageclasses", "csinodes", "ingressclasses", "networkpolicies", "configmaps"),
        ],
        "verbs": ["get", "list"],
    }
]


def wanted(*, issuer: str | None = None) -> Profile:
    """An on-premises profile that asks for what a cluster may lack: TLS, databases of its own, a registry."""
    ingress = {"kind": "nginx", "class_name": INGRESS, "tls_secret": "preflight-tls", "cluster_issuer": issuer}
    document = profile(
        "on-premises",
        domain="sourcegraph.acme.example",
        access="private",
        downloads={"registry": "registry.acme.example"},
        external={"use": ["postgres"], "postgres": DATABASES},
        kubernetes={
            "context": CONTEXT,
            "namespace": NAMESPACE,
            "storage_class": CLASS,
            "ingress": ingress,
            "image_pull_secret": "preflight-registry",
        },
    )
    return parse_profile(document)


def needs_of(checked: Profile) -> Needs:
    plan = make_plan(checked, recommend(checked))
    assert isinstance(plan, KubernetesPlan)
    return cluster_needs(plan)


NEEDS = needs_of(wanted())


@dataclass(frozen=True)
class Good:
    """A cluster that has everything."""

    control_plane: ControlPlane
    nodes: list[str]

    def check(self, checked: Profile | None = None, kubeconfig: Path | None = None) -> Report:
        path = kubeconfig or self.control_plane.kubeconfig
        (report,) = check_profiles([checked or wanted()], kubeconfig=str(path), context=None)
        return report

    def patch(self, path: str, change: Object) -> None:
        self.control_plane.api("PATCH", path, change, content_type="application/merge-patch+json")

    def patch_nodes(self, change: Object) -> None:
        for name in self.nodes:
            self.patch(f"/api/v1/nodes/{name}", change)

    @contextmanager
    def object(self, manifest: Object, before: Object | None = None) -> Iterator[None]:
        """Another object for a while, in place of the one that was there `before`, if any."""
        client = self.control_plane.client
        client.delete(manifest)
        client.apply(manifest)
        try:
            yield
        finally:
            client.delete(manifest)
            if before:
                client.apply(before)

    @contextmanager
    def only(self, shape: NodeShape, count: int, change: Object | None = None) -> Iterator[None]:
        """Other nodes in place of its own."""
        names = simulate_nodes(self.control_plane, shape, count, name="other")
        self.patch_nodes({"spec": {"unschedulable": True}})
        try:
            for name in names if change else ():
                self.patch(f"/api/v1/nodes/{name}", change or {})
            yield
        finally:
            self.patch_nodes({"spec": {"unschedulable": None}})
            delete_nodes(self.control_plane, names)


def secret(name: str, **values: str) -> Object:
    metadata = {"name": name, "namespace": NAMESPACE}
    data = {key: base64.b64encode(f"{CANARY}{value}".encode()).decode() for key, value in values.items()}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "data": data}


DATABASE = dict.fromkeys(("host", "port", "user", "password", "database", "sslmode"), "x")
PGSQL = secret("sourcegraph-pgsql", **DATABASE)
TLS = secret("preflight-tls", **{"tls.crt": "x", "tls.key": "x"})


def ingress_class(name: str = INGRESS, controller: str = "k8s.io/ingress-nginx") -> Object:
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "IngressClass",
        "metadata": {"name": name},
        "spec": {"controller": controller},
    }


def in_namespace(version: str, kind: str, spec: Object) -> Object:
    return {
        "apiVersion": version,
        "kind": kind,
        "metadata": {"name": "preflight", "namespace": NAMESPACE},
        "spec": spec,
    }


def system_pod(name: str, node: str, **labels: str) -> Object:
    metadata = {"name": name, "namespace": "kube-system", "labels": labels}
    spec = {
        "nodeName": node,
        "containers": [{"name": "main", "image": "registry.acme.example/main"}],
        "tolerations": [{"operator": "Exists"}],
    }
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec}


def made(control_plane: ControlPlane) -> list[Object]:
    """What a good cluster has beside nodes."""
    literal = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "sourcegraph-codeintel", "namespace": NAMESPACE},
    }
    return [
        storage_class(CLASS),
        ingress_class(),
        PGSQL,
        literal | {"stringData": DATABASE},
        secret("sourcegraph-codeinsights", **DATABASE),
        TLS,
        secret("preflight-registry", **{".dockerconfigjson": "x"}),
    ]


@pytest.fixture(scope="module")
def good(control_plane: ControlPlane) -> Iterator[Good]:
    control_plane.add_namespace(NAMESPACE)
    control_plane.add_namespace("kube-system")
    count = nodes_needed(NEEDS.workloads, SHAPE, zones=3).nodes
    (system,) = simulate_nodes(control_plane, SHAPE, 1, name="system")
    nodes = simulate_nodes(control_plane, SHAPE, count)
    found = Good(control_plane, nodes)
    taint = {"key": "CriticalAddonsOnly", "effect": "NoSchedule"}
    found.patch(f"/api/v1/nodes/{system}", {"spec": {"taints": [taint]}})
    pods = [system_pod("coredns-0", system, **{"k8s-app": "kube-dns"}), system_pod("calico-node-0", system)]
    objects = [*made(control_plane), *pods]
    for each in objects:
        control_plane.client.apply(each)
    wait_until("the cluster's DNS is ready", lambda: status_of(found, "CLUSTER-DNS") == "pass", 90)
    try:
        yield found
    finally:
        delete_nodes(control_plane, [*nodes, system])
        for each in objects:
            control_plane.client.delete(each)


def status_of(good: Good, name: str) -> str:
    return next(each.status for each in good.check().findings if each.id == name)


def test_a_good_cluster_passes_and_only_the_way_out_is_left_to_a_person(good: Good) -> None:
    report = good.check()
    statuses = {finding.id: finding.status for finding in report.findings}
    assert statuses.pop("CLUSTER-EGRESS") == "unchecked"
    assert set(statuses.values()) == {"pass"}, report.text()
    assert not report.failed(strict=True)
    assert CANARY not in json.dumps(report.document()) + report.text()


@pytest.mark.real_tool("kubectl")
def test_kubectl_takes_the_command_for_the_way_out(good: Good) -> None:
    remedy = next(each.remedy for each in good.check().findings if each.id == "CLUSTER-EGRESS")
    words = [word for word in shlex.split(remedy[remedy.index("kubectl") :]) if word not in ("--rm", "-i")]
    arguments = [*words[: words.index("--")], "--dry-run=server", "-o", "json", *words[words.index("--") :]]
    environment = {"PATH": os.environ["PATH"], "KUBECONFIG": str(good.control_plane.kubeconfig)}
    done = subprocess.run(arguments, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    spec = json.loads(done.stdout)["spec"]
    assert spec["containers"][0]["image"] == "registry.acme.example/sourcegraph/alpine-3.14:7.6.0"
    assert spec["imagePullSecrets"] == [{"name": "preflight-registry"}]
    assert spec["containers"][0]["args"][:2] == ["sh", "-c"]


Change = Callable[[Good], AbstractContextManager[None]]


@contextmanager
def patched(good: Good, path: str, change: Object, back: Object) -> Iterator[None]:
    good.patch(path, change)
    try:
        yield
    finally:
        good.patch(path, back)


@contextmanager
def cordoned(good: Good) -> Iterator[None]:
    good.patch_nodes({"spec": {"unschedulable": True}})
    try:
        yield
    finally:
        good.patch_nodes({"spec": {"unschedulable": None}})


@contextmanager
def one_more(good: Good, change: Object) -> Iterator[None]:
    """One node beside the good ones, changed."""
    names = simulate_nodes(good.control_plane, SHAPE, 1, name="more")
    try:
        good.patch(f"/api/v1/nodes/{names[0]}", change)
        yield
    finally:
        delete_nodes(good.control_plane, names)


@contextmanager
def without(good: Good, manifest: Object) -> Iterator[None]:
    good.control_plane.client.delete(manifest)
    try:
        yield
    finally:
        good.control_plane.client.apply(manifest)


def changed_class(**changes: Any) -> Change:
    return lambda good: good.object(storage_class(CLASS) | changes, before=storage_class(CLASS))


TAINTED = {"spec": {"taints": [{"key": "team", "value": "ml", "effect": "NoSchedule"}]}}
LABEL = "pod-security.kubernetes.io/enforce"
SPACE = f"/api/v1/namespaces/{NAMESPACE}"
DENY = in_namespace("networking.k8s.io/v1", "NetworkPolicy", {"podSelector": {}, "policyTypes": ["Egress"]})
QUOTA = in_namespace("v1", "ResourceQuota", {"hard": {"requests.cpu": "4", "persistentvolumeclaims": "2"}})
RANGE = in_namespace("v1", "LimitRange", {"limits": [{"type": "Container", "max": {"memory": "1Gi"}}]})
NO_SSLMODE = secret("sourcegraph-pgsql", **{key: value for key, value in DATABASE.items() if key != "sslmode"})

BAD: dict[str, tuple[Change, set[str], str]] = {
    "too few nodes": (lambda good: good.only(SHAPE, 1), {"CLUSTER-CAPACITY"}, "Add "),
    "nodes with too little memory": (
        lambda good: good.only(replace(SHAPE, memory_mib=7_000), 20),
        {"CLUSTER-CAPACITY"},
        "fits on no node",
    ),
    "nodes that attach one disk": (
        lambda good: good.only(replace(SHAPE, volumes=1), len(good.nodes)),
        {"CLUSTER-VOLUMES"},
        "attaches more disks",
    ),
    "nodes without the CSI driver": (
        lambda good: changed_class(provisioner="csi.acme.example")(good),
        {"CLUSTER-VOLUMES"},
        "Install the CSI driver csi.acme.example",
    ),
    "an arm64 node": (
        lambda good: one_more(good, {"metadata": {"labels": {"kubernetes.io/arch": "arm64"}}}),
        {"CLUSTER-NODES-ARCH"},
        "kubectl taint nodes more-0",
    ),
    "cordoned nodes": (cordoned, {"CLUSTER-NODES", "CLUSTER-CAPACITY"}, "uncordon"),
    "tainted nodes": (
        lambda good: good.only(SHAPE, len(good.nodes), TAINTED),
        {"CLUSTER-NODES", "CLUSTER-CAPACITY"},
        "taint team=ml:NoSchedule",
    ),
    "no storage class": (lambda good: without(good, storage_class(CLASS)), {"CLUSTER-STORAGE-CLASS"}, "storage_class"),
    "a class that deletes": (changed_class(reclaimPolicy="Delete"), {"CLUSTER-STORAGE-CLASS"}, "takes its data along"),
    "a class that binds at once": (
        changed_class(volumeBindingMode="Immediate"),
        {"CLUSTER-STORAGE-CLASS"},
        "before its pod has a zone",
    ),
    "no ingress class": (lambda good: without(good, ingress_class()), {"CLUSTER-INGRESS"}, "Install its controller"),
    "no secret": (lambda good: without(good, TLS), {"CLUSTER-SECRETS"}, "there is no secret preflight/preflight-tls"),
    "a secret without sslmode": (
        lambda good: good.object(NO_SSLMODE, before=PGSQL),
        {"CLUSTER-SECRETS"},
        "has no key sslmode",
    ),
    "a quota": (lambda good: good.object(QUOTA), {"CLUSTER-QUOTA"}, "requests.cpu 4 of"),
    "a limit range": (lambda good: good.object(RANGE), {"CLUSTER-QUOTA"}, "the limit range preflight"),
    "a restricted namespace": (
        lambda good: patched(
            good, SPACE, {"metadata": {"labels": {LABEL: "restricted"}}}, {"metadata": {"labels": {LABEL: None}}}
        ),
        {"CLUSTER-NAMESPACE"},
        f"{LABEL}=privileged",
    ),
    "a policy that denies the way out": (lambda good: good.object(DENY), {"CLUSTER-EGRESS"}, "call nothing outside"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_cluster_fails_by_its_id_with_a_remedy(good: Good, name: str) -> None:
    change, expected, words = BAD[name]
    with change(good):
        report = good.check()
    failed = {finding.id: finding for finding in report.findings if finding.status in ("warn", "fail")}
    assert failed.keys() == expected, report.text()
    assert all(finding.status == "fail" and finding.remedy for finding in failed.values())
    assert any(words in finding.found + finding.remedy for finding in failed.values()), report.text()
    assert report.failed(strict=False)
    assert CANARY not in json.dumps(report.document())


def test_the_good_cluster_is_as_it_was_after_all_of_them(good: Good) -> None:
    assert good.check().status == "pass"


def test_a_missing_issuer_fails_and_one_that_is_ready_passes(good: Good) -> None:
    checked = wanted(issuer=ISSUER)
    failed = {each.id for each in good.check(checked).findings if each.status == "fail"}
    assert failed == {"CLUSTER-CRDS", "CLUSTER-INGRESS"}
    open_schema = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    version = {"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": open_schema}}
    definition = {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "clusterissuers.cert-manager.io"},
        "spec": {
            "group": "cert-manager.io",
            "names": {"kind": "ClusterIssuer", "plural": "clusterissuers"},
            "scope": "Cluster",
            "versions": [version],
        },
    }
    issuer = {
        "apiVersion": "cert-manager.io/v1",
        "kind": "ClusterIssuer",
        "metadata": {"name": ISSUER},
        "status": {"conditions": [{"type": "Ready", "status": "True"}]},
    }
    path = "/apis/cert-manager.io/v1"
    with good.object(definition):
        wait_until("issuers are served", lambda: good.control_plane.client.exists(f"{path}/clusterissuers"), 90)
        good.control_plane.api("POST", f"{path}/clusterissuers", issuer)
        assert good.check(checked).status == "pass"


def kubeconfig_with(good: Good, path: Path, **cluster: str) -> Path:
    """The administrator's kubeconfig, which trusts nothing but what is said here."""
    document = json.loads(good.control_plane.kubeconfig.read_text())
    given = document["clusters"][0]["cluster"]
    document["clusters"][0]["cluster"] = {"server": given["server"], **cluster}
    path.write_text(json.dumps(document))
    return path


def test_a_certificate_that_is_not_trusted_is_told(good: Good, tmp_path: Path) -> None:
    with pytest.raises(MoorageError, match="is not one that the kubeconfig trusts"):
        good.check(kubeconfig=kubeconfig_with(good, tmp_path / "k"))


def test_the_name_of_the_certificate_may_be_another_than_that_of_the_address(good: Good, tmp_path: Path) -> None:
    document = json.loads(good.control_plane.kubeconfig.read_text())
    trusted = {"certificate-authority-data": document["clusters"][0]["cluster"]["certificate-authority-data"]}
    named = kubeconfig_with(good, tmp_path / "k", **trusted, **{"tls-server-name": "kubernetes.default.svc"})
    assert good.check(kubeconfig=named).status == "pass"
    with pytest.raises(MoorageError, match="certificate"):
        good.check(kubeconfig=kubeconfig_with(good, tmp_path / "k", **trusted, **{"tls-server-name": "acme.example"}))


def test_a_token_that_is_not_valid_is_told(good: Good, tmp_path: Path) -> None:
    document = json.loads(good.control_plane.kubeconfig.read_text())
    document["users"][0]["user"] = {"token": CANARY}
    (tmp_path / "k").write_text(json.dumps(document))
    with pytest.raises(MoorageError, match="401") as caught:
        good.check(kubeconfig=tmp_path / "k")
    assert CANARY not in str(caught.value)


def test_somebody_whom_the_cluster_does_not_know_fails(good: Good, tmp_path: Path) -> None:
    document = json.loads(good.control_plane.kubeconfig.read_text())
    document["users"][0]["user"] = {}
    (tmp_path / "k").write_text(json.dumps(document))
    report = good.check(kubeconfig=tmp_path / "k")
    assert {finding.id: finding.status for finding in report.findings}["CLUSTER-PERMISSIONS"] == "fail"


def test_somebody_who_may_only_read_fails_by_permissions_alone(good: Good) -> None:
    good.control_plane.add_user("preflight-reader", READERS)
    report = good.check(kubeconfig=good.control_plane.kubeconfig_for("preflight-reader"))
    failed = {finding.id: finding for finding in report.findings if finding.status != "pass"}
    assert failed.keys() == {"CLUSTER-PERMISSIONS", "CLUSTER-EGRESS"}, report.text()
    assert failed["CLUSTER-PERMISSIONS"].status == "fail"
    assert "create/update/patch/delete deployments.apps in preflight" in failed["CLUSTER-PERMISSIONS"].found


def test_somebody_who_may_nothing_is_told_what_could_not_be_read(good: Good) -> None:
    good.control_plane.add_user("preflight-nobody")
    report = good.check(kubeconfig=good.control_plane.kubeconfig_for("preflight-nobody"))
    statuses = {finding.id: finding.status for finding in report.findings}
    assert statuses["CLUSTER-VERSION"] == "pass"
    assert statuses["CLUSTER-PERMISSIONS"] == "fail"
    assert statuses["CLUSTER-CAPACITY"] == statuses["CLUSTER-SECRETS"] == "warn", report.text()


def test_somebody_with_the_permissions_of_the_plan_and_no_others_passes(good: Good) -> None:
    installer = "preflight-installer"
    of_cluster = [rule(each) for each in NEEDS.permissions if each.namespace is None]
    good.control_plane.add_user(installer, [*READERS, *of_cluster])
    of_namespace = [rule(each) for each in NEEDS.permissions if each.namespace]
    good.control_plane.add_user(installer, of_namespace, namespace=NAMESPACE)
    assert good.check(kubeconfig=good.control_plane.kubeconfig_for(installer)).status == "pass"
    # What only somebody may give who has it: the role that the chart makes for Prometheus.
    role = {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "ClusterRole",
        "metadata": {"name": "preflight-prometheus"},
        "rules": [rule(each) for each in NEEDS.permissions if each.given],
    }
    good.control_plane.client_of(installer).apply(role)
    good.control_plane.client.delete(role)


def rule(permission: Permission) -> Object:
    """Of RBAC, for this one permission."""
    if permission.resource.startswith("/"):
        return {"nonResourceURLs": [permission.resource], "verbs": [permission.verb]}
    return {"apiGroups": [permission.group], "resources": [permission.resource], "verbs": [permission.verb]}

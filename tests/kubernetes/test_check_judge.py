"""What the check says of clusters: pure values, a good one and everything that can be wrong with it."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recommender.kubernetes.container_needs import container_needs
from recommender.kubernetes.needs import Needs, cluster_needs
from recommender.kubernetes.nodes import node_shape
from recommender.kubernetes.permissions import Permission, permissions
from recommender.kubernetes.placement import Room, allocatable, demand
from recommender.kubernetes.pods import NodeShape, Workload
from recommender.kubernetes.scheduling import ORDERS, nodes_needed, schedule, unplaced
from stacks.cluster_check.findings import Finding
from stacks.cluster_check.judge import judge
from stacks.cluster_check.observed import (
    ClaimSeen,
    EgressPolicySeen,
    LimitSeen,
    NamespaceSeen,
    NodeSeen,
    Observed,
    PodSeen,
    QuotaSeen,
    SecretSeen,
    StorageClassSeen,
)
from stacks.cluster_check.reading import pod_seen, secret_seen
from stacks.cluster_check.report import Report
from tests.kubernetes.test_planner import EXECUTORS, LOADS, plan

SHAPE = node_shape("aws", "m6a.4xlarge")
DRIVER = "ebs.csi.aws.com"
EXTERNAL = {
    "use": ["postgres"],
    "postgres": {key: {"host": f"{key}.acme.example"} for key in ("pgsql", "codeintel", "codeinsights")},
}
IDS = (
    "CLUSTER-VERSION", "CLUSTER-NODES", "CLUSTER-NODES-ARCH", "CLUSTER-CAPACITY", "CLUSTER-VOLUMES",
    "CLUSTER-STORAGE-CLASS", "CLUSTER-CLAIMS", "CLUSTER-NAMESPACE", "CLUSTER-QUOTA", "CLUSTER-INGRESS", "CLUSTER-CRDS",
    "CLUSTER-SECRETS", "CLUSTER-PERMISSIONS", "CLUSTER-DNS", "CLUSTER-NETWORK-POLICY", "CLUSTER-EGRESS",
)  # fmt: skip


def needs(provider: str = "on-premises", **changes: Any) -> Needs:
    """Of a profile that asks for an ingress, a class that exists, and databases of its own."""
    kubernetes = {
        "context": "office",
        "storage_class": "fast",
        "image_pull_secret": "registry",
        "ingress": {"kind": "nginx", "class_name": "nginx", "tls_secret": "tls"},
    }
    given = {"domain": "a.acme.example", "access": "private", "external": EXTERNAL} | changes
    return cluster_needs(plan(provider, **given | {"kubernetes": kubernetes | changes.get("kubernetes", {})}))


NEEDS = needs()


def node(name: str, shape: NodeShape = SHAPE, **changes: Any) -> NodeSeen:
    found = NodeSeen(
        name=name,
        platform="linux/amd64",
        zone=f"zone-{name[-1]}",
        ready=True,
        barred="",
        cpu_millis=shape.cpu_millis,
        memory_mib=shape.memory_mib,
        ephemeral_gib=shape.ephemeral_gib,
        pods=shape.pods,
        volumes={DRIVER: shape.volumes},
    )
    return replace(found, **changes)


def pod(namespace: str = "other", name: str = "app-0", **changes: Any) -> PodSeen:
    return replace(PodSeen(namespace, name, {}, "", True, 0, 0, 0, (), (), ()), **changes)


DNS = pod("kube-system", "coredns-1", labels={"k8s-app": "kube-dns"})
CALICO = pod("kube-system", "calico-node-1")
CLASS = StorageClassSeen("fast", DRIVER, "Retain", "WaitForFirstConsumer", expands=True)


def cluster(wanted: Needs = NEEDS, **changes: Any) -> Observed:
    """One that has everything, changed."""
    count = nodes_needed(wanted.workloads, SHAPE, zones=3).nodes
    good = Observed(
        context="office",
        server="https://192.0.2.1:6443",
        version="v1.36.4",
        nodes=tuple(node(f"node-{index}") for index in range(count)),
        pods=(DNS, CALICO),
        claims=(),
        storage_classes=(CLASS,),
        ingress_classes={"nginx": "k8s.io/ingress-nginx"},
        kinds=frozenset((kind.group, kind.version, kind.kind) for kind in wanted.kinds),
        issuer_ready=True,
        namespaces={space.name: None for space in wanted.namespaces},
        secrets={(each.namespace, each.name): SecretSeen("present", frozenset(each.keys)) for each in wanted.secrets},
        quotas=(),
        limits=(),
        egress=(),
        denied=(),
        may_escalate=True,
        autoscaler="",
    )
    return replace(good, **changes)


def found(seen: Observed, wanted: Needs = NEEDS) -> dict[str, Finding]:
    """What does not pass; that the way out cannot be seen from outside is always said."""
    findings = judge(wanted, seen)
    assert tuple(each.id for each in findings) == IDS
    assert all(bool(each.remedy) == (each.status != "pass") for each in findings)
    assert findings[-1].status != "pass"
    return {each.id: each for each in findings if each.status not in ("pass", "unchecked")}


def test_a_good_cluster_passes() -> None:
    assert found(cluster()) == {}


QUOTA = QuotaSeen("sourcegraph", "team", {"requests.cpu": Decimal(4)}, scoped=False)
TLS = ("sourcegraph", "tls")
LACKS = SecretSeen("present", frozenset({"tls.crt"}))


def limit(kind: str, **changes: Any) -> LimitSeen:
    return replace(LimitSeen("sourcegraph", "team", kind, {}, {}, {}), **changes)


def small(**changes: int) -> tuple[NodeSeen, ...]:
    return tuple(node(f"node-{index}", **changes) for index in range(30))


def secrets(key: tuple[str, str], seen: SecretSeen) -> dict[tuple[str, str], SecretSeen]:
    return dict(cluster().secrets) | {key: seen}


BAD: list[tuple[str, dict[str, Any], str, str]] = [
    ("CLUSTER-VERSION", {"version": "v1.26.9"}, "fail", "too old"),
    ("CLUSTER-VERSION", {"version": "v1.9.11"}, "fail", "too old"),
    ("CLUSTER-VERSION", {"version": "v1.40.0"}, "warn", "newer"),
    ("CLUSTER-VERSION", {"version": ""}, "warn", "may not be read"),
    ("CLUSTER-NODES-ARCH", {"nodes": (*cluster().nodes, node("arm", platform="linux/arm64"))}, "fail", "linux/arm64"),
    ("CLUSTER-CAPACITY", {"nodes": (node("node-0"),)}, "fail", "Add "),
    ("CLUSTER-CAPACITY", {"nodes": (node("node-0"),), "autoscaler": "Karpenter"}, "warn", "until Karpenter adds"),
    ("CLUSTER-CAPACITY", {"nodes": small(memory_mib=5000)}, "fail", "fits on no node"),
    ("CLUSTER-CAPACITY", {"nodes": small(memory_mib=5000), "autoscaler": "Karpenter"}, "fail", "fits on no node"),
    ("CLUSTER-CAPACITY", {"nodes": small(pods=0)}, "fail", "fits on no node"),
    ("CLUSTER-CAPACITY", {"pods": (DNS, CALICO, pod(node="node-0", cpu_millis=12_000))}, "fail", "find no room"),
    ("CLUSTER-VOLUMES", {"nodes": tuple(replace(each, volumes={}) for each in cluster().nodes)}, "fail", "no node runs"),
    ("CLUSTER-VOLUMES", {"nodes": tuple(replace(n, volumes={DRIVER: 2}) for n in cluster().nodes)}, "fail", "disks"),
    ("CLUSTER-VOLUMES", {"nodes": (*cluster().nodes, node("more", volumes={}))}, "warn", "does not run on more"),
    ("CLUSTER-VOLUMES", {"nodes": tuple(replace(n, volumes=None) for n in cluster().nodes)}, "warn", "csinodes"),
    ("CLUSTER-STORAGE-CLASS", {"storage_classes": ()}, "fail", "there is no fast"),
    ("CLUSTER-STORAGE-CLASS", {"storage_classes": None}, "warn", "list storageclasses"),
    ("CLUSTER-STORAGE-CLASS", {"storage_classes": (replace(CLASS, reclaim="Delete"),)}, "fail", "along"),
    ("CLUSTER-STORAGE-CLASS", {"storage_classes": (replace(CLASS, binding="Immediate"),)}, "fail", "has a zone"),
    ("CLUSTER-STORAGE-CLASS", {"storage_classes": (replace(CLASS, expands=False),)}, "warn", "kubectl patch"),
    (
        "CLUSTER-STORAGE-CLASS",
        {"storage_classes": (replace(CLASS, provisioner="kubernetes.io/no-provisioner"),)},
        "fail",
        "makes no volumes",
    ),
    ("CLUSTER-CLAIMS", {"claims": (ClaimSeen("sourcegraph", "redis-store", "fast", "Lost", 100),)}, "fail", "lost"),
    ("CLUSTER-CLAIMS", {"claims": (ClaimSeen("sourcegraph", "redis-store", "fast", "Bound", 1),)}, "warn", "1 of 100"),
    (
        "CLUSTER-CLAIMS",
        {"claims": (ClaimSeen("sourcegraph", "repos-gitserver-0", "slow", "Bound", 900),)},
        "warn",
        "in class slow",
    ),
    ("CLUSTER-CLAIMS", {"claims": None}, "warn", "list persistentvolumeclaims"),
    ("CLUSTER-NAMESPACE", {"namespaces": {"sourcegraph": NamespaceSeen("sourcegraph", "baseline", False)}}, "fail", "="),
    ("CLUSTER-NAMESPACE", {"namespaces": {"sourcegraph": NamespaceSeen("sourcegraph", "", True)}}, "fail", "Wait"),
    ("CLUSTER-NAMESPACE", {"namespaces": None}, "warn", "get namespaces"),
    ("CLUSTER-QUOTA", {"quotas": (QUOTA,)}, "fail", "requests.cpu 4 of"),
    ("CLUSTER-QUOTA", {"quotas": (replace(QUOTA, left={"limits.memory": Decimal(2**30)}),)}, "fail", "1.0Gi of"),
    ("CLUSTER-QUOTA", {"quotas": (replace(QUOTA, left={"services": Decimal(3)}),)}, "fail", "services 3 of 20"),
    (
        "CLUSTER-QUOTA",
        {"quotas": (replace(QUOTA, left={"fast.storageclass.storage.k8s.io/requests.storage": Decimal(2**30)}),)},
        "fail",
        "requests.storage 1.0Gi of",
    ),
    ("CLUSTER-QUOTA", {"quotas": (replace(QUOTA, scoped=True),)}, "warn", "some pods only"),
    ("CLUSTER-QUOTA", {"quotas": None}, "warn", "list resourcequotas"),
    ("CLUSTER-QUOTA", {"limits": (limit("Container", most={"cpu": Decimal(1)}),)}, "fail", "container frontend"),
    ("CLUSTER-QUOTA", {"limits": (limit("Container", least={"memory": Decimal(2**30)}),)}, "fail", "refuses"),
    ("CLUSTER-QUOTA", {"limits": (limit("Container", ratio={"cpu": Decimal(1)}),)}, "fail", "refuses"),
    ("CLUSTER-QUOTA", {"limits": (limit("Pod", most={"memory": Decimal(2**30)}),)}, "fail", "pods of"),
    (
        "CLUSTER-QUOTA",
        {"limits": (limit("PersistentVolumeClaim", most={"storage": Decimal(50 * 2**30)}),)},
        "fail",
        "a claim of 200.0Gi",
    ),
    ("CLUSTER-INGRESS", {"ingress_classes": {}}, "fail", "there is no ingress class nginx"),
    ("CLUSTER-INGRESS", {"ingress_classes": {"nginx": "nginx.org/ingress-controller"}}, "warn", "5 minutes"),
    ("CLUSTER-INGRESS", {"ingress_classes": None}, "warn", "list ingressclasses"),
    ("CLUSTER-SECRETS", {"secrets": secrets(TLS, SecretSeen("absent"))}, "fail", "tls.crt, tls.key"),
    ("CLUSTER-SECRETS", {"secrets": secrets(TLS, LACKS)}, "fail", "has no key tls.key"),
    ("CLUSTER-SECRETS", {"secrets": secrets(TLS, SecretSeen("denied"))}, "warn", "get secrets in sourcegraph"),
    ("CLUSTER-PERMISSIONS", {"denied": (Permission("create", "apps", "deployments", "a"),)}, "fail", "deployments.apps"),
    ("CLUSTER-PERMISSIONS", {"denied": None}, "fail", "Log in"),
    ("CLUSTER-DNS", {"pods": (replace(DNS, ready=False), CALICO)}, "fail", "none of 1"),
    ("CLUSTER-DNS", {"pods": (CALICO,)}, "warn", "CoreDNS"),
    ("CLUSTER-NETWORK-POLICY", {"pods": (DNS,)}, "warn", "network_policies: false"),
    ("CLUSTER-EGRESS", {"egress": (EgressPolicySeen("deny", True, "nothing"),)}, "fail", "call nothing outside: deny"),
    ("CLUSTER-EGRESS", {"egress": (EgressPolicySeen("some", True, "some"),)}, "warn", "limit what pods may call"),
    ("CLUSTER-EGRESS", {"egress": None}, "warn", "list networkpolicies"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "changes", "status", "words"), BAD)
def test_what_is_wrong_is_told_by_its_id_with_a_remedy(
    name: str, changes: dict[str, Any], status: str, words: str
) -> None:
    told = found(cluster(**changes))
    assert told.keys() == {name}, told
    assert told[name].status == status
    assert words in told[name].found + told[name].remedy


@pytest.mark.parametrize(
    "changes", [{"barred": "cordoned"}, {"ready": False}, {"barred": "taint a:NoExecute"}, {"cpu_millis": 0}]
)
def test_nodes_that_take_no_pods_are_no_nodes(changes: dict[str, Any]) -> None:
    nodes = tuple(replace(each, **changes) for each in cluster().nodes or ())
    told = found(cluster(nodes=nodes))
    assert told.keys() == {"CLUSTER-NODES", "CLUSTER-CAPACITY"}
    assert {each.status for each in told.values()} == {"fail"}


def test_a_cluster_that_nobody_may_read_is_warned_of_and_not_failed() -> None:
    unread = dict.fromkeys(
        ("nodes", "pods", "claims", "storage_classes", "ingress_classes", "namespaces", "quotas", "limits", "egress")
    )
    told = found(cluster(**unread))
    assert {each.status for each in told.values()} == {"warn"}
    assert len(told) == 12


def test_nodes_that_belong_to_others_are_no_problem_while_the_rest_has_room() -> None:
    others = (node("gpu", barred="taint gpu:NoSchedule"), node("arm", platform="linux/arm64", barred="cordoned"))
    assert found(cluster(nodes=(*(cluster().nodes or ()), *others))) == {}


def test_pods_of_an_earlier_installation_take_no_room_twice() -> None:
    large = {"node": "node-0", "cpu_millis": 12_000, "claims": ("a",)}
    gitserver = pod("sourcegraph", "gitserver-0", labels={"app": "gitserver"}, **large)
    assert found(cluster(pods=(DNS, CALICO, gitserver))) == {}
    assert found(cluster(pods=(DNS, CALICO, replace(gitserver, namespace="other")))).keys() == {"CLUSTER-CAPACITY"}


def test_only_disks_of_the_same_driver_count() -> None:
    nodes = tuple(replace(each, volumes={DRIVER: 8}) for each in cluster().nodes or ())
    running = tuple(pod(name=f"app-{n}", node=f"node-{n}", claims=("data",) * 8) for n in range(len(nodes)))
    claim = ClaimSeen("other", "data", "shared", "Bound", 1)
    shared = replace(CLASS, name="shared", provisioner="efs.csi.aws.com")
    same = {"nodes": nodes, "pods": (DNS, CALICO, *running), "claims": (claim,)}
    assert found(cluster(**same, storage_classes=(CLASS, shared))) == {}
    assert found(cluster(**same, storage_classes=(CLASS, replace(shared, provisioner=DRIVER)))).keys() == {
        "CLUSTER-VOLUMES"
    }


def test_a_remedy_names_a_number_of_nodes_that_is_enough() -> None:
    short = cluster(nodes=(node("node-0"),))
    remedy = found(short)["CLUSTER-CAPACITY"].remedy
    more = int(remedy.split()[1])
    grown = tuple(node(f"node-{index}") for index in range(1 + more))
    assert "CLUSTER-CAPACITY" not in found(cluster(nodes=grown))
    assert "CLUSTER-CAPACITY" in found(cluster(nodes=grown[:-1]))


def test_an_immediate_class_is_worth_a_warning_where_there_is_one_zone() -> None:
    nodes = tuple(replace(each, zone="") for each in cluster().nodes or ())
    told = found(cluster(nodes=nodes, storage_classes=(replace(CLASS, binding="Immediate"),)))
    assert {each.status for each in told.values()} == {"warn"}


def test_the_right_to_escalate_replaces_what_is_only_given() -> None:
    given = (Permission("list", "", "nodes/proxy", None, given=True),)
    assert found(cluster(denied=given)) == {}
    assert found(cluster(denied=given, may_escalate=False)).keys() == {"CLUSTER-PERMISSIONS"}


def test_a_policy_that_lets_everything_out_outweighs_one_that_denies() -> None:
    policies = (EgressPolicySeen("deny", True, "nothing"), EgressPolicySeen("allow", True, "anything"))
    assert found(cluster(egress=policies)) == {}


def test_a_secret_whose_keys_are_not_known_is_left_to_a_person() -> None:
    findings = judge(NEEDS, cluster(secrets=secrets(TLS, SecretSeen("present"))))
    (told,) = (each for each in findings if each.id == "CLUSTER-SECRETS")
    assert told.status == "unchecked"
    assert "go-template" in told.remedy


def test_the_command_for_the_way_out_tries_every_host() -> None:
    remedy = judge(NEEDS, cluster())[-1].remedy
    assert all(host.name in remedy for host in NEEDS.hosts)
    assert "imagePullSecrets" in remedy
    assert "--context office --namespace default" in remedy
    there = cluster(namespaces={"sourcegraph": NamespaceSeen("sourcegraph", "", False)})
    assert "--namespace sourcegraph" in judge(NEEDS, there)[-1].remedy


def test_a_class_of_our_own_must_not_exist_as_something_else() -> None:
    own = needs("aws", kubernetes={"cluster": "existing", "storage_class": None, "ingress": {}}, certificate=ACM)
    assert own.storage_class.create
    seen = cluster(own, ingress_classes={})
    assert found(seen, own) == {}
    other = StorageClassSeen(own.storage_class.name, "efs.csi.aws.com", "Retain", "WaitForFirstConsumer", expands=True)
    assert found(replace(seen, storage_classes=(other,)), own)["CLUSTER-STORAGE-CLASS"].status == "fail"
    assert found(replace(seen, kinds=frozenset()), own).keys() == {"CLUSTER-CRDS"}
    mine = {own.ingress.class_name: "k8s.io/ingress-nginx"} if own.ingress else {}
    assert found(replace(seen, ingress_classes=mine), own).keys() == {"CLUSTER-INGRESS"}


ACM = "arn:aws:acm:us-east-1:123456789012:certificate/0a1b2c3d"


def test_amazons_network_plug_in_counts_only_where_policies_are_switched_on() -> None:
    off = pod(
        "kube-system", "aws-node-1", containers=("aws-eks-nodeagent",), arguments=("--enable-network-policy=false",)
    )
    assert found(cluster(pods=(DNS, off))).keys() == {"CLUSTER-NETWORK-POLICY"}
    assert found(cluster(pods=(DNS, replace(off, arguments=("--enable-network-policy=true",))))) == {}


def test_support_of_the_provider_that_has_ended_is_a_warning() -> None:
    own = needs("aws", kubernetes={"cluster": "existing", "storage_class": None, "ingress": {}}, certificate=ACM)
    told = found(replace(cluster(own, ingress_classes={}), version="v1.33.2-eks-1a2b3c"), own)
    assert told["CLUSTER-VERSION"].status == "warn"
    assert "2026-07-29" in told["CLUSTER-VERSION"].found


def test_executors_ask_for_a_namespace_and_a_secret_of_their_own() -> None:
    wanted = needs(executors={"jobs": 2})
    assert [space.name for space in wanted.namespaces] == ["sourcegraph", "sourcegraph-executors"]
    assert ("sourcegraph-executors", ("EXECUTOR_FRONTEND_PASSWORD",)) in [(s.namespace, s.keys) for s in wanted.secrets]
    assert found(cluster(wanted), wanted) == {}
    quota = QuotaSeen("sourcegraph-executors", "team", {"requests.cpu": Decimal(900)}, scoped=False)
    assert found(cluster(wanted, quotas=(quota,)), wanted)["CLUSTER-QUOTA"].status == "warn"


def test_a_cluster_of_our_own_is_not_asked_for_what_the_plan_installs() -> None:
    made = cluster_needs(plan("aws", managed={"use": ["postgres"]}))
    assert made.kinds == ()
    assert made.secrets == ()
    assert made.minor == "1.36"


@pytest.mark.parametrize("provider", ["aws", "gcp"])
@pytest.mark.parametrize("size", LOADS)
def test_the_nodes_of_a_plan_have_room_for_what_its_check_asks(provider: str, size: str) -> None:
    """With what the cloud's own pods take: those are counted as running pods of the real nodes."""
    made = plan(provider, size=size)
    assert made.cluster is not None
    shape, count = made.cluster.nodes.shape, made.cluster.nodes.count
    rooms = [Room(index % 3, shape.cpu_millis, shape.memory_mib, allocatable(shape)) for index in range(count)]
    assert all(unplaced((*made.system, *made.application.workloads), rooms, order) == () for order in ORDERS)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 4), st.integers(0, 9000), st.integers(0, 30_000)), min_size=1, max_size=6))
def test_equal_empty_nodes_are_packed_as_the_plan_packs_them(loads: list[tuple[int, int, int]]) -> None:
    workloads = [Workload(f"w{n}", "Deployment", "a", *load) for n, load in enumerate(loads)]
    rooms = [Room(index % 3, SHAPE.cpu_millis, SHAPE.memory_mib, allocatable(SHAPE)) for index in range(4)]
    for order in ORDERS:
        assert unplaced(workloads, rooms, order) == schedule(workloads, SHAPE, 4, order, zones=3).pending


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 16_000), st.integers(0, 60_000)), min_size=1, max_size=5))
def test_unequal_nodes_are_never_filled_beyond_what_is_free(free: list[tuple[int, int]]) -> None:
    workloads = [Workload("w", "Deployment", "a", 12, 3000, 9000)]
    rooms = [Room(0, SHAPE.cpu_millis, SHAPE.memory_mib, (cpu, mib, 10, 10, 10)) for cpu, mib in free]
    possible = sum(min(cpu // 3000, mib // 9000, 10) for cpu, mib in free)
    assert len(unplaced(workloads, rooms)) == max(0, 12 - possible)


def test_a_daemon_pod_without_room_is_told() -> None:
    daemon = Workload("agent", "DaemonSet", "a", 0, 500, 100)
    rooms = [Room(0, 4000, 4000, (400, 4000, 10, 10, 10)), Room(0, 4000, 4000, (600, 4000, 10, 10, 10))]
    assert [pod.workload.name for pod in unplaced([daemon], rooms)] == ["agent"]
    assert demand(daemon)[0] == 500


def test_containers_together_ask_for_what_their_pod_asks() -> None:
    made = plan("on-premises", kubernetes={"context": "office"})
    containers = container_needs(made.application)
    for load in made.application.workloads:
        mine = [each for each in containers if each.workload == load.name]
        if mine:
            first = max((each.cpu_request for each in mine if each.init), default=0)
            assert load.cpu_millis == max(first, sum(each.cpu_request for each in mine if not each.init))


def test_what_the_operator_fetches_needs_its_kinds_and_no_secret() -> None:
    wanted = cluster_needs(
        plan(
            "aws",
            executors={"jobs": 1, "password": EXECUTORS},
            kubernetes={"cluster": "existing", "context": "office", "secrets": "external-secrets"},
        )
    )
    assert [(kind.group, kind.kind) for kind in wanted.kinds] == [
        ("external-secrets.io", "SecretStore"),
        ("external-secrets.io", "ExternalSecret"),
    ]
    assert wanted.secrets == ()


@pytest.mark.parametrize(
    ("fields", "keys"),
    [
        ([{"f:data": {".": {}, "f:host": {}}}, {"f:stringData": {"f:port": {}}}], frozenset({"host", "port"})),
        ([{"f:data": {".": {}}}, {"f:metadata": {"f:labels": {}}}], None),
        ([], None),
    ],
)
def test_keys_of_a_secret_are_names_alone(fields: list[Any], keys: frozenset[str] | None) -> None:
    assert secret_seen({"managedFields": [{"fieldsV1": each} for each in fields]}) == SecretSeen("present", keys)


def test_a_pod_asks_for_what_the_scheduler_counts() -> None:
    def container(cpu: str, **more: str) -> dict[str, Any]:
        return {"name": "c", "resources": {"requests": {"cpu": cpu, "memory": "1Mi"}}, **more}

    spec = {
        "containers": [container("100m"), container("0.2")],
        "initContainers": [container("1"), container("50m", restartPolicy="Always")],
        "overhead": {"cpu": "10m", "memory": "100Ki"},
    }
    seen = pod_seen({"metadata": {"namespace": "a", "name": "b"}, "spec": spec})
    assert (seen.cpu_millis, seen.memory_mib) == (1060, 4)


def test_every_permission_is_asked_for_once() -> None:
    for provider in ("aws", "gcp", "on-premises"):
        asked = permissions(plan(provider))
        assert len(set(asked)) == len(asked)
        assert {each.verb for each in asked} == {"get", "list", "watch", "create", "update", "patch", "delete"}


def test_strictly_a_warning_fails_and_what_cannot_be_seen_does_not() -> None:
    def report(**changes: Any) -> Report:
        return Report("acme", "office", "https://192.0.2.1", judge(NEEDS, cluster(**changes)))

    assert [report().failed(strict=strict) for strict in (False, True)] == [False, False]
    assert [report(version="v1.40.0").failed(strict=strict) for strict in (False, True)] == [False, True]
    assert [report(version="v1.20.0").failed(strict=strict) for strict in (False, True)] == [True, True]
    assert report(version="v1.20.0").status == "fail"

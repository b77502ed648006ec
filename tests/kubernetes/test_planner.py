"""From a profile to the plan of both stacks: what is decided, and everything that is refused."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recommender.errors import InputError
from recommender.kubernetes.chart import RELEASES
from recommender.kubernetes.identities import storage_service_accounts
from recommender.kubernetes.plan import ExistingClusterNetwork, KubernetesPlan, NewClusterNetwork
from recommender.kubernetes.scheduling import ORDERS, schedule
from recommender.planning import make_plan
from recommender.profile_file import parse_profile
from recommender.recommend import recommend

ADMIN = "arn:aws:iam::123456789012:role/platform"
EXECUTORS = "arn:aws:secretsmanager:us-east-1:123456789012:secret:acme/executors"
PROJECT = "acme-prod"
CERTIFICATE = "projects/acme-prod/regions/us-central1/sslCertificates/code"
LOADS = {
    "XS": {"users": 400, "repositories": 800, "code_gb": 20},
    "S": {"users": 900, "repositories": 9_000, "code_gb": 80},
    "M": {"users": 4_000, "repositories": 40_000, "code_gb": 300},
    "L": {"users": 9_000, "repositories": 90_000, "code_gb": 900},
    "XL": {"users": 19_000, "repositories": 190_000, "code_gb": 2_000},
}


def profile(provider: str = "aws", *, size: str = "S", region: str | None = None, **deployment: Any) -> Any:
    """A profile whose answer is Kubernetes at this provider."""
    regions = {"aws": "us-east-1", "gcp": "us-central1"}
    kubernetes = deployment.pop("kubernetes", {})
    existing = kubernetes.get("cluster") == "existing" or provider not in regions
    if provider == "aws" and not existing:
        kubernetes = {"admins": [ADMIN]} | kubernetes
    if provider == "gcp" and not existing:
        deployment = {"project": PROJECT} | deployment
    if provider not in ("aws", "gcp", "azure"):
        kubernetes = {"storage_class": "fast"} | kubernetes
    return {
        "name": "acme",
        "stage": "production",
        "sourcegraph_version": deployment.pop("version", None),
        "scale": LOADS[size],
        "code_hosts": [{"kind": "gitlab-self-managed", "reachable": "private"}],
        "cloud": {"certifications": [], "accepts_admin_access": False, "accepts_audit_logging": True, "executors": 0},
        "hosting": {
            "provider": provider,
            "region": region or regions.get(provider),
            "requires_cluster": True,
            "single_machine_issues": False,
            "own_base_image": False,
        },
        "implementation": {"evaluated": True, "prioritized": True, "contextual_need": False},
        "deployment": deployment | {"kubernetes": kubernetes},
    }


def plan(provider: str = "aws", **changes: Any) -> KubernetesPlan:
    checked = parse_profile(profile(provider, **changes))
    made = make_plan(checked, recommend(checked))
    assert isinstance(made, KubernetesPlan)
    return made


def refused(provider: str = "aws", **changes: Any) -> dict[str, str]:
    """Field to what is allowed there, of everything that is refused."""
    with pytest.raises(InputError) as caught:
        plan(provider, **changes)
    return {problem.where.removeprefix("acme: "): problem.allowed for problem in caught.value.problems}


@pytest.mark.parametrize("provider", ["aws", "gcp"])
@pytest.mark.parametrize("size", LOADS)
def test_every_pod_of_the_plan_fits_on_its_nodes_and_not_on_one_fewer(provider: str, size: str) -> None:
    made = plan(provider, size=size)
    assert made.cluster is not None
    workloads, nodes = (*made.system, *made.application.workloads), made.cluster.nodes
    for order in ORDERS:
        placement = schedule(workloads, nodes.shape, nodes.count, order, zones=3)
        assert placement.complete, f"{order}: {placement.pending}"
        assert placement.check() == ()
    fewer = [schedule(workloads, nodes.shape, nodes.count - 1, order, zones=3) for order in ORDERS]
    assert not all(placement.complete for placement in fewer)


@pytest.mark.parametrize("provider", ["aws", "gcp"])
def test_a_larger_load_never_gets_fewer_processors(provider: str) -> None:
    plans = [plan(provider, size=size) for size in LOADS]
    room = [each.cluster.nodes.count * each.cluster.nodes.shape.vcpu for each in plans if each.cluster]
    assert room == sorted(room)


def test_a_cluster_on_aws_spans_three_zones_that_eks_allows() -> None:
    made = plan()
    assert made.cluster is not None
    network = made.cluster.network
    assert isinstance(network, NewClusterNetwork)
    assert [zone.name for zone in network.zones] == ["us-east-1a", "us-east-1b", "us-east-1c"]
    assert "use1-az3" not in {zone.id for zone in network.zones}
    assert network.nat == "per-zone"
    assert made.cluster.admins == (ADMIN,)


@pytest.mark.parametrize("wanted", [5, 6, 7, 20])
def test_the_groups_together_grow_to_what_was_asked_for(wanted: int) -> None:
    made = plan(kubernetes={"max_nodes": wanted})
    assert made.cluster is not None
    assert sum(group.maximum for group in made.cluster.nodes.groups) == wanted


def test_a_region_with_two_usable_zones_gets_two_groups_of_nodes() -> None:
    made = plan(region="us-west-1")
    assert made.cluster is not None
    assert len(made.cluster.nodes.groups) == 2


def test_the_order_of_a_persons_lists_changes_nothing() -> None:
    network = {
        "id": "vpc-0a1b2c3d",
        "node_subnets": ["subnet-1a1b2c3d", "subnet-0a1b2c3d", "subnet-2a1b2c3d"],
        "load_balancer_subnets": ["subnet-4a1b2c3d", "subnet-3a1b2c3d"],
    }
    turned = {key: value[::-1] if isinstance(value, list) else value for key, value in network.items()}
    admins = [ADMIN, f"{ADMIN}-2"]
    first = plan(network=network, kubernetes={"admins": admins, "api_cidrs": ["192.0.2.0/24", "10.0.0.0/8"]})
    second = plan(network=turned, kubernetes={"admins": admins[::-1], "api_cidrs": ["10.0.0.0/8", "192.0.2.0/24"]})
    assert first == second
    assert first.cluster is not None
    assert isinstance(first.cluster.network, ExistingClusterNetwork)


def test_managed_services_replace_the_charts_own_pods() -> None:
    made = plan(managed={"use": ["postgres", "redis", "object-storage"]})
    names = {workload.name for workload in made.application.workloads}
    assert not names & {"pgsql", "codeintel-db", "codeinsights-db", "redis-cache", "redis-store", "blobstore"}
    assert [secret.name for secret in made.application.secrets] == [
        "sourcegraph-pgsql",
        "sourcegraph-codeintel",
        "sourcegraph-codeinsights",
        "sourcegraph-redis-cache",
        "sourcegraph-redis-store",
    ]
    assert made.application.bucket is not None
    assert made.application.bucket.by_identity


def test_a_database_secret_names_all_six_keys() -> None:
    made = plan(managed={"use": ["postgres"]})
    for secret in made.application.secrets:
        assert {key.key for key in secret.keys} == {"host", "port", "user", "password", "database", "sslmode"}


def test_no_secret_has_a_value() -> None:
    made = plan(managed={"use": ["postgres", "redis"]}, executors={"jobs": 2, "password": EXECUTORS})
    assert made.application.executors is not None
    keys = [key for secret in (*made.application.secrets, made.application.executors.secret) for key in secret.keys]
    for key in keys:
        assert (key.value is None) == (key.key in ("password", "endpoint", "host", "EXECUTOR_FRONTEND_PASSWORD"))


@pytest.mark.parametrize("provider", ["aws", "gcp"])
def test_every_service_that_uses_the_bucket_says_on_its_account_who_it_is(provider: str) -> None:
    made = plan(provider, managed={"use": ["object-storage"]}).application
    accounts = storage_service_accounts(made.version, frozenset(made.bundled))
    expected = {
        "aws": ("eks.amazonaws.com/role-arn", "${cluster.roles.object-storage}"),
        "gcp": ("iam.gke.io/gcp-service-account", f"acme-storage@{PROJECT}.iam.gserviceaccount.com"),
    }[provider]
    assert dict(made.service_account_annotations) == dict.fromkeys(accounts, (expected,))
    [identity] = [each for each in made.identities if each.purpose == "object-storage"]
    assert set(identity.service_accounts) == set(accounts.values())
    assert plan(provider).application.service_account_annotations == ()


@pytest.mark.parametrize(
    ("provider", "key", "parameter"),
    [
        ("aws", "arn:aws:kms:us-east-1:123456789012:key/0f0e0d0c-0b0a-0908-0706-050403020100", "kmsKeyId"),
        ("gcp", f"projects/{PROJECT}/locations/us-central1/keyRings/r/cryptoKeys/k", "disk-encryption-kms-key"),
    ],
)
def test_volumes_are_under_the_key_of_the_customer_or_of_the_stack(provider: str, key: str, parameter: str) -> None:
    def named(document: Any) -> str | None:
        checked = parse_profile(document)
        made = make_plan(checked, recommend(checked))
        assert isinstance(made, KubernetesPlan)
        return dict(made.application.storage_class.parameters).get(parameter)

    poc = {"stage": "poc", "fidelity": "simple"}
    assert named(profile(provider)) == "${cluster.kms_key}"
    assert named(profile(provider, kms_key=key)) == key
    assert named(profile(provider, kms_key=key) | poc) == key
    assert named(profile(provider) | poc) is None
    assert named(profile(provider, kubernetes={"cluster": "existing", "context": "prod"})) is None


@pytest.mark.parametrize("provider", ["azure", "on-premises", "other"])
def test_elsewhere_there_is_only_the_application(provider: str) -> None:
    made = plan(provider, kubernetes={"context": "office"})
    assert made.cluster is None
    assert made.system == ()
    assert made.application.context == "office"
    assert not made.application.external_secrets


def test_an_existing_cluster_on_aws_is_not_touched() -> None:
    made = plan(kubernetes={"cluster": "existing", "context": "prod"})
    assert made.cluster is None
    assert made.application.charts == ()
    assert made.application.storage_class.create


def test_a_simple_poc_keeps_nothing() -> None:
    document = profile() | {"stage": "poc", "fidelity": "simple"}
    checked = parse_profile(document)
    made = make_plan(checked, recommend(checked))
    assert isinstance(made, KubernetesPlan)
    assert made.cluster is not None
    assert isinstance(made.cluster.network, NewClusterNetwork)
    assert made.cluster.network.nat == "one"
    assert not made.cluster.deletion_protection
    assert not made.application.keep
    assert made.cluster.volume_backups is None


@pytest.mark.parametrize(
    ("provider", "changes", "field"),
    [
        ("aws", {"kubernetes": {"admins": []}}, "deployment.kubernetes.admins"),
        ("aws", {"kubernetes": {"version": "1.33"}}, "deployment.kubernetes.version"),
        ("aws", {"kubernetes": {"node_type": "m6g.4xlarge"}}, "deployment.kubernetes.node_type"),
        ("aws", {"kubernetes": {"node_type": "m6a.xlarge"}}, "deployment.kubernetes.node_type"),
        ("aws", {"kubernetes": {"max_nodes": 1}}, "deployment.kubernetes.max_nodes"),
        ("aws", {"kubernetes": {"context": "prod"}}, "deployment.kubernetes.context"),
        (
            "aws",
            {"kubernetes": {"secrets": "existing"}, "managed": {"use": ["redis"]}},
            "deployment.kubernetes.secrets",
        ),
        ("aws", {"network": {"cidr": "10.0.0.0/22"}}, "deployment.network.cidr"),
        ("aws", {"network": {"node_subnets": ["subnet-0a1b2c3d"]}}, "deployment.network.id"),
        ("aws", {"network": {"id": "vpc-0a1b2c3d"}}, "deployment.network.node_subnets"),
        ("aws", {"network": {"id": "vpc-0a1b2c3d", "pods_range": "pods"}}, "deployment.network.pods_range"),
        ("aws", {"network": {"services_cidr": "172.30.0.0/16"}}, "deployment.network.id"),
        (
            "gcp",
            {"network": {"id": "projects/p/global/networks/n", "node_subnets": ["a"]}},
            "deployment.network.node_subnets",
        ),
        ("gcp", {"kubernetes": {"max_nodes": 400}}, "deployment.kubernetes.max_nodes"),
        (
            "gcp",
            {"domain": "a.acme.example", "certificate": CERTIFICATE, "allowed_cidrs": ["10.0.0.0/8"]},
            "deployment.allowed_cidrs",
        ),
        (
            "gcp",
            {
                "kubernetes": {"cluster": "existing"},
                "project": None,
                "domain": "a.acme.example",
                "access": "internet",
                "allowed_cidrs": ["192.0.2.0/24"],
            },
            "deployment.allowed_cidrs",
        ),
        ("aws", {"machine": {"type": "m6a.4xlarge"}}, "deployment.machine"),
        ("aws", {"tls": {"mode": "self-signed"}}, "deployment.tls"),
        ("aws", {"alarms": {"email": "a@acme.example"}}, "deployment.alarms"),
        ("aws", {"downloads": {"mirror": "https://mirror.acme.example"}}, "deployment.downloads.mirror"),
        ("aws", {"domain": "sourcegraph.acme.example"}, "deployment.certificate"),
        ("aws", {"dns_zone": "Z012"}, "deployment.domain"),
        ("aws", {"access": "internet"}, "deployment.domain"),
        ("aws", {"executors": {"jobs": 2}}, "deployment.executors.password"),
        ("aws", {"executors": {"kind": "native"}}, "deployment.executors.jobs"),
        ("aws", {"version": "6.12.5040", "executors": {"jobs": 1, "password": EXECUTORS}}, "deployment.executors.kind"),
        ("aws", {"version": "6.5.0"}, "sourcegraph_version"),
        ("aws", {"region": "us-nowhere-1"}, "hosting.region"),
        ("gcp", {"project": None}, "deployment.project"),
        ("gcp", {"kubernetes": {"version": "1.36"}}, "deployment.kubernetes.version"),
        ("gcp", {"kubernetes": {"admins": [ADMIN]}}, "deployment.kubernetes.admins"),
        ("gcp", {"managed": {"use": ["postgres"], "backup_days": 14}}, "deployment.managed.backup_days"),
        ("gcp", {"domain": "a.acme.example", "access": "private"}, "deployment.certificate"),
        ("on-premises", {"kubernetes": {"cluster": "new"}}, "deployment.kubernetes.cluster"),
        ("on-premises", {"kubernetes": {"storage_class": None}}, "deployment.kubernetes.storage_class"),
        ("on-premises", {"managed": {"use": ["redis"]}}, "deployment.managed"),
        ("on-premises", {"domain": "a.acme.example"}, "deployment.kubernetes.ingress.tls_secret"),
        (
            "on-premises",
            {"domain": "a.acme.example", "kubernetes": {"ingress": {"kind": "class", "tls_secret": "t"}}},
            "deployment.kubernetes.ingress.class_name",
        ),
        ("on-premises", {"kubernetes": {"secrets": "external-secrets"}}, "deployment.kubernetes.secrets"),
        ("on-premises", {"executors": {"jobs": 1, "password": EXECUTORS}}, "deployment.executors.password"),
    ],
)
def test_what_does_not_fit_is_refused_by_its_field(provider: str, changes: dict[str, Any], field: str) -> None:
    assert field in refused(provider, **changes)


def test_all_problems_are_told_at_once() -> None:
    found = refused(
        "aws",
        machine={"type": "m6a.4xlarge"},
        executors={"jobs": 2},
        kubernetes={"admins": [], "version": "1.20", "max_nodes": 1},
        network={"cidr": "10.0.0.0/24"},
    )
    assert found.keys() >= {
        "deployment.machine",
        "deployment.executors.password",
        "deployment.kubernetes.admins",
        "deployment.kubernetes.version",
        "deployment.network.cidr",
    }


@settings(max_examples=25, deadline=None)
@given(
    provider=st.sampled_from(["aws", "gcp"]),
    size=st.sampled_from(list(LOADS)),
    version=st.sampled_from(RELEASES),
    managed=st.sets(st.sampled_from(["postgres", "redis", "object-storage"])),
)
def test_a_plan_depends_on_the_profile_alone(provider: str, size: str, version: str, managed: set[str]) -> None:
    first = plan(provider, size=size, version=version, managed={"use": sorted(managed)})
    assert first == plan(provider, size=size, version=version, managed={"use": sorted(managed, reverse=True)})

"""What a machine installs for itself: what the plan refuses, and what always fits the machine."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.downloads import downloads_for, releases_of
from recommender.errors import InputError
from recommender.host import HostPlan, Software
from recommender.host_plan import VENDORS_LIMITS, fitted
from recommender.plan import SingleNodePlan
from recommender.planning import make_plan
from recommender.profile_file import parse_profile
from recommender.recommend import recommend
from recommender.sizing import Load
from recommender.sizing.estimator import estimate
from recommender.sizing.size_chart import CHART, Shape

AWS_SECRET = "arn:aws:secretsmanager:us-east-1:123456789012:secret:acme/{}-AbCdEf"
TARGETS: tuple[Software, ...] = ("install-script", "docker-compose")
RULED_OUT = {"install-script": ("machine-image", "kubernetes"), "docker-compose": ("machine-image", "kubernetes", "install-script")}  # fmt: skip
PLACES = {"aws": "us-east-1", "gcp": "us-central1", "azure": "westeurope", "on-premises": None, "other": None}


def plan(
    deployment: dict[str, Any] | None = None,
    *,
    target: Software = "install-script",
    provider: str = "on-premises",
    **top: Any,
) -> SingleNodePlan | HostPlan:
    profile = parse_profile(
        {
            "name": "acme",
            "scale": {"users": 400, "repositories": 900, "code_gb": 20},
            "cloud": {"accepts_admin_access": False},
            "hosting": {
                "provider": provider,
                "region": PLACES[provider],
                "restrictions": {ruled_out: ["not wanted"] for ruled_out in RULED_OUT[target]},
            },
            "deployment": deployment or {},
            **top,
        }
    )
    recommendation = recommend(profile)
    assert recommendation.target == target
    return make_plan(profile, recommendation)


def host(deployment: dict[str, Any] | None = None, **given: Any) -> HostPlan:
    made = plan(deployment, **given)
    found = made if isinstance(made, HostPlan) else made.host
    assert found is not None
    return found


def refused(deployment: dict[str, Any], **given: Any) -> str:
    with pytest.raises(InputError) as error:
        plan(deployment, **given)
    return str(error.value)


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("provider", PLACES)
def test_every_target_has_a_plan_at_every_provider_without_any_deployment_section(target: Software, provider: str):
    made = plan(target=target, provider=provider)
    assert isinstance(made, SingleNodePlan) == (provider in ("aws", "gcp"))
    machine = host(target=target, provider=provider)
    assert machine.target == made.target == target
    assert machine.version == made.version == releases_of(target)[0]
    assert machine.platform == (provider if provider in ("aws", "gcp") else "other")
    assert machine.tls.mode == "self-signed"
    assert machine.sources.downloads
    assert not machine.secrets


def test_the_machine_in_a_cloud_and_what_runs_on_it_agree():
    made = plan({"data_disk_gb": 1_900}, provider="aws")
    assert isinstance(made, SingleNodePlan)
    assert made.host is not None
    assert (made.host.vcpu, made.host.memory_gb) == (made.vcpu, made.memory_gb)
    assert made.host.disk.size_gb == made.data_disk.size_gb
    assert made.host.disk.device == made.data_disk.device_name
    assert made.root_disk_gb > made.host.root_disk_gb


def test_what_only_a_cloud_has_is_refused_elsewhere_all_at_once():
    told = refused({"zone": "eu-west-1a", "kms_key": "key", "snapshots": {"keep_days": 3}, "tags": {"a": "b"}, "allowed_cidrs": ["10.0.0.0/8"]})  # fmt: skip
    for field in ("zone", "kms_key", "snapshots", "tags", "allowed_cidrs"):
        assert f"deployment.{field}\n" in told, field


def test_the_disk_of_a_cloud_is_not_named_by_hand():
    assert "deployment.data_disk_device" in refused({"data_disk_device": "/dev/sdb"}, provider="gcp")
    assert host({"data_disk_device": "/dev/disk/by-id/wwn-1"}).disk.device == "/dev/disk/by-id/wwn-1"


@pytest.mark.parametrize(
    "device", ["sdb", "/dev/sdb; reboot", "/dev/$(id)", "/dev/../etc/passwd x", "-/dev/sdb", "/dev/sd b"]
)
def test_a_device_that_is_no_plain_path_is_refused(device: str):
    with pytest.raises(InputError):
        plan({"data_disk_device": device})


@pytest.mark.parametrize("target", TARGETS)
def test_a_release_whose_files_are_not_known_is_refused(target: Software):
    told = refused({}, target=target, sourcegraph_version="6.0.0")
    assert "sourcegraph_version" in told
    assert releases_of(target)[0] in told


def test_a_cloud_reads_secrets_from_its_store_and_from_no_other():
    tls = {"mode": "certificate", "certificate": AWS_SECRET.format("chain"), "key": AWS_SECRET.format("key")}
    made = host({"domain": "sg.acme.example", "dns_zone": "Z1", "tls": tls}, provider="aws")
    assert [secret.reference for secret in made.secrets] == [tls["certificate"], tls["key"]]
    told = refused({"domain": "sg.acme.example", "dns_zone": "zone", "tls": tls}, provider="gcp")
    assert told.count("a secret such as projects/P/secrets/S") == 2
    missing = refused({"domain": "sg.acme.example", "dns_zone": "Z1", "tls": {"mode": "certificate"}}, provider="aws")
    assert "deployment.tls.certificate" in missing
    assert "deployment.tls.key" in missing


def test_a_gcp_secret_without_a_version_means_the_latest():
    tls = {"mode": "certificate", "certificate": "projects/p/secrets/chain", "key": "projects/p/secrets/key/versions/3"}
    made = host({"domain": "sg.acme.example", "dns_zone": "zone", "tls": tls}, provider="gcp")
    assert [secret.reference for secret in made.secrets] == ["projects/p/secrets/chain/versions/latest", tls["key"]]


def test_elsewhere_secrets_are_asked_for_and_references_refused():
    made = host({"domain": "sg.acme.example", "tls": {"mode": "certificate"}})
    assert [(secret.name, secret.reference, secret.multiline) for secret in made.secrets] == [
        ("tls-certificate", None, True),
        ("tls-key", None, True),
    ]
    told = refused({"domain": "sg.acme.example", "tls": {"mode": "certificate", "key": AWS_SECRET.format("key")}})
    assert "nothing off AWS and GCP" in told


@pytest.mark.parametrize(
    ("tls", "provider", "field"),
    [
        ({"mode": "lets-encrypt"}, "on-premises", "deployment.tls.email"),
        ({"mode": "lets-encrypt", "email": "ops@acme.example"}, "aws", "deployment.tls.mode"),
        ({"mode": "none"}, "gcp", "deployment.tls.mode"),
        ({"mode": "none", "email": "ops@acme.example"}, "on-premises", "deployment.tls.email"),
        ({"mode": "self-signed", "key": AWS_SECRET.format("key")}, "on-premises", "deployment.tls.key"),
        ({"mode": "certificate"}, "on-premises", "deployment.domain"),
    ],
)
def test_what_does_not_fit_the_tls_mode_is_refused(tls: dict[str, Any], provider: str, field: str):
    assert field in refused({"tls": tls}, provider=provider)


def test_own_services_must_be_complete_and_apart():
    told = refused({"external": {"use": ["postgres", "object-storage"], "postgres": {"pgsql": {"host": "db"}, "codeintel": {"host": "db"}}}})  # fmt: skip
    assert "deployment.external.postgres.codeinsights.host" in told
    assert "deployment.external.postgres.codeintel.database" in told
    assert "deployment.external.object_storage.bucket" in told
    assert "deployment.external.object_storage.region" in told


def test_own_services_that_are_not_used_are_a_mistake():
    assert "deployment.external.use" in refused({"external": {"redis": {}, "postgres": {"pgsql": {"host": "db"}}}})


def test_own_services_are_in_the_plan():
    external = {
        "use": ["postgres", "redis", "object-storage"],
        "postgres": {
            key: {"host": f"{key}.acme.example", "database": key} for key in ("pgsql", "codeintel", "codeinsights")
        },
        "object_storage": {"kind": "gcs", "bucket": "acme-uploads", "project": "acme-project"},
    }
    made = host({"external": external}, target="docker-compose")
    assert [database.key for database in made.external.databases] == ["pgsql", "codeintel", "codeinsights"]
    assert made.external.object_storage is not None
    assert [secret.name for secret in made.secrets] == [
        "pgsql-password",
        "codeintel-password",
        "codeinsights-password",
        "redis-cache-endpoint",
        "redis-store-endpoint",
        "bucket-credentials",
    ]


def test_executors_share_a_machine_only_under_compose_and_only_as_many_as_fit():
    assert host({"executors": {"jobs": 1}}, target="docker-compose").executors is not None
    assert "at most 1 beside Sourcegraph" in refused({"executors": {"jobs": 2}}, target="docker-compose")
    assert "deployment.executors.jobs" in refused({"executors": {"jobs": 1}})
    assert "deployment.executors.jobs" in refused({"executors": {"queues": ["batches"]}}, target="docker-compose")


def test_a_proxy_with_credentials_is_refused():
    assert (
        host({"proxy": {"url": "http://proxy.acme.example:3128", "no_proxy": ["git.acme.example"]}}).proxy is not None
    )
    for url in ("http://user:hunter2@proxy:3128", "http://proxy:3128/?x=$(id)", "proxy:3128", "ftp://proxy"):
        with pytest.raises(InputError) as error:
            plan({"proxy": {"url": url}})
        assert "hunter2" not in str(error.value)
    assert "deployment.proxy.url" in refused({"proxy": {"no_proxy": ["git.acme.example"]}})


def test_the_vendors_image_brings_its_own_software():
    profile = parse_profile(
        {
            "name": "acme",
            "scale": {"users": 400, "repositories": 900, "code_gb": 20},
            "cloud": {"accepts_admin_access": False},
            "hosting": {"provider": "aws", "region": "us-east-1"},
            "deployment": {"proxy": {"url": "http://proxy:3128"}, "executors": {"jobs": 1}},
        }
    )
    with pytest.raises(InputError) as error:
        make_plan(profile, recommend(profile))
    assert "deployment.proxy" in str(error.value)
    assert "deployment.executors" in str(error.value)


_LOADS = st.builds(
    Load,
    users=st.integers(1, 20_000),
    repositories=st.integers(0, 200_000),
    code_gb=st.floats(0, 5_000),
    largest_repository_gb=st.floats(0, 100),
    largest_index_gb=st.floats(0, 50),
    monorepos=st.integers(0, 20),
)


@given(load=_LOADS, rung=st.sampled_from([rung for rung in CHART if rung.users is not None]))
def test_requests_of_all_services_leave_room_on_the_machine_and_no_limit_is_above_it(load: Load, rung: Any):
    shape = rung.minimum or rung.recommended
    services = fitted(estimate(load), shape)
    # The least that a service asks for may lift a sum of many tiny shares a little above the share of the machine.
    assert sum(service.replicas * service.cpu_request for service in services) <= 0.75 * shape.vcpu
    assert sum(service.replicas * service.memory_request_gb for service in services) <= 0.75 * shape.memory_gb
    for service in services:
        assert 0 < service.cpu_request <= service.cpu_limit <= shape.vcpu
        assert 0 < service.memory_request_gb <= service.memory_limit_gb <= shape.memory_gb


def test_no_limit_is_below_the_vendors_own_unless_the_machine_has_no_more():
    for service in fitted(estimate(Load(10, 10, 1, 1, 0, 0)), Shape(8, 32)):
        cpus, memory = VENDORS_LIMITS[service.key]
        assert service.cpu_limit >= min(cpus, 8)
        assert service.memory_limit_gb >= min(memory, 32)


def test_requests_that_fit_stay_as_the_estimator_has_them():
    sized = estimate(Load(400, 900, 20, 5, 1, 0))
    for service in fitted(sized, Shape(1_000, 4_000)):
        assert service.cpu_request == sized[service.key].cpu_request
        assert service.memory_request_gb == sized[service.key].memory_request_gb


@pytest.mark.parametrize("target", TARGETS)
def test_every_download_is_pinned_by_a_whole_checksum_over_https(target: Software):
    for version in releases_of(target):
        downloads = downloads_for(target, version)
        assert len({row.file for row in downloads}) == len({row.name for row in downloads}) == len(downloads)
        for row in downloads:
            assert urlsplit(row.url).scheme == "https"
            assert re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", row.file), row.file
            checksum = row.sha256 or row.tree_sha256
            assert re.fullmatch(r"[0-9a-f]{64}", checksum or ""), row.name
            assert (row.sha256 is None) == (row.tree is not None) == (row.tree_sha256 is not None)
            assert row.fact.source

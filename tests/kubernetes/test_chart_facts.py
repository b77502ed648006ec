"""What moorage believes of the vendor's charts. `test_vendor_chart.py` asks the charts themselves, where they are at hand."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.catalogue import release
from recommender.kubernetes.chart import (
    BUNDLED,
    DATABASES,
    PROXIED,
    REDIS,
    REDIS_USERS,
    RELEASES,
    chart_facts,
    runs,
)
from recommender.kubernetes.chart_keys import KNOWN_KEYS, unknown_executor_keys, unknown_keys
from recommender.kubernetes.executor_charts import (
    EXECUTOR_CPU,
    EXECUTOR_MEMORY,
    JOB_CPU,
    JOB_DISK,
    JOB_MEMORY,
    executor_name,
    executor_requests,
    executor_secret_name,
)
from recommender.kubernetes.quantity import cpu_millis, cpu_text, memory_bytes, memory_text
from recommender.sizing.reference_points import RULES
from recommender.versions import version_key

NEWEST = chart_facts(RELEASES[-1])
LAST_OF_6 = "6.12.5040"


def test_releases_ascend_and_end_with_the_one_that_the_catalogue_calls_newest():
    assert all(version_key(older) < version_key(newer) for older, newer in pairwise(RELEASES))
    assert RELEASES[-1] == release("kubernetes", None)
    assert LAST_OF_6 in RELEASES


@pytest.mark.parametrize("version", ["5.11.6271", "8.0.0"])
def test_nothing_is_said_of_other_majors(version):
    with pytest.raises(ValueError, match=f"nothing is known of the chart at {version}"):
        chart_facts(version)


@pytest.mark.parametrize("key", RULES)
def test_every_service_of_the_estimator_is_a_container_of_the_chart(key):
    assert NEWEST.container(key).key == key
    assert "resources" in KNOWN_KEYS[key]


def test_an_unknown_service_is_no_container():
    with pytest.raises(KeyError, match="symbols"):
        NEWEST.container("symbols")


def test_replica_counts_and_claims_are_where_the_chart_reads_them():
    for workload in NEWEST.workloads:
        top, _, below = workload.key.partition(".")
        prefix = f"{below}." if below else ""
        assert (f"{prefix}replicaCount" in KNOWN_KEYS[top]) == workload.has_replica_count, workload.key
        assert (f"{prefix}storageSize" in KNOWN_KEYS[top]) == (workload.claim is not None), workload.key


def test_names_select_pods_of_one_workload_each():
    names = [workload.selector["app"] for workload in NEWEST.workloads]
    assert len(set(names)) == len(names)


def test_what_needs_the_node_itself():
    assert [w.name for w in NEWEST.workloads if w.privileged] == ["cadvisor"]
    assert [w.name for w in NEWEST.workloads if w.host_paths] == ["cadvisor", "node-exporter"]
    assert [w.name for w in NEWEST.workloads if w.host_pid] == ["node-exporter"]
    assert {w.name: w.host_ports for w in NEWEST.workloads if w.host_ports} == {"otel-agent": (4317, 4318, 55679)}


def test_updates_that_need_room_before_they_give_any():
    needing = {w.name: w.extra_pods(w.replicas) for w in NEWEST.workloads if w.extra_pods(w.replicas)}
    assert needing == {"sourcegraph-frontend": 2, "syntect-server": 1, "otel-collector": 1}


@pytest.mark.parametrize(("replicas", "extra"), [(1, 1), (3, 1), (4, 0), (9, 0)])
def test_a_deployment_that_says_nothing_adds_a_quarter_until_it_may_miss_one(replicas, extra):
    assert NEWEST.workload("openTelemetry.gateway").extra_pods(replicas) == extra


@pytest.mark.parametrize(
    ("version", "prefixes", "services"),
    [
        ("7.6.0", {"SOURCEGRAPH_UPLOAD_"}, {"frontend", "gitserver", "searcher", "worker"}),
        ("7.2.0", {"SOURCEGRAPH_UPLOAD_"}, {"frontend", "gitserver", "searcher", "worker"}),
        ("7.1.2426", {"PRECISE_CODE_INTEL_UPLOAD_", "SEARCH_JOBS_UPLOAD_"}, {"frontend", "worker"}),
        (LAST_OF_6, {"PRECISE_CODE_INTEL_UPLOAD_", "SEARCH_JOBS_UPLOAD_"}, {"frontend", "worker"}),
    ],
)
def test_object_storage_has_one_prefix_since_7_2_and_all_its_users(version, prefixes, services):
    uploads = chart_facts(version).uploads
    assert set(uploads["frontend"]) == prefixes
    assert set(uploads) == services | {"preciseCodeIntel", "syntacticCodeIntel"}


def test_variables_go_only_to_services_that_have_any():
    for key in {*PROXIED, *REDIS_USERS, *NEWEST.uploads}:
        assert "env" in KNOWN_KEYS[key], key


@pytest.mark.parametrize("version", RELEASES)
def test_the_charts_own_switches_need_no_values(version):
    assert chart_facts(version).switches(BUNDLED) == {}
    assert chart_facts(version).bundled == BUNDLED


def test_each_external_service_is_switched_off_by_itself():
    external = (*DATABASES, *REDIS, "blobstore")
    assert NEWEST.switches(BUNDLED - set(external)) == {f"{key}.enabled": False for key in external}
    assert NEWEST.switches(BUNDLED | {"syntacticCodeIntel"}) == {"syntacticCodeIntel.enabled": True}


def test_agents_go_with_all_of_opentelemetry_or_alone_since_7_3():
    without_agents, without_any = BUNDLED - {"openTelemetry.agent"}, BUNDLED - {"openTelemetry", "openTelemetry.agent"}
    assert NEWEST.switches(without_agents) == {"openTelemetry.agent.kind": "Deployment"}
    for version in (LAST_OF_6, "7.6.0"):
        assert chart_facts(version).switches(without_any) == {"openTelemetry.enabled": False}
    with pytest.raises(ValueError, match="an agent of OpenTelemetry on each node, or nothing of it"):
        chart_facts(LAST_OF_6).switches(without_agents)
    assert not runs(NEWEST.workload("openTelemetry.agent"), BUNDLED - {"openTelemetry"})


@pytest.mark.parametrize(
    ("values", "version", "unknown"),
    [
        ({"pgsql": {"auth": {"sslmode": "require", "sqlmode": "require"}}}, "7.6.0", ("pgsql.auth.sqlmode",)),
        ({"frontend": {"env": {"ANY": {"value": "1"}}, "replicas": 2}}, "7.6.0", ("frontend.replicas",)),
        ({"redisCache": {"replicaCount": 2}}, "7.6.0", ("redisCache.replicaCount",)),
        ({"indexedSearchIndexer": {"storageSize": "1Gi"}}, "7.6.0", ("indexedSearchIndexer.storageSize",)),
        ({"codeinsights-db": {"enabled": False}, "symbols": {}}, "7.6.0", ("codeinsights-db.enabled", "symbols")),
        ({"sourcegraph": {"serviceLabels": {"a": "b"}}}, "7.6.0", ("sourcegraph.serviceLabels.a",)),
        ({"openTelemetry": {"agent": {"kind": "Deployment"}}}, LAST_OF_6, ("openTelemetry.agent.kind",)),
        ({"openTelemetry": {"agent": {"kind": "Deployment"}}}, "7.3.0", ()),
        ({"frontend": {"ingress": {"hosts": [{"host": "a"}]}}}, LAST_OF_6, ("frontend.ingress.hosts",)),
        ({"frontend": {"ingress": {"annotations": {"kubernetes.io/ingress.class": None}}}}, LAST_OF_6, ()),
        ({"storageClass": {"create": False, "name": "fast"}, "extraResources": [{"kind": "X"}]}, LAST_OF_6, ()),
        ({"priorityClasses": [{"name": "data"}], "pgsql": {"priorityClassName": "data"}}, "6.11.1446", ()),
    ],
)
def test_keys_that_no_template_reads_are_found(values, version, unknown):
    assert unknown_keys(values, version) == unknown


@pytest.mark.parametrize(
    ("values", "kind", "version", "unknown"),
    [
        ({"executor": {"maximumNumJobs": 4, "replicaCount": 4}}, "dind", "7.6.0", ("executor.maximumNumJobs",)),
        ({"executor": {"maximumNumJobs": 4, "replicaCount": 4}}, "native", "7.6.0", ("executor.replicaCount",)),
        ({"executor": {"nodeSelector": {"a": "b"}}}, "dind", "7.6.0", ("executor.nodeSelector.a",)),
        ({"sourcegraph": {"nodeSelector": {"a": "b"}}}, "native", "7.6.0", ("sourcegraph.nodeSelector.a",)),
        ({"executor": {"storageSize": "9Gi"}, "storageClass": {"name": "a"}}, "native", "7.5.4453", ()),
        ({"executor": {"storageSize": "9Gi"}}, "native", "7.6.0", ("executor.storageSize",)),
        (
            {"executor": {"podSecurityContext": {"runAsUser": 1}}},
            "native",
            "7.0.0",
            ("executor.podSecurityContext.runAsUser",),
        ),
        ({"queues": [{"name": "batches"}]}, "dind", "7.6.0", ()),
        ({"queues": [{"name": "batches"}]}, "native", "7.6.0", ("queues",)),
    ],
)
def test_keys_that_no_template_of_an_executors_chart_reads_are_found(values, kind, version, unknown):
    assert unknown_executor_keys(values, kind, version) == unknown


@pytest.mark.parametrize("version", RELEASES)
def test_paths_of_executors_values_are_read_by_their_charts(version):
    facts = chart_facts(version)
    for chart in filter(None, (facts.dind, facts.native)):
        claims = chart.registry or chart.claim
        paths = [
            chart.jobs,
            chart.resources,
            chart.node_selector,
            chart.tolerations,
            chart.environment,
            chart.namespace,
        ]
        paths += [chart.job_resources and f"{chart.job_resources}.requests.cpu", chart.registry, chart.registry_storage]
        paths += [*chart.image_registries, chart.frontend_url, chart.password_secret, chart.queues, chart.labels]
        paths += [chart.image_tag, chart.image_repository, chart.pull_secrets, chart.storage_class if claims else None]
        for path in filter(None, paths):
            values: object = "x"
            for part in reversed(path.split(".")):
                values = {part: values}
            assert unknown_executor_keys(values, chart.kind, version) == (), path  # pyright: ignore[reportArgumentType]


def test_executors_with_docker_need_7_4_and_native_ones_lose_their_claim_with_7_6():
    assert [chart_facts(v).dind is not None for v in (LAST_OF_6, "7.3.2527", "7.4.0", "7.6.0")] == [
        False,
        False,
        True,
        True,
    ]
    assert [chart_facts(v).native.claim is not None for v in (LAST_OF_6, "7.5.4453", "7.6.0")] == [True, True, False]


def test_native_executors_read_the_secret_of_their_own_name():
    assert executor_name(("batches", "codeintel")) == "executor-batches-codeintel"
    assert executor_secret_name("native", ("batches",)) == "executor-batches"
    assert executor_secret_name("dind", ("batches",)) == "sourcegraph-executors"


def test_an_executor_with_docker_asks_for_its_own_room_and_that_of_one_job():
    requests = executor_requests("dind")
    assert cpu_millis(requests["cpu"]) == cpu_millis(EXECUTOR_CPU) + cpu_millis(JOB_CPU)
    assert memory_bytes(requests["memory"]) == memory_bytes(EXECUTOR_MEMORY) + memory_bytes(JOB_MEMORY)
    assert requests["ephemeral-storage"] == JOB_DISK
    assert executor_requests("native") == {"cpu": EXECUTOR_CPU, "memory": EXECUTOR_MEMORY}


@pytest.mark.parametrize(
    ("text", "amount"), [("2G", 2 * 10**9), ("4Gi", 2**32), ("500M", 5 * 10**8), ("512Mi", 2**29), ("0G", 0)]
)
def test_memory_is_read_and_written_in_the_vendors_units(text, amount):
    assert memory_bytes(text) == amount
    assert memory_text(amount) == text


def test_odd_bytes_are_refused():
    with pytest.raises(ValueError, match="neither whole MB nor whole MiB"):
        memory_text(2**20 + 1)


@given(st.integers(0, 10**7), st.integers(0, 10**7))
def test_amounts_survive_their_texts(millis, megabytes):
    assert cpu_millis(cpu_text(millis)) == millis
    assert memory_bytes(memory_text(megabytes * 10**6)) == megabytes * 10**6
    assert memory_bytes(memory_text(megabytes * 2**20)) == megabytes * 2**20

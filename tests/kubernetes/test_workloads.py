"""What is scheduled when the vendor's charts run with our sizes."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.kubernetes.chart import BUNDLED, DATABASES, REDIS, RELEASES, chart_facts
from recommender.kubernetes.plan import ExecutorsPlan, KubernetesSecret, Resources, SizedService
from recommender.kubernetes.pods import Claim, Workload
from recommender.kubernetes.quantity import cpu_millis, memory_bytes
from recommender.kubernetes.workloads import executor_workloads, sized, sourcegraph_workloads, total_claims
from recommender.sizing.estimator import Load, estimate
from recommender.sizing.reference_points import RULES

NEWEST = RELEASES[-1]
NOTHING_BUNDLED = BUNDLED - {*DATABASES, *REDIS, "blobstore"}
LOADS = {
    "XS": Load(500, 5_000, 50, 2, 1, 0),
    "S": Load(1_000, 10_000, 100, 3, 4, 0),
    "M": Load(5_000, 50_000, 400, 5, 10, 1),
    "L": Load(10_000, 100_000, 1_000, 20, 40, 2),
    "XL": Load(20_000, 250_000, 3_000, 30, 70, 3),
}
loads = st.builds(
    Load,
    users=st.integers(1, 100_000),
    repositories=st.integers(1, 6_000_000),
    code_gb=st.floats(0.1, 100_000),
    largest_repository_gb=st.floats(0.1, 200),
    largest_index_gb=st.floats(0, 1_200),
    monorepos=st.integers(0, 50),
)
more = st.tuples(*(st.integers(0, 50_000) for _ in range(6)))


def scheduled(load: Load, version: str = NEWEST, bundled: frozenset[str] = BUNDLED) -> dict[str, Workload]:
    services = sized(estimate(load), version=version, bundled=bundled)
    found = sourcegraph_workloads(services, version=version, namespace="sourcegraph", bundled=bundled)
    return {workload.name: workload for workload in found}


def totals(workloads: dict[str, Workload]) -> tuple[int, int, int, int]:
    """Millicores and MiB of all pods that stay, without those of each node; claims and their GiB."""
    stay = [workload for workload in workloads.values() if workload.kind != "headroom"]
    cpu = sum(workload.replicas * workload.cpu_millis for workload in stay)
    return cpu, sum(workload.replicas * workload.memory_mib for workload in stay), *total_claims(stay)


@pytest.mark.parametrize("version", ["7.6.0", "6.12.5040"])
@pytest.mark.parametrize(
    ("size", "bundled", "expected"),
    [
        ("XS", BUNDLED, (32_900, 58_135, 11, 1_528)),
        ("S", BUNDLED, (33_400, 63_858, 11, 1_532)),
        ("M", BUNDLED, (42_650, 95_330, 11, 1_982)),
        ("L", BUNDLED, (57_650, 228_844, 13, 5_202)),
        ("XL", BUNDLED, (94_900, 534_023, 14, 15_202)),
        ("XS", NOTHING_BUNDLED, (17_850, 32_059, 5, 628)),
        ("XL", NOTHING_BUNDLED, (75_850, 482_198, 8, 14_302)),
    ],
)
def test_totals_of_each_size_in_both_majors(size, bundled, expected, version):
    assert totals(scheduled(LOADS[size], version, bundled)) == expected


def test_without_sizes_the_chart_runs_as_the_vendor_sums_it():
    # sourcegraph/deploy-sourcegraph-helm@v7.6.0 values.yaml: about 31.4 CPUs, 57 GiB, 11 claims of 1,528 GiB.
    found = sourcegraph_workloads((), version=NEWEST, namespace="sourcegraph")
    assert totals({workload.name: workload for workload in found}) == (31_400, 57_940, 11, 1_528)


@given(loads, more)
def test_more_load_never_asks_for_less(load, more):
    users, repositories, code, largest, index, monorepos = more
    greater = Load(
        load.users + users,
        load.repositories + repositories,
        load.code_gb + code,
        load.largest_repository_gb + largest / 250,
        load.largest_index_gb + index / 50,
        load.monorepos + monorepos // 1_000,
    )
    before, after = scheduled(load), scheduled(greater)
    for name, workload in before.items():
        grown = after[name]
        assert grown.replicas >= workload.replicas, name
        assert grown.replicas * grown.cpu_millis >= workload.replicas * workload.cpu_millis, name
        # A pod's MB are rounded up to whole MiB, so more and smaller pods may together seem to have up to one MiB each less.
        assert grown.replicas * grown.memory_mib >= workload.replicas * (workload.memory_mib - 1), name
        for smaller, larger in zip(workload.claims, grown.claims, strict=True):
            assert larger.size_gib >= smaller.size_gib, name


@given(loads, st.sampled_from(RELEASES))
def test_what_is_set_stands_between_the_charts_needs_and_is_valid(load, version):
    facts, estimated = chart_facts(version), estimate(load)
    for service in sized(estimated, version=version, bundled=BUNDLED | {"syntacticCodeIntel"}):
        given_, own, least = estimated[service.key], service.resources, facts.container(service.key).resources
        assert cpu_millis(own.cpu_request) <= cpu_millis(own.cpu_limit)
        assert memory_bytes(own.memory_request) <= memory_bytes(own.memory_limit)
        assert cpu_millis(own.cpu_limit) >= max(cpu_millis(least.cpu_limit), round(given_.cpu_limit * 1_000))
        assert memory_bytes(own.memory_limit) >= memory_bytes(least.memory_limit)
        assert memory_bytes(own.memory_request) >= round(given_.memory_request_gb * 1_000) * 10**6
        if service.key in (*DATABASES, *REDIS, "blobstore"):
            assert cpu_millis(own.cpu_request) >= cpu_millis(least.cpu_request)
            assert memory_bytes(own.memory_request) >= memory_bytes(least.memory_request)
        claim = facts.workload(service.key).claim
        if claim and service.key == facts.workload(service.key).key:
            assert service.storage_gib >= max(claim.size_gib, given_.storage_gb)
        else:
            assert service.storage_gib == 0


@given(loads)
def test_every_sized_service_is_scheduled_with_what_its_values_say(load):
    services = {service.key: service for service in sized(estimate(load), version=NEWEST)}
    assert set(services) == set(RULES) - {"syntacticCodeIntel"}
    found = scheduled(load)
    search = found["indexed-search"]
    parts = [services[key].resources for key in ("indexedSearch", "indexedSearchIndexer")]
    assert search.cpu_millis == sum(cpu_millis(part.cpu_request) for part in parts)
    assert search.replicas == services["indexedSearch"].replicas
    assert search.claims == (Claim("data", services["indexedSearch"].storage_gib),)
    assert found["pgsql"].cpu_millis == cpu_millis(services["pgsql"].resources.cpu_request) + 10  # its exporter
    assert found["pgsql"].memory_mib == -(-(memory_bytes(services["pgsql"].resources.memory_request)) // 2**20) + 50
    frontend = services["frontend"]
    assert found["sourcegraph-frontend"].replicas == frontend.replicas
    assert found["sourcegraph-frontend"].ephemeral_gib == 4


def test_a_pod_asks_for_its_largest_init_container_where_that_is_more_than_all_others():
    greedy = SizedService("migrator", None, Resources("100m", "1", "9Gi", "9Gi"), 0)
    found = sourcegraph_workloads((greedy,), version=NEWEST, namespace="sourcegraph")
    frontend = next(workload for workload in found if workload.name == "sourcegraph-frontend")
    assert (frontend.cpu_millis, frontend.memory_mib) == (2_000, 9 * 1_024)


def test_replicas_are_given_only_where_the_chart_reads_them():
    services = {service.key: service.replicas for service in sized(estimate(LOADS["XS"]), version=NEWEST)}
    none = {key for key, replicas in services.items() if replicas is None}
    assert none == {*DATABASES, *REDIS, "indexedSearchIndexer", "blobstore", "prometheus"}


def test_a_small_instance_has_two_frontends_all_the_same():
    assert estimate(LOADS["XS"])["frontend"].replicas == 1
    assert scheduled(LOADS["XS"])["sourcegraph-frontend"].replicas == 2


def test_redis_has_room_for_the_6_gb_that_it_grows_to():
    for service in sized(estimate(LOADS["XS"]), version=NEWEST):
        if service.key in REDIS:
            assert (service.resources.memory_request, service.resources.memory_limit) == ("7Gi", "7Gi")


def test_what_is_external_or_off_leaves_neither_pods_nor_claims_nor_values():
    off = BUNDLED - {
        *DATABASES,
        *REDIS,
        "blobstore",
        "grafana",
        "prometheus",
        "cadvisor",
        "nodeExporter",
        "openTelemetry",
    }
    left = scheduled(LOADS["M"], bundled=off)
    assert set(left) == {
        "sourcegraph-frontend",
        "gitserver",
        "indexed-search",
        "precise-code-intel-worker",
        "searcher",
        "worker",
        "syntect-server",
        "rolling-update",
    }
    keys = {service.key for service in sized(estimate(LOADS["M"]), version=NEWEST, bundled=off)}
    assert keys.isdisjoint({*DATABASES, *REDIS, "blobstore", "prometheus", "syntacticCodeIntel"})


def test_syntactic_code_intel_runs_only_when_asked_for():
    assert "syntactic-code-intel-worker" not in scheduled(LOADS["M"])
    assert "syntactic-code-intel-worker" in scheduled(LOADS["M"], bundled=BUNDLED | {"syntacticCodeIntel"})


def test_each_node_has_three_more_pods():
    found = scheduled(LOADS["XS"])
    daemons = {name: (w.replicas, w.cpu_millis, w.memory_mib) for name, w in found.items() if w.kind == "DaemonSet"}
    assert daemons == {"otel-agent": (0, 100, 100), "cadvisor": (0, 150, 200), "node-exporter": (0, 200, 100)}


@given(loads)
def test_headroom_holds_the_new_pods_of_any_update(load):
    found = scheduled(load, bundled=BUNDLED | {"syntacticCodeIntel"})
    room = found["rolling-update"]
    assert (room.kind, room.replicas, room.claims) == ("headroom", 2, ())
    for chart in chart_facts(NEWEST).workloads:
        workload = found[chart.name]
        extra = chart.extra_pods(workload.replicas)
        assert extra <= room.replicas
        if extra:
            assert workload.cpu_millis <= room.cpu_millis, chart.name
            assert workload.memory_mib <= room.memory_mib, chart.name
            assert workload.ephemeral_gib <= room.ephemeral_gib, chart.name


def executors(kind, jobs: int = 3) -> ExecutorsPlan:
    return ExecutorsPlan(kind, "executors", jobs, ("batches", "codeintel"), KubernetesSecret("unread", ()))


@pytest.mark.parametrize("version", ["7.4.0", "7.6.0"])
def test_with_docker_each_job_has_a_pod_with_its_room(version):
    pods, cache = executor_workloads(executors("dind"), version=version)
    assert (pods.name, pods.kind, pods.namespace) == ("executor-batches-codeintel", "Deployment", "executors")
    assert (pods.replicas, pods.cpu_millis, pods.memory_mib, pods.ephemeral_gib) == (3, 4_500, 12_488, 20)
    assert (cache.name, cache.replicas, cache.claims) == ("private-docker-registry", 1, (Claim("cache", 10),))


@pytest.mark.parametrize(
    ("version", "claims"), [("7.6.0", ()), ("6.12.5040", (Claim("sg-executor-batches-codeintel", 10),))]
)
def test_native_jobs_have_room_beside_the_one_pod_that_makes_them(version, claims):
    pod, jobs = executor_workloads(executors("native"), version=version)
    assert (pod.replicas, pod.cpu_millis, pod.memory_mib, pod.claims) == (1, 500, 200, claims)
    assert (jobs.kind, jobs.replicas, jobs.cpu_millis, jobs.memory_mib) == ("headroom", 3, 4_000, 12_288)


def test_executors_with_docker_are_refused_where_their_chart_is_broken():
    with pytest.raises(ValueError, match=r"cannot be planned with the chart of 7\.3\.2527"):
        executor_workloads(executors("dind"), version="7.3.2527")


def test_each_replica_has_its_own_claims():
    one = Workload("gitserver", "StatefulSet", "sourcegraph", 1, 0, 0, claims=(Claim("repos", 200), Claim("more", 5)))
    assert total_claims([one]) == (2, 205)
    assert total_claims([one, replace(one, replicas=3), replace(one, claims=())]) == (8, 820)
    assert total_claims([]) == (0, 0)

"""What moorage believes of the vendor's charts, asked of the charts themselves where somebody has them at hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from recommender.kubernetes.chart import BUNDLED, DATABASES, REDIS, chart_facts, runs
from recommender.kubernetes.chart_keys import unknown_executor_keys, unknown_keys
from recommender.kubernetes.chart_workloads import ChartContainer, ChartWorkload
from recommender.kubernetes.executor_charts import JOB_CPU, JOB_MEMORY, executor_requests
from recommender.kubernetes.plan import ExecutorKind, ExecutorsPlan, KubernetesSecret
from recommender.kubernetes.pods import Workload
from recommender.kubernetes.workloads import executor_workloads, sized, sourcegraph_workloads
from recommender.sizing.estimator import Load, estimate
from tests.kubernetes.vendor_charts import (
    FOLDERS,
    Pods,
    amount,
    chart_values,
    needs_charts,
    pods_in,
    put,
    rendered,
    version_of,
    workloads_in,
)

pytestmark = needs_charts

LOADS = {
    "tiny": Load(10, 5, 0.1, 0.1, 0, 0),
    "XS": Load(500, 5_000, 50, 2, 1, 0),
    "S": Load(1_000, 10_000, 100, 3, 4, 0),
    "M": Load(5_000, 50_000, 400, 5, 10, 1),
    "L": Load(10_000, 100_000, 1_000, 20, 40, 2),
    "XL": Load(20_000, 250_000, 3_000, 30, 70, 3),
    "beyond": Load(31_000, 777_777, 12_345, 77, 213, 9),
}
SWITCHES = {
    "all": BUNDLED,
    "no databases": BUNDLED - set(DATABASES),
    "no redis": BUNDLED - set(REDIS),
    "no blobstore": BUNDLED - {"blobstore"},
    "nothing with data": BUNDLED - {*DATABASES, *REDIS, "blobstore"},
    "syntactic": BUNDLED | {"syntacticCodeIntel"},
    "no monitoring": BUNDLED
    - {"openTelemetry", "openTelemetry.agent", "cadvisor", "nodeExporter", "grafana", "prometheus"},
}


@pytest.fixture(params=FOLDERS, ids=lambda folder: version_of(folder))
def folder(request: pytest.FixtureRequest) -> Path:
    return request.param


def as_pods(workloads: tuple[Workload, ...]) -> dict[str, Pods]:
    return {
        workload.name: Pods(
            workload.replicas,
            workload.cpu_millis,
            workload.memory_mib,
            workload.ephemeral_gib,
            tuple((claim.name, claim.size_gib) for claim in workload.claims),
        )
        for workload in workloads
        if workload.kind != "headroom"
    }


@pytest.mark.parametrize("switches", SWITCHES)
@pytest.mark.parametrize("load", LOADS)
def test_the_scheduler_sees_what_is_planned(folder, load, switches, tmp_path):
    version, bundled = version_of(folder), SWITCHES[switches]
    services = sized(estimate(LOADS[load]), version=version, bundled=bundled)
    values = chart_values(services, chart_facts(version).switches(bundled))
    assert unknown_keys(values, version) == ()
    planned = sourcegraph_workloads(services, version=version, namespace="sourcegraph", bundled=bundled)
    assert pods_in(rendered(folder / "sourcegraph", values, tmp_path)) == as_pods(planned)


@pytest.mark.parametrize("jobs", [1, 4])
@pytest.mark.parametrize("kind", ["dind", "native"])
def test_the_scheduler_sees_the_executors_that_are_planned(folder, kind: ExecutorKind, jobs, tmp_path):
    version, queues = version_of(folder), ("batches", "codeintel")
    facts = chart_facts(version)
    chart = facts.dind if kind == "dind" else facts.native
    if chart is None:
        pytest.skip(f"no executors with Docker at {version}")
    values: dict[str, Any] = {}
    put(values, chart.queues, list(queues))
    put(values, chart.jobs, jobs)
    put(values, chart.resources, {"requests": dict(executor_requests(kind))})
    put(values, chart.frontend_url, "http://sourcegraph-frontend:30080")
    put(values, chart.password_secret, "password")
    if chart.job_resources:
        put(values, chart.job_resources, {"requests": {"cpu": JOB_CPU, "memory": JOB_MEMORY}})
    assert unknown_executor_keys(values, kind, version) == ()
    documents = rendered(folder / "sourcegraph-executor" / ("dind" if kind == "dind" else "k8s"), values, tmp_path)
    planned = executor_workloads(
        ExecutorsPlan(kind, "executors", jobs, queues, KubernetesSecret("password", ())), version=version
    )
    assert pods_in(documents) == as_pods(planned)


def test_every_fact_about_a_workload_is_the_charts(folder, tmp_path):
    bundled = BUNDLED | {"syntacticCodeIntel"}
    facts = chart_facts(version_of(folder))
    documents = rendered(folder / "sourcegraph", {"syntacticCodeIntel": {"enabled": True}}, tmp_path)
    accounts = {document["metadata"]["name"] for document in documents if document["kind"] == "ServiceAccount"}
    found = {document["metadata"]["name"]: document for document in workloads_in(documents)}
    assert set(found) == {workload.name for workload in facts.workloads if runs(workload, bundled)}
    for workload in facts.workloads:
        check_workload(workload, found[workload.name])
    assert accounts == {workload.service_account for workload in facts.workloads} - {"default"}


def check_workload(workload: ChartWorkload, document: dict[str, Any]) -> None:
    spec, pod = document["spec"], document["spec"]["template"]["spec"]
    assert document["kind"] == workload.kind
    assert spec.get("replicas", 0) == workload.replicas
    assert workload.selector.items() <= spec["selector"]["matchLabels"].items()
    assert workload.selector.items() <= spec["template"]["metadata"]["labels"].items()
    assert pod.get("serviceAccountName", "default") == workload.service_account
    assert bool(pod.get("hostPID")) == workload.host_pid
    assert any("hostPath" in volume for volume in pod.get("volumes") or []) == workload.host_paths
    assert bool(spec.get("volumeClaimTemplates")) == bool(workload.claim and workload.claim.template)
    strategy = spec.get("strategy") or {}
    assert (strategy.get("type") == "Recreate") == workload.recreate
    rolling = strategy.get("rollingUpdate") or {}
    assert (rolling.get("maxSurge"), rolling.get("maxUnavailable")) == (workload.max_surge, workload.max_unavailable)
    for facts, containers in (
        (workload.containers, pod["containers"]),
        (workload.init, pod.get("initContainers") or []),
    ):
        for fact, container in zip(facts, containers, strict=True):
            check_container(fact, container)


def check_container(fact: ChartContainer, container: dict[str, Any]) -> None:
    assert container["name"] == fact.name
    ports = container.get("ports") or []
    assert {port["containerPort"] for port in ports} == set(fact.ports)
    assert {port["hostPort"] for port in ports if port.get("hostPort")} == set(fact.host_ports)
    assert bool((container.get("securityContext") or {}).get("privileged")) == fact.privileged
    requests, limits = container["resources"]["requests"], container["resources"]["limits"]
    own = fact.resources
    assert [amount(requests["cpu"]), amount(limits["cpu"])] == [amount(own.cpu_request), amount(own.cpu_limit)]
    assert [amount(requests["memory"]), amount(limits["memory"])] == [
        amount(own.memory_request),
        amount(own.memory_limit),
    ]
    assert amount(requests.get("ephemeral-storage", 0)) == fact.ephemeral_gib * 2**30

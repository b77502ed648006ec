"""What the scheduler will see when the vendor's charts run with our sizes.

`sized` decides what each service asks for; values.yaml and the workloads here are both made of its answer, so that they
cannot disagree.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence

from recommender.kubernetes.chart import BUNDLED, chart_facts, runs
from recommender.kubernetes.chart_workloads import ChartClaim, ChartContainer, ChartWorkload
from recommender.kubernetes.executor_charts import (
    JOB_CPU,
    JOB_DISK,
    JOB_MEMORY,
    REGISTRY,
    REGISTRY_GIB,
    ExecutorChart,
    executor_name,
    executor_requests,
)
from recommender.kubernetes.plan import ExecutorsPlan, Resources, SizedService
from recommender.kubernetes.pods import Claim, Workload
from recommender.kubernetes.quantity import cpu_millis, cpu_text, memory_bytes, memory_text
from recommender.sizing.estimator import ServiceSize

_NEVER_LESS = frozenset(("pgsql", "codeIntelDB", "codeInsightsDB", "redisCache", "redisStore", "blobstore"))
"""Services that get at least what the chart asks for, though the estimator may ask for less: each is one pod that
everything waits for, and the vendor sets them up for the chart's figures, whatever their size: Redis grows to 6 GB
before it evicts or refuses (sourcegraph/docs@3499c087 docs/self-hosted/how-to/redis-configmap.mdx, read 2026-11-22),
and a node that is short of memory evicts first what takes more than it asked for. What gitserver and indexed-search
hold can be fetched again."""

_LEAST_REPLICAS: Mapping[str, int] = {"frontend": 2}
"""The chart's. The estimator gives a small instance one, which every drained node and every crash would take away."""

_HEADROOM = "rolling-update"


def sized(
    services: Mapping[str, ServiceSize], *, version: str, bundled: Container[str] = BUNDLED
) -> tuple[SizedService, ...]:
    """What each service gets from the values: the estimator's figures where they are not below what the chart needs.

    Memory is in the decimal units that the vendor's estimator writes (`4G`; sourcegraph/resource-estimator@8a3f0fc8
    internal/scaling/scaling.go, read 2026-11-22), unless the chart's own figure stands. Limits are never below the
    chart's: they take no room. Neither are claims: they cannot shrink, and a StatefulSet's cannot be enlarged by an
    upgrade.

    Args:
        services: by the chart's keys, of one replica.
        version: of the chart.
        bundled: keys of the switches that are on, as in `BUNDLED`. A service that does not run is left out.
    """
    facts = chart_facts(version)
    return tuple(
        _sized(key, size, facts.workload(key), facts.container(key))
        for key, size in services.items()
        if runs(facts.workload(key), bundled)
    )


def sourcegraph_workloads(
    services: Sequence[SizedService], *, version: str, namespace: str, bundled: Container[str] = BUNDLED
) -> tuple[Workload, ...]:
    """Everything that the chart `sourcegraph` runs, and the room for its rolling updates.

    Args:
        services: as `sized` has them; what is not among them runs as the chart has it.
        version: of the chart.
        namespace: of the release.
        bundled: the same as for `sized`.
    """
    by_key = {service.key: service for service in services}
    running = [workload for workload in chart_facts(version).workloads if runs(workload, bundled)]
    workloads = [_workload(workload, by_key, namespace) for workload in running]
    return (*workloads, _headroom(zip(running, workloads, strict=True), namespace))


def executor_workloads(executors: ExecutorsPlan, *, version: str) -> tuple[Workload, ...]:
    """What a chart of executors runs, with room for all jobs at once.

    Raises:
        ValueError: the release's chart with Docker cannot be used.
    """
    facts = chart_facts(version)
    if executors.kind == "native":
        return _native(facts.native, executors)
    if facts.dind is None:
        msg = f"executors with Docker cannot be planned with the chart of {version}"
        raise ValueError(msg)
    return _dind(executors)


def total_claims(workloads: Iterable[Workload]) -> tuple[int, int]:
    """How many persistent volume claims there are, and their GiB together."""
    sizes = [claim.size_gib for workload in workloads for claim in workload.claims for _ in range(workload.replicas)]
    return len(sizes), sum(sizes)


def _sized(key: str, size: ServiceSize, workload: ChartWorkload, container: ChartContainer) -> SizedService:
    own, least = key == workload.key, container.resources
    floor = least if key in _NEVER_LESS else None
    return SizedService(
        key=key,
        replicas=max(_LEAST_REPLICAS.get(key, 1), size.replicas) if own and workload.has_replica_count else None,
        resources=Resources(
            cpu_request=_cpu(size.cpu_request, floor.cpu_request if floor else None),
            cpu_limit=_cpu(size.cpu_limit, least.cpu_limit),
            memory_request=_memory(size.memory_request_gb, floor.memory_request if floor else None),
            memory_limit=_memory(size.memory_limit_gb, least.memory_limit),
        ),
        storage_gib=max(size.storage_gb, workload.claim.size_gib) if own and workload.claim else 0,
    )


def _cpu(cpus: float, least: str | None) -> str:
    return cpu_text(max(round(cpus * 1_000), cpu_millis(least) if least else 0))


def _memory(gigabytes: float, least: str | None) -> str:
    return memory_text(max(round(gigabytes * 1_000) * 10**6, memory_bytes(least) if least else 0))


def _workload(workload: ChartWorkload, services: Mapping[str, SizedService], namespace: str) -> Workload:
    service = services.get(workload.key)
    replicas = service.replicas if service and service.replicas is not None else workload.replicas
    cpu, memory = _pod_requests(workload, services)
    return Workload(
        name=workload.name,
        kind=workload.kind,
        namespace=namespace,
        replicas=replicas,
        cpu_millis=cpu,
        memory_mib=memory,
        ephemeral_gib=sum(container.ephemeral_gib for container in workload.containers),
        claims=_claims(workload.claim, service),
    )


def _pod_requests(workload: ChartWorkload, services: Mapping[str, SizedService]) -> tuple[int, int]:
    """Millicores and MiB of one pod: its containers run together, its init containers before them and one by one."""

    def asked(container: ChartContainer) -> Resources:
        return services[container.key].resources if container.key in services else container.resources

    containers, init = [asked(one) for one in workload.containers], [asked(one) for one in workload.init]
    cpu = max(sum(cpu_millis(one.cpu_request) for one in containers), *(cpu_millis(one.cpu_request) for one in init), 0)
    memory = max(
        sum(memory_bytes(one.memory_request) for one in containers),
        *(memory_bytes(one.memory_request) for one in init),
        0,
    )
    return cpu, _mib(memory)


def _claims(claim: ChartClaim | None, service: SizedService | None) -> tuple[Claim, ...]:
    if claim is None:
        return ()
    return (Claim(claim.name, service.storage_gib if service else claim.size_gib),)


def _headroom(running: Iterable[tuple[ChartWorkload, Workload]], namespace: str) -> Workload:
    """Room for the largest of the updates that add pods before they take any away: the frontend's two.

    An upgrade of the release updates every Deployment at once, but their new pods need not all fit at once: one that is
    ready makes the old one go, and its room serves the next. Only the first must have room, and whatever comes first
    fits where the largest does. Recreated pods, those of StatefulSets, and those of Deployments that may miss one give
    their room back before they take it. (A restarted database whose room a waiting pod takes would wait for it, and the
    frontend for the database: a priority class for what holds data rules that out, not more room.)
    """
    updates = [(chart.extra_pods(workload.replicas), workload) for chart, workload in running]
    pods, largest = max(
        updates, key=lambda update: (update[0] * update[1].cpu_millis, update[0] * update[1].memory_mib)
    )
    return Workload(
        name=_HEADROOM,
        kind="headroom",
        namespace=namespace,
        replicas=pods,
        cpu_millis=largest.cpu_millis,
        memory_mib=largest.memory_mib,
        ephemeral_gib=largest.ephemeral_gib,
    )


def _dind(executors: ExecutorsPlan) -> tuple[Workload, ...]:
    """One pod a job, and the cache of images."""
    pods = _executor(executors, replicas=executors.jobs)
    # The chart gives the cache no requests at all, and its values have no key for them.
    cache = Workload(REGISTRY, "StatefulSet", executors.namespace, 1, 0, 0, claims=(Claim("cache", REGISTRY_GIB),))
    return pods, cache


def _native(chart: ExecutorChart, executors: ExecutorsPlan) -> tuple[Workload, ...]:
    """One pod that makes jobs, and room for these, whose pods are gone when they end."""
    name = executor_name(executors.queues)
    claims = (Claim(f"{chart.claim.name}{name}", chart.claim.size_gib),) if chart.claim else ()
    jobs = Workload(
        name=f"{name}-jobs",
        kind="headroom",
        namespace=executors.namespace,
        replicas=executors.jobs,
        cpu_millis=cpu_millis(JOB_CPU),
        memory_mib=_mib(memory_bytes(JOB_MEMORY)),
        ephemeral_gib=_gib(JOB_DISK),
    )
    return _executor(executors, replicas=1, claims=claims), jobs


def _executor(executors: ExecutorsPlan, *, replicas: int, claims: tuple[Claim, ...] = ()) -> Workload:
    requests = executor_requests(executors.kind)
    return Workload(
        name=executor_name(executors.queues),
        kind="Deployment",
        namespace=executors.namespace,
        replicas=replicas,
        cpu_millis=cpu_millis(requests["cpu"]),
        memory_mib=_mib(memory_bytes(requests["memory"])),
        ephemeral_gib=_gib(requests.get("ephemeral-storage", "0Gi")),
        claims=claims,
    )


def _mib(amount: int) -> int:
    return -(-amount // 2**20)


def _gib(text: str) -> int:
    return -(-memory_bytes(text) // 2**30)

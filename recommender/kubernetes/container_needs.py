"""Requests and limits of each container: what quotas and limit ranges of a namespace are compared with."""

from __future__ import annotations

from dataclasses import dataclass

from recommender.kubernetes.chart import chart_facts, runs
from recommender.kubernetes.plan import ApplicationPlan
from recommender.kubernetes.quantity import cpu_millis, memory_bytes


@dataclass(frozen=True, slots=True)
class ContainerNeed:
    """A container of the chart `sourcegraph`, init containers included."""

    workload: str
    """Name of the Deployment, StatefulSet or DaemonSet."""
    name: str
    init: bool
    cpu_request: int
    """Thousandths of a CPU."""
    cpu_limit: int
    memory_request: int
    """Bytes."""
    memory_limit: int


def container_needs(plan: ApplicationPlan) -> tuple[ContainerNeed, ...]:
    """Every container that runs in the namespace, as the chart will ask for it with the plan's sizes."""
    services = {service.key: service.resources for service in plan.services}
    found: list[ContainerNeed] = []
    for workload in chart_facts(plan.version).workloads:
        if not runs(workload, plan.bundled):
            continue
        for container in (*workload.init, *workload.containers):
            given = services.get(container.key, container.resources)
            found.append(
                ContainerNeed(
                    workload=workload.name,
                    name=container.name,
                    init=container in workload.init,
                    cpu_request=cpu_millis(given.cpu_request),
                    cpu_limit=cpu_millis(given.cpu_limit),
                    memory_request=memory_bytes(given.memory_request),
                    memory_limit=memory_bytes(given.memory_limit),
                )
            )
    return tuple(found)

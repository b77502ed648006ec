"""Values for the vendor's charts of executors: with a Docker daemon in each pod, or with Kubernetes jobs.

Keys: sourcegraph/deploy-sourcegraph-helm charts/sourcegraph-executor at v7.6.0, read 2026-11-22.
"""

from __future__ import annotations

from dataclasses import dataclass

from recommender.kubernetes.executor_charts import JOB_CPU, JOB_MEMORY, ExecutorChart, executor_requests
from recommender.kubernetes.plan import ApplicationPlan, ExecutorsPlan
from templates.context import checked
from templates.kubernetes import layers, outbound
from templates.kubernetes.context import LABEL, executors_secret, facts, frontend_url, no_text, queues


@dataclass(frozen=True, slots=True)
class ExecutorsContext:
    """What executors are told."""

    native: bool
    frontend_url: str
    secret: str
    queues: tuple[str, ...]
    jobs: int
    namespace: str
    requests: tuple[tuple[str, str], ...]
    """Of a pod with a Docker daemon."""
    job_cpu: str
    job_memory: str


@dataclass(frozen=True, slots=True)
class ExecutorRegistryContext:
    """Where executors' images come from."""

    docker: bool
    repository: str
    registry: str
    cached: str
    """URL whose images the cache fetches; empty: Docker Hub's."""
    pull_secret: str


@dataclass(frozen=True, slots=True)
class ExecutorProxyContext:
    """The way out of executors, and of the Docker daemon beside them."""

    docker: bool
    url: str
    direct: str


@dataclass(frozen=True, slots=True)
class NoContext:
    """A template without variables."""


def chart(plan: ApplicationPlan, wanted: ExecutorsPlan) -> ExecutorChart:
    """The chart of the plan's executors.

    Raises:
        MoorageError: the release has none that can be used.
    """
    found = facts(plan).native if wanted.kind == "native" else facts(plan).dind
    if found is None:
        raise no_text("executors.kind", f"the chart of {plan.version} for executors with Docker cannot be used")
    return found


def executors(plan: ApplicationPlan, wanted: ExecutorsPlan) -> ExecutorsContext:
    """Where the work comes from, and how much of it is done at once."""
    return ExecutorsContext(
        native=wanted.kind == "native",
        frontend_url=frontend_url(plan),
        secret=executors_secret(wanted),
        queues=queues(wanted),
        jobs=wanted.jobs,
        namespace=checked("executors.namespace", wanted.namespace, LABEL),
        requests=tuple(executor_requests("dind").items()),
        job_cpu=JOB_CPU,
        job_memory=JOB_MEMORY,
    )


def provider(plan: ApplicationPlan) -> NoContext | None:
    """Logs that GKE reads."""
    return NoContext() if plan.flavor == "gke" else None


def storage(plan: ApplicationPlan, found: ExecutorChart) -> layers.StorageContext | None:
    """The class of the cache's claim, or of the claim that native executors had before 7.6."""
    return layers.storage(plan) if found.registry or found.claim else None


def registry(plan: ApplicationPlan, wanted: ExecutorsPlan) -> ExecutorRegistryContext | None:
    """A registry of the organization's own, also for the images that are not the vendor's."""
    given = outbound.registry(plan)
    if given is None:
        return None
    host = given.repository.removesuffix("/sourcegraph")
    return ExecutorRegistryContext(
        docker=wanted.kind == "dind",
        repository=given.repository,
        registry=host,
        # The daemon asks a cache for the path that Docker Hub has, and cannot put another before it.
        cached=f"https://{host}" if host and "/" not in host else "",
        pull_secret=given.pull_secret,
    )


def proxy(plan: ApplicationPlan, wanted: ExecutorsPlan) -> ExecutorProxyContext | None:
    """The proxy. The daemon's configuration is a file, in which nothing is filled in."""
    if plan.proxy is None:
        return None
    direct, native = outbound.no_proxy(plan.proxy), wanted.kind == "native"
    cache = "private-docker-registry"
    return ExecutorProxyContext(
        docker=not native,
        url=outbound.proxy_url(plan.proxy),
        direct=f"{direct},$(KUBERNETES_SERVICE_HOST)" if native else f"{direct},{cache}",
    )

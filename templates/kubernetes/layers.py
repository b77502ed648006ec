"""The layers `size`, `provider`, `storage` and `scheduling` of the values for the chart `sourcegraph`.

Keys: sourcegraph/deploy-sourcegraph-helm charts/sourcegraph at v7.6.0 and v6.12.5040, read 2026-11-22.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from recommender.kubernetes.chart import DATABASES, REDIS
from recommender.kubernetes.chart_keys import unknown_keys
from recommender.kubernetes.plan import ApplicationPlan, Resources
from templates.context import checked
from templates.kubernetes.context import (
    OBJECT,
    bundled,
    facts,
    running,
    service_keys,
)

_QUANTITY = r"[0-9]+(\.[0-9]+)?(m|k|M|G|T|Ki|Mi|Gi|Ti)?"

# charts/sourcegraph/examples/gcp/override.yaml: the services that write logs of that format.
_LOG_JSON = (
    "frontend",
    "migrator",
    "gitserver",
    "grafana",
    "indexedSearch",
    "indexedSearchIndexer",
    "blobstore",
    "preciseCodeIntel",
    "syntacticCodeIntel",
    "searcher",
    "syntectServer",
    "worker",
)

_EXTERNAL = frozenset((*DATABASES, *REDIS, "blobstore"))
"""Switches that the layer external-services turns off."""

# values.yaml: users that the chart asks for. Fields of the pod's security context; each container has a user and group.
_USERS: Mapping[str, tuple[str, ...]] = {
    "alpine": (),
    "codeInsightsDB": ("runAsUser", "fsGroup"),
    "codeIntelDB": ("runAsUser", "fsGroup"),
    "frontend": (),
    "migrator": (),
    "gitserver": ("runAsUser", "runAsGroup", "fsGroup"),
    "grafana": ("runAsUser", "runAsGroup", "fsGroup"),
    "indexedSearch": ("fsGroup",),
    "indexedSearchIndexer": (),
    "blobstore": ("runAsUser", "runAsGroup", "fsGroup"),
    "pgsql": ("runAsUser", "runAsGroup", "fsGroup"),
    "syntacticCodeIntel": (),
    "preciseCodeIntel": (),
    "prometheus": ("fsGroup",),
    "redisCache": ("fsGroup",),
    "redisExporter": (),
    "redisStore": ("fsGroup",),
    "searcher": ("runAsUser", "fsGroup"),
    "syntectServer": (),
    "worker": (),
}
_KEEP = "helm.sh/resource-policy"


@dataclass(frozen=True, slots=True)
class ServiceSize:
    """One service, in the chart's own words."""

    key: str
    enabled: bool
    """It is off where the values say nothing."""
    replicas: int | None
    storage: str
    resources: Resources


@dataclass(frozen=True, slots=True)
class SizeContext:
    """What each service may take."""

    services: tuple[ServiceSize, ...]


@dataclass(frozen=True, slots=True)
class Users:
    """Users of one service that the cluster chooses in place of the chart."""

    key: str
    container: bool
    pod: tuple[str, ...]
    init: bool
    unprivileged: bool


@dataclass(frozen=True, slots=True)
class ProviderContext:
    """What the kind of cluster asks for."""

    log_services: tuple[str, ...]
    """Services whose logs the cloud is to understand."""
    off: tuple[str, ...]
    agents_off: bool
    users: tuple[Users, ...]


@dataclass(frozen=True, slots=True)
class StorageContext:
    """The class of every claim, and the claims that are to outlive the release."""

    name: str
    kept: tuple[str, ...]
    """Services whose claim belongs to the release; a StatefulSet's claims stay by themselves."""


@dataclass(frozen=True, slots=True)
class Placed:
    """A service that is not put just anywhere."""

    key: str
    app: str
    first: bool
    """It holds data."""
    spread: bool
    """There are several."""


@dataclass(frozen=True, slots=True)
class SchedulingContext:
    """Which node a pod is to run on, and which pod waits for which."""

    priority_class: str
    """Empty: none."""
    topologies: tuple[tuple[int, str], ...]
    """How much it matters that replicas are apart, and in what."""
    services: tuple[Placed, ...]


def size(plan: ApplicationPlan) -> SizeContext | None:
    """Replicas, resources and claims."""
    on = facts(plan).bundled
    switches = {workload.key: workload.switches for workload in running(plan)}
    services = tuple(
        ServiceSize(
            key=checked("services.key", service.key, "[A-Za-z]+"),
            enabled=any(switch not in on for switch in switches.get(service.key, ())),
            replicas=service.replicas,
            # Gi and nothing else: the searcher's template computes its cache from the number before it.
            storage=f"{service.storage_gib}Gi" if service.storage_gib else "",
            resources=_resources(service.resources),
        )
        for service in plan.services
    )
    return SizeContext(services) if services else None


def provider(plan: ApplicationPlan) -> ProviderContext | None:
    """Logs that GKE reads; on OpenShift no fixed users, and what cannot run there is off."""
    keys = service_keys(plan)
    switches = facts(plan).switches(bundled(plan))
    off = tuple(
        path.removesuffix(".enabled")
        for path, value in switches.items()
        if value is False and path.removesuffix(".enabled") not in _EXTERNAL
    )
    context = ProviderContext(
        log_services=tuple(key for key in _LOG_JSON if key in keys) if plan.flavor == "gke" else (),
        off=off,
        agents_off="openTelemetry.agent.kind" in switches,
        users=tuple(_users(key) for key in _USERS if key in keys) if plan.flavor == "openshift" else (),
    )
    return context if context.log_services or off or context.agents_off or context.users else None


def storage(plan: ApplicationPlan) -> StorageContext:
    """The class that is made beside the chart, or that exists."""
    claims = [each.key for each in running(plan) if plan.keep and each.claim and not each.claim.template]
    # Releases before 7.3.0 put no annotations on claims.
    kept = [key for key in claims if not unknown_keys({key: {"storageAnnotations": {_KEEP: "keep"}}}, plan.version)]
    return StorageContext(checked("storage_class.name", plan.storage_class.name, OBJECT), tuple(kept))


def scheduling(plan: ApplicationPlan) -> SchedulingContext | None:
    """Replicas apart, and what holds data first.

    Priorities only in a cluster of our own: they are the whole cluster's, and would push out pods of others.
    """
    replicas = {service.key: service.replicas or 1 for service in plan.services}
    services = [
        Placed(
            workload.key,
            workload.name,
            first=plan.own_cluster and workload.claim is not None,
            spread=replicas.get(workload.key, 1) > 1,
        )
        for workload in running(plan)
    ]
    context = SchedulingContext(
        topologies=((100, "topology.kubernetes.io/zone"), (50, "kubernetes.io/hostname")),
        priority_class=f"sourcegraph-{checked('name', plan.name, OBJECT)}-data" if plan.own_cluster else "",
        services=tuple(service for service in services if service.first or service.spread),
    )
    return context if context.services else None


def _resources(resources: Resources) -> Resources:
    amounts = (resources.cpu_request, resources.cpu_limit, resources.memory_request, resources.memory_limit)
    return Resources(*(checked("services.resources", amount, _QUANTITY) for amount in amounts))


def _users(key: str) -> Users:
    return Users(key, container=True, pod=_USERS[key], init=key == "codeInsightsDB", unprivileged=key == "prometheus")

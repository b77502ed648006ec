"""What the chart `sourcegraph` runs, as it stands in the chart: pods, their containers, claims and updates.

Source: sourcegraph/deploy-sourcegraph-helm, charts/sourcegraph/values.yaml and charts/sourcegraph/templates/, read
2026-11-22. The workloads are the same at every tag from v6.11.1446 to v7.6.0: each was rendered with its defaults and
compared. Jaeger, which the chart leaves off and moorage never switches on, is not here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from recommender.kubernetes.plan import Resources

ChartKind = Literal["Deployment", "StatefulSet", "DaemonSet"]


@dataclass(frozen=True, slots=True)
class ChartContainer:
    """A container, and what it asks for where the values say nothing."""

    key: str
    """The key of the values whose `resources` it reads."""
    name: str
    resources: Resources
    ports: tuple[int, ...] = ()
    host_ports: tuple[int, ...] = ()
    """Taken on its node itself, so that no two such pods share one."""
    privileged: bool = False
    ephemeral_gib: int = 0
    """Of the node's own disk; the chart asks for it beside CPU and memory."""


@dataclass(frozen=True, slots=True)
class ChartClaim:
    """A persistent volume claim that the chart makes."""

    name: str
    size_gib: int
    template: bool
    """True: a StatefulSet's claim template, so that each replica has its own, and no upgrade can change its size."""


@dataclass(frozen=True, slots=True)
class ChartWorkload:
    """Pods of one kind. The label `app` with its name selects them, and nothing else."""

    key: str
    """The key of the values; `openTelemetry.gateway` stands for two levels of them."""
    name: str
    """Of the Deployment, StatefulSet or DaemonSet, and of the label `app`."""
    kind: ChartKind
    containers: tuple[ChartContainer, ...]
    init: tuple[ChartContainer, ...] = ()
    replicas: int = 1
    """A DaemonSet: 0, one pod a node."""
    has_replica_count: bool = False
    """The template reads `replicaCount`; elsewhere the number is fixed."""
    claim: ChartClaim | None = None
    switches: tuple[str, ...] = ()
    """Keys that are all switched on where it runs; none: it cannot be switched off."""
    on: bool = True
    """It runs where the values say nothing."""
    service_account: str = "default"
    """What its pods run as where the values say nothing. Any but `default` is created by the chart."""
    recreate: bool = False
    """An update stops the old pod before it starts the new one."""
    max_surge: int | None = None
    """Pods that an update adds; None: the chart says nothing, so a quarter, rounded up, for a Deployment."""
    max_unavailable: int | None = None
    """Pods that an update may take away at once; None: the same, rounded down."""
    host_paths: bool = False
    """It mounts directories of its node."""
    host_pid: bool = False

    @property
    def selector(self) -> dict[str, str]:
        """Labels that select its pods. Grafana's own selector has no other label either."""
        return {"app": self.name}

    def extra_pods(self, replicas: int) -> int:
        """Pods that an update adds before it takes any away; 0 where it can take one away first."""
        if self.kind != "Deployment" or self.recreate:
            return 0
        unavailable = replicas // 4 if self.max_unavailable is None else self.max_unavailable
        surge = -(-replicas // 4) if self.max_surge is None else self.max_surge
        return 0 if unavailable else surge

    @property
    def privileged(self) -> bool:
        """A container of it is privileged."""
        return any(container.privileged for container in (*self.init, *self.containers))

    @property
    def host_ports(self) -> tuple[int, ...]:
        """Ports that it takes on its node."""
        return tuple(port for container in self.containers for port in container.host_ports)


_POSTGRES_EXPORTER = ChartContainer(
    "postgresExporter", "pgsql-exporter", Resources("10m", "10m", "50Mi", "50Mi"), ports=(9187,)
)
_REDIS_EXPORTER = ChartContainer(
    "redisExporter", "redis-exporter", Resources("10m", "10m", "100Mi", "100Mi"), ports=(9121,)
)
_PERMISSIONS = ChartContainer("alpine", "correct-data-dir-permissions", Resources("10m", "10m", "50Mi", "50Mi"))


def _database(key: str, name: str, container: str, memory: str) -> ChartWorkload:
    main = ChartContainer(key, container, Resources("4", "4", memory, memory), ports=(5432,))
    claim, containers = ChartClaim(name, 200, template=False), (main, _POSTGRES_EXPORTER)
    return ChartWorkload(key, name, "StatefulSet", containers, init=(_PERMISSIONS,), claim=claim, switches=(key,))


def _redis(key: str, name: str) -> ChartWorkload:
    main = ChartContainer(key, name, Resources("1", "1", "7Gi", "7Gi"), ports=(6379,))
    claim, containers = ChartClaim(name, 100, template=False), (main, _REDIS_EXPORTER)
    return ChartWorkload(key, name, "Deployment", containers, claim=claim, switches=(key,), recreate=True)


def _code_intel(key: str, name: str, *, on: bool) -> ChartWorkload:
    return ChartWorkload(
        key,
        name,
        "Deployment",
        (ChartContainer(key, name, Resources("500m", "2", "2G", "4G"), ports=(3188, 6060)),),
        replicas=2,
        has_replica_count=True,
        switches=() if on else (key,),
        on=on,
        max_surge=1,
        max_unavailable=1,
    )


WORKLOADS: tuple[ChartWorkload, ...] = (
    ChartWorkload(
        "frontend",
        "sourcegraph-frontend",
        "Deployment",
        (
            ChartContainer(
                "frontend", "frontend", Resources("2", "2", "2G", "4G"), ports=(3080, 3090, 6060), ephemeral_gib=4
            ),
        ),
        init=(ChartContainer("migrator", "migrator", Resources("100m", "500m", "50M", "100M")),),
        replicas=2,
        has_replica_count=True,
        service_account="sourcegraph-frontend",
        max_surge=2,
        max_unavailable=0,
    ),
    ChartWorkload(
        "gitserver",
        "gitserver",
        "StatefulSet",
        (ChartContainer("gitserver", "gitserver", Resources("4", "4", "8G", "8G"), ports=(3178, 6060)),),
        has_replica_count=True,
        claim=ChartClaim("repos", 200, template=True),
    ),
    ChartWorkload(
        "indexedSearch",
        "indexed-search",
        "StatefulSet",
        (
            ChartContainer("indexedSearch", "zoekt-webserver", Resources("500m", "2", "2G", "4G"), ports=(6070,)),
            ChartContainer("indexedSearchIndexer", "zoekt-indexserver", Resources("4", "8", "4G", "8G"), ports=(6072,)),
        ),
        has_replica_count=True,
        claim=ChartClaim("data", 200, template=True),
    ),
    _database("pgsql", "pgsql", "pgsql", "4Gi"),
    _database("codeIntelDB", "codeintel-db", "pgsql", "4Gi"),
    _database("codeInsightsDB", "codeinsights-db", "codeinsights", "2Gi"),
    _redis("redisCache", "redis-cache"),
    _redis("redisStore", "redis-store"),
    _code_intel("preciseCodeIntel", "precise-code-intel-worker", on=True),
    _code_intel("syntacticCodeIntel", "syntactic-code-intel-worker", on=False),
    ChartWorkload(
        "searcher",
        "searcher",
        "StatefulSet",
        (ChartContainer("searcher", "searcher", Resources("500m", "2", "500M", "2G"), ports=(3181, 6060)),),
        has_replica_count=True,
        claim=ChartClaim("cache", 26, template=True),
    ),
    ChartWorkload(
        "worker",
        "worker",
        "Deployment",
        (ChartContainer("worker", "worker", Resources("500m", "2", "2G", "4G"), ports=(3189, 6060, 6996)),),
        has_replica_count=True,
        max_surge=1,
        max_unavailable=1,
    ),
    ChartWorkload(
        "syntectServer",
        "syntect-server",
        "Deployment",
        (ChartContainer("syntectServer", "syntect-server", Resources("250m", "4", "2G", "6G"), ports=(9238, 6060)),),
        has_replica_count=True,
        max_surge=1,
        max_unavailable=0,
    ),
    ChartWorkload(
        "blobstore",
        "blobstore",
        "Deployment",
        (ChartContainer("blobstore", "blobstore", Resources("1", "1", "500M", "500M"), ports=(9000,)),),
        claim=ChartClaim("blobstore", 100, template=False),
        switches=("blobstore",),
        recreate=True,
    ),
    ChartWorkload(
        "prometheus",
        "prometheus",
        "Deployment",
        (ChartContainer("prometheus", "prometheus", Resources("500m", "2", "6G", "6G"), ports=(9090,)),),
        claim=ChartClaim("prometheus", 200, template=False),
        switches=("prometheus",),
        service_account="prometheus",
        recreate=True,
    ),
    ChartWorkload(
        "grafana",
        "grafana",
        "StatefulSet",
        (ChartContainer("grafana", "grafana", Resources("100m", "1", "512Mi", "512Mi"), ports=(3370,)),),
        claim=ChartClaim("grafana-data", 2, template=True),
        switches=("grafana",),
        service_account="grafana",
    ),
    ChartWorkload(
        "openTelemetry.gateway",
        "otel-collector",
        "Deployment",
        (
            ChartContainer(
                "openTelemetry.gateway",
                "otel-collector",
                Resources("1", "3", "1Gi", "3Gi"),
                ports=(4317, 4318, 8888, 55679),
            ),
        ),
        switches=("openTelemetry",),
    ),
    ChartWorkload(
        "openTelemetry.agent",
        "otel-agent",
        "DaemonSet",
        (
            ChartContainer(
                "openTelemetry.agent",
                "otel-agent",
                Resources("100m", "500m", "100Mi", "500Mi"),
                ports=(4317, 4318, 55679),
                host_ports=(4317, 4318, 55679),
            ),
        ),
        replicas=0,
        switches=("openTelemetry", "openTelemetry.agent"),
    ),
    ChartWorkload(
        "cadvisor",
        "cadvisor",
        "DaemonSet",
        (
            ChartContainer(
                "cadvisor", "cadvisor", Resources("150m", "300m", "200Mi", "2000Mi"), ports=(48080,), privileged=True
            ),
        ),
        replicas=0,
        switches=("cadvisor",),
        service_account="cadvisor",
        host_paths=True,
    ),
    ChartWorkload(
        "nodeExporter",
        "node-exporter",
        "DaemonSet",
        (ChartContainer("nodeExporter", "node-exporter", Resources("200m", "1", "100Mi", "1Gi"), ports=(9100,)),),
        replicas=0,
        switches=("nodeExporter",),
        host_paths=True,
        host_pid=True,
    ),
)
"""In the order in which every table of moorage lists the services; what the estimator does not know comes last."""

"""What the override says of each service of the vendor's Compose file.

Names, limits and variables: sourcegraph/deploy-sourcegraph-docker@v7.5.4453 docker-compose/docker-compose.yaml, read
2026-11-22. A variable of that file cannot be taken away, only given another value: Compose resets keys of mappings, and
there variables are a list.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from recommender.host import Database, Executors, HostPlan, ObjectStorage, Redis, Secret
from templates.context import checked

Variables = tuple[tuple[str, str], ...]

# Hosts, users, buckets: nothing that YAML, Compose or a shell reads as more than itself.
_PLAIN = r"[A-Za-z0-9][A-Za-z0-9._-]*"

# Containers by the Helm chart's key, which the plan counts in. There is one of each, so it gets what the plan gives all
# replicas together; the frontend is two containers, of which either may have the whole.
_BY_KEY: Mapping[str, tuple[str, ...]] = {
    "frontend": ("sourcegraph-frontend-0", "sourcegraph-frontend-internal"),
    "gitserver": ("gitserver-0",),
    "indexedSearch": ("zoekt-webserver-0",),
    "indexedSearchIndexer": ("zoekt-indexserver-0",),
    "pgsql": ("pgsql",),
    "codeIntelDB": ("codeintel-db",),
    "codeInsightsDB": ("codeinsights-db",),
    "redisCache": ("redis-cache",),
    "redisStore": ("redis-store",),
    "preciseCodeIntel": ("precise-code-intel-worker",),
    "syntacticCodeIntel": ("syntactic-code-intel-worker",),
    "searcher": ("searcher-0",),
    "worker": ("worker",),
    "syntectServer": ("syntect-server",),
    "blobstore": ("blobstore",),
    "prometheus": ("prometheus",),
}

# CPUs and MB of what the plan does not know: the vendor's own, as far as the machine has them.
_OWN: Mapping[str, tuple[float, int]] = {
    "migrator": (0.5, 500),
    "caddy": (4, 4096),
    "grafana": (1, 1024),
    "cadvisor": (1, 1024),
    "node-exporter": (0.5, 1024),
    "otel-collector": (1, 1024),
    "pgsql-exporter": (0.1, 50),
    "codeintel-db-exporter": (0.1, 50),
    "codeinsights-db-exporter": (0.1, 50),
}

SERVICE_NAMES = tuple(sorted({name for names in _BY_KEY.values() for name in names} | {*_OWN, "executor"}))
"""Every service that may run, by which the others reach it."""

# Docker kills after 10 seconds, which is less than writing 6 GB to disk takes, or ending a clone.
_GRACE: Mapping[str, str] = {"redis-cache": "60s", "redis-store": "60s", "gitserver-0": "60s", "blobstore": "30s"}

_DATABASES: Mapping[str, tuple[str, str]] = {
    "pgsql": ("pgsql", ""),
    "codeintel": ("codeintel-db", "CODEINTEL_"),
    "codeinsights": ("codeinsights-db", "CODEINSIGHTS_"),
}
_FRONTENDS = _BY_KEY["frontend"]
_DATABASE_USERS = ("migrator", *_FRONTENDS)
# sourcegraph/deploy-sourcegraph-helm@v7.6.0 charts/sourcegraph/templates (sourcegraph.redisConnection), read 2026-11-22
_REDIS_USERS = (*_FRONTENDS, "gitserver-0", "searcher-0", "worker")
# The union of the vendor's lists, which is also that of deploy-sourcegraph-docker docker-compose/README.md (a version
# after v7.5.4453, read 2026-11-22).
_UPLOAD_USERS = (*_REDIS_USERS, "precise-code-intel-worker", "syntactic-code-intel-worker")
_BUNDLED_UPLOAD_USERS = (*_FRONTENDS, "worker", "precise-code-intel-worker", "syntactic-code-intel-worker")
# sourcegraph/docs@3499c087 docs/self-hosted/private-network.mdx, read 2026-11-22
_PROXIED = (*_FRONTENDS, "gitserver-0", "migrator", "worker", "executor")


@dataclass(frozen=True, slots=True)
class Mount:
    """A file or directory of the machine within a container."""

    source: str
    target: str
    read_only: bool = True
    created: bool = False
    """Whether Docker makes an empty directory of a source that does not exist."""


@dataclass(frozen=True, slots=True)
class ComposeService:
    """What the override says of one service."""

    name: str
    cpus: str
    memory: str
    """Such as 4096m."""
    removed: bool = False
    image: str = ""
    """Only of a service that the vendor's file does not have."""
    root: bool = False
    privileged: bool = False
    # Empty or None is as the vendor says.
    grace: str = ""
    """How long it has to stop."""
    ports: tuple[str, ...] | None = None
    """What it publishes in place of the vendor's ports."""
    labels: Variables = ()
    waits_for: tuple[str, ...] | None = None
    """Which services must have ended well before it starts; no name: it waits for nothing."""
    groups: tuple[str, ...] = ()
    environment: Variables = ()
    """What only this service gets, beside what its groups share."""
    mounts: tuple[Mount, ...] = ()


@dataclass(frozen=True, slots=True)
class Group:
    """Variables that several services share."""

    name: str
    variables: Variables
    services: tuple[str, ...]


def compose_groups(plan: HostPlan, proxy: Variables) -> tuple[Group, ...]:
    """Variables that services share (`proxy`: those that name the proxy); a group without variables is left out."""
    storage = plan.external.object_storage
    acme = ("caddy",) if plan.tls.mode == "lets-encrypt" else ()
    databases = tuple(line for database in plan.external.databases for line in _database(database))
    groups = (
        Group("proxy", proxy, (*_PROXIED, *acme)),
        Group("databases", databases, _DATABASE_USERS),
        Group("redis", _redis(plan.external.redis) if plan.external.redis else (), _REDIS_USERS),
        Group("uploads", _uploads("SOURCEGRAPH_UPLOAD_", storage), _UPLOAD_USERS),
        # The vendor's file points the older variables at the blobstore, which is gone.
        Group("older-uploads", _uploads("PRECISE_CODE_INTEL_UPLOAD_", storage), _BUNDLED_UPLOAD_USERS),
    )
    return tuple(group for group in groups if group.variables)


def compose_services(plan: HostPlan, groups: Sequence[Group], caddyfile: str) -> tuple[ComposeService, ...]:
    """Every service of the plan's machine, sorted by name.

    Args:
        plan: of the machine.
        groups: what services share.
        caddyfile: a digest of the Caddyfile: another one restarts Caddy, which does not see that its file was replaced.
    """
    removed = set(_removed(plan))
    limits = dict(_limits(plan))
    return tuple(
        ComposeService(name, *limits[name], removed=True)
        if name in removed
        else _service(plan, name, limits[name], groups, caddyfile)
        for name in SERVICE_NAMES
        if name != "executor" or plan.executors is not None
    )


def _limits(plan: HostPlan) -> Iterator[tuple[str, tuple[str, str]]]:
    """CPUs and memory by service; Docker refuses more CPUs than the machine has."""
    wanted = {**_OWN, "executor": (1, 4096)}  # executors/executor.docker-compose.yaml; its jobs are beside it
    for service in plan.services:
        for name in _BY_KEY[service.key]:
            memory = round(service.replicas * service.memory_limit_gb * 1024)
            wanted[name] = (service.replicas * service.cpu_limit, memory)
    for name, (cpus, memory) in wanted.items():
        yield name, (f"{min(cpus, plan.vcpu):g}", f"{min(memory, plan.memory_gb * 1024)}m")


def _removed(plan: HostPlan) -> Iterator[str]:
    for database in plan.external.databases:
        name, _ = _DATABASES[database.key]
        yield from (name, f"{name}-exporter")
    if plan.external.redis is not None:
        yield from ("redis-cache", "redis-store")
    if plan.external.object_storage is not None:
        yield "blobstore"


def _service(
    plan: HostPlan, name: str, limits: tuple[str, str], groups: Sequence[Group], caddyfile: str
) -> ComposeService:
    cpus, memory = limits
    executors = plan.executors if name == "executor" else None
    waits_for = {"migrator": (), "sourcegraph-frontend-internal": ("migrator",)} if plan.external.databases else {}
    return ComposeService(
        name=name,
        cpus=cpus,
        memory=memory,
        image=f"index.docker.io/sourcegraph/executor:{plan.version}" if executors else "",
        # The key is readable for root alone; the image runs as root anyway, which nothing promises.
        root=executors is not None or (name == "caddy" and plan.tls.mode == "certificate"),
        privileged=executors is not None,
        grace=_GRACE.get(name, ""),
        ports=_ports(plan, name),
        labels=_labels(plan, caddyfile) if name == "caddy" else (),
        waits_for=waits_for.get(name),
        groups=tuple(group.name for group in groups if name in group.services),
        environment=_executor(executors) if executors else (),
        mounts=tuple(_mounts(plan, name)),
    )


def _ports(plan: HostPlan, name: str) -> tuple[str, ...] | None:
    if name == "prometheus":
        return ("127.0.0.1:9090:9090",)
    if name == "caddy":
        return ("80:80",) if plan.tls.mode == "none" else ("80:80", "443:443")
    return None


def _labels(plan: HostPlan, caddyfile: str) -> Variables:
    """What recreates Caddy when it changes."""
    certificate = ("moorage.certificate", "${MOORAGE_CERTIFICATE:?run moorage-start}")
    return (("moorage.caddyfile", caddyfile), *((certificate,) if plan.tls.mode == "certificate" else ()))


def _mounts(plan: HostPlan, name: str) -> Iterator[Mount]:
    if name == "caddy":
        yield Mount("/etc/moorage/docker-compose/Caddyfile", "/etc/caddy/Caddyfile")
        if plan.tls.mode == "certificate":
            for file in ("tls-certificate", "tls-key"):
                yield Mount(f"/run/moorage/secrets/{file}", f"/run/moorage/secrets/{file}")
    if name == "cadvisor":  # it looks where the daemon says, and where the vendor's file has it
        for target in ("/var/lib/docker", "/mnt/data/docker"):
            yield Mount("/mnt/data/docker", target)
    if name == "executor":
        yield Mount("/var/run/docker.sock", "/var/run/docker.sock", read_only=False)
        yield Mount("/mnt/data/executor", "/scratch", read_only=False, created=True)


def _database(database: Database) -> Variables:
    _, prefix = _DATABASES[database.key]
    at = f"external.postgres.{database.key}"
    return (
        (f"{prefix}PGHOST", checked(f"{at}.host", database.host, _PLAIN)),
        (f"{prefix}PGPORT", checked(f"{at}.port", str(database.port), "[0-9]{1,5}")),
        (f"{prefix}PGUSER", checked(f"{at}.user", database.user, _PLAIN)),
        (f"{prefix}PGPASSWORD", _reference(database.password)),
        (f"{prefix}PGDATABASE", checked(f"{at}.database", database.database, _PLAIN)),
        (f"{prefix}PGSSLMODE", checked(f"{at}.sslmode", database.sslmode, "[a-z-]+")),
        (f"{prefix}PGDATASOURCE", ""),  # it would win over the others
    )


def _redis(redis: Redis) -> Variables:
    return (("REDIS_CACHE_ENDPOINT", _reference(redis.cache)), ("REDIS_STORE_ENDPOINT", _reference(redis.store)))


def _uploads(prefix: str, storage: ObjectStorage | None) -> Variables:
    return tuple((f"{prefix}{name}", value) for name, value in _bucket(storage)) if storage else ()


def _bucket(storage: ObjectStorage) -> Iterator[tuple[str, str]]:
    at = "external.object_storage"
    yield "BACKEND", storage.kind.upper()
    yield "BUCKET", checked(f"{at}.bucket", storage.bucket, _PLAIN)
    yield "MANAGE_BUCKET", "false"
    # An empty endpoint is AWS itself. It is said for GCS too, where the vendor's file names the blobstore's.
    yield "AWS_ENDPOINT", checked(f"{at}.endpoint", storage.endpoint or "", r"(https?://[A-Za-z0-9._~:/-]+)?")
    if storage.access_key and storage.secret_key:
        yield "AWS_REGION", checked(f"{at}.region", storage.region or "", _PLAIN)
        yield "AWS_USE_PATH_STYLE", "true" if storage.endpoint else "false"
        yield "AWS_ACCESS_KEY_ID", _reference(storage.access_key)
        yield "AWS_SECRET_ACCESS_KEY", _reference(storage.secret_key)
    if storage.credentials:
        yield "GCP_PROJECT_ID", checked(f"{at}.project", storage.project or "", _PLAIN)
        # As text: services run as another user than root, who alone may read the file.
        yield "GOOGLE_APPLICATION_CREDENTIALS_FILE_CONTENT", _reference(storage.credentials)


def _executor(executors: Executors) -> Variables:
    # Names: sourcegraph/deploy-sourcegraph-docker@v7.5.4453 docker-compose/executors/executor.docker-compose.yaml, and
    # sourcegraph/docs@3499c087 docs/self-hosted/executors, read 2026-11-22.
    return (
        ("EXECUTOR_FRONTEND_URL", "http://sourcegraph-frontend-0:3080"),
        ("EXECUTOR_FRONTEND_PASSWORD", _reference(executors.password)),
        ("EXECUTOR_QUEUE_NAMES", ",".join(checked("executors.queues", name, "[a-z]+") for name in executors.queues)),
        ("EXECUTOR_MAXIMUM_NUM_JOBS", str(executors.jobs)),
        ("EXECUTOR_JOB_NUM_CPUS", "4"),
        ("EXECUTOR_JOB_MEMORY", "12G"),
        ("EXECUTOR_USE_FIRECRACKER", "false"),
        ("EXECUTOR_DOCKER_HOST_MOUNT_PATH", "/mnt/data/executor"),
        ("TMPDIR", "/scratch"),
        ("UID", "1000"),
        ("GID", "1000"),
    )


def _reference(secret: Secret) -> str:
    """What Compose replaces by the secret, or refuses to start without."""
    name = checked("secret", secret.name, r"[a-z][a-z0-9-]*").replace("-", "_").upper()
    return f"${{MOORAGE_{name}:?run moorage-start}}"

"""What only the install script has: k3s' settings, the Helm chart's values, and the script that starts it all."""

from __future__ import annotations

from dataclasses import dataclass

from recommender.host import External, HostPlan, ObjectStorage, Service
from templates import script_secrets
from templates.context import VERSION, File, checked
from templates.host_files import LIBRARY, rendered

POD_RANGE, SERVICE_RANGE = "10.42.0.0/16", "10.43.0.0/16"
"""k3s' defaults, spelled out because firewall rules repeat them: k3s-io/docs docs/cli/server.md, unverified."""

_SETTINGS = "/etc/moorage/install-script"

# sourcegraph/deploy-sourcegraph-helm@v6.12.5040 charts/sourcegraph/templates, read 2026-11-22: the other workloads have
# one replica, whatever `replicaCount` says.
_REPLICATED = frozenset(
    ("frontend", "gitserver", "indexedSearch", "preciseCodeIntel", "searcher", "syntectServer", "worker")
)
# The same, templates/**/*.Service.yaml. Go takes a bare name for the name and everything below it.
_CHART_SERVICES = (
    "blobstore,codeinsights-db,codeintel-db,gitserver,grafana,indexed-search,indexed-search-indexer,otel-collector,"
    "pgsql,precise-code-intel-worker,prometheus,redis-cache,redis-store,searcher,sourcegraph-frontend,"
    "sourcegraph-frontend-internal,syntect-server,worker,worker-executors"
)
# sourcegraph/docs@3499c087 docs/self-hosted/private-network.mdx, read 2026-11-22. The migrator has no size of its own.
_CALL_OUT = frozenset(("frontend", "gitserver", "worker"))
# The same repository, docs/self-hosted/external-services/object-storage.mdx: prefixes of releases before 7.2.
_UPLOADS = {
    "frontend": ("PRECISE_CODE_INTEL", "SEARCH_JOBS"),
    "worker": ("PRECISE_CODE_INTEL", "SEARCH_JOBS"),
    "preciseCodeIntel": ("PRECISE_CODE_INTEL",),
}
_HOST = r"[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?"
_URL = rf"https?://{_HOST}(:[0-9]{{1,5}})?(/[A-Za-z0-9._~/-]*)?"


@dataclass(frozen=True, slots=True)
class ServiceValues:
    """One service, in the chart's own words."""

    key: str
    replicas: int | None
    """None: the chart has no `replicaCount` for it."""
    cpu_request: str
    cpu_limit: str
    memory_request: str
    memory_limit: str
    storage: str
    """Of its claim; empty: the chart's own."""
    proxied: bool
    uploads: tuple[str, ...]
    """Prefixes of the variables that name the bucket; empty where the service uses none."""


@dataclass(frozen=True, slots=True)
class OwnService:
    """A bundled service that is switched off, because the organization runs it."""

    key: str
    section: str
    """Where the chart looks for the secret."""
    secret: str | None


@dataclass(frozen=True, slots=True)
class Variable:
    """One setting of the object storage, without its prefix. Exactly one of `value` and `kept_as` is set."""

    name: str
    value: str | None = None
    kept_as: str | None = None
    """Its key in the Kubernetes secret."""


@dataclass(frozen=True, slots=True)
class ProxyValues:
    """The way out, and what does not take it."""

    url: str
    no_proxy_of_services: str
    """Ends with the node's own address, which Kubernetes fills in."""
    no_proxy_of_cluster: str


@dataclass(frozen=True, slots=True)
class ScriptContext:
    """What the templates of the install script may say."""

    version: str
    tls: str
    entry_point: str
    """Of the ingress controller: websecure, or web for plain HTTP."""
    domain: str
    """Empty where no certificate names it."""
    email: str
    registry: str
    """Empty: Docker Hub."""
    pod_range: str
    service_range: str
    services: tuple[ServiceValues, ...]
    external: tuple[OwnService, ...]
    storage: tuple[Variable, ...]
    proxy: ProxyValues | None


def files(plan: HostPlan) -> tuple[File, ...]:
    """The files that only a machine with the install script gets.

    Raises:
        MoorageError: a value of the plan that has no business in a file that root reads.
    """
    context = _context(plan)
    names = ["k3s.yaml", "k3s.service", "traefik.yaml", "values.yaml"]
    if context.registry:
        names.append("registries.yaml")
    if context.tls == "certificate":
        names.append("certificate.yaml")
    # The script comes first, next to the shared ones: boot data is compressed within 32 KiB windows, and this is the
    # order in which the least of it is left.
    rows = [(f"{LIBRARY}/start", "0755", "install_script/start.sh.j2")]
    rows += [(f"{_SETTINGS}/{name}", "0644", f"install_script/{name}.j2") for name in names]
    return (*rendered(rows, context), File(f"{_SETTINGS}/secrets.tsv", "0644", script_secrets.rows(plan)))


def _context(plan: HostPlan) -> ScriptContext:
    external = plan.external
    own = _own_services(external)
    off = {"syntacticCodeIntel", *(service.key for service in own)}
    return ScriptContext(
        version=checked("version", plan.version, VERSION),
        tls=checked("tls.mode", plan.tls.mode, "self-signed|certificate|lets-encrypt|none"),
        entry_point="web" if plan.tls.mode == "none" else "websecure",
        domain=checked("domain", plan.domain or "", f"({_HOST})?"),
        email=checked("tls.email", plan.tls.email or "", r"([A-Za-z0-9][A-Za-z0-9._+-]*@[A-Za-z0-9.-]+)?"),
        registry=checked("sources.registry", plan.sources.registry or "", rf"({_HOST}(:[0-9]{{1,5}})?)?"),
        pod_range=POD_RANGE,
        service_range=SERVICE_RANGE,
        services=tuple(_service(plan, service) for service in plan.services if service.key not in off),
        external=own,
        storage=_storage(external.object_storage) if external.object_storage else (),
        proxy=_proxy(plan),
    )


def _service(plan: HostPlan, service: Service) -> ServiceValues:
    return ServiceValues(
        key=checked("services.key", service.key, "[A-Za-z]+"),
        replicas=service.replicas if service.key in _REPLICATED else None,
        cpu_request=_cpus(service.cpu_request),
        cpu_limit=_cpus(service.cpu_limit),
        memory_request=_memory(service.memory_request_gb),
        memory_limit=_memory(service.memory_limit_gb),
        # Claims never change their size here: k3s' storage does not enforce one, and Kubernetes refuses the change. The
        # searcher alone derives its cache from it, so the start script makes way for a new size.
        storage=f"{service.storage_gb}Gi" if service.key == "searcher" and service.storage_gb else "",
        proxied=plan.proxy is not None and service.key in _CALL_OUT,
        uploads=_UPLOADS.get(service.key, ()) if plan.external.object_storage else (),
    )


def _cpus(cpus: float) -> str:
    return f"{round(cpus * 1000)}m"


def _memory(gigabytes: float) -> str:
    return f"{round(gigabytes * 1000)}M"


def _own_services(external: External) -> tuple[OwnService, ...]:
    found = [
        OwnService(script_secrets.CHART_DATABASES[database.key], "auth", script_secrets.database(database.key))
        for database in external.databases
    ]
    if external.redis:
        found += [
            OwnService(key, "connection", name)
            for key, name in (("redisCache", "sourcegraph-redis-cache"), ("redisStore", "sourcegraph-redis-store"))
        ]
    if external.object_storage:
        found.append(OwnService("blobstore", "", None))
    return tuple(found)


def _storage(storage: ObjectStorage) -> tuple[Variable, ...]:
    bucket = checked("external.object_storage.bucket", storage.bucket, r"[a-z0-9][a-z0-9._-]{1,61}[a-z0-9]")
    if storage.kind == "gcs":
        project = checked("external.object_storage.project", storage.project or "", r"[a-z][a-z0-9-]{4,28}[a-z0-9]")
        return (
            Variable("BACKEND", "GCS"),
            Variable("BUCKET", bucket),
            Variable("GCP_PROJECT_ID", project),
            Variable("GOOGLE_APPLICATION_CREDENTIALS_FILE_CONTENT", kept_as="credentials"),
        )
    region = checked("external.object_storage.region", storage.region or "", r"[a-z0-9][a-z0-9-]{1,40}")
    given = checked("external.object_storage.endpoint", storage.endpoint or "", f"({_URL})?")
    return (
        Variable("BACKEND", "S3"),
        Variable("BUCKET", bucket),
        Variable("AWS_REGION", region),
        # Without one, Sourcegraph asks the bundled blobstore, which is off.
        Variable("AWS_ENDPOINT", given or f"https://s3.{region}.amazonaws.com"),
        # Stores other than AWS rarely have a name for each bucket.
        Variable("AWS_USE_PATH_STYLE", "true" if given else "false"),
        Variable("AWS_ACCESS_KEY_ID", kept_as="access-key"),
        Variable("AWS_SECRET_ACCESS_KEY", kept_as="secret-key"),
    )


def _proxy(plan: HostPlan) -> ProxyValues | None:
    if plan.proxy is None:
        return None
    own = [checked("proxy.no_proxy", host, _HOST) for host in plan.proxy.no_proxy]
    cluster = ["localhost", "127.0.0.0/8", "169.254.169.254", POD_RANGE, SERVICE_RANGE, ".svc", ".cluster.local"]
    return ProxyValues(
        url=checked("proxy.url", plan.proxy.url, _URL),
        no_proxy_of_services=",".join([*cluster, _CHART_SERVICES, *own, "$(NODE_IP)"]),
        no_proxy_of_cluster=",".join([*cluster, *own]),
    )

"""The layers `registry`, `proxy` and `security`: what pods fetch from elsewhere, on which way, and whom they trust.

Keys: sourcegraph/deploy-sourcegraph-helm charts/sourcegraph at v7.6.0 and v6.12.5040, read 2026-11-22.
"""

from __future__ import annotations

from dataclasses import dataclass

from recommender.host import Proxy
from recommender.kubernetes.chart import PROXIED
from recommender.kubernetes.plan import ApplicationPlan
from templates.context import checked
from templates.kubernetes.context import OBJECT, PRIVATE, REGISTRY_HOST, URL, uploaders

# The chart's Services (templates/**/*.Service.yaml). Go takes a bare name for the name and everything below it.
_SERVICES = (
    "blobstore,codeinsights-db,codeintel-db,gitserver,grafana,indexed-search,indexed-search-indexer,otel-collector,"
    "pgsql,precise-code-intel-worker,prometheus,redis-cache,redis-store,searcher,sourcegraph-frontend,"
    "sourcegraph-frontend-internal,syntactic-code-intel-worker,syntect-server,worker,worker-executors"
)
# Where pods fetch credentials: EC2 and GCE, GKE by name, and the agent of EKS Pod Identity (aws/eks-pod-identity-agent
# README.md, read 2026-11-22).
_METADATA = "169.254.169.254,metadata.google.internal,169.254.170.23"


@dataclass(frozen=True, slots=True)
class RegistryContext:
    """Where images come from."""

    repository: str
    """Empty: the chart's own, on Docker Hub."""
    pull_secret: str


@dataclass(frozen=True, slots=True)
class ProxyContext:
    """The way out."""

    services: tuple[str, ...]
    url: str
    direct: str
    """What does not take it."""


@dataclass(frozen=True, slots=True)
class Trusting:
    """A service that calls out."""

    key: str
    own_pod: bool
    """False: an init container, whose pod's volumes another service has."""


@dataclass(frozen=True, slots=True)
class SecurityContext:
    """An authority of the organization's own."""

    services: tuple[Trusting, ...]
    secret: str


def registry(plan: ApplicationPlan) -> RegistryContext | None:
    """A registry of the organization's own."""
    if plan.registry is None and plan.image_pull_secret is None:
        return None
    return RegistryContext(repository=repository(plan), pull_secret=pull_secret(plan))


def repository(plan: ApplicationPlan) -> str:
    """What precedes the names of the vendor's images; empty: the chart's own."""
    return f"{checked('registry', plan.registry, REGISTRY_HOST)}/sourcegraph" if plan.registry else ""


def pull_secret(plan: ApplicationPlan) -> str:
    """Docker credentials of the namespace; empty: none."""
    return checked("image_pull_secret", plan.image_pull_secret or "", f"({OBJECT})?")


def proxy(plan: ApplicationPlan) -> ProxyContext | None:
    """The proxy, for all that calls out."""
    if plan.proxy is None:
        return None
    # Kubernetes fills both in: the node's own address from a variable beside it, the API's because every pod has it.
    direct = f"{no_proxy(plan.proxy)},$(KUBERNETES_SERVICE_HOST),$(NODE_IP)"
    return ProxyContext(_calling_out(plan), proxy_url(plan.proxy), direct)


def proxy_url(given: Proxy) -> str:
    """Where the proxy listens."""
    return checked("proxy.url", given.url, URL)


def no_proxy(given: Proxy) -> str:
    """What is reached without the proxy.

    Addresses of pods and services are private in every cluster. That whole private ranges are named sends no request
    for a code host past the proxy: ranges count for addresses, not for names.
    """
    own = [checked("proxy.no_proxy", each, r"\.?[A-Za-z0-9*][A-Za-z0-9.:/*-]*") for each in given.no_proxy]
    return ",".join(["localhost", "127.0.0.0/8", _METADATA, *PRIVATE, ".svc", ".cluster.local", _SERVICES, *own])


def security(plan: ApplicationPlan) -> SecurityContext | None:
    """An own authority for all that calls out."""
    if plan.private_ca_secret is None:
        return None
    return SecurityContext(
        services=tuple(Trusting(key, own_pod=key != "migrator") for key in _calling_out(plan)),
        secret=checked("private_ca_secret", plan.private_ca_secret, OBJECT),
    )


def _calling_out(plan: ApplicationPlan) -> tuple[str, ...]:
    """The vendor's list, and what reaches for a bucket outside of the cluster."""
    return tuple(dict.fromkeys((*PROXIED, *uploaders(plan))))

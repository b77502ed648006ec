"""What a Kubernetes plan asks of the cluster that it goes into: what `moorage check` compares a cluster with."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal
from urllib.parse import urlsplit

from recommender.kubernetes.chart import chart_facts, runs
from recommender.kubernetes.container_needs import ContainerNeed, container_needs
from recommender.kubernetes.fields import Flavor
from recommender.kubernetes.permissions import Permission, permissions
from recommender.kubernetes.plan import ApplicationPlan, IngressPlan, KubernetesPlan, KubernetesSecret, StorageClass
from recommender.kubernetes.pods import Workload

Level = Literal["privileged", "baseline"]
"""Pod security standard that the plan's pods need: kubernetes.io/docs/concepts/security/pod-security-standards."""

OLDEST: Final = "1.27"
"""First version that has every field of our manifests switched on: `unhealthyPodEvictionPolicy` of disruption budgets
(kubernetes.io/docs/reference/command-line-tools-reference/feature-gates-removed, read 2026-11-22). The vendor names
1.19 (sourcegraph/docs@3499c087 docs/self-hosted/deploy/kubernetes/index.mdx)."""

NEWEST: Final = "1.36"
"""Newest version that the plans' objects were tried on, 2026-11-22."""

ARCHITECTURE: Final = "amd64"
"""The vendor's images are of no other (sourcegraph/docs@3499c087 docs/self-hosted/deploy/instance-size.mdx)."""

DOCKER_HUB = ("index.docker.io", "registry-1.docker.io", "auth.docker.io")

# sourcegraph/docs@3499c087 docs/admin/telemetry/index.mdx, docs/admin/pings.mdx, docs/admin/enterprise-portal.mdx,
# read 2026-11-22.
_VENDOR = (
    ("pings.sourcegraph.com", "pings and the check for updates"),
    ("telemetry-gateway.sourcegraph.com", "telemetry"),
    ("sourcegraph.com", "checks of the licence"),
    ("enterprise-portal.sourcegraph.com", "licence and metering"),
)


@dataclass(frozen=True, slots=True)
class Host:
    """Somewhere that is called from inside the cluster."""

    name: str
    port: int
    why: str


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of object that something beside Kubernetes brings."""

    group: str
    version: str
    kind: str
    brought_by: str
    """What a person installs to have it."""


@dataclass(frozen=True, slots=True)
class SecretNeed:
    """A secret that must exist before anything is installed."""

    namespace: str
    name: str
    keys: tuple[str, ...]
    why: str


@dataclass(frozen=True, slots=True)
class NamespaceNeed:
    """A namespace, and what its pods are."""

    name: str
    level: Level
    workloads: tuple[Workload, ...]
    containers: tuple[ContainerNeed, ...]
    """Those whose limits are known; none for executors."""


@dataclass(frozen=True, slots=True)
class Needs:
    """All that a cluster must have, offer or allow."""

    name: str
    flavor: Flavor
    own_cluster: bool
    minor: str | None
    """Kubernetes version of the plan; None: not known."""
    namespaces: tuple[NamespaceNeed, ...]
    """Sourcegraph's first."""
    workloads: tuple[Workload, ...]
    storage_class: StorageClass
    reclaim: Literal["Retain", "Delete"]
    """What the plan asks of the class: Delete where nothing is to be kept."""
    ingress: IngressPlan | None
    makes_ingress_class: bool
    kinds: tuple[Kind, ...]
    """Beside what the plan itself installs."""
    secrets: tuple[SecretNeed, ...]
    network_policies: bool
    permissions: tuple[Permission, ...]
    hosts: tuple[Host, ...]
    image: str
    """A small image of the chart with a shell, to try the way out with."""
    image_pull_secret: str | None

    @property
    def namespace(self) -> str:
        """Sourcegraph's."""
        return self.namespaces[0].name


def cluster_needs(plan: KubernetesPlan) -> Needs:
    """What the application of a plan asks of its cluster."""
    application = plan.application
    return Needs(
        name=plan.name,
        flavor=application.flavor,
        own_cluster=application.own_cluster,
        minor=plan.cluster.version.minor if plan.cluster else application.kubernetes_minor,
        namespaces=tuple(_namespaces(application)),
        workloads=application.workloads,
        storage_class=application.storage_class,
        reclaim="Retain" if application.keep else "Delete",
        ingress=application.ingress,
        makes_ingress_class=application.own_ingress_class,
        kinds=tuple(_kinds(application)),
        secrets=tuple(_secrets(application)),
        network_policies=application.network_policies,
        permissions=permissions(plan),
        hosts=tuple(_hosts(application)),
        image=f"{application.registry or DOCKER_HUB[0]}/sourcegraph/alpine-3.14:{application.version}",
        image_pull_secret=application.image_pull_secret,
    )


def _namespaces(plan: ApplicationPlan) -> Iterator[NamespaceNeed]:
    running = [one for one in chart_facts(plan.version).workloads if runs(one, plan.bundled)]
    sees_node = any(one.privileged or one.host_paths or one.host_pid or one.host_ports for one in running)
    yield _namespace(plan, plan.namespace, "privileged" if sees_node else "baseline", container_needs(plan))
    if plan.executors:
        yield _namespace(plan, plan.executors.namespace, "privileged" if plan.executors.kind == "dind" else "baseline")


def _namespace(
    plan: ApplicationPlan, name: str, level: Level, containers: tuple[ContainerNeed, ...] = ()
) -> NamespaceNeed:
    return NamespaceNeed(name, level, tuple(one for one in plan.workloads if one.namespace == name), containers)


def _kinds(plan: ApplicationPlan) -> Iterator[Kind]:
    installed = {chart.name for chart in plan.charts}
    if plan.external_secrets and "external-secrets" not in installed:
        for kind in ("SecretStore", "ExternalSecret"):
            yield Kind("external-secrets.io", "v1", kind, "the operator external-secrets, 0.16 or newer")
    ingress = plan.ingress
    if ingress is None:
        return
    if plan.own_ingress_class and "aws-load-balancer-controller" not in installed:
        yield Kind("elbv2.k8s.aws", "v1beta1", "IngressClassParams", "the AWS Load Balancer Controller")
    if ingress.kind == "gce":
        yield Kind("cloud.google.com", "v1", "BackendConfig", "GKE's HTTP load balancing add-on")
        if ingress.scheme != "internal":
            yield Kind("networking.gke.io", "v1beta1", "FrontendConfig", "GKE's HTTP load balancing add-on")
        if ingress.google_certificate:
            yield Kind("networking.gke.io", "v1", "ManagedCertificate", "GKE's HTTP load balancing add-on")
    if ingress.cluster_issuer:
        yield Kind("cert-manager.io", "v1", "ClusterIssuer", "cert-manager")


def _secrets(plan: ApplicationPlan) -> Iterator[SecretNeed]:
    for secret in plan.secrets:
        if not _fetched(plan, secret):
            yield SecretNeed(plan.namespace, secret.name, _keys(secret), "address and credentials of a service")
    ingress = plan.ingress
    if ingress and ingress.tls_secret and not ingress.cluster_issuer:
        yield SecretNeed(plan.namespace, ingress.tls_secret, ("tls.crt", "tls.key"), "certificate of the ingress")
    if plan.private_ca_secret:
        yield SecretNeed(plan.namespace, plan.private_ca_secret, ("ca.crt",), "your own certificate authority")
    if plan.image_pull_secret:
        spaces = [plan.namespace, *([plan.executors.namespace] if plan.executors else [])]
        for space in spaces:
            yield SecretNeed(space, plan.image_pull_secret, (".dockerconfigjson",), "credentials of the registry")
    if plan.executors and not _fetched(plan, plan.executors.secret):
        secret = plan.executors.secret
        yield SecretNeed(plan.executors.namespace, secret.name, _keys(secret), "the executors' password")


def _fetched(plan: ApplicationPlan, secret: KubernetesSecret) -> bool:
    """Whether the operator makes it. What has a source without a reference must be in the cluster already."""
    return plan.external_secrets and all(key.source is None or key.source.reference for key in secret.keys)


def _keys(secret: KubernetesSecret) -> tuple[str, ...]:
    return tuple(key.key for key in secret.keys)


def _hosts(plan: ApplicationPlan) -> Iterator[Host]:
    """Hosts that are known; those of the code hosts are not part of a plan."""
    if plan.proxy:
        proxy = urlsplit(plan.proxy.url)
        yield Host(proxy.hostname or "", proxy.port or (443 if proxy.scheme == "https" else 80), "the proxy")
    if plan.registry:
        host, _, port = plan.registry.partition("/")[0].partition(":")
        yield Host(host, int(port or 443), "images")
    else:
        yield from (Host(host, 443, "images") for host in DOCKER_HUB)
    for database in plan.external.databases:
        yield Host(database.host, database.port, f"the database {database.key}")
    if not plan.proxy:
        yield from (Host(host, 443, why) for host, why in _VENDOR)

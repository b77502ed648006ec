"""Which pods may talk to which: nothing comes into the namespaces but what is named here.

Who calls whom: the variables that the chart gives each service (sourcegraph/deploy-sourcegraph-helm@v7.6.0
charts/sourcegraph/templates), and its Services' ports, read 2026-11-22. The services of Sourcegraph itself may all call
each other: which of them do changes between releases, and each may be scaled or restarted alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from recommender.kubernetes.executor_charts import REGISTRY, executor_name
from recommender.kubernetes.plan import ApplicationPlan, ExecutorsPlan, IngressPlan
from templates.context import checked
from templates.kubernetes.context import (
    ANYWHERE,
    FRONTEND,
    LABEL,
    LINK_LOCAL,
    PRIVATE,
    REGISTRY_HOST,
    namespace,
    queues,
    running,
)
from templates.kubernetes.outbound import proxy_url

_DATA = ("pgsql", "codeintel-db", "codeinsights-db", "redis-cache", "redis-store", "blobstore")
_SERVICES = (
    "gitserver",
    "indexed-search",
    "precise-code-intel-worker",
    "searcher",
    "syntactic-code-intel-worker",
    "syntect-server",
    "worker",
)
_CALLERS = (FRONTEND, *_SERVICES)
_NAME = "kubernetes.io/metadata.name"
"""Label that every namespace has: its name."""

# Google Cloud, "Firewall rules" of load balancing, read 2026-11-22: from where its load balancers and checks come.
_GOOGLE = ("35.191.0.0/16", "130.211.0.0/22")
# Where the controller usually runs: of kubernetes/ingress-nginx, of its older chart, and of AKS's application routing.
_NGINX = ("ingress-nginx", "nginx-ingress", "app-routing-system")

_PORT = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Peer:
    """Who is meant; with nothing given: every pod of the policy's namespace."""

    apps: tuple[str, ...] = ()
    label: str = ""
    """Of a namespace; empty: the policy's own."""
    namespaces: tuple[str, ...] = ()
    """Values of that label."""
    cidr: str = ""
    excepted: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Rule:
    """Traffic that is let through. No peers: anybody. No ports: any."""

    peers: tuple[Peer, ...] = ()
    ports: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class PolicyContext:
    """One NetworkPolicy."""

    name: str
    namespace: str
    apps: tuple[str, ...] = ()
    """Pods that it is about; none: all of the namespace."""
    directions: tuple[str, ...] = ("Ingress",)
    ingress: tuple[Rule, ...] = ()
    egress: tuple[Rule, ...] = ()


def policies(plan: ApplicationPlan) -> Iterator[PolicyContext]:
    """Every policy of the plan; none where its cluster is to have none."""
    if not plan.network_policies:
        return
    yield from _inside(plan)
    yield from _way_in(plan)
    if plan.executors:
        yield from _executors(plan, plan.executors)


def _inside(plan: ApplicationPlan) -> Iterator[PolicyContext]:
    space, apps = namespace(plan), {workload.name for workload in running(plan)}

    def those(names: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(name for name in names if name in apps)

    callers = Peer(apps=those(_CALLERS))
    yield PolicyContext("default-deny", space)
    if data := those(_DATA):
        peers = (Peer(apps=those((*_CALLERS, "grafana"))),)
        yield PolicyContext("data", space, data, ingress=(Rule(peers, _tcp(5432, 6379, 9000)),))
    yield PolicyContext("services", space, those(_SERVICES), ingress=(Rule((callers,)),))
    yield PolicyContext("frontend", space, (FRONTEND,), ingress=(Rule((Peer(),)),))
    if monitoring := those(("grafana", "prometheus")):
        peers = (Peer(apps=those((FRONTEND, "grafana"))),)
        yield PolicyContext("monitoring", space, monitoring, ingress=(Rule(peers, _tcp(3370, 9090)),))
    if "prometheus" in apps:
        yield PolicyContext("metrics", space, ingress=(Rule((Peer(apps=("prometheus",)),)),))
    if traces := those(("otel-collector", "otel-agent")):
        # The agent is called at its node's address, so that the caller may look like a node.
        yield PolicyContext("traces", space, traces, ingress=(Rule((), _tcp(4317, 4318)),))


def _way_in(plan: ApplicationPlan) -> Iterator[PolicyContext]:
    space = namespace(plan)
    if plan.ingress:
        yield PolicyContext("ingress", space, (FRONTEND,), ingress=(_ingress_rule(plan, plan.ingress),))
    if plan.executors:
        peer = Peer(label=_NAME, namespaces=(_executors_namespace(plan.executors),))
        yield PolicyContext("executors", space, (FRONTEND,), ingress=(Rule((peer,), _tcp(3080)),))


def _ingress_rule(plan: ApplicationPlan, given: IngressPlan) -> Rule:
    if given.kind == "gce":
        # The proxies of internal ones have addresses of the network itself.
        ranges = (*_GOOGLE, *(PRIVATE if given.scheme == "internal" else ()))
        return Rule(tuple(Peer(cidr=each) for each in ranges), _tcp(3080, 6060))
    if given.kind == "nginx":
        return Rule((Peer(label=_NAME, namespaces=_NGINX),), _tcp(3080))
    if plan.flavor == "openshift":
        return Rule((Peer(label="network.openshift.io/policy-group", namespaces=("ingress",)),), _tcp(3080))
    # An Application Load Balancer, and controllers that nothing is known of, come from any address of the network.
    return Rule((), _tcp(3080))


def _executors(plan: ApplicationPlan, executors: ExecutorsPlan) -> Iterator[PolicyContext]:
    """Jobs run what others wrote: they reach Sourcegraph and the internet, and nothing else of the network."""
    space, both = _executors_namespace(executors), ("Ingress", "Egress")
    frontend = Peer(apps=(FRONTEND,), label=_NAME, namespaces=(namespace(plan),))
    internet = Peer(cidr=ANYWHERE, excepted=(*PRIVATE, LINK_LOCAL))
    egress = [Rule((), (("UDP", 53), ("TCP", 53))), Rule((frontend,), _tcp(3080)), Rule((internet,))]
    anywhere = Peer(cidr=ANYWHERE, excepted=(LINK_LOCAL,))
    if plan.proxy:
        egress.append(Rule((anywhere,), _tcp(_port(proxy_url(plan.proxy)))))
    yield PolicyContext("default-deny", space, directions=both)
    if executors.kind == "dind":
        yield from _cache(plan, space, anywhere)
        egress.append(Rule((Peer(apps=(REGISTRY,)),), _tcp(5000)))
    else:
        # Only the program itself makes jobs; where the API is, is not known before there is a cluster.
        api = (Rule((anywhere,), _tcp(443, 6443)),)
        yield PolicyContext("api", space, (executor_name(queues(executors)),), directions=("Egress",), egress=api)
    yield PolicyContext("egress", space, directions=("Egress",), egress=tuple(egress))


def _cache(plan: ApplicationPlan, space: str, anywhere: Peer) -> Iterator[PolicyContext]:
    yield PolicyContext("registry", space, (REGISTRY,), ingress=(Rule((Peer(),), _tcp(5000)),))
    if plan.registry:
        port = _port(f"https://{checked('registry', plan.registry, REGISTRY_HOST)}")
        egress = (Rule((anywhere,), _tcp(port)),)
        yield PolicyContext("mirror", space, (REGISTRY,), directions=("Egress",), egress=egress)


def _executors_namespace(executors: ExecutorsPlan) -> str:
    return checked("executors.namespace", executors.namespace, LABEL)


def _port(url: str) -> int:
    parts = urlsplit(url)
    return parts.port or _PORT[parts.scheme]


def _tcp(*ports: int) -> tuple[tuple[str, int], ...]:
    return tuple(("TCP", port) for port in ports)

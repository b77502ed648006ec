"""Objects beside the chart that are neither secrets nor policies.

Namespaces, classes, what Google's Ingress reads beside the Ingress, and budgets of disruptions.
APIs: kubernetes-sigs/aws-load-balancer-controller v3.5.0 docs/guide/ingress/ingress_class.md; cloud.google.com "Ingress
configuration on Google Cloud"; Kubernetes' pod security standards, v1.36. Read 2026-11-22.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from recommender.kubernetes.plan import ApplicationPlan, IngressPlan
from templates.context import checked
from templates.kubernetes.context import HOST, LABEL, OBJECT, TOKEN, namespace, no_text, running
from templates.kubernetes.ingress import SSL_POLICY, alb_attributes, alb_certificate, ranges

_PARAMETER = r"[A-Za-z0-9._-]+"
_PARAMETER_VALUE = rf"[A-Za-z0-9][A-Za-z0-9:/=._-]*|{TOKEN.pattern}"


@dataclass(frozen=True, slots=True)
class NamespaceContext:
    """A namespace, and what pods in it may be."""

    name: str
    level: str
    """Pod security standard that is enforced."""


_TAG = r"[A-Za-z0-9][A-Za-z0-9 ._:/=+@-]*"


@dataclass(frozen=True, slots=True)
class StorageClassContext:
    """The class of every claim."""

    name: str
    provisioner: str
    parameters: tuple[tuple[str, str], ...]
    reclaim: str


@dataclass(frozen=True, slots=True)
class IngressClassContext:
    """A class of Ingress, and the load balancer that it means."""

    name: str
    scheme: str
    ranges: tuple[str, ...]
    certificate: str
    ssl_policy: str
    subnets: tuple[str, ...]
    attributes: tuple[tuple[str, str], ...]
    namespace: str
    tags: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class GoogleContext:
    """What Google's Ingress reads beside the Ingress itself."""

    namespace: str
    timeout: int
    domain: str
    policy: str
    """Name that the cluster stack gives both its policies: who may connect, and which TLS. Empty: it makes none."""


@dataclass(frozen=True, slots=True)
class BudgetContext:
    """Pods of which one at a time may go."""

    app: str
    namespace: str


def namespaces(plan: ApplicationPlan) -> Iterator[tuple[str, NamespaceContext]]:
    """Suffix of the manifest's name, and the namespace."""
    # The chart's watchers of nodes see directories, processes and ports of their node: no stricter standard has that.
    sees_node = any(
        workload.privileged or workload.host_paths or workload.host_pid or workload.host_ports
        for workload in running(plan)
    )
    yield "", NamespaceContext(namespace(plan), "privileged" if sees_node else "baseline")
    if plan.executors:
        name = checked("executors.namespace", plan.executors.namespace, LABEL)
        if name == plan.namespace:
            raise no_text("executors.namespace", "jobs need a namespace of their own, apart from Sourcegraph's secrets")
        yield "-executors", NamespaceContext(name, "privileged" if plan.executors.kind == "dind" else "baseline")


def storage_class(plan: ApplicationPlan) -> StorageClassContext | None:
    """Our own class; None: one exists. It is nobody's default."""
    given = plan.storage_class
    if not given.create:
        return None
    return StorageClassContext(
        name=checked("storage_class.name", given.name, OBJECT),
        provisioner=checked("storage_class.provisioner", given.provisioner, OBJECT),
        parameters=tuple(
            (
                checked("storage_class.parameters", key, _PARAMETER),
                checked(f"storage_class.parameters.{key}", value, _PARAMETER_VALUE),
            )
            for key, value in given.parameters
        ),
        reclaim="Retain" if plan.keep else "Delete",
    )


def ingress_class(plan: ApplicationPlan) -> IngressClassContext | None:
    """Our own class on AWS: what an Ingress of another namespace cannot ask for."""
    given = plan.ingress
    if given is None or not plan.own_ingress_class:
        return None
    return IngressClassContext(
        name=checked("ingress.class_name", given.class_name, OBJECT),
        scheme=given.scheme,
        ranges=ranges(given),
        certificate=alb_certificate(plan, given),
        ssl_policy=SSL_POLICY,
        subnets=tuple(checked("ingress.edge_subnets", each, "subnet-[0-9a-f]+") for each in given.edge_subnets),
        attributes=alb_attributes(plan, given),
        namespace=namespace(plan),
        tags=tuple(
            (checked("tags", key, _TAG), checked(f"tags.{key}", value, _TAG)) for key, value in sorted(plan.tags)
        ),
    )


def google(plan: ApplicationPlan, given: IngressPlan) -> GoogleContext:
    """Timeout, health check, redirect and certificate."""
    has_policies = given.address_name is not None and given.scheme == "internet-facing"
    policy = checked("ingress.address_name", given.address_name or "", LABEL) if has_policies else ""
    domain = checked("ingress.domain", given.domain, HOST)
    return GoogleContext(namespace(plan), given.timeout_seconds, domain, policy)


def budgets(plan: ApplicationPlan) -> Iterator[BudgetContext]:
    """Services of which there are several. One that is alone has none: it would keep its node from being updated."""
    replicas = {service.key: service.replicas or 1 for service in plan.services}
    for workload in running(plan):
        if replicas.get(workload.key, 1) > 1:
            yield BudgetContext(workload.name, namespace(plan))

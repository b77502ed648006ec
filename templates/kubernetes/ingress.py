"""The layer `ingress`: how requests get in, and how long a connection is held for a search that streams.

Annotations: kubernetes-sigs/aws-load-balancer-controller docs/guide/ingress/annotations.md; cloud.google.com
"Ingress configuration on Google Cloud"; kubernetes/ingress-nginx docs/user-guide/nginx-configuration/annotations.md;
the chart's examples for each at v7.6.0. Read 2026-11-22; those of Azure and OpenShift are not tried.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass

from recommender.kubernetes.plan import ApplicationPlan, IngressPlan
from templates.context import checked
from templates.kubernetes.context import ANYWHERE, CIDR, FRONTEND, HOST, LABEL, OBJECT, PLAIN, token

Annotations = Iterator[tuple[str, str]]

SSL_POLICY = "ELBSecurityPolicy-TLS13-1-2-2021-06"
_AZURE_CLASS = "azure-application-gateway"
_ARN = r"arn:aws[a-z-]*:acm:[a-z0-9-]+:[0-9]{12}:certificate/[A-Za-z0-9-]+"


@dataclass(frozen=True, slots=True)
class IngressContext:
    """The frontend's Service and Ingress."""

    service_annotations: tuple[tuple[str, str], ...]
    host: str
    """Empty: no Ingress at all."""
    class_name: str
    """Empty: an annotation names the class."""
    tls_secret: str
    nginx: bool
    """The chart's own annotation for nginx has a meaning."""
    annotations: tuple[tuple[str, str], ...]


def ingress(plan: ApplicationPlan) -> IngressContext:
    """What the chart is told of the way in."""
    given = plan.ingress
    if given is None:
        return IngressContext((), "", "", "", nginx=False, annotations=())
    gce = given.kind == "gce"
    return IngressContext(
        service_annotations=tuple(_gce_service()) if gce else (),
        host=checked("ingress.domain", given.domain, HOST),
        class_name="" if gce else checked("ingress.class_name", given.class_name, OBJECT),
        tls_secret=checked("ingress.tls_secret", given.tls_secret or "", f"({OBJECT})?"),
        nginx=given.kind == "nginx",
        annotations=tuple(_annotations(plan, given)),
    )


def alb_certificate(plan: ApplicationPlan, given: IngressPlan) -> str:
    """ARN of the load balancer's certificate. Empty: its controller looks for one of the host's name."""
    if given.certificate:
        return checked("ingress.certificate", given.certificate, _ARN)
    return token("certificate") if plan.own_cluster else ""


def ranges(given: IngressPlan) -> tuple[str, ...]:
    """Who may connect."""
    return tuple(checked("ingress.allowed_cidrs", each, CIDR) for each in given.allowed_cidrs)


def alb_attributes(plan: ApplicationPlan, given: IngressPlan) -> tuple[tuple[str, str], ...]:
    """Attributes of an Application Load Balancer."""
    return (
        ("idle_timeout.timeout_seconds", str(given.timeout_seconds)),
        ("routing.http.drop_invalid_header_fields.enabled", "true"),
        ("deletion_protection.enabled", "true" if plan.keep else "false"),
    )


def _annotations(plan: ApplicationPlan, given: IngressPlan) -> Annotations:
    if given.cluster_issuer:
        yield "cert-manager.io/cluster-issuer", checked("ingress.cluster_issuer", given.cluster_issuer, OBJECT)
    if given.kind == "alb":
        yield from _alb(plan, given)
    elif given.kind == "gce":
        yield from _gce(given)
    elif given.kind == "nginx":
        yield from _nginx(given)
    else:
        yield from _class(plan, given)


def _alb(plan: ApplicationPlan, given: IngressPlan) -> Annotations:
    # Both ports must be listened on, for the one to send to the other.
    yield "alb.ingress.kubernetes.io/listen-ports", '[{"HTTP": 80}, {"HTTPS": 443}]'
    yield "alb.ingress.kubernetes.io/healthcheck-path", "/healthz"
    if plan.own_ingress_class:
        return  # the class says the rest, and wins over annotations
    yield "alb.ingress.kubernetes.io/scheme", given.scheme
    yield "alb.ingress.kubernetes.io/target-type", "ip"  # the Service has no ports on nodes
    yield "alb.ingress.kubernetes.io/inbound-cidrs", ",".join(ranges(given))
    yield "alb.ingress.kubernetes.io/ssl-redirect", "443"
    yield "alb.ingress.kubernetes.io/ssl-policy", SSL_POLICY
    attributes = ",".join(f"{name}={value}" for name, value in alb_attributes(plan, given))
    yield "alb.ingress.kubernetes.io/load-balancer-attributes", attributes
    if certificate := alb_certificate(plan, given):
        yield "alb.ingress.kubernetes.io/certificate-arn", certificate
    if given.edge_subnets:
        subnets = (checked("ingress.edge_subnets", each, "subnet-[0-9a-f]+") for each in given.edge_subnets)
        yield "alb.ingress.kubernetes.io/subnets", ",".join(subnets)


def _gce_service() -> Annotations:
    # Requests go to pods without a detour over nodes, and health is asked for at a port that the Ingress does not name.
    yield "cloud.google.com/neg", json.dumps({"ingress": True})
    yield "cloud.google.com/backend-config", json.dumps({"default": FRONTEND})


def _gce(given: IngressPlan) -> Annotations:
    internal = given.scheme == "internal"
    yield "kubernetes.io/ingress.class", "gce-internal" if internal else "gce"
    if given.address_name:
        scope = "regional" if internal else "global"
        address = checked("ingress.address_name", given.address_name, LABEL)
        yield f"kubernetes.io/ingress.{scope}-static-ip-name", address
    if given.certificate:
        yield "ingress.gcp.kubernetes.io/pre-shared-cert", checked("ingress.certificate", given.certificate, PLAIN)
    elif given.google_certificate:
        yield "networking.gke.io/managed-certificates", FRONTEND
    if internal:
        yield "kubernetes.io/ingress.allow-http", "false"  # internal ones cannot send HTTP to HTTPS
    else:
        yield "networking.gke.io/v1beta1.FrontendConfig", FRONTEND


def _nginx(given: IngressPlan) -> Annotations:
    seconds = str(given.timeout_seconds)
    yield "nginx.ingress.kubernetes.io/proxy-read-timeout", seconds
    yield "nginx.ingress.kubernetes.io/proxy-send-timeout", seconds
    if ANYWHERE not in given.allowed_cidrs:
        # Where a load balancer hides who asks, this lets nobody in, rather than everybody.
        yield "nginx.ingress.kubernetes.io/whitelist-source-range", ",".join(ranges(given))


def _class(plan: ApplicationPlan, given: IngressPlan) -> Annotations:
    """Of an unknown controller only what its kind of cluster says of it."""
    if plan.flavor == "openshift":
        yield "haproxy.router.openshift.io/timeout", f"{given.timeout_seconds}s"
        yield "route.openshift.io/termination", "edge"
        if ANYWHERE not in given.allowed_cidrs:
            yield "haproxy.router.openshift.io/ip_whitelist", " ".join(ranges(given))
    elif given.class_name == _AZURE_CLASS:
        yield "appgw.ingress.kubernetes.io/request-timeout", str(given.timeout_seconds)
        yield "appgw.ingress.kubernetes.io/ssl-redirect", "true"

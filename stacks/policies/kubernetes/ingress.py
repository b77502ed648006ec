"""Kubernetes: the Ingress, whichever controller serves it, as Helm values and the objects beside them say it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from stacks.policies.inputs import at, blocks, given, hidden, number, said
from stacks.policies.kubernetes.sources import kubernetes
from stacks.policies.kubernetes.view import SOURCEGRAPH, Fault, Thing, View, over
from stacks.policies.policy import Policy

_PARAMETERS: Final = "IngressClassParams"
_WHERE: Final = "frontend.ingress"
_ALB: Final = "alb.ingress.kubernetes.io/"
_NGINX: Final = "nginx.ingress.kubernetes.io/"
_CERTIFICATES: Final = (
    f"{_ALB}certificate-arn",
    "networking.gke.io/managed-certificates",
    "ingress.gcp.kubernetes.io/pre-shared-cert",
    "appgw.ingress.kubernetes.io/appgw-ssl-certificate",
    "route.openshift.io/termination",
)
_MODERN: Final = re.compile(r"ELBSecurityPolicy-(?:TLS13-1-[23]-|TLS-1-2-|FS-1-2-)[\w-]+")
_LONGEST_REQUEST: Final = 300
"""Seconds that a search may stream: moorage, docs/adr/0014-vendor-facts-of-kubernetes.md."""
_ANNOTATION: Final = "`{}` is {}."


def _ways_in(view: View) -> Iterator[tuple[Thing, Mapping[str, Any], Mapping[str, Any]]]:
    """Values that make an Ingress, with its settings and its annotations; those of a machine have k3s' own."""
    for values in view.values_of(SOURCEGRAPH):
        ingress = at(values.body, _WHERE)
        if isinstance(ingress, Mapping) and not hidden(ingress) and not values.machine and _is_used(ingress):
            notes: Any = ingress.get("annotations")
            yield values, ingress, notes if isinstance(notes, Mapping) and not hidden(notes) else {}


def _is_used(ingress: Mapping[str, Any]) -> bool:
    return ingress.get("enabled") is not False and given(ingress.get("host"))


def _parameters(view: View, ingress: Mapping[str, Any]) -> Thing | None:
    """What the class of an Ingress says for the load balancers of AWS."""
    for one in view.of_kind(_PARAMETERS):
        if one.name and one.name == ingress.get("ingressClassName"):
            return one
    return None


def _no_certificate(view: View) -> Iterator[Fault]:
    for values, ingress, notes in _ways_in(view):
        parameters = _parameters(view, ingress)
        given_by_class = parameters and given(at(parameters.body, "spec.certificateArn"))
        given_by_annotation = any(given(notes.get(name)) for name in _CERTIFICATES)
        # The AWS controller looks for a certificate of the host's name by itself, once it is to listen for HTTPS.
        looked_up = "HTTPS" in str(notes.get(f"{_ALB}listen-ports", ""))
        if not (given(ingress.get("tlsSecret")) or given_by_class or given_by_annotation or looked_up):
            yield Fault(values, f"`{_WHERE}` names no certificate.", _WHERE)


def _plain_http(view: View) -> Iterator[Fault]:
    for values, ingress, notes in _ways_in(view):
        if notes.get(f"{_NGINX}ssl-redirect") == "false":
            yield Fault(values, f"`{_NGINX}ssl-redirect` is false.", f"{_WHERE}.annotations")
        if notes.get("kubernetes.io/ingress.class") in ("gce", "gce-internal"):
            yield from _plain_http_of_google(view, values, notes)
        if _listens_for_http(notes) and not _redirects(_parameters(view, ingress), notes):
            yield Fault(values, "The load balancer answers HTTP, and sends nobody to HTTPS.", f"{_WHERE}.annotations")


def _plain_http_of_google(view: View, values: Thing, notes: Mapping[str, Any]) -> Iterator[Fault]:
    if notes.get("kubernetes.io/ingress.allow-http") == "false":
        return
    named = notes.get("networking.gke.io/v1beta1.FrontendConfig")
    configs = [one for one in view.of_kind("FrontendConfig") if one.name == named]
    switches = [at(one.body, "spec.redirectToHttps.enabled") for one in configs]
    if not any(switch is True or hidden(switch) for switch in switches):
        yield Fault(values, "Google's load balancer answers HTTP, and sends nobody to HTTPS.", f"{_WHERE}.annotations")


def _listens_for_http(notes: Mapping[str, Any]) -> bool:
    return '"HTTP"' in str(notes.get(f"{_ALB}listen-ports", ""))


def _redirects(parameters: Thing | None, notes: Mapping[str, Any]) -> bool:
    return given(notes.get(f"{_ALB}ssl-redirect")) or (
        parameters is not None and given(at(parameters.body, "spec.sslRedirectPort"))
    )


def _old_tls(view: View) -> Iterator[Fault]:
    for parameters in view.of_kind(_PARAMETERS):
        policy = at(parameters.body, "spec.sslPolicy")
        if not hidden(policy) and not _is_modern(policy):
            yield Fault(parameters, f"`spec.sslPolicy` is {said(policy)}.", "spec.sslPolicy")
    for values, ingress, notes in _ways_in(view):
        policy = notes.get(f"{_ALB}ssl-policy")
        by_annotations = _parameters(view, ingress) is None and given(notes.get(f"{_ALB}listen-ports"))
        if by_annotations and not hidden(policy) and not _is_modern(policy):
            message = _ANNOTATION.format(f"{_ALB}ssl-policy", said(policy))
            yield Fault(values, message, f"{_WHERE}.annotations")
    for config in view.of_kind("FrontendConfig"):
        if not given(at(config.body, "spec.sslPolicy")):
            yield Fault(config, "`spec.sslPolicy` is not said.", "spec.sslPolicy")


def _is_modern(policy: object) -> bool:
    return isinstance(policy, str) and bool(_MODERN.fullmatch(policy))


def _short_requests(view: View) -> Iterator[Fault]:
    for config in view.of_kind("BackendConfig"):
        value = at(config.body, "spec.timeoutSec")
        if _is_short(value):
            yield Fault(config, f"`spec.timeoutSec` is {said(value)}.", "spec.timeoutSec")
    for parameters in view.of_kind(_PARAMETERS):
        attributes = at(parameters.body, "spec.loadBalancerAttributes")
        named = (one for _, one in blocks(attributes) if one.get("key") == "idle_timeout.timeout_seconds")
        held = attributes if hidden(attributes) else next((one.get("value") for one in named), None)
        if _is_short(held):
            message = f"`idle_timeout.timeout_seconds` is {said(held)}."
            yield Fault(parameters, message, "spec.loadBalancerAttributes")
    for values, _, notes in _ways_in(view):
        for name in (f"{_NGINX}proxy-read-timeout", f"{_NGINX}proxy-send-timeout"):
            if name in notes and _is_short(notes[name]):
                yield Fault(values, _ANNOTATION.format(name, said(notes[name])), f"{_WHERE}.annotations")


def _is_short(value: object) -> bool:
    seconds = number(value)
    return not hidden(value) and (seconds is None or seconds < _LONGEST_REQUEST)


INGRESS_POLICIES: Final[tuple[Policy, ...]] = (
    Policy(
        id="KUBERNETES-INGRESS-TLS",
        severity="error",
        title="The Ingress has a certificate",
        because="Passwords and code would cross the network in clear text.",
        remedy="Name one in `deployment.certificate`, or a secret in `deployment.kubernetes.ingress.tls_secret`.",
        source=kubernetes("concepts/services-networking/ingress"),
        check=over(_no_certificate),
    ),
    Policy(
        id="KUBERNETES-INGRESS-HTTPS",
        severity="error",
        title="The Ingress sends plain HTTP to HTTPS, or does not answer it",
        because="A cookie that is sent once in clear text is enough to act as somebody.",
        remedy="Keep the redirect of the class, of the FrontendConfig or of the annotations.",
        source="kubernetes-sigs/aws-load-balancer-controller docs/guide/ingress; Google Cloud documentation, Ingress "
        "configuration, read 2026-11-22",
        check=over(_plain_http),
    ),
    Policy(
        id="KUBERNETES-INGRESS-TLS-VERSION",
        severity="error",
        title="Load balancers of the Ingress refuse TLS before 1.2",
        because="Older versions are broken, and the defaults of both clouds answer them.",
        remedy="Name a policy of TLS 1.2 and 1.3 in the class, the annotations or the FrontendConfig.",
        source="docs.aws.amazon.com/elasticloadbalancing, describe-ssl-policies, unverified, 2026-11-22",
        check=over(_old_tls),
    ),
    Policy(
        id="KUBERNETES-INGRESS-TIMEOUT",
        severity="warning",
        title="The Ingress holds a request for five minutes",
        because="A search streams its results for as long as it runs, and controllers' defaults are a minute at most.",
        remedy="Leave the timeouts at 300 seconds.",
        source="kubernetes/ingress-nginx docs/user-guide/nginx-configuration/annotations.md, read 2026-11-22",
        check=over(_short_requests),
    ),
)

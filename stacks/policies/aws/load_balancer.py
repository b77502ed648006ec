"""AWS: the load balancer in front of Sourcegraph."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from stacks.policies.aws.parts import LOAD_BALANCER
from stacks.policies.inputs import at, at_least, blocks, breach, enabled, given, hidden, keeps_data, said
from stacks.policies.policy import Breach, Policy, Scope
from stacks.policies.sources import hub, ours, vendor

LISTENER: Final = "aws:lb/listener:Listener"
_TLS_POLICIES: Final = ("ELBSecurityPolicy-TLS13-1-2-", "ELBSecurityPolicy-TLS13-1-3-", "ELBSecurityPolicy-FS-1-2-")
"""How names of AWS' policies begin that refuse TLS 1.0 and 1.1."""
_OLD_BUT_TLS12: Final = ("ELBSecurityPolicy-TLS-1-2-2017-01",)
_IDLE_SECONDS: Final = 300


def _tls(scope: Scope) -> Iterator[Breach]:
    for listener in scope.of_type(LISTENER):
        if listener.inputs.get("protocol") not in ("HTTPS", "TLS"):
            continue
        policy = listener.inputs.get("sslPolicy")
        strict = isinstance(policy, str) and (policy.startswith(_TLS_POLICIES) or policy in _OLD_BUT_TLS12)
        if not strict and not hidden(policy):
            yield breach(listener, f"sslPolicy is {said(policy)}.", "sslPolicy")
        if not given(listener.inputs.get("certificateArn")):
            yield breach(listener, "There is no certificate.", "certificateArn")


def _redirect(scope: Scope) -> Iterator[Breach]:
    for listener in scope.of_type(LISTENER):
        if listener.inputs.get("protocol") != "HTTP":
            continue
        for place, action in blocks(listener.inputs.get("defaultActions")):
            protocol = at(action, "redirect.protocol")
            if action.get("type") == "fixed-response" or hidden(protocol) or protocol == "HTTPS":
                continue
            yield breach(listener, f"HTTP gets: {said(action.get('type'))}.", f"defaultActions[{place}]")


def _idle(scope: Scope) -> Iterator[Breach]:
    for balancer in scope.of_type(LOAD_BALANCER):
        seconds = balancer.inputs.get("idleTimeout")
        if balancer.inputs.get("loadBalancerType") in (None, "application") and not at_least(seconds, _IDLE_SECONDS):
            yield breach(balancer, f"idleTimeout is {said(seconds)}.", "idleTimeout")


def _clear_backends(scope: Scope) -> Iterator[Breach]:
    for group in scope.of_type("aws:lb/targetGroup:TargetGroup"):
        protocol = group.inputs.get("protocol")
        if protocol in (None, "HTTP"):
            yield breach(group, f"protocol is {said(protocol)}.", "protocol")


def _protection(scope: Scope) -> Iterator[Breach]:
    if not keeps_data(scope, "aws:"):
        return
    for balancer in scope.of_type(LOAD_BALANCER):
        switch = balancer.inputs.get("enableDeletionProtection")
        if not enabled(switch):
            yield breach(balancer, f"enableDeletionProtection is {said(switch)}.", "enableDeletionProtection")


def _headers(scope: Scope) -> Iterator[Breach]:
    for balancer in scope.of_type(LOAD_BALANCER):
        switch = balancer.inputs.get("dropInvalidHeaderFields")
        if balancer.inputs.get("loadBalancerType") in (None, "application") and not enabled(switch):
            yield breach(balancer, f"dropInvalidHeaderFields is {said(switch)}.", "dropInvalidHeaderFields")


POLICIES: Final[tuple[Policy, ...]] = (
    Policy(
        "AWS-LISTENER-TLS",
        "error",
        "Listeners refuse TLS below 1.2",
        "TLS 1.0 and 1.1 are broken, and AWS' default policy still offers them.",
        "Set `sslPolicy` to one of the TLS13-1-2 or TLS13-1-3 policies.",
        vendor("docs.aws.amazon.com/elasticloadbalancing/latest/application/describe-ssl-policies.html"),
        _tls,
    ),
    Policy(
        "AWS-LISTENER-REDIRECT",
        "error",
        "HTTP only leads to HTTPS",
        "Access tokens sent to plain HTTP are read on the way.",
        "Let the listener's default action redirect to HTTPS.",
        hub("ELB.1"),
        _redirect,
    ),
    Policy(
        "AWS-LB-IDLE-TIMEOUT",
        "warning",
        "Load balancers hold connections for 5 minutes",
        "Long searches and streamed answers are cut off after AWS' 60 seconds.",
        "Set `idleTimeout` to 300.",
        ours("adr/0007-machine-image-on-aws.md"),
        _idle,
    ),
    Policy(
        "AWS-BACKEND-HTTPS",
        "warning",
        "The way from the load balancer to the machine is encrypted",
        "Everybody who sees the network's packets would see code and session cookies.",
        "Set the target group's `protocol` to HTTPS; `deployment.tls.mode` other than none does.",
        vendor("docs.aws.amazon.com/config/latest/developerguide/elbv2-targetgroup-protocol-encrypted.html"),
        _clear_backends,
    ),
    Policy(
        "AWS-LB-PROTECTED",
        "error",
        "Load balancers are protected against deletion",
        "A new one has another address, which every DNS record and allowlist would have to learn.",
        "Set `enableDeletionProtection`.",
        hub("ELB.6"),
        _protection,
    ),
    Policy(
        "AWS-LB-HEADERS",
        "warning",
        "Load balancers drop invalid headers",
        "Headers that two servers read differently smuggle requests past checks.",
        "Set `dropInvalidHeaderFields`.",
        hub("ELB.4"),
        _headers,
    ),
)

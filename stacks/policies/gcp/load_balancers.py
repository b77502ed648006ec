"""GCP: load balancers, and the way from them to the machines."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from stacks.policies.gcp.sources import cis, google, provider
from stacks.policies.inputs import at, blocks, breach, given, hidden, refers, said
from stacks.policies.policy import Breach, Policy, Scope
from stacks.policies.required import every, no_less_than, one_of

_ARMOR: Final = (
    "gcp:compute/securityPolicy:SecurityPolicy",
    "gcp:compute/regionSecurityPolicy:RegionSecurityPolicy",
)
_BACKENDS: Final = (
    "gcp:compute/backendService:BackendService",
    "gcp:compute/regionBackendService:RegionBackendService",
)
_HTTP_PROXIES: Final = (
    "gcp:compute/targetHttpProxy:TargetHttpProxy",
    "gcp:compute/regionTargetHttpProxy:RegionTargetHttpProxy",
)
_HTTPS_PROXIES: Final = (
    "gcp:compute/targetHttpsProxy:TargetHttpsProxy",
    "gcp:compute/regionTargetHttpsProxy:RegionTargetHttpsProxy",
)
_TLS_POLICIES: Final = ("gcp:compute/sSLPolicy:SSLPolicy", "gcp:compute/regionSslPolicy:RegionSslPolicy")
_URL_MAPS: Final = ("gcp:compute/uRLMap:URLMap", "gcp:compute/regionUrlMap:RegionUrlMap")

_LAST_RULE: Final = 2_147_483_647
"""Priority of the rule that every policy has for whatever no other one matches."""
_LONGEST_REQUEST: Final = 300
"""Seconds that a search may stream: moorage, docs/adr/0007-machine-image-on-aws.md."""


def _tls_policies(scope: Scope) -> Iterator[Breach]:
    for policy in scope.of_type(*_TLS_POLICIES):
        least, profile = policy.inputs.get("minTlsVersion"), policy.inputs.get("profile")
        if not hidden(least) and least not in ("TLS_1_2", "TLS_1_3"):
            yield breach(policy, f"`minTlsVersion` is {said(least)}.", "minTlsVersion")
        if not hidden(profile) and profile in (None, "COMPATIBLE"):
            yield breach(policy, f"`profile` is {said(profile)}.", "profile")


def _plain_http(scope: Scope) -> Iterator[Breach]:
    """Of each proxy for HTTP the URL map that it is made of, where the preview tells which that is."""
    maps = list(scope.of_type(*_URL_MAPS))
    for proxy in scope.of_type(*_HTTP_PROXIES):
        for url_map in (one for one in maps if refers(proxy, "urlMap", one)):
            redirects = at(url_map.inputs, "defaultUrlRedirect.httpsRedirect")
            if redirects is not True and not hidden(redirects):
                message = f"`defaultUrlRedirect.httpsRedirect` is {said(redirects)}."
                yield breach(url_map, message, "defaultUrlRedirect.httpsRedirect")


def _open_armor(scope: Scope) -> Iterator[Breach]:
    """Where nobody is let pass in particular everybody is meant to be."""
    for policy in scope.of_type(*_ARMOR):
        rules = blocks(policy.inputs.get("rules"))
        allowed = {rule.get("priority"): place for place, rule in rules if rule.get("action") == "allow"}
        if _LAST_RULE in allowed and len(allowed) > 1:
            message = "Whoever no rule names may pass, and so the ranges that rules let pass mean nothing."
            yield breach(policy, message, f"rules[{allowed[_LAST_RULE]}].action")


LOAD_BALANCER_POLICIES: Final[tuple[Policy, ...]] = (
    Policy(
        id="GCP-TLS-VERSION",
        severity="error",
        title="TLS policies refuse versions before 1.2 and weak ciphers",
        because="TLS 1.0 and 1.1 are broken, and the profile COMPATIBLE offers ciphers that are.",
        remedy="Set `minTlsVersion` to TLS_1_2 and `profile` to MODERN or RESTRICTED.",
        source=cis("3.9"),
        check=_tls_policies,
    ),
    Policy(
        id="GCP-TLS-POLICY",
        severity="error",
        title="Every HTTPS proxy has a TLS policy",
        because="Without one, Google's default answers TLS 1.0.",
        remedy="Give the proxy an SSL policy with TLS 1.2 at least.",
        source=cis("3.9"),
        check=every(_HTTPS_PROXIES, "sslPolicy", given),
    ),
    Policy(
        id="GCP-HTTP-REDIRECT",
        severity="error",
        title="Plain HTTP is sent to HTTPS",
        because="Passwords and code would cross the network in clear text.",
        remedy="Let the URL map of the HTTP proxy redirect, or take the proxy away.",
        source=google("load-balancing/docs/https/setting-up-global-http-https-redirect"),
        check=_plain_http,
    ),
    Policy(
        id="GCP-BACKEND-TIMEOUT",
        severity="warning",
        title="Load balancers hold a request for five minutes",
        because="A search streams its results for as long as it runs, and the default cuts it off after 30 seconds.",
        remedy="Set `timeoutSec` to 300.",
        source=provider("documentation of compute.BackendService, timeout_sec"),
        check=every(_BACKENDS, "timeoutSec", no_less_than(_LONGEST_REQUEST)),
    ),
    Policy(
        id="GCP-BACKEND-HTTPS",
        severity="warning",
        title="The way from the load balancer to the machine is encrypted",
        because="Everybody who sees the network's packets would see code and session cookies.",
        remedy="Set `protocol` to HTTPS and a named port that answers it.",
        source=google("load-balancing/docs/ssl-certificates/encryption-to-the-backends"),
        check=every(_BACKENDS, "protocol", one_of("HTTPS", "HTTP2", "SSL")),
    ),
    Policy(
        id="GCP-BACKEND-ARMOR",
        severity="warning",
        title="Backends of load balancers have a Cloud Armor policy",
        because="It holds the allowed ranges and the paths that nobody needs from outside.",
        remedy="Attach a security policy; `deployment.allowed_cidrs` is what it lets pass.",
        source=google("armor/docs/security-policy-overview"),
        check=every(_BACKENDS, "securityPolicy", given),
    ),
    Policy(
        id="GCP-ARMOR-DENIES",
        severity="error",
        title="Cloud Armor refuses whoever no rule lets pass",
        because="The allowed ranges mean nothing where the last rule lets everybody else in too.",
        remedy="Let the rule of the lowest priority deny; 0.0.0.0/0 in `deployment.allowed_cidrs` opens it openly.",
        source=google("armor/docs/security-policy-overview"),
        check=_open_armor,
    ),
)

"""The files that only a Docker Compose machine has: what differs from the vendor's Compose file, and what starts it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from recommender.host import HostPlan, Proxy
from templates.compose_services import SERVICE_NAMES, ComposeService, Group, Variables, compose_groups, compose_services
from templates.context import VERSION, File, checked
from templates.host_files import LIBRARY, Rows
from templates.render import render

_CONFIG = "/etc/moorage/docker-compose"
_HOST = r"[A-Za-z0-9]([A-Za-z0-9-]{0,62})(\.[A-Za-z0-9]([A-Za-z0-9-]{0,62}))*"
_EMAIL = r"[A-Za-z0-9][A-Za-z0-9._+-]*@[A-Za-z0-9.-]+"

# Private addresses, and the two ranges from which GCP's load balancers connect (Google Cloud, "Firewall rules", load
# balancing documentation, read 2026-11-22; unverified).
_BALANCERS = {"aws": ("private_ranges",), "gcp": ("private_ranges", "35.191.0.0/16", "130.211.0.0/22")}

_CERTIFICATE = "tls /run/moorage/secrets/tls-certificate /run/moorage/secrets/tls-key"


@dataclass(frozen=True, slots=True)
class CaddyContext:
    """What Caddy serves."""

    names: tuple[str, ...]
    """Names with a certificate, the default first; none: plain HTTP."""
    any_host: bool
    """Whether HTTPS requests for other hosts are answered too, with the default's certificate."""
    tls: str
    """The directive that says where certificates come from; empty: Let's Encrypt, which is Caddy's own default."""
    email: str
    trusted: tuple[str, ...]
    """Who may say from where a request came: load balancers; none: nobody."""
    hsts: bool
    """Whether browsers are told to come by HTTPS only."""


@dataclass(frozen=True, slots=True)
class ComposeContext:
    """What the other files say."""

    version: str
    registry: str
    """Host of the registry that mirrors Docker Hub; empty: none."""
    proxy: Variables
    """Variables that name the proxy; none without one."""
    groups: tuple[Group, ...]
    services: tuple[ComposeService, ...]


_ROWS: Rows = (
    (f"{_CONFIG}/docker-compose.override.yaml", "0644", "docker_compose/docker-compose.override.yaml.j2"),
    (f"{_CONFIG}/.env", "0644", "docker_compose/env.j2"),
    (f"{_CONFIG}/daemon.json", "0644", "docker_compose/daemon.json.j2"),
    (f"{_CONFIG}/docker.service", "0644", "docker_compose/docker.service.j2"),
    (f"{_CONFIG}/docker.conf", "0644", "docker_compose/docker.conf.j2"),
    ("/usr/local/bin/moorage-compose", "0755", "docker_compose/moorage-compose.sh.j2"),
    (f"{LIBRARY}/start", "0755", "docker_compose/start.sh.j2"),
)


def files(plan: HostPlan) -> tuple[File, ...]:
    """Every file that a Docker Compose machine has beside the shared ones of `templates.host_files`.

    Raises:
        MoorageError: a value of the plan that has no business in a file that root reads.
    """
    caddyfile = render("docker_compose/Caddyfile.j2", _caddy(plan))
    proxy = _proxy_variables(plan.proxy)
    groups = compose_groups(plan, proxy)
    context = ComposeContext(
        version=checked("version", plan.version, VERSION),
        registry=checked("sources.registry", plan.sources.registry or "", rf"({_HOST}(:[0-9]{{1,5}})?)?"),
        proxy=proxy,
        groups=groups,
        services=compose_services(plan, groups, hashlib.sha256(caddyfile.encode()).hexdigest()[:16]),
    )
    return (
        *(File(path, mode, render(template, context)) for path, mode, template in _ROWS),
        File(f"{_CONFIG}/Caddyfile", "0644", caddyfile),
    )


def _caddy(plan: HostPlan) -> CaddyContext:
    mode, on_cloud = plan.tls.mode, plan.platform != "other"
    domain = (checked("domain", plan.domain, _HOST),) if plan.domain is not None else ()
    names = {
        "self-signed": (*domain, "localhost"),
        "certificate": domain,
        "lets-encrypt": domain,
        "none": (),
    }[mode]
    return CaddyContext(
        names=names,
        any_host=mode in ("self-signed", "certificate"),
        tls={"self-signed": "tls internal", "certificate": _CERTIFICATE}.get(mode, ""),
        email=checked("tls.email", plan.tls.email or "", rf"({_EMAIL})?"),
        # Plain HTTP is for a proxy that the organization puts before the machine.
        trusted=_BALANCERS[plan.platform] if on_cloud else ("private_ranges",) if mode == "none" else (),
        # A browser takes it only from a certificate that it trusts (RFC 6797, section 8.1): here the load balancer's.
        hsts=mode in ("certificate", "lets-encrypt") or (mode == "self-signed" and on_cloud),
    )


def _proxy_variables(proxy: Proxy | None) -> Variables:
    """The variables by which programs find the proxy, and what they reach without it: the machine's own services."""
    if proxy is None:
        return ()
    url = checked("proxy.url", proxy.url, rf"https?://{_HOST}(:[0-9]{{1,5}})?(/[A-Za-z0-9._~/-]*)?")
    direct = [checked("proxy.no_proxy", name, r"\.?[A-Za-z0-9*][A-Za-z0-9.:/-]*") for name in proxy.no_proxy]
    own = ("localhost", "127.0.0.1", "169.254.169.254", "metadata.google.internal")
    # git reads http_proxy only in lower case (curl's manual page, "Environment").
    return (
        ("HTTP_PROXY", url),
        ("HTTPS_PROXY", url),
        ("NO_PROXY", ",".join((*own, *SERVICE_NAMES, *direct))),
        ("http_proxy", url),
    )

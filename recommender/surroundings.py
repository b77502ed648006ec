"""The plan of a machine's surroundings: its network, and how people reach it."""

from __future__ import annotations

import ipaddress

from recommender.checks import Checks
from recommender.deployment import Deployment
from recommender.plan import Access, ExistingNetwork, NewNetwork, Provider

PRIVATE_RANGES = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")
_MOST_AWS_RANGES = 30
"""A range takes two rules, and a security group holds 60 by default (AWS's VPC quotas page; unverified, read as general
knowledge 2026-11-22)."""
_DEFAULT_CIDR = "10.64.0.0/16"


def plan_access(wanted: Deployment, checks: Checks, provider: Provider) -> Access | None:
    """How people reach the instance; None without a domain: through Session Manager or IAP only."""
    internet = wanted.access == "internet"
    if wanted.domain is None:
        for field in ("certificate", "dns_zone", "allowed_cidrs"):
            if getattr(wanted, field) is not None:
                checks.problem("deployment.domain", None, "a DNS name", f"Give the domain that {field} is for.")
        if internet:
            checks.problem("deployment.domain", None, "a DNS name", "The internet needs HTTPS, so a domain: give one.")
        return None
    if wanted.certificate is None and wanted.dns_zone is None:
        checks.problem(
            "deployment.certificate",
            None,
            "a certificate, or dns_zone so that a managed one can be validated",
            "Give deployment.dns_zone, or the reference of a certificate that exists.",
        )
    if internet and wanted.allowed_cidrs is None:
        checks.problem(
            "deployment.allowed_cidrs",
            None,
            "the ranges that may connect",
            "Name them; to open it to the whole internet, say [0.0.0.0/0].",
        )
    ranges = tuple(sorted(set(wanted.allowed_cidrs or PRIVATE_RANGES)))
    if provider == "aws" and len(ranges) > _MOST_AWS_RANGES:
        allowed = f"at most {_MOST_AWS_RANGES} ranges on AWS"
        checks.problem("deployment.allowed_cidrs", wanted.allowed_cidrs, allowed, "Join neighbouring ranges.")
    return Access(
        domain=wanted.domain,
        scheme="internet-facing" if internet else "internal",
        allowed_cidrs=ranges,
        certificate=wanted.certificate,
        dns_zone=wanted.dns_zone,
    )


def plan_network(
    wanted: Deployment, checks: Checks, provider: Provider, access: Access | None, zones: tuple[str, ...], *, nat: bool
) -> NewNetwork | ExistingNetwork | None:
    """The network, new or existing. `zones`: those of the region, the machine's first."""
    if wanted.network.id is None:
        return _new_network(wanted, checks, provider, access, zones, nat=nat)
    return _existing_network(wanted, checks, provider, access)


def _existing_network(wanted: Deployment, checks: Checks, provider: Provider, access: Access | None) -> ExistingNetwork:
    network = wanted.network
    if network.cidr is not None:
        checks.problem("deployment.network.cidr", network.cidr, "nothing beside `id`", "Remove one of the two.")
    if network.machine_subnet is None:
        checks.problem("deployment.network.machine_subnet", None, "a subnet of the network", "Name it.")
    edge = tuple(sorted(set(network.load_balancer_subnets or ())))
    if provider == "aws" and access is not None and len(edge) < 2:
        checks.problem(
            "deployment.network.load_balancer_subnets",
            network.load_balancer_subnets,
            "at least two subnets in different zones",
            "Name them: public ones for access `internet`, private ones for `private`.",
        )
    if provider == "gcp":
        internal = access is not None and access.scheme == "internal"
        if internal and network.proxy_only_cidr is None:
            checks.problem(
                "deployment.network.proxy_only_cidr",
                None,
                "the range of the region's proxy-only subnet",
                "Name it: the internal load balancer's proxies connect from it.",
            )
        edge = (network.proxy_only_cidr,) if internal and network.proxy_only_cidr else ()
    return ExistingNetwork(network.id or "", network.machine_subnet or "", edge)


def _new_network(
    wanted: Deployment, checks: Checks, provider: Provider, access: Access | None, zones: tuple[str, ...], *, nat: bool
) -> NewNetwork | None:
    for field in ("machine_subnet", "load_balancer_subnets", "proxy_only_cidr"):
        if getattr(wanted.network, field):
            checks.problem("deployment.network.id", None, "the network", f"Name the network that {field} is in.")
    cidr = ipaddress.IPv4Network(wanted.network.cidr or _DEFAULT_CIDR)
    if not 16 <= cidr.prefixlen <= 22 or not cidr.is_private:
        checks.problem("deployment.network.cidr", str(cidr), "a private IPv4 range of /16 to /22", "Choose another.")
        return None
    machine, nat_subnet, first, second, *_ = (str(subnet) for subnet in cidr.subnets(prefixlen_diff=4))
    if provider == "gcp":
        internal = access is not None and access.scheme == "internal"
        return NewNetwork(str(cidr), machine, (first,) if internal else (), (), nat)
    edges = zones[:2] if access is not None else ()
    return NewNetwork(str(cidr), machine, (first, second)[: len(edges)], edges, nat, nat_subnet if nat else None)

"""GCP: who may connect to what, from where; and what of it is logged."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from stacks.policies.gcp.compute import ROUTER_NAT
from stacks.policies.gcp.load_balancers import LOAD_BALANCER_POLICIES
from stacks.policies.gcp.sources import cis, google
from stacks.policies.inputs import at, blocks, breach, given, hidden, keeps_data, number, said, texts
from stacks.policies.policy import Breach, Policy, Scope
from stacks.policies.required import every, is_world, switched
from stacks.preview import Resource

FIREWALL: Final = "gcp:compute/firewall:Firewall"
NETWORK: Final = "gcp:compute/network:Network"
SUBNETWORK: Final = "gcp:compute/subnetwork:Subnetwork"

IAP: Final = "35.235.240.0/20"
"""Where tunnels of Identity-Aware Proxy come from: docs.cloud.google.com/iap/docs/using-tcp-forwarding, 2026-11-22."""
_WEB: Final = frozenset({80, 443})
_SHELLS: Final = frozenset({22, 3389})
_EVERY_PORT: Final = 65_536
_ANYBODY: Final = ["0.0.0.0/0"]


def _firewall_world(scope: Scope) -> Iterator[Breach]:
    for rule, ports in _ways_in(scope):
        sources = [cidr for cidr in _sources(rule) if is_world(cidr)]
        # Ports of shells have a policy of their own, which is stricter.
        if sources and ports - _WEB - _SHELLS:
            message = f"{', '.join(sources)} may connect to {_named(ports)}."
            yield breach(rule, message, "sourceRanges")


def _firewall_shell(scope: Scope) -> Iterator[Breach]:
    for rule, ports in _ways_in(scope):
        sources = [cidr for cidr in _sources(rule) if cidr != IAP]
        if sources and ports & _SHELLS and len(ports) < _EVERY_PORT:
            message = f"{', '.join(sources)} may connect to {_named(ports & _SHELLS)}."
            yield breach(rule, message, "sourceRanges")


def _ways_in(scope: Scope) -> Iterator[tuple[Resource, frozenset[int]]]:
    """Rules that let somebody in, with the ports that they open; all 65,536 where a rule names none."""
    for rule in scope.of_type(FIREWALL):
        if rule.inputs.get("direction") == "EGRESS" or rule.inputs.get("disabled") is True:
            continue
        opened = [_ports(allowed) for _, allowed in blocks(rule.inputs.get("allows"))]
        if opened:
            yield rule, frozenset[int]().union(*opened)


def _sources(rule: Resource) -> list[str]:
    """Ranges that a rule names. One that names no source at all lets everybody in."""
    inputs = rule.inputs
    named = [inputs.get(key) for key in ("sourceRanges", "sourceTags", "sourceServiceAccounts")]
    return texts(inputs.get("sourceRanges")) if any(map(given, named)) else _ANYBODY


def _ports(allowed: Any) -> frozenset[int]:  # noqa: ANN401 - whatever the input holds
    if hidden(allowed.get("ports")) or allowed.get("protocol") in ("icmp", "1"):
        return frozenset()
    named = texts(allowed.get("ports")) if given(allowed.get("ports")) else ["0-65535"]
    found = set[int]()
    for port in named:
        first, _, last = port.partition("-")
        start, end = number(first), number(last or first)
        if start is not None and end is not None:
            found.update(range(int(min(start, _EVERY_PORT)), int(min(end, _EVERY_PORT - 1)) + 1))
    return frozenset(found)


def _named(ports: frozenset[int]) -> str:
    if len(ports) == _EVERY_PORT:
        return "every port"
    shown = ", ".join(str(port) for port in sorted(ports)[:6])
    return f"port {shown}" if len(ports) <= 6 else f"port {shown} and {len(ports) - 6:,} others"


def _subnet_logs(scope: Scope) -> Iterator[Breach]:
    for subnet in _subnets_of_machines(scope):
        if keeps_data(scope, "gcp:") and not given(subnet.inputs.get("logConfig")):
            yield breach(subnet, "`logConfig` is not set: connections are not logged.", "logConfig")


def _subnet_google(scope: Scope) -> Iterator[Breach]:
    for subnet in _subnets_of_machines(scope):
        value = subnet.inputs.get("privateIpGoogleAccess")
        if value is not True and not hidden(value):
            yield breach(subnet, f"`privateIpGoogleAccess` is {said(value)}.", "privateIpGoogleAccess")


def _subnets_of_machines(scope: Scope) -> Iterator[Resource]:
    """Subnets but those of load balancers' proxies, which have neither flow logs nor machines."""
    for subnet in scope.of_type(SUBNETWORK):
        if at(subnet.inputs, "purpose") in (None, "PRIVATE"):
            yield subnet


POLICIES: Final[tuple[Policy, ...]] = (
    Policy(
        id="GCP-FIREWALL-WORLD",
        severity="error",
        title="Firewall rules let the world connect to ports 80 and 443 at most",
        because="Any other port that answers everybody is attacked soon, and nothing of Sourcegraph needs it.",
        remedy="Name ranges in `deployment.allowed_cidrs`; Google's load balancers need no such rule.",
        source=google("firewall/docs/firewalls"),
        check=_firewall_world,
    ),
    Policy(
        id="GCP-FIREWALL-SHELL",
        severity="error",
        title="SSH and remote desktops are reached through Identity-Aware Proxy alone",
        because="The proxy asks IAM who somebody is before a packet reaches the machine.",
        remedy=f"Allow ports 22 and 3389 from {IAP} only, and connect with `gcloud compute ssh --tunnel-through-iap`.",
        source=cis("3.6, 3.7 and 3.10"),
        check=_firewall_shell,
    ),
    Policy(
        id="GCP-NETWORK-CUSTOM",
        severity="warning",
        title="Networks have only the subnets that somebody chose",
        because="An auto-mode network has a subnet in every region, whose ranges collide with those of peers.",
        remedy="Set `autoCreateSubnetworks` to false, or name a network of your own in `deployment.network.id`.",
        source=cis("3.1 and 3.2"),
        check=every(NETWORK, "autoCreateSubnetworks", lambda value: value is False),
    ),
    Policy(
        id="GCP-SUBNET-FLOW-LOGS",
        severity="warning",
        title="Subnets of what lasts log connections",
        because="Without flow logs nobody can tell afterwards who talked to the machines.",
        remedy="Set `logConfig`; `fidelity: high` does for a POC.",
        source=cis("3.8"),
        check=_subnet_logs,
    ),
    Policy(
        id="GCP-SUBNET-PRIVATE-GOOGLE-ACCESS",
        severity="warning",
        title="Machines without an address of their own reach Google's APIs inside Google's network",
        because="Otherwise backups, logs and secrets depend on NAT, and are paid for there.",
        remedy="Set `privateIpGoogleAccess`, also on the subnet that `deployment.network` names.",
        source=google("vpc/docs/private-google-access"),
        check=_subnet_google,
    ),
    Policy(
        id="GCP-NAT-LOGS",
        severity="warning",
        title="Cloud NAT logs what it refuses",
        because="A NAT that runs out of ports drops connections to code hosts, which looks like a fault of theirs.",
        remedy="Set `logConfig.enable` with at least the filter ERRORS_ONLY.",
        source=google("nat/docs/monitoring"),
        check=every(ROUTER_NAT, "logConfig.enable", switched(on=True)),
    ),
    *LOAD_BALANCER_POLICIES,
)

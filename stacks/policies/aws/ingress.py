"""AWS: rules of security groups, however they are written, and who may come in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from stacks.policies.aws.parts import LOAD_BALANCER, SECURITY_GROUP
from stacks.policies.inputs import blocks, breach, hidden, number, texts
from stacks.policies.policy import Breach, Policy, Scope
from stacks.policies.required import is_world
from stacks.policies.sources import hub, vendor
from stacks.preview import Resource

_ADMIN_PORTS: Final = {22: "SSH", 3389: "RDP"}
_WEB_PORTS: Final = (80, 443)
_RANGES: Final = ("cidrIpv4", "cidrIpv6", "cidrBlocks", "ipv6CidrBlocks", "prefixListId", "prefixListIds")
"""Lists of prefixes among them: only the account knows what is in one."""
_RULE: Final = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
_OLD_RULE: Final = "aws:ec2/securityGroupRule:SecurityGroupRule"


@dataclass(frozen=True, slots=True)
class _Rule:
    """One opening of one security group."""

    resource: Resource
    where: str
    ranges: tuple[str, ...]
    protocol: str
    first: float
    last: float

    def opens(self, port: int) -> bool:
        """Whether TCP reaches a port through it."""
        return self.protocol in ("-1", "all", "tcp", "6") and self.first <= port <= self.last


def _rules(scope: Scope) -> Iterator[_Rule]:
    for resource in scope.of_type(_RULE):
        yield _rule(resource, "cidrIpv6" if "cidrIpv6" in resource.inputs else "cidrIpv4", resource.inputs)
    for resource in scope.of_type(_OLD_RULE):
        if resource.inputs.get("type") == "ingress":
            yield _rule(resource, "cidrBlocks", resource.inputs)
    for resource in scope.of_type(SECURITY_GROUP, "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup"):
        for place, block in blocks(resource.inputs.get("ingress")):
            yield _rule(resource, f"ingress[{place}]", block)


def _rule(resource: Resource, where: str, block: Mapping[str, Any]) -> _Rule:
    ranges = [text for key in _RANGES for text in texts(block.get(key))]
    protocol = str(block.get("ipProtocol", block.get("protocol", "-1"))).lower()
    first, last = number(block.get("fromPort")), number(block.get("toPort"))
    every_port = protocol in ("-1", "all")
    return _Rule(
        resource,
        where,
        tuple(ranges),
        protocol,
        0 if every_port or first is None or hidden(block.get("fromPort")) else first,
        65_535 if every_port or last is None or hidden(block.get("toPort")) else last,
    )


def _edges(scope: Scope) -> set[str]:
    """URNs of the security groups of load balancers."""
    balancers = scope.of_type(LOAD_BALANCER)
    return {urn for balancer in balancers for urn in balancer.property_dependencies.get("securityGroups", ())}


def _world(scope: Scope) -> Iterator[Breach]:
    edges = _edges(scope)
    for rule in _rules(scope):
        ranges = [cidr for cidr in rule.ranges if is_world(cidr)]
        groups = {rule.resource.urn, *rule.resource.property_dependencies.get("securityGroupId", ())}
        web = rule.protocol in ("tcp", "6") and rule.first == rule.last and rule.first in _WEB_PORTS
        if ranges and not (web and groups & edges):
            yield breach(rule.resource, f"Open to {', '.join(ranges)}: {_ports(rule)}.", rule.where)


def _ports(rule: _Rule) -> str:
    if rule.protocol in ("-1", "all"):
        return "everything"
    span = f"{rule.first:.0f}" if rule.first == rule.last else f"{rule.first:.0f} to {rule.last:.0f}"
    return f"{rule.protocol} {span}"


def _administration(scope: Scope) -> Iterator[Breach]:
    for rule in _rules(scope):
        names = [name for port, name in _ADMIN_PORTS.items() if rule.opens(port)]
        # The world is the other policy's; one opening is told once.
        ranges = [cidr for cidr in rule.ranges if not is_world(cidr)]
        if names and ranges:
            yield breach(rule.resource, f"{' and '.join(names)} from {', '.join(ranges)}.", rule.where)


def _edge_egress(scope: Scope) -> Iterator[Breach]:
    edges = _edges(scope)
    for rule in scope.of_type("aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"):
        ranges = [cidr for key in ("cidrIpv4", "cidrIpv6") for cidr in texts(rule.inputs.get(key)) if is_world(cidr)]
        if ranges and edges & set(rule.property_dependencies.get("securityGroupId", ())):
            yield breach(rule, f"The load balancer reaches {', '.join(ranges)}.", "cidrIpv4")


POLICIES: Final[tuple[Policy, ...]] = (
    Policy(
        "AWS-INGRESS-WORLD",
        "error",
        "Nothing is open to the world but the load balancer's HTTPS, and HTTP that leads there",
        "What answers the whole internet is found and tried within minutes.",
        "Name the ranges in `deployment.allowed_cidrs`; the load balancer of `deployment.domain` is the way in.",
        hub("EC2.18", "EC2.19"),
        _world,
    ),
    Policy(
        "AWS-INGRESS-ADMIN",
        "error",
        "No range of addresses reaches SSH or RDP",
        "Session Manager opens shells without an open port, and notes who did what.",
        "Remove the rule, and use the command in the output `connect_command`.",
        hub("EC2.13", "EC2.19"),
        _administration,
    ),
    Policy(
        "AWS-EDGE-EGRESS",
        "warning",
        "The load balancer reaches only what it serves",
        "A load balancer that reaches everything can be made to knock elsewhere.",
        "Let its security group's egress name the machine's security group.",
        vendor("docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-update-security-groups.html"),
        _edge_egress,
    ),
)

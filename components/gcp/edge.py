"""What both load balancers share: their arguments, the group they send requests to, and who may pass."""

from __future__ import annotations

from typing import Final, TypedDict

import pulumi
import pulumi_gcp as gcp

from recommender.plan import Access, SingleNodePlan

HTTPS_PORT = 443
HEALTH_PATH = "/healthz"
"""The frontend's own probe (sourcegraph/deploy-sourcegraph-helm v7.6.0 charts/sourcegraph/values.yaml, 2026-11-22).
That the image's ingress passes it on, without a host name or a login, is unverified."""
DRAIN_SECONDS = 300
# The SDK spells the global and the regional forms with the same keys.
HEALTHY: Final[gcp.compute.HealthCheckHttpsHealthCheckArgsDict] = {"port": HTTPS_PORT, "request_path": HEALTH_PATH}
TO_HTTPS: Final[gcp.compute.URLMapDefaultUrlRedirectArgsDict] = {
    "https_redirect": True,
    "redirect_response_code": "MOVED_PERMANENTLY_DEFAULT",
    "strip_query": False,
}

_ANYONE = "0.0.0.0/0"
_RANGES_A_RULE = 10  # the most that one rule holds: hashicorp/terraform-provider-google-beta#2076, seen 2026-11-22
_FIRST_BLOCK, _FIRST_ALLOW, _LAST = 100, 1000, 2147483647


class EdgeArgs(TypedDict):
    """What either load balancer needs."""

    plan: SingleNodePlan
    """Zone, region and labels; an address whose plan has `deletion_protection` is protected."""
    access: Access
    """The plan's own, which is not None where there is a load balancer."""
    machine: pulumi.Input[str]
    """Self link of the instance that answers."""


class DnsRecord(TypedDict):
    """A record that a person creates when the plan names no zone."""

    name: str
    type: str
    value: str


def the_machine(name: str, args: EdgeArgs, parent: pulumi.Resource) -> gcp.compute.BackendServiceBackendArgsDict:
    """The backend: a group of one machine, which is the form in which a load balancer takes it."""
    group = gcp.compute.InstanceGroup(
        f"{name}-group",
        zone=args["plan"].zone,
        instances=[args["machine"]],
        named_ports=[{"name": "https", "port": HTTPS_PORT}],
        opts=pulumi.ResourceOptions(parent=parent),
    )
    return {"group": group.self_link, "balancing_mode": "UTILIZATION", "capacity_scaler": 1.0}


def address_record(
    name: str, access: Access, address: pulumi.Input[str], parent: pulumi.Resource
) -> pulumi.Output[list[DnsRecord]]:
    """Points the domain at the address where the plan names a zone; else returns the record to create by hand."""
    if access.dns_zone is None:
        return pulumi.Output.from_input(address).apply(
            lambda ip: [DnsRecord(name=f"{access.domain}.", type="A", value=ip)]
        )
    gcp.dns.RecordSet(
        f"{name}-address",
        managed_zone=access.dns_zone,
        name=f"{access.domain}.",
        type="A",
        ttl=300,
        rrdatas=[address],
        opts=pulumi.ResourceOptions(parent=parent),
    )
    return pulumi.Output.from_input([])


def armor_rules(access: Access) -> list[gcp.compute.SecurityPolicyRuleArgsDict]:
    """Cloud Armor rules: blocked paths first, for everybody; then who may pass; everybody else gets 403.

    Paths are compared in lower case and decoded, as Google advises, so that `/%2Eexecutors` is no way round
    (cloud.google.com/armor/docs/configure-security-policies, read 2026-11-22).
    """
    rules: list[gcp.compute.SecurityPolicyRuleArgsDict] = [
        {
            "priority": _FIRST_BLOCK + index,
            "action": "deny(403)",
            "description": "A path that nobody needs from outside",
            "match": {"expr": {"expression": f"request.path.lower().urlDecode().startsWith('{_quoted(path)}')"}},
        }
        for index, path in enumerate(access.blocked_paths)
    ]
    open_to_anyone = _ANYONE in access.allowed_cidrs
    ranges = () if open_to_anyone else access.allowed_cidrs
    rules += [
        _for_ranges(_FIRST_ALLOW + start, "allow", "Allowed ranges", ranges[start : start + _RANGES_A_RULE])
        for start in range(0, len(ranges), _RANGES_A_RULE)
    ]
    action = "allow" if open_to_anyone else "deny(403)"
    return [*rules, _for_ranges(_LAST, action, "Everybody else", ("*",))]


def _for_ranges(
    priority: int, action: str, description: str, ranges: tuple[str, ...]
) -> gcp.compute.SecurityPolicyRuleArgsDict:
    return {
        "priority": priority,
        "action": action,
        "description": description,
        "match": {"versioned_expr": "SRC_IPS_V1", "config": {"src_ip_ranges": list(ranges)}},
    }


def _quoted(path: str) -> str:
    return path.lower().replace("\\", "\\\\").replace("'", "\\'")

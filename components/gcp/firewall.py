"""Who may open a connection to the machine. Everything that no rule here names is refused by the network itself."""

from __future__ import annotations

from typing import TypedDict

import pulumi
import pulumi_gcp as gcp

from recommender.plan import ExistingNetwork, SingleNodePlan

# cloud.google.com/load-balancing/docs/firewall-rules, 2026-11-22: front ends and health checks share two ranges.
# The range of Identity-Aware Proxy is the one in general use; Google's page on it was not read.
IAP_RANGE = "35.235.240.0/20"
GOOGLE_EDGE_RANGES = ("35.191.0.0/16", "130.211.0.0/22")


class FirewallArgs(TypedDict):
    """What `Firewall` needs."""

    plan: SingleNodePlan
    """Says whether there is a load balancer, and which."""
    network: pulumi.Input[str]
    """Network in which the rules are made. It must belong to the provider's project."""
    account: pulumi.Input[str]
    """Service account of the machine, to which alone the rules apply."""


def edge_ranges(plan: SingleNodePlan) -> tuple[str, ...]:
    """Ranges from which the plan's load balancer, and its health checks, reach the machine.

    An internal one is made of proxies in a subnetwork of their own, so their range comes on top.
    """
    if plan.access is None:
        return ()
    if plan.access.scheme == "internet-facing":
        return GOOGLE_EDGE_RANGES
    network = plan.network
    return GOOGLE_EDGE_RANGES + (network.edge_subnets if isinstance(network, ExistingNetwork) else network.edge_cidrs)


def is_shared_network(plan: SingleNodePlan) -> bool:
    """True for a network of another project (Shared VPC), where this project can make no rules."""
    if not isinstance(plan.network, ExistingNetwork):
        return False
    _, _, rest = plan.network.network.partition("projects/")
    return plan.project is not None and rest != "" and rest.partition("/")[0] != plan.project


class Firewall(pulumi.ComponentResource):
    """Rules for one machine: tunnels of Identity-Aware Proxy, and HTTPS from the load balancer where there is one.

    They apply to the service account, not to a network tag: whoever may edit an instance may give it a tag, while
    running as this account needs a grant on the account. That also keeps them off every other machine of a network
    that exists.
    """

    def __init__(self, name: str, args: FirewallArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("moorage:gcp:Firewall", name, opts=opts)
        gcp.compute.Firewall(
            f"{name}-iap",
            network=args["network"],
            description="SSH and HTTPS through tunnels of Identity-Aware Proxy, which asks who you are first.",
            direction="INGRESS",
            source_ranges=[IAP_RANGE],
            target_service_accounts=[args["account"]],
            allows=[{"protocol": "tcp", "ports": ["22", "443"]}],
            opts=pulumi.ResourceOptions(parent=self),
        )
        ranges = edge_ranges(args["plan"])
        if ranges:
            gcp.compute.Firewall(
                f"{name}-edge",
                network=args["network"],
                description="HTTPS from the load balancer and its health checks.",
                direction="INGRESS",
                source_ranges=list(ranges),
                target_service_accounts=[args["account"]],
                allows=[{"protocol": "tcp", "ports": ["443"]}],
                opts=pulumi.ResourceOptions(parent=self),
            )
        self.register_outputs({})

"""What the ingress controller finds in place, by name: the address, who may pass, and the least TLS."""

from __future__ import annotations

from typing import TypedDict

import pulumi
import pulumi_gcp as gcp

from components.gcp.edge import address_record, armor_rules
from components.gcp.kubernetes.network import Place
from recommender.kubernetes.plan import ClusterPlan, NewClusterNetwork
from recommender.plan import Access

POD_PORTS = ("3080", "6060")
"""Of the frontend's pods: requests and health (sourcegraph/deploy-sourcegraph-helm@v7.6.0
charts/sourcegraph/templates/frontend, read 2026-11-22)."""


class ClusterIngressArgs(TypedDict):
    """What `ClusterIngress` needs."""

    plan: ClusterPlan
    access: Access
    place: Place
    node_account: pulumi.Input[str]


def edge_name(plan: ClusterPlan) -> str:
    """Physical name of the address, of the Cloud Armor policy and of the TLS policy: objects in the cluster use it."""
    return f"{plan.name}-sourcegraph"


def access_of(plan: ClusterPlan) -> Access | None:
    """How people reach the instance, as the single machine's plan says it; None without a domain."""
    if plan.domain is None:
        return None
    return Access(
        domain=plan.domain,
        scheme=plan.scheme,
        allowed_cidrs=tuple(sorted(plan.allowed_cidrs)),
        certificate=plan.certificate,
        dns_zone=plan.dns_zone,
        blocked_paths=(),  # executors have a password of their own here
    )


class ClusterIngress(pulumi.ComponentResource):
    """The load balancer itself is made by GKE from the Ingress. It is told of all this by the fixed name.

    From the internet, Cloud Armor lets the allowed ranges pass. Inside of the network there is no such policy for a
    GKE Ingress (cloud.google.com/kubernetes-engine/docs/how-to/ingress-configuration, feature table, read
    2026-11-22): whoever reaches the address may pass.
    """

    address: pulumi.Output[str]

    def __init__(self, name: str, args: ClusterIngressArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("moorage:gcp:ClusterIngress", name, opts=opts)
        self._name, self._plan, self._child = name, args["plan"], pulumi.ResourceOptions(parent=self)
        # Records, bookmarks and allow-lists point at the address. Its name is fixed, so the old one goes first.
        kept = pulumi.ResourceOptions(parent=self, protect=args["plan"].deletion_protection, delete_before_replace=True)
        if args["access"].scheme == "internet-facing":
            self.address = self._from_the_internet(args["access"], kept)
        else:
            self.address = self._from_within(args, kept)
        address_record(name, args["access"], self.address, self)
        self.register_outputs({"address": self.address})

    def _from_the_internet(self, access: Access, kept: pulumi.ResourceOptions) -> pulumi.Output[str]:
        plan, fixed = self._plan, edge_name(self._plan)
        gcp.compute.SecurityPolicy(
            f"{self._name}-armor",
            name=fixed,
            project=plan.project,
            type="CLOUD_ARMOR",
            rules=armor_rules(access),
            labels=dict(plan.tags),
            opts=self._child,
        )
        gcp.compute.SSLPolicy(
            f"{self._name}-tls",
            name=fixed,
            project=plan.project,
            profile="MODERN",
            min_tls_version="TLS_1_2",
            opts=self._child,
        )
        return gcp.compute.GlobalAddress(
            f"{self._name}-ip", name=fixed, project=plan.project, labels=dict(plan.tags), opts=kept
        ).address

    def _from_within(self, args: ClusterIngressArgs, kept: pulumi.ResourceOptions) -> pulumi.Output[str]:
        plan, place = self._plan, args["place"]
        if isinstance(plan.network, NewClusterNetwork):
            gcp.compute.Firewall(
                f"{self._name}-edge",
                network=place.network,
                description="Requests from the internal load balancer's proxies, for which GKE makes no rule.",
                direction="INGRESS",
                source_ranges=[plan.network.proxy_only_cidr],
                target_service_accounts=[args["node_account"]],
                allows=[{"protocol": "tcp", "ports": list(POD_PORTS)}],
                opts=self._child,
            )
        return gcp.compute.Address(
            f"{self._name}-ip",
            name=edge_name(plan),
            project=plan.project,
            region=plan.region,
            address_type="INTERNAL",
            # Ports 443 and 80 are two forwarding rules; without this purpose they could not share an address.
            purpose="SHARED_LOADBALANCER_VIP",
            subnetwork=place.subnetwork,
            labels=dict(plan.tags),
            opts=kept,
        ).address

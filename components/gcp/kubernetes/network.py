"""Where a cluster is: a network of its own, or one that the customer runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypedDict

import pulumi
import pulumi_gcp as gcp

from components.gcp.nat import NatPorts, cloud_nat
from recommender.kubernetes.plan import ClusterPlan, ExistingClusterNetwork, NewClusterNetwork

_PODS, _SERVICES = "pods", "services"
# One address has 64,512 ports, so 126 nodes fit behind it; clones leave from a few of them, which get more.
_NAT_PORTS = NatPorts(minimum=512, maximum=16384)
# 4,096 addresses: Cloud SQL takes a /24 of them in each region, each Redis server a /29 (unverified).
_MANAGED_PREFIX = 20


@dataclass(frozen=True, slots=True)
class Place:
    """Network and ranges of a cluster."""

    network: pulumi.Input[str]
    subnetwork: pulumi.Input[str]
    pods_range: str
    """Name of the secondary range."""
    services_range: str
    """Name of the secondary range."""
    outbound_ips: list[pulumi.Output[str]]
    """Addresses that code hosts see; none where the network is not ours."""
    ready: Sequence[pulumi.Resource]
    """What must exist before anything in the network works."""


class ClusterNetworkArgs(TypedDict):
    """What `ClusterNetwork` needs."""

    plan: ClusterPlan
    network: NewClusterNetwork
    """The plan's own."""


class ClusterNetwork(pulumi.ComponentResource):
    """A custom-mode network with one subnetwork for the nodes, which spans the region's zones, and its way out.

    GKE adds the firewall rules between its nodes and the control plane. Where the cloud runs databases or Redis, the
    network is peered with Google's own, since these servers have no address in ours.
    """

    network: pulumi.Output[str]
    subnetwork: pulumi.Output[str]
    outbound_ip: pulumi.Output[str]

    def __init__(self, name: str, args: ClusterNetworkArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("moorage:gcp:ClusterNetwork", name, opts=opts)
        plan, ranges = args["plan"], args["network"]
        self._name, self._child, self._region = name, pulumi.ResourceOptions(parent=self), plan.region
        network = gcp.compute.Network(
            f"{name}-network", auto_create_subnetworks=False, routing_mode="REGIONAL", opts=self._child
        )
        self.network = network.id
        self.subnetwork = self._nodes(ranges, flow_logs=not plan.disposable).id
        self.outbound_ip = cloud_nat(
            name,
            network=self.network,
            subnetwork=self.subnetwork,
            ports=_NAT_PORTS,
            labels=dict(plan.tags),
            parent=self,
        )
        if ranges.proxy_only_cidr:
            self._proxies(ranges.proxy_only_cidr)
        if plan.managed.databases or plan.managed.redis:
            self._peer_with_google(dict(plan.tags))
        self.register_outputs({"network": self.network, "subnetwork": self.subnetwork, "outboundIp": self.outbound_ip})

    def _nodes(self, ranges: NewClusterNetwork, *, flow_logs: bool) -> gcp.compute.Subnetwork:
        return gcp.compute.Subnetwork(
            f"{self._name}-nodes",
            network=self.network,
            region=self._region,
            ip_cidr_range=ranges.cidr,
            secondary_ip_ranges=[
                {"range_name": _PODS, "ip_cidr_range": ranges.pods_cidr},
                {"range_name": _SERVICES, "ip_cidr_range": ranges.services_cidr},
            ],
            # Images, logs and the bucket reach Google without leaving through NAT.
            private_ip_google_access=True,
            log_config={"metadata": "INCLUDE_ALL_METADATA"} if flow_logs else None,
            opts=self._child,
        )

    def _proxies(self, cidr: str) -> None:
        gcp.compute.Subnetwork(
            f"{self._name}-proxies",
            network=self.network,
            region=self._region,
            ip_cidr_range=cidr,
            purpose="REGIONAL_MANAGED_PROXY",
            role="ACTIVE",
            opts=self._child,
        )

    def _peer_with_google(self, labels: dict[str, str]) -> None:
        """A range that Google chooses beside those of the network, for the servers that it runs for us."""
        range_ = gcp.compute.GlobalAddress(
            f"{self._name}-managed",
            purpose="VPC_PEERING",
            address_type="INTERNAL",
            prefix_length=_MANAGED_PREFIX,
            network=self.network,
            labels=labels,
            opts=self._child,
        )
        gcp.servicenetworking.Connection(
            f"{self._name}-managed",
            network=self.network,
            service="servicenetworking.googleapis.com",
            reserved_peering_ranges=[range_.name],
            # Google keeps a deleted server for days and refuses to delete the connection as long. Without this the
            # network could not be deleted either (pulumi_gcp 10.2.0, servicenetworking.Connection, read 2026-11-22).
            deletion_policy="REMOVE_PEERING",
            opts=self._child,
        )


def place(name: str, plan: ClusterPlan, child: pulumi.ResourceOptions) -> Place:
    """The plan's network, made where it is not there yet."""
    network = plan.network
    if isinstance(network, ExistingClusterNetwork):
        (subnetwork,) = network.node_subnets
        return Place(network.network, subnetwork, network.pods_range, network.services_range, [], [])
    made = ClusterNetwork(name, {"plan": plan, "network": network}, child)
    return Place(made.network, made.subnetwork, _PODS, _SERVICES, [made.outbound_ip], [made])

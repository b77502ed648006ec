"""A network of the cluster's own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypedDict

import pulumi
import pulumi_aws as aws

from components.aws.flow_logs import FlowLogs
from components.aws.nat import nat_gateway
from components.aws.routing import default_route, private_vpc, route_table, routed_subnet, storage_endpoint
from components.aws.tags import named
from recommender.kubernetes.plan import NewClusterNetwork, Zone


class ClusterNetworkArgs(TypedDict):
    """What a cluster's network is made of."""

    network: NewClusterNetwork
    """Ranges, zones and gateways."""
    region: str
    """Region of the network, for the name of the S3 endpoint."""
    flow_logs: bool
    """True: connections are recorded."""
    tags: Mapping[str, str]
    """Tags of every resource."""


class ClusterNetwork(pulumi.ComponentResource):
    """A VPC with a private subnet for nodes and a public one for load balancers in each zone.

    Every private subnet has a route table of its own, whatever the number of gateways: going from one gateway to one a
    zone changes routes, and no subnet. The tags by which the load balancer controller finds subnets are those of
    docs.aws.amazon.com/eks/latest/userguide/network-load-balancing.html, read 2026-11-22.
    """

    vpc_id: pulumi.Output[str]
    """The VPC."""
    node_subnet_ids: dict[str, pulumi.Output[str]]
    """Private subnets, by zone."""
    outbound_ips: list[pulumi.Output[str]]
    """Addresses that code hosts see, one a gateway."""

    def __init__(self, name: str, args: ClusterNetworkArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("moorage:aws:ClusterNetwork", name, opts=opts)
        self._name, self._tags, self._child = name, args["tags"], pulumi.ResourceOptions(parent=self)
        network = args["network"]
        zones = sorted(network.zones, key=lambda zone: zone.name)
        self.vpc_id = private_vpc(name, cidr=network.cidr, tags=self._tags, parent=self).id
        public, way_out = self._create_public_routes()
        edges = {zone.name: self._subnet("edge", zone, zone.edge_cidr, public) for zone in zones}
        private = {zone.name: self._route_table(f"node-{zone.name}") for zone in zones}
        self.node_subnet_ids = {
            zone.name: self._subnet("node", zone, zone.node_cidr, private[zone.name]).id for zone in zones
        }
        gateways = edges if network.nat == "per-zone" else dict(list(edges.items())[:1])
        self.outbound_ips = self._create_ways_out(gateways, private, needs=way_out)
        storage_endpoint(
            f"{name}-s3",
            vpc_id=self.vpc_id,
            region=args["region"],
            routes=list(private.values()),
            tags=self._tags,
            parent=self,
        )
        if args["flow_logs"]:
            FlowLogs(f"{name}-flow-logs", {"vpc_id": self.vpc_id, "tags": self._tags}, self._child)
        self.register_outputs(
            {"vpcId": self.vpc_id, "nodeSubnetIds": self.node_subnet_ids, "outboundIps": self.outbound_ips}
        )

    def _create_public_routes(self) -> tuple[aws.ec2.RouteTable, aws.ec2.Route]:
        name = self._name
        gateway = aws.ec2.InternetGateway(name, vpc_id=self.vpc_id, tags=named(self._tags, name), opts=self._child)
        public = self._route_table("public")
        return public, default_route(f"{name}-public", routes=public, gateway_id=gateway.id, parent=self)

    def _create_ways_out(
        self,
        gateways: Mapping[str, aws.ec2.Subnet],
        private: Mapping[str, aws.ec2.RouteTable],
        *,
        needs: pulumi.Resource,
    ) -> list[pulumi.Output[str]]:
        made = {
            zone: nat_gateway(
                f"{self._name}-nat-{zone}",
                subnet_id=edge.id,
                tags=self._tags,
                parent=self,
                # AWS refuses a public NAT gateway while its subnet has no way out.
                depends_on=[needs],
            )
            for zone, edge in gateways.items()
        }
        shared = next(iter(made.values()))
        for zone, routes in private.items():
            gateway_id, _ = made.get(zone, shared)
            default_route(f"{self._name}-node-{zone}", routes=routes, nat_gateway_id=gateway_id, parent=self)
        return [address for _, address in made.values()]

    def _route_table(self, kind: str) -> aws.ec2.RouteTable:
        return route_table(f"{self._name}-{kind}", vpc_id=self.vpc_id, tags=self._tags, parent=self)

    def _subnet(self, kind: str, zone: Zone, cidr: str, routes: aws.ec2.RouteTable) -> aws.ec2.Subnet:
        role = "elb" if kind == "edge" else "internal-elb"
        return routed_subnet(
            f"{self._name}-{kind}-{zone.name}",
            vpc_id=self.vpc_id,
            cidr=cidr,
            zone_id=zone.id,
            routes=routes,
            tags={**self._tags, f"kubernetes.io/role/{role}": "1"},
            parent=self,
        )

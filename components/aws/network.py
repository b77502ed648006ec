"""A network of our own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypedDict

import pulumi
import pulumi_aws as aws

from components.aws.flow_logs import FlowLogs
from components.aws.nat import Nat
from components.aws.routing import default_route, private_vpc, route_table, routed_subnet, storage_endpoint
from components.aws.tags import named
from recommender.plan import NewNetwork


class NetworkArgs(TypedDict):
    """What a network is made of."""

    network: NewNetwork
    """Ranges and zones."""
    region: str
    """Region of the network, for the name of the S3 endpoint."""
    zone: str
    """Zone of the machine's subnet, by name."""
    public_edge: bool
    """True: a load balancer in the edge subnets can be reached from the internet."""
    flow_logs: bool
    """True: connections are recorded."""
    tags: Mapping[str, str]
    """Tags of every resource."""


class Network(pulumi.ComponentResource):
    """A VPC with a subnet for the machine and subnets for a load balancer. Opens no port: see `Firewall`."""

    vpc_id: pulumi.Output[str]
    """The VPC."""
    machine_subnet_id: pulumi.Output[str]
    """Subnet of the machine: private behind NAT, else public."""
    edge_subnet_ids: list[pulumi.Output[str]]
    """Subnets of a load balancer, in the order of the plan's zones."""
    nat_public_ip: pulumi.Output[str] | None
    """Address that code hosts see; None without NAT."""

    def __init__(self, name: str, args: NetworkArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("moorage:aws:Network", name, opts=opts)
        self._name, self._tags, self._child = name, args["tags"], pulumi.ResourceOptions(parent=self)
        self.vpc_id = private_vpc(name, cidr=args["network"].cidr, tags=self._tags, parent=self).id
        self.nat_public_ip = None
        public, private = self._create_routes(args)
        machine_routes = private if private and args["network"].nat else public
        self.machine_subnet_id = self._subnet("machine", args["network"].machine_cidr, args["zone"], machine_routes)
        edge_routes = private if private and not args["public_edge"] else public
        self.edge_subnet_ids = [
            self._subnet(f"edge-{zone}", cidr, zone, edge_routes)
            for cidr, zone in zip(args["network"].edge_cidrs, args["network"].edge_zones, strict=True)
        ]
        storage_endpoint(
            f"{name}-s3",
            vpc_id=self.vpc_id,
            region=args["region"],
            routes=[machine_routes],
            tags=self._tags,
            parent=self,
        )
        if args["flow_logs"]:
            FlowLogs(f"{name}-flow-logs", {"vpc_id": self.vpc_id, "tags": self._tags}, self._child)
        self.register_outputs(
            {
                "vpcId": self.vpc_id,
                "machineSubnetId": self.machine_subnet_id,
                "edgeSubnetIds": self.edge_subnet_ids,
                "natPublicIp": self.nat_public_ip,
            }
        )

    def _create_routes(self, args: NetworkArgs) -> tuple[aws.ec2.RouteTable, aws.ec2.RouteTable | None]:
        """Routes to the internet; and routes that nobody outside can come in by, where the plan wants them."""
        network, name = args["network"], self._name
        gateway = aws.ec2.InternetGateway(name, vpc_id=self.vpc_id, tags=named(self._tags, name), opts=self._child)
        public = self._route_table("public")
        way_out = default_route(f"{name}-public", routes=public, gateway_id=gateway.id, parent=self)
        if not network.nat and (args["public_edge"] or not network.edge_cidrs):
            return public, None
        private = self._route_table("private")
        if network.nat:
            # AWS refuses a public NAT gateway while its subnet has no way out.
            nat = self._create_nat(network, args["zone"], public, needs=way_out)
            default_route(f"{name}-private", routes=private, nat_gateway_id=nat.gateway_id, parent=self)
            self.nat_public_ip = nat.public_ip
        return public, private

    def _create_nat(self, network: NewNetwork, zone: str, public: aws.ec2.RouteTable, *, needs: pulumi.Resource) -> Nat:
        assert network.nat_cidr is not None, "an AWS plan with NAT names the subnet of its gateway"
        return Nat(
            f"{self._name}-nat",
            {
                "vpc_id": self.vpc_id,
                "cidr": network.nat_cidr,
                "zone": zone,
                "public_routes": public,
                "tags": self._tags,
            },
            pulumi.ResourceOptions(parent=self, depends_on=[needs]),
        )

    def _route_table(self, kind: str) -> aws.ec2.RouteTable:
        return route_table(f"{self._name}-{kind}", vpc_id=self.vpc_id, tags=self._tags, parent=self)

    def _subnet(self, kind: str, cidr: str, zone: str, routes: aws.ec2.RouteTable) -> pulumi.Output[str]:
        name = f"{self._name}-{kind}"
        return routed_subnet(
            name, vpc_id=self.vpc_id, cidr=cidr, zone=zone, routes=routes, tags=self._tags, parent=self
        ).id

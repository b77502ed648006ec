"""The way out of a private subnet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypedDict

import pulumi
import pulumi_aws as aws

from components.aws.routing import routed_subnet
from components.aws.tags import named


class NatArgs(TypedDict):
    """What a NAT gateway is made of."""

    vpc_id: pulumi.Input[str]
    """Network of the gateway."""
    cidr: str
    """Range of the gateway's own subnet."""
    zone: str
    """Zone of the machine. One gateway there is enough: in another zone there is no machine to serve."""
    public_routes: aws.ec2.RouteTable
    """Routes to the internet."""
    tags: Mapping[str, str]
    """Tags of every resource."""


class Nat(pulumi.ComponentResource):
    """One NAT gateway with a fixed public address, in a public subnet of its own."""

    gateway_id: pulumi.Output[str]
    """Target of private routes."""
    public_ip: pulumi.Output[str]
    """Address that code hosts see, for their allow-lists."""

    def __init__(self, name: str, args: NatArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("moorage:aws:Nat", name, opts=opts)
        subnet = routed_subnet(
            name,
            vpc_id=args["vpc_id"],
            cidr=args["cidr"],
            zone=args["zone"],
            routes=args["public_routes"],
            tags=args["tags"],
            parent=self,
        )
        self.gateway_id, self.public_ip = nat_gateway(name, subnet_id=subnet.id, tags=args["tags"], parent=self)
        self.register_outputs({"gatewayId": self.gateway_id, "publicIp": self.public_ip})


def nat_gateway(
    name: str,
    *,
    subnet_id: pulumi.Input[str],
    tags: Mapping[str, str],
    parent: pulumi.Resource,
    depends_on: Sequence[pulumi.Resource] = (),
) -> tuple[pulumi.Output[str], pulumi.Output[str]]:
    """A gateway in a public subnet: its id, and the fixed address that it has for the internet."""
    opts = pulumi.ResourceOptions(parent=parent, depends_on=list(depends_on))
    address = aws.ec2.Eip(name, domain="vpc", tags=named(tags, name), opts=opts)
    gateway = aws.ec2.NatGateway(name, allocation_id=address.id, subnet_id=subnet_id, tags=named(tags, name), opts=opts)
    return gateway.id, address.public_ip

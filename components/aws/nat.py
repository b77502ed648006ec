"""The way out of a private subnet."""

from __future__ import annotations

from collections.abc import Mapping
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
        child = pulumi.ResourceOptions(parent=self)
        tags = named(args["tags"], name)
        subnet = routed_subnet(
            name,
            vpc_id=args["vpc_id"],
            cidr=args["cidr"],
            zone=args["zone"],
            routes=args["public_routes"],
            tags=args["tags"],
            parent=self,
        )
        address = aws.ec2.Eip(name, domain="vpc", tags=tags, opts=child)
        gateway = aws.ec2.NatGateway(name, allocation_id=address.id, subnet_id=subnet.id, tags=tags, opts=child)
        self.gateway_id = gateway.id
        self.public_ip = address.public_ip
        self.register_outputs({"gatewayId": self.gateway_id, "publicIp": self.public_ip})

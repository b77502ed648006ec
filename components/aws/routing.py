"""Subnets and the way out of them."""

from __future__ import annotations

from collections.abc import Mapping

import pulumi
import pulumi_aws as aws

from components.aws.tags import named


def route_table(
    name: str, *, vpc_id: pulumi.Input[str], tags: Mapping[str, str], parent: pulumi.Resource
) -> aws.ec2.RouteTable:
    """A table that routes within the network only. Routes out are resources of their own."""
    opts = pulumi.ResourceOptions(parent=parent)
    return aws.ec2.RouteTable(name, vpc_id=vpc_id, tags=named(tags, name), opts=opts)


def default_route(
    name: str,
    *,
    routes: aws.ec2.RouteTable,
    parent: pulumi.Resource,
    gateway_id: pulumi.Input[str] | None = None,
    nat_gateway_id: pulumi.Input[str] | None = None,
) -> aws.ec2.Route:
    """Everything that is not in the network leaves through one of the two gateways."""
    return aws.ec2.Route(
        name,
        route_table_id=routes.id,
        destination_cidr_block="0.0.0.0/0",
        gateway_id=gateway_id,
        nat_gateway_id=nat_gateway_id,
        opts=pulumi.ResourceOptions(parent=parent),
    )


def routed_subnet(
    name: str,
    *,
    vpc_id: pulumi.Input[str],
    cidr: str,
    zone: str,
    routes: aws.ec2.RouteTable,
    tags: Mapping[str, str],
    parent: pulumi.Resource,
) -> aws.ec2.Subnet:
    """A subnet that gives no public address by itself, associated with a route table."""
    opts = pulumi.ResourceOptions(parent=parent)
    subnet = aws.ec2.Subnet(
        name,
        vpc_id=vpc_id,
        cidr_block=cidr,
        # By name, not by id: the data disk's zone is a name, and the two must be the same zone.
        availability_zone=zone,
        map_public_ip_on_launch=False,
        tags=named(tags, name),
        opts=opts,
    )
    aws.ec2.RouteTableAssociation(name, subnet_id=subnet.id, route_table_id=routes.id, opts=opts)
    return subnet

"""A network, its subnets and the way out of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pulumi
import pulumi_aws as aws

from components.aws.tags import named


def private_vpc(name: str, *, cidr: str, tags: Mapping[str, str], parent: pulumi.Resource) -> aws.ec2.Vpc:
    """A VPC whose default security group admits nothing. It resolves names, which EKS and endpoints need."""
    opts = pulumi.ResourceOptions(parent=parent)
    vpc = aws.ec2.Vpc(
        name,
        cidr_block=cidr,
        enable_dns_hostnames=True,
        enable_dns_support=True,
        tags=named(tags, name),
        opts=opts,
    )
    # Adopting the default group without rules empties it, so that nothing is reachable by omission.
    aws.ec2.DefaultSecurityGroup(name, vpc_id=vpc.id, tags=named(tags, f"{name}-unused"), opts=opts)
    return vpc


def storage_endpoint(
    name: str,
    *,
    vpc_id: pulumi.Input[str],
    region: str,
    routes: Sequence[aws.ec2.RouteTable],
    tags: Mapping[str, str],
    parent: pulumi.Resource,
) -> None:
    """Free, and keeps downloads from S3, of packages and images, off the NAT gateways' bill."""
    aws.ec2.VpcEndpoint(
        name,
        vpc_id=vpc_id,
        vpc_endpoint_type="Gateway",
        service_name=f"com.amazonaws.{region}.s3",
        route_table_ids=[table.id for table in routes],
        tags=named(tags, name),
        opts=pulumi.ResourceOptions(parent=parent),
    )


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
    zone: str | None = None,
    zone_id: str | None = None,
    routes: aws.ec2.RouteTable,
    tags: Mapping[str, str],
    parent: pulumi.Resource,
) -> aws.ec2.Subnet:
    """A subnet that gives no public address by itself, associated with a route table.

    Its zone is given by name where a disk must be in the same one, whose zone is a name; else by id, which means the
    same place in every account.
    """
    opts = pulumi.ResourceOptions(parent=parent)
    subnet = aws.ec2.Subnet(
        name,
        vpc_id=vpc_id,
        cidr_block=cidr,
        availability_zone=zone,
        availability_zone_id=zone_id,
        map_public_ip_on_launch=False,
        tags=named(tags, name),
        opts=opts,
    )
    aws.ec2.RouteTableAssociation(name, subnet_id=subnet.id, route_table_id=routes.id, opts=opts)
    return subnet

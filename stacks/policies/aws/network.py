"""AWS: what faces the internet, and the ways out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from stacks.policies.aws.parts import BUCKET, CLUSTER, DATABASE, INSTANCE, LAUNCH_TEMPLATE, SUBNET, VPC, companions
from stacks.policies.inputs import at, blocks, breach, enabled, given, hidden, keeps_data, refers, said, texts
from stacks.policies.policy import Breach, Policy, Scope
from stacks.policies.required import is_world
from stacks.policies.sources import hub, vendor
from stacks.preview import Resource

_BLOCKS = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")


def _is_on(value: object) -> bool:
    """Whether a switch is surely on; a hidden one is not judged."""
    return enabled(value) and not hidden(value)


def _public_databases(scope: Scope) -> Iterator[Breach]:
    for database in scope.of_type(DATABASE):
        if _is_on(database.inputs.get("publiclyAccessible")):
            yield breach(database, "publiclyAccessible is true.", "publiclyAccessible")


def _public_clusters(scope: Scope) -> Iterator[Breach]:
    for cluster in scope.of_type(CLUSTER):
        network = cluster.inputs.get("vpcConfig")
        public, ranges = at(network, "endpointPublicAccess"), at(network, "publicAccessCidrs")
        # AWS' default is on, for everybody.
        if hidden(network) or hidden(public) or hidden(ranges) or public in (False, "false"):
            continue
        world = [cidr for cidr in texts(ranges) if is_world(cidr)]
        if world or not given(ranges):
            yield breach(
                cluster,
                f"The API server answers {', '.join(world) or 'everybody: no ranges are named'}.",
                "vpcConfig.publicAccessCidrs",
            )


def _public_buckets(scope: Scope) -> Iterator[Breach]:
    for bucket in scope.of_type(BUCKET):
        found = companions(scope, bucket, "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock")
        if not found:
            yield breach(bucket, "No BucketPublicAccessBlock is made for it.")
        for block in found:
            for switch in _BLOCKS:
                if not enabled(block.inputs.get(switch)):
                    yield breach(block, f"{switch} is {said(block.inputs.get(switch))}.", switch)


def _public_machines(scope: Scope) -> Iterator[Breach]:
    """A disposable POC has no NAT gateway: there a public address is the way out."""
    if not keeps_data(scope, "aws:"):
        return
    for machine in scope.of_type(INSTANCE):
        if _is_on(machine.inputs.get("associatePublicIpAddress")):
            yield breach(machine, "associatePublicIpAddress is true.", "associatePublicIpAddress")
    for template in scope.of_type(LAUNCH_TEMPLATE):
        for place, interface in blocks(template.inputs.get("networkInterfaces")):
            if _is_on(interface.get("associatePublicIpAddress")):
                where = f"networkInterfaces[{place}].associatePublicIpAddress"
                yield breach(template, "associatePublicIpAddress is true.", where)
    for subnet in scope.of_type(SUBNET):
        if _is_on(subnet.inputs.get("mapPublicIpOnLaunch")):
            yield breach(subnet, "mapPublicIpOnLaunch is true.", "mapPublicIpOnLaunch")


def _default_groups(scope: Scope) -> Iterator[Breach]:
    closed = tuple(scope.of_type("aws:ec2/defaultSecurityGroup:DefaultSecurityGroup"))
    for vpc in scope.of_type(VPC):
        if not any(refers(group, "vpcId", vpc) for group in closed):
            yield breach(vpc, "Its default security group is left as AWS makes it, open within itself.")
    for group in closed:
        for direction in ("ingress", "egress"):
            if given(group.inputs.get(direction)):
                yield breach(group, f"It has rules for {direction}.", direction)


def _flow_logs(scope: Scope) -> Iterator[Breach]:
    if not keeps_data(scope, "aws:"):
        return
    logs = tuple(scope.of_type("aws:ec2/flowLog:FlowLog"))
    for vpc in scope.of_type(VPC):
        of_vpc = [log for log in logs if refers(log, "vpcId", vpc)]
        if not of_vpc:
            yield breach(vpc, "No flow log is made for it.")
        for log in of_vpc:
            if log.inputs.get("trafficType") not in ("ALL", "REJECT") and not hidden(log.inputs.get("trafficType")):
                yield breach(log, f"It logs {said(log.inputs.get('trafficType'))}.", "trafficType")


def _zone(subnet: Resource) -> str:
    return str(subnet.inputs.get("availabilityZoneId") or subnet.inputs.get("availabilityZone"))


def _far_nat_gateways(scope: Scope) -> Iterator[Breach]:
    """Follows subnet, route table, route, NAT gateway and its subnet, by what the inputs are made of."""
    if scope.stage != "production":
        return
    subnets = {subnet.urn: subnet for subnet in scope.of_type(SUBNET)}
    gateways = _gateways(scope)
    inhabited = {
        urn
        for type_, name in ((INSTANCE, "subnetId"), ("aws:eks/nodeGroup:NodeGroup", "subnetIds"))
        for resource in scope.of_type(type_)
        for urn in resource.property_dependencies.get(name, ())
    }
    for association in scope.of_type("aws:ec2/routeTableAssociation:RouteTableAssociation"):
        tables = association.property_dependencies.get("routeTableId", ())
        homes = {home for table in tables for home in gateways.get(table, ())}
        for urn in inhabited.intersection(association.property_dependencies.get("subnetId", ())):
            here, there = ({_zone(subnets[one]) for one in ones if one in subnets} for ones in ((urn,), homes))
            if here and there and not here & there:
                words = f"Its way out leads from {min(here)} through the NAT gateway in {min(there)}."
                yield breach(subnets[urn], words)


def _gateways(scope: Scope) -> dict[str, list[str]]:
    """URN of a route table to those of the subnets of the NAT gateways that its routes lead to."""
    homes = {
        gateway.urn: gateway.property_dependencies.get("subnetId", ())
        for gateway in scope.of_type("aws:ec2/natGateway:NatGateway")
    }
    found: dict[str, list[str]] = {}
    for route in scope.of_type("aws:ec2/route:Route"):
        for table in route.property_dependencies.get("routeTableId", ()):
            for gateway in route.property_dependencies.get("natGatewayId", ()):
                found.setdefault(table, []).extend(homes.get(gateway, ()))
    return found


POLICIES: Final[tuple[Policy, ...]] = (
    Policy(
        "AWS-RDS-PRIVATE",
        "error",
        "Databases have no public address",
        "Only Sourcegraph talks to them, from the same network.",
        "Set `publiclyAccessible` to false.",
        hub("RDS.2"),
        _public_databases,
    ),
    Policy(
        "AWS-EKS-ENDPOINT",
        "error",
        "The API server of Kubernetes answers named ranges, or only the network",
        "Whoever reaches it may try every stolen credential and every new hole.",
        "Name the ranges in `deployment.kubernetes.api_cidrs`; without any it answers within the network alone.",
        hub("EKS.1"),
        _public_clusters,
    ),
    Policy(
        "AWS-BUCKET-PRIVATE",
        "error",
        "Buckets cannot be made public",
        "A single later policy or object setting would publish what is uploaded.",
        "Make a BucketPublicAccessBlock for the bucket with all four switches on.",
        hub("S3.1", "S3.8"),
        _public_buckets,
    ),
    Policy(
        "AWS-MACHINE-PRIVATE",
        "error",
        "Machines have no public address",
        "What has no address on the internet is not reached by a mistake in a security group.",
        "Use a private subnet: `deployment.network.machine_subnet`, or the network of our own.",
        hub("EC2.9", "EC2.15", "EC2.25"),
        _public_machines,
    ),
    Policy(
        "AWS-DEFAULT-GROUP-CLOSED",
        "warning",
        "The default security group has no rules",
        "What names no security group gets this one, and would be open to everything else that did.",
        "Make a DefaultSecurityGroup without rules for the network.",
        hub("EC2.2"),
        _default_groups,
    ),
    Policy(
        "AWS-FLOW-LOGS",
        "warning",
        "Networks log who talks to whom",
        "After an incident nobody can tell otherwise where data went.",
        "Make a FlowLog for the network, of all traffic.",
        hub("EC2.6"),
        _flow_logs,
    ),
    Policy(
        "AWS-NAT-OWN-ZONE",
        "warning",
        "In production each zone has its own way out",
        "The loss of one zone would cut the others off, and traffic between zones costs money.",
        "Make a NAT gateway in each zone that has private subnets; `stage: production` does.",
        vendor("docs.aws.amazon.com/vpc/latest/userguide/vpc-nat-gateway.html"),
        _far_nat_gateways,
    ),
)

"""Where a cluster on AWS is, how it gets out, and who reaches its services."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.kubernetes.aws import CLUSTER, poc, production, record_cluster
from tests.kubernetes.plans import existing_network
from tests.recording import Recording

SUBNET = "aws:ec2/subnet:Subnet"
ROUTE = "aws:ec2/route:Route"
ASSOCIATION = "aws:ec2/routeTableAssociation:RouteTableAssociation"
ZONES = ("us-east-1a", "us-east-1b", "us-east-1c")


def way_out(recording: Recording, subnet: str) -> str | None:
    """The gateway behind a subnet's default route."""
    table = recording.named(subnet, ASSOCIATION).inputs["routeTableId"]
    for route in recording.of_type(ROUTE):
        if route.inputs["routeTableId"] == table:
            return str(route.inputs.get("natGatewayId") or route.inputs["gatewayId"])
    return None


def test_nodes_are_private_and_each_zone_has_its_own_way_out() -> None:
    recording = record_cluster(production())
    for zone in ZONES:
        assert way_out(recording, f"acme-network-node-{zone}") == f"acme-network-nat-{zone}-id"
        assert way_out(recording, f"acme-network-edge-{zone}") == "acme-network-id"
        gateway = recording.named(f"acme-network-nat-{zone}", "aws:ec2/natGateway:NatGateway")
        assert gateway.inputs["subnetId"] == f"acme-network-edge-{zone}-id"
        assert recording.named("acme-network-public", ROUTE).urn in gateway.depends_on, "AWS refuses it before"


def test_one_gateway_serves_all_zones_of_a_poc() -> None:
    recording = record_cluster(poc())
    assert {way_out(recording, f"acme-network-node-{zone}") for zone in ZONES} == {"acme-network-nat-us-east-1a-id"}


def test_more_gateways_leave_every_subnet_and_table_alone() -> None:
    network = production().network
    one = record_cluster(production(network=replace(network, nat="one")))
    many = record_cluster(production())
    added = [resource.name for resource in many.resources if resource.urn not in {each.urn for each in one.resources}]
    assert set(added) == {"acme-network-nat-us-east-1b", "acme-network-nat-us-east-1c"}
    changed = {
        resource.type
        for resource in one.resources
        if many.named(resource.name, resource.type).inputs != resource.inputs and not resource.component
    }
    assert changed == {ROUTE}


def test_subnets_are_in_the_zones_that_every_account_calls_the_same() -> None:
    recording = record_cluster(production())
    for zone, zone_id in zip(ZONES, ("use1-az6", "use1-az1", "use1-az2"), strict=True):
        for kind in ("node", "edge"):
            subnet = recording.named(f"acme-network-{kind}-{zone}", SUBNET)
            assert subnet.inputs["availabilityZoneId"] == zone_id
            assert "availabilityZone" not in subnet.inputs
            assert subnet.inputs["mapPublicIpOnLaunch"] is False


@pytest.mark.parametrize(("kind", "tag"), [("edge", "elb"), ("node", "internal-elb")])
def test_the_load_balancer_controller_finds_its_subnets_by_tag(kind: str, tag: str) -> None:
    for zone in ZONES:
        tags = record_cluster(production()).named(f"acme-network-{kind}-{zone}", SUBNET).inputs["tags"]
        assert isinstance(tags, dict)
        assert {key: value for key, value in tags.items() if key.startswith("kubernetes.io/")} == {
            f"kubernetes.io/role/{tag}": "1"
        }


def test_a_gateway_endpoint_keeps_s3_off_every_nat_gateway() -> None:
    endpoint = record_cluster(production()).named("acme-network-s3")
    assert endpoint.inputs["routeTableIds"] == [f"acme-network-node-{zone}-id" for zone in ZONES]


def test_the_default_security_group_is_emptied() -> None:
    [group] = record_cluster(production()).of_type("aws:ec2/defaultSecurityGroup:DefaultSecurityGroup")
    assert group.inputs.keys() == {"vpcId", "tags"}


def test_an_existing_network_is_only_used() -> None:
    recording = record_cluster(production(network=existing_network("aws")))
    made = {resource.type for resource in recording.resources if resource.type.startswith(("aws:ec2/", "aws:vpc/"))}
    assert made == {
        "aws:ec2/securityGroup:SecurityGroup",
        "aws:ec2/launchTemplate:LaunchTemplate",
        "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
    }
    [cluster] = recording.of_type(CLUSTER)
    subnets = ["subnet-0a1b2c3d", "subnet-1a1b2c3d", "subnet-2a1b2c3d"]
    assert isinstance(cluster.inputs["vpcConfig"], dict)
    assert cluster.inputs["vpcConfig"]["subnetIds"] == subnets
    for key in subnets:
        assert recording.named(f"acme-nodes-{key}").inputs["subnetIds"] == [key]
    for token in ("aws:rds/subnetGroup:SubnetGroup", "aws:elasticache/subnetGroup:SubnetGroup"):
        [group] = recording.of_type(token)
        assert group.inputs["subnetIds"] == subnets
    assert recording.outputs["network_id"] == "vpc-0a1b2c3d"
    assert recording.outputs["outbound_ips"] == []


def test_services_admit_the_nodes_alone() -> None:
    recording = record_cluster(production())
    for service, port in (("postgres", 5432), ("redis", 6379)):
        rule = recording.named(f"acme-managed-{service}", "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule")
        assert rule.inputs["securityGroupId"] == f"acme-managed-{service}-id"
        assert (rule.inputs["fromPort"], rule.inputs["referencedSecurityGroupId"]) == (port, "sg-cluster")
    assert not recording.of_type("aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule")

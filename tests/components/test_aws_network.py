"""Networks, and who may connect to whom in them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from recommender.plan import SingleNodePlan
from tests.components.aws import EXISTING, WITHOUT_NAT, access, poc, production, record_machine
from tests.recording import Recording

INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
EGRESS = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
ASSOCIATION = "aws:ec2/routeTableAssociation:RouteTableAssociation"
ROUTE = "aws:ec2/route:Route"


def way_out(recording: Recording, subnet: str) -> str | None:
    """The kind of gateway behind a subnet's default route."""
    table = recording.named(subnet, ASSOCIATION).inputs["routeTableId"]
    for route in recording.of_type(ROUTE):
        if route.inputs["routeTableId"] == table:
            return "nat" if "natGatewayId" in route.inputs else "internet"
    return None


def rules(recording: Recording, group: str, token: str = INGRESS) -> set[tuple[Any, Any]]:
    """(port, who) of each rule of a group."""
    return {
        (rule.inputs.get("fromPort"), rule.inputs.get("cidrIpv4") or rule.inputs["referencedSecurityGroupId"])
        for rule in recording.of_type(token)
        if rule.inputs["securityGroupId"] == f"{group}-id"
    }


def test_a_production_machine_is_private_and_its_load_balancer_public() -> None:
    recording = record_machine(production())
    assert way_out(recording, "acme-network-machine") == "nat"
    assert way_out(recording, "acme-network-nat") == "internet"
    assert way_out(recording, "acme-network-edge-us-east-1a") == "internet"
    assert recording.named("acme-machine", "aws:ec2/instance:Instance").inputs["associatePublicIpAddress"] is False


def test_an_internal_load_balancer_has_no_way_in_from_the_internet() -> None:
    recording = record_machine(production(access=access(scheme="internal")))
    assert way_out(recording, "acme-network-edge-us-east-1a") == "nat"
    assert recording.named("acme-edge", "aws:lb/loadBalancer:LoadBalancer").inputs["internal"] is True


def test_an_internal_load_balancer_without_nat_has_no_route_out_at_all() -> None:
    recording = record_machine(production(access=access(scheme="internal"), network=WITHOUT_NAT))
    assert way_out(recording, "acme-network-edge-us-east-1a") is None
    assert way_out(recording, "acme-network-machine") == "internet"


def test_a_machine_without_nat_has_an_address_that_nothing_may_connect_to() -> None:
    recording = record_machine(poc())
    assert way_out(recording, "acme-network-machine") == "internet"
    assert recording.named("acme-machine", "aws:ec2/instance:Instance").inputs["associatePublicIpAddress"] is True
    assert rules(recording, "acme-firewall-machine") == set()


def test_only_the_load_balancer_reaches_the_machine() -> None:
    recording = record_machine(production(access=access(allowed_cidrs=("10.0.0.0/8", "192.0.2.0/24"))))
    assert rules(recording, "acme-firewall-machine") == {(443, "acme-firewall-edge-id")}
    assert rules(recording, "acme-firewall-edge") == {
        (443, "10.0.0.0/8"),
        (80, "10.0.0.0/8"),
        (443, "192.0.2.0/24"),
        (80, "192.0.2.0/24"),
    }
    assert rules(recording, "acme-firewall-edge", EGRESS) == {(443, "acme-firewall-machine-id")}


def test_the_machine_reaches_code_hosts_on_any_port() -> None:
    [rule] = [
        rule
        for rule in record_machine(production()).of_type(EGRESS)
        if rule.inputs["securityGroupId"] == "acme-firewall-machine-id"
    ]
    assert rule.inputs["ipProtocol"] == "-1"
    assert "fromPort" not in rule.inputs, "AWS refuses ports with all protocols"


@pytest.mark.parametrize("has_nat", [True, False])
def test_an_existing_network_gets_security_groups_and_nothing_else(has_nat: bool) -> None:
    recording = record_machine(production(network=replace(EXISTING, machine_has_nat=has_nat)))
    made = {
        resource.type.partition(":")[2].partition("/")[0] + "/" + resource.type.rpartition(":")[2]
        for resource in recording.resources
        if resource.type.startswith(("aws:ec2/", "aws:vpc/"))
    }
    assert made == {
        "ec2/SecurityGroup",
        "ec2/Instance",
        "ec2/VolumeAttachment",
        "vpc/SecurityGroupIngressRule",
        "vpc/SecurityGroupEgressRule",
    }
    assert recording.named("acme-firewall-machine").inputs["vpcId"] == "vpc-0a"
    instance = recording.named("acme-machine", "aws:ec2/instance:Instance")
    assert instance.inputs["subnetId"] == "subnet-0a"
    assert instance.inputs["associatePublicIpAddress"] is not has_nat
    balancer = recording.named("acme-edge", "aws:lb/loadBalancer:LoadBalancer")
    assert balancer.inputs["subnets"] == ["subnet-0b", "subnet-0c"]


@pytest.mark.parametrize("plan", [production(), poc()])
def test_machine_and_data_disk_share_a_zone(plan: SingleNodePlan) -> None:
    recording = record_machine(plan)
    subnet = recording.named("acme-network-machine", "aws:ec2/subnet:Subnet")
    volume = recording.named("acme-data", "aws:ebs/volume:Volume")
    assert subnet.inputs["availabilityZone"] == volume.inputs["availabilityZone"] == plan.zone


def test_the_default_security_group_is_emptied() -> None:
    [group] = record_machine(production()).of_type("aws:ec2/defaultSecurityGroup:DefaultSecurityGroup")
    assert group.inputs.keys() == {"vpcId", "tags"}


def test_the_nat_gateway_waits_for_its_way_out() -> None:
    recording = record_machine(production())
    out = recording.named("acme-network-public", ROUTE)
    assert recording.named("acme-network-nat", "moorage:aws:Nat").depends_on == (out.urn,)


def test_the_machine_boots_when_it_can_reach_the_internet() -> None:
    recording = record_machine(production())
    waits_for = recording.named("acme-machine", "moorage:aws:Machine").depends_on
    for needed in (
        recording.named("acme-network-private", ROUTE),
        recording.named("acme-network-machine", ASSOCIATION),
        recording.named("acme-firewall-machine-out"),
    ):
        assert needed.urn in waits_for


def test_a_gateway_endpoint_keeps_s3_off_the_nat_gateway() -> None:
    recording = record_machine(production())
    endpoint = recording.named("acme-network-s3")
    assert endpoint.inputs["serviceName"] == "com.amazonaws.us-east-1.s3"
    assert endpoint.inputs["routeTableIds"] == ["acme-network-private-id"]


def test_flow_logs_may_write_to_their_own_log_group_only() -> None:
    recording = record_machine(production())
    policy = recording.named("acme-network-flow-logs-write").inputs["policy"]
    assert isinstance(policy, str)
    assert '"logs:PutLogEvents"' in policy
    assert ":acme-network-flow-logs:*" in policy
    assert recording.named("acme-network-flow-logs", "aws:cloudwatch/logGroup:LogGroup").inputs["retentionInDays"] == 90

"""What AWS refuses of networks: a move into another one, a range that another subnet still has."""

from __future__ import annotations

from typing import Any

import pytest

from stacks.preview import Preview
from stacks.report.changes_text import change_lines
from tests.changes.previews import NOT_KNOWN, SUBNET, VPC, changes, of, preview, resource

BALANCER, CLUSTER = "aws:lb/loadBalancer:LoadBalancer", "aws:eks/cluster:Cluster"
DATABASES, CACHES = "aws:rds/subnetGroup:SubnetGroup", "aws:elasticache/subnetGroup:SubnetGroup"
GROUP = "aws:ec2/securityGroup:SecurityGroup"
TIED = [(BALANCER, "subnets"), (CLUSTER, "vpcConfig"), (DATABASES, "subnetIds")]
MACHINES, EDGE = "10.0.0.0/24", "10.0.1.0/24"


def nested(key: str, ids: list[Any]) -> dict[str, Any]:
    return {key: {"subnetIds": ids} if key == "vpcConfig" else ids}


def own(type_: str, key: str, cidr: str = "10.0.0.0/16", vpc: str = "acme", zone: str = "us-east-1a") -> Preview:
    """In a network that the stack makes."""
    network = resource(VPC, vpc, {"cidrBlock": cidr})
    inputs = {"vpcId": NOT_KNOWN, "cidrBlock": MACHINES, "availabilityZone": zone}
    subnet = resource(SUBNET, inputs=inputs, made_of={"vpcId": [network.urn]})
    return preview(network, subnet, resource(type_, "edge", nested(key, [NOT_KNOWN]), made_of={key: [subnet.urn]}))


def existing(type_: str, key: str, vpc: str, subnet: str) -> Preview:
    """In a network that is there already."""
    return preview(resource(GROUP, inputs={"vpcId": vpc}), resource(type_, "edge", nested(key, [subnet])))


@pytest.mark.parametrize(("type_", "key"), TIED)
def test_what_cannot_leave_its_network_is_refused_in_another(type_, key):
    here = own(type_, key)
    elsewhere = (own(type_, key, cidr="10.1.0.0/16"), own(type_, key, vpc="new"), existing(type_, key, "vpc-1", "a"))
    pairs = [*((here, other) for other in elsewhere), (elsewhere[2], here)]
    pairs.append((elsewhere[2], existing(type_, key, "vpc-2", "b")))
    for base, head in pairs:
        change = of(changes(base, head), type_, "edge")
        (refused,) = [each for each in change.properties if each.forces == "fails"]
        assert change.action == "update"
        assert "cannot leave the network" in refused.reason
        assert refused.source.endswith("read 2026-11-22")


@pytest.mark.parametrize(("type_", "key"), TIED)
def test_other_subnets_of_the_same_network_are_taken(type_, key):
    within = existing(type_, key, "vpc-1", "a"), existing(type_, key, "vpc-1", "b")
    for base, head in (within, (own(type_, key), own(type_, key, zone="us-east-1b"))):
        change = of(changes(base, head), type_, "edge")
        assert change.action == "update"
        assert not [each for each in change.properties if each.forces != "no"]


def test_what_no_source_ties_to_its_network_and_what_no_preview_places_is_taken():
    moved = of(changes(own(CACHES, "subnetIds"), own(CACHES, "subnetIds", vpc="new")), CACHES, "edge")
    nowhere = [preview(resource(BALANCER, "edge", {"subnets": [each]})) for each in ("a", "b")]
    for change in (moved, of(changes(*nowhere), BALANCER, "edge")):
        assert change.action == "update"
        assert not [each for each in change.properties if each.forces == "fails"]


def test_only_the_subnets_are_refused():
    base, head = own(BALANCER, "subnets"), own(BALANCER, "subnets", vpc="new")
    tagged = resource(
        BALANCER, "edge", {"subnets": [NOT_KNOWN], "idleTimeout": 60}, made_of={"subnets": [head.resources[1].urn]}
    )
    change = of(changes(base, preview(*head.resources[:2], tagged)), BALANCER, "edge")
    assert {each.path: each.forces for each in change.properties} == {"idleTimeout": "no", "subnets[0]": "fails"}


def subnets(*given: tuple[str, str, str], first: bool = False, cidr: str = "10.0.0.0/16") -> Preview:
    network = resource(VPC, inputs={"cidrBlock": cidr})
    made = [
        resource(
            SUBNET,
            name,
            {"vpcId": NOT_KNOWN, "cidrBlock": range_, "availabilityZone": zone},
            made_of={"vpcId": [network.urn]},
            delete_before_replace=first,
        )
        for name, range_, zone in given
    ]
    return preview(network, *made)


REFUSED = [
    ([("a", MACHINES, "z1")], [("a", MACHINES, "z2")], {"a"}),
    ([("a", MACHINES, "z1")], [("a", "10.0.0.0/20", "z1")], {"a"}),
    ([("a", MACHINES, "z1"), ("b", EDGE, "z1")], [("a", EDGE, "z1"), ("b", MACHINES, "z1")], {"a", "b"}),
    ([("a", MACHINES, "z1")], [("b", "10.0.0.128/25", "z1")], {"b"}),
    ([("a", MACHINES, "z1")], [("a", EDGE, "z1")], set()),
    ([("a", "no range", "z1")], [("a", "no range", "z2")], set()),
    ([("a", MACHINES, "z1")], [("a", MACHINES, "z1"), ("b", EDGE, "z1")], set()),
]


@pytest.mark.parametrize(("before", "after", "refused"), REFUSED)
def test_a_range_that_is_freed_only_afterwards_is_refused(before, after, refused):
    found = changes(subnets(*before), subnets(*after))
    assert {change.name for change in found.failures} == refused
    for change in found.failures:
        (failing,) = [each for each in change.properties if each.forces == "fails"]
        assert failing.path == "cidrBlock"
        assert "destroy what is in the old subnet first" in failing.reason


def test_a_new_subnet_that_is_refused_says_so_in_text():
    found = changes(subnets(("a", MACHINES, "z1")), subnets(("b", MACHINES, "z1")))
    assert "fails: it is made before Subnet a" in "\n".join(change_lines(found))


def test_a_range_is_free_in_a_network_that_is_made_anew_and_where_the_old_subnet_goes_first():
    before, after = ("a", MACHINES, "z1"), ("a", MACHINES, "z2")
    assert not changes(subnets(before), subnets(after, cidr="10.0.0.0/15")).failures
    assert not changes(subnets(before), subnets(after, first=True)).failures

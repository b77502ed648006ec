"""What previews take of subnets."""

from __future__ import annotations

import pytest

from stacks.demand.demand import SubnetDemand
from stacks.demand.of_preview import demand
from stacks.demand.subnets_aws import addresses_of_node
from tests.demand.previews import preview, resource
from tests.profiles import PROFILES, preview_of, preview_or_none

SUBNET = resource("aws:ec2/subnet:Subnet", {"cidrBlock": "10.0.0.0/24"}, "subnet")


def subnets(path: str) -> dict[str, SubnetDemand]:
    return {each.name: each for each in demand(preview_of(path)).subnets}


def test_a_load_balancer_takes_eight_addresses_of_each_of_its_subnets():
    balancer = resource("aws:lb/loadBalancer:LoadBalancer", {}, "lb", {"subnets": SUBNET})
    (found,) = demand(preview(SUBNET, balancer)).subnets
    assert (found.subject, found.needed, found.available) == (SUBNET.urn, 8, 256 - 5)


def test_pods_take_addresses_of_the_subnet_of_their_node():
    # Eight interfaces of 30: 110 or 234 pods need four or all of them, and one more is held ready.
    assert addresses_of_node("m6a.4xlarge") == 5 * 30
    assert addresses_of_node("m6a.12xlarge") == 8 * 30
    assert addresses_of_node("m6a.24xlarge") == 7 * 50
    found = subnets("examples/hooli-eks.yaml")["hooli-network-node-us-east-1a"]
    nodes, control_plane, databases, redis = 4 * 240, 16, 3 + 1, 2 + 2
    assert found.needed == nodes + control_plane + databases + redis
    assert found.available == 8192 - 5


def test_the_ingress_takes_addresses_where_its_controller_puts_it():
    public = subnets("examples/hooli-eks.yaml")["hooli-network-edge-us-east-1a"]
    assert (public.needed, public.note) == (9, "NAT gateway 1, load balancer of the ingress 8.")
    existing = subnets("tests/cases/kubernetes-aws-existing-network/profile.yaml")
    assert existing["subnet-1a1b2c3d"].needed == 8


def test_the_range_of_an_existing_subnet_is_unknown():
    found = subnets("tests/cases/kubernetes-aws-existing-network/profile.yaml")
    assert {each.available for each in found.values()} == {None}
    assert subnets("tests/cases/kubernetes-gcp-private/profile.yaml")["nodes"].available is None


def test_every_node_of_gke_takes_a_24_of_the_range_for_pods():
    found = subnets("examples/soylent-gke.yaml")
    assert (found["soylent-nodes"].needed, found["soylent-nodes"].available) == (11 + 1, 4096 - 4)
    pods = found["soylent-nodes, range pods"]
    assert (pods.needed, pods.available) == (11 * 256, 2**15)


def test_proxies_take_a_subnet_of_their_own():
    assert subnets("examples/globex-compose-gcp.yaml")["globex-compose-proxies"].needed == 64


@pytest.mark.parametrize("path", PROFILES)
def test_every_network_that_moorage_makes_is_large_enough(path: str):
    if found := preview_or_none(path):
        tight = [each for each in demand(found).subnets if each.available is not None and each.needed > each.available]
        assert not tight

"""Where a cluster goes: a network of its own, or one that exists."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi

from components.aws.kubernetes.network import ClusterNetwork
from recommender.kubernetes.plan import ClusterPlan, NewClusterNetwork


@dataclass(frozen=True, slots=True)
class Place:
    """Ids of a network, wherever they come from."""

    vpc_id: pulumi.Input[str]
    subnet_ids: Mapping[str, pulumi.Input[str]]
    """Private subnets, by the keys of the plan's node groups, in the order of the keys."""
    outbound_ips: tuple[pulumi.Output[str], ...]
    """Fixed addresses that code hosts see, where moorage owns them."""
    needed_to_boot: tuple[pulumi.Resource, ...]
    """What a node reaches the internet through."""


def place_for(name: str, plan: ClusterPlan, parent: pulumi.Resource) -> Place:
    """The plan's network; a new one is created as `name` under `parent`."""
    if not isinstance(plan.network, NewClusterNetwork):
        subnets = {subnet: subnet for subnet in sorted(plan.network.node_subnets)}
        return Place(vpc_id=plan.network.network, subnet_ids=subnets, outbound_ips=(), needed_to_boot=())
    network = ClusterNetwork(
        name,
        {
            "network": plan.network,
            "region": plan.region,
            "flow_logs": not plan.disposable,
            "tags": dict(plan.tags),
        },
        pulumi.ResourceOptions(parent=parent),
    )
    return Place(
        vpc_id=network.vpc_id,
        subnet_ids=network.node_subnet_ids,
        outbound_ips=tuple(network.outbound_ips),
        needed_to_boot=(network,),
    )

"""Where a machine and its load balancer go: a network of our own, or one that exists."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi

from components.aws.network import Network
from recommender.plan import ExistingNetwork, SingleNodePlan


@dataclass(frozen=True, slots=True)
class Place:
    """Ids of a network, wherever they come from."""

    vpc_id: pulumi.Input[str]
    machine_subnet_id: pulumi.Input[str]
    edge_subnet_ids: tuple[pulumi.Input[str], ...]
    has_nat: bool
    outbound_ip: pulumi.Output[str] | None
    """Fixed address that code hosts see, where moorage owns it."""
    needed_to_boot: tuple[pulumi.Resource, ...]
    """What a first boot reaches the internet through."""


def place_for(name: str, plan: SingleNodePlan, parent: pulumi.Resource) -> Place:
    """The plan's network; a new one is created as `name` under `parent`."""
    if isinstance(plan.network, ExistingNetwork):
        return Place(
            vpc_id=plan.network.network,
            machine_subnet_id=plan.network.machine_subnet,
            edge_subnet_ids=plan.network.edge_subnets,
            has_nat=plan.network.machine_has_nat,
            outbound_ip=None,
            needed_to_boot=(),
        )
    network = Network(
        name,
        {
            "network": plan.network,
            "region": plan.region,
            "zone": plan.zone,
            "public_edge": plan.access is not None and plan.access.scheme == "internet-facing",
            "flow_logs": not plan.disposable,
            "tags": dict(plan.tags),
        },
        pulumi.ResourceOptions(parent=parent),
    )
    return Place(
        vpc_id=network.vpc_id,
        machine_subnet_id=network.machine_subnet_id,
        edge_subnet_ids=tuple(network.edge_subnet_ids),
        has_nat=plan.network.nat,
        outbound_ip=network.nat_public_ip,
        needed_to_boot=(network,),
    )

"""What AWS refuses of networks, though each input alone may change: moves to another one, ranges that overlap."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Final

from stacks.changes.change import PropertyChange
from stacks.changes.dependencies import Graph, label
from stacks.changes.properties import is_within, parse
from stacks.changes.walk import Fate, Walk
from stacks.preview import Resource

_VPC: Final = "aws:ec2/vpc:Vpc"
_SUBNET: Final = "aws:ec2/subnet:Subnet"

_TIED: Final[Mapping[str, tuple[str, str]]] = {
    "aws:eks/cluster:Cluster": (
        "vpcConfig.subnetIds",
        "Amazon EKS User Guide, View Amazon EKS networking requirements for VPC and subnets, read 2026-11-22",
    ),
    "aws:lb/loadBalancer:LoadBalancer": (
        "subnets",
        "hashicorp/terraform-provider-aws#18317 (open) and pulumi/pulumi-aws#1382 (open), read 2026-11-22",
    ),
    "aws:rds/subnetGroup:SubnetGroup": (
        "subnetIds",
        "hashicorp/terraform-provider-aws#27459 (open; the error of ModifyDBSubnetGroup), read 2026-11-22",
    ),
}
"""Types that stay in the network they were made in, the input that would move them, and the source. Of ElastiCache's
subnet groups no source says it."""
_STAYS: Final = "it cannot leave the network it was made in: deploy into the other network under another name"

_OVERLAP_SOURCE: Final = (
    "Amazon EC2 API Reference, CreateSubnet; order: pulumi/pulumi@1b4949891 pkg/resource/deploy/step_generator.go, "
    "read 2026-11-22"
)


def refused(walk: Walk) -> Mapping[str, Fate]:
    """Fates of which AWS would refuse a part, with those parts, by URN."""
    found = dict[str, Fate]()
    for urn, fate in walk.fates.items():
        if changes := {change.path: change for change in (*_moved(walk, fate), *_overlapping(walk, fate))}:
            properties = {change.path: change for change in fate.properties} | changes
            found[urn] = replace(fate, properties=tuple(properties.values()))
    return found


def _moved(walk: Walk, fate: Fate) -> Iterator[PropertyChange]:
    """Changes in place that would take a resource into another network."""
    tied = _TIED.get(fate.resource.type)
    if not (tied and fate.before and fate.after and fate.action == "update"):
        return
    path, source = tied
    if _is_same_network(walk, fate.before, fate.after) is False:
        for change in fate.properties:
            if is_within(parse(change.path), parse(path)):
                yield replace(change, forces="fails", reason=_STAYS, source=source)


def _overlapping(walk: Walk, fate: Fate) -> Iterator[PropertyChange]:
    """The range of a new subnet, where one that is deleted only afterwards still has some of it."""
    after = fate.after
    if after is None or after.type != _SUBNET or fate.action not in ("create", "replace"):
        return
    for other in walk.fates.values():
        old = other.before
        if old is None or old.type != _SUBNET or other.delete_first or other.action not in ("replace", "delete"):
            continue
        if _overlap(old, after) and _is_same_network(walk, old, after):
            reason = (
                f"it is made before {label(old)} ({old.inputs['cidrBlock']}) is deleted, and ranges within a network "
                "must not overlap: destroy what is in the old subnet first, or deploy under another name"
            )
            before = fate.before.inputs.get("cidrBlock") if fate.before else None
            yield PropertyChange("cidrBlock", before, after.inputs["cidrBlock"], "fails", reason, _OVERLAP_SOURCE)
            return


def _is_same_network(walk: Walk, before: Resource, after: Resource) -> bool | None:
    """Whether both sides have them in one network; None: the previews do not tell."""
    old, new = _network(walk.base, before), _network(walk.head, after)
    if old is None or new is None:
        return None
    if isinstance(old, str) or isinstance(new, str):
        return old == new
    if walk.former.get(new.urn) != old.urn:
        return False
    return {"same": True, "update": True, "replace": False}.get(walk.fates[new.urn].action)


def _network(graph: Graph, resource: Resource) -> Resource | str | None:
    """The VPC that the stack makes, or the id of the one it is given: a stack has one network."""
    stack = resource.urn.split(":")[2]
    within = [each for each in graph.preview.resources if each.urn.split(":")[2] == stack]
    made = [each for each in within if each.type == _VPC]
    if made:
        return made[0] if len(made) == 1 else None
    given = {each.inputs["vpcId"] for each in within if isinstance(each.inputs.get("vpcId"), str)}
    return given.pop() if len(given) == 1 else None


def _overlap(one: Resource, other: Resource) -> bool:
    try:
        old, new = (ipaddress.ip_network(str(each.inputs.get("cidrBlock")), strict=False) for each in (one, other))
    except ValueError:
        return False
    return old.version == new.version and old.overlaps(new)

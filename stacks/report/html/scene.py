"""Look-ups over the resources of one preview, for whoever draws them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any, Final

from stacks.preview import SECRET, UNKNOWN, Preview, Resource

_SUBNETS: Final = ("aws:ec2/subnet:Subnet", "gcp:compute/subnetwork:Subnetwork")
_SUBNET_INPUTS: Final = ("subnetId", "subnetIds", "subnets", "subnetwork", "vpcConfig", "networkInterfaces")
_SUBNET_GROUP_INPUTS: Final = ("dbSubnetGroupName", "subnetGroupName")
_GROUP_INPUTS: Final = ("securityGroups", "vpcSecurityGroupIds", "securityGroupIds")


class Scene:
    """One preview's resources, by URN, by type, and by what they refer to."""

    def __init__(self, preview: Preview) -> None:
        self.preview = preview
        self.resources = preview.resources
        self.by_urn: Mapping[str, Resource] = {resource.urn: resource for resource in preview.resources}

    @cached_property
    def _by_type(self) -> Mapping[str, list[Resource]]:
        found: dict[str, list[Resource]] = {}
        for resource in self.resources:
            found.setdefault(resource.type, []).append(resource)
        return found

    def of_type(self, *types: str) -> Iterator[Resource]:
        """Resources of these type tokens."""
        for type_ in types:
            yield from self._by_type.get(type_, ())

    def refs(self, resource: Resource, *inputs: str) -> Iterator[Resource]:
        """The resources that these inputs are made of."""
        for name in inputs:
            for urn in resource.property_dependencies.get(name, ()):
                if urn in self.by_urn:
                    yield self.by_urn[urn]

    @cached_property
    def _referrers(self) -> Mapping[str, list[tuple[Resource, str]]]:
        found: dict[str, list[tuple[Resource, str]]] = {}
        for resource in self.resources:
            for name, urns in resource.property_dependencies.items():
                for urn in urns:
                    found.setdefault(urn, []).append((resource, name))
        return found

    def referrers(self, resource: Resource, type_: str = "") -> Iterator[tuple[Resource, str]]:
        """Who refers to a resource, and by which input."""
        for referrer, name in self._referrers.get(resource.urn, ()):
            if not type_ or referrer.type == type_:
                yield referrer, name

    def subnets(self, resource: Resource) -> list[Resource | str]:
        """The subnets that a resource is in; a string is the id of one that exists already."""
        found = [each for each in self.refs(resource, *_SUBNET_INPUTS) if each.type in _SUBNETS]
        for group in self.refs(resource, *_SUBNET_GROUP_INPUTS):
            found += [each for each in self.refs(group, "subnetIds") if each.type in _SUBNETS]
        if found:
            return list({each.urn: each for each in found}.values())
        given = [text for name in ("subnetId", "subnetIds", "subnets") for text in strings(resource.inputs.get(name))]
        for group in self.refs(resource, *_SUBNET_GROUP_INPUTS):
            given += strings(group.inputs.get("subnetIds"))
        return list(dict.fromkeys(given))

    @cached_property
    def members(self) -> Mapping[str, list[Resource]]:
        """URN of a security group to what has it. A cluster's own group is on its nodes."""
        found: dict[str, list[Resource]] = {}
        for resource in self.resources:
            for group in self.refs(resource, *_GROUP_INPUTS):
                found.setdefault(group.urn, []).append(resource)
        for group in self.of_type("aws:eks/nodeGroup:NodeGroup"):
            for cluster in self.refs(group, "clusterName"):
                found.setdefault(cluster.urn, []).append(group)
        return found

    def routed(self, table_urns: set[str]) -> set[str]:
        """Subnets, by URN or by id, whose traffic follows one of these route tables."""
        found = set[str]()
        for association in self.of_type("aws:ec2/routeTableAssociation:RouteTableAssociation"):
            if any(table.urn in table_urns for table in self.refs(association, "routeTableId")):
                found.update(subnet.urn for subnet in self.refs(association, "subnetId"))
                found.update(strings(association.inputs.get("subnetId")))
        return found


def strings(value: object) -> list[str]:
    """The strings of an input that is one, or a list of them."""
    if isinstance(value, str):
        return [value]
    return [each for each in value if isinstance(each, str)] if isinstance(value, list | tuple) else []


def at(inputs: Mapping[str, Any], path: str) -> object:
    """The value at a dotted path; None where there is none, or where it is unknown or secret."""
    value: Any = inputs
    for name in path.split("."):
        if isinstance(value, list | tuple):
            value = value[int(name)] if name.isdecimal() and int(name) < len(value) else None
        else:
            value = value.get(name) if isinstance(value, Mapping) else None
    return None if value in (UNKNOWN, SECRET) else value

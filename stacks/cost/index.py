"""Reads a preview for pricing: what is where, and what belongs to what."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import Any

from stacks.preview import Preview, Resource

_AWS_ZONE = re.compile(r"([a-z]{2}(?:-[a-z]+)+-\d+)[a-z]")
_GCP_PLACE = re.compile(r"([a-z]+-[a-z]+\d+)(?:-[a-z])?")
_ARN = re.compile(r"arn:aws[a-z-]*:[a-z0-9-]+:([a-z]{2}(?:-[a-z]+)+-\d+):")


def number(value: object) -> float | None:
    """The number that an input holds; None: unknown, missing, negative, or none at all."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        found = float(value)
    except (ValueError, OverflowError):
        return None
    return found if math.isfinite(found) and found >= 0 else None


def text(value: object) -> str:
    """The text that an input holds; "": unknown, missing, or none at all."""
    return value if isinstance(value, str) else ""


def record(value: object) -> Mapping[str, Any]:
    """The object that an input holds; empty where there is none, or an unknown one."""
    return value if isinstance(value, Mapping) else {}


def records(value: object) -> list[Mapping[str, Any]]:
    """The objects of a list that an input holds."""
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, list | tuple) else []


class Index:
    """One preview, indexed."""

    def __init__(self, preview: Preview) -> None:
        self.preview = preview
        self._stacks = {stack.name: stack for stack in preview.stacks}

    @cached_property
    def _by_urn(self) -> dict[str, Resource]:
        return {resource.urn: resource for resource in self.preview.resources}

    @cached_property
    def _by_type(self) -> dict[str, list[Resource]]:
        found: dict[str, list[Resource]] = {}
        for resource in self.preview.resources:
            found.setdefault(resource.type, []).append(resource)
        return found

    @cached_property
    def _stack_of(self) -> dict[str, str]:
        return {resource.urn: stack.name for stack in self.preview.stacks for resource in stack.resources}

    def of_type(self, *types: str, stack: str | None = None) -> list[Resource]:
        """Resources of these types, type by type, in the order of construction; of one stack where one is given."""
        found = [resource for type_ in types for resource in self._by_type.get(type_, ())]
        return found if stack is None else [resource for resource in found if self.stack(resource) == stack]

    def stack(self, resource: Resource) -> str:
        """Name of the stack that it is in."""
        return self._stack_of.get(resource.urn, "")

    def behind(self, resource: Resource, name: str, type_: str) -> Resource | None:
        """The resource of a type whose outputs the input `name` is made of; a saved preview knows dependencies only."""
        urns = resource.property_dependencies.get(name, resource.depends_on)
        found = (self._by_urn.get(urn) for urn in urns)
        return next((other for other in found if other is not None and other.type == type_), None)

    def region(self, resource: Resource) -> str:
        """Where it is; "" where nothing tells."""
        return (
            text(resource.inputs.get("region"))
            or _of_place(resource.inputs)
            or _of_provider(self._by_urn.get(resource.provider or ""))
            or self.region_of_stack(self.stack(resource))
        )

    def region_of_stack(self, name: str) -> str:
        """Where most of a stack is: by its provider, the stack that it refers to, or what its objects name."""
        return self._region_of_stack(name, frozenset())

    def _region_of_stack(self, name: str, seen: frozenset[str]) -> str:
        stack = self._stacks.get(name)
        if stack is None or name in seen:
            return ""
        resources = stack.resources
        providers = (_of_provider(resource) for resource in resources)
        referred = (self._region_of_stack(other, seen | {name}) for other in _referred(resources))
        named = (_named(resource) for resource in resources if resource.type.startswith("kubernetes:"))
        return _first(providers) or _first(referred) or _first(named)


def _first(found: Iterable[str]) -> str:
    return next((region for region in found if region), "")


def _of_provider(provider: Resource | None) -> str:
    if provider is None or not provider.type.startswith(("pulumi:providers:aws", "pulumi:providers:gcp")):
        return ""
    return text(provider.inputs.get("region")) or _of_place(provider.inputs)


def _of_place(inputs: Mapping[str, Any]) -> str:
    zone = _AWS_ZONE.fullmatch(text(inputs.get("availabilityZone")))
    if zone:
        return zone[1]
    place = _GCP_PLACE.fullmatch(text(inputs.get("zone")) or text(inputs.get("location")))
    return place[1] if place else ""


def _referred(resources: Iterable[Resource]) -> Iterator[str]:
    for resource in resources:
        if resource.type == "pulumi:pulumi:StackReference":
            yield text(resource.inputs.get("name")).rpartition("/")[2]


def _named(resource: Resource) -> str:
    """AWS: the region of the store of secrets, or of an ARN, for a cluster that is in none of the stacks."""
    spec = record(resource.inputs.get("spec"))
    store = text(record(record(spec.get("provider")).get("aws")).get("region"))
    parameters = record(resource.inputs.get("parameters"))
    certificates = spec.get("certificateArn")
    arns = [parameters.get("kmsKeyId"), *(certificates if isinstance(certificates, list) else ())]
    return store or _first(found[1] for arn in arns if (found := _ARN.match(text(arn))))

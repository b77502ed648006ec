"""Previews for tests, made by hand: a resource is its type, and its inputs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from stacks.cost.estimate import CostEstimate, CostLine
from stacks.cost.of_preview import estimate
from stacks.preview import ClaimedVolume, Preview, Resource, StackPreview


def resource(
    type_: str, inputs: Mapping[str, Any] | None = None, name: str = "it", behind: Mapping[str, Resource] | None = None
) -> Resource:
    """`behind`: input to the resource whose output it is made of."""
    links = {key: (other.urn,) for key, other in (behind or {}).items()}
    urn = f"urn:pulumi:stack::moorage::{type_}::{name}"
    return Resource(urn, type_, name, None, None, inputs or {}, property_dependencies=links)


def provider(region: str) -> Resource:
    cloud = "gcp" if region.rstrip("0123456789")[-1:].isalpha() and region.count("-") == 1 else "aws"
    return resource(f"pulumi:providers:{cloud}", {"region": region}, "provider")


def preview(*resources: Resource, region: str = "us-east-1", claims: Sequence[ClaimedVolume] = ()) -> Preview:
    """One stack in one region; "": nothing tells the region."""
    first = (provider(region),) if region else ()
    return Preview("any", (StackPreview("stack", (*first, *resources), {}),), {}, claims=tuple(claims))


def priced(*resources: Resource, region: str = "us-east-1", claims: Sequence[ClaimedVolume] = ()) -> CostEstimate:
    return estimate(preview(*resources, region=region, claims=claims))


def monthly(found: CostEstimate, *items: str) -> float:
    """USD of the lines whose item begins so."""
    return sum(line.monthly or 0.0 for line in found.lines if line.item.startswith(items))


def line(found: CostEstimate, item: str) -> CostLine:
    """The one line whose item begins so."""
    (only,) = [line for line in found.lines if line.item.startswith(item)]
    return only

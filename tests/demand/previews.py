"""Previews to compute demands of: those of the repository's profiles, and ones made by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from stacks.demand.demand import QuotaDemand
from stacks.demand.of_preview import demand
from stacks.preview import ClaimedVolume, Preview, Resource, StackPreview


def resource(
    type_: str, inputs: Mapping[str, Any] | None = None, name: str = "it", behind: Mapping[str, Resource] | None = None
) -> Resource:
    """`behind`: input to the resource whose output it is made of."""
    links = {key: (other.urn,) for key, other in (behind or {}).items()}
    urn = f"urn:pulumi:stack::moorage::{type_}::{name}"
    return Resource(urn, type_, name, None, None, inputs or {}, property_dependencies=links)


def preview(*resources: Resource, region: str = "us-east-1", claims: Sequence[ClaimedVolume] = ()) -> Preview:
    """One stack; its clouds' providers are set to the region."""
    providers = (
        resource("pulumi:providers:aws", {"region": region}, "aws"),
        resource("pulumi:providers:gcp", {"region": region, "project": "p1"}, "gcp"),
    )
    return Preview("any", (StackPreview("stack", (*providers, *resources), {}),), {}, claims=tuple(claims))


def quota(found: Preview, code: str, scope: str = "") -> QuotaDemand:
    """The one quota of that code; of several scopes, the one named."""
    (only,) = [each for each in demand(found).quotas if each.code == code and scope in ("", each.scope)]
    return only


def needed(found: Preview, code: str, scope: str = "") -> float:
    """0: the preview takes none of it."""
    return sum(each.needed for each in demand(found).quotas if each.code == code and scope in ("", each.scope))

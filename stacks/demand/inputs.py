"""Reading a preview's inputs without trusting them: what is unknown or of another shape counts as absent."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from stacks.preview import Preview, Resource


def of_type(preview: Preview, *types: str) -> list[Resource]:
    """Resources of these type tokens, in the order of construction."""
    return [resource for resource in preview.resources if resource.type in types]


def text(value: object) -> str:
    """A text; empty where it is unknown, a secret, or none."""
    return value if isinstance(value, str) else ""


def number(value: object) -> float:
    """A number, also of a text such as "100"; 0 where it is unknown or none."""
    try:
        found = 0.0 if isinstance(value, bool | Mapping) else float(str(value or 0))
    except ValueError:
        return 0.0
    return found if math.isfinite(found) else 0.0


def mapping(value: object) -> Mapping[str, Any]:
    """A mapping; empty where it is something else."""
    return value if isinstance(value, Mapping) else {}


def items(value: object) -> list[Any]:
    """The items of a list; none where it is something else."""
    return list(value) if isinstance(value, list | tuple) else []


def provider_setting(preview: Preview, package: str, name: str) -> str:
    """What the explicit provider of a package is told, such as its region; empty where there is none."""
    found = (text(resource.inputs.get(name)) for resource in of_type(preview, f"pulumi:providers:{package}"))
    return next((value for value in found if value), "")


def targets(resource: Resource, property_: str, literal: object) -> Iterator[str]:
    """What an input names: URNs of resources of the preview, and ids of what exists already.

    Args:
        resource: whose input it is.
        property_: top-level name of the input.
        literal: the input's value, or the part of it that names things: a text or a list.
    """
    yield from resource.property_dependencies.get(property_, ())
    yield from (value for value in (items(literal) or [literal]) if isinstance(value, str))


def short(urn_or_id: str) -> str:
    """The logical name of a URN, or the last part of an id."""
    return urn_or_id.rsplit("::", 1)[-1].rsplit("/", 1)[-1]


def claimed_gib(preview: Preview, types: Iterable[str]) -> float:
    """GiB of all claims, where the storage class of the preview makes disks of one of these types."""
    wanted = set(types)
    classes = of_type(preview, "kubernetes:storage.k8s.io/v1:StorageClass")
    if not any(text(mapping(each.inputs.get("parameters")).get("type")) in wanted for each in classes):
        return 0.0
    return float(sum(claim.count * claim.size_gib for claim in preview.claims))

"""How policies read inputs: whatever shape they have, and never judging what a preview cannot see."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from stacks.policies.policy import Breach, Scope
from stacks.preview import SECRET, UNKNOWN, Resource

_SHARED: Final = ("gcp:monitoring/metricDescriptor:MetricDescriptor",)
"""Left behind because other stacks of the project use it too, and without data of its own."""


def hidden(value: object) -> bool:
    """Whether a value is there but not to be seen: decided by the cloud, or secret."""
    return value in (UNKNOWN, SECRET)


def at(value: object, path: str) -> Any:  # noqa: ANN401 - inputs may be anything
    """What stands at a path such as `rules.0.bucket`; None: nothing. Below what is hidden everything is hidden."""
    for key in path.split("."):
        if hidden(value):
            return value
        if isinstance(value, Mapping):
            value = value.get(key)
        elif isinstance(value, list) and key.isdigit() and int(key) < len(value):
            value = value[int(key)]
        else:
            return None
    return value


def enabled(value: object) -> bool:
    """Whether a switch is on. Some of AWS' are texts; a hidden one counts as on."""
    return value is True or value == "true" or hidden(value)


def number(value: object) -> float | None:
    """A number; None: there is none, or none to be seen. AWS has some as texts."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return float(value)
    return float(value) if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 16 else None


def at_least(value: object, least: float) -> bool:
    """Whether a number reaches `least`; a hidden one counts as reaching it."""
    found = number(value)
    return hidden(value) or (found is not None and found >= least)


def given(value: object) -> bool:
    """Whether something is said: a hidden value counts, an empty one does not."""
    return value not in (None, "", [], {})


def blocks(value: object) -> list[tuple[int, Mapping[str, Any]]]:
    """The mappings of a list, each with its place in it; a single mapping is a list of one."""
    if isinstance(value, Mapping):
        return [] if hidden(value) else [(0, value)]
    items: Sequence[object] = value if isinstance(value, list) else []
    return [(place, item) for place, item in enumerate(items) if isinstance(item, Mapping) and not hidden(item)]


def texts(value: object) -> list[str]:
    """The texts of a list; a single text is a list of one."""
    items: Sequence[object] = value if isinstance(value, list) else [value]
    return [item for item in items if isinstance(item, str)]


def tags(resource: Resource) -> Mapping[str, Any]:
    """The tags, which may be hidden, one by one."""
    found = resource.inputs.get("tags")
    return found if isinstance(found, Mapping) else {}


def statements(document: object) -> list[Mapping[str, Any]]:
    """The statements of an IAM policy given as JSON; none of one that is not to be seen, or not JSON."""
    if not isinstance(document, str):
        return []
    try:
        parsed = json.loads(document)
    except (ValueError, RecursionError):
        return []
    found = parsed.get("Statement") if isinstance(parsed, dict) else None
    return [statement for _, statement in blocks(found)]


def strings(value: object, path: str = "") -> Iterator[tuple[str, str]]:
    """Every text within a value, with its path."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from strings(item, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list):
        for place, item in enumerate(value):
            yield from strings(item, f"{path}[{place}]")


def refers(resource: Resource, name: str, other: Resource) -> bool:
    """Whether an input is made of another resource's outputs."""
    return other.urn in resource.property_dependencies.get(name, ())


def keeps_data(scope: Scope, provider: str) -> bool:
    """Whether what is deployed must outlive mistakes.

    Everything must, except in a POC that keeps nothing at all: one that keeps a single disk has data worth keeping,
    and then no part of it may be forgotten.

    Args:
        scope: what is deployed.
        provider: how type tokens of the cloud begin, such as `aws:`.
    """
    if scope.stage != "poc":
        return True
    return any(
        resource.protect or resource.retain_on_delete
        for resource in scope.resources
        if resource.type.startswith(provider) and resource.type not in _SHARED
    )


def breach(resource: Resource, message: str, where: str = "") -> Breach:
    """A breach by a resource."""
    return Breach(resource.urn, message, where)


def said(value: object) -> str:
    """How a message names a value that is not as it should be."""
    if value is None:
        return "not said"
    return json.dumps(value, ensure_ascii=False, default=str)[:80]

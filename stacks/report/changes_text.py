"""What would become of each resource, for a terminal: what destroys first, each with its reason and its effect."""

from __future__ import annotations

from collections.abc import Iterator

from stacks.changes.change import Changes, PropertyChange, ResourceChange
from stacks.report.layout import cut, wrapped
from stacks.report.words import MAY_DIFFER, SIGNS, by_gravity, short_type, sides


def change_lines(changes: Changes) -> Iterator[str]:
    """The section's lines."""
    found = by_gravity(changes)
    if not found:
        yield "  nothing"
    for change in found:
        yield from _resource(change, allowed=change.urn in changes.allowed)


def file_lines(changes: Changes) -> Iterator[str]:
    """Rendered files that differ, with their differences."""
    for change in changes.files:
        yield f"  {SIGNS[change.action]} {change.path}"
        yield from (cut(f"      {line}") for line in change.diff.splitlines())


def _resource(change: ResourceChange, *, allowed: bool) -> Iterator[str]:
    first = ", deleted first" if change.delete_first else ""
    yield cut(f"  {SIGNS[change.action]} {change.action:11}  {change.name}  ({short_type(change.type)}{first})")
    if change.loss:
        yield from wrapped(f"{'allowed' if allowed else 'LOSS'}: {change.loss}", "      ")
        if not allowed:
            yield f"      --allow-loss '{change.urn}'"
    if change.effect:
        yield from wrapped(change.effect, "      ")
    for option in change.options:
        yield from wrapped(option, "      ")
    if change.action not in ("delete", "forget"):
        for each in change.properties:
            yield from _property(each)


def _property(change: PropertyChange) -> Iterator[str]:
    yield cut(f"      {change.path}: {' -> '.join(sides(change)) or MAY_DIFFER}")
    if change.forces != "no":
        yield from wrapped(f"{change.forces}: {change.reason}", "        ")

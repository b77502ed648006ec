"""The parts of a comment that are folded away, each a function from an assessment to its lines."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from stacks.report.assessment import Assessment
from stacks.report.markdown_text import block, code, cut, folded, plain, table
from stacks.report.words import (
    MAY_DIFFER,
    SIGNS,
    categories,
    change_of,
    count,
    is_sentences,
    money,
    name_of,
    short_type,
    sides,
    value_text,
)

_WIDTH = 80
"""Characters of a value."""


def changes(assessment: Assessment) -> Iterator[str]:
    """Every input that changes."""
    found = assessment.changes
    if found is None or not found.changed:
        return
    lines = list[str]()
    for change in found.changed:
        lines.append(f"- {SIGNS[change.action]} {change.action} {code(change.name)} ({code(short_type(change.type))})")
        lines += [f"  - {plain(option)}" for option in change.options]
        if change.action not in ("delete", "forget"):
            lines += [
                f"  - {code(each.path)}: {' → '.join(code(cut(side, _WIDTH)) for side in sides(each)) or MAY_DIFFER}"
                + ("" if each.forces == "no" else f" **{each.forces}**")
                for each in change.properties
            ]
    yield from folded(f"Changes: {count(len(found.changed), 'resource')}", lines)


def files(assessment: Assessment) -> Iterator[str]:
    """Differences of rendered files."""
    found = assessment.changes.files if assessment.changes else ()
    lines = list[str]()
    for change in found:
        lines += [f"{SIGNS[change.action]} {change.action} {code(change.path)}", ""]
        lines += [*block(change.diff, "diff"), ""] if change.diff else []
    yield from folded(f"Rendered files: {count(len(found), 'change')}", lines)


def cost(assessment: Assessment) -> Iterator[str]:
    """Cost by category, against the base where there is one."""
    estimate, base = assessment.cost, assessment.base_cost
    if not estimate.lines:
        return
    before = {name: usd for name, usd, _ in categories(base)} if base else {}
    rows = [
        (
            name,
            money(usd),
            change_of(usd - before.get(name, 0.0)) if base else "",
            f"{unknown} unknown" if unknown else "",
        )
        for name, usd, unknown in categories(estimate)
    ]
    lines = list(table(("category", "a month", "against the base" if base else "", ""), rows))
    if estimate.unknown:
        lines += [
            "",
            "Without a price:",
            *(f"- {plain(line.item)} ({code(name_of(line.subject))})" for line in estimate.unknown),
        ]
    if estimate.by_use:
        lines += ["", "By use, and not in the sum:", *(f"- {plain(sentence)}" for sentence in estimate.by_use)]
    yield from folded(f"Cost: {money(estimate.monthly)} a month by category", lines)


def quotas(assessment: Assessment) -> Iterator[str]:
    """What the account must allow."""
    demand = assessment.demand
    rows = [
        (
            f"{plain(quota.name)}<br>{code(quota.code)}",
            f"{quota.needed:,g} {plain(quota.unit)}",
            "?" if quota.default is None else f"{quota.default:,g}",
            code(quota.request) if quota.exceeds_default else "",
        )
        for quota in demand.quotas
    ]
    lines = list(table(("quota", "needed", "of a new account", "ask for more"), rows)) if rows else []
    for subnet in demand.subnets:
        has = "unknown" if subnet.available is None else f"{subnet.available:,}"
        lines += ["", f"Subnet {code(subnet.name)} needs {count(subnet.needed, 'address')}, has {has}."]
    exceeding = sum(quota.exceeds_default for quota in demand.quotas)
    told = f", {exceeding} above those of a new account" if exceeding else ""
    yield from folded(f"Quotas: {len(rows)}{told}", lines)


def outputs(assessment: Assessment) -> Iterator[str]:
    """What the stacks export: addresses, next steps."""
    lines = list[str]()
    for stack in assessment.preview.stacks:
        for name, found in stack.outputs.items():
            if isinstance(found, list) and is_sentences(found):
                lines += [
                    f"- {plain(name.replace('_', ' '))} ({code(stack.name)})",
                    *(f"  - {plain(item)}" for item in found),
                ]
            elif found not in ([], None):
                lines.append(f"- {plain(name.replace('_', ' '))}: {code(cut(value_text(found), _WIDTH))}")
    yield from folded(f"Outputs: {len(lines)} lines", lines)


def resources(assessment: Assessment) -> Iterator[str]:
    """Every resource, by type."""
    created = [resource for resource in assessment.preview.resources if resource.is_created]
    by_type = Counter(resource.type for resource in created)
    lines = [
        f"- {code(short_type(type_))} \N{MULTIPLICATION SIGN}{number}: "
        + ", ".join(
            code(resource.name) + (" 🔒" if resource.protect else "") for resource in created if resource.type == type_
        )
        for type_, number in by_type.items()
    ]
    yield from folded(f"Resources: {len(created)} (🔒 protected)", lines)

"""The report for a terminal: the verdict, what changes or is created, policies, cost, quotas, what nobody checked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from stacks.report.assessment import Assessment
from stacks.report.changes_text import change_lines, file_lines
from stacks.report.layout import bullets, rows, section, wrapped
from stacks.report.preview_text import preview_sections
from stacks.report.words import (
    STATUS_WORDS,
    basis,
    categories,
    cost_line,
    count,
    counts_line,
    money,
    name_of,
    other_stage_line,
    unchecked,
)


def render(assessments: Sequence[Assessment]) -> str:
    """One report a profile, without colours. Against a base it shows what changes, and not the whole tree."""
    return "\n".join("\n\n".join(part for part in _sections(each) if part) + "\n" for each in assessments)


def _sections(assessment: Assessment) -> Iterator[str]:
    yield "\n".join(_heading(assessment))
    changes = assessment.changes
    if changes is None:
        yield from preview_sections(assessment.preview)
    else:
        yield section(f"Changes against {changes.base}", change_lines(changes))
        yield section("Rendered files that differ", file_lines(changes))
    yield section("Policies", _policies(assessment))
    yield section("Cost a month", _cost(assessment))
    yield section("Quotas", _quotas(assessment))
    yield section("Not checked by this preview", bullets(unchecked(assessment)))


def _heading(assessment: Assessment) -> Iterator[str]:
    preview, verdict = assessment.preview, assessment.verdict
    yield f"{assessment.name}: {STATUS_WORDS[verdict.status]}"
    yield from bullets(verdict.reasons)
    stacks = f" in {count(len(preview.stacks), 'stack')}" if preview.stacks else ""
    files = (
        ""
        if preview.stacks or not preview.overlays
        else f", {count(len(preview.overlays), 'file')} for a machine of yours"
    )
    yield f"  {preview.target}, {assessment.stage}: {counts_line(assessment)}{stacks}{files}; nothing is changed yet"
    if assessment.cost.lines:
        yield f"  {cost_line(assessment)}"


def _policies(assessment: Assessment) -> Iterator[str]:
    if not assessment.findings:
        yield "  none is broken"
    for finding in assessment.findings:
        mark, policy, breach = "waived" if finding.waived else finding.policy.severity, finding.policy, finding.breach
        yield from wrapped(f"{mark}: {policy.id}: {name_of(breach.subject)}: {breach.message}", "  ")
        yield from wrapped(finding.waived or policy.remedy, "      ")


def _cost(assessment: Assessment) -> Iterator[str]:
    cost = assessment.cost
    if not cost.lines:
        return
    found = categories(cost)
    width = max(len(money(usd)) for _, usd, _ in found)
    yield from rows([(name, f"{money(usd):>{width}}{f'  and {n} unknown' if n else ''}") for name, usd, n in found])
    yield from wrapped(cost_line(assessment), "  ")
    if other := other_stage_line(assessment):
        yield from wrapped(other, "  ")
    yield from wrapped(basis(cost), "  ")
    yield from bullets(f"No price: {line.item} ({name_of(line.subject)})" for line in cost.unknown)


def _quotas(assessment: Assessment) -> Iterator[str]:
    demand = assessment.demand
    exceeding = [quota for quota in demand.quotas if quota.exceeds_default]
    if not demand.quotas:
        return
    above = f"{len(exceeding)} more than a new account has" if exceeding else "none more than a new account has"
    yield f"  {count(len(demand.quotas), 'quota')}, {above}"
    for quota in exceeding:
        yield f"  - {quota.name} ({quota.code}): {quota.needed:,g} {quota.unit}, a new account has {quota.default:,g}"
        yield from (f"      {line}" for line in (quota.look, quota.request))
    tight = [subnet for subnet in demand.subnets if subnet.available is not None and subnet.needed > subnet.available]
    yield from bullets(
        f"Subnet {each.name} needs {each.needed:,} addresses and has {each.available:,}." for each in tight
    )

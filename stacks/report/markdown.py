"""A pull request's comment: the verdict first, what destroys next, details folded away; never too long to be posted.

Markdown is GitHub's, which GitLab renders alike. The comment begins with a marker by which it is found again and edited
in place, and with a block of JSON for programs; both are invisible.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from stacks.report import markdown_details as details
from stacks.report.assessment import Assessment, Status
from stacks.report.machine_block import machine_block
from stacks.report.markdown_text import code, plain, table
from stacks.report.words import (
    SIGNS,
    STATUS_WORDS,
    basis,
    because,
    cost_line,
    count,
    counts_line,
    destructive,
    name_of,
    other_stage_line,
    short_type,
    unchecked,
    worst,
)

LIMIT: Final = 60_000
"""Characters. GitHub refuses a comment of more than 65,536 (its error says "body is too long"; seen in pulumi/actions
src/libs/pr.ts, read 2026-11-22, which cuts at 64,000)."""

MARKER: Final = "<!-- moorage:comment -->"
"""First line of every comment; a bot finds its own comment by it."""

_ICONS: Final[dict[Status, str]] = {"ok": "✅", "warning": "⚠️", "failed": "❌"}


@dataclass(frozen=True, slots=True)
class _Tier:
    """How much is told. Each next one tells less, until the comment fits."""

    dropped: str
    """What this one leaves out and the one before did not."""
    rows: int
    """Of each table that is not folded away."""
    folded: tuple[Callable[[Assessment], Iterator[str]], ...]
    """What is folded away."""
    profiles: int = 1_000
    unchecked: bool = True


_ALL = (details.changes, details.files, details.cost, details.quotas, details.outputs, details.resources)
_TIERS: Final = (
    _Tier("", 200, _ALL),
    _Tier("the list of resources", 200, _ALL[:5]),
    _Tier("differences of rendered files", 200, tuple(part for part in _ALL[:5] if part is not details.files)),
    _Tier("changes of single inputs, outputs", 100, (details.cost, details.quotas)),
    _Tier("cost and quotas line by line", 40, ()),
    _Tier("rows beyond the tenth, what was not checked", 10, (), unchecked=False),
    _Tier("rows beyond the third", 3, (), profiles=60, unchecked=False),
    _Tier("all but one line a profile", 0, (), profiles=100, unchecked=False),
)


def render(assessments: Sequence[Assessment]) -> str:
    """The comment, of at most `LIMIT` characters whatever was found.

    What does not fit falls away tier by tier, and the comment says so.
    """
    dropped = list[str]()
    lines = list[str]()
    for tier in _TIERS:
        dropped += [tier.dropped] if tier.dropped else []
        length, lines = 0, []
        for line in _comment(assessments, tier, dropped):
            lines.append(line)
            length += len(line) + 1
            if length > LIMIT:
                break
        else:
            break
    return "".join(f"{line}\n" for line in lines)


def _comment(assessments: Sequence[Assessment], tier: _Tier, dropped: Sequence[str]) -> Iterator[str]:
    yield MARKER
    yield machine_block(assessments)
    status = worst(assessments)
    names = assessments[0].name if len(assessments) == 1 else count(len(assessments), "profile")
    yield f"## {_ICONS[status]} moorage: {plain(names)}: {STATUS_WORDS[status]}"
    yield ""
    shown = assessments[: tier.profiles]
    if len(assessments) > 1 or tier.rows == 0:
        yield from _overview(shown)
    if tier.rows:
        for assessment in shown:
            yield from _profile(assessment, tier, alone=len(assessments) == 1)
    if len(shown) < len(assessments):
        yield f"And {count(len(assessments) - len(shown), 'profile')} more, which the machine's block counts."
        yield ""
    if dropped:
        yield f"_Left out for length: {'; '.join(dropped)}. `moorage preview --format html` has everything._"


def _overview(assessments: Sequence[Assessment]) -> Iterator[str]:
    rows = [
        (f"{_ICONS[each.verdict.status]} {plain(each.name)}", each.preview.target, counts_line(each), cost_line(each))
        for each in assessments
    ]
    yield from table(("profile", "target", "resources", "cost"), rows)
    yield ""


def _profile(assessment: Assessment, tier: _Tier, *, alone: bool) -> Iterator[str]:
    verdict = assessment.verdict
    if not alone:
        yield f"### {_ICONS[verdict.status]} {plain(assessment.name)}"
        yield ""
    yield from (f"- {plain(reason)}" for reason in verdict.reasons[: tier.rows])
    if verdict.reasons:
        yield ""
    yield f"**{counts_line(assessment)}** · {assessment.preview.target} · {assessment.stage}  "
    yield f"**Cost:** {cost_line(assessment)}"
    yield ""
    yield from _destructive(assessment, tier.rows)
    yield from _policies(assessment, tier.rows)
    for part in tier.folded:
        lines = list(part(assessment))
        yield from lines
        if lines:
            yield ""
    if tier.unchecked:
        yield from _unchecked(assessment)


def _destructive(assessment: Assessment, limit: int) -> Iterator[str]:
    changes = assessment.changes
    if changes is None:
        return
    found = destructive(changes)
    if not found:
        yield f"Nothing is replaced or deleted against {code(changes.base)}."
        yield ""
        return
    yield f"#### Destructive changes against {code(changes.base)}"
    yield ""
    rows = [
        (
            f"{SIGNS[change.action]} {change.action}{', deleted first' if change.delete_first else ''}",
            f"{code(change.name)}<br>{code(short_type(change.type))}",
            "<br>".join(plain(because(each)) for each in change.properties if each.forces != "no"),
            " ".join(
                part
                for part in (
                    plain(change.effect),
                    f"**Loss: {plain(change.loss)}**{' (allowed)' if change.urn in changes.allowed else ''}"
                    if change.loss
                    else "",
                )
                if part
            ),
        )
        for change in found[:limit]
    ]
    yield from table(("", "resource", "because of", "what it means"), rows)
    yield from _more(len(found) - limit, "destructive change")
    yield ""


def _policies(assessment: Assessment, limit: int) -> Iterator[str]:
    broken = [
        finding for finding in assessment.findings if finding.waived is None and finding.policy.severity != "note"
    ]
    others = len(assessment.findings) - len(broken)
    if not broken:
        waived = sum(finding.waived is not None for finding in assessment.findings)
        yield f"**Policies:** none is broken{f'; {waived} waived' if waived else ''}."
        yield ""
        return
    yield "#### Policies that are broken"
    yield ""
    rows = [
        (
            finding.policy.severity,
            f"{code(finding.policy.id)}<br>{plain(finding.policy.title)}",
            f"{code(name_of(finding.breach.subject))}<br>{plain(finding.breach.message)}",
            plain(finding.policy.remedy),
        )
        for finding in broken[:limit]
    ]
    yield from table(("", "policy", "where", "what to do"), rows)
    yield from _more(len(broken) - limit, "breach")
    if others:
        yield f"Besides, {count(others, 'note or waived finding')}."
    yield ""


def _unchecked(assessment: Assessment) -> Iterator[str]:
    sentences = unchecked(assessment)
    yield f"<details><summary>Not checked: {count(len(sentences), 'point')}</summary>"
    yield ""
    yield from (f"- {plain(sentence)}" for sentence in sentences)
    if assessment.cost.lines:
        yield f"- {plain(basis(assessment.cost))} {plain(other_stage_line(assessment))}".rstrip()
    yield ""
    yield "</details>"
    yield ""


def _more(number: int, noun: str) -> Iterator[str]:
    if number > 0:
        yield ""
        yield f"And {count(number, noun)} more."

"""Words, signs and numbers that every report writes alike."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Final

from stacks.changes.change import Action, Changes, PropertyChange, ResourceChange
from stacks.cost.estimate import CostEstimate
from stacks.preview import SECRET, UNKNOWN
from stacks.report.assessment import Assessment, Status

ACTIONS: Final[tuple[tuple[Action, str, str], ...]] = (
    ("replace", "±", "to replace"),
    ("may-replace", "?", "that may be replaced"),
    ("delete", "-", "to delete"),
    ("forget", "\N{MULTIPLICATION SIGN}", "to leave behind"),
    ("update", "~", "to update"),
    ("create", "+", "to create"),
    ("same", "=", "unchanged"),
)
"""Each action, its sign, and its words behind a count; what destroys comes first."""

SIGNS: Final[Mapping[Action, str]] = {action: sign for action, sign, _ in ACTIONS}
_DESTRUCTIVE: Final[frozenset[Action]] = frozenset({"replace", "may-replace", "delete", "forget"})
STATUS_WORDS: Final[Mapping[Status, str]] = {"ok": "fine", "warning": "fine, with warnings", "failed": "failed"}


def by_gravity(changes: Changes) -> list[ResourceChange]:
    """All that changes: what loses data first, then what the cloud would refuse, then by what is done."""
    order, failing = [action for action, _, _ in ACTIONS], {change.urn for change in changes.failures}
    return sorted(
        changes.changed, key=lambda each: (each.loss is None, each.urn not in failing, order.index(each.action))
    )


def destructive(changes: Changes) -> list[ResourceChange]:
    """What replaces, deletes, loses, or would be refused; the gravest first."""
    failing = {change.urn for change in changes.failures}
    return [each for each in by_gravity(changes) if each.action in _DESTRUCTIVE or each.loss or each.urn in failing]


def worst(assessments: Sequence[Assessment]) -> Status:
    """The gravest status of several."""
    found = {assessment.verdict.status for assessment in assessments}
    return "failed" if "failed" in found else "warning" if "warning" in found else "ok"


def count(number: int, noun: str) -> str:
    """A number and its noun, in the plural where it must be."""
    if number == 1:
        return f"1 {noun}"
    plural = f"{noun[:-1]}ies" if noun.endswith("y") else f"{noun}es" if noun.endswith(("s", "x")) else f"{noun}s"
    return f"{number:,} {plural}"


def counts_line(assessment: Assessment) -> str:
    """How many resources are created, changed, and lost."""
    changes = assessment.changes
    if changes is None:
        created = sum(resource.is_created for resource in assessment.preview.resources)
        return f"{count(created, 'resource')} to create" if created else "nothing is created in a cloud"
    found = changes.counts
    told = [f"{found[action]:,} {words}" for action, _, words in ACTIONS if found.get(action)]
    return ", ".join(told) or "no resources"


def money(usd: float) -> str:
    """Whole dollars from 100 on, cents below."""
    return f"USD {usd:,.0f}" if abs(usd) >= 100 else f"USD {usd:,.2f}"


def change_of(usd: float) -> str:
    """A difference with its sign."""
    if abs(usd) < 0.005:
        return "no change"
    return f"{'+' if usd > 0 else '-'}{money(abs(usd))}"


def cost_line(assessment: Assessment) -> str:
    """What it costs a month, and what that leaves out."""
    cost = assessment.cost
    if not cost.lines:
        return "nothing is paid to a cloud"
    parts = [f"{money(cost.monthly)} a month"]
    if assessment.base_cost is not None:
        parts.append(f"{change_of(cost.monthly - assessment.base_cost.monthly)} against the base")
    if cost.high is not None and cost.high - cost.monthly > 0.005:
        parts.append(f"at most {money(cost.high)} when all groups of nodes are full")
    if cost.unknown:
        parts.append(f"without {count(len(cost.unknown), 'item')} of unknown price")
    if assessment.budget is not None:
        parts.append(f"budget {money(assessment.budget)}")
    return "; ".join(parts)


def other_stage_line(assessment: Assessment) -> str:
    """What another stage would cost, where it was asked."""
    other = assessment.other_stage
    if other is None:
        return ""
    if other.monthly is None:
        return f"As {as_stage(other.stage)}: {other.note}"
    return f"As {as_stage(other.stage)}: {money(other.monthly)} a month. {other.note}".strip()


def basis(cost: CostEstimate) -> str:
    """What the prices are, and of when."""
    dates = sorted({line.price.as_of for line in cost.lines if line.price and line.price.as_of[:1].isdigit()})
    span = dates[0] if len(set(dates)) == 1 else f"{dates[0]} to {dates[-1]}" if dates else "undated"
    where = f" of {cost.region}" if cost.region else ""
    return f"List prices on demand{where}, {span}, without tax, discounts and what depends on use."


def categories(cost: CostEstimate) -> list[tuple[str, float, int]]:
    """Category, USD a month, and how many of its lines have no price; the dearest first."""
    sums: dict[str, list[float]] = {}
    for line in cost.lines:
        sums.setdefault(line.category, []).append(-1.0 if line.monthly is None else line.monthly)
    rows = [
        (name, sum(each for each in found if each >= 0), sum(each < 0 for each in found))
        for name, found in sums.items()
    ]
    return sorted(rows, key=lambda row: (-row[1], row[0]))


def short_type(token: str) -> str:
    """The type as Pulumi's own display has it: `aws:ec2:Vpc` for `aws:ec2/vpc:Vpc`."""
    package, _, rest = token.partition(":")
    module, _, member = rest.partition(":")
    return f"{package}:{module.partition('/')[0]}:{member}" if member else token


MAY_DIFFER: Final = "known after creation, may differ"
"""In place of two values that are both unknown."""


def sides(change: PropertyChange) -> tuple[str, ...]:
    """An input before and after; nothing where both are only known after creation."""
    if change.before == change.after == UNKNOWN:
        return ()
    return tuple("not given" if value is None else value_text(value) for value in (change.before, change.after))


def because(change: PropertyChange) -> str:
    """The input that forces something, and why."""
    return change.reason if change.path.partition("[")[0] in change.reason else f"{change.path}: {change.reason}"


def is_sentences(value: object) -> bool:
    """Outputs such as notes, which a person reads and no program does."""
    return isinstance(value, list) and bool(value) and all(isinstance(item, str) and " " in item for item in value)


def value_text(value: object) -> str:
    """A JSON value on one line; text as it is."""
    value = _in_words(value)
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _in_words(value: object) -> object:
    if value == UNKNOWN:
        return "(known after creation)"
    if value == SECRET:
        return "(secret)"
    if isinstance(value, dict):
        return {key: _in_words(member) for key, member in value.items()}
    return [_in_words(item) for item in value] if isinstance(value, list) else value


def name_of(subject: str) -> str:
    """The last part of a URN; anything else as it is."""
    return subject.rpartition("::")[2] if subject.startswith("urn:") else subject


def unchecked(assessment: Assessment) -> tuple[str, ...]:
    """Everything that nobody looked at."""
    changes: Changes | None = assessment.changes
    return (*assessment.preview.unchecked, *(changes.unchecked if changes else ()))


def as_stage(stage: str) -> str:
    """The stage behind "as": production, a POC, a trial."""
    return "production" if stage == "production" else f"a {'POC' if stage == 'poc' else stage}"

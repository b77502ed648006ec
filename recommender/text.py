"""Recommendations and explanations as text for people: the answer first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from textwrap import fill
from typing import TYPE_CHECKING

from recommender.catalogue import CONTRADICTIONS, METHODS, READ_ON
from recommender.decision import Outcome
from recommender.guidance import LABELS
from recommender.recommend import Recommendation
from recommender.rules import Target

if TYPE_CHECKING:
    from recommender.explain import Flip

_WIDTH = 100
_OTHERS: tuple[Target, ...] = ("cloud", "machine-image", "install-script", "kubernetes", "docker-compose")


def recommendation_text(recommendation: Recommendation) -> str:
    """A recommendation on about one screen."""
    blocks = [
        _answer(recommendation),
        _block("Why not the others", _why_not(recommendation)),
        _block(
            "Still open, the most decisive first", (f"{q.question}  [{q.field}]" for q in recommendation.open_questions)
        ),
        _block("Next", recommendation.next_steps, numbered=True),
        _block("Ask", (f"{contact.who}: {contact.about}" for contact in recommendation.contacts)),
        _block("Note", recommendation.notes),
    ]
    return "\n".join(block for block in blocks if block)


def explanation_text(recommendation: Recommendation, found: list[Flip]) -> str:
    """What would change a recommendation."""
    lines = [f"{flip.field}: {flip.given} -> {flip.changed}\n  becomes {outcome_text(flip.becomes)}" for flip in found]
    title = "Flip points: one answer changed, by as little as changes the recommendation"
    return "\n".join(
        (
            _answer(recommendation),
            _block(title, lines) or "No change of a single answer changes the recommendation.\n",
        )
    )


def catalogue_text() -> str:
    """The support catalogue."""
    lines = [f"Support catalogue, read {READ_ON}", ""]
    for row in METHODS:
        newest = f"newest {row.newest}" + (f" ({row.released})" if row.released else "") if row.newest else ""
        until = f"ended with {row.until}" if row.until else ""
        lines.append(f"{row.title}: {', '.join(part for part in (row.status.upper(), newest, until) if part)}")
        lines += _wrapped(f"{row.note} {row.route}".strip())
        lines += _wrapped(f"Source: {row.source}")
        lines.append("")
    lines += ["Where the vendor's pages contradict each other", ""]
    for row in CONTRADICTIONS:
        lines.append(f"{row.about}")
        for label, words in (("one says", row.says), ("the other", row.but), ("taken", row.reading)):
            lines += _wrapped(f"{label}: {words}")
    return "\n".join(lines) + "\n"


def outcome_text(outcome: Outcome) -> str:
    """An outcome on one line."""
    then = f", then {LABELS[outcome.then]}" if outcome.then else ""
    details = ", ".join(part for part in (outcome.strategy, outcome.plan and f"{outcome.plan} plan") if part)
    return f"{LABELS[outcome.target]}{then}" + (f" ({details})" if details else "")


def _answer(recommendation: Recommendation) -> str:
    verdict = "most preferred of what is still possible: " if recommendation.provisional else ""
    lines = [f"{recommendation.name}: {verdict}{outcome_text(recommendation.outcome)}"]
    if recommendation.owners:
        lines.append(f"  Owners: {', '.join(recommendation.owners)}")
    if recommendation.sourcegraph_version:
        lines.append(f"  Sourcegraph: {recommendation.sourcegraph_version}")
    if recommendation.provisional:
        possible = ", ".join(LABELS[target] for target in recommendation.possible_targets)
        lines += _wrapped(f"Provisional. Still possible: {possible}")
    lines += _wrapped(f"Why: {_why(recommendation)}")
    if recommendation.support is not None:
        until = f" (ended with {recommendation.support.until})" if recommendation.support.until else ""
        lines += _wrapped(f"Support: {recommendation.support.status}{until}. {recommendation.support.note}")
    return "\n".join(lines) + "\n"


def _why(recommendation: Recommendation) -> str:
    if recommendation.target == "exception":
        return "every supported way is ruled out."
    if recommendation.strategy == "self-hosted-into-cloud":
        return "Cloud is being waited for and the need is urgent; this is the best that can bridge the wait."
    if recommendation.strategy == "self-hosted-into-jointly-deployed":
        return "Kubernetes is needed in the end and the need is urgent; this carries the first phase."
    open_part = " so far" if recommendation.provisional else ""
    return f"the most preferred way that no rule rules out{open_part}."


def _why_not(recommendation: Recommendation) -> Iterator[str]:
    for target in _OTHERS:
        if target in (recommendation.target, recommendation.then):
            continue
        findings = recommendation.ruled_out.get(target)
        if findings:
            reasons = "\n".join(f"  - {f.because} ({f.rule}; {f.source})" for f in findings)
            yield f"{LABELS[target]}: ruled out\n{reasons}"
        elif target in recommendation.possible_targets:
            yield f"{LABELS[target]}: possible, once the open questions are answered"
        else:
            yield f"{LABELS[target]}: nothing rules it out; it is less preferred"


def _block(title: str, items: Iterable[str], *, numbered: bool = False) -> str:
    lines: list[str] = []
    for number, item in enumerate(items, 1):
        first, *rest = item.split("\n")
        lines += _wrapped(first, f"  {number}. " if numbered else "  - ")
        for line in rest:
            words = line.lstrip(" -")
            lines += _wrapped(words, f"    {line[: len(line) - len(words)]}")
    return "\n".join((title, *lines)) + "\n" if lines else ""


def _wrapped(text: str, lead: str = "  ") -> list[str]:
    continued = " " * len(lead)
    return fill(
        text, _WIDTH, initial_indent=lead, subsequent_indent=continued, break_long_words=False, break_on_hyphens=False
    ).split("\n")

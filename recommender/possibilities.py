"""Every outcome that can still come while questions are open, exactly, and which questions decide between them.

Cloud and self-hosting read different answers, so the completions of the two sides add up instead of multiplying, and
answers with the same effect are completed as one group. Nothing is sampled. The tests check this module against a
brute-force reading of the same rules (`tests/decision/`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from itertools import product
from math import log2, prod
from typing import NamedTuple, TypeVar

from recommender.answers import Answers
from recommender.decision import (
    WAIVED,
    CloudSide,
    HostedSide,
    Outcome,
    cloud_side,
    combine,
    decide,
    hosted_side,
    preference,
)
from recommender.rules import Target

Key = tuple[bool | int, ...]
Side = TypeVar("Side", CloudSide, HostedSide)
Weighted = tuple[Key, Side, float]
"""A completion of one side, its result, and how likely it is."""


class Possibilities(NamedTuple):
    """Every outcome that some completion of the open questions reaches."""

    outcomes: frozenset[Outcome]
    targets: tuple[Target, ...]
    """Of the outcomes, the most preferred first."""
    decisive: tuple[str, ...]
    """Open answers that can still change the outcome, the most decisive first."""


# Answers of one group have the same effect: only whether any of them is True matters. So an open group has two
# completions, not one for each combination; `tests/decision` proves that nothing is lost.
Groups = tuple[tuple[str, ...], ...]
_CLOUD_GROUPS: Groups = (
    WAIVED,
    ("executors",),
    ("locale",),
    ("locale_refused",),
    ("private_host",),
    ("nonstandard_host", "code_size", "needs"),
)
_HOSTED_GROUPS: Groups = (
    ("users",),
    ("repositories", "cluster", "single_machine_issues"),
    ("other_provider", "own_base_image"),
    ("image_restricted",),
    ("script_restricted",),
    ("kubernetes_restricted",),
    ("compose_restricted",),
    ("evaluated",),
    ("prioritized", "contextual_need"),
)
_OPTIONS: dict[str, tuple[bool | int, ...]] = {"executors": (0, 1, 2)}
_YES_NO: tuple[bool | int, ...] = (False, True)


@lru_cache(maxsize=65_536)
def possibilities(answers: Answers) -> Possibilities:
    """Every outcome that can still come, exactly, and which open answers decide between them."""
    if None not in answers:
        outcome = decide(answers)
        return Possibilities(frozenset({outcome}), (outcome.target,), ())
    cloud = _completions(_only(answers, _CLOUD_GROUPS), _CLOUD_GROUPS, cloud_side)
    hosted = _completions(_only(answers, _HOSTED_GROUPS), _HOSTED_GROUPS, hosted_side)
    # Not sets: their order changes from process to process, and with it the last digits of the sums below.
    clouds, hosteds = tuple(dict.fromkeys(cloud.values())), tuple(dict.fromkeys(hosted.values()))
    urgent, phased = answers.urgent, answers.phased
    by_cloud = {c: tuple(combine(c, h, urgent, phased) for h in hosteds) for c in clouds}
    by_hosted = {h: tuple(combine(c, h, urgent, phased) for c in clouds) for h in hosteds}
    outcomes = frozenset(outcome for row in by_cloud.values() for outcome in row)
    reached = {outcome.target for outcome in outcomes}
    targets: tuple[Target, ...] = tuple(target for target in preference(answers) if target in reached)
    if len(outcomes) == 1:
        return Possibilities(outcomes, targets, ())
    clouds_weighted = _weighted(cloud, _CLOUD_GROUPS, answers)
    hosteds_weighted = _weighted(hosted, _HOSTED_GROUPS, answers)
    cloud_shares, hosted_shares = _shares(clouds_weighted), _shares(hosteds_weighted)
    ranked = (
        *_ranked(answers, _CLOUD_GROUPS, clouds_weighted, by_cloud, [hosted_shares[h] for h in hosteds], targets[0]),
        *_ranked(answers, _HOSTED_GROUPS, hosteds_weighted, by_hosted, [cloud_shares[c] for c in clouds], targets[0]),
    )
    return Possibilities(outcomes, targets, tuple(name for _, name in sorted(ranked)))


def _only(answers: Answers, groups: Groups) -> Answers:
    """The answers of one side; what the other side reads is blanked, so that equal sides share one table."""
    read = {name for group in groups for name in group}
    kept = {"initial_users", "phased", "sunset_pin"} if groups is _HOSTED_GROUPS else {"in_development"}
    blank = {name: False for name in answers._fields if name not in read | kept}
    return answers._replace(**blank)


def _open_options(answers: Answers, group: tuple[str, ...]) -> tuple[bool | int, ...]:
    """The values that a group of answers can still take."""
    values = [getattr(answers, name) for name in group]
    if len(group) == 1:
        return _OPTIONS.get(group[0], _YES_NO) if values[0] is None else (values[0],)
    return (True,) if True in values else _YES_NO if None in values else (False,)


@lru_cache(maxsize=1024)
def _completions(answers: Answers, groups: Groups, side: Callable[[Answers], Side]) -> dict[Key, Side]:
    """One side under every completion: the key holds one value a group."""
    table: dict[Key, Side] = {}
    for key in product(*(_open_options(answers, group) for group in groups)):
        values = {name: False for group in groups for name in group[1:]}
        values |= {group[0]: value for group, value in zip(groups, key, strict=True)}
        table[key] = side(answers._replace(**values))
    return table


def _ranked(
    answers: Answers,
    groups: Groups,
    weighted: list[Weighted[Side]],
    rows: dict[Side, tuple[Outcome, ...]],
    others: list[float],
    target: Target,
) -> Iterator[tuple[tuple[bool, float, int], str]]:
    """The open answers of one side that can change the outcome, each with its rank, the most decisive lowest.

    First come the answers that could by themselves rule out the present target, then by how much they would tell.

    An answer matters when two completions that differ in it alone have different outcomes. `rows` gives the outcomes
    of a side for each state of the other side, always in the same order, so comparing rows compares them one by one;
    `others` is how likely each of those states is. What an answer tells is the mutual information between it and the
    outcome, every open answer being equally likely; ties keep the order of the questionnaire.
    """
    for index, group in enumerate(groups):
        options = _open_options(answers, group)
        if len(options) == 1 or not _matters(index, weighted, rows):
            continue
        given = {
            option: _outcome_shares(_shares(each for each in weighted if each[0][index] == option), rows, others)
            for option in options
        }
        for name in (name for name in group if getattr(answers, name) is None):
            cases = _cases(given, answers, group)
            told = _entropy(_mixed(cases)) - sum(share * _entropy(shares) for share, shares in cases)
            decides = any(all(outcome.target != target for outcome in shares) for _, shares in cases)
            yield (not decides, -round(told, 9), answers._fields.index(name)), name


def _matters(index: int, weighted: list[Weighted[Side]], rows: dict[Side, tuple[Outcome, ...]]) -> bool:
    """Whether two completions that differ in one group alone have different outcomes."""
    first: dict[Key, tuple[Outcome, ...]] = {}
    return any(
        first.setdefault((*key[:index], *key[index + 1 :]), rows[side]) != rows[side] for key, side, _ in weighted
    )


def _chance(option: bool | int, answers: Answers, group: tuple[str, ...]) -> float:
    """How likely a group takes a value when each open answer in it is equally likely to be yes or no."""
    options = _open_options(answers, group)
    if len(group) == 1 or len(options) == 1:
        return 1 / len(options)
    all_no = 0.5 ** sum(getattr(answers, name) is None for name in group)
    return 1 - all_no if option else all_no


def _weighted(table: dict[Key, Side], groups: Groups, answers: Answers) -> list[Weighted[Side]]:
    """Every completion of one side with how likely it is."""
    chances = [
        {option: _chance(option, answers, group) for option in _open_options(answers, group)} for group in groups
    ]
    return [
        (key, side, prod(chance[option] for option, chance in zip(key, chances, strict=True)))
        for key, side in table.items()
    ]


def _shares(weighted: Iterable[Weighted[Side]]) -> dict[Side, float]:
    """How likely each state of a side is, given that one of these completions comes."""
    shares: dict[Side, float] = {}
    for _, side, share in weighted:
        shares[side] = shares.get(side, 0.0) + share
    whole = sum(shares.values())
    return {side: share / whole for side, share in shares.items()}


def _outcome_shares(
    sides: dict[Side, float], rows: dict[Side, tuple[Outcome, ...]], others: list[float]
) -> dict[Outcome, float]:
    shares: dict[Outcome, float] = {}
    for side, share in sides.items():
        for outcome, other in zip(rows[side], others, strict=True):
            shares[outcome] = shares.get(outcome, 0.0) + share * other
    return {outcome: share for outcome, share in shares.items() if share}


def _cases(
    given: dict[bool | int, dict[Outcome, float]], answers: Answers, group: tuple[str, ...]
) -> list[tuple[float, dict[Outcome, float]]]:
    """The values of one answer, each with its chance and the outcomes it leaves.

    In a group, a yes settles the group and a no leaves its other open answers open.
    """
    still_open = sum(getattr(answers, name) is None for name in group) - 1
    if len(group) == 1 or not still_open:
        return [(1 / len(given), shares) for shares in given.values()]
    all_no = 0.5**still_open
    return [(0.5, given[True]), (0.5, _mixed([(all_no, given[False]), (1 - all_no, given[True])]))]


def _mixed(cases: list[tuple[float, dict[Outcome, float]]]) -> dict[Outcome, float]:
    mixed: dict[Outcome, float] = {}
    for share, shares in cases:
        for outcome, chance in shares.items():
            mixed[outcome] = mixed.get(outcome, 0.0) + share * chance
    return mixed


def _entropy(shares: dict[Outcome, float]) -> float:
    return -sum(share * log2(share) for share in shares.values() if share > 0)

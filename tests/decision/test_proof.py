"""The proof: every cell of the cut-point grid, none left out.

The grid has about 76,000,000,000 cells, so it is cut where that loses nothing, and each cut is itself tested:

1. A question reaches the decision only through its own field of `Answers`, so the values of a question that give the
   same answer are one cell (`test_each_question_reaches_its_own_answer_and_no_other`).
2. Cloud's side and the hosted side read different answers (`test_the_two_sides_read_different_answers`), so every cell
   of each side is decided once, and then every pair of their results is combined.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from itertools import product
from typing import Any, ClassVar

import pytest

from recommender import decision
from recommender.answers import Answers, answers_of
from recommender.decision import Outcome, cloud_side, combine, decide, hosted_side, preference
from recommender.possibilities import _CLOUD_GROUPS, _HOSTED_GROUPS, _completions, _only
from recommender.profile_file import parse_profile
from recommender.rules import RULES
from tests.decision import oracle

# Every question at, just below and just above each of its cut points: the value, and the answers it must give.
YES_NO = [True, False]
GRID: dict[str, list[tuple[Any, dict[str, Any]]]] = {
    "scale.users": [(19_999, {"users": False}), (20_000, {"users": False}), (20_001, {"users": True})],
    "scale.initial_users": [
        (None, {"initial_users": False, "phased": False}),
        (19_999, {"initial_users": False, "phased": True}),
        (20_000, {"initial_users": False, "phased": True}),
        (20_001, {"initial_users": True, "phased": True}),
    ],
    "scale.repositories": [(n, {"repositories": n > 200_000}) for n in (199_999, 200_000, 200_001)],
    "scale.code_gb": [(n, {"code_size": n > 75}) for n in (74.999, 75, 75.001)],
    "code_hosts": [
        (
            [{"kind": kind, "reachable": reachable}],
            {"private_host": reachable == "private", "nonstandard_host": kind != "github.com"},
        )
        for kind in ("github.com", "perforce")
        for reachable in ("public", "allowlist", "private")
    ],
    "cloud.certifications": [
        ([], {"certification": False}),
        (["soc2"], {"certification": False}),
        (["soc2", "fedramp"], {"certification": True}),
    ],
    "cloud.accepts_admin_access": [(value, {"admin_access": not value}) for value in YES_NO],
    "cloud.accepts_audit_logging": [(value, {"audit_logging": not value}) for value in YES_NO],
    "cloud.blockers": [([], {"blocker": False}), (["one"], {"blocker": True})],
    "cloud.in_development": [(value, {"in_development": value}) for value in YES_NO],
    "cloud.locale": [("any", {"locale": False}), ("europe-west2", {"locale": False}), ("eu-north-1", {"locale": True})],
    "cloud.waits_for_locale": [(value, {"locale_refused": not value}) for value in YES_NO],
    "cloud.needs": [([], {"needs": False}), (["priority-sla"], {"needs": True})],
    "cloud.executors": [(n, {"executors": cell}) for n, cell in ((1, 0), (2, 0), (3, 1), (4, 1), (5, 2))],
    "hosting.provider": [
        (name, {"other_provider": name not in ("aws", "gcp")})
        for name in ("aws", "gcp", "azure", "on-premises", "other")
    ],
    "hosting.requires_cluster": [(value, {"cluster": value}) for value in YES_NO],
    "hosting.single_machine_issues": [(value, {"single_machine_issues": value}) for value in YES_NO],
    "hosting.own_base_image": [(value, {"own_base_image": value}) for value in YES_NO],
    "hosting.restrictions.machine-image": [([], {"image_restricted": False}), (["one"], {"image_restricted": True})],
    "hosting.restrictions.install-script": [([], {"script_restricted": False}), (["one"], {"script_restricted": True})],
    "hosting.restrictions.kubernetes": [
        ([], {"kubernetes_restricted": False}),
        (["one"], {"kubernetes_restricted": True}),
    ],
    "hosting.restrictions.docker-compose": [
        ([], {"compose_restricted": False}),
        (["one"], {"compose_restricted": True}),
    ],
    "implementation.evaluated": [(value, {"evaluated": value}) for value in YES_NO],
    "implementation.prioritized": [(value, {"prioritized": value}) for value in YES_NO],
    "implementation.contextual_need": [(value, {"contextual_need": value}) for value in YES_NO],
    "urgent": [(value, {"urgent": value}) for value in YES_NO],
    "sourcegraph_version": [
        (None, {"sunset_pin": False}),
        ("6.99999.0", {"sunset_pin": False}),
        ("7.0.0", {"sunset_pin": True}),
        ("7.0.1", {"sunset_pin": True}),
    ],
}
CLOUD_ANSWERS = {name for group in _CLOUD_GROUPS for name in group} | {"in_development"}
HOSTED_ANSWERS = {name for group in _HOSTED_GROUPS for name in group} | {"initial_users", "phased", "sunset_pin"}
BLANK = Answers(*(False for _ in Answers._fields))
SIZE = {"machine-image": 1, "install-script": 1, "docker-compose": 1, "kubernetes": 2, "cloud": 3, "exception": 3}


def _cells(names: set[str]) -> Iterator[Answers]:
    """Every combination of the answers named, at the values that the grid gives them."""
    fields = [name for name in Answers._fields if name in names]
    for values in product(*((0, 1, 2) if name == "executors" else (False, True) for name in fields)):
        yield BLANK._replace(**dict(zip(fields, values, strict=True)))


def _possible(cell: Answers) -> bool:
    """A first phase has at most all users, so it is above the limit only where they are."""
    return not cell.initial_users or (cell.phased and bool(cell.users))


@cache
def _cloud_cells() -> tuple[Answers, ...]:
    return tuple(_cells(CLOUD_ANSWERS))


@cache
def _hosted_cells() -> tuple[Answers, ...]:
    return tuple(cell for cell in _cells(HOSTED_ANSWERS) if _possible(cell))


def _document(values: dict[str, Any]) -> dict[str, Any]:
    document: dict[str, Any] = {"name": "acme"}
    for path, value in values.items():
        oracle.put(document, path, value)
    return document


@pytest.mark.parametrize("question", GRID)
@pytest.mark.parametrize("base", [0, -1])
def test_each_question_reaches_its_own_answer_and_no_other(question: str, base: int):
    others = {path: values[base][0] for path, values in GRID.items()}
    others["scale.users"] = 30_000 if question == "scale.initial_users" else others["scale.users"]
    if question == "scale.users":
        others["scale.initial_users"] = None
    answers = {}
    for value, expected in GRID[question]:
        answers = answers_of(parse_profile(_document(others | {question: value})))._asdict()
        assert {name: answers[name] for name in expected} == expected
        for own in expected:
            del answers[own]
        first = answers if value == GRID[question][0][0] else first  # noqa: F821 - set in the first round
        assert answers == first


class _Reading(Answers):
    """Answers that remember which of them were read."""

    read: ClassVar[set[str]] = set()

    def __getattribute__(self, name: str) -> Any:
        if name in Answers._fields:
            _Reading.read.add(name)
        return super().__getattribute__(name)


@pytest.mark.parametrize(("side", "names"), [(cloud_side, CLOUD_ANSWERS), (hosted_side, HOSTED_ANSWERS)])
def test_the_two_sides_read_different_answers(side: Any, names: set[str]):
    _Reading.read = set()
    for cell in _cloud_cells() if side is cloud_side else _hosted_cells()[::7]:
        side(_Reading(*cell))
    assert _Reading.read <= names
    assert not CLOUD_ANSWERS & HOSTED_ANSWERS


def test_every_cell_has_exactly_one_answer_and_it_is_the_most_preferred_one(record_property):
    clouds = [(cloud_side(cell), cell) for cell in _cloud_cells()]
    hosteds = [(hosted_side(cell), cell) for cell in _hosted_cells()]
    for hosted, cell in hosteds:
        assert hosted.best == _first_not_ruled_out(cell)
    outcomes = set()
    seen = {(hosted, cell.phased) for hosted, cell in hosteds}
    for cloud, (hosted, phased), urgent in product({side for side, _ in clouds}, seen, YES_NO):
        outcome = combine(cloud, hosted, urgent, phased)
        assert outcome.target in decision.TARGETS
        assert (outcome.plan is None) == ("cloud" not in (outcome.target, outcome.then))
        assert (outcome.strategy is None) == (outcome.target == "exception")
        outcomes.add(outcome)
    assert {outcome.target for outcome in outcomes} == set(decision.TARGETS)
    cells = 1
    for values in GRID.values():
        cells *= len(values)
    answers = len(clouds) * len(hosteds) * 2
    record_property(
        "cells",
        f"decision proof: {cells:,} cells of the cut-point grid, {answers:,} after equal values "
        f"are merged, decided as {len(clouds):,} + {len(hosteds):,} cells of two sides that read nothing in common",
    )


def _first_not_ruled_out(cell: Answers) -> str:
    """The sentence of the contract, read straight off the rules."""
    for target in preference(cell)[1:]:
        if not any(target in rule.targets and rule.holds(cell) for rule in RULES):
            return target
    raise AssertionError("exception is never ruled out")


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_no_rule_is_dead(rule, monkeypatch):
    cells = _cloud_cells() if rule.targets == ("cloud",) else _hosted_cells()
    side = cloud_side if rule.targets == ("cloud",) else hosted_side
    before = [(cell, side(cell)) for cell in cells if rule.holds(cell)]
    for name in ("CLOUD_RULES", "HOSTED_RULES"):
        kept = tuple(other for other in getattr(decision, name) if other.id != rule.id)
        monkeypatch.setattr(decision, name, kept)
    assert any(side(cell) != result for cell, result in before), f"nothing changes without {rule.id}"


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_rule_reads_what_it_says_it_reads(rule):
    _Reading.read = set()
    for cell in (*_cloud_cells()[::11], *_hosted_cells()[::101]):
        rule.holds(_Reading(*cell))
    assert _Reading.read == set(rule.answers)


def test_docker_compose_only_where_everything_before_it_is_ruled_out():
    for cell in _hosted_cells():
        if hosted_side(cell).best == "docker-compose":
            for target in ("machine-image", "install-script", "kubernetes"):
                assert any(target in rule.targets and rule.holds(cell) for rule in RULES)
    for cloud in {cloud_side(cell) for cell in _cloud_cells()}:
        compose = decision.HostedSide("docker-compose", "docker-compose", "ce-owned")
        for urgent in YES_NO:
            outcome = combine(cloud, compose, urgent, False)
            assert outcome.target != "docker-compose" or cloud.state != "available"


@pytest.mark.parametrize("more", ["users", "repositories"])
def test_more_users_or_repositories_never_moves_to_a_smaller_target(more: str):
    clouds = {cloud_side(cell) for cell in _cloud_cells()}
    pairs = set()
    for cell in _hosted_cells():
        if not getattr(cell, more):
            pairs.add((hosted_side(cell), hosted_side(cell._replace(**{more: True})), cell.phased))
    for cloud, (less, greater, phased), urgent in product(clouds, pairs, YES_NO):
        before, after = (combine(cloud, side, urgent, phased) for side in (less, greater))
        # A first phase on a smaller target is an addition to the larger one, which stays the aim.
        aim = after.then or after.target
        assert SIZE[aim] >= SIZE[before.then or before.target]
        if after.strategy == before.strategy:
            assert SIZE[after.target] >= SIZE[before.target]


@pytest.mark.parametrize("phase", [(False, False), (True, False), (True, True)])
def test_answering_an_open_question_never_adds_a_possible_target(phase: tuple[bool, bool], record_property):
    """Outcomes are the image of the pairs of both sides' results, so it is enough that no side gains a result."""
    checked = 0
    for groups, side in ((_CLOUD_GROUPS, cloud_side), (_HOSTED_GROUPS, hosted_side)):
        results = {}
        base = _only(BLANK._replace(phased=phase[0], initial_users=phase[1]), groups)
        for values in product(
            *((0, 1, 2, None) if group == ("executors",) else (False, True, None) for group in groups)
        ):
            cell = base._replace(**{group[0]: value for group, value in zip(groups, values, strict=True)})
            if cell.initial_users and not cell.users and groups is _HOSTED_GROUPS:
                continue
            results[values] = frozenset(_completions.__wrapped__(cell, groups, side).values())
        for values, found in results.items():
            for index, value in enumerate(values):
                for answer in (0, 1, 2) if groups[index] == ("executors",) else (False, True):
                    answered = (*values[:index], answer, *values[index + 1 :])
                    if value is None and answered in results:
                        assert results[answered] <= found
                        checked += 1
    record_property("cells", f"answering never adds a target: {checked:,} answers to open questions, phase {phase}")


def test_pruned_cells_agree_with_whole_ones():
    """A sample of whole cells, decided whole: the two sides put together are the decision."""
    clouds, hosteds = _cloud_cells(), _hosted_cells()
    for step in range(20_000):
        cloud, hosted = clouds[step * 7919 % len(clouds)], hosteds[step * 104_729 % len(hosteds)]
        whole = hosted._replace(**{name: getattr(cloud, name) for name in CLOUD_ANSWERS}, urgent=bool(step % 2))
        expected = combine(cloud_side(cloud), hosted_side(hosted), whole.urgent, whole.phased)
        assert decide(whole) == expected
        assert isinstance(expected, Outcome)

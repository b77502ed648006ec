"""The decision against a second, independent and slower reading of the contract."""

from __future__ import annotations

import random
from typing import Any

import pytest

from recommender.profile_file import parse_profile
from recommender.recommend import recommend
from tests.decision import oracle

_ANSWERS: dict[str, list[Any]] = {
    **oracle.COMPLETIONS,
    "scale.users": [1, 300, 19_999, 20_000, 20_001, 90_000],
    "scale.repositories": [0, 199_999, 200_000, 200_001],
    "scale.code_gb": [0, 74.9, 75, 75.1, 4000],
    "code_hosts": [
        [{"kind": kind, "reachable": reachable}, {"kind": "github.com", "reachable": "public"}]
        for kind in ("github.com", "gitlab.com", "gerrit", "other")
        for reachable in ("public", "allowlist", "private")
    ],
    "cloud.certifications": [[], ["soc2"], ["iso27001"], ["soc2", "fedramp"]],
    "cloud.locale": ["any", "europe-west3", "me-central2", "eu-north-1"],
    "cloud.executors": [0, 2, 3, 4, 5],
    "hosting.provider": ["aws", "gcp", "azure", "on-premises", "other"],
}
_SETTINGS: dict[str, list[Any]] = {
    "stage": ["poc", "trial", "production"],
    "urgent": [True, False],
    "cloud.in_development": [True, False],
    "sourcegraph_version": [None, None, "6.12.5040", "7.0.0", "7.6.0"],
    "scale.initial_users": [None, None, 1, 20_000, 20_001, 50_000],
}
_FAVOURABLE = {"cloud.blockers": [], "cloud.certifications": ["soc2"], "hosting.requires_cluster": False}


def _profile(choose: random.Random, most_open: int) -> dict[str, Any]:
    document: dict[str, Any] = {"name": "acme"}
    for path, values in _SETTINGS.items():
        oracle.put(document, path, choose.choice(values))
    left_open = set(choose.sample(sorted(_ANSWERS), choose.randint(0, most_open)))
    for path, values in _ANSWERS.items():
        favourable = path in _FAVOURABLE and choose.random() < 0.5
        value = None if path in left_open else _FAVOURABLE[path] if favourable else choose.choice(values)
        oracle.put(document, path, value)
    users, initial = oracle.get(document, "scale.users"), oracle.get(document, "scale.initial_users")
    if users is not None and initial is not None and initial > users:
        oracle.put(document, "scale.initial_users", users)
    return document


@pytest.mark.parametrize("seed", range(8))
def test_every_answer_equals_the_brute_force_reading(seed: int):
    choose = random.Random(seed)
    for _ in range(150):
        document = _profile(choose, most_open=6)
        outcomes = {oracle.decide(completed) for completed in oracle.completions(document)}
        answer = recommend(parse_profile(document))
        assert set(answer.possible_targets) == {outcome[0] for outcome in outcomes}, document
        assert answer.provisional == (len(outcomes) > 1), document
        assert answer.target == answer.possible_targets[0]
        reached = {outcome for outcome in outcomes if outcome[0] == answer.target}
        for position, given in ((1, answer.then), (2, answer.strategy), (3, answer.plan)):
            values = {outcome[position] for outcome in reached}
            assert given == (values.pop() if len(values) == 1 else None), document


@pytest.mark.parametrize("seed", range(4))
def test_open_questions_are_exactly_those_that_can_change_the_answer(seed: int):
    choose = random.Random(1000 + seed)
    for _ in range(60):
        document = _profile(choose, most_open=5)
        matters = {path for path in oracle.open_fields(document) if _matters(document, path)}
        assert {question.field for question in recommend(parse_profile(document)).open_questions} == matters, document


def _matters(document: dict[str, Any], path: str) -> bool:
    """Whether two completions that differ in this field alone have different outcomes."""
    by_rest: dict[str, set[Any]] = {}
    for completed in oracle.completions(document):
        outcome = oracle.decide(completed)
        oracle.put(completed, path, None)
        by_rest.setdefault(repr(completed), set()).add(outcome)
    return any(len(outcomes) > 1 for outcomes in by_rest.values())


def test_a_first_phase_above_the_limit_settles_that_all_users_are():
    document = {"name": "acme", "scale": {"initial_users": 20_001}, "cloud": {"blockers": ["no cloud"]}}
    assert recommend(parse_profile(document)).possible_targets == ("kubernetes", "exception")


def test_half_answered_code_hosts_leave_open_only_what_is_missing():
    hosts = [{"kind": "gerrit", "reachable": None}, {"kind": None, "reachable": "public"}]
    document = {"name": "acme", "code_hosts": hosts}
    fields = [question.field for question in recommend(parse_profile(document)).open_questions]
    assert "code_hosts[0].reachable" in fields
    assert "code_hosts[1].kind" not in fields  # gerrit already decides the plan

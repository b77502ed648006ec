"""Flip points: true, complete, and as small as they can be."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest

from recommender.decision import Outcome
from recommender.explain import changes, flips
from recommender.profile_file import load_profiles, parse_profile
from recommender.recommend import recommend
from tests.decision import oracle

EXAMPLES = sorted((Path(__file__).parent.parent.parent / "examples").glob("*.yaml"))


def _complete(choose: random.Random) -> dict[str, Any]:
    document: dict[str, Any] = {"name": "acme"}
    for path, values in oracle.COMPLETIONS.items():
        # Mostly the favourable first value, so that single changes matter.
        oracle.put(document, path, values[0] if choose.random() < 0.8 else choose.choice(values))
    oracle.put(document, "urgent", choose.random() < 0.3)
    oracle.put(document, "cloud.in_development", choose.random() < 0.2)
    return document


def _found(document: dict[str, Any]) -> set[tuple[str, Outcome]]:
    return {(flip.field, flip.becomes) for flip in flips(parse_profile(document))}


@pytest.mark.parametrize("seed", range(60))
def test_every_single_change_that_changes_the_answer_is_a_flip_point(seed: int):
    document = _complete(random.Random(seed))
    now, found = oracle.decide(document), _found(document)
    for path, values in oracle.COMPLETIONS.items():
        for value in values:
            # Two things about code hosts at once are not a smallest change.
            if path == "code_hosts" and value[0] in ({"kind": "gerrit", "reachable": "private"},):
                continue
            changed = parse_profile(document).model_dump(by_alias=True, exclude={"deployment"})
            oracle.put(changed, path, value)
            becomes = oracle.decide(changed)
            if becomes != now and not _two_steps(path, document, value):
                assert (path, Outcome(*becomes)) in found, f"{path}: {oracle.get(document, path)} -> {value}"


def _two_steps(path: str, document: dict[str, Any], value: Any) -> bool:
    """A code host whose kind and reachability both differ from the given one."""
    if path != "code_hosts":
        return False
    (given,) = oracle.get(document, path)
    return given["kind"] != value[0]["kind"] and given["reachable"] != value[0]["reachable"]


@pytest.mark.parametrize("seed", range(20))
def test_a_flip_point_becomes_what_it_says(seed: int):
    document = _complete(random.Random(1000 + seed))
    now = recommend(parse_profile(document))
    for change in changes(parse_profile(document)):
        after = recommend(change.profile)
        differs = (after.target, after.then, after.strategy, after.plan) != (
            now.target,
            now.then,
            now.strategy,
            now.plan,
        )
        becomes = Outcome(after.target, after.then, after.strategy, after.plan)
        assert ((change.field, becomes) in _found(document)) is differs


def test_a_number_moves_to_the_cut_point_and_no_further():
    document = _complete(random.Random(0)) | {"scale": {"users": 50, "repositories": 10, "code_gb": 75}}
    by_field = {change.field: change for change in changes(parse_profile(document))}
    assert by_field["scale.users"].profile.scale.users == 20_001
    assert by_field["scale.repositories"].profile.scale.repositories == 200_001
    assert 75 < (by_field["scale.code_gb"].profile.scale.code_gb or 0) < 75.001


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_every_example_is_answered(example: Path):
    profile = load_profiles([str(example)])[0].profile
    assert recommend(profile).possible_targets
    assert flips(profile) or recommend(profile).provisional

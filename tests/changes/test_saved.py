"""Saved previews: read back as they were, or refused with the place."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from recommender.errors import InputError
from stacks.changes.saved import is_saved, parse
from stacks.cost.estimate import CostEstimate
from stacks.demand.demand import Demand
from stacks.preview import ClaimedVolume, Preview
from stacks.report.assessment import VERSION, Assessment
from tests.changes.previews import changes, machine, preview, previewed, resource

REAL = (
    "examples/acme-aws.yaml",
    "examples/globex-compose-gcp.yaml",
    "examples/hooli-compose-own-machine.yaml",
    "examples/hooli-eks.yaml",
    "examples/soylent-gke.yaml",
)


def document(found: Preview, name: str = "acme") -> dict:
    cost = CostEstimate.__new__(CostEstimate)
    demand = Demand.__new__(Demand)
    assessment = Assessment(name, "production", found, (), (), cost, None, None, demand)
    return without_judgement(assessment)


def without_judgement(assessment: Assessment) -> dict:
    """The document without what is judged from the preview, which no comparison reads."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(CostEstimate, "document", lambda _: {})
        patch.setattr(CostEstimate, "monthly", 0.0, raising=False)
        patch.setattr(Demand, "document", lambda _: {})
        return assessment.document()


def comparable(found: Preview) -> Preview:
    """Without what a document does not hold."""
    stacks = tuple(
        replace(stack, resources=tuple(replace(each, registered_outputs={}) for each in stack.resources))
        for stack in found.stacks
    )
    return replace(found, stacks=stacks, chart=None)


@pytest.mark.parametrize("path", REAL)
def test_a_saved_preview_is_read_back_as_it_was(path):
    found = previewed(path)
    (saved,) = parse(json.dumps(document(found)), path)
    assert saved.preview == comparable(found)
    assert (saved.name, saved.stage) == ("acme", "production")
    assert not changes(found, saved.preview).changed


def test_what_matters_to_a_comparison_is_in_the_document():
    found = preview(
        resource(
            "aws:ec2/vpc:Vpc",
            protect=True,
            aliases=("urn:old",),
            replace_on_changes=("b.c",),
            ignore_changes=("a",),
            made_of={"a": ["b"]},
        ),
        claims=[ClaimedVolume("s", "gitserver/repos", 2, 100)],
        files={"a": "text"},
    )
    assert parse(json.dumps(document(found)), "x")[0].preview == found


def test_a_document_of_an_older_release_is_read_without_what_it_lacks():
    (saved,) = parse(json.dumps(machine().document()), "x")
    assert (saved.name, saved.preview.files, saved.preview.claims) == ("", {}, ())
    assert not changes(machine(), saved.preview).changed


def test_several_documents_follow_each_other_one_a_line_or_over_many():
    one, other = document(machine(), "one"), document(preview(), "other")
    for text in (
        f"{json.dumps(one)}\n{json.dumps(other)}\n",
        f"{json.dumps(one, indent=2)}\n\n{json.dumps(other, indent=2)}",
    ):
        assert [saved.name for saved in parse(text, "x")] == ["one", "other"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (json.dumps({"target": "x", "stacks": []}), True),
        ("\ufeff" + json.dumps({"stacks": [], "target": "x"}, indent=2), True),
        (json.dumps({"name": "acme"}), False),
        ("name: acme\nstacks: 1\ntarget: 2\n", False),
        ("{not json", False),
        ("", False),
        ("[" * 100_000, False),
        ('{"a":' * 100_000, False),
    ],
)
def test_a_saved_preview_is_told_by_its_content(text, expected):
    assert is_saved(text) == expected


CLAIM = {"stack": "s", "name": "gitserver/repos", "count": 1, "size_gib": 10}


def altered(change) -> str:
    found = document(machine())
    change(found)
    return json.dumps(found)


@pytest.mark.parametrize(
    ("text", "where", "given"),
    [
        ("{", "x:1:2", "not JSON"),
        ("", "x", "nothing"),
        ("[]", "x", "a list of 0 items"),
        ("{}", "x: target", "nothing"),
        ('{"a":' * 100_000, "x:1", "nesting"),
        (altered(lambda found: found.update(version=VERSION + 1)), "x: version", f"version {VERSION + 1}"),
        (altered(lambda found: found.update(target=1)), "x: target", "1"),
        (altered(lambda found: found.update(stacks={})), "x: stacks", "a mapping"),
        (altered(lambda found: found["stacks"][0]["resources"].append(1)), "x: stacks[0].resources[5]", "1"),
        (
            altered(lambda found: found["stacks"][0]["resources"][1].update(inputs=[])),
            "x: stacks[0].resources[1].inputs",
            "a list of 0 items",
        ),
        (
            altered(lambda found: found["stacks"][0]["resources"][0].pop("urn")),
            "x: stacks[0].resources[0].urn",
            "nothing",
        ),
        (altered(lambda found: found.update(files={"a": None})), "x: files.a", "nothing"),
        (altered(lambda found: found.update(claims=[{"stack": "s"}])), "x: claims[0].name", "nothing"),
        (
            altered(lambda found: found["stacks"][0]["resources"][0].update(urn="acme")),
            "x: stacks[0].resources[0].urn",
            "acme",
        ),
        *(
            (
                altered(lambda found, number=number: found.update(claims=[CLAIM | {"count": number}])),
                "x: claims[0].count",
                "",
            )
            for number in (-1, 10**400)
        ),
        (f"{json.dumps(document(machine()))}\n{{}}", "x:2: target", "nothing"),
        (f"{json.dumps(document(machine()))}\n}}", "x:2:1", "not JSON"),
    ],
)
def test_what_is_malformed_is_refused_with_its_place(text, where, given):
    with pytest.raises(InputError) as caught:
        parse(text, "x")
    assert caught.value.problems[0].where == where
    assert given in caught.value.problems[0].given


def test_every_problem_is_told_at_once():
    with pytest.raises(InputError) as caught:
        parse(json.dumps({"target": 1, "stacks": 2, "overlays": 3}), "x")
    assert len(caught.value.problems) == 3


def test_keys_that_a_later_release_adds_are_left_alone():
    assert parse(altered(lambda found: found.update(later={"a": 1})), "x")[0].preview == machine()

"""Every type that any case creates is accounted for: in the sum, by use, or free for a reason."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from stacks.cost.resource_types import FREE, PRICED
from tests.cost.previews import priced, resource

CASES = Path(__file__).parents[1] / "cases"
ENGINE = ("pulumi:", "moorage:")  # providers, references and components exist in no cloud


def _types() -> set[str]:
    found = set[str]()
    for path in CASES.glob("*/expected/preview.json"):
        document = json.loads(path.read_text())
        found |= {item["type"] for stack in document["stacks"] for item in stack["resources"]}
    return {type_ for type_ in found if not type_.startswith(ENGINE)}


def test_the_cases_create_many_types():
    assert len(_types()) > 100


@pytest.mark.parametrize("type_", sorted(_types()))
def test_type_is_accounted_for(type_):
    assert (type_ in PRICED) != (type_ in FREE), f"{type_}: say in stacks/cost/resource_types.py what it costs"


def test_no_entry_is_left_of_a_type_that_nothing_creates():
    assert set(PRICED) | set(FREE) == _types()


def test_every_free_type_says_why():
    assert all(FREE.values())


def test_a_free_type_is_no_line_and_no_sentence():
    found = priced(*(resource(type_, name=type_) for type_ in FREE))
    assert found.lines == ()
    assert [s for s in found.by_use if "exists already" not in s] == []


def test_an_unknown_type_is_a_line_without_a_price():
    found = priced(resource("aws:braket/device:Device"))
    (line,) = found.unknown
    assert line.item == "aws:braket/device:Device"
    assert line.monthly is None


@pytest.mark.parametrize("type_", sorted(PRICED))
def test_a_priced_type_says_something(type_):
    told = {
        "kubernetes:networking.k8s.io/v1:IngressClass": {"spec": {"controller": "ingress.k8s.aws/alb"}},
        "gcp:compute/subnetwork:Subnetwork": {"logConfig": {"metadata": "INCLUDE_ALL_METADATA"}},
    }
    found = priced(resource(type_, told.get(type_)))
    assert found.lines or found.by_use

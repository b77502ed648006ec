"""The lifecycle of every target: what each change of its profile does to each resource, against the table."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from recommender.errors import InputError
from tests.lifecycle.matrix import SAVED, Cell, cells, edited, targets

CELLS = list(cells())
TOLD = [cell for cell in CELLS if not cell.refused]
REFUSED = [cell for cell in CELLS if cell.refused]


@pytest.fixture(scope="module", autouse=True)
def fewer_collections() -> Iterator[None]:
    """What the packages of the providers hold is not searched for garbage in every preview: that takes half the time."""
    usual = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(100_000, 20, 100)
    yield
    gc.set_threshold(*usual)
    gc.unfreeze()


def name(cell: Cell) -> str:
    return f"{cell.target}: {cell.change}"


def parameter(place: int, cell: Cell):
    """Every third cell stands for the others in `make test`; `.ci/run` asks all of them."""
    marks = [pytest.mark.xfail(reason=cell.wrong, strict=True)] if cell.wrong else []
    return pytest.param(cell, marks=[*marks, *([pytest.mark.slow] if place % 3 else [])], id=name(cell))


@pytest.mark.parametrize("cell", [parameter(place, cell) for place, cell in enumerate(TOLD)])
def test_a_change_does_what_the_table_says_and_nothing_else(cell: Cell):
    assert not cell.unexpected(cell.changes())


@pytest.mark.parametrize("cell", REFUSED, ids=name)
def test_a_change_that_no_plan_can_have_names_its_fields(cell: Cell):
    with pytest.raises(InputError) as refused:
        cell.changes()
    assert [each.where.partition(": ")[2] for each in refused.value.problems] == list(cell.refused)


@pytest.mark.parametrize("target", targets())
def test_nothing_becomes_of_what_an_earlier_release_made(target: str):
    """Where this fails, read `tests.lifecycle.refresh` before anything is refreshed."""
    cell = Cell(target, "nothing", None, targets()[target], {}, ())
    found = cell.changes()
    assert not cell.unexpected(found)
    assert not found.changed


def test_every_target_is_saved_and_nothing_else():
    assert {path.stem for path in SAVED.iterdir()} == targets().keys()


def test_no_answer_is_a_guess():
    assert not [name(cell) for cell in CELLS for answer in cell.told.values() if "may-replace" in answer]


def test_an_answer_that_is_not_in_the_table_is_found():
    cell = next(cell for cell in TOLD if cell.told)
    found = cell.changes()
    rule, answer = next(iter(cell.told.items()))
    for told in ({}, {**cell.told, rule: f"{answer}, more"}, {**cell.told, "Volume elsewhere": "same"}):
        assert Cell(cell.target, cell.change, cell.before, cell.after, told, ()).unexpected(found)


def test_an_edit_leaves_the_profile_as_it_was():
    profile = {"scale": {"users": 1, "code_gb": 2}}
    assert edited(profile, {"scale.users": 3, "scale.code_gb": None, "hosting.zone": "a"}) == {
        "scale": {"users": 3},
        "hosting": {"zone": "a"},
    }
    assert profile == {"scale": {"users": 1, "code_gb": 2}}

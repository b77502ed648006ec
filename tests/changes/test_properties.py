"""How inputs are compared: properties that hold for any JSON."""

from __future__ import annotations

import base64
import copy
import gzip
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stacks.changes.properties import differences, hidden, is_within, parse, render, same

NAMES = st.text("abcZ_-./ü\"\\[]'", min_size=1, max_size=4)
LEAVES = st.none() | st.booleans() | st.integers(-3, 3) | st.text("ab1", max_size=2) | st.just({"unknown": True})
VALUES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3), max_leaves=12
)
INPUTS = st.dictionaries(NAMES, VALUES, max_size=4)
PATHS = st.lists(NAMES | st.integers(0, 9), min_size=1, max_size=5).map(lambda path: ("a", *path))


def found(before, after, **options):
    return list(differences(before, after, **options))


@given(INPUTS)
def test_nothing_differs_from_itself(inputs):
    assert not found(inputs, copy.deepcopy(inputs))


@given(INPUTS, INPUTS)
def test_swapping_the_sides_swaps_before_and_after(one, other):
    there = {(each.path, json.dumps(each.before), json.dumps(each.after)) for each in found(one, other)}
    back = {(each.path, json.dumps(each.after), json.dumps(each.before)) for each in found(other, one)}
    assert there == back


@given(INPUTS, INPUTS)
def test_something_differs_exactly_where_two_inputs_are_not_the_same(one, other):
    assert bool(found(one, other)) != same(one, other)


@given(INPUTS, INPUTS)
def test_no_path_is_told_twice(one, other):
    for is_unordered in (lambda _: False, lambda _: True):
        paths = [each.path for each in found(one, other, is_unordered=is_unordered)]
        assert len(paths) == len(set(paths))


@given(INPUTS, st.randoms(use_true_random=False))
def test_the_order_of_keys_and_of_sets_means_nothing(inputs, random):
    def shuffled(value):
        if isinstance(value, dict):
            items = [(key, shuffled(member)) for key, member in value.items()]
            random.shuffle(items)
            return dict(items)
        if isinstance(value, list):
            items = [shuffled(item) for item in value]
            random.shuffle(items)
            return items
        return value

    assert not found(inputs, shuffled(inputs), is_unordered=lambda _: True)


@given(INPUTS, st.data())
def test_a_change_is_found_where_it_is_planted(inputs, data):
    places = [path for path, value in _places(inputs) if value != {"unknown": True}]
    if not places:
        return
    path = data.draw(st.sampled_from(places))
    changed = copy.deepcopy(inputs)
    holder = changed
    for step in path[:-1]:
        holder = holder[step]
    holder[path[-1]] = "planted"
    (difference,) = found(inputs, changed)
    assert (difference.path, difference.after) == (render(path), "planted")


def _places(value, path=()):
    """Every member that is no container."""
    members = value.items() if isinstance(value, dict) else enumerate(value)
    for step, member in members:
        if isinstance(member, dict | list) and member != {"unknown": True}:
            yield from _places(member, (*path, step))
        else:
            yield (*path, step), member


@given(PATHS)
def test_a_path_survives_its_notation(path):
    assert parse(render(path)) == path


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (("ebsBlockDevices", 0, "volumeSize"), "ebsBlockDevices[0].volumeSize"),
        (("metadata", "user-data"), 'metadata["user-data"]'),
        (("tags", 'a"b\\c'), 'tags["a\\"b\\\\c"]'),
        (("rules", "*", "action"), "rules[*].action"),
    ],
)
def test_paths_are_written_as_the_engine_writes_them(path, text):
    assert render(path) == text
    assert parse(text) == path


def test_a_path_of_ignore_changes_covers_what_is_below_it():
    assert is_within(("a", 1, "b", "c"), parse("a[*].b"))
    assert not is_within(("a",), parse("a.b"))


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ([1, 2], [1, 3], [("x[1]", 2, 3)]),
        ([1], [1, 2], [("x[1]", None, 2)]),
        ([1, 2], [2], [("x[0]", 1, 2), ("x[1]", 2, None)]),
        (True, 1, [("x", True, 1)]),
        ({"unknown": True}, "a", [("x", {"unknown": True}, "a")]),
        ({"a": 1, "b": 2}, {"a": 1}, [("x.b", 2, None)]),
        ('{"a": [1, 2]}', '{"a":[1,3]}', [("x.a[1]", 2, 3)]),
        ('{"a": 1', '{"a": 2', [("x", '{"a": 1', '{"a": 2')]),
    ],
)
def test_the_smallest_part_that_differs_is_told(before, after, expected):
    assert [(each.path, each.before, each.after) for each in found({"x": before}, {"x": after})] == expected


def test_of_a_set_only_what_came_and_went_is_told():
    base, head = {"x": ["a", "b", "c"]}, {"x": ["c", "d"]}
    told = found(base, head, is_unordered=lambda path: path == "x")
    assert [(each.path, each.before, each.after) for each in told] == [("x[0]", "a", None), ("x[1]", "b", "d")]


def test_hidden_values_are_found_with_their_paths():
    value = {"a": [{"unknown": True}, 1], "b": {"secret": True}}
    assert dict(hidden(value, ("x",))) == {("x", "a", 0): {"unknown": True}, ("x", "b"): {"secret": True}}


def packed(text: str, level: int) -> str:
    return base64.b64encode(gzip.compress(text.encode(), compresslevel=level, mtime=0)).decode()


def test_packed_text_is_what_it_unpacks_to():
    text = "#!/bin/sh\n" + "echo moorage\n" * 50
    fast, small = packed(text, 1), packed(text, 9)
    assert fast != small
    assert not found({"userDataBase64": fast}, {"userDataBase64": small})
    assert found({"userDataBase64": fast}, {"userDataBase64": packed(f"{text}exit\n", 1)})


@pytest.mark.parametrize("broken", ["H4sI", "H4sI!", packed("a" * 100, 9)[:24], "H4sIAAAA"])
def test_what_does_not_unpack_is_compared_as_it_is(broken):
    assert not found({"a": broken}, {"a": broken})
    assert found({"a": broken}, {"a": packed("a" * 100, 9)})
    assert found({"a": packed("a" * 100, 9)}, {"a": broken})

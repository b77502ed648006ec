"""Replacements that the program asks for, though the provider would update in place."""

from __future__ import annotations

import pytest

from tests.changes.previews import NOT_KNOWN, changes, of, only, preview, resource

VM, ADDRESS = "gcp:compute/instance:Instance", "gcp:compute/address:Address"
USER_DATA = 'metadata["user-data"]'


def machine(metadata: dict[str, str], asked: tuple[str, ...] = (USER_DATA,), ignored: tuple[str, ...] = ()):
    return preview(resource(VM, inputs={"metadata": metadata}, replace_on_changes=asked, ignore_changes=ignored))


@pytest.mark.parametrize("asked", [USER_DATA, "metadata", "metadata[*]"])
def test_a_change_at_or_below_the_path_replaces(asked):
    change = only(changes(machine({"user-data": "a"}), machine({"user-data": "b"}, (asked,))))
    assert change.action == "replace"
    assert [(each.path, each.reason) for each in change.properties] == [
        (USER_DATA, "the program asks for it (replaceOnChanges)")
    ]


def test_a_change_elsewhere_and_one_that_is_ignored_do_not():
    assert only(changes(machine({"other": "a"}), machine({"other": "b"}))).action == "update"
    ignored = machine({"user-data": "b"}, ignored=(USER_DATA,))
    assert only(changes(machine({"user-data": "a"}), ignored)).action == "same"


def test_what_head_asks_for_counts_and_asking_alone_changes_nothing():
    assert only(changes(machine({"user-data": "a"}), machine({"user-data": "b"}, ()))).action == "update"
    assert not changes(machine({"user-data": "a"}, ()), machine({"user-data": "a"})).changed


@pytest.mark.parametrize(("cause", "action"), [({"name": "b"}, "replace"), ({"nobodyKnows": 1}, "may-replace")])
def test_it_is_no_surer_than_what_it_hangs_on(cause, action):
    def side(**inputs: object):
        address = resource(ADDRESS, inputs={"name": "a", **inputs})
        own = {"inputs": {"metadata": {"user-data": NOT_KNOWN}}, "made_of": {"metadata": [address.urn]}}
        return preview(address, resource(VM, **own, replace_on_changes=(USER_DATA,)))

    assert of(changes(side(), side(**cause)), VM).action == action

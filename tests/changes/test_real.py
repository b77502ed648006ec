"""Real profiles with one field changed, and what holds for every comparison."""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recommender.profile_file import parse_profile
from stacks.changes.change import Changes
from stacks.changes.properties import hidden, render
from stacks.preview import Preview, Resource
from stacks.preview_profile import preview_profile
from tests.changes.previews import changes, document, previewed

ACME, GLOBEX, HOOLI, SOYLENT = (
    f"examples/{name}.yaml" for name in ("acme-aws", "globex-gcp", "hooli-eks", "soylent-gke")
)
EVERY_KIND = (ACME, GLOBEX, HOOLI, "examples/hooli-compose-own-machine.yaml")


def changed(path: str, field: str, value: object) -> Changes:
    """The comparison with the profile in which one field is another."""
    edited = copy.deepcopy(document(path))
    holder = edited
    *above, last = field.split(".")
    for name in above:
        holder = holder.setdefault(name, {})
    assert holder.get(last) != value
    holder[last] = value
    return changes(previewed(path), preview_profile(parse_profile(edited)))


def replaced(found: Changes) -> set[str]:
    return {each.name for each in found.changed if each.action in ("replace", "may-replace")}


@pytest.mark.parametrize("path", EVERY_KIND)
def test_a_profile_does_not_differ_from_itself(path):
    found = changes(previewed(path), previewed(path))
    assert set(found.counts) <= {"same"}
    assert not found.changed
    assert not found.files


@pytest.mark.parametrize(
    ("path", "field", "value", "updated", "made_anew"),
    [
        (ACME, "scale.users", 12000, {"acme-machine", "acme-data"}, set()),
        (ACME, "scale.code_gb", 600, {"acme-data"}, set()),
        (
            ACME,
            "deployment.domain",
            "code.acme.example.com",
            {"acme-edge-https"},
            {"acme-edge", "acme-edge-validation"},
        ),
        (GLOBEX, "scale.code_gb", 1500, {"globex-data"}, set()),
    ],
)
def test_one_field_changes_what_it_must_and_nothing_else(path, field, value, updated, made_anew):
    found = changed(path, field, value)
    assert {each.name for each in found.changed if each.action == "update"} == updated
    assert replaced(found) == made_anew
    assert not found.losses


def test_another_order_of_ranges_changes_nothing():
    assert not changed(ACME, "deployment.allowed_cidrs", ["198.51.100.0/24", "203.0.113.0/24"]).changed


def test_another_region_makes_all_anew_and_is_stopped_at_the_disk():
    found = changed(ACME, "hosting.region", "us-west-2")
    assert {each.name for each in found.losses} == {"acme-data", "acme-data-snapshots"}
    machine = next(each for each in found.changed if each.name == "acme-machine" and "Instance" in each.type)
    assert machine.delete_first
    assert "does not stay" in machine.effect


def test_more_code_in_a_cluster_is_refused_at_its_claims():
    found = changed(HOOLI, "scale.code_gb", 3000)
    assert {each.name for each in found.failures} == {"gitserver/repos", "indexed-search/data", "searcher/cache"}
    assert not found.losses
    assert any(each.path == "kubernetes/values.yaml" and each.diff for each in found.files)


def test_another_name_is_another_deployment():
    found = changed(ACME, "name", "zenith")
    assert set(found.counts) == {"create", "delete", "forget"}
    assert any("Stack acme is in BASE only" in sentence for sentence in found.unchecked)


@pytest.mark.parametrize("path", EVERY_KIND)
def test_swapping_the_sides_turns_creations_into_deletions(path):
    nothing = Preview(previewed(path).target, (), {})
    there, back = changes(nothing, previewed(path)), changes(previewed(path), nothing)
    assert set(there.counts) <= {"create"}
    assert set(back.counts) <= {"delete", "forget"}
    assert [each.urn for each in there.resources] == [each.urn for each in back.resources]
    assert {each.action for each in there.files} <= {"create"}


@settings(max_examples=30, deadline=None)
@given(st.sampled_from([ACME, GLOBEX, HOOLI]), st.randoms(use_true_random=False))
def test_the_order_of_keys_changes_nothing(path, random):
    def shuffled(value: Any) -> Any:
        if isinstance(value, dict):
            items = [(key, shuffled(member)) for key, member in value.items()]
            random.shuffle(items)
            return dict(items)
        return [shuffled(item) for item in value] if isinstance(value, list) else value

    found = previewed(path)
    other = with_resources(found, lambda each: replace(each, inputs=shuffled(dict(each.inputs))))
    assert changes(found, other).document() == changes(found, found).document()


@settings(max_examples=60, deadline=None)
@given(st.sampled_from([ACME, GLOBEX, HOOLI]), st.data())
def test_a_change_is_found_wherever_it_is_planted(path, data):
    found = previewed(path)
    resource = data.draw(st.sampled_from([each for each in found.resources if each.is_created and each.inputs]))
    key = data.draw(st.sampled_from(sorted(resource.inputs)))
    planted = with_resources(
        found,
        lambda each: replace(each, inputs={**each.inputs, key: "planted"}) if each.urn == resource.urn else each,
    )
    change = next(each for each in changes(found, planted).resources if each.urn == resource.urn)
    told = [*change.properties] or [*change.options]
    assert any(render((key,)) in str(each) for each in told)


def with_resources(found: Preview, edit: Any) -> Preview:
    stacks = tuple(replace(stack, resources=tuple(map(edit, stack.resources))) for stack in found.stacks)
    return replace(found, stacks=stacks)


def test_what_is_replaced_reaches_everything_that_hangs_on_it():
    """A network with another range: each subnet, then what is in each; nothing that does not depend on it."""
    found = previewed(ACME)

    def edit(each: Resource) -> Resource:
        return replace(each, inputs={**each.inputs, "cidrBlock": "10.99.0.0/16"}) if each.type.endswith("Vpc") else each

    result = changes(found, with_resources(found, edit))
    action = {(each.type, each.name): each.action for each in result.resources}
    for each in found.resources:
        if each.type == "aws:ec2/subnet:Subnet":
            assert action[each.type, each.name] == "replace"
    assert action["aws:ec2/instance:Instance", "acme-machine"] == "replace"
    assert action["aws:ebs/volume:Volume", "acme-data"] == "same"
    assert action["aws:iam/role:Role", "acme-identity"] == "same"
    assert not result.losses


def test_an_unknown_value_alone_is_not_a_change():
    found = previewed(SOYLENT)
    assert any(True for each in found.resources for _ in hidden(each.inputs))
    assert not changes(found, found).changed

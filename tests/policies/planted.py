"""Planted faults outside of AWS: real previews, each with one thing spoiled."""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any, NamedTuple

from hypothesis import strategies as st

from stacks.policies import compose, gcp, kubernetes, machine
from stacks.policies.policy import Breach, Policy, Scope
from stacks.preview import Resource
from tests.policies.previews import Spoil, clean, scope_of

GCP, KUBERNETES, COMPOSE, MACHINE = gcp.POLICIES, kubernetes.POLICIES, compose.POLICIES, machine.POLICIES
ALL = (*GCP, *KUBERNETES, *COMPOSE, *MACHINE)


class Fault(NamedTuple):
    policy: str
    profile: str
    what: str
    spoil: Spoil


def breaches(scope: Scope, policies: Iterable[Policy] = ALL) -> list[tuple[Policy, Breach]]:
    return [(policy, breach) for policy in policies for breach in policy.check(scope)]


def breaches_of_profile(profile: str, policies: Iterable[Policy] = ALL) -> list[tuple[Policy, Breach]]:
    """None of one that is refused."""
    scope = scope_of(profile)
    return breaches(scope, policies) if scope else []


def newly_broken(profile: str, spoil: Spoil) -> set[str]:
    before = clean(profile)
    after = spoil(before)
    assert (after.resources, after.files) != (before.resources, before.files), "nothing is spoiled"
    counts = Counter(policy.id for policy, _ in breaches(after))
    counts.subtract(policy.id for policy, _ in breaches(before))
    return {policy for policy, count in counts.items() if count > 0}


def edit(type_: str, change: Callable[[Any], object], *, name: str = "") -> Spoil:
    """Lets a function change a copy of the inputs of the first resource of a type, or of the one so named."""

    def spoil(scope: Scope) -> Scope:
        picked = next(one for one in scope.resources if one.type == type_ and one.name.endswith(name))
        inputs = copy.deepcopy(dict(picked.inputs))
        change(inputs)
        changed = replace(picked, inputs=inputs)
        return replace(scope, resources=tuple(changed if one.urn == picked.urn else one for one in scope.resources))

    return spoil


def edit_file(ending: str, old: str, new: str) -> Spoil:
    """Puts a text in the place of another one in the rendered file whose path ends so."""

    def spoil(scope: Scope) -> Scope:
        path = next(path for path in scope.files if path.endswith(ending))
        assert old in scope.files[path], "nothing to put it in the place of"
        return replace(scope, files={**scope.files, path: scope.files[path].replace(old, new, 1)})

    return spoil


def made(type_: str, **inputs: Any) -> Spoil:
    """Adds a resource, whose options are in order."""
    urn = f"urn:pulumi:s::p::{type_}::planted"
    resource = Resource(urn, type_, "planted", None, None, inputs, protect=True, retain_on_delete=True)
    return lambda scope: replace(scope, resources=(*scope.resources, resource))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
    | st.sampled_from(["0.0.0.0/0", "TRUE", "65536-99999", "-1", "latest", "http://x", "7d", "{{", "*", "${a.b}"])
    | st.sampled_from([{"unknown": True}, {"secret": True}]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)  # fmt: skip


def with_json_somewhere(data: st.DataObject, scope: Scope) -> Scope:
    """A scope where any JSON stands in the place of one value of one resource, at any depth."""
    place = data.draw(st.integers(0, len(scope.resources) - 1))
    inputs = copy.deepcopy(dict(scope.resources[place].inputs))
    here: Any = inputs
    while isinstance(here, dict | list) and here:
        key = data.draw(st.sampled_from(sorted(here) if isinstance(here, dict) else range(len(here))))
        deeper = here[key]
        if not isinstance(deeper, dict | list) or not deeper or data.draw(st.booleans()):
            here[key] = data.draw(JSON)
            break
        here = deeper
    spoiled = replace(scope.resources[place], inputs=inputs)
    return replace(scope, resources=(*scope.resources[:place], spoiled, *scope.resources[place + 1 :]))


def with_broken_file(data: st.DataObject, scope: Scope) -> Scope:
    """A scope where one file is cut off, or has something in its midst that does not belong there."""
    path = data.draw(st.sampled_from(sorted(scope.files)))
    text = scope.files[path]
    start = data.draw(st.integers(0, len(text)))
    planted = data.draw(
        st.text(max_size=20)
        | st.sampled_from(
            ["\t- [", "&a [*a]", "{{", "!!python/object:x {}", "!override x", ": :", "'", "- - -\n", "[1,"]
        )
    )
    end = data.draw(st.sampled_from([start, len(text)]))
    return replace(scope, files={**scope.files, path: text[:start] + planted + text[end:]})

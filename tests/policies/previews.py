"""Real previews to look at and to spoil."""

from __future__ import annotations

import copy
import datetime
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from typing import Any

from recommender.errors import MoorageError
from stacks.policies.policy import Finding, Scope
from stacks.policies.run import find
from stacks.preview import Resource
from tests.profiles import PROFILES, preview_or_none, profile_of

TODAY = datetime.date(2026, 11, 22)

Spoil = Callable[[Scope], Scope]


def profiles() -> tuple[str, ...]:
    """Every example and case, by its path from the root."""
    return PROFILES


@cache
def scope_of(profile: str) -> Scope | None:
    """What a profile deploys; None: it is refused, or nothing is to be stood up."""
    try:
        preview = preview_or_none(profile)
        return Scope.of(preview, profile_of(profile).stage) if preview else None
    except MoorageError:
        return None


def clean(profile: str) -> Scope:
    scope = scope_of(profile)
    assert scope is not None
    return scope


def found_in(scope: Scope) -> tuple[Finding, ...]:
    return find(scope, (), TODAY)


def set_input(type_: str, path: str, value: Any, *, name: str = "") -> Spoil:
    """Puts a value at a path such as `metadataOptions.httpTokens` or `rules.0.x` of one resource.

    Args:
        type_: its type token.
        path: keys and places in lists.
        value: what is put there; `...` takes away what is there.
        name: how its logical name ends; the first of the type otherwise.
    """

    def change(resource: Resource) -> Resource:
        inputs: Any = copy.deepcopy(dict(resource.inputs))
        *way, last = path.split(".")
        here = inputs
        for key in way:
            here = here[int(key) if isinstance(here, list) else key]
        key = int(last) if isinstance(here, list) else last
        if value is ...:
            del here[key]
        else:
            here[key] = value
        return replace(resource, inputs=inputs)

    return _one(type_, name, change)


def set_option(type_: str, *, name: str = "", **options: Any) -> Spoil:
    """Changes options or dependencies of one resource."""
    return _one(type_, name, lambda resource: replace(resource, **options))


def remove(type_: str, *, name: str = "") -> Spoil:
    """Takes a resource away, and with it every mention of it."""
    return lambda scope: replace(
        scope, resources=tuple(one for one in scope.resources if one.urn != _pick(scope, type_, name).urn)
    )


def add(type_: str, inputs: dict[str, Any], *, like: str = "", **options: Any) -> Spoil:
    """Adds a resource, with the provider of another one."""

    def spoil(scope: Scope) -> Scope:
        model = next(one for one in scope.resources if one.provider and one.type.startswith(like))
        head, _, _ = model.urn.rpartition("::")
        root = next(one.name for one in scope.resources if one.component)
        made = Resource(f"{head}::{root}-planted", type_, f"{root}-planted", None, model.provider, inputs, **options)
        return replace(scope, resources=(*scope.resources, made))

    return spoil


def set_file(ending: str, text: str) -> Spoil:
    """Appends a text to a rendered file."""

    def spoil(scope: Scope) -> Scope:
        path = next(path for path in scope.files if path.endswith(ending))
        return replace(scope, files={**scope.files, path: scope.files[path] + text})

    return spoil


def both(*spoils: Spoil) -> Spoil:
    """One after the other."""

    def spoil(scope: Scope) -> Scope:
        for one in spoils:
            scope = one(scope)
        return scope

    return spoil


def _pick(scope: Scope, type_: str, name: str) -> Resource:
    return next(one for one in scope.resources if one.type == type_ and one.name.endswith(name))


def _one(type_: str, name: str, change: Callable[[Resource], Resource]) -> Spoil:
    def spoil(scope: Scope) -> Scope:
        picked = _pick(scope, type_, name)
        return replace(scope, resources=tuple(change(one) if one.urn == picked.urn else one for one in scope.resources))

    return spoil


def deployed() -> Iterator[tuple[str, Scope]]:
    """Every profile that puts something in place."""
    for profile in profiles():
        scope = scope_of(profile)
        if scope is not None and (scope.resources or scope.files):
            yield profile, scope

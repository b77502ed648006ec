"""Which resource an input is made of, which resource of BASE is which of HEAD, and what shares a provider."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from stacks.changes.properties import hidden
from stacks.preview import Preview, Resource


@dataclass(frozen=True)
class Graph:
    """The resources of one side."""

    preview: Preview

    @cached_property
    def by_urn(self) -> Mapping[str, Resource]:
        """Components and providers too, in the order of construction."""
        return {resource.urn: resource for resource in self.preview.resources}

    @cached_property
    def knows_inputs(self) -> bool:
        """Whether the preview says what each input is made of; one that an earlier release saved does not."""
        return any(resource.property_dependencies for resource in self.preview.resources)

    def made_of(self, resource: Resource, key: str) -> tuple[str, ...]:
        """URNs of the resources whose outputs this input is made of, a component standing for all within it.

        Where the preview does not say, an input with unknown parts may be made of anything that the resource waits for.
        """
        if self.knows_inputs:
            return tuple(self._expanded(resource.property_dependencies.get(key, ())))
        if any(True for _ in hidden(resource.inputs[key])):
            return tuple(self._expanded(resource.depends_on))
        return ()

    def certainly_changes(self, sources: Collection[str], changing: Collection[str]) -> bool:
        """Whether an input made of `sources` changes when `changing` do: yes, unless `sources` is itself a guess."""
        return self.knows_inputs or set(sources) <= set(changing)

    def users_of(self, urn: str) -> Iterator[tuple[Resource, str]]:
        """Resources with an input made of this one, and the name of that input."""
        yield from self._users.get(urn, ())

    @cached_property
    def _users(self) -> Mapping[str, list[tuple[Resource, str]]]:
        found: dict[str, list[tuple[Resource, str]]] = {}
        for resource in self.preview.resources:
            for key in resource.inputs:
                for urn in self.made_of(resource, key):
                    found.setdefault(urn, []).append((resource, key))
        return found

    @cached_property
    def _children(self) -> Mapping[str, list[str]]:
        found: dict[str, list[str]] = {}
        for resource in self.preview.resources:
            if resource.parent:
                found.setdefault(resource.parent, []).append(resource.urn)
        return found

    def _expanded(self, urns: Iterable[str]) -> Iterator[str]:
        for urn in urns:
            if urn in self.by_urn and self.by_urn[urn].component:
                yield from self._expanded(self._children.get(urn, ()))
            else:
                yield urn


def match(base: Graph, head: Graph) -> Mapping[str, str]:
    """URNs of HEAD to those of BASE: the same, or one under which HEAD says that an earlier release knew it.

    As in the engine, what is within a renamed component inherits its alias (pulumi/pulumi@1b4949891
    pkg/resource/deploy/step_generator.go, `inheritedChildAlias`, read 2026-11-22).
    """
    found = {urn: urn for urn in head.by_urn if urn in base.by_urn}
    taken = set(found)
    for resource in head.preview.resources:
        if resource.urn in found:
            continue
        former = next((urn for urn in _former(resource, head, found) if urn in base.by_urn and urn not in taken), None)
        if former:
            found[resource.urn] = former
            taken.add(former)
    return found


def _former(resource: Resource, head: Graph, found: Mapping[str, str]) -> Iterator[str]:
    yield from resource.aliases
    parent = head.by_urn.get(resource.parent or "")
    if parent is None or found.get(parent.urn, parent.urn) == parent.urn:
        return
    above, _, former_name = found[parent.urn].rpartition("::")
    name = resource.name
    if name.startswith(parent.name):
        name = former_name + name.removeprefix(parent.name)
    yield f"{above}${resource.type}::{name}"


def label(resource: Resource) -> str:
    """For sentences: `Volume acme-data`."""
    return f"{resource.type.rpartition(':')[2]} {resource.name}"


def given(resource: Resource, path: str, default: Any = None) -> Any:  # noqa: ANN401 - any JSON value
    """An input by its path of names, such as `metadata.name`."""
    value: Any = resource.inputs
    for name in path.split("."):
        value = value.get(name) if isinstance(value, Mapping) else None
    return default if value is None else value

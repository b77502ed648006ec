"""What policies over Docker Compose look at: what moorage lays over the vendor's file, and what stands beside it."""

from __future__ import annotations

import json
import posixpath
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from stacks.policies.inputs import blocks
from stacks.policies.policy import Scope

_LONGEST: Final = 1_000_000
"""Characters. Ours have four thousand; a file that is larger is not judged."""


class Replacing(list[Any]):
    """A list after `!override`: Compose takes it in place of the vendor's, where it would join the two."""


@dataclass(frozen=True, slots=True)
class Service:
    """One service of a file."""

    path: str
    name: str
    body: Mapping[str, Any]

    def where(self, key: str) -> str:
        """The path of a key of it."""
        return f"services.{self.name}.{key}"


def services(scope: Scope) -> Iterator[Service]:
    """Those that a file keeps or adds; one that it takes away is none."""
    for path, text in scope.files.items():
        name = posixpath.basename(path)
        if name.startswith("docker-compose") and name.endswith((".yaml", ".yml")):
            listed = _parsed(text).get("services")
            for key, body in listed.items() if isinstance(listed, Mapping) else ():
                if isinstance(body, Mapping):
                    yield Service(path, str(key), body)


def named(scope: Scope, name: str) -> Iterator[tuple[str, str]]:
    """Files of a name, with their text."""
    return ((path, text) for path, text in scope.files.items() if posixpath.basename(path) == name)


def environment(service: Service) -> Iterator[tuple[str, str]]:
    """Names and values of what a service gets; either form that Compose takes."""
    listed: Any = service.body.get("environment")
    if isinstance(listed, Mapping):
        yield from ((str(name), value) for name, value in listed.items() if isinstance(value, str))
    lines: list[Any] = listed if isinstance(listed, list) else []
    for line in lines:
        name, _, value = line.partition("=") if isinstance(line, str) else ("", "", "")
        yield name, value


def mounts(service: Service) -> Iterator[tuple[int, str, str]]:
    """Directories and files of the machine that a service sees: place in the list, where they are, where it sees them.

    A named volume is none of them: it is below Docker's own directory.
    """
    for place, mount in blocks(service.body.get("volumes")):
        source, target = mount.get("source"), mount.get("target")
        if isinstance(source, str) and source.startswith(("/", ".", "~")):
            yield place, source, target if isinstance(target, str) else ""
    listed = service.body.get("volumes")
    short: list[Any] = listed if isinstance(listed, list) else []
    for place, one in enumerate(short):
        if isinstance(one, str) and one.startswith(("/", ".", "~")):
            source, _, target = one.partition(":")
            yield place, source, target.partition(":")[0]


def json_of(text: str) -> Mapping[str, Any]:
    """The mapping that a JSON file holds; of one that is broken an empty one."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


@lru_cache(maxsize=64)
def _parsed(text: str) -> Mapping[str, Any]:
    import yaml

    class Loader(yaml.SafeLoader):
        """Compose's own tags as data; `!reset` leaves nothing."""

    def override(loader: yaml.SafeLoader, node: yaml.Node) -> object:
        if isinstance(node, yaml.SequenceNode):
            return Replacing(loader.construct_sequence(node, deep=True))
        return loader.construct_mapping(node, deep=True) if isinstance(node, yaml.MappingNode) else None

    Loader.add_constructor("!override", override)
    Loader.add_constructor("!reset", lambda _loader, _node: None)
    if len(text) > _LONGEST:
        return {}
    try:
        found = yaml.load(text, Loader)  # noqa: S506 - a safe loader that knows two tags more
    except (yaml.YAMLError, ValueError, RecursionError, TypeError, AttributeError):
        return {}
    return found if isinstance(found, dict) else {}

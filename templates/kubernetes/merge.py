"""Values in layers: merged as Helm merges them, and printed with the layer that each of them comes from."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import yaml

Path = tuple[str, ...]

_WORDS = frozenset(("y", "n", "yes", "no", "on", "off", "true", "false", "null"))
"""What YAML 1.1 takes for something else than text."""


@dataclass(frozen=True, slots=True)
class Layer:
    """Values for one purpose."""

    name: str
    """size, provider, storage, ingress, external-services, executors, scheduling, registry, proxy, security."""
    text: str
    """YAML of this layer alone."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the merged values."""

    text: str
    origin: str
    """Name of the layer; empty for a line that opens a mapping, or continues a list."""


def merged(document: Mapping[str, Any], user: Mapping[str, Any]) -> dict[str, Any]:
    """Two values files as Helm merges them: mappings by key, anything else is replaced by the later one.

    A null stays: it is Helm's way to take away what the chart itself would say.
    """
    found = dict(document)
    for key, value in user.items():
        before = found.get(key)
        if isinstance(before, Mapping) and isinstance(value, Mapping):
            found[key] = merged(cast("Mapping[str, Any]", before), cast("Mapping[str, Any]", value))
        else:
            found[key] = value
    return found


def origins(documents: Sequence[tuple[str, Mapping[str, Any]]]) -> dict[Path, str]:
    """Path of each leaf of the merged layers, and the layer that had the last word on it.

    Args:
        documents: names of the layers, and what each says, in the order of merging.
    """
    found: dict[Path, str] = {}
    for name, document in documents:
        for path in leaves(document):
            for hidden in [other for other in found if _covers(path, other) or _covers(other, path)]:
                del found[hidden]
            found[path] = name
    return found


def _covers(path: Path, other: Path) -> bool:
    return len(path) <= len(other) and other[: len(path)] == path


def leaves(document: Mapping[str, Any], above: Path = ()) -> Iterator[Path]:
    """Paths of all that is not a mapping with something in it."""
    for key, value in document.items():
        path = (*above, key)
        if isinstance(value, Mapping) and value:
            yield from leaves(cast("Mapping[str, Any]", value), path)
        else:
            yield path


def lines(document: Mapping[str, Any], origin: Mapping[Path, str], above: Path = ()) -> Iterator[Line]:
    """The document in block style, keys in the order in which layers brought them."""
    indent = "  " * len(above)
    for key, value in document.items():
        path = (*above, key)
        head = f"{indent}{_key(key)}:"
        if isinstance(value, Mapping) and value:
            yield Line(head, "")
            yield from lines(cast("Mapping[str, Any]", value), origin, path)
        elif isinstance(value, list) and value:
            yield Line(head, origin[path])
            block = yaml.safe_dump(value, default_flow_style=False, sort_keys=False, width=1000)
            for text in block.splitlines():
                yield Line(f"{indent}  {text}", "")
        else:
            yield Line(f"{head} {json.dumps(value, ensure_ascii=False)}", origin[path])


def _key(key: str) -> str:
    """Bare where every YAML reads a bare word as text; quoted where one might read more into it."""
    return key if re.fullmatch(r"[A-Za-z][A-Za-z0-9_./-]*", key) and key.lower() not in _WORDS else json.dumps(key)

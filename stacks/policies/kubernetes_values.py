"""Helm values as data: every scalar within them, with the way to it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from stacks.policies.inputs import hidden

_DEEPEST: Final = 60
"""Levels. The reader of files refuses deeper ones, and no chart has a tenth of it."""


def leaves(value: object, path: str = "", key: str = "", depth: int = 0) -> Iterator[tuple[str, str, Any]]:
    """Path, key and value of each scalar; an item of a list has the key of its list. Hidden values are left out."""
    if hidden(value) or depth > _DEEPEST:
        return
    if isinstance(value, Mapping):
        for name, item in value.items():
            yield from leaves(item, f"{path}.{name}" if path else str(name), str(name), depth + 1)
    elif isinstance(value, list):
        for place, item in enumerate(value):
            yield from leaves(item, f"{path}[{place}]", key, depth + 1)
    else:
        yield path, key, value

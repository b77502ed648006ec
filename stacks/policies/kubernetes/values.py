"""Helm values as data: every scalar within them, with the way to it, and the secrets that stand there in clear."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from stacks.policies.inputs import hidden

_DEEPEST: Final = 60
"""Levels. The reader of files refuses deeper ones, and no chart has a tenth of it."""
_SECRET_KEY: Final = re.compile(
    r"(?:password|passwd|passphrase|token|(?:api|access|secret|private|license)_?key|credentials?|dsn)$", re.IGNORECASE
)
_REFERENCE: Final = re.compile(r"\$\{[\w.-]+\}|\$\([\w.-]+\)|arn:aws[\w-]*:[^\s]+|projects/[^\s]+|sha256:[0-9a-f]{64}")
_SETTING: Final = re.compile(r"true|false|[0-9]{1,6}", re.IGNORECASE)


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


def spelled_out(values: object) -> Iterator[tuple[str, str]]:
    """Path and text of each setting that is called a secret and is no reference; its shape does not matter."""
    for path, key, value in leaves(values):
        named = path.split(".")[-2] if key == "value" and ".env." in f".{path}" else key
        if not isinstance(value, str) or not value or not _SECRET_KEY.search(named):
            continue
        if not _REFERENCE.fullmatch(value) and not _SETTING.fullmatch(value):
            yield path, value

"""Helm values as data: every scalar within them, with the way to it, and the secrets that stand there in clear."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from stacks.policies.inputs import hidden

_DEEPEST: Final = 60
"""Levels. The reader of files refuses deeper ones, and no chart has a tenth of it."""
_SECRET_KEY: Final = re.compile(
    r"(?:passwords?|passwd|passphrase|pgpass|pwd|(?<![a-z])pass|tokens?(?:_?\d+)?|credentials?|dsn|authorization"
    r"|(?:api|access|secret|private|license|encryption|signing|master)[_-]?key|dockerconfigjson|kubeconfig"
    # What merely ends with `secret` may be the name of one: existingSecret, imagePullSecret, tlsSecret.
    r"|(?:client|oauth|webhook|shared|signing|app|auth|session|cookie|jwt|hmac)[_-]?secret|(?-i:_SECRET))$",
    re.IGNORECASE,
)
_NAMES: Final = re.compile(r"(?:name|user|username|enabled|ref|kind)$|^existing", re.IGNORECASE)
"""Keys within a mapping that is called credentials, which hold none."""
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
        if isinstance(value, str) and (_SECRET_KEY.search(named) or _is_within(path, key)) and _is_spelled_out(value):
            yield path, value
    for path, value in _in_lists(values):
        if _is_spelled_out(value):
            yield path, value


def _is_spelled_out(text: str) -> bool:
    return bool(text) and not _REFERENCE.fullmatch(text) and not _SETTING.fullmatch(text)


def _is_within(path: str, key: str) -> bool:
    """Whether a mapping around it is called a secret: `tokens.github`."""
    *around, _ = path.split(".")
    refers = any(name.endswith(("From", "Ref")) for name in around)
    return not refers and not _NAMES.search(key) and any(map(_SECRET_KEY.search, around))


def _in_lists(value: object, path: str = "", depth: int = 0) -> Iterator[tuple[str, str]]:
    """What is called a secret by its neighbour: `{name: DB_PASSWORD, value: …}`, `{kind: Secret, data: …}`."""
    if depth > _DEEPEST or hidden(value):
        return
    if isinstance(value, list):
        for place, item in enumerate(value):
            yield from _in_lists(item, f"{path}[{place}]", depth + 1)
    elif isinstance(value, Mapping):
        name, text = value.get("name"), value.get("value")
        if isinstance(name, str) and isinstance(text, str) and _SECRET_KEY.search(name):
            yield f"{path}.value", text
        if value.get("kind") == "Secret":
            for part in ("data", "stringData"):
                for where, _, found in leaves(value.get(part), f"{path}.{part}"):
                    if isinstance(found, str):
                        yield where, found
        for key, item in value.items():
            yield from _in_lists(item, f"{path}.{key}" if path else str(key), depth + 1)

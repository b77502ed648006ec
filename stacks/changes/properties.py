"""The smallest parts in which two sets of inputs differ, and the engine's notation of paths."""

from __future__ import annotations

import base64
import binascii
import json
import re
import zlib
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeGuard

from stacks.preview import SECRET, UNKNOWN

Segment = str | int
Path = tuple[Segment, ...]

EVERY: Final = "*"
"""Stands for any index or key in a path of `ignore_changes`."""

_PACKED: Final = "H4sI"
"""How base64 of gzip begins: 1f 8b 08 (RFC 1952, section 2.3.1)."""
_MOST_UNPACKED: Final = 4 * 1024 * 1024
"""Bytes. User data is at most 16 KiB packed; more than this is compared as it is."""

_PLAIN: Final = re.compile(r"[A-Za-z_$][A-Za-z0-9_$]*")
_SEGMENT: Final = re.compile(r'\.?([^.\[\]"]+)|\["((?:[^"\\]|\\.)*)"\]|\[(\d+|\*)\]')
_ONE_OR_MANY: Final = frozenset({"Action", "NotAction", "Resource", "NotResource", "AWS", "Service", "Federated"})
"""Members of a policy that hold one text or a list of them: IAM User Guide, "IAM JSON policy elements", and the
equivalence that the AWS provider tests (hashicorp/awspolicyequivalence), read 2026-11-22."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One part that differs. None stands for "not given"."""

    path: str
    before: Any
    after: Any
    owner: str
    """The path as a provider knows it: of the whole text, where `path` leads into a JSON text; else the same."""
    ignored: bool = False
    """The engine keeps the old value, since `ignore_changes` names it."""


def is_known(value: object) -> bool:
    """Whether the value itself is in the preview."""
    return value not in (UNKNOWN, SECRET)


def render(path: Path) -> str:
    """The path as the engine writes it, such as `metadata["user-data"]` or `allows[0].ports[1]`."""
    text = ""
    for segment in path:
        if isinstance(segment, int) or segment == EVERY:
            text += f"[{segment}]"
        elif _PLAIN.fullmatch(segment):
            text += f".{segment}" if text else segment
        else:
            quoted = segment.replace("\\", "\\\\").replace('"', '\\"')
            text += f'["{quoted}"]'
    return text


def parse(text: str) -> Path:
    """The segments of a path of `ignore_changes`."""
    found = list[Segment]()
    for plain, quoted, index in _SEGMENT.findall(text):
        if index:
            found.append(int(index) if index != EVERY else EVERY)
        else:
            found.append(plain or re.sub(r"\\(.)", r"\1", quoted))
    return tuple(found)


def hidden(value: object, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """The parts of a value that are unknown or secret, with their paths."""
    if not is_known(value):
        yield path, value
    else:
        for segment, member in _members(value):
            yield from hidden(member, (*path, segment))


def same(before: object, after: object) -> bool:
    """Whether two JSON values are equal: `true` is not 1, null is not given, packed text is what it unpacks to."""
    if isinstance(before, bool) or isinstance(after, bool):
        return before is after
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        return all(same(before.get(key), after.get(key)) for key in before.keys() | after.keys())
    if _is_list(before) and _is_list(after):
        return len(before) == len(after) and all(map(same, before, after))
    return before == after or _same_packed(before, after)


def differences(
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    *,
    is_unordered: Callable[[str], bool] = lambda _: False,
    ignored: Collection[str] = (),
) -> Iterator[Difference]:
    """Every smallest part that differs, sorted by name and index.

    Args:
        before: inputs of one side.
        after: inputs of the other.
        is_unordered: whether the list at a path is a set to the provider, so that order means nothing.
        ignored: paths of `ignore_changes`; differences within them are marked. As in the engine, a member is ignored
            only where what holds it is on both sides.
    """
    finder = _Finder(is_unordered, tuple(map(parse, ignored)))
    yield from finder.members((), before, after)


@dataclass(frozen=True, slots=True)
class _Finder:
    is_unordered: Callable[[str], bool]
    ignored: tuple[Path, ...] = ()
    owner: str | None = None
    """Within a JSON text: the path of the text."""

    def members(self, path: Path, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Difference]:
        for key in sorted(before.keys() | after.keys()):
            yield from self.values((*path, key), before.get(key), after.get(key))

    def values(self, path: Path, before: object, after: object) -> Iterator[Difference]:
        if same(before, after):
            return
        if _is_members(before) and _is_members(after):
            yield from self.members(path, before, after)
        elif _is_list(before) and _is_list(after):
            yield from self._lists(path, before, after)
        elif (documents := _documents(before, after)) is not None:
            yield from _Finder(documents.is_unordered, self.ignored, render(path)).values(
                path, documents.before, documents.after
            )
        else:
            text = render(path)
            yield Difference(
                text, before, after, self.owner or text, any(is_within(path, each) for each in self.ignored)
            )

    def _lists(self, path: Path, before: Sequence[Any], after: Sequence[Any]) -> Iterator[Difference]:
        pairs = self._as_sets(path, before, after) if self.is_unordered(render(path)) else _ordered(before, after)
        for index, old, new in pairs:
            yield from self.values((*path, index), old, new)

    def _as_sets(self, path: Path, before: Sequence[Any], after: Sequence[Any]) -> Iterator[tuple[int, Any, Any]]:
        """What is on one side only, paired so that no two pairs share an index."""
        gone, new = self._without(path, before, after), self._without(path, after, before)
        pairs = [(index, index) for index in gone if index in new]
        rest_gone, rest_new = [each for each in gone if each not in new], [each for each in new if each not in gone]
        pairs += zip(rest_gone, rest_new, strict=False)
        found = [(index, before[old], after[index]) for old, index in pairs]
        found += [(index, before[index], None) for index in rest_gone[len(rest_new) :]]
        found += [(index, None, after[index]) for index in rest_new[len(rest_gone) :]]
        yield from sorted(found, key=lambda each: each[0])

    def _without(self, path: Path, values: Sequence[Any], others: Sequence[Any]) -> list[int]:
        """Indices of those values that `others` lack, counting repetitions; there may be sets within a set."""
        left = list(others)
        found = list[int]()
        for index, value in enumerate(values):
            place = next((place for place, other in enumerate(left) if self._are_same((*path, 0), value, other)), None)
            if place is None:
                found.append(index)
            else:
                del left[place]
        return found

    def _are_same(self, path: Path, one: object, other: object) -> bool:
        return next(self.values(path, one, other), None) is None


def is_within(path: Path, ignored: Path) -> bool:
    """Whether `path` is what a path of `ignore_changes` names, or a part of it."""
    if len(path) < len(ignored):
        return False
    return all(wanted in (EVERY, segment) for wanted, segment in zip(ignored, path, strict=False))


def _same_packed(before: object, after: object) -> bool:
    """Whether two packed texts, such as user data, unpack to the same: builds of zlib pack one text differently."""
    old = _unpacked(before)
    return old is not None and old == _unpacked(after)


def _unpacked(value: object) -> bytes | None:
    """What base64 of gzip holds; None: it is not that."""
    if not isinstance(value, str) or not value.startswith(_PACKED):
        return None
    try:
        unpacker = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
        text = unpacker.decompress(base64.b64decode(value, validate=True), _MOST_UNPACKED)
    except (binascii.Error, zlib.error):
        return None
    return text if unpacker.eof else None


def _ordered(before: Sequence[Any], after: Sequence[Any]) -> Iterator[tuple[int, Any, Any]]:
    for index in range(max(len(before), len(after))):
        yield (
            index,
            before[index] if index < len(before) else None,
            after[index] if index < len(after) else None,
        )


@dataclass(frozen=True, slots=True)
class _Documents:
    before: Any
    after: Any
    is_unordered: Callable[[str], bool]


def _documents(before: object, after: object) -> _Documents | None:
    """Two JSON texts as values; None: they are not both JSON. In a policy of IAM the order of lists means nothing."""
    old, new = _document(before), _document(after)
    if old is None or new is None:
        return None
    if all(isinstance(each, Mapping) and "Statement" in each for each in (old, new)):
        return _Documents(_as_policy(old), _as_policy(new), lambda _: True)
    return _Documents(old, new, lambda _: False)


def _document(text: object) -> Any:  # noqa: ANN401 - any JSON value
    if not isinstance(text, str) or not text.lstrip().startswith(("{", "[")):
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _as_policy(value: Any, key: str = "") -> Any:  # noqa: ANN401 - any JSON value
    """One text stands for a list of one."""
    if isinstance(value, Mapping):
        return {name: _as_policy(member, name) for name, member in value.items()}
    if isinstance(value, list):
        return [_as_policy(item) for item in value]
    return [value] if key in _ONE_OR_MANY and isinstance(value, str) else value


def _members(value: object) -> Iterator[tuple[Segment, Any]]:
    if isinstance(value, Mapping):
        yield from value.items()
    elif _is_list(value):
        yield from enumerate(value)


def _is_members(value: object) -> TypeGuard[Mapping[str, Any]]:
    return isinstance(value, Mapping) and is_known(value)


def _is_list(value: object) -> TypeGuard[Sequence[Any]]:
    return isinstance(value, list | tuple)

"""What BASE and HEAD of a comparison may be: a profile, a saved preview, or a file at a revision of git.

acme.yaml            a profile (.yaml, .json, .jsonl), or a saved preview, told by its content
-                    standard input, either of them
origin/main:acme.yaml   git's own way to name a file at a revision
origin/main          the same file as HEAD, at that revision; `origin/main:` says the same
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from recommender.errors import InputError, Problem
from stacks.changes.git import file_at, is_revision
from stacks.changes.saved import is_saved, parse
from stacks.preview import Preview

if TYPE_CHECKING:
    from recommender.profile import Profile

_LARGEST: Final = 256 << 20
"""Bytes of one file. The preview of a cluster has about half a million."""
_LINES: Final = (".jsonl", ".ndjson")
_STANDARD_INPUT: Final = "-"
_ALLOWED: Final = "a profile, a saved preview, or REVISION:PATH"


@dataclass(frozen=True, slots=True)
class Side:
    """One profile or one saved preview, of BASE or of HEAD."""

    name: str
    """Of the profile; "" in a saved preview of an older release."""
    stage: str
    where: str
    """Such as `origin/main:acme.yaml`, or `acme.jsonl:3`."""
    profile: Profile | None
    saved: Preview | None = None

    def preview(self) -> Preview:
        """The saved preview, or that of the profile.

        Raises:
            MoorageError: the profile cannot be planned.
        """
        if self.saved is not None:
            return self.saved
        assert self.profile is not None
        from stacks.preview_profile import preview_profile  # imports Pulumi, which a saved preview does not need

        return preview_profile(self.profile)


_NOTHING: Final = Preview("", (), {})


class Pair(NamedTuple):
    """What is compared with what."""

    base: Side | None
    """None: it does not exist there yet, so that everything is created."""
    head: Side | None
    """None: the profile is in BASE only, so that everything is deleted."""
    base_name: str
    """What BASE is, for people."""

    def previews(self) -> tuple[Preview, Preview]:
        """Of BASE and HEAD; without a single resource where one of them does not exist.

        Raises:
            MoorageError: a profile cannot be planned.
        """
        base = self.base.preview() if self.base else None
        head = self.head.preview() if self.head else None
        nothing = Preview((head or base or _NOTHING).target, (), {})
        return base or nothing, head or nothing


def load_pairs(base: str, head: str) -> list[Pair]:
    """Reads both arguments and matches what is in them: one with one, several by the names of the profiles.

    Args:
        base: what BASE is, see the module.
        head: what HEAD is.

    Raises:
        InputError: an argument is none of what it may be, or what is in it is wrong.
    """
    if base == head == _STANDARD_INPUT:
        raise InputError([Problem("BASE and HEAD", "- twice", "- for one of them", "Save one of them to a file.")])
    heads = load(head)
    if heads is None:
        given = "a file that does not exist at this revision"
        raise InputError([Problem(head, given, "a profile or a saved preview", "Check the path and the revision.")])
    bases = load(base, head=head)
    if bases is None:
        return [Pair(None, side, f"{base}, where {side.name} does not exist yet") for side in heads]
    if len(bases) == len(heads) == 1:
        return [Pair(bases[0], heads[0], bases[0].where)]
    return list(_by_name(bases, heads, base, head))


def load(argument: str, *, head: str | None = None) -> list[Side] | None:
    """What an argument names.

    Args:
        argument: see the module.
        head: for BASE, the argument of HEAD, whose path a revision without a path takes.

    Returns:
        None: the file does not exist at the revision.

    Raises:
        InputError: it is none of what it may be, or what is in it is wrong.
    """
    if argument == _STANDARD_INPUT:
        return _sides(sys.stdin.buffer.read(_LARGEST + 1), "standard input", lines=None)
    path = Path(argument)
    try:
        if not path.exists():
            return _from_git(argument, head)
        if path.is_dir():
            raise InputError([Problem(argument, "a directory", "a file", "Name the profile in it.")])
        with path.open("rb") as stream:
            data = stream.read(_LARGEST + 1)
    except OSError as error:
        fix = "Check its permissions."
        raise InputError([Problem(argument, "a file that cannot be read", "a file", fix)]) from error
    return _sides(data, argument, lines=argument.endswith(_LINES))


def _from_git(argument: str, head: str | None) -> list[Side] | None:
    revision, _, path = argument.partition(":")
    directory, name = Path.cwd(), argument
    if not path:
        if head is None or (":" not in argument and not is_revision(revision, directory)):
            raise InputError([Problem(argument, "neither a file nor a revision", _ALLOWED, "Check the name.")])
        directory, path = _place(head, argument)
        name = f"{revision}:{path.removeprefix('./')}"
    data = file_at(revision, path, directory)
    return None if data is None else _sides(data, name, lines=path.endswith(_LINES))


def _place(head: str, argument: str) -> tuple[Path, str]:
    """Where HEAD's file is, for git: a directory and a path."""
    file = Path(head)
    if head != _STANDARD_INPUT and file.exists():
        return file.absolute().parent, f"./{file.name}"
    path = head.partition(":")[2]
    if head == _STANDARD_INPUT or not path:
        fix = f"Say which file: {argument.partition(':')[0]}:PATH."
        raise InputError([Problem(argument, "a revision, and no file in HEAD to look for there", _ALLOWED, fix)])
    return Path.cwd(), path


def _sides(data: bytes, name: str, *, lines: bool | None) -> list[Side]:
    if len(data) > _LARGEST:
        given = f"more than {_LARGEST >> 20} MiB"
        raise InputError([Problem(name, given, f"at most {_LARGEST >> 20} MiB", "Is this the right file?")])
    text = data.decode("utf-8-sig", errors="replace")
    if not is_saved(text):
        from recommender.profile_file import load_profile_bytes  # two saved previews need no profile

        loaded = load_profile_bytes(data, name, lines=lines)
        return [Side(profile.name, profile.stage, where, profile) for where, profile in loaded]
    found = parse(text, name)
    several = len(found) > 1
    return [
        Side(each.name, each.stage, f"{name} ({each.name})" if several else name, None, each.preview) for each in found
    ]


def _by_name(bases: Sequence[Side], heads: Sequence[Side], base: str, head: str) -> Iterator[Pair]:
    old, new = _named(bases, base), _named(heads, head)
    for name, side in new.items():
        if name in old:
            yield Pair(old[name], side, old[name].where)
        else:
            yield Pair(None, side, f"{base}, where {name} does not exist yet")
    for name, side in old.items():
        if name not in new:
            yield Pair(side, None, side.where)


def _named(sides: Sequence[Side], argument: str) -> dict[str, Side]:
    found = dict[str, Side]()
    for side in sides:
        if not side.name or side.name in found:
            given = f"the name {side.name} twice" if side.name else "a saved preview without the name of its profile"
            fix = "Compare them one by one."
            raise InputError([Problem(argument, given, "profiles of different names", fix)])
        found[side.name] = side
    return found

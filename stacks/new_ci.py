"""`moorage new-ci`: files that make CI preview every change of a profile, written into its repository."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from recommender.errors import InputError, MoorageError, Problem
from stacks.files import replace_all
from templates.ci.files import ci_files

_SEGMENT = r"[A-Za-z0-9_.*-]+"
# `**` is a whole segment, since the systems differ on others; a leading `-` or `!` would mean something else to each.
_GLOB = re.compile(rf"(?![-!])({_SEGMENT}/)*{_SEGMENT}\.(yaml|yml|json|jsonl)")


def write(
    system: Literal["github", "gitlab"], directory: Path, *, profiles: Sequence[str], overwrite: bool
) -> list[Path]:
    """Writes every file that is not there yet. All are looked at before one is written, and each is written whole.

    Args:
        system: whose CI.
        directory: root of the repository.
        profiles: globs of the profiles, from that root, such as `profiles/*.yaml`.
        overwrite: replace files that are there and differ.

    Returns:
        All files, also those that were as they should be.

    Raises:
        InputError: a glob that the systems would read differently, or a file that is there and differs.
        MoorageError: a directory cannot be written.
    """
    if problems := [problem for glob in profiles for problem in _wrong(glob)]:
        raise InputError(problems)
    texts = {directory / file.path: file.text.encode() for file in ci_files(system, profiles)}
    if problems := [problem for path, text in texts.items() for problem in _in_the_way(path, text, overwrite)]:
        raise InputError(problems)
    try:
        replace_all({path: text for path, text in texts.items() if not _is(path, text)})
    except OSError as error:
        fix = "Free the disk, or name another directory with --output."
        raise MoorageError(f"{directory} could not be written: {error.strerror or error}", fix=fix) from error
    return list(texts)


def _wrong(glob: str) -> list[Problem]:
    segments = glob.split("/")
    whole = all("**" not in segment or segment == "**" for segment in segments)
    if _GLOB.fullmatch(glob) and whole and not {".", ".."} & set(segments):
        return []
    allowed = (
        "letters, digits, . _ - / * and **/, from the root of the repository, ending in .yaml, .yml, .json or .jsonl"
    )
    return [Problem("--profiles", repr(glob[:80]), allowed, "Such as profiles/*.yaml, or several of them.")]


def _is(path: Path, text: bytes) -> bool:
    return path.is_file() and path.read_bytes() == text


def _in_the_way(path: Path, text: bytes, overwrite: bool) -> list[Problem]:
    replaceable = path.is_file() and overwrite
    if _is(path, text) or replaceable or not os.path.lexists(path):
        return []
    fix = "Keep it, or say --overwrite and put your changes in again."
    return [Problem(str(path), "a file of yours, or of another version", "no file, or the same", fix)]

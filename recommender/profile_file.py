"""Profiles from files: YAML, JSON, `.jsonl` (one a line), or standard input. Everything wrong is told at once.

Files come from people and from other programs, so reading is bounded: in bytes, in nesting, and in the number of nodes
that YAML aliases expand to.
"""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, Any, NamedTuple

from pydantic import ValidationError

from recommender.errors import InputError, Problem
from recommender.profile import Profile

LARGEST_DOCUMENT = 1 << 20
"""Bytes of one profile. A real one has about two thousand."""
LARGEST_BATCH = 1_000_000
"""Profiles of one run."""


class Loaded(NamedTuple):
    """A profile and where it stands."""

    source: str
    profile: Profile


class _RefusedError(Exception):
    def __init__(self, problem: Problem) -> None:
        super().__init__(str(problem))
        self.problem = problem


def load_profiles(paths: Iterable[str]) -> list[Loaded]:
    """Reads every profile of every file, in order.

    Args:
        paths: files; `-` is standard input.

    Raises:
        InputError: with every problem of every file. Nothing is returned then.
    """
    return _load(_documents(path) for path in paths)


def load_profile_bytes(data: bytes, name: str, *, lines: bool | None = None) -> list[Loaded]:
    """Reads every profile of what was a file elsewhere, such as at a revision of git.

    Args:
        data: the file's bytes.
        name: what to call it in a problem.
        lines: whether each line is a profile; None: the first line tells.

    Raises:
        InputError: with every problem. Nothing is returned then.
    """
    return _load([_from_stream(io.BytesIO(data), name, lines=lines)])


def _load(sources: Iterable[Iterator[tuple[str, object]]]) -> list[Loaded]:
    loaded: list[Loaded] = []
    problems: list[Problem] = []
    for documents in sources:
        try:
            for source, document in documents:
                profile, found = check(document, source)
                problems += found
                if profile is not None:
                    loaded.append(Loaded(source, profile))
        except _RefusedError as refused:
            problems.append(refused.problem)
    if problems:
        raise InputError(problems)
    return loaded


def parse_profile(document: object, source: str = "profile") -> Profile:
    """Checks one profile that is already in memory.

    Raises:
        InputError: with every problem found.
    """
    profile, problems = check(document, source)
    if profile is None:
        raise InputError(problems)
    return profile


def check(document: object, source: str) -> tuple[Profile | None, list[Problem]]:
    """The profile, or everything that is wrong with it."""
    try:
        return Profile.model_validate(document), []
    except ValidationError as error:
        from recommender.problems import problems_of  # only a wrong profile pays for the wording

        return None, problems_of(error, document, source)


def _documents(path: str) -> Iterator[tuple[str, object]]:
    name = "standard input" if path == "-" else path
    if path == "-":
        yield from _from_stream(sys.stdin.buffer, name, lines=None)
        return
    try:
        with Path(path).open("rb") as stream:
            yield from _from_stream(stream, name, lines=path.endswith((".jsonl", ".ndjson")))
    except OSError as error:
        raise _unreadable(name, error) from error


def _from_stream(stream: IO[bytes], name: str, *, lines: bool | None) -> Iterator[tuple[str, object]]:
    """`lines` None: decide by the first line, which is a whole JSON object in a `.jsonl` and never in YAML."""
    first = stream.readline(LARGEST_DOCUMENT + 1)
    if lines is None:
        lines = first.lstrip().startswith(b"{") and first.rstrip().endswith(b"}")
    if not lines:
        data = first + stream.read(LARGEST_DOCUMENT + 1 - len(first))
        if len(data) > LARGEST_DOCUMENT:
            raise _too_large(name)
        yield name, _parse(data, name)
        return
    number = 0
    line = first
    while line:
        number += 1
        if len(line) > LARGEST_DOCUMENT:
            raise _too_large(f"{name}:{number}")
        if number > LARGEST_BATCH:
            raise _RefusedError(
                Problem(name, f"over {LARGEST_BATCH:,} lines", f"{LARGEST_BATCH:,} profiles a run", "Split it.")
            )
        if line.strip():
            yield f"{name}:{number}", _parse_json(_decoded(line, f"{name}:{number}"), f"{name}:{number}")
        line = stream.readline(LARGEST_DOCUMENT + 1)


def _parse(data: bytes, name: str) -> object:
    text = _decoded(data, name)
    return _parse_json(text, name) if text.lstrip().startswith("{") else _parse_yaml(text, name)


def _decoded(data: bytes, name: str) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _RefusedError(
            Problem(name, f"bytes that are not UTF-8 at position {error.start:,}", "UTF-8 text", "Save it as UTF-8.")
        ) from error


def _parse_json(text: str, name: str) -> object:
    try:
        return json.loads(text, object_pairs_hook=_without_duplicates)
    except _DuplicateError as duplicate:
        raise _duplicate(name, str(duplicate)) from duplicate
    except RecursionError as error:
        raise _nested(name) from error
    except ValueError as error:
        where = f"{name}:{error.lineno}:{error.colno}" if isinstance(error, json.JSONDecodeError) else name
        message = error.msg if isinstance(error, json.JSONDecodeError) else "a number with too many digits"
        raise _malformed(where, "JSON", message) from error


class _DuplicateError(ValueError):
    pass


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    mapping = dict(pairs)
    if len(mapping) != len(pairs):
        seen: set[str] = set()
        raise _DuplicateError(next(key for key, _ in pairs if key in seen or seen.add(key)))
    return mapping


def _parse_yaml(text: str, name: str) -> object:
    from recommender.yaml_reader import (
        DuplicateKeyError,
        NestingError,
        YAMLError,
        read_yaml,
    )  # JSON does not pay for it

    try:
        return read_yaml(text)
    except DuplicateKeyError as duplicate:
        raise _duplicate(f"{name}:{duplicate.line}", duplicate.key) from duplicate
    except (NestingError, RecursionError) as error:
        raise _nested(name) from error
    except YAMLError as error:
        raise _malformed(f"{name}:{error.line}:{error.column}", "YAML", error.reason) from error


def _malformed(where: str, language: str, reason: str) -> _RefusedError:
    return _RefusedError(
        Problem(
            where, f"text that is not {language}: {reason}", f"one profile as {language}", "Correct the text there."
        )
    )


def _nested(name: str) -> _RefusedError:
    return _RefusedError(
        Problem(name, "nesting without end, or aliases that multiply", "a plain profile", "Write the values out.")
    )


def _duplicate(where: str, key: str) -> _RefusedError:
    from recommender.secrets import shown

    return _RefusedError(Problem(where, f"the key {shown(key)} twice", "each key once", "Keep one of them."))


def _too_large(name: str) -> _RefusedError:
    return _RefusedError(
        Problem(
            name,
            f"more than {LARGEST_DOCUMENT:,} bytes in one profile",
            f"at most {LARGEST_DOCUMENT:,} bytes",
            "Is this the right file? Many profiles go into a .jsonl file, one a line.",
        )
    )


def _unreadable(name: str, error: OSError) -> _RefusedError:
    given, fix = "a file that cannot be read", "Check its permissions."
    if isinstance(error, IsADirectoryError):
        given, fix = "a directory", "Name the profile file in it."
    elif isinstance(error, FileNotFoundError):
        given, fix = "no such file", "Check the path."
    return _RefusedError(Problem(name, given, "a file that can be read", fix))

"""Files that verbs write: each whole or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from pathlib import Path

from recommender.errors import InputError, Problem

_FIX = "Name another path."
_LONGEST = 200
"""Characters of a name that a temporary one repeats: file systems take 255 bytes."""


def problems_of(paths: Iterable[Path], *, option: str) -> list[Problem]:
    """What is wrong with paths that are to be written, as far as it can be told before.

    Args:
        paths: files, new or to be replaced.
        option: that named them, for the message.
    """
    return [Problem(option, str(path), allowed, _FIX) for path in paths if (allowed := _allowed(path))]


def _allowed(path: Path) -> str:
    """What the path would have to be; "" where it is."""
    try:
        # A new file takes the name's place, which is no place for one that a device, a pipe or a directory has.
        if path.name in ("", "..") or (path.exists() and not path.is_file()):
            return "a file to write, which this is not"
        parent = path.parent if path.parent.exists() else path.parent.parent
        if not parent.is_dir():
            return "a file in a directory that exists"
        return "" if os.access(parent, os.W_OK | os.X_OK) else "a file in a directory that may be written to"
    except OSError as error:
        return f"a file to write ({error.strerror})"


def write_all(texts: Mapping[Path, str], *, option: str) -> None:
    """Write each text to its path, making the last directory of it where that is missing.

    Args:
        texts: path to text.
        option: that named the paths, for the message.

    Raises:
        InputError: some path cannot be written. No file is ever half written: a reader sees the old one or the new one.
    """
    if problems := problems_of(texts, option=option):
        raise InputError(problems)
    # What a link stands for is replaced, not the link: /dev/stdout is one.
    targets = {Path(os.path.realpath(path)): text.encode() for path, text in texts.items()}
    try:
        replace_all(targets)
    except OSError as error:
        where = error.filename or ", ".join(map(str, texts))
        raise InputError([Problem(option, str(where), f"a file to write ({error.strerror})", _FIX)]) from error


def replace_all(texts: Mapping[Path, bytes]) -> None:
    """Write files, making their directories where they are missing.

    Everything is on the disk before the first file takes its place, so that a full disk changes nothing.

    Raises:
        OSError: one of them could not be written.
    """
    with ExitStack() as stack:
        fresh: dict[Path, Path] = {}
        for path, text in texts.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(prefix=f".{path.name[:_LONGEST]}.", dir=path.parent)
            stack.callback(Path(name).unlink, missing_ok=True)
            with os.fdopen(handle, "wb") as file:
                file.write(text)
            Path(name).chmod(0o644)
            fresh[path] = Path(name)
        for path, name in fresh.items():
            name.replace(path)

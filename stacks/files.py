"""Files that verbs write: each whole or not at all."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from recommender.errors import InputError, Problem

_FIX = "Name another path."


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
    targets = {path: Path(os.path.realpath(path)) for path in texts}
    partials = {path: target.with_name(f".{target.name}.part") for path, target in targets.items()}
    at = Path()
    try:
        for at, text in texts.items():
            targets[at].parent.mkdir(exist_ok=True)
            partials[at].write_text(text, encoding="utf-8", newline="\n")
        for at, partial in partials.items():
            partial.replace(targets[at])
    except OSError as error:
        for partial in partials.values():
            with contextlib.suppress(OSError):  # where it could not be made, it cannot be removed either
                partial.unlink()
        raise InputError([Problem(option, str(at), f"a file to write ({error.strerror})", _FIX)]) from error

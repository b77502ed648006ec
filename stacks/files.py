"""Files that verbs write: each whole or not at all."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from recommender.errors import InputError, Problem


def write_all(texts: Mapping[Path, str], *, option: str) -> None:
    """Write each text to its path, making the last directory of it where that is missing.

    Args:
        texts: path to text.
        option: that named the paths, for the message.

    Raises:
        InputError: some path cannot be written. No file is ever half written: a reader sees the old one or the new one.
    """
    partials = {path: path.with_name(f".{path.name}.part") for path in texts}
    try:
        for path, text in texts.items():
            path.parent.mkdir(exist_ok=True)
            partials[path].write_text(text, encoding="utf-8", newline="\n")
        for path, partial in partials.items():
            partial.replace(path)
    except OSError as error:
        for partial in partials.values():
            partial.unlink(missing_ok=True)
        problem = Problem(option, str(error.filename), f"a file to write ({error.strerror})", "Name another path.")
        raise InputError([problem]) from error

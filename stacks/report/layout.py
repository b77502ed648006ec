"""Lines of text for a terminal: sections, columns, bullets, none wider than `WIDTH`."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Sequence

WIDTH = 110
"""Columns that no line exceeds."""


def section(title: str, lines: Iterable[str]) -> str:
    """A title and its lines; empty where there are none."""
    body = list(lines)
    return "\n".join((title, *body)) if body else ""


def rows(pairs: Sequence[tuple[str, str]]) -> Iterator[str]:
    """Two columns; what is too long for its line is cut."""
    column = max((len(left) for left, _ in pairs), default=0)
    for left, right in pairs:
        yield cut(f"  {left:{column}}  {right}")


def bullets(sentences: Iterable[str]) -> Iterator[str]:
    """A list of sentences, wrapped."""
    for sentence in sentences:
        first, *rest = wrapped(sentence, "    ")
        yield from (f"  - {first.strip()}", *rest)


def wrapped(text: str, indent: str) -> list[str]:
    """A paragraph; at least one line."""
    return textwrap.wrap(text, WIDTH, initial_indent=indent, subsequent_indent=indent) or [indent.rstrip()]


def cut(line: str) -> str:
    """One line, whatever the text had in it."""
    line = " ".join(line.splitlines()).rstrip()
    return line if len(line) <= WIDTH else f"{line[: WIDTH - 1]}…"

"""Pieces of Markdown that hold whatever a value has in it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

_SPACE = re.compile(r"\s+")
_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~@!])")
_LIST_MARK = re.compile(r"^(\d*)([-+=.)])")
_LONGEST_RUN = re.compile(r"`+")
_INVISIBLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]")

_WIDTH = 600
"""Characters of one text: a sentence that is longer is no longer read in a table."""


def plain(text: str) -> str:
    """Text that means nothing to Markdown or HTML: on one line, cut, mentions and list marks included."""
    text = _SPECIAL.sub(r"\\\1", cut(_one_line(text), _WIDTH))
    text = _LIST_MARK.sub(r"\1\\\2", text)
    return text.replace("\\<", "&lt;").replace("\\>", "&gt;").replace("\\@", "@\N{WORD JOINER}")


def code(text: str) -> str:
    """A code span, in which a bar is safe in a table."""
    text = cut(_one_line(text), _WIDTH)
    fence = "`" * (_longest(text) + 1)
    pad = " " if text.startswith("`") or text.endswith("`") or not text else ""
    return f"{fence}{pad}{text}{pad}{fence}".replace("|", "\\|")


def block(text: str, language: str) -> Iterator[str]:
    """A fenced block; the fence is longer than any run of backticks within."""
    fence = "`" * max(3, _longest(text) + 1)
    yield f"{fence}{language}"
    yield _INVISIBLE.sub("\ufffd", text).rstrip("\n")
    yield fence


def table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """A table of cells that are Markdown already."""
    yield f"| {' | '.join(heads)} |"
    yield f"|{' --- |' * len(heads)}"
    yield from (f"| {' | '.join(row)} |" for row in rows)


def folded(title: str, lines: Sequence[str]) -> Iterator[str]:
    """A part that is shown on a click; nothing where there are no lines."""
    if lines:
        yield f"<details><summary>{title}</summary>"
        yield ""
        yield from lines
        yield ""
        yield "</details>"


def cut(text: str, width: int) -> str:
    """At most `width` characters."""
    return text if len(text) <= width else f"{text[: width - 1]}…"


def _one_line(text: str) -> str:
    return _INVISIBLE.sub("\ufffd", _SPACE.sub(" ", text)).strip()


def _longest(text: str) -> int:
    return max((len(run) for run in _LONGEST_RUN.findall(text)), default=0)

"""Inputs of a resource as readable text: the shape of YAML, with words for what is unknown or secret."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Final

from stacks.preview import SECRET, UNKNOWN

if TYPE_CHECKING:
    from markupsafe import Markup

UNKNOWN_WORDS: Final = "known after creation"


def value(given: object) -> Markup:
    """A value as HTML, escaped, for a `pre`."""
    from markupsafe import Markup

    return Markup("\n").join(_lines(given))


def _lines(given: object) -> Iterator[Markup]:
    from markupsafe import Markup, escape

    if isinstance(given, str) and "\n" in given:
        yield from (escape(line) for line in given.splitlines())
    elif isinstance(given, Mapping) and given and given not in (UNKNOWN, SECRET):
        for name, member in given.items():
            key = Markup('<span class="h-k">{}</span>:').format(name)
            yield from _nested(key, member, "  ")
    elif isinstance(given, list | tuple) and given:
        for member in given:
            yield from _nested(Markup("-"), member, "  ", inline=True)
    else:
        yield _scalar(given)


def _nested(head: Markup, member: object, indent: str, *, inline: bool = False) -> Iterator[Markup]:
    from markupsafe import Markup

    lines = list(_lines(member))
    nests = isinstance(member, Mapping | list | tuple) and bool(member) and member not in (UNKNOWN, SECRET)
    beside = inline or (len(lines) == 1 and not nests)
    first, rest = (lines[0], lines[1:]) if beside else (None, lines)
    yield Markup("{} {}").format(head, first) if first is not None else head
    yield from (Markup("{}{}").format(indent, line) for line in rest)


def _scalar(given: object) -> Markup:
    from markupsafe import Markup, escape

    if given == UNKNOWN:
        return Markup('<em class="unknown">{}</em>').format(UNKNOWN_WORDS)
    if given == SECRET:
        return Markup('<em class="unknown">{}</em>').format("secret")
    if isinstance(given, str):
        return escape(given) if given else Markup('<span class="h-s">&quot;&quot;</span>')
    return Markup('<span class="h-n">{}</span>').format(json.dumps(given, ensure_ascii=False))

"""Inputs of a resource as readable text: the shape of YAML, with words for what is unknown or secret."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Final

from markupsafe import Markup, escape

from stacks.preview import SECRET, UNKNOWN

UNKNOWN_WORDS: Final = "known after creation"
# Joined with `+`, which escapes what is no Markup, as `format` does; that parses its template for each of many lines.
_KEY, _AFTER_KEY, _ITEM = Markup('<span class="h-k">'), Markup("</span>:"), Markup("-")
_NUMBER, _AFTER_NUMBER = Markup('<span class="h-n">'), Markup("</span>")
_UNKNOWN, _AFTER_UNKNOWN = Markup('<em class="unknown">'), Markup("</em>")
_EMPTY: Final = Markup('<span class="h-s">&quot;&quot;</span>')
_SPACE, _INDENT = Markup(" "), Markup("  ")


def value(given: object) -> Markup:
    """A value as HTML, escaped, for a `pre`."""
    return Markup("\n").join(_lines(given))


def _lines(given: object) -> Iterator[Markup]:
    if isinstance(given, str) and "\n" in given:
        yield from (escape(line) for line in given.splitlines())
    elif isinstance(given, Mapping) and given and given not in (UNKNOWN, SECRET):
        for name, member in given.items():
            yield from _nested(_KEY + name + _AFTER_KEY, member)
    elif isinstance(given, list | tuple) and given:
        for member in given:
            yield from _nested(_ITEM, member, inline=True)
    else:
        yield _scalar(given)


def _nested(head: Markup, member: object, *, inline: bool = False) -> Iterator[Markup]:
    lines = list(_lines(member))
    nests = isinstance(member, Mapping | list | tuple) and bool(member) and member not in (UNKNOWN, SECRET)
    beside = inline or (len(lines) == 1 and not nests)
    yield head + _SPACE + lines[0] if beside else head
    yield from (_INDENT + line for line in (lines[1:] if beside else lines))


def _scalar(given: object) -> Markup:
    if given == UNKNOWN:
        return _UNKNOWN + UNKNOWN_WORDS + _AFTER_UNKNOWN
    if given == SECRET:
        return _UNKNOWN + "secret" + _AFTER_UNKNOWN
    if isinstance(given, str):
        return escape(given) if given else _EMPTY
    return _NUMBER + json.dumps(given, ensure_ascii=False) + _AFTER_NUMBER

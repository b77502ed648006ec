"""YAML as data and nothing more: no tags that construct objects, no duplicate keys, no endless aliases.

Plain scalars are read as YAML 1.2 has them: `no` is text, `010` and `1:30` are not numbers. A profile where `yes`
silently became a boolean, or a time a number, would be decided on something that nobody wrote.
"""

from __future__ import annotations

import re
from typing import Any, ClassVar, cast

import yaml

_MOST_NODES = 50_000
_DEEPEST = 40
_Safe: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # libyaml where the wheel has it: about ten times faster


class _Loader(_Safe):
    yaml_implicit_resolvers: ClassVar[dict[str, Any]] = {}


# The core schema of YAML 1.2.2, section 10.3.2, without octal and hexadecimal numbers; and the merge key.
for _tag, _pattern, _first in (
    ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    ("bool", r"true|True|TRUE|false|False|FALSE", list("tTfF")),
    ("int", r"[-+]?(0|[1-9][0-9]*)", list("-+0123456789")),
    ("float", r"[-+]?(\.[0-9]+|(0|[1-9][0-9]*)(\.[0-9]*)?)([eE][-+]?[0-9]+)?", list("-+.0123456789")),
    ("float", r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)", list("-+.")),
    ("merge", r"<<", ["<"]),
):
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(rf"(?:{_pattern})$"), _first)


class YAMLError(Exception):
    """Text that is not YAML, or not one document of plain data."""

    def __init__(self, reason: str, line: int, column: int) -> None:
        super().__init__(reason)
        self.reason = reason
        self.line = line
        self.column = column


class DuplicateKeyError(Exception):
    """A key that stands twice in one mapping."""

    def __init__(self, key: str, line: int) -> None:
        super().__init__(key)
        self.key = key
        self.line = line


class NestingError(Exception):
    """Aliases that contain themselves, or multiply beyond measure."""


def read_yaml(text: str) -> Any:  # noqa: ANN401 - whatever the document holds
    """One YAML document as plain data.

    Raises:
        YAMLError: the text is not YAML, holds a tag of another language, or a second document.
        DuplicateKeyError: a key stands twice in a mapping.
        NestingError: an alias contains itself, or the document has too many nodes or levels.
    """
    loader = None
    try:
        _check_depth(text)
        loader = _Loader(text)
        node = loader.get_single_node()
        if node is None:
            return None
        _check(node, [_MOST_NODES], 0)
        return loader.construct_document(node)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        raise YAMLError(_plain(error.problem or error.context or "malformed"), line, column) from error
    except yaml.YAMLError as error:
        raise YAMLError("a character that YAML does not allow", *_position(text, error)) from error
    except (ValueError, OverflowError) as error:
        raise YAMLError("a value that cannot be read, such as an impossible date or a number too long", 1, 1) from error
    finally:
        if loader is not None:
            loader.dispose()


def _check_depth(text: str) -> None:
    """Counts levels on the stream of events, which libyaml keeps on the heap; composing recurses, and would crash."""
    depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > _DEEPEST:
                raise NestingError
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1


def _check(node: yaml.Node, budget: list[int], depth: int) -> None:
    """Walks the composed tree before anything is built from it, following aliases as construction would."""
    budget[0] -= 1
    if budget[0] < 0 or depth > _DEEPEST:
        raise NestingError
    if isinstance(node, yaml.SequenceNode):
        for item in cast(list[yaml.Node], node.value):
            _check(item, budget, depth + 1)
    elif isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in cast(list[tuple[yaml.Node, yaml.Node]], node.value):
            if isinstance(key, yaml.ScalarNode):
                if key.value in seen:
                    raise DuplicateKeyError(key.value, key.start_mark.line + 1)
                seen.add(key.value)
            _check(key, budget, depth + 1)
            _check(value, budget, depth + 1)


def _plain(problem: str) -> str:
    """The parser's own words, without the characters it quotes from the text."""
    return problem.split("'")[0].strip() if len(problem) > 120 or not problem.isprintable() else problem


def _position(text: str, error: yaml.YAMLError) -> tuple[int, int]:
    position = int(getattr(error, "position", 0) or 0)
    before = text[:position]
    return before.count("\n") + 1, position - before.rfind("\n")

"""The one Jinja2 environment. It prefers failing to guessing: nothing undefined, empty or unprintable gets through."""

from __future__ import annotations

import functools
import json
import shlex
from collections.abc import Sequence
from dataclasses import fields
from importlib.resources import files
from typing import TYPE_CHECKING

import jinja2

from recommender.errors import MoorageError

if TYPE_CHECKING:
    from _typeshed import DataclassInstance


class _RefusedError(ValueError):
    """A filter was given a value that has no safe spelling. `render` adds the template and the name."""

    def __init__(self, value: object, why: str) -> None:
        super().__init__(why)
        self.value = value


def _printable(value: object) -> str:
    """The value as text on one line.

    str() comes first because it trips StrictUndefined with the variable's name, which json and shlex do not. Line
    separators such as U+2028 are refused with the control characters: YAML 1.1 ends a line at them.
    """
    if value is None:
        raise _RefusedError(value, "is None, which has no text")
    text = str(value)
    if not text.isprintable():
        raise _RefusedError(value, "holds a character that cannot be printed on one line")
    return text


def shell(value: object) -> str:
    """One word of a POSIX shell, whatever the value holds."""
    return shlex.quote(_printable(value))


def yaml(value: object) -> str:
    """A double-quoted YAML scalar: always a string, never a tag, a number or a truth value."""
    return json.dumps(_printable(value), ensure_ascii=False)


def tsv(cells: Sequence[object]) -> str:
    """One row of a table with TABs between its cells. An empty cell is refused: `read` of a shell would skip it."""
    texts = [_printable(cell) for cell in cells]
    if "" in texts:
        raise _RefusedError(cells, "holds an empty cell")
    return "\t".join(texts)


def _no_none(value: object) -> object:
    """Jinja2 would print None as the word "None"."""
    if value is None:
        raise _RefusedError(value, "is None, which has no text")
    return value


def _source(name: str) -> str | None:
    """The text of a template in this package, also when the package is installed as a zip."""
    resource = files("templates").joinpath(name)
    return resource.read_text(encoding="utf-8") if resource.is_file() else None


@functools.cache
def environment() -> jinja2.Environment:
    """The environment that every template is rendered in."""
    made = jinja2.Environment(
        loader=jinja2.FunctionLoader(_source),
        undefined=jinja2.StrictUndefined,
        autoescape=False,  # noqa: S701 - the output is shell and YAML, which HTML escaping would damage
        keep_trailing_newline=True,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_no_none,
    )
    made.filters.update(shell=shell, yaml=yaml, tsv=tsv)  # pyright: ignore[reportUnknownMemberType] - jinja2 leaves it untyped
    return made


def render(template: str, context: DataclassInstance) -> str:
    """Render a template of this package with the fields of a dataclass as its variables.

    Args:
        template: path within the package, such as `machine_image/start.sh.j2`.
        context: a dataclass; its field names are the only names that the template may use.

    Raises:
        MoorageError: no such template, a name that the context does not have, or a value without a safe spelling.
            The message names the template and the name.
    """
    variables = {field.name: getattr(context, field.name) for field in fields(context)}
    try:
        return environment().get_template(template).render(variables)
    except jinja2.TemplateNotFound as error:
        raise MoorageError(f"there is no template {template}") from error
    except jinja2.UndefinedError as error:
        raise MoorageError(f"template {template}: {error.message}") from error
    except _RefusedError as error:
        names = " or ".join(name for name, value in variables.items() if value is error.value) or "a value"
        raise MoorageError(f"template {template}: {names} {error}: {error.value!r}") from error

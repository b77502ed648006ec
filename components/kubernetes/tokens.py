"""Tokens: places in values and manifests for what only the cluster stack knows, such as `${cluster.hosts.pgsql}`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import partial
from typing import Any, NoReturn

import pulumi

from recommender.errors import MoorageError

Made = Mapping[str, str | pulumi.Output[str] | pulumi.Output[str | None] | None]
"""Outputs of the cluster stack by the path of their token: `hosts.pgsql`. None: it has none; empty for a cluster that
exists."""

_OPENING = "${cluster"
_TOKEN = re.compile(r"\$\{cluster\.([A-Za-z0-9._-]+)\}")


def replaced(document: Mapping[str, Any], made: Made, where: str) -> dict[str, Any]:
    """A copy of `document` without tokens.

    A string that is a token becomes the cluster stack's output itself; a string that holds tokens becomes an output of
    the whole string. Everything else, null included, stays as it is.

    Args:
        document: nested mappings, lists and scalars, as YAML gives them.
        made: outputs of the cluster stack.
        where: what `document` is, for the error.

    Raises:
        MoorageError: a token that is unknown, malformed, or part of a key.
    """
    return _mapping(document, made, where)


def _mapping(mapping: Mapping[str, Any], made: Made, where: str) -> dict[str, Any]:
    for key in mapping:
        if _OPENING in key:
            raise MoorageError(f"{where}: the key {key!r} holds a token.", fix="Use tokens in values only.")
    return {key: _value(value, made, f"{where}.{key}") for key, value in mapping.items()}


def _value(value: Any, made: Made, where: str) -> Any:  # noqa: ANN401 (as YAML gives it)
    if isinstance(value, str):
        return _text(value, made, where)
    if isinstance(value, Mapping):
        return _mapping(value, made, where)
    if isinstance(value, list | tuple):
        return [_value(item, made, f"{where}[{index}]") for index, item in enumerate(value)]
    return value


def _text(text: str, made: Made, where: str) -> pulumi.Input[str]:
    # Splitting by a pattern with one group leaves literal text at even places, and paths at odd ones.
    parts = _TOKEN.split(text)
    if any(_OPENING in literal for literal in parts[::2]):
        raise MoorageError(f"{where}: {text!r} is no token.", fix="Write it as ${cluster.PATH}. " + _known(made))
    if len(parts) == 1:
        return text
    found = [_made(part, made, where) if place % 2 else part for place, part in enumerate(parts)]
    given = [part for part in found if part != ""]
    return given[0] if len(given) == 1 else pulumi.Output.concat(*given)


def _made(path: str, made: Made, where: str) -> pulumi.Input[str]:
    value = made.get(path)
    if value is None:
        _unknown(path, made, where)
    # What is None only once the cluster stack is read would be a null that removes a default of the chart.
    return value.apply(partial(_given, path, where)) if isinstance(value, pulumi.Output) else value


def _given(path: str, where: str, value: str | None) -> str:
    if value is None:
        raise MoorageError(
            f"{where} needs ${{cluster.{path}}}, but the cluster stack has no value for it.",
            fix="Deploy the cluster stack with this profile first.",
        )
    return value


def _unknown(path: str, made: Made, where: str) -> NoReturn:
    raise MoorageError(f"{where} names ${{cluster.{path}}}, which is unknown.", fix=_known(made))


def _known(made: Made) -> str:
    known = sorted(path for path, value in made.items() if value is not None)
    return (
        f"Known here: {', '.join(known)}." if known else "A cluster that exists has no tokens: give the value itself."
    )

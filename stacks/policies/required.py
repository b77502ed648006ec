"""Policies that ask one thing of one input: built from type tokens, a path, and what must hold of what stands there."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

from stacks.policies.inputs import at, breach, hidden, keeps_data, number, said
from stacks.policies.policy import Breach, Scope

Check = Callable[[Scope], Iterable[Breach]]
Holds = Callable[[Any], bool]

_ALL: Final = "[]"
_LARGEST_PRIVATE: Final = 8
"""Bits of 10.0.0.0/8. A range of fewer takes in half of the internet, or all of it."""


def every(types: str | tuple[str, ...], path: str, holds: Holds, *, lasting: bool = False) -> Check:
    """A check of one input of every resource of some types.

    Args:
        types: type tokens.
        path: of the input; `[]` after a list stands for each of its items, and a list that is absent has none.
        holds: what must be true of the value; None stands for an absent one. Hidden values are not asked about.
        lasting: whether a POC that keeps nothing is let off.
    """
    wanted = (types,) if isinstance(types, str) else types

    def check(scope: Scope) -> Iterator[Breach]:
        for resource in scope.of_type(*wanted):
            if lasting and not keeps_data(scope, f"{resource.type.partition(':')[0]}:"):
                continue
            for where, value in expand(resource.inputs, path):
                if not hidden(value) and not holds(value):
                    yield breach(resource, f"`{where}` is {said(value)}.", where)

    return check


def together(*checks: Check) -> Check:
    """The check that several make up."""

    def check(scope: Scope) -> Iterator[Breach]:
        for one in checks:
            yield from one(scope)

    return check


def expand(value: object, path: str) -> Iterator[tuple[str, Any]]:
    """Everything that a path stands for, each with a path of its own."""
    head, several, rest = path.partition(_ALL)
    here = at(value, head)
    if not several:
        yield head, here
        return
    for place, item in enumerate(here if isinstance(here, list) else ()):
        if rest:
            yield from ((f"{head}[{place}].{inner}", found) for inner, found in expand(item, rest.removeprefix(".")))
        else:
            yield f"{head}[{place}]", item


def switched(*, on: bool) -> Holds:
    """Whether a switch stands right. Compute Engine's metadata and some providers spell them in text; absent is off."""
    return lambda value: _is_on(value) is on


def _is_on(value: object) -> bool:
    return value is True or (isinstance(value, str) and value.lower() in {"true", "1", "y", "yes"})


def not_off(value: object) -> bool:
    """Whether a switch that is on by itself was left on."""
    return value is None or _is_on(value)


def one_of(*allowed: str) -> Holds:
    """Whether a text is one of these."""
    return lambda value: isinstance(value, str) and value in allowed


def no_less_than(least: float) -> Holds:
    """Whether a number is large enough."""

    def holds(value: object) -> bool:
        found = number(value)
        return found is not None and found >= least

    return holds


def is_world(cidr: object) -> bool:
    """Whether a range takes in everybody, in one piece or in half."""
    if not isinstance(cidr, str):
        return False
    if cidr == "*":
        return True
    try:
        return ipaddress.ip_network(cidr, strict=False).prefixlen < _LARGEST_PRIVATE
    except ValueError:
        return False

"""Collects what is wrong with a profile's choices, so that one run tells all of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from recommender.errors import InputError, Problem
from recommender.model import Section
from recommender.secrets import shown


class Checks:
    """The problems found so far, each under the name of the profile that it is in."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._problems: list[Problem] = []

    def problem(self, field: str, given: object, allowed: str, fix: str) -> None:
        """Notes a problem. `field` is a path of the profile; `given` may hold anything and is shortened."""
        self._problems.append(Problem(f"{self._name}: {field}", shown(given, field), allowed, fix))

    def add(self, problems: Iterable[Problem]) -> None:
        """Notes problems that were worded elsewhere."""
        self._problems += problems

    @property
    def found(self) -> bool:
        """Whether anything is wrong."""
        return bool(self._problems)

    def error(self) -> InputError:
        """All of it, to be raised."""
        return InputError(self._problems)


def refuse_fields(
    checks: Checks, given: Section, nothing: Section, path: str, fields: Sequence[str], allowed: str, fix: str
) -> None:
    """Notes each of the fields in which something is chosen.

    Args:
        checks: takes the problems.
        given: the section of the profile.
        nothing: the same section of a profile that says nothing.
        path: of the section, such as `deployment`.
        fields: names in the section.
        allowed: what could stand there.
        fix: what to do.
    """
    for field in fields:
        value = getattr(given, field)
        if value != getattr(nothing, field):
            checks.problem(f"{path}.{field}", value, allowed, fix)

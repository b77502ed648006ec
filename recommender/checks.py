"""Collects what is wrong with a profile's choices, so that one run tells all of it."""

from __future__ import annotations

from collections.abc import Iterable

from recommender.errors import InputError, Problem
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

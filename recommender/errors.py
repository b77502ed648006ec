"""What can go wrong in a way that the person running moorage can mend. Anything else is a defect of ours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


class MoorageError(Exception):
    """A failure with a remedy. Only the command line prints it and exits; libraries raise it."""

    exit_code = 1

    def __init__(self, message: str, *, fix: str = "") -> None:
        super().__init__(message)
        self.fix = fix

    def __str__(self) -> str:
        message = super().__str__()
        return f"{message}\n  what to do: {self.fix}" if self.fix else message


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with an input."""

    where: str
    """File and path within it, such as `acme.yaml: scale.users`."""
    given: str
    """What stands there, already shortened and without secrets."""
    allowed: str
    """What could stand there."""
    fix: str
    """What to do."""

    def __str__(self) -> str:
        return f"{self.where}\n    given:   {self.given}\n    allowed: {self.allowed}\n    to do:   {self.fix}"


class InputError(MoorageError):
    """Bad input: every problem found, not only the first."""

    exit_code = 2

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(f"- {problem}" for problem in self.problems))

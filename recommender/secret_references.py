"""Secrets of a plan: on AWS and GCP each is a reference to the cloud's store, elsewhere the installer asks."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from recommender.checks import Checks
from recommender.host import Platform, Secret
from recommender.model import at

if TYPE_CHECKING:
    from recommender.deployment import Deployment

_SHAPES: Mapping[Platform, tuple[str, str]] = {
    "aws": (r"arn:aws[a-z-]*:secretsmanager:.+", "an ARN of AWS Secrets Manager"),
    "gcp": (r"projects/.+/secrets/.+", "a secret such as projects/P/secrets/S"),
}


class SecretReferences:
    """Turns references in `deployment:` into secrets of the plan, and notes those that do not fit the platform."""

    def __init__(self, wanted: Deployment, checks: Checks, platform: Platform) -> None:
        self._wanted, self._checks = wanted, checks
        self._platform: Platform = platform

    def secret(self, field: str, name: str, what: str, *, multiline: bool = False) -> Secret:
        """The secret that the reference in `deployment.FIELD` leads to, under the name that scripts know it by."""
        given: str | None = at(self._wanted, field)
        if self._platform not in _SHAPES:
            if given is not None:
                self._checks.problem(
                    f"deployment.{field}",
                    given,
                    "nothing off AWS and GCP",
                    "Remove it: it is asked for where it is installed.",
                )
            return Secret(name, what, None, multiline)
        pattern, words = _SHAPES[self._platform]
        if given is None or not re.fullmatch(pattern, given):
            self._checks.problem(
                f"deployment.{field}", given, words, f"Store {what} there, and name where it is; never the value."
            )
        elif self._platform == "gcp" and "/versions/" not in given:
            given += "/versions/latest"
        return Secret(name, what, given, multiline)

"""Which recommendations moorage stands up by itself, and what to do about the others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recommender.errors import MoorageError
from recommender.plan import Target

if TYPE_CHECKING:
    from recommender.recommend import Recommendation

NOTHING_CREATED = "Sourcegraph Cloud is run by Sourcegraph: nothing is created in an account of yours"

_ON_ONE_MACHINE: tuple[Target, ...] = ("machine-image", "install-script", "docker-compose")


def refuse_what_cannot_be_stood_up(recommendation: Recommendation) -> None:
    """Ends it where the answer is not something that moorage creates.

    Raises:
        MoorageError: the answer is Cloud, or an exception.
    """
    if recommendation.target == "cloud":
        raise MoorageError(NOTHING_CREATED, fix="Submit a Managed Instance Request to the Cloud team.")
    if recommendation.target == "exception":
        raise MoorageError(
            f"{recommendation.name}: every supported way is ruled out, so there is nothing to stand up",
            fix="Send the exception request that `moorage recommend` drafts.",
        )


def single_node_target(recommendation: Recommendation) -> Target:
    """The recommended target, which runs on one machine."""
    return next(target for target in _ON_ONE_MACHINE if target == recommendation.target)

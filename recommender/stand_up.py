"""Which recommendations moorage stands up by itself, and what to do about the others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recommender.errors import MoorageError
from recommender.plan import Target

if TYPE_CHECKING:
    from recommender.recommend import Recommendation

NOTHING_CREATED = "Sourcegraph Cloud is run by Sourcegraph: nothing is created in an account of yours"

_TARGETS: tuple[Target, ...] = ("machine-image", "install-script", "docker-compose")


def single_node_target(recommendation: Recommendation) -> Target:
    """The recommended target, which runs on one machine.

    Raises:
        MoorageError: the answer is something else.
    """
    for target in _TARGETS:
        if recommendation.target == target:
            return target
    if recommendation.target == "cloud":
        raise MoorageError(NOTHING_CREATED, fix="Submit a Managed Instance Request to the Cloud team.")
    if recommendation.target == "exception":
        raise MoorageError(
            f"{recommendation.name}: every supported way is ruled out, so there is nothing to stand up",
            fix="Send the exception request that `moorage recommend` drafts.",
        )
    raise MoorageError(
        f"{recommendation.name}: the answer is {recommendation.target}, and this release of moorage stands up single "
        "machines only",
        fix="Use `moorage recommend`, `moorage explain` and `moorage size` for it.",
    )

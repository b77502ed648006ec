"""From a profile to its preview: recommend, plan, render, dry-run."""

from __future__ import annotations

import hashlib
from functools import partial

from recommender.errors import MoorageError
from recommender.machine_image import make_plan
from recommender.profile import Profile
from recommender.recommend import Recommendation, recommend
from stacks.dry_run import dry_run
from stacks.preview import UNCHECKED, Preview
from stacks.program import build
from templates import USER_DATA, render_overlays

_NOTHING_CREATED = "Sourcegraph Cloud is run by Sourcegraph: nothing is created in an account of yours"


def preview_profile(profile: Profile) -> Preview:
    """Everything that standing the recommended target up would create.

    Raises:
        InputError: the profile lacks what this target needs, or has it wrong.
        MoorageError: there is no target to stand up, or moorage does not stand this one up.
    """
    recommendation = recommend(profile)
    if recommendation.target == "cloud":
        return Preview("cloud", (), {}, (f"{_NOTHING_CREATED}.",))
    refuse_other_targets(recommendation)
    plan = make_plan(profile, recommendation)
    overlays = render_overlays(plan)
    stack = dry_run(profile.name, partial(build, plan, overlays[USER_DATA]))
    digests = {path: hashlib.sha256(text.encode()).hexdigest() for path, text in overlays.items()}
    return Preview(recommendation.target, (stack,), digests, _unchecked(recommendation, plan.image.fact.verified))


def _unchecked(recommendation: Recommendation, image_verified: bool) -> tuple[str, ...]:
    sentences = UNCHECKED
    if not image_verified:
        sentences = (*sentences, "The machine image: its address is from the vendor's pages and was not verified.")
    if recommendation.provisional:
        fields = ", ".join(question.field for question in recommendation.open_questions)
        sentences = (f"Whether this is the right target: still open are {fields}.", *sentences)
    return sentences


def refuse_other_targets(recommendation: Recommendation) -> None:
    """Only a machine image can be stood up.

    Raises:
        MoorageError: the answer is something else.
    """
    if recommendation.target == "machine-image":
        return
    if recommendation.target == "cloud":
        raise MoorageError(_NOTHING_CREATED, fix="Submit a Managed Instance Request to the Cloud team.")
    if recommendation.target == "exception":
        raise MoorageError(
            f"{recommendation.name}: every supported way is ruled out, so there is nothing to stand up",
            fix="Send the exception request that `moorage recommend` drafts.",
        )
    raise MoorageError(
        f"{recommendation.name}: the answer is {recommendation.target}, and this release of moorage stands up machine "
        "images only",
        fix="Use `moorage recommend`, `moorage explain` and `moorage size` for it.",
    )

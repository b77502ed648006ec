"""From a profile to its preview: recommend, plan, render, dry-run."""

from __future__ import annotations

import hashlib
from functools import partial

from recommender.plan import SingleNodePlan
from recommender.profile import Profile
from recommender.recommend import Recommendation, recommend
from recommender.single_node import make_plan
from recommender.stand_up import NOTHING_CREATED
from stacks.dry_run import dry_run
from stacks.preview import UNCHECKED, Preview
from stacks.program import build
from templates import render_overlays, user_data_path
from templates.overlays import Plan


def preview_profile(profile: Profile) -> Preview:
    """Everything that standing the recommended target up would create.

    Where the organization brings the machine, no cloud is involved: there is no stack, only what the machine gets.

    Raises:
        InputError: the profile lacks what this target needs, or has it wrong.
        MoorageError: there is no target to stand up, or moorage does not stand this one up.
    """
    recommendation = recommend(profile)
    if recommendation.target == "cloud":
        return Preview("cloud", (), {}, (f"{NOTHING_CREATED}.",))
    plan = make_plan(profile, recommendation)
    overlays = render_overlays(plan)
    stacks = ()
    if isinstance(plan, SingleNodePlan):
        stacks = (dry_run(profile.name, partial(build, plan, overlays[user_data_path(plan)])),)
    digests = {path: hashlib.sha256(text.encode()).hexdigest() for path, text in overlays.items()}
    return Preview(recommendation.target, stacks, digests, (*_open(recommendation), *_unchecked(plan)))


def _open(recommendation: Recommendation) -> tuple[str, ...]:
    if not recommendation.provisional:
        return ()
    fields = ", ".join(question.field for question in recommendation.open_questions)
    return (f"Whether this is the right target: still open are {fields}.",)


def _unchecked(plan: Plan) -> tuple[str, ...]:
    if not isinstance(plan, SingleNodePlan):
        return ("Whether the machine is as the plan asks: `install.sh --check` tells on it, and changes nothing.",)
    if plan.image.fact.verified:
        return UNCHECKED
    return (*UNCHECKED, f"The machine's image: where it was read was not verified ({plan.image.fact.source}).")

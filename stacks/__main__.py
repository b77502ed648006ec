"""What `pulumi preview` and `pulumi up` run: the profile that the stack's configuration names, stood up."""

from __future__ import annotations

from pathlib import Path

import pulumi

from recommender.errors import MoorageError
from recommender.plan import SingleNodePlan
from recommender.profile_file import load_profiles
from recommender.recommend import recommend
from recommender.single_node import make_plan
from stacks.program import build
from templates import user_data

_ROOT = Path(__file__).resolve().parent.parent


def main() -> None:
    """Builds the stack, or says in one message what the person has to mend."""
    config = pulumi.Config("moorage")
    # The engine runs this in stacks/, and a person writes the path from where they stand: the root.
    path = _ROOT / config.require("profile")
    offline = config.get_bool("offline") or False
    try:
        if offline and not pulumi.runtime.is_dry_run():
            raise MoorageError("moorage:offline is for previews only", fix="pulumi config rm moorage:offline")
        profile = load_profiles([str(path)])[0].profile
        plan = make_plan(profile, recommend(profile))
        if not isinstance(plan, SingleNodePlan):
            fix = f"moorage render {config.require('profile')} -o DIR"
            raise MoorageError("the machine is yours to bring: there is nothing to create in a cloud", fix=fix)
        build(plan, user_data(plan), offline=offline)
    except MoorageError as error:
        raise pulumi.RunError(str(error)) from error


main()

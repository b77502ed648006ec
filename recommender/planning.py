"""From a recommendation to its plan, whatever the target."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recommender.host import HostPlan
from recommender.plan import SingleNodePlan
from recommender.stand_up import refuse_what_cannot_be_stood_up

if TYPE_CHECKING:
    from recommender.kubernetes.plan import KubernetesPlan
    from recommender.profile import Profile
    from recommender.recommend import Recommendation


def make_plan(profile: Profile, recommendation: Recommendation) -> SingleNodePlan | HostPlan | KubernetesPlan:
    """Decides every number and name of the recommended target.

    Raises:
        InputError: with everything that `hosting:` and `deployment:` lack or have wrong for this target.
        MoorageError: nothing can be stood up: Cloud is run by Sourcegraph, or every way is ruled out.
    """
    refuse_what_cannot_be_stood_up(recommendation)
    # One target a process, mostly: the other's planner is not imported.
    if recommendation.target == "kubernetes":
        from recommender.kubernetes.planner import plan_kubernetes

        return plan_kubernetes(profile, recommendation)
    from recommender.single_node import plan_single_node

    return plan_single_node(profile, recommendation)

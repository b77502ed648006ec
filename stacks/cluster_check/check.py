"""`moorage check`: the preflight of one profile's cluster."""

from __future__ import annotations

from collections.abc import Sequence

from recommender.errors import InputError, Problem
from recommender.kubernetes.needs import Needs, cluster_needs
from recommender.kubernetes.plan import KubernetesPlan
from recommender.planning import make_plan
from recommender.profile import Profile
from recommender.recommend import recommend
from stacks.cluster_check.api import Api
from stacks.cluster_check.judge import judge
from stacks.cluster_check.kubeconfig import find_access
from stacks.cluster_check.observe import observe
from stacks.cluster_check.report import Report


def check_profiles(profiles: Sequence[Profile], *, kubeconfig: str | None, context: str | None) -> list[Report]:
    """Looks at the cluster of each profile. Every profile is planned before the first cluster is asked.

    Args:
        profiles: of organizations whose answer is Kubernetes.
        kubeconfig: path; None: what kubectl takes.
        context: in place of the profiles' own; None: theirs, else the current one.

    Raises:
        InputError: a profile lacks what its plan needs, or its answer is not Kubernetes.
        MoorageError: there is no way to a cluster.
    """
    wanted = [_needs(profile) for profile in profiles]
    return [_check(needs, kubeconfig, context or named) for needs, named in wanted]


def _needs(profile: Profile) -> tuple[Needs, str | None]:
    """What is asked of the cluster, and the context that the profile names."""
    recommendation = recommend(profile)
    plan = make_plan(profile, recommendation)
    if not isinstance(plan, KubernetesPlan):
        fix = "Check a profile that is for a cluster; `moorage recommend` tells why this one is not."
        raise InputError([Problem(profile.name, f"the target {recommendation.target}", "the target kubernetes", fix)])
    return cluster_needs(plan), plan.application.context


def _check(needs: Needs, kubeconfig: str | None, context: str | None) -> Report:
    with Api(find_access(kubeconfig, context)) as api:
        return Report(needs.name, api.access.context, api.access.server, judge(needs, observe(api, needs)))

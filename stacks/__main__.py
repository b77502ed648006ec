"""What `pulumi preview` and `pulumi up` run: the profile that the stack's configuration names, stood up."""

from __future__ import annotations

from pathlib import Path

import pulumi

from recommender.errors import MoorageError
from recommender.host import HostPlan
from recommender.kubernetes.plan import KubernetesPlan
from recommender.plan import SingleNodePlan
from recommender.planning import make_plan
from recommender.profile_file import load_profiles
from recommender.recommend import recommend
from stacks.program import build
from stacks.user_values import load_values
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
        if isinstance(plan, HostPlan):
            fix = f"moorage render {config.require('profile')} -o DIR"
            raise MoorageError("the machine is yours to bring: there is nothing to create in a cloud", fix=fix)
        if isinstance(plan, SingleNodePlan):
            build(plan, user_data(plan), offline=offline)
        else:
            _build_kubernetes(plan, config, offline=offline)
    except MoorageError as error:
        raise pulumi.RunError(str(error)) from error


def _build_kubernetes(plan: KubernetesPlan, config: pulumi.Config, *, offline: bool) -> None:
    """One of the two stacks: the configuration says which."""
    from stacks.kubernetes_program import build_application, build_cluster, render_application, stack_name

    part = config.get("stack")
    if part == "cluster" and plan.cluster is None:
        raise MoorageError("the cluster exists: it has no stack", fix="pulumi config set moorage:stack application")
    if part == "cluster" and plan.cluster is not None:
        build_cluster(plan.cluster, offline=offline)
        return
    if part != "application":
        raise MoorageError(
            f"moorage:stack is {part!r}; Kubernetes has two stacks",
            fix="pulumi config set moorage:stack cluster, or application",
        )
    given = config.get("values")
    texts = render_application(plan.application, load_values(_ROOT / given) if given else None)
    default = f"{pulumi.get_organization()}/{pulumi.get_project()}/{stack_name(plan, 'cluster')}"
    cluster_stack = config.get("cluster") or default
    build_application(plan.application, texts, cluster_stack=cluster_stack, notes=plan.notes)


main()

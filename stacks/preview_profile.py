"""From a profile to its preview: recommend, plan, render, dry-run."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from recommender.errors import InputError, Problem
from recommender.host import HostPlan
from recommender.plan import SingleNodePlan
from recommender.planning import make_plan
from recommender.profile import Profile
from recommender.recommend import Recommendation, recommend
from recommender.stand_up import NOTHING_CREATED
from stacks.dry_run import PROJECT, dry_run
from stacks.preview import UNCHECKED, ClaimedVolume, Preview, StackPreview
from templates import render_overlays, user_data_path

if TYPE_CHECKING:
    from recommender.kubernetes.plan import KubernetesPlan
    from stacks.chart_preview.preview import Charts
    from stacks.chart_preview.report import ChartPreview


def preview_profile(
    profile: Profile, user_values: Mapping[str, Any] | None = None, charts: Charts | None = None
) -> Preview:
    """Everything that standing the recommended target up would create.

    Where the organization brings the machine, no cloud is involved: there is no stack, only what the machine gets.

    Args:
        profile: the organization.
        user_values: Kubernetes: Helm values of the customer's own, merged last.
        charts: Kubernetes: the vendor's charts on this machine, to be rendered too.

    Raises:
        InputError: the profile lacks what this target needs, or has it wrong; or what is for Kubernetes alone is given
            with another target.
        MoorageError: there is no target to stand up, or Helm fails.
    """
    recommendation = recommend(profile)
    if recommendation.target != "kubernetes":
        _refuse_kubernetes_options(recommendation.target, user_values, charts)
    if recommendation.target == "cloud":
        return Preview("cloud", (), {}, (f"{NOTHING_CREATED}.",))
    plan = make_plan(profile, recommendation)
    overlays = render_overlays(plan)
    chart: ChartPreview | None = None
    claims: tuple[ClaimedVolume, ...] = ()
    if isinstance(plan, SingleNodePlan):
        stacks, unchecked = (_machine_stack(plan, overlays[user_data_path(plan)]),), _unchecked_machine(plan)
    elif isinstance(plan, HostPlan):
        stacks, unchecked = (
            (),
            ("Whether the machine is as the plan asks: `install.sh --check` tells on it, and changes nothing.",),
        )
    else:
        stacks, chart = _kubernetes(plan, user_values, charts)
        claims = tuple(_claims(plan))
        unchecked = _unchecked_cluster(plan, charts)
    digests = {path: hashlib.sha256(text.encode()).hexdigest() for path, text in overlays.items()}
    unchecked = (*_open(recommendation), *unchecked)
    return Preview(recommendation.target, stacks, digests, unchecked, chart, overlays, claims)


def _machine_stack(plan: SingleNodePlan, boot: str) -> StackPreview:
    from stacks.program import build

    return dry_run(plan.name, partial(build, plan, boot))


def _kubernetes(
    plan: KubernetesPlan, user_values: Mapping[str, Any] | None, charts: Charts | None
) -> tuple[tuple[StackPreview, ...], ChartPreview | None]:
    from stacks.kubernetes_program import build_application, build_cluster, render_application, stack_name

    cluster, texts = plan.cluster, render_application(plan.application, user_values)
    name = stack_name(plan, "cluster")
    application = partial(
        build_application,
        plan.application,
        texts,
        cluster_stack=f"organization/{PROJECT}/{name}",
        notes=plan.notes,
    )
    found = [dry_run(name, partial(build_cluster, cluster))] if cluster else []
    found.append(dry_run(stack_name(plan, "application"), application))
    if charts is None:
        return tuple(found), None
    from stacks.chart_preview.preview import preview_charts

    return tuple(found), preview_charts(plan, texts, charts)


def _claims(plan: KubernetesPlan) -> Iterator[ClaimedVolume]:
    from stacks.kubernetes_program import stack_name

    stack = stack_name(plan, "application")
    for workload in plan.application.workloads:
        for claim in workload.claims:
            yield ClaimedVolume(stack, f"{workload.name}/{claim.name}", workload.replicas, claim.size_gib)


def _refuse_kubernetes_options(
    target: str | None, user_values: Mapping[str, Any] | None, charts: Charts | None
) -> None:
    given = [option for option, value in (("--chart", charts), ("--values", user_values)) if value is not None]
    if given:
        allowed = f"nothing: the recommended target is {target or 'none'}, not kubernetes"
        raise InputError([Problem(option, "a file", allowed, "Leave the option out.") for option in given])


def _open(recommendation: Recommendation) -> tuple[str, ...]:
    if not recommendation.provisional:
        return ()
    fields = ", ".join(question.field for question in recommendation.open_questions)
    return (f"Whether this is the right target: still open are {fields}.",)


def _unchecked_machine(plan: SingleNodePlan) -> tuple[str, ...]:
    if plan.image.fact.verified:
        return UNCHECKED
    return (*UNCHECKED, f"The machine's image: where it was read was not verified ({plan.image.fact.source}).")


def _unchecked_cluster(plan: KubernetesPlan, charts: Charts | None) -> tuple[str, ...]:
    application = plan.application
    found = list[str]()
    if charts is None:
        found.append(
            "What the vendor's chart makes of the values: objects, images, and whether its pods ask for what the plan "
            "counted. `--chart PATH` shows it, where there is a Helm."
        )
    elif application.executors and charts.executors is None:
        found.append("What the chart of executors makes of its values: `--executors-chart PATH` shows it.")
    if charts and application.executors:
        found.append("Images that executors' jobs name when they run: they are in no chart.")
    if charts and application.charts:
        names = ", ".join(f"{chart.name} {chart.version}" for chart in application.charts)
        found.append(f"Objects and images of the charts that the cluster gets first: {names}.")
    if plan.cluster is None:
        found.append("Whether the cluster is as the plan asks: `moorage check` tells, and changes nothing.")
    return (*UNCHECKED, *found)

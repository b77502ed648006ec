"""The component with what templates really render: every object arrives, and no token is left."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from recommender.kubernetes.plan import ApplicationPlan
from templates.kubernetes.manifests import manifests
from templates.kubernetes.platform import platform_values
from templates.kubernetes.values import executor_values, merged, values
from tests.kubernetes.application import RELEASE, in_cluster, needed_by, record_application
from tests.kubernetes.plans import application_plan, existing_cluster
from tests.recording import Recording


def native(plan: ApplicationPlan) -> ApplicationPlan:
    assert plan.executors is not None
    return replace(plan, executors=replace(plan.executors, kind="native"))


PLANS = {
    "aws": application_plan(),
    "gcp": application_plan("gcp"),
    "aws-native-executors": native(application_plan()),
    "gcp-without-ingress": application_plan("gcp", ingress=None, executors=None),
    "aws-poc": application_plan(keep=False, network_policies=False),
    "existing": existing_cluster(),
}
every_plan = pytest.mark.parametrize("plan", PLANS.values(), ids=PLANS)


def rendered(plan: ApplicationPlan, *, preview: bool = False) -> Recording:
    executors = executor_values(plan)
    user = {"frontend": {"env": {"LOCATION": {"value": "${cluster.network_id}"}}}} if plan.own_cluster else {}
    return record_application(
        plan,
        preview=preview,
        values=merged(values(plan).document, user),
        executor_values=executors.document if executors else None,
        platform={chart.name: platform_values(plan, chart) for chart in plan.charts},
        manifests=manifests(plan),
    )


@every_plan
@pytest.mark.parametrize("preview", [False, True])
def test_every_token_that_templates_write_is_replaced(plan: ApplicationPlan, preview: bool) -> None:
    recording = rendered(plan, preview=preview)
    assert "${" not in repr(recording.resources)
    if plan.own_cluster:
        inputs: Any = recording.named("acme-sourcegraph", RELEASE).inputs
        expected = {"unknown": True} if preview else "network_id-of-cluster-id"
        assert inputs["values"]["frontend"]["env"]["LOCATION"] == {"value": expected}


@every_plan
def test_every_object_that_templates_render_is_registered_as_it_is(plan: ApplicationPlan) -> None:
    recording = rendered(plan)
    objects = [resource for resource in in_cluster(recording) if resource.type != RELEASE]
    assert len(objects) == len(manifests(plan))
    sourcegraph = needed_by(recording, recording.named("acme-sourcegraph", RELEASE))
    for manifest in manifests(plan):
        resource = recording.named(f"acme-{manifest.name}")
        inputs: Any = resource.inputs
        assert (inputs["apiVersion"], inputs["kind"]) == (manifest.document["apiVersion"], manifest.document["kind"])
        assert inputs["metadata"]["name"] == manifest.document["metadata"]["name"]
        assert inputs["metadata"].get("namespace") == manifest.document["metadata"].get("namespace")
        assert inputs.keys() == manifest.document.keys()
        assert resource.protect == resource.retain_on_delete == manifest.keep
        assert (resource.name in sourcegraph) != manifest.after


@every_plan
def test_whatever_needs_a_chart_comes_after_it(plan: ApplicationPlan) -> None:
    recording = rendered(plan)
    pinned = {chart.name for chart in plan.charts}
    for manifest in manifests(plan):
        if manifest.needs in pinned:
            assert f"acme-{manifest.needs}" in needed_by(recording, recording.named(f"acme-{manifest.name}"))


@every_plan
def test_no_secret_has_a_value_of_ours(plan: ApplicationPlan) -> None:
    assert rendered(plan).of_type("kubernetes:core/v1:Secret") == []

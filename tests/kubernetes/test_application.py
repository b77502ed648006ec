"""What holds for the application component, whatever the plan."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pulumi
import pytest
from hypothesis import given, settings

from recommender.errors import MoorageError
from recommender.kubernetes.plan import ApplicationPlan
from tests.kubernetes.application import (
    NAMESPACE,
    RELEASE,
    STORAGE_CLASS,
    in_cluster,
    manifests,
    needed_by,
    object_,
    plans,
    record_application,
    values,
)
from tests.kubernetes.plans import application_plan, existing_cluster
from tests.recording import Recording

AWS_NAMES = """
moorage:kubernetes:Application acme
kubernetes:core/v1:Namespace acme-namespace-executors
kubernetes:core/v1:Namespace acme-namespace
kubernetes:helm.sh/v3:Release acme-external-secrets
kubernetes:helm.sh/v3:Release acme-aws-load-balancer-controller
kubernetes:external-secrets.io/v1:SecretStore acme-secret-store-sourcegraph
kubernetes:external-secrets.io/v1:SecretStore acme-secret-store-sourcegraph-executors
kubernetes:storage.k8s.io/v1:StorageClass acme-storage-class
kubernetes:networking.k8s.io/v1:NetworkPolicy acme-policy
kubernetes:external-secrets.io/v1:ExternalSecret acme-secret-sourcegraph-pgsql
kubernetes:external-secrets.io/v1:ExternalSecret acme-secret-sourcegraph-codeintel
kubernetes:external-secrets.io/v1:ExternalSecret acme-secret-sourcegraph-codeinsights
kubernetes:external-secrets.io/v1:ExternalSecret acme-secret-sourcegraph-redis-cache
kubernetes:external-secrets.io/v1:ExternalSecret acme-secret-sourcegraph-redis-store
kubernetes:external-secrets.io/v1:ExternalSecret acme-secret-sourcegraph-executors
kubernetes:helm.sh/v3:Release acme-sourcegraph
kubernetes:policy/v1:PodDisruptionBudget acme-budget
kubernetes:helm.sh/v3:Release acme-executors
"""
"""Public API: a rename ships with an alias, or it deletes and creates somebody's resource."""


def names(recording: Recording) -> list[str]:
    return [f"{type_} {name}" for type_, name in recording.names if not type_.startswith("pulumi:")]


def release_inputs(recording: Recording, name: str) -> Any:
    return recording.named(name, RELEASE).inputs


@settings(max_examples=25, deadline=None)
@given(plan=plans())
def test_every_plan_can_be_previewed_without_knowing_the_cluster(plan: ApplicationPlan) -> None:
    known, unknown = record_application(plan), record_application(plan, preview=True)
    assert known.names == unknown.names
    assert known.outputs.keys() == unknown.outputs.keys()
    for resource in known.resources:
        other = unknown.named(resource.name, resource.type)
        assert (other.depends_on, other.protect, other.retain_on_delete) == (
            resource.depends_on,
            resource.protect,
            resource.retain_on_delete,
        )
        assert other.inputs.keys() == resource.inputs.keys()


@settings(max_examples=25, deadline=None)
@given(plan=plans())
def test_whatever_outlives_the_stack_says_so_itself(plan: ApplicationPlan) -> None:
    recording = record_application(plan)
    for resource in in_cluster(recording):
        outlives = resource.type in (NAMESPACE, STORAGE_CLASS)
        claims = resource.name == f"{plan.name}-sourcegraph"
        assert resource.protect == (plan.keep and (outlives or claims)), resource.urn
        assert resource.retain_on_delete == (plan.keep and outlives), resource.urn


@settings(max_examples=25, deadline=None)
@given(plan=plans())
def test_everything_finds_what_it_needs(plan: ApplicationPlan) -> None:
    recording = record_application(plan)
    needed = {each.name: needed_by(recording, each) for each in in_cluster(recording)}
    name, sourcegraph = plan.name, f"{plan.name}-sourcegraph"
    spaces = {plan.namespace: f"{name}-namespace"}
    if plan.executors:
        spaces[plan.executors.namespace] = f"{name}-namespace-executors"
    for manifest in manifests(plan):
        mine = needed[f"{name}-{manifest.name}"]
        if space := manifest.document["metadata"].get("namespace"):
            assert spaces[space] in mine
        if manifest.needs and plan.charts:
            assert f"{name}-{manifest.needs}" in mine
        if manifest.document["kind"] == "ExternalSecret":
            assert f"{name}-secret-store-{space}" in mine
        assert (sourcegraph in mine) == manifest.after
        assert (f"{name}-{manifest.name}" in needed[sourcegraph]) != manifest.after
    assert {f"{name}-{chart.name}" for chart in plan.charts} <= needed[sourcegraph]
    if plan.executors:
        assert {sourcegraph, *spaces.values()} <= needed[f"{name}-executors"]


@settings(max_examples=25, deadline=None)
@given(plan=plans())
def test_no_plan_leaves_a_token_or_puts_a_secret_of_ours_into_the_state(plan: ApplicationPlan) -> None:
    recording = record_application(plan)
    assert "${" not in repr(recording.resources)
    assert recording.of_type("kubernetes:core/v1:Secret") == []


@settings(max_examples=25, deadline=None)
@given(plan=plans())
def test_every_release_is_pinned_waited_for_and_undone_when_it_fails(plan: ApplicationPlan) -> None:
    recording = record_application(plan)
    for resource in recording.of_type(RELEASE):
        inputs: Any = resource.inputs
        assert inputs["atomic"] is inputs["cleanupOnFail"] is inputs["waitForJobs"] is True
        assert inputs["skipAwait"] is False
        assert inputs["timeout"] >= 600
        assert inputs["maxHistory"] == 10
        assert inputs["version"]
        assert inputs["name"]
        assert resource.delete_before_replace
    assert release_inputs(recording, f"{plan.name}-sourcegraph")["timeout"] >= 1800


def test_logical_names_are_public_api() -> None:
    assert names(record_application(application_plan())) == AWS_NAMES.split("\n")[1:-1]


def test_logical_names_follow_the_component_name() -> None:
    renamed = names(record_application(application_plan(name="other")))
    assert [line.replace(" other", " acme", 1) for line in renamed] == AWS_NAMES.split("\n")[1:-1]


@pytest.mark.parametrize("plan", [application_plan(), existing_cluster()], ids=["own", "existing"])
def test_everything_is_in_the_cluster_of_the_provider_that_was_given(plan: ApplicationPlan) -> None:
    recording = record_application(plan)
    [provider] = recording.of_type("pulumi:providers:kubernetes")
    assert {resource.provider for resource in in_cluster(recording)} == {provider.urn}
    assert {resource.parent for resource in in_cluster(recording)} == {recording.named(plan.name).urn}


def test_the_chart_comes_from_the_repository_by_name_and_version() -> None:
    inputs = release_inputs(record_application(application_plan()), "acme-sourcegraph")
    assert (inputs["chart"], inputs["version"]) == ("sourcegraph", "7.6.0")
    assert inputs["repositoryOpts"] == {"repo": "https://helm.sourcegraph.com/release"}
    assert (inputs["name"], inputs["namespace"]) == ("sourcegraph", "sourcegraph")
    assert inputs["createNamespace"] is False


def test_a_mirror_in_a_registry_is_addressed_as_a_whole() -> None:
    recording = record_application(application_plan(chart_repository="oci://registry.acme.example/charts/"))
    for release, chart in (("sourcegraph", "sourcegraph"), ("executors", "sourcegraph-executor-dind")):
        inputs = release_inputs(recording, f"acme-{release}")
        assert inputs["chart"] == f"oci://registry.acme.example/charts/{chart}"
        assert "repositoryOpts" not in inputs


def test_a_chart_file_is_found_from_the_program_without_naming_the_machine() -> None:
    recording = record_application(application_plan(chart_file="charts/sourcegraph-7.6.0.tgz"))
    inputs = release_inputs(recording, "acme-sourcegraph")
    assert inputs["chart"] == "../charts/sourcegraph-7.6.0.tgz"
    assert "repositoryOpts" not in inputs
    executors = release_inputs(recording, "acme-executors")
    assert executors["repositoryOpts"] == {"repo": "https://helm.sourcegraph.com/release"}
    absolute = record_application(application_plan(chart_file="/srv/charts/sourcegraph"))
    assert release_inputs(absolute, "acme-sourcegraph")["chart"] == "/srv/charts/sourcegraph"


def test_values_reach_the_chart_unchanged_but_for_tokens() -> None:
    plan = application_plan()
    found = release_inputs(record_application(plan), "acme-sourcegraph")["values"]
    auth = {"host": "hosts.pgsql-of-cluster-id", "url": "postgres://hosts.pgsql-of-cluster-id:5432"}
    assert found == {**values(plan), "pgsql": {"auth": auth}}
    assert found["frontend"]["ingress"]["annotations"] == {"kubernetes.io/ingress.class": None}
    before = release_inputs(record_application(plan, preview=True), "acme-sourcegraph")["values"]
    assert before == {**found, "pgsql": {"auth": {"host": {"unknown": True}, "url": {"unknown": True}}}}


def test_a_token_that_the_cluster_does_not_know_is_refused() -> None:
    with pytest.raises(MoorageError, match=r"chart\.a\[0\]\.b names \$\{cluster\.hosts\.pgsq\}") as refusal:
        record_application(application_plan(), values={"a": [{"b": "x ${cluster.hosts.pgsq}"}]})
    assert "hosts.pgsql" in refusal.value.fix
    platform = {chart.name: {"role": "${cluster.arn}"} for chart in application_plan().charts}
    with pytest.raises(MoorageError, match=r"values of external-secrets\.role names"):
        record_application(application_plan(), platform=platform)
    policy = object_("policy", "networking.k8s.io/v1", "NetworkPolicy", spec="${cluster.arn}")
    with pytest.raises(MoorageError, match=r"manifest policy\.spec names"):
        record_application(existing_cluster(), manifests=[policy])


def test_what_the_cluster_stack_keeps_secret_stays_secret() -> None:
    canary = "canary-1a2b3c"

    def made() -> dict[str, Any]:
        return {"hosts.pgsql": pulumi.Output.secret(canary)}

    class Late(dict[str, Any]):
        """Outputs can only be made while a program runs."""

        def get(self, key: str, default: Any = None) -> Any:
            return made().get(key, default)

    for preview in (False, True):
        recording = record_application(application_plan(), made=Late(), preview=preview)
        assert canary not in repr(recording)
        auth = release_inputs(recording, "acme-sourcegraph")["values"]["pgsql"]["auth"]
        assert auth == {"host": {"secret": True}, "url": {"secret": True}}


def test_executors_of_another_kind_are_another_release() -> None:
    base = application_plan()
    assert base.executors is not None
    native = replace(base, executors=replace(base.executors, kind="native"))
    inputs = release_inputs(record_application(native), "acme-executors")
    assert inputs["chart"] == inputs["name"] == "sourcegraph-executor-k8s"
    assert inputs["namespace"] == "sourcegraph-executors"
    assert inputs["version"] == base.version
    none = record_application(replace(base, executors=None))
    assert "acme-executors" not in {resource.name for resource in none.resources}


def test_controllers_are_installed_one_at_a_time_and_where_the_plan_says() -> None:
    recording = record_application(application_plan())
    operator, controller = (recording.named(f"acme-{chart.name}", RELEASE) for chart in application_plan().charts)
    assert operator.inputs["createNamespace"] is True
    assert controller.inputs["createNamespace"] is False, "kube-system is in every cluster"
    assert operator.urn in controller.depends_on
    assert controller.inputs["repositoryOpts"] == {"repo": "https://aws.github.io/eks-charts"}
    assert controller.inputs["version"] == "3.5.0"


def test_a_controller_in_a_namespace_of_ours_does_not_make_it_again() -> None:
    space = object_("operator", "v1", "Namespace", called="external-secrets")
    recording = record_application(application_plan(), manifests=[*manifests(application_plan()), space])
    operator = recording.named("acme-external-secrets", RELEASE)
    assert operator.inputs["createNamespace"] is False
    assert "acme-operator" in needed_by(recording, operator)


def test_a_fetched_secret_is_waited_for() -> None:
    recording = record_application(application_plan())
    for kind in ("SecretStore", "ExternalSecret"):
        for resource in recording.of_type(f"kubernetes:external-secrets.io/v1:{kind}"):
            metadata: Any = resource.inputs["metadata"]
            assert metadata["annotations"] == {"pulumi.com/waitFor": "condition=Ready"}
    other: Any = recording.named("acme-namespace").inputs["metadata"]
    assert "annotations" not in other


def test_a_secret_waits_for_no_store_of_another_namespace() -> None:
    recording = record_application(application_plan())
    needed = needed_by(recording, recording.named("acme-secret-sourcegraph-pgsql"))
    assert {name for name in needed if "store" in name} == {"acme-secret-store-sourcegraph"}


def test_outputs_say_where_and_how() -> None:
    outputs = record_application(application_plan()).outputs
    assert outputs["url"] == "https://sourcegraph.acme.example"
    assert (outputs["namespace"], outputs["release_name"], outputs["release_status"]) == (
        "sourcegraph",
        "sourcegraph",
        "deployed",
    )
    assert outputs["port_forward_command"] == (
        "kubectl --namespace sourcegraph port-forward service/sourcegraph-frontend 3080:30080"
    )
    existing = record_application(existing_cluster()).outputs
    assert existing["port_forward_command"].startswith("kubectl --context office --namespace sourcegraph ")
    assert "url" not in record_application(application_plan(ingress=None)).outputs


def test_the_component_registers_its_outputs() -> None:
    outputs = record_application(application_plan()).outputs_of("acme")
    assert outputs.keys() == {
        "url",
        "namespace",
        "releaseName",
        "releaseStatus",
        "portForwardCommand",
        "nextSteps",
    }

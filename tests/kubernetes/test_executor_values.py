"""Values of the charts of executors: with Docker, and native."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings

from recommender.errors import MoorageError
from recommender.kubernetes.chart_keys import unknown_executor_keys
from recommender.kubernetes.plan import ApplicationPlan
from templates.kubernetes.values import executor_values
from tests.kubernetes.plans import application_plan, existing_cluster
from tests.kubernetes.variants import CANARY, PROXY, executors, load, plans, variants

URL = "http://sourcegraph-frontend.sourcegraph.svc.cluster.local:30080"


def document(plan: ApplicationPlan) -> Mapping[str, Any]:
    made = executor_values(plan)
    assert made is not None
    return made.document


@settings(max_examples=40, deadline=None)
@given(plans())
def test_the_chart_reads_all_that_is_said_and_no_secret_is(plan: ApplicationPlan):
    made = executor_values(plan)
    assert (made is None) == (plan.executors is None)
    if made is None or plan.executors is None:
        return
    assert load(made.text) == made.document
    older_claim = {"storageClass.name"} if plan.executors.kind == "native" and plan.version.startswith("6") else set()
    assert set(unknown_executor_keys(made.document, plan.executors.kind, plan.version)) <= older_claim
    assert CANARY not in made.text
    assert "${" not in made.text
    assert executor_values(plan) == made


def test_a_pod_with_docker_runs_one_job_and_asks_for_its_room():
    found = document(application_plan())["executor"]
    assert found["replicaCount"] == 4
    assert "maximumNumJobs" not in found  # that chart never reads it
    assert found["resources"]["requests"] == {"cpu": "4500m", "memory": "12488Mi", "ephemeral-storage": "20Gi"}
    assert found["frontendUrl"] == URL
    assert found["frontendExistingSecret"] == "sourcegraph-executors"
    assert found["queueNames"] == ["batches", "codeintel"]


def test_native_executors_count_their_jobs_and_make_them_where_their_role_is():
    plan = variants()["aws-native"]
    found = document(plan)["executor"]
    assert found["maximumNumJobs"] == 3
    assert plan.executors is not None
    assert found["namespace"] == plan.executors.namespace
    assert found["frontendExistingSecret"] == "executor-batches-codeintel"  # the chart reads no other
    assert found["kubernetesJob"]["resources"]["requests"] == {"cpu": "4", "memory": "12Gi"}


def test_a_claim_names_the_class_that_exists():
    assert document(application_plan())["storageClass"] == {"name": "sourcegraph-acme"}
    assert document(variants("6.12.5040")["aws-native"])["storageClass"] == {"name": "sourcegraph-acme"}
    assert "storageClass" not in document(variants()["aws-native"])


def test_images_of_docker_and_of_jobs_come_from_the_registry_too():
    found = document(variants()["aws-registry"])
    assert found["sourcegraph"]["image"]["repository"] == "registry.acme.example:5000/sourcegraph"
    assert found["dind"]["image"] == {"registry": "registry.acme.example:5000"}
    cache = found["privateDockerRegistry"]
    assert cache["image"] == {"registry": "registry.acme.example:5000"}
    assert cache["env"]["REGISTRY_PROXY_REMOTEURL"] == {"value": "https://registry.acme.example:5000"}


def test_a_registry_below_a_path_cannot_be_cached():
    plan = replace(application_plan(), registry="registry.acme.example/mirror")
    assert "env" not in document(plan)["privateDockerRegistry"]


def test_the_daemon_takes_the_proxy_from_its_file_in_which_nothing_is_filled_in():
    found = document(application_plan(proxy=PROXY))
    proxies = found["dind"]["daemonConfig"]["proxies"]
    assert proxies["https-proxy"] == PROXY.url
    assert "$(" not in proxies["no-proxy"]
    assert "private-docker-registry" in proxies["no-proxy"].split(",")
    assert found["executor"]["env"]["HTTPS_PROXY"] == {"value": PROXY.url}
    native = document(replace(variants()["aws-native"], proxy=PROXY))["executor"]["extraEnv"]
    assert [entry["name"] for entry in native] == ["HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"]


def test_logs_on_gke_are_those_that_it_reads():
    assert document(application_plan("gcp"))["executor"]["log"] == {"format": "json_gcp"}
    assert "log" not in document(application_plan())["executor"]


def test_a_release_whose_chart_with_docker_does_not_work_is_refused():
    plan = replace(existing_cluster(version="6.12.5040"), executors=executors("dind"))
    with pytest.raises(MoorageError, match=r"6\.12\.5040"):
        executor_values(plan)

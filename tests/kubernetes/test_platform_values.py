"""Values of the charts that a cluster of our own gets."""

from __future__ import annotations

from dataclasses import replace

import pytest

from recommender.errors import MoorageError
from recommender.kubernetes.charts import CHART_PODS, CLUSTER_AUTOSCALER, EXTERNAL_SECRETS, LOAD_BALANCER_CONTROLLER
from recommender.kubernetes.plan import PinnedChart
from recommender.kubernetes.quantity import cpu_millis, memory_bytes
from templates.kubernetes.platform import platform_values
from tests.kubernetes.plans import application_plan

AWS, GCP = application_plan("aws"), application_plan("gcp")


def test_the_load_balancer_controller_looks_nothing_up_and_brings_no_class_of_its_own():
    found = platform_values(AWS, LOAD_BALANCER_CONTROLLER)
    assert (found["clusterName"], found["region"], found["vpcId"]) == ("acme", "us-east-1", "${cluster.network_id}")
    assert found["serviceAccount"] == {"create": True, "name": "aws-load-balancer-controller"}
    assert found["createIngressClassResource"] is False
    assert found["enableServiceMutatorWebhook"] is False


def test_the_operator_of_secrets_is_somebody_in_the_cloud():
    assert "annotations" not in platform_values(AWS, EXTERNAL_SECRETS)["serviceAccount"]  # EKS Pod Identity needs none
    assert platform_values(GCP, EXTERNAL_SECRETS)["serviceAccount"]["annotations"] == {
        "iam.gke.io/gcp-service-account": "acme-secrets@acme-prod.iam.gserviceaccount.com"
    }


@pytest.mark.parametrize(("minor", "tag"), [("1.36", "v1.36.1"), ("1.35", "v1.35.2")])
def test_the_autoscaler_is_of_the_clusters_own_version(minor: str, tag: str):
    found = platform_values(replace(AWS, kubernetes_minor=minor), CLUSTER_AUTOSCALER)
    assert found["image"] == {"tag": tag}
    assert found["autoDiscovery"] == {"clusterName": "acme"}
    assert found["rbac"]["serviceAccount"]["name"] == "cluster-autoscaler"


def test_a_version_without_an_autoscaler_is_refused():
    with pytest.raises(MoorageError, match=r"1\.99"):
        platform_values(replace(AWS, kubernetes_minor="1.99"), CLUSTER_AUTOSCALER)


@pytest.mark.parametrize("chart", [LOAD_BALANCER_CONTROLLER, EXTERNAL_SECRETS, CLUSTER_AUTOSCALER])
def test_pods_ask_for_what_the_plan_counted(chart: PinnedChart):
    values = platform_values(AWS, chart)
    for pods in CHART_PODS[chart.name]:
        found = values[pods.values_key] if pods.values_key else values
        requests = found["resources"]["requests"]
        assert found["replicaCount"] == pods.workload.replicas
        assert cpu_millis(requests["cpu"]) == pods.workload.cpu_millis
        assert memory_bytes(requests["memory"]) == pods.workload.memory_mib * 2**20


def test_a_chart_that_nothing_is_known_of_is_refused():
    with pytest.raises(MoorageError, match="cert-manager"):
        platform_values(AWS, replace(EXTERNAL_SECRETS, name="cert-manager"))

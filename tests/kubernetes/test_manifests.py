"""Objects beside the chart: valid for Kubernetes, complete, and without a secret."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import kubernetes_validate
import pytest
from hypothesis import given, settings

from recommender.errors import MoorageError
from recommender.kubernetes.chart import chart_facts
from recommender.kubernetes.plan import ApplicationPlan, StorageClass
from templates.kubernetes.context import TOKEN
from templates.kubernetes.manifests import Manifest, manifests
from tests.kubernetes.plans import application_plan, existing_cluster
from tests.kubernetes.variants import CANARY, VERSIONS, executors, ingress, load, plans, variants

CORE = {
    ("v1", "Namespace"),
    ("storage.k8s.io/v1", "StorageClass"),
    ("networking.k8s.io/v1", "IngressClass"),
    ("networking.k8s.io/v1", "NetworkPolicy"),
    ("policy/v1", "PodDisruptionBudget"),
}
# Fields of `spec` of kinds that come with controllers: the definitions of kubernetes-sigs/aws-load-balancer-controller
# v3.5.0 and external-secrets v2.9.0, and Google's reference; read 2026-11-22.
CUSTOM: Mapping[tuple[str, str], set[str]] = {
    ("elbv2.k8s.aws/v1beta1", "IngressClassParams"): {
        "certificateArn",
        "inboundCIDRs",
        "loadBalancerAttributes",
        "namespaceSelector",
        "scheme",
        "sslPolicy",
        "sslRedirectPort",
        "subnets",
        "tags",
        "targetType",
    },
    ("external-secrets.io/v1", "SecretStore"): {"provider"},
    ("external-secrets.io/v1", "ExternalSecret"): {"data", "refreshInterval", "secretStoreRef", "target"},
    ("cloud.google.com/v1", "BackendConfig"): {"connectionDraining", "healthCheck", "securityPolicy", "timeoutSec"},
    ("networking.gke.io/v1beta1", "FrontendConfig"): {"redirectToHttps", "sslPolicy"},
    ("networking.gke.io/v1", "ManagedCertificate"): {"domains"},
}


def found_in(plan: ApplicationPlan) -> dict[str, Manifest]:
    return {manifest.name: manifest for manifest in manifests(plan)}


def document(plan: ApplicationPlan, name: str) -> Mapping[str, Any]:
    return found_in(plan)[name].document


@settings(max_examples=60, deadline=None)
@given(plans())
def test_every_object_is_one_document_with_a_name_of_its_own_and_no_secret(plan: ApplicationPlan):
    found = manifests(plan)
    assert len({manifest.name for manifest in found}) == len(found)
    objects = {
        (each.document["kind"], each.document["metadata"].get("namespace"), each.document["metadata"]["name"])
        for each in found
    }
    assert len(objects) == len(found)
    for manifest in found:
        assert load(manifest.text) == manifest.document
        assert CANARY not in manifest.text
        assert "${" not in TOKEN.sub("", manifest.text)
    assert manifests(plan) == found


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("minor", ["1.35", "1.36"])
def test_kubernetes_knows_every_field_of_its_own_kinds(version: str, minor: str):
    texts = {manifest.text: manifest for plan in variants(version).values() for manifest in manifests(plan)}
    kinds: set[tuple[str, str]] = set()
    for manifest in texts.values():
        kind = (manifest.document["apiVersion"], manifest.document["kind"])
        kinds.add(kind)
        if kind in CUSTOM:
            assert set(manifest.document["spec"]) <= CUSTOM[kind], manifest.name
        else:
            kubernetes_validate.validate(dict(manifest.document), minor, strict=True)
    assert kinds == CORE | set(CUSTOM)


def test_googles_load_balancer_lets_in_whom_the_clusters_policy_lets_in():
    own = found_in(application_plan("gcp"))
    assert own["backend-config"].document["spec"]["securityPolicy"] == {"name": "acme-sourcegraph"}
    assert own["frontend-config"].document["spec"]["sslPolicy"] == "acme-sourcegraph"
    given = application_plan("gcp").ingress
    assert given is not None
    existing = found_in(application_plan("gcp", ingress=replace(given, address_name=None)))
    assert "securityPolicy" not in existing["backend-config"].document["spec"]


def test_what_a_chart_must_bring_waits_for_it_where_we_install_that_chart():
    own, other = found_in(application_plan()), found_in(variants()["gcp-all"])
    assert own["ingress-class-params"].needs == "aws-load-balancer-controller"
    assert own["secret-pgsql"].needs == own["secret-store"].needs == "external-secrets"
    assert own["storage-class"].needs is own["ingress-class"].needs is other["backend-config"].needs is None
    existing = found_in(application_plan(own_cluster=False, charts=()))
    assert {manifest.needs for manifest in existing.values()} == {None}


def test_only_what_holds_data_outlives_the_stack():
    kept = {name for name, manifest in found_in(application_plan()).items() if manifest.keep}
    assert kept == {"namespace", "namespace-executors", "storage-class"}
    assert not any(manifest.keep for manifest in manifests(application_plan(keep=False)))


def test_pods_may_be_no_more_than_the_chart_needs():
    def level(plan: ApplicationPlan, name: str = "namespace") -> str:
        return document(plan, name)["metadata"]["labels"]["pod-security.kubernetes.io/enforce"]

    assert level(application_plan()) == "privileged"  # cadvisor, node-exporter and the agents see their nodes
    assert level(variants()["existing-openshift"]) == "baseline"
    assert level(application_plan(), "namespace-executors") == "privileged"  # a Docker daemon in each pod
    assert level(variants()["aws-native"], "namespace-executors") == "baseline"


def test_jobs_never_share_the_namespace_of_the_secrets():
    plan = application_plan()
    with pytest.raises(MoorageError, match="namespace"):
        manifests(replace(plan, executors=replace(executors("dind"), namespace=plan.namespace)))


def test_our_storage_class_keeps_disks_waits_for_a_zone_and_grows():
    found = document(application_plan(), "storage-class")
    assert found["reclaimPolicy"] == "Retain"
    assert found["volumeBindingMode"] == "WaitForFirstConsumer"
    assert found["allowVolumeExpansion"] is True
    assert found["parameters"] == {
        "type": "gp3",
        "encrypted": "true",
        "kmsKeyId": "${cluster.kms_key}",
        "tagSpecification_1": "moorage:volumes=acme",
    }
    assert document(application_plan("gcp"), "storage-class")["parameters"] == {
        "type": "pd-ssd",
        "disk-encryption-kms-key": "${cluster.kms_key}",
        "labels": "moorage-volumes=acme",
    }
    assert "annotations" not in found["metadata"]  # it is nobody's default
    assert document(application_plan(keep=False), "storage-class")["reclaimPolicy"] == "Delete"
    assert "storage-class" not in found_in(existing_cluster())


@pytest.mark.parametrize("value", ["gp3\nreclaimPolicy: Delete", "${cluster.key}", "${kms_key}"])
def test_a_parameter_cannot_bring_yaml_or_a_token_of_its_own(value: str):
    bad = StorageClass("a", True, "ebs.csi.aws.com", (("type", value),))
    with pytest.raises(MoorageError, match="parameters"):
        manifests(application_plan(storage_class=bad))


def test_a_namespace_cannot_bring_yaml_of_its_own():
    with pytest.raises(MoorageError, match="namespace"):
        manifests(application_plan(namespace="a\nb: c"))


def test_the_class_of_aws_carries_the_load_balancer():
    found = document(variants()["aws-edges"], "ingress-class-params")["spec"]
    assert found["certificateArn"] == ["${cluster.certificate}"]
    assert found["targetType"] == "ip"
    assert found["inboundCIDRs"] == ["0.0.0.0/0"]
    assert found["sslRedirectPort"] == "443"
    assert found["subnets"] == {"ids": ["subnet-0a1b2c3d", "subnet-1a1b2c3d"]}
    attributes = {each["key"]: each["value"] for each in found["loadBalancerAttributes"]}
    assert attributes["idle_timeout.timeout_seconds"] == "300"
    assert attributes["deletion_protection.enabled"] == "true"
    assert found["namespaceSelector"] == {"matchLabels": {"kubernetes.io/metadata.name": "sourcegraph"}}
    parameters = document(variants()["aws-edges"], "ingress-class")["spec"]["parameters"]
    assert parameters == {"apiGroup": "elbv2.k8s.aws", "kind": "IngressClassParams", "name": "sourcegraph-acme"}


def test_a_class_that_exists_is_left_alone():
    assert not {"ingress-class", "ingress-class-params"} & set(found_in(variants()["aws-existing-class"]))


def test_google_waits_for_answers_asks_for_health_and_sends_to_https():
    plan = variants()["gcp-all"]
    backend = document(plan, "backend-config")["spec"]
    assert backend["timeoutSec"] == 300
    assert (backend["healthCheck"]["requestPath"], backend["healthCheck"]["port"]) == ("/ready", 6060)
    assert document(plan, "frontend-config")["spec"]["redirectToHttps"]["enabled"] is True
    assert document(plan, "managed-certificate")["spec"]["domains"] == ["sourcegraph.acme.example"]
    internal = found_in(variants()["gcp-internal"])
    assert "backend-config" in internal
    assert not {"frontend-config", "managed-certificate"} & set(internal)
    assert "managed-certificate" not in found_in(variants()["gcp-tls"])


@pytest.mark.parametrize("provider", ["aws", "gcp"])
def test_a_database_secret_mixes_what_is_known_what_the_cluster_knows_and_what_the_store_holds(provider: Any):
    spec = document(application_plan(provider), "secret-pgsql")["spec"]
    assert spec["target"]["template"]["data"] == {
        "host": "${cluster.hosts.pgsql}",
        "port": "5432",
        "user": "sg",
        "password": '{{ index . "password" }}',
        "database": "sg",
        "sslmode": "require",
    }
    (entry,) = spec["data"]
    assert entry["secretKey"] == "password"
    expected = {"key": "${cluster.secrets.pgsql-password}"}
    if provider == "aws":
        expected["property"] = "password"
    assert entry["remoteRef"] == expected
    assert spec["target"]["name"] == "sourcegraph-pgsql"


def test_references_are_spelt_as_the_operator_reads_them():
    def reference(plan: ApplicationPlan) -> dict[str, str]:
        return document(plan, "secret-executors")["spec"]["data"][0]["remoteRef"]

    assert reference(variants()["aws-all"]) == {
        "key": "arn:aws:secretsmanager:us-east-1:123456789012:secret:acme/executors"
    }
    # It puts the store's project before the name of a secret itself.
    assert reference(variants()["gcp-all"]) == {"key": "acme-executors", "version": "3"}
    with pytest.raises(MoorageError, match="acme-other"):
        manifests(replace(variants()["gcp-all"], project="acme-other"))


def test_each_namespace_with_a_secret_has_a_store_and_the_operator_reads_it_as_itself():
    for provider, expected in (
        ("aws", {"aws": {"service": "SecretsManager", "region": "us-east-1"}}),
        ("gcp", {"gcpsm": {"projectID": "acme-prod"}}),
    ):
        plan = application_plan(provider)  # pyright: ignore[reportArgumentType]
        spaces = set()
        for name in ("secret-store", "secret-store-executors"):
            store = document(plan, name)
            assert store["spec"]["provider"] == expected
            spaces.add(store["metadata"]["namespace"])
        assert spaces == {"sourcegraph", "sourcegraph-executors"}


def test_the_secret_of_native_executors_has_the_name_that_their_chart_reads():
    found = document(variants()["aws-native"], "secret-executors")
    assert found["spec"]["target"]["name"] == found["metadata"]["name"] == "executor-batches-codeintel"


def test_secrets_that_a_person_makes_are_no_manifests():
    for name in ("existing-everything", "existing-external-s3"):
        assert not any(each.startswith("secret") for each in found_in(variants()[name]))
    plan = application_plan()
    (key,) = executors("dind").secret.keys
    assert key.source is not None
    there = replace(executors("dind").secret, keys=(replace(key, source=replace(key.source, reference=None)),))
    found = found_in(replace(plan, executors=replace(executors("dind"), secret=there)))
    assert not {"secret-executors", "secret-store-executors"} & set(found)


@settings(max_examples=40, deadline=None)
@given(plans())
def test_a_budget_never_keeps_a_node_from_being_updated(plan: ApplicationPlan):
    apps = {workload.name: workload.key for workload in chart_facts(plan.version).workloads}
    replicas = {service.key: service.replicas or 1 for service in plan.services}
    found = {name: each.document for name, each in found_in(plan).items() if name.startswith("budget-")}
    for budget in found.values():
        labels = budget["spec"]["selector"]["matchLabels"]
        assert replicas[apps[labels["app"]]] > 1
        assert budget["spec"]["maxUnavailable"] == 1
        assert "minAvailable" not in budget["spec"]
    assert len(found) == sum(replicas.get(key, 1) > 1 for key in apps.values())


def test_no_ingress_no_object_for_it():
    for provider in ("aws", "gcp"):
        found = found_in(variants()[f"{provider}-without-ingress"])
        assert not {"ingress-class", "backend-config", "frontend-config", "policy-ingress"} & set(found)


def test_a_certificate_of_ones_own_takes_the_place_of_a_requested_one():
    arn = "arn:aws:acm:us-east-1:123456789012:certificate/abc"
    plan = application_plan()
    found = document(replace(plan, ingress=ingress(plan, certificate=arn)), "ingress-class-params")
    assert found["spec"]["certificateArn"] == [arn]

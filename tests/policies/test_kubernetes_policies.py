"""Planted faults in Kubernetes are caught, in what is deployed and in what is rendered."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recommender.profile_file import load_profiles
from stacks.policies.policy import Scope
from stacks.preview_profile import preview_profile
from tests.policies.planted import (
    KUBERNETES,
    Fault,
    breaches,
    edit,
    edit_file,
    made,
    newly_broken,
    with_broken_file,
    with_json_somewhere,
)
from tests.policies.previews import both, clean, remove, set_input, set_option

EKS = "examples/hooli-eks.yaml"
GKE = "tests/cases/kubernetes-gcp-production/profile.yaml"
INTERNAL = "tests/cases/kubernetes-gcp-private/profile.yaml"
NGINX = "examples/stark-own-cluster.yaml"
POC = "tests/cases/kubernetes-aws-poc/profile.yaml"
NO_POLICIES = "tests/cases/kubernetes-eks-existing/profile.yaml"
SCRIPT = "examples/acme-script-aws.yaml"

BACKEND_CONFIG = "kubernetes:cloud.google.com/v1:BackendConfig"
CLASS_PARAMETERS = "kubernetes:elbv2.k8s.aws/v1beta1:IngressClassParams"
FRONTEND_CONFIG = "kubernetes:networking.gke.io/v1beta1:FrontendConfig"
NAMESPACE = "kubernetes:core/v1:Namespace"
POLICY = "kubernetes:networking.k8s.io/v1:NetworkPolicy"
RELEASE = "kubernetes:helm.sh/v3:Release"
STORAGE = "kubernetes:storage.k8s.io/v1:StorageClass"


def chart(change: Any, *, name: str = "-sourcegraph") -> Any:
    """Lets a function change the Helm values of one release."""
    return edit(RELEASE, lambda inputs: change(inputs["values"]), name=name)


def without_policies(scope: Scope) -> Scope:
    resources = tuple(one for one in scope.resources if one.type != POLICY)
    return Scope(resources, {path: text for path, text in scope.files.items() if "-policy-" not in path}, scope.stage)


FAULTS = [
    Fault("KUBERNETES-POD-SECURITY", EKS, "a namespace that says nothing", edit(NAMESPACE, lambda found: found["metadata"].pop("labels"))),
    Fault("KUBERNETES-PRIVILEGED-NAMESPACE", NO_POLICIES, "a second namespace for anything", edit(NAMESPACE, lambda found: found["metadata"]["labels"].update({"pod-security.kubernetes.io/enforce": "privileged"}), name="-executors")),
    Fault("KUBERNETES-PRIVILEGED", GKE, "a privileged service", chart(lambda values: values["gitserver"].update(containerSecurityContext={"privileged": True}))),
    Fault("KUBERNETES-PRIVILEGED", GKE, "the node's network", chart(lambda values: values["frontend"].update(hostNetwork=True))),
    Fault("KUBERNETES-PRIVILEGED", GKE, "the node's processes, as a text", chart(lambda values: values["frontend"].update(hostPID="true"))),
    Fault("KUBERNETES-PRIVILEGED", GKE, "a capability", chart(lambda values: values["gitserver"].update(containerSecurityContext={"capabilities": {"add": ["SYS_ADMIN"]}}))),
    Fault("KUBERNETES-PRIVILEGED", GKE, "the node's disk", chart(lambda values: values["worker"].update(extraVolumes=[{"name": "all", "hostPath": {"path": "/"}}]))),
    Fault("KUBERNETES-RESOURCES", EKS, "a service without limits", chart(lambda values: values["gitserver"]["resources"].pop("limits"))),
    Fault("KUBERNETES-RESOURCES", NGINX, "a service without resources, in the file", edit_file("kubernetes/values.yaml", "resources:", "ressources:")),
    Fault("KUBERNETES-RESOURCES", SCRIPT, "a service without limits, on one machine", edit_file("install-script/values.yaml", "limits: {", "limit: {")),
    Fault("KUBERNETES-BUDGET", EKS, "replicas beyond the plan", chart(lambda values: values["searcher"].update(replicaCount=3))),
    Fault("KUBERNETES-VOLUMES-KEPT", EKS, "volumes that go with their claim", set_input(STORAGE, "reclaimPolicy", "Delete")),
    Fault("KUBERNETES-VOLUMES-KEPT", EKS, "the same, in the file", edit_file("03-storage-class.yaml", "Retain", "Delete")),
    Fault("KUBERNETES-VOLUMES-PLACED", GKE, "volumes in any zone", set_input(STORAGE, "volumeBindingMode", "Immediate")),
    Fault("KUBERNETES-VOLUMES-GROW", GKE, "volumes that stay small", set_input(STORAGE, "allowVolumeExpansion", ...)),
    Fault("KUBERNETES-VOLUMES-ENCRYPTED", EKS, "volumes in clear text", set_input(STORAGE, "parameters.encrypted", "false")),
    Fault("KUBERNETES-STATE-PROTECTED", EKS, "an unprotected namespace", set_option(NAMESPACE, protect=False)),
    Fault("KUBERNETES-STATE-PROTECTED", EKS, "an unprotected release", set_option(RELEASE, name="-sourcegraph", protect=False)),
    Fault("KUBERNETES-STATE-RETAINED", EKS, "a namespace that goes with the stack", set_option(NAMESPACE, retain_on_delete=False)),
    Fault("KUBERNETES-NETWORK-POLICIES", POC, "no policies at all", without_policies),
    Fault("KUBERNETES-DEFAULT-DENY", EKS, "a namespace without it", remove(POLICY, name="-policy-default-deny")),
    Fault("KUBERNETES-DEFAULT-DENY", GKE, "one that selects some pods", set_input(POLICY, "spec.podSelector", {"matchLabels": {"app": "pgsql"}}, name="-policy-default-deny")),
    Fault("KUBERNETES-DEFAULT-DENY", GKE, "one that lets everybody in", set_input(POLICY, "spec.ingress", [{"ports": [{"port": 3080}]}], name="-policy-default-deny")),
    Fault("KUBERNETES-POLICY-WORLD", INTERNAL, "databases for everybody", set_input(POLICY, "spec.ingress.0.from", ..., name="-policy-data")),
    Fault("KUBERNETES-POLICY-WORLD", GKE, "every service for every address", set_input(POLICY, "spec.ingress.0.from", [{"ipBlock": {"cidr": "0.0.0.0/0"}}], name="-policy-services")),
    Fault("KUBERNETES-EXECUTORS-EGRESS", GKE, "credentials of the node for jobs", edit(POLICY, lambda found: found["spec"]["egress"][2]["to"][0]["ipBlock"].pop("except"), name="-executors-egress")),
    Fault("KUBERNETES-EXECUTORS-EGRESS", GKE, "jobs that reach everything", set_input(POLICY, "spec.egress", [{}], name="-executors-egress")),
    Fault("KUBERNETES-EXECUTORS-EGRESS", EKS, "no lock on the way out", set_input(POLICY, "spec.policyTypes", ["Ingress"], name="-executors-default-deny")),
    Fault("KUBERNETES-SERVICE-TYPE", EKS, "a port on every node", chart(lambda values: values["frontend"].update(serviceType="NodePort"))),
    Fault("KUBERNETES-SERVICE-TYPE", EKS, "a load balancer for everybody", made("kubernetes:core/v1:Service", kind="Service", metadata={"name": "x"}, spec={"type": "LoadBalancer"})),
    Fault("KUBERNETES-INGRESS-TLS", NGINX, "no certificate", chart(lambda values: values["frontend"]["ingress"].pop("tlsSecret"))),
    Fault("KUBERNETES-INGRESS-TLS", INTERNAL, "no certificate at Google", chart(lambda values: values["frontend"]["ingress"]["annotations"].pop("ingress.gcp.kubernetes.io/pre-shared-cert"))),
    Fault("KUBERNETES-INGRESS-HTTPS", EKS, "no redirect", set_input(CLASS_PARAMETERS, "spec.sslRedirectPort", ...)),
    Fault("KUBERNETES-INGRESS-HTTPS", GKE, "no redirect at Google", set_input(FRONTEND_CONFIG, "spec.redirectToHttps.enabled", False)),
    Fault("KUBERNETES-INGRESS-HTTPS", INTERNAL, "plain HTTP inside", chart(lambda values: values["frontend"]["ingress"]["annotations"].pop("kubernetes.io/ingress.allow-http"))),
    Fault("KUBERNETES-INGRESS-TLS-VERSION", EKS, "TLS 1.0", set_input(CLASS_PARAMETERS, "spec.sslPolicy", "ELBSecurityPolicy-2016-08")),
    Fault("KUBERNETES-INGRESS-TLS-VERSION", GKE, "Google's default", set_input(FRONTEND_CONFIG, "spec.sslPolicy", ...)),
    Fault("KUBERNETES-INGRESS-TIMEOUT", GKE, "half a minute", set_input(BACKEND_CONFIG, "spec.timeoutSec", 30)),
    Fault("KUBERNETES-INGRESS-TIMEOUT", NGINX, "a minute", chart(lambda values: values["frontend"]["ingress"]["annotations"].update({"nginx.ingress.kubernetes.io/proxy-read-timeout": "60"}))),
    Fault("KUBERNETES-CHART-PINNED", EKS, "the newest chart", set_input(RELEASE, "version", ..., name="-sourcegraph")),
    Fault("KUBERNETES-CHART-PINNED", EKS, "a range of versions", set_input(RELEASE, "version", "^7.6.0", name="-sourcegraph")),
    Fault("KUBERNETES-CHART-SOURCE", EKS, "a chart in clear text", set_input(RELEASE, "repositoryOpts.repo", "http://charts.example", name="-sourcegraph")),
    Fault("KUBERNETES-CHART-MIRROR", EKS, "a chart of others", set_input(RELEASE, "repositoryOpts.repo", "https://charts.example", name="-sourcegraph")),
    Fault("KUBERNETES-CHART-ATOMIC", GKE, "half an upgrade", set_input(RELEASE, "atomic", False, name="-sourcegraph")),
    Fault("KUBERNETES-CHART-TIMEOUT", GKE, "an impatient Helm", set_input(RELEASE, "timeout", 60, name="-sourcegraph")),
    Fault("KUBERNETES-NAMESPACE", GKE, "the default namespace", set_input(RELEASE, "namespace", "default", name="-sourcegraph")),
    Fault("KUBERNETES-IMAGE-PINNED", EKS, "the newest of an image", chart(lambda values: values["frontend"].update(image={"defaultTag": "insiders"}))),
    Fault("KUBERNETES-IMAGE-PINNED", EKS, "the newest autoscaler of a minor version", set_input(RELEASE, "values.image.tag", "v1.36", name="-cluster-autoscaler")),
    Fault("KUBERNETES-IMAGE-PINNED", NGINX, "an image without a tag, in the file", edit_file("kubernetes/values.yaml", "replicaCount:", 'image: "registry.example/sg/frontend"\n  replicaCount:')),
    Fault("KUBERNETES-SECRET-CLEAR", EKS, "a password of the database", chart(lambda values: values["pgsql"].update(auth={"password": "correct horse"}))),
    Fault("KUBERNETES-SECRET-CLEAR", EKS, "a password in the environment", chart(lambda values: values["frontend"].setdefault("env", {}).update(SMTP_PASSWORD={"value": "hunter2"}))),
    Fault("KUBERNETES-SECRET-CLEAR", EKS, "a secret in a manifest", made("kubernetes:core/v1:Secret", kind="Secret", metadata={"name": "x"}, stringData={"user": "sg"})),
    Fault("KUBERNETES-SECRETS-RETAINED", GKE, "a secret that goes with a slip", set_input("kubernetes:external-secrets.io/v1:ExternalSecret", "spec.target.deletionPolicy", "Delete")),
]  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: f"{fault.policy}: {fault.what}")
def test_a_planted_fault_is_caught_by_its_policy_alone(fault: Fault) -> None:
    assert newly_broken(fault.profile, fault.spoil) == {fault.policy}


def test_every_policy_for_kubernetes_has_a_planted_fault() -> None:
    assert {policy.id for policy in KUBERNETES} == {fault.policy for fault in FAULTS}


@pytest.mark.parametrize(
    ("profile", "spoil"),
    [
        (EKS, chart(lambda values: values["frontend"].update(image={"defaultTag": "7.6.0@sha256:" + "a" * 64}))),
        (EKS, chart(lambda values: values["frontend"].update(image={"tag": "303125_2026-11-20_7.6-0f1e2d3c4b5a"}))),
        (EKS, chart(lambda values: values["frontend"].setdefault("env", {}).update(SMTP_PASSWORD={"valueFrom": {"secretKeyRef": {"name": "smtp", "key": "password"}}}))),
        (EKS, chart(lambda values: values["pgsql"].update(auth={"password": {"secret": True}}))),
        # A right to look at pods, not a container's.
        (EKS, chart(lambda values: values["prometheus"].update(privileged=True))),
        (EKS, chart(lambda values: values["frontend"].update(serviceType="ClusterIP"))),
        (EKS, set_input(RELEASE, "values", {"unknown": True}, name="-sourcegraph")),
        (EKS, set_input(CLASS_PARAMETERS, "spec", {"unknown": True})),
        (GKE, set_input(POLICY, "spec", {"unknown": True}, name="-policy-default-deny")),
        (POC, set_input(STORAGE, "parameters", {"unknown": True})),
    ],
)  # fmt: skip
def test_what_is_in_order_or_not_to_be_seen_is_no_breach(profile: str, spoil: Any) -> None:
    assert newly_broken(profile, spoil) == set()


def test_values_of_the_users_own_are_judged_like_the_plans() -> None:
    profile = load_profiles([EKS])[0].profile
    own = {
        "frontend": {"image": {"defaultTag": "latest"}, "env": {"SMTP_PASSWORD": {"value": "hunter2"}}},
        "gitserver": {"resources": None},
        "searcher": {"replicaCount": 4},
    }
    found = {
        policy.id
        for policy, _ in breaches(Scope.of(preview_profile(profile, own), profile.stage))
        if policy.severity != "note"
    }
    assert found == {"KUBERNETES-IMAGE-PINNED", "KUBERNETES-SECRET-CLEAR", "KUBERNETES-RESOURCES", "KUBERNETES-BUDGET"}


def test_a_fault_of_resource_and_file_alike_is_told_once_and_of_the_resource() -> None:
    spoil = both(set_input(STORAGE, "reclaimPolicy", "Delete"), edit_file("03-storage-class.yaml", "Retain", "Delete"))
    found = [breach for policy, breach in breaches(spoil(clean(EKS))) if policy.id == "KUBERNETES-VOLUMES-KEPT"]
    assert [breach.subject.rpartition("::")[2] for breach in found] == ["hooli-storage-class"]


def test_a_secret_that_is_found_is_not_repeated() -> None:
    spoil = chart(lambda values: values["frontend"].setdefault("env", {}).update(SMTP_PASSWORD={"value": "hunter2"}))
    assert not [breach for _, breach in breaches(spoil(clean(EKS))) if "hunter2" in breach.message + breach.where]


@given(data=st.data())
@settings(max_examples=150, deadline=None)
def test_no_policy_raises_whatever_an_input_holds(data: st.DataObject) -> None:
    scope = clean(data.draw(st.sampled_from([EKS, GKE, NGINX])))
    breaches(with_json_somewhere(data, scope), KUBERNETES)


@given(data=st.data())
@settings(max_examples=100, deadline=None)
def test_no_policy_raises_whatever_a_file_holds(data: st.DataObject) -> None:
    scope = clean(data.draw(st.sampled_from([EKS, NGINX, SCRIPT])))
    breaches(with_broken_file(data, scope))

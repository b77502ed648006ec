"""Objects outside of charts reach the engine as the SDK's own classes would send them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pulumi
import pytest
from pulumi_kubernetes.apiextensions import CustomResource
from pulumi_kubernetes.core.v1 import Namespace
from pulumi_kubernetes.networking.v1 import IngressClass, NetworkPolicy
from pulumi_kubernetes.policy.v1 import PodDisruptionBudget
from pulumi_kubernetes.scheduling.v1 import PriorityClass
from pulumi_kubernetes.storage.v1 import StorageClass

from components.kubernetes.manifest import KubernetesObject, with_wait
from stacks.preview import Resource
from tests.recording import record

META = {"name": "it", "namespace": "sourcegraph", "labels": {"app.kubernetes.io/part_of": "moorage"}}
CLUSTER_WIDE = {"name": "it", "annotations": {"a_b/c-d": "e"}}
Typed = Callable[..., pulumi.Resource]
KINDS: tuple[tuple[Typed, str, str, Mapping[str, Any]], ...] = (
    (Namespace, "v1", "Namespace", {"metadata": CLUSTER_WIDE}),
    (
        StorageClass,
        "storage.k8s.io/v1",
        "StorageClass",
        {
            "metadata": CLUSTER_WIDE,
            "provisioner": "ebs.csi.aws.com",
            "parameters": {"type": "gp3", "csi.storage.k8s.io/fstype": "ext4", "tagSpecification_1": "a=b"},
            "reclaimPolicy": "Retain",
            "volumeBindingMode": "WaitForFirstConsumer",
            "allowVolumeExpansion": True,
        },
    ),
    (
        PodDisruptionBudget,
        "policy/v1",
        "PodDisruptionBudget",
        {"metadata": META, "spec": {"maxUnavailable": 1, "selector": {"matchLabels": {"app": "frontend"}}}},
    ),
    (
        NetworkPolicy,
        "networking.k8s.io/v1",
        "NetworkPolicy",
        {"metadata": META, "spec": {"podSelector": {}, "policyTypes": ["Ingress"], "ingress": [{"from": [{}]}]}},
    ),
    (
        IngressClass,
        "networking.k8s.io/v1",
        "IngressClass",
        {
            "metadata": CLUSTER_WIDE,
            "spec": {"controller": "ingress.k8s.aws/alb", "parameters": {"apiGroup": "elbv2.k8s.aws", "kind": "K"}},
        },
    ),
    (
        PriorityClass,
        "scheduling.k8s.io/v1",
        "PriorityClass",
        {"metadata": CLUSTER_WIDE, "value": 1000, "globalDefault": False, "description": "databases first"},
    ),
)


def registered(construct: Callable[[], object], *, preview: bool) -> Resource:
    [resource] = record(construct, preview=preview).resources
    return resource


@pytest.mark.parametrize("preview", [False, True])
@pytest.mark.parametrize(("typed", "version", "kind", "fields"), KINDS, ids=[kind[2] for kind in KINDS])
def test_a_manifest_is_what_the_class_of_its_kind_would_register(
    typed: Typed, version: str, kind: str, fields: Mapping[str, Any], preview: bool
) -> None:
    python_names = {
        "reclaimPolicy": "reclaim_policy",
        "volumeBindingMode": "volume_binding_mode",
        "allowVolumeExpansion": "allow_volume_expansion",
        "globalDefault": "global_default",
    }
    given = {python_names.get(key, key): value for key, value in fields.items()}
    document = {"apiVersion": version, "kind": kind, **fields}
    expected = registered(lambda: typed("it", **given), preview=preview)
    found = registered(lambda: KubernetesObject("it", document, pulumi.ResourceOptions()), preview=preview)
    assert (found.urn, found.inputs) == (expected.urn, expected.inputs)
    assert found.inputs == document


def test_a_kind_that_a_chart_brings_is_what_the_class_for_custom_resources_would_register() -> None:
    spec = {"scheme": "internal", "inboundCIDRs": ["10.0.0.0/8"], "loadBalancerAttributes": [{"key": "a_b"}]}
    document = {
        "apiVersion": "elbv2.k8s.aws/v1beta1",
        "kind": "IngressClassParams",
        "metadata": CLUSTER_WIDE,
        "spec": spec,
    }
    expected = registered(
        lambda: CustomResource("it", "elbv2.k8s.aws/v1beta1", "IngressClassParams", metadata=CLUSTER_WIDE, spec=spec),
        preview=False,
    )
    found = registered(lambda: KubernetesObject("it", document, pulumi.ResourceOptions()), preview=False)
    assert (found.urn, found.inputs) == (expected.urn, expected.inputs)


def test_waiting_for_a_fetched_secret_keeps_its_own_annotations() -> None:
    document = {
        "apiVersion": "external-secrets.io/v1",
        "kind": "ExternalSecret",
        "metadata": {"name": "it", "annotations": {"owner": "platform"}},
    }
    annotations = with_wait(document)["metadata"]["annotations"]
    assert annotations == {"owner": "platform", "pulumi.com/waitFor": "condition=Ready"}
    assert document["metadata"]["annotations"] == {"owner": "platform"}, "what templates rendered is not ours to change"

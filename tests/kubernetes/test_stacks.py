"""Dry runs of both stacks over the matrix: what must hold in every one of them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import lru_cache, partial
from typing import Any

import pytest

from recommender.kubernetes.plan import KubernetesPlan
from stacks.dry_run import dry_run
from stacks.kubernetes_program import build_application, build_cluster, render_application, stack_name
from stacks.preview import SECRET, UNKNOWN, Resource, StackPreview
from tests.kubernetes.matrix import Combination, combinations, planned

ALL = list(combinations())
SOME = ALL[::11]
"""Coprime to every factor of the matrix, so that each value meets each other value."""

STATEFUL = (
    "aws:rds/instance:Instance",
    "aws:elasticache/replicationGroup:ReplicationGroup",
    "aws:s3/bucket:Bucket",
    "aws:kms/key:Key",
    "gcp:storage/bucket:Bucket",
    "gcp:kms/keyRing:KeyRing",
    "gcp:kms/cryptoKey:CryptoKey",
    "kubernetes:core/v1:Namespace",
    "kubernetes:storage.k8s.io/v1:StorageClass",
)
PROTECTED = (*STATEFUL, "gcp:sql/databaseInstance:DatabaseInstance", "gcp:redis/instance:Instance")
"""Retained, the last two would hold the network that the stack destroys; databases leave a last backup instead."""
PASSWORDS = ("random:index/randomPassword:RandomPassword",)


def stacks_of(plan: KubernetesPlan) -> tuple[StackPreview, StackPreview]:
    assert plan.cluster is not None
    application = partial(
        build_application,
        plan.application,
        render_application(plan.application),
        cluster_stack=f"organization/moorage/{stack_name(plan, 'cluster')}",
    )
    cluster = dry_run(stack_name(plan, "cluster"), partial(build_cluster, plan.cluster))
    return cluster, dry_run(stack_name(plan, "application"), application)


@lru_cache(maxsize=64)
def stacks(combination: Combination) -> tuple[StackPreview, StackPreview]:
    return stacks_of(planned(combination))


def leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, Mapping) and value not in (UNKNOWN, SECRET):
        for member in value.values():
            yield from leaves(member)
    elif isinstance(value, list | tuple):
        for member in value:
            yield from leaves(member)
    else:
        yield value


def everything(combination: Combination) -> list[Resource]:
    return [resource for stack in stacks(combination) for resource in stack.resources]


def check(combination: Combination) -> None:
    """Every rule of the design that a dry run can show."""
    resources = everything(combination)
    names = [(resource.type, resource.name, resource.parent) for resource in resources]
    assert len(set(names)) == len(names)
    for resource in resources:
        assert resource.protect or resource.type not in PROTECTED, resource.urn
        assert resource.retain_on_delete or resource.type not in STATEFUL, resource.urn
        if resource.type.startswith(("aws:", "gcp:", "kubernetes:")):
            assert resource.provider, f"{resource.urn} has the default provider"
        for leaf in leaves(resource.inputs):
            assert "${cluster." not in str(leaf), f"{resource.urn} holds a token"
    _check_network(resources, internet="internet" in combination)


def _check_network(resources: list[Resource], *, internet: bool) -> None:
    for resource in resources:
        inputs, token = resource.inputs, resource.type
        if token == "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule":
            assert inputs.get("cidrIpv4") != "0.0.0.0/0"
        if token == "gcp:compute/firewall:Firewall":
            assert "0.0.0.0/0" not in inputs.get("sourceRanges", [])
        if token == "aws:eks/cluster:Cluster":
            access = inputs["vpcConfig"]
            assert access["endpointPrivateAccess"] is True
            assert access["endpointPublicAccess"] is bool(access.get("publicAccessCidrs"))
            assert "0.0.0.0/0" not in (access.get("publicAccessCidrs") or [])
            assert inputs["version"] == "1.36"
        if token == "aws:ec2/launchTemplate:LaunchTemplate":
            assert inputs["metadataOptions"]["httpTokens"] == "required"
            assert inputs["metadataOptions"]["httpPutResponseHopLimit"] == 1
        if token == "aws:rds/instance:Instance":
            assert inputs["storageEncrypted"] is True
            assert inputs["publiclyAccessible"] is False
            assert inputs["deletionProtection"] is True
            assert "password" not in inputs
        if token == "gcp:sql/databaseInstance:DatabaseInstance":
            assert inputs["deletionProtection"] is True
            assert inputs["settings"]["retainBackupsOnDelete"] is True
            assert inputs["settings"]["ipConfiguration"]["ipv4Enabled"] is False
        if token == "kubernetes:elbv2.k8s.aws/v1beta1:IngressClassParams":
            spec = inputs["spec"]
            assert spec["scheme"] == ("internet-facing" if internet else "internal")
            held = {each["key"]: each["value"] for each in spec["loadBalancerAttributes"]}
            assert int(held["idle_timeout.timeout_seconds"]) >= 300
        if token == "kubernetes:cloud.google.com/v1:BackendConfig":
            assert inputs["spec"]["timeoutSec"] >= 300


@pytest.mark.parametrize("combination", SOME, ids=" ".join)
def test_a_dry_run_keeps_the_rules_of_the_design(combination: Combination) -> None:
    check(combination)


@pytest.mark.slow
def test_every_combination_keeps_the_rules_of_the_design() -> None:
    for combination in ALL:
        check(combination)
        stacks.cache_clear()


@pytest.mark.parametrize("combination", SOME[::6], ids=" ".join)
def test_the_same_plan_gives_the_same_bytes(combination: Combination) -> None:
    again = [json.dumps(stack.document()) for stack in stacks_of(planned(combination))]
    assert [json.dumps(stack.document()) for stack in stacks(combination)] == again


@pytest.mark.parametrize("combination", SOME[::6], ids=" ".join)
def test_passwords_are_made_by_the_provider_and_reach_nothing_but_secret_stores(combination: Combination) -> None:
    takers = {
        "aws:elasticache/replicationGroup:ReplicationGroup",
        "aws:secretsmanager/secretVersion:SecretVersion",
        "gcp:sql/user:User",
        "gcp:secretmanager/secretVersion:SecretVersion",
    }
    resources = everything(combination)
    made = {resource.urn for resource in resources if resource.type in PASSWORDS}
    for resource in resources:
        if made & set(resource.depends_on) and not resource.component:
            assert resource.type in takers, resource.urn


@pytest.mark.parametrize("combination", SOME[::6], ids=" ".join)
def test_no_kubernetes_secret_is_in_the_state(combination: Combination) -> None:
    assert not [
        resource for resource in everything(combination) if resource.type.startswith("kubernetes:core/v1:Secret")
    ]


@pytest.mark.parametrize("provider", ["aws", "gcp"])
def test_volumes_are_under_the_key_that_the_cluster_stack_makes(provider: str) -> None:
    cluster, application = stacks((provider, "S", "new", "none", "bundled", "none", "7.6.0"))
    [storage] = [each for each in application.resources if each.type == "kubernetes:storage.k8s.io/v1:StorageClass"]
    parameter = {"aws": "kmsKeyId", "gcp": "disk-encryption-kms-key"}[provider]
    assert storage.inputs["parameters"][parameter] == UNKNOWN == cluster.outputs["kms_key"]


@pytest.mark.parametrize(("provider", "roles"), [("aws", {"object-storage": UNKNOWN}), ("gcp", {})])
def test_the_role_of_the_bucket_reaches_the_service_accounts(provider: str, roles: Any) -> None:
    cluster, application = stacks((provider, "S", "new", "none", "managed", "none", "7.6.0"))
    assert cluster.outputs["roles"] == roles
    [release] = [
        each
        for each in application.resources
        if each.type == "kubernetes:helm.sh/v3:Release" and each.inputs["chart"] == "sourcegraph"
    ]
    for key in ("frontend", "worker", "preciseCodeIntel"):
        [(name, value)] = release.inputs["values"][key]["serviceAccount"]["annotations"].items()
        assert (name == "eks.amazonaws.com/role-arn") is (value == UNKNOWN) is (provider == "aws")


def test_a_simple_poc_protects_nothing() -> None:
    from recommender.planning import make_plan
    from recommender.profile_file import parse_profile
    from recommender.recommend import recommend
    from tests.kubernetes.test_planner import profile

    checked = parse_profile(profile() | {"stage": "poc", "fidelity": "simple"})
    plan = make_plan(checked, recommend(checked))
    assert isinstance(plan, KubernetesPlan)
    for stack in stacks_of(plan):
        assert not [resource.urn for resource in stack.resources if resource.protect or resource.retain_on_delete]

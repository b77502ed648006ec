"""The GKE cluster as a whole: what is made for which plan, and what must hold for every resource of it."""

from __future__ import annotations

import inspect
import json
import random
from dataclasses import replace
from typing import Any

import pulumi_gcp as gcp
import pytest
import yaml

from recommender.kubernetes.plan import ClusterPlan, NewClusterNetwork
from stacks.preview import Resource
from tests.kubernetes.gcp import CLUSTER, KEY, PLANS, SQL, STATEFUL, TOP, outputs, record_cluster

every_plan = pytest.mark.parametrize("plan", PLANS.values(), ids=PLANS)


@every_plan
@pytest.mark.parametrize("preview", [True, False])
def test_every_component_registers_outputs_and_every_child_uses_the_given_provider(plan: ClusterPlan, preview: bool):
    recording = record_cluster(plan, preview=preview)
    wanted = {"kubeconfig", "endpoint", "clusterName", "networkId", "outboundIps", "hosts", "secrets", "nextSteps"}
    assert wanted <= recording.named("acme", TOP).registered_outputs.keys()
    made = [r for r in recording.resources if r.type.startswith("gcp:")]
    assert {r.provider for r in made} == {recording.named("gcp").urn}
    assert all(r.parent for r in made)


@every_plan
def test_all_that_cannot_be_made_again_is_protected_unless_the_cluster_may_be_thrown_away(plan: ClusterPlan):
    stateful = [r for r in record_cluster(plan).resources if r.type in STATEFUL]
    assert {r.urn for r in stateful if r.protect is not True} == (
        {r.urn for r in stateful} if plan.disposable else set()
    )
    kept = {r.type for r in stateful if r.retain_on_delete}
    assert kept <= {"gcp:gkebackup/backupPlan:BackupPlan", "gcp:storage/bucket:Bucket", KEY, "gcp:kms/keyRing:KeyRing"}


@every_plan
def test_the_providers_own_protection_is_always_said_and_follows_the_plan(plan: ClusterPlan):
    for resource in record_cluster(plan).resources:
        if resource.type in (CLUSTER, SQL, "gcp:redis/instance:Instance"):
            assert resource.inputs["deletionProtection"] is not plan.disposable, resource.urn
        if resource.type == SQL:
            assert resource.inputs["settings"]["deletionProtectionEnabled"] is not plan.disposable


@every_plan
def test_every_type_that_takes_labels_carries_those_of_the_plan(plan: ClusterPlan):
    for resource in record_cluster(plan).resources:
        key = label_key(resource.type)
        holder = resource.inputs["settings"] if resource.type == SQL else resource.inputs
        if key:
            assert holder.get(key) == dict(plan.tags), resource.urn


def label_key(token: str) -> str | None:
    """The input that holds labels, for a type of the SDK that has one."""
    if not token.startswith("gcp:"):
        return None
    if token == SQL:
        return "userLabels"
    module, _, name = token.removeprefix("gcp:").partition("/")
    args = getattr(getattr(gcp, module), name.rpartition(":")[2] + "Args")
    names = inspect.signature(args.__init__).parameters
    return "resourceLabels" if "resource_labels" in names else "labels" if "labels" in names else None


@every_plan
def test_the_longest_name_leaves_room_for_a_suffix_and_for_googles_own_limits(plan: ClusterPlan):
    longest = "a" + "-b" * 15 + "c"
    for resource in record_cluster(replace(plan, name=longest)).resources:
        if resource.type.startswith("gcp:") and not resource.type.endswith(("IamMember", "IAMMember")):
            assert len(resource.name) <= 63 - len("-1a2b3c4"), resource.name
            assert resource.name.replace("-", "").isalnum()
        name = resource.inputs.get("name") or resource.inputs.get("namePrefix") or ""
        if resource.type == "gcp:redis/instance:Instance":
            assert len(name) <= 40
        if resource.type == "gcp:container/nodePool:NodePool":
            assert len(name) <= 31
        assert len(resource.inputs.get("accountId", "")) <= 30


@every_plan
@pytest.mark.parametrize("seed", range(2))
def test_no_order_of_a_list_changes_anything(plan: ClusterPlan, seed: int):
    assert described(shuffled(plan, random.Random(seed))) == described(plan)


def shuffled(plan: ClusterPlan, order: random.Random) -> ClusterPlan:
    def mixed(items: tuple[Any, ...]) -> tuple[Any, ...]:
        return tuple(order.sample(items, len(items)))

    network = plan.network
    if isinstance(network, NewClusterNetwork):
        network = replace(network, zones=mixed(network.zones))
    return replace(
        plan,
        network=network,
        nodes=replace(plan.nodes, groups=mixed(plan.nodes.groups)),
        identities=tuple(
            replace(each, service_accounts=mixed(each.service_accounts)) for each in mixed(plan.identities)
        ),
        managed=replace(plan.managed, databases=mixed(plan.managed.databases), redis=mixed(plan.managed.redis)),
        api_cidrs=mixed(plan.api_cidrs),
        allowed_cidrs=mixed(plan.allowed_cidrs),
    )


def described(plan: ClusterPlan) -> dict[str, tuple[object, ...]]:
    """What the engine compares, by URN."""

    def options(resource: Resource) -> tuple[object, ...]:
        inputs = {key: value for key, value in resource.inputs.items() if key != "description"}
        return json.dumps(inputs, sort_keys=True), resource.protect, sorted(resource.depends_on), resource.parent

    return {resource.urn: options(resource) for resource in record_cluster(plan).resources}


@every_plan
def test_no_password_is_ever_in_clear(plan: ClusterPlan):
    assert "canary" not in json.dumps([resource.inputs for resource in record_cluster(plan).resources])
    assert "canary" not in json.dumps(outputs(plan))


def test_the_kubeconfig_has_no_credential_and_leads_to_the_name_that_iam_guards():
    config = yaml.safe_load(str(outputs(PLANS["internet-facing"])["kubeconfig"]))
    assert config["clusters"] == [{"name": "acme", "cluster": {"server": "https://gke-1a2b.us-central1.gke.goog"}}]
    assert config["users"][0]["user"].keys() == {"exec"}
    assert config["users"][0]["user"]["exec"]["command"] == "gke-gcloud-auth-plugin"


def test_outputs_are_what_the_application_reads():
    found = outputs(PLANS["internet-facing"])
    assert found["address"] == "203.0.113.21"
    assert found["outboundIps"] == ["203.0.113.20"]
    assert found["bucket"] == "acme-blobs-1a2b3c4"
    assert found["hosts"] == dict.fromkeys(("codeinsights", "codeintel", "pgsql"), "10.90.0.3")
    assert found["secrets"] == {
        end: f"acme-{end}"
        for end in (
            "codeinsights-password",
            "codeintel-password",
            "pgsql-password",
            "redis-cache-endpoint",
            "redis-store-endpoint",
        )
    }
    assert found["kmsKey"] == "acme-key-id"
    assert found["roles"] == {}


def test_a_preview_takes_for_unknown_what_only_the_cloud_knows():
    found = outputs(PLANS["internet-facing"], preview=True)
    for key in ("kubeconfig", "endpoint", "networkId", "outboundIps", "address", "bucket", "kmsKey"):
        assert found[key] == {"unknown": True}, key
    assert found["clusterName"] == "acme"


def test_a_cluster_that_may_be_thrown_away_has_no_key_no_logs_of_its_own_and_nothing_that_outlives_it():
    recording = record_cluster(PLANS["disposable-with-services"])
    assert not [r.urn for r in recording.resources if r.protect or r.retain_on_delete]
    types = {r.type.rpartition(":")[2] for r in recording.resources}
    assert not types & {"CryptoKey", "ProjectBucketConfig", "BackupPlan"}
    assert recording.named("acme-blobs").inputs["forceDestroy"] is True
    assert recording.of_type(CLUSTER)[0].inputs.get("databaseEncryption") is None


def test_logical_names_are_public_and_a_rename_needs_an_alias():
    made = {
        f"{r.type.rpartition(':')[2]} {r.name}"
        for plan in PLANS.values()
        for r in record_cluster(plan).resources
        if not r.type.startswith("pulumi:")
    }
    assert made == LOGICAL_NAMES


LOGICAL_NAMES = {
    "Account acme-nodes",
    "Account acme-secrets",
    "Account acme-uploads",
    "Address acme-ip",
    "Address acme-nat",
    "BackupPlan acme-volumes",
    "Bucket acme-blobs",
    "BucketIAMMember acme-uploads",
    "Cluster acme",
    "Cluster acme-cluster",
    "ClusterIngress acme",
    "ClusterKey acme",
    "ClusterNetwork acme",
    "Connection acme-managed",
    "ControlPlane acme",
    "ControlPlaneLogs acme",
    "CryptoKey acme-key",
    "CryptoKeyIAMMember acme-compute",
    "CryptoKeyIAMMember acme-container",
    "CryptoKeyIAMMember acme-gkebackup",
    "CryptoKeyIAMMember acme-redis",
    "CryptoKeyIAMMember acme-sqladmin",
    "CryptoKeyIAMMember acme-storage",
    "Database acme-codeinsights",
    "Database acme-codeintel",
    "Database acme-pgsql",
    "DatabaseInstance acme-codeinsights",
    "DatabaseInstance acme-codeintel",
    "DatabaseInstance acme-pgsql",
    "Firewall acme-edge",
    "GlobalAddress acme-ip",
    "GlobalAddress acme-managed",
    "IAMMember acme-images",
    "IAMMember acme-nodes",
    "IAMMember acme-secrets-external-secrets/external-secrets",
    "IAMMember acme-uploads-sourcegraph/sourcegraph-frontend",
    "IAMMember acme-uploads-sourcegraph/worker",
    "Instance acme-redis-cache",
    "Instance acme-redis-store",
    "KeyRing acme-keys",
    "Network acme-network",
    "NodeAccount acme",
    "NodePool acme-nodes-us-central1-a",
    "NodePool acme-nodes-us-central1-b",
    "NodePool acme-nodes-us-central1-c",
    "NodePools acme",
    "ObjectStorage acme",
    "PodIdentities acme",
    "ProjectBucketConfig acme-logs",
    "ProjectSink acme-logs",
    "RandomPassword acme-codeinsights",
    "RandomPassword acme-codeintel",
    "RandomPassword acme-pgsql",
    "RecordSet acme-address",
    "RedisServer acme-redis-cache",
    "RedisServer acme-redis-store",
    "Router acme-router",
    "RouterNat acme-nat",
    "SSLPolicy acme-tls",
    "Secret acme-codeinsights-password",
    "Secret acme-codeintel-password",
    "Secret acme-pgsql-password",
    "Secret acme-redis-cache-endpoint",
    "Secret acme-redis-store-endpoint",
    "SecretIamMember acme-secret-acme-prod/acme-executors",
    "SecretIamMember acme-secret-codeinsights-password",
    "SecretIamMember acme-secret-codeintel-password",
    "SecretIamMember acme-secret-pgsql-password",
    "SecretIamMember acme-secret-redis-cache-endpoint",
    "SecretIamMember acme-secret-redis-store-endpoint",
    "SecretVersion acme-codeinsights-password",
    "SecretVersion acme-codeintel-password",
    "SecretVersion acme-pgsql-password",
    "SecretVersion acme-redis-cache-endpoint",
    "SecretVersion acme-redis-store-endpoint",
    "SecurityPolicy acme-armor",
    "ServiceIdentity acme-container",
    "ServiceIdentity acme-gkebackup",
    "ServiceIdentity acme-redis",
    "ServiceIdentity acme-sqladmin",
    "ServiceIdentity acme-storage",
    "Subnetwork acme-nodes",
    "Subnetwork acme-proxies",
    "User acme-codeinsights",
    "User acme-codeintel",
    "User acme-pgsql",
    "VolumeBackups acme",
}

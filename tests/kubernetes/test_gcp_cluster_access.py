"""Who may do what around a GKE cluster: Google with the key, pods in the cloud, and people at the load balancer."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.kubernetes.gcp import (
    CLUSTER,
    FIREWALL,
    KEY,
    NODE_POOL,
    NUMBER,
    OWN_KEY,
    PLANS,
    cluster,
    outputs,
    record_cluster,
)

PUBLIC, INTERNAL = PLANS["internet-facing"], PLANS["internal"]
GRANT = "gcp:kms/cryptoKeyIAMMember:CryptoKeyIAMMember"


def test_google_may_use_the_key_before_anything_is_encrypted_with_it():
    recording = record_cluster(PUBLIC)
    members = {grant.name: grant.inputs["member"] for grant in recording.of_type(GRANT)}
    agents = {
        "container": "container-engine-robot",
        "compute": "compute-system",
        "sqladmin": "gcp-sa-cloud-sql",
        "redis": "cloud-redis",
        "storage": "gs-project-accounts",
        "gkebackup": "gcp-sa-gkebackup",
    }
    assert members == {
        f"acme-{service}": f"serviceAccount:service-{NUMBER}@{account}.iam.gserviceaccount.com"
        for service, account in agents.items()
    }
    grants = {grant.urn for grant in recording.of_type(GRANT)}
    for resource in (recording.of_type(CLUSTER)[0], *recording.of_type(NODE_POOL), recording.named("acme-blobs")):
        assert grants <= set(resource.depends_on), resource.urn
    assert recording.of_type(KEY)[0].inputs["rotationPeriod"] == "7776000s"
    assert cluster(recording)["databaseEncryption"] == {"state": "ENCRYPTED", "keyName": "acme-key-id"}


def test_only_the_agents_of_what_the_plan_has_are_let_in():
    names = {grant.name for grant in record_cluster(PLANS["nothing-managed"]).of_type(GRANT)}
    assert names == {"acme-container", "acme-compute", "acme-gkebackup"}


def test_a_key_of_the_customers_reaches_everything_and_its_grants_are_named():
    plan = PLANS["own-key"]
    recording = record_cluster(plan)
    assert not [r for r in recording.resources if r.type.startswith("gcp:kms/")]
    assert cluster(recording)["databaseEncryption"]["keyName"] == OWN_KEY
    assert cluster(recording)["nodeConfig"]["bootDiskKmsKey"] == OWN_KEY
    assert recording.of_type(NODE_POOL)[0].inputs["nodeConfig"]["bootDiskKmsKey"] == OWN_KEY
    assert (
        recording.named("acme-pgsql", "gcp:sql/databaseInstance:DatabaseInstance").inputs["encryptionKeyName"]
        == OWN_KEY
    )
    assert recording.named("acme-redis-store", "gcp:redis/instance:Instance").inputs["customerManagedKey"] == OWN_KEY
    assert recording.named("acme-blobs").inputs["encryption"] == {"defaultKmsKeyName": OWN_KEY}
    (step,) = (step for step in outputs(plan)["nextSteps"] if OWN_KEY in step)
    for account in ("container-engine-robot", "compute-system", "gcp-sa-cloud-sql", "cloud-redis"):
        assert f"serviceAccount:service-NUMBER@{account}.iam.gserviceaccount.com" in step


def test_pods_act_as_the_accounts_that_the_application_names_once_the_cluster_is_there():
    recording = record_cluster(PUBLIC)
    bindings = recording.of_type("gcp:serviceaccount/iAMMember:IAMMember")
    assert {(b.inputs["serviceAccountId"].rpartition("/")[2], b.inputs["member"]) for b in bindings} == {
        (f"acme-{account}@acme-prod.iam.gserviceaccount.com", f"serviceAccount:acme-prod.svc.id.goog[{pod}]")
        for account, pod in (
            ("storage", "sourcegraph/sourcegraph-frontend"),
            ("storage", "sourcegraph/worker"),
            ("secrets", "external-secrets/external-secrets"),
        )
    }
    (made,) = recording.of_type(CLUSTER)
    assert all(made.urn in binding.depends_on for binding in bindings)


def test_the_bucket_and_each_secret_are_opened_by_themselves_and_nothing_else_is():
    recording = record_cluster(PUBLIC)
    (bucket,) = recording.of_type("gcp:storage/bucketIAMMember:BucketIAMMember")
    assert bucket.inputs["role"] == "roles/storage.objectAdmin"
    assert bucket.inputs["bucket"] == "acme-blobs-1a2b3c4"
    grants = recording.of_type("gcp:secretmanager/secretIamMember:SecretIamMember")
    assert {grant.inputs["secretId"] for grant in grants} == {
        "acme-executors",
        "acme-pgsql-password",
        "acme-codeintel-password",
        "acme-codeinsights-password",
        "acme-redis-cache-endpoint",
        "acme-redis-store-endpoint",
    }
    assert {(grant.inputs["role"], grant.inputs["project"]) for grant in grants} == {
        ("roles/secretmanager.secretAccessor", "acme-prod")
    }


def test_from_the_internet_the_address_is_global_and_cloud_armor_lets_the_ranges_pass():
    plan = replace(PUBLIC, allowed_cidrs=("198.51.100.0/24", "192.0.2.0/24"))
    recording = record_cluster(plan)
    assert recording.named("acme-ip", "gcp:compute/globalAddress:GlobalAddress").inputs["name"] == "acme-sourcegraph"
    armor = recording.named("acme-armor").inputs
    assert armor["name"] == "acme-sourcegraph"
    assert [rule["action"] for rule in armor["rules"]] == ["allow", "deny(403)"]
    assert armor["rules"][0]["match"]["config"]["srcIpRanges"] == ["192.0.2.0/24", "198.51.100.0/24"]
    assert recording.named("acme-tls").inputs["minTlsVersion"] == "TLS_1_2"


def test_the_domain_leads_to_the_address_where_the_plan_names_its_zone():
    record = record_cluster(PUBLIC).of_type("gcp:dns/recordSet:RecordSet")[0].inputs
    assert (record["name"], record["rrdatas"]) == ("sourcegraph.acme.example.", ["203.0.113.21"])
    by_hand = replace(PUBLIC, dns_zone=None)
    assert not record_cluster(by_hand).of_type("gcp:dns/recordSet:RecordSet")
    assert any("type A" in step for step in outputs(by_hand)["nextSteps"])


def test_within_the_network_the_address_is_private_and_the_proxies_reach_the_pods():
    recording = record_cluster(INTERNAL)
    address = recording.named("acme-ip", "gcp:compute/address:Address").inputs
    assert (address["addressType"], address["purpose"]) == ("INTERNAL", "SHARED_LOADBALANCER_VIP")
    assert (address["name"], address["subnetwork"]) == ("acme-sourcegraph", "acme-nodes-id")
    proxies = recording.named("acme-proxies").inputs
    (rule,) = recording.of_type(FIREWALL)
    assert rule.inputs["sourceRanges"] == [proxies["ipCidrRange"]] == ["10.64.18.0/23"]
    assert rule.inputs["allows"] == [{"protocol": "tcp", "ports": ["3080", "6060"]}]
    assert rule.inputs["targetServiceAccounts"][0].startswith("acme-nodes-")
    assert any("is not enforced" in step for step in outputs(INTERNAL)["nextSteps"])


@pytest.mark.parametrize("plan", PLANS.values(), ids=PLANS)
def test_no_firewall_rule_lets_the_world_in(plan: Any):
    for rule in record_cluster(plan).of_type(FIREWALL):
        assert not {"0.0.0.0/0", "::/0"} & set(rule.inputs["sourceRanges"])

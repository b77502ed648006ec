"""What Google runs for Sourcegraph: databases, Redis and the bucket, and how they are opened."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.kubernetes.gcp import BUCKET, PLANS, REDIS, SECRET, SQL, VERSION, outputs, record_cluster

PUBLIC, DISPOSABLE = PLANS["internet-facing"], PLANS["disposable-with-services"]
DATABASES = ("codeinsights", "codeintel", "pgsql")


def database(key: str, plan: Any = PUBLIC) -> Any:
    return record_cluster(plan).named(f"acme-{key}", SQL).inputs


@pytest.mark.parametrize("key", DATABASES)
def test_a_database_is_postgresql_16_of_the_edition_that_has_its_machine_types(key: str):
    made = database(key)
    assert made["databaseVersion"] == "POSTGRES_16"
    assert (made["settings"]["edition"], made["settings"]["tier"]) == ("ENTERPRISE", "db-custom-4-16384")
    assert "name" not in made, "the name of a deleted server cannot be used for a week"


@pytest.mark.parametrize("key", DATABASES)
def test_a_database_has_a_private_address_alone_and_refuses_plain_connections(key: str):
    assert database(key)["settings"]["ipConfiguration"] == {
        "ipv4Enabled": False,
        "privateNetwork": "acme-network-id",
        "sslMode": "ENCRYPTED_ONLY",
    }


def test_databases_and_redis_wait_for_the_peering_with_google():
    recording = record_cluster(PUBLIC)
    peering = recording.named("acme-managed", "gcp:servicenetworking/connection:Connection")
    assert peering.inputs["deletionPolicy"] == "REMOVE_PEERING"
    for server in (*recording.of_type(SQL), *recording.of_type(REDIS)):
        assert peering.urn in server.depends_on, server.urn
    assert not record_cluster(PLANS["nothing-managed"]).of_type(peering.type)


def test_a_database_grows_by_itself_up_to_the_plans_limit_and_is_never_shrunk_back():
    (found, *_) = record_cluster(PUBLIC).of_type(SQL)
    settings = found.inputs["settings"]
    assert (settings["diskSize"], settings["diskAutoresizeLimit"]) == (200, 1000)
    assert found.ignore_changes == ("settings.diskSize",)


def test_a_database_can_be_set_back_to_any_minute_of_its_last_days():
    backups = database("pgsql")["settings"]["backupConfiguration"]
    assert backups["pointInTimeRecoveryEnabled"] is True
    assert backups["transactionLogRetentionDays"] == 7
    assert backups["backupRetentionSettings"] == {"retainedBackups": 7, "retentionUnit": "COUNT"}
    longer = replace(PUBLIC, managed=replace(PUBLIC.managed, backup_days=30))
    assert database("pgsql", longer)["settings"]["backupConfiguration"]["transactionLogRetentionDays"] == 7
    none = replace(PUBLIC, managed=replace(PUBLIC.managed, backup_days=0))
    assert database("pgsql", none)["settings"]["backupConfiguration"] == {"enabled": False}


def test_the_last_backup_outlives_a_server_that_was_worth_keeping():
    kept, thrown_away = database("pgsql")["settings"], database("pgsql", DISPOSABLE)["settings"]
    assert kept["finalBackupConfig"] == {"enabled": True, "retentionDays": 30}
    assert kept["retainBackupsOnDelete"] is True
    assert thrown_away["finalBackupConfig"] == {"enabled": False}


@pytest.mark.parametrize(
    ("plan", "availability", "tier"), [(PUBLIC, "REGIONAL", "STANDARD_HA"), (DISPOSABLE, "ZONAL", "BASIC")]
)
def test_high_availability_means_a_standby_in_another_zone(plan: Any, availability: str, tier: str):
    assert {made.inputs["settings"]["availabilityType"] for made in record_cluster(plan).of_type(SQL)} == {availability}
    assert {made.inputs["tier"] for made in record_cluster(plan).of_type(REDIS)} == {tier}


def test_the_password_of_a_database_is_born_in_the_stack_and_goes_to_the_store_as_a_secret():
    recording = record_cluster(PUBLIC)
    assert recording.named("acme-pgsql", "gcp:sql/user:User").inputs["password"] == {"secret": True}
    for key in DATABASES:
        assert recording.named(f"acme-{key}-password", VERSION).inputs["secretData"] == {"secret": True}
    random = recording.named("acme-pgsql", "random:index/randomPassword:RandomPassword").inputs
    assert random == {"length": 40, "special": False}


def test_secrets_stay_in_the_plans_region_and_are_called_what_the_application_expects():
    for secret in record_cluster(PUBLIC).of_type(SECRET):
        assert secret.inputs["secretId"] == secret.name
        assert secret.inputs["replication"] == {"userManaged": {"replicas": [{"location": "us-central1"}]}}
    assert outputs(PUBLIC)["secrets"].keys() == {
        *(f"{key}-password" for key in DATABASES),
        "redis-cache-endpoint",
        "redis-store-endpoint",
    }


@pytest.mark.parametrize(
    ("key", "policy", "persistence"),
    [
        ("cache", "allkeys-lru", {"persistenceMode": "DISABLED"}),
        ("store", "noeviction", {"persistenceMode": "RDB", "rdbSnapshotPeriod": "ONE_HOUR"}),
    ],
)
def test_the_store_forgets_nothing_and_the_cache_what_it_used_least(key: str, policy: str, persistence: Any):
    made = record_cluster(PUBLIC).named(f"acme-redis-{key}", REDIS).inputs
    assert made["redisConfigs"] == {"maxmemory-policy": policy}
    assert made["persistenceConfig"] == persistence


def test_redis_asks_for_a_password_that_only_the_stored_endpoint_holds():
    recording = record_cluster(PUBLIC)
    for made in recording.of_type(REDIS):
        assert made.inputs["authEnabled"] is True
        assert made.inputs["transitEncryptionMode"] == "DISABLED"
        assert made.inputs["authorizedNetwork"] == "acme-network-id"
        assert made.delete_before_replace is True
    for key in ("cache", "store"):
        assert recording.named(f"acme-redis-{key}-endpoint", VERSION).inputs["secretData"] == {"secret": True}
    assert any("does not encrypt" in step for step in outputs(PUBLIC)["nextSteps"])


def test_the_bucket_is_private_and_what_is_deleted_can_be_brought_back():
    (bucket,) = record_cluster(PUBLIC).of_type(BUCKET)
    assert bucket.inputs["uniformBucketLevelAccess"] is True
    assert bucket.inputs["publicAccessPrevention"] == "enforced"
    assert bucket.inputs["softDeletePolicy"] == {"retentionDurationSeconds": 604800}
    assert bucket.inputs["forceDestroy"] is False
    assert bucket.inputs["location"] == "us-central1"


def test_pods_of_a_bucket_that_is_the_customers_get_their_right_from_the_customer():
    plan = replace(PUBLIC, managed=replace(PUBLIC.managed, bucket=False))
    assert not record_cluster(plan).of_type("gcp:storage/bucketIAMMember:BucketIAMMember")
    steps = outputs(plan)["nextSteps"]
    assert any("acme-storage@acme-prod.iam.gserviceaccount.com" in step for step in steps)


def test_a_plan_without_managed_services_makes_none_and_stores_no_secret():
    made = {resource.type for resource in record_cluster(PLANS["nothing-managed"]).resources}
    assert not made & {SQL, REDIS, BUCKET, SECRET}
    assert outputs(PLANS["nothing-managed"])["hosts"] == {}

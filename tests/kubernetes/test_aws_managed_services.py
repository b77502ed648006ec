"""PostgreSQL, Redis and object storage that AWS runs."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from tests.kubernetes.aws import BUCKET, DATABASE, REDIS, production, record_cluster
from tests.kubernetes.plans import ALL_SERVICES
from tests.recording import Recording

DISPOSABLE = production(disposable=True, managed=replace(ALL_SERVICES, keep=False, high_availability=False))


def database(recording: Recording, key: str = "pgsql") -> Any:
    return recording.named(f"acme-managed-postgres-{key}", DATABASE)


def redis(recording: Recording, key: str) -> Any:
    return recording.named(f"acme-managed-redis-{key}", REDIS)


def parameters(recording: Recording, name: str, token: str) -> dict[str, str]:
    given: Any = recording.named(name, token).inputs["parameters"]
    return {each["name"]: each["value"] for each in given}


def test_there_are_three_servers_of_postgresql_16() -> None:
    recording = record_cluster(production())
    servers = recording.of_type(DATABASE)
    assert {server.inputs["identifier"] for server in servers} == {"acme-pgsql", "acme-codeintel", "acme-codeinsights"}
    inputs = database(recording).inputs
    assert (inputs["engine"], inputs["engineVersion"], inputs["autoMinorVersionUpgrade"]) == ("postgres", "16", True)
    assert inputs["engineLifecycleSupport"] == "open-source-rds-extended-support-disabled"
    assert (inputs["instanceClass"], inputs["storageType"]) == ("db.m6i.xlarge", "gp3")
    assert (inputs["allocatedStorage"], inputs["maxAllocatedStorage"]) == (200, 1000)
    assert (inputs["multiAz"], inputs["publiclyAccessible"], inputs["backupRetentionPeriod"]) == (True, False, 14)
    assert (inputs["dbName"], inputs["username"]) == ("sg", "sg")


def test_storage_that_grew_by_itself_is_left_alone() -> None:
    for server in record_cluster(production()).of_type(DATABASE):
        assert server.ignore_changes == ("allocatedStorage",)
        assert "allocatedStorage" in server.inputs, "the engine ignores names of no property in silence"


def test_connections_are_encrypted_and_the_vendors_settings_are_set() -> None:
    recording = record_cluster(production())
    given = parameters(recording, "acme-managed-postgres", "aws:rds/parameterGroup:ParameterGroup")
    assert given["rds.force_ssl"] == "1"
    assert given["random_page_cost"] == "1.1"
    assert (
        recording.named("acme-managed-postgres", "aws:rds/parameterGroup:ParameterGroup").inputs["family"]
        == "postgres16"
    )


def test_a_kept_server_leaves_a_last_backup_that_no_other_stack_made() -> None:
    assert database(record_cluster(production())).inputs["finalSnapshotIdentifier"] == "acme-pgsql-last-0a1b2c3d"
    inputs = redis(record_cluster(production()), "store").inputs
    assert (inputs["finalSnapshotIdentifier"], inputs["snapshotRetentionLimit"]) == ("acme-store-last-0a1b2c3d", 14)


def test_a_disposable_server_goes_without_a_trace() -> None:
    recording = record_cluster(DISPOSABLE)
    inputs = database(recording).inputs
    assert (inputs["skipFinalSnapshot"], inputs["deleteAutomatedBackups"], inputs["multiAz"]) == (True, True, False)
    secret = recording.named("acme-managed-redis-store", "aws:secretsmanager/secret:Secret")
    assert secret.inputs["recoveryWindowInDays"] == 0
    [bucket] = recording.of_type(BUCKET)
    assert bucket.inputs["forceDestroy"] is True


def test_passwords_do_not_change_under_running_pods() -> None:
    recording = record_cluster(production())
    for key in ("pgsql", "codeintel", "codeinsights"):
        rotation = recording.named(f"acme-managed-postgres-{key}", "aws:secretsmanager/secretRotation:SecretRotation")
        assert rotation.inputs["secretId"] == recording.outputs["secrets"][f"{key}-password"]
        assert rotation.inputs["rotationRules"] == {"automaticallyAfterDays": 1000}
        assert rotation.inputs["rotateImmediately"] is False


def test_the_store_never_forgets_and_the_cache_may() -> None:
    recording = record_cluster(production())
    token = "aws:elasticache/parameterGroup:ParameterGroup"
    assert parameters(recording, "acme-managed-redis-store", token) == {"maxmemory-policy": "noeviction"}
    assert parameters(recording, "acme-managed-redis-cache", token) == {"maxmemory-policy": "allkeys-lru"}
    assert redis(recording, "cache").inputs["snapshotRetentionLimit"] == 0
    assert "finalSnapshotIdentifier" not in redis(recording, "cache").inputs


@pytest.mark.parametrize(("plan", "nodes"), [(production(), 2), (DISPOSABLE, 1)])
def test_a_standby_of_redis_is_in_another_zone(plan: Any, nodes: int) -> None:
    inputs = redis(record_cluster(plan), "store").inputs
    assert inputs["numCacheClusters"] == nodes
    assert inputs["automaticFailoverEnabled"] is inputs["multiAzEnabled"] is (nodes > 1), "failover needs two nodes"


def test_redis_is_the_last_version_that_the_vendor_knows() -> None:
    inputs = redis(record_cluster(production()), "cache").inputs
    assert (inputs["engine"], inputs["engineVersion"], inputs["nodeType"]) == ("redis", "7.1", "cache.m7g.large")


def test_a_password_of_redis_needs_no_escape_in_a_url() -> None:
    password = record_cluster(production()).named(
        "acme-managed-redis-store", "random:index/randomPassword:RandomPassword"
    )
    assert password.inputs["special"] is False
    assert 16 <= int(str(password.inputs["length"])) <= 128


def test_the_bucket_is_private_and_answers_over_tls_alone() -> None:
    recording = record_cluster(production())
    closed = recording.named("acme-managed-storage", "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock").inputs
    assert {name: value for name, value in closed.items() if name != "bucket"} == {
        "blockPublicAcls": True,
        "blockPublicPolicy": True,
        "ignorePublicAcls": True,
        "restrictPublicBuckets": True,
    }
    policy = recording.named("acme-managed-storage", "aws:s3/bucketPolicy:BucketPolicy").inputs["policy"]
    assert isinstance(policy, str)
    [statement] = json.loads(policy)["Statement"]
    assert (statement["Effect"], statement["Condition"]) == ("Deny", {"Bool": {"aws:SecureTransport": "false"}})
    assert len(statement["Resource"]) == 2


def test_a_kept_bucket_brings_back_what_was_deleted_for_as_long_as_databases_do() -> None:
    token = "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration"
    rules: Any = record_cluster(production()).named("acme-managed-storage", token).inputs["rules"]
    assert {rule["id"] for rule in rules} == {"unfinished-uploads", "deleted"}
    [deleted] = [rule for rule in rules if rule["id"] == "deleted"]
    assert deleted["noncurrentVersionExpiration"] == {"noncurrentDays": 14}
    disposable: Any = record_cluster(DISPOSABLE).named("acme-managed-storage", token).inputs["rules"]
    assert [rule["id"] for rule in disposable] == ["unfinished-uploads"]
    assert not record_cluster(DISPOSABLE).of_type("aws:s3/bucketVersioning:BucketVersioning")

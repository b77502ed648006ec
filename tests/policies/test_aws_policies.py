"""Planted faults on AWS are caught, each by the right policy and by no other."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest

from stacks.policies.policy import Scope
from stacks.policies.run import POLICIES
from tests.policies.aws_faults import CLUSTER, FAULTS, KEPT_POC, MACHINE, VOLUME, Fault
from tests.policies.previews import Spoil, add, clean, found_in, set_input, set_option

POC = "tests/cases/aws-poc-simple/profile.yaml"
INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"


def _new(spoiled: Scope, before: Scope) -> set[str]:
    counts = Counter(finding.policy.id for finding in found_in(spoiled))
    counts.subtract(Counter(finding.policy.id for finding in found_in(before)))
    return {policy for policy, count in counts.items() if count > 0}


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: f"{fault.policy}: {fault.what}")
def test_a_planted_fault_is_caught_by_its_policy_alone(fault: Fault) -> None:
    before = clean(fault.profile)
    assert _new(fault.spoil(before), before) == {fault.policy}


def test_every_policy_for_aws_has_a_planted_fault() -> None:
    ours = {policy.id for policy in POLICIES if policy.id.startswith(("AWS-", "GENERAL-"))}
    assert ours == {fault.policy for fault in FAULTS}


@pytest.mark.parametrize(
    ("profile", "spoil"),
    [
        (POC, set_option(VOLUME, delete_before_replace=False)),
        (POC, set_input(VOLUME, "finalSnapshot", False)),
        # The load balancer may face the world, where the profile says so.
        (MACHINE, set_input(INGRESS, "cidrIpv4", "0.0.0.0/0", name="edge-https-203.0.113.0-24")),
        (MACHINE, set_input("aws:ec2/instance:Instance", "metadataOptions", {"unknown": True})),
        (MACHINE, set_input(VOLUME, "encrypted", {"unknown": True})),
        (CLUSTER, set_input("aws:rds/instance:Instance", "password", {"secret": True})),
        (CLUSTER, set_input("aws:rds/instance:Instance", "storageEncrypted", {"secret": True})),
        # What evicts is a cache.
        (CLUSTER, set_input("aws:elasticache/replicationGroup:ReplicationGroup", "snapshotRetentionLimit", 0, name="cache")),
        # Denying everybody is no trust in anybody.
        (MACHINE, set_input("aws:iam/role:Role", "assumeRolePolicy", '{"Statement": {"Effect": "Deny", "Principal": "*"}}')),
        (MACHINE, set_input("aws:iam/rolePolicy:RolePolicy", "policy", '{"Statement": {"Effect": "Allow", "Action": "ec2:Describe*", "Resource": "*"}}')),
    ],
)  # fmt: skip
def test_what_is_in_order_or_not_to_be_seen_is_no_breach(profile: str, spoil: Spoil) -> None:
    before = clean(profile)
    assert _new(spoil(before), before) <= {"GENERAL-UNKNOWN-MADE"}


def test_a_poc_that_keeps_nothing_needs_no_protection_and_one_that_keeps_a_disk_needs_all() -> None:
    unprotected = set_option(VOLUME, protect=False)
    assert _new(unprotected(clean(POC)), clean(POC)) == set()
    assert _new(unprotected(clean(KEPT_POC)), clean(KEPT_POC)) == {"AWS-STATE-PROTECTED"}


def test_nobody_says_the_stage_and_what_holds_data_must_still_be_protected() -> None:
    unsaid = replace(clean(POC), stage=None)
    assert "AWS-STATE-PROTECTED" in {finding.policy.id for finding in found_in(unsaid)}


@pytest.mark.parametrize("profile", [MACHINE, CLUSTER, POC])
def test_a_resource_that_has_nothing_to_do_with_it_adds_no_finding(profile: str) -> None:
    before = clean(profile)
    assert _new(add("azure:core/resourceGroup:ResourceGroup", {"location": "westeurope"})(before), before) == set()


@pytest.mark.parametrize("profile", [MACHINE, CLUSTER])
def test_the_order_of_the_resources_changes_nothing_about_what_is_found(profile: str) -> None:
    scope = replace(clean(profile), stage="production")
    spoiled = set_option(VOLUME if profile == MACHINE else "aws:s3/bucket:Bucket", protect=False)(scope)
    turned = replace(spoiled, resources=tuple(reversed(spoiled.resources)))
    assert {(one.policy.id, one.breach) for one in found_in(spoiled)} == {
        (one.policy.id, one.breach) for one in found_in(turned)
    }

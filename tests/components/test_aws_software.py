"""The targets that install themselves on AWS: what they share with the machine image, and what only they have."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.aws.identity import secret_resource
from recommender.host import Software
from tests.components.aws import (
    KEY,
    SECRET,
    TARGETS,
    aws_host,
    poc,
    production,
    record_machine,
    software,
)
from tests.components.hosts import SECRETS, SOFTWARE
from tests.recording import Recording

POLICY = "acme-identity-secrets"
ONLY_HERE = "aws:iam/rolePolicy:RolePolicy"

every_target = pytest.mark.parametrize("target", SOFTWARE)


def statements(recording: Recording) -> list[dict[str, Any]]:
    policy = recording.named(POLICY).inputs["policy"]
    assert isinstance(policy, str)
    return json.loads(policy)["Statement"]


def instance(recording: Recording) -> Any:
    [found] = recording.of_type("aws:ec2/instance:Instance")
    return found


@every_target
@pytest.mark.parametrize("preview", [True, False])
def test_a_target_has_the_urns_of_the_machine_image_below_its_own_type(target: Software, preview: bool) -> None:
    image = record_machine(production(kms_key=KEY), preview=preview)
    own = record_machine(software(target, kms_key=KEY), preview=preview)
    of_image = [
        resource.urn.replace("moorage:aws:MachineImage", TARGETS[target].component_type) for resource in image.resources
    ]
    policy = own.named(POLICY, ONLY_HERE).urn
    assert [resource.urn for resource in own.resources if resource.urn != policy] == of_image
    assert policy.endswith(f"{TARGETS[target].component_type}$moorage:aws:Identity${ONLY_HERE}::{POLICY}")


def test_type_tokens_are_public_api() -> None:
    assert {target: component.component_type for target, component in TARGETS.items()} == {
        "machine-image": "moorage:aws:MachineImage",
        "install-script": "moorage:aws:InstallScript",
        "docker-compose": "moorage:aws:DockerCompose",
    }


@every_target
def test_the_machine_reads_its_own_secrets_and_no_other(target: Software) -> None:
    assert statements(record_machine(software(target))) == [
        {
            "Effect": "Allow",
            "Action": ["secretsmanager:GetSecretValue"],
            "Resource": [f"{SECRET}{name}-??????" for name in SECRETS[target]],
        }
    ]


@every_target
def test_a_customers_key_decrypts_secrets_and_nothing_else(target: Software) -> None:
    _, use_of_key = statements(record_machine(software(target, kms_key=KEY)))
    assert use_of_key == {
        "Effect": "Allow",
        "Action": ["kms:Decrypt"],
        "Resource": KEY,
        "Condition": {"StringEquals": {"kms:ViaService": "secretsmanager.us-east-1.amazonaws.com"}},
    }


@every_target
def test_without_secrets_the_machine_may_read_none(target: Software) -> None:
    recording = record_machine(software(target, None, kms_key=KEY))
    assert POLICY not in {resource.name for resource in recording.resources}


@pytest.mark.parametrize(
    ("reference", "resource"),
    [
        ("secret:acme/pgsql", "secret:acme/pgsql-??????"),
        ("secret:acme/pgsql-a1B2c3", "secret:acme/pgsql-a1B2c3"),
        ("secret:acme/pgsql-a1B2", "secret:acme/pgsql-a1B2-??????"),
        ("secret:acme/pgsql-a1_2c3", "secret:acme/pgsql-a1_2c3-??????"),
    ],
)
def test_a_reference_without_its_random_end_stands_for_six_characters(reference: str, resource: str) -> None:
    assert secret_resource(reference) == resource


@given(st.from_regex(r"[A-Za-z0-9/_+=.@-]{1,40}", fullmatch=True), st.from_regex(r"[A-Za-z0-9]{6}", fullmatch=True))
def test_no_reference_admits_a_secret_of_another_name(name: str, random_end: str) -> None:
    resource = secret_resource(f"{SECRET}{name}")
    allowed = re.escape(resource).replace(r"\?", ".")
    assert "*" not in resource
    whole = f"{SECRET}{name}-{random_end}"
    assert re.fullmatch(allowed, whole) or resource == f"{SECRET}{name}"
    assert not re.fullmatch(allowed, f"{whole}-a1b2c3")


@every_target
def test_one_secret_used_twice_is_allowed_once(target: Software) -> None:
    host = aws_host(target)
    cache = host.external.redis
    assert cache is not None
    shared = replace(cache, store=replace(cache.store, reference=cache.cache.reference))
    plan = software(target, host=replace(host, external=replace(host.external, redis=shared)))
    [read] = statements(record_machine(plan))
    assert len(read["Resource"]) == len(set(read["Resource"])) == len(SECRETS[target]) - 1


@every_target
def test_the_first_boot_finds_its_secrets_readable(target: Software) -> None:
    recording = record_machine(software(target))
    profile = recording.named("acme-identity", "aws:iam/instanceProfile:InstanceProfile")
    assert recording.named(POLICY).urn in profile.depends_on
    assert profile.urn in instance(recording).depends_on


@every_target
def test_nothing_of_the_vendors_image_is_on_other_machines(target: Software) -> None:
    assert "ephemeralBlockDevices" not in instance(record_machine(software(target))).inputs


@every_target
def test_the_root_disk_has_the_planned_size(target: Software) -> None:
    inputs = instance(record_machine(software(target, root_disk_gb=60))).inputs
    assert (inputs["rootBlockDevice"]["volumeSize"], inputs["rootBlockDevice"]["encrypted"]) == (60, True)


@every_target
@pytest.mark.parametrize("keep", [True, False])
def test_whatever_holds_data_is_kept_exactly_when_the_plan_says_so(target: Software, keep: bool) -> None:
    plan = software(target, data_disk=replace(production().data_disk, keep=keep))
    recording = record_machine(plan)
    kept = [resource.type for resource in recording.resources if resource.protect or resource.retain_on_delete]
    assert kept == (["aws:ebs/volume:Volume"] if keep else [])
    [volume] = recording.of_type("aws:ebs/volume:Volume")
    assert (volume.protect, volume.retain_on_delete, volume.inputs["encrypted"]) == (keep, keep, True)


@every_target
def test_executors_of_others_are_shut_out_at_the_load_balancer(target: Software) -> None:
    rule: Any = record_machine(software(target)).named("acme-edge-block-executors").inputs
    assert rule["conditions"] == [{"pathPattern": {"values": ["/.executors", "/.executors/*"]}}]


def next_steps(recording: Recording) -> list[str]:
    return recording.outputs_of("acme")["nextSteps"]


@every_target
def test_a_person_is_told_to_create_the_secrets_first_and_under_which_key(target: Software) -> None:
    [step] = next_steps(record_machine(software(target, kms_key=KEY)))
    assert "`secrets`" in step
    assert KEY in step
    assert not next_steps(record_machine(software(target, None)))


@every_target
def test_an_image_of_ones_own_must_bring_the_agents(target: Software) -> None:
    plan = software(target, None)
    [step] = next_steps(record_machine(replace(plan, image=replace(plan.image, stock=False))))
    assert "Session Manager agent" in step


def test_the_machine_image_leaves_nothing_to_do() -> None:
    assert next_steps(record_machine(production())) == next_steps(record_machine(poc())) == []

"""The targets that install themselves on GCP: what they share with the machine image, and what only they have."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from recommender.host import Software
from recommender.plan import Image
from tests.components.gcp_machine import (
    DISK,
    INSTANCE,
    SECRET,
    TARGETS,
    gcp_host,
    internal_plan,
    record_machine,
    software_plan,
)
from tests.components.hosts import SECRETS, SOFTWARE
from tests.plans import gcp_plan
from tests.recording import Recording

GRANT = "gcp:secretmanager/secretIamMember:SecretIamMember"

every_target = pytest.mark.parametrize("target", SOFTWARE)


def instance(recording: Recording) -> Any:
    [found] = recording.of_type(INSTANCE)
    return found


def next_steps(recording: Recording) -> list[str]:
    return recording.resources[1].registered_outputs["nextSteps"]


@every_target
@pytest.mark.parametrize("preview", [True, False])
def test_a_target_has_the_urns_of_the_machine_image_below_its_own_type(target: Software, preview: bool):
    for changes in ({}, {"access": internal_plan().access, "network": internal_plan().network}):
        plan = software_plan(target, **changes)
        image = record_machine(gcp_plan(image=plan.image, **changes), preview=preview)
        own = record_machine(plan, preview=preview)
        token = TARGETS[target].component_type
        of_image = [resource.urn.replace("moorage:gcp:MachineImage", token) for resource in image.resources]
        assert [resource.urn for resource in own.resources if resource.type != GRANT] == of_image
        assert [resource.name for resource in own.of_type(GRANT)] == [
            f"acme-secret-acme-vault/{name}" for name in SECRETS[target]
        ]


def test_type_tokens_are_public_api():
    assert {target: component.component_type for target, component in TARGETS.items()} == {
        "machine-image": "moorage:gcp:MachineImage",
        "install-script": "moorage:gcp:InstallScript",
        "docker-compose": "moorage:gcp:DockerCompose",
    }


@every_target
def test_the_machine_reads_its_own_secrets_and_no_other(target: Software):
    recording = record_machine(software_plan(target))
    assert [dict(grant.inputs) for grant in recording.of_type(GRANT)] == [
        {
            "member": "serviceAccount:moorage@test.iam.gserviceaccount.com",
            "project": "acme-vault",
            "role": "roles/secretmanager.secretAccessor",
            "secretId": name,
        }
        for name in SECRETS[target]
    ]
    roles = {member.inputs["role"] for member in recording.of_type("gcp:projects/iAMMember:IAMMember")}
    assert roles == {"roles/logging.logWriter", "roles/monitoring.metricWriter"}


@every_target
def test_versions_of_one_secret_share_a_grant(target: Software):
    host = gcp_host(target)
    redis = host.external.redis
    assert redis is not None
    cache = replace(redis.cache, reference=f"{SECRET}redis/versions/1")
    store = replace(redis.store, reference=f"{SECRET}redis/versions/latest")
    shared = replace(host.external, redis=replace(redis, cache=cache, store=store))
    recording = record_machine(software_plan(target, host=replace(host, external=shared)))
    made = [grant.inputs["secretId"] for grant in recording.of_type(GRANT)]
    assert made.count("redis") == 1
    assert len(made) == len(SECRETS[target]) - 1


@every_target
def test_the_first_boot_finds_its_secrets_readable(target: Software):
    recording = record_machine(software_plan(target))
    assert {grant.urn for grant in recording.of_type(GRANT)} <= set(instance(recording).depends_on)


@every_target
def test_nothing_of_the_vendors_image_is_on_other_machines(target: Software):
    recording = record_machine(software_plan(target, root_disk_gb=60))
    assert not recording.of_type("gcp:compute/image:Image")
    assert instance(recording).inputs["bootDisk"]["initializeParams"]["size"] == 60


@every_target
def test_shielded_vm_is_on_where_the_image_is_known_to_take_it(target: Software):
    plan = software_plan(target)
    own = replace(plan, image=replace(plan.image, stock=False))
    assert instance(record_machine(plan)).inputs["shieldedInstanceConfig"] == {
        "enableIntegrityMonitoring": True,
        "enableSecureBoot": True,
        "enableVtpm": True,
    }
    for unknown in (own, gcp_plan()):
        assert "shieldedInstanceConfig" not in instance(record_machine(unknown)).inputs


@every_target
def test_a_live_machine_keeps_the_firmware_settings_of_its_image(target: Software):
    plan = software_plan(target)
    assert instance(record_machine(plan)).ignore_changes == (
        "bootDisk.initializeParams.image",
        'metadata["user-data"]',
        "shieldedInstanceConfig",
    )
    assert instance(record_machine(replace(plan, roll_image=True))).ignore_changes == ()


@every_target
@pytest.mark.parametrize("keep", [True, False])
def test_whatever_holds_data_is_kept_exactly_when_the_plan_says_so(target: Software, keep: bool):
    plan = software_plan(target, data_disk=replace(gcp_plan().data_disk, keep=keep))
    recording = record_machine(plan)
    [disk] = recording.of_type(DISK)
    assert (disk.protect, disk.retain_on_delete) == (keep, keep)
    stays = {resource.type for resource in recording.resources if resource.retain_on_delete} - {DISK}
    assert stays == {"gcp:monitoring/metricDescriptor:MetricDescriptor"}, "shared by every stack of the project"


@every_target
def test_executors_of_others_are_shut_out_at_the_load_balancer(target: Software):
    armor: Any = record_machine(software_plan(target)).named("acme-armor").inputs
    assert armor["rules"][0]["action"] == "deny(403)"
    assert "/.executors" in armor["rules"][0]["match"]["expr"]["expression"]


@every_target
def test_a_person_is_told_to_create_the_secrets_first_and_what_a_grant_takes(target: Software):
    create, grant = [step for step in next_steps(record_machine(software_plan(target))) if "secret" in step]
    assert "--project=acme-sourcegraph" in create
    assert "--project=acme-vault" in create
    assert "project acme-vault" in grant
    assert not [step for step in next_steps(record_machine(software_plan(target, None))) if "secret" in step]


@every_target
def test_an_image_of_ones_own_must_bring_what_the_machine_boots_with(target: Software):
    plan = software_plan(
        target, image=Image("projects/acme/global/images/hardened", None, "6.12.5040", gcp_plan().image.fact)
    )
    told, stock = (next_steps(record_machine(each)) for each in (plan, software_plan(target)))
    assert [step for step in told if "cloud-init" in step and "projects/acme/global/images/hardened" in step]
    assert not [step for step in (*stock, *next_steps(record_machine(gcp_plan()))) if "cloud-init" in step]

"""The machine, its disk, its image and its account on GCP: what survives a replacement, and what causes one."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pulumi
import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.gcp.data_disk import schedule_start
from components.gcp.identity import account_id
from components.gcp.machine_image import MachineImage
from recommender.plan import Image, Snapshots
from tests.components.gcp_machine import DISK, INSTANCE, USER_DATA, computed, disposable_plan, record_machine
from tests.plans import gcp_plan
from tests.recording import record

IMAGE = "gcp:compute/image:Image"
NAMES = st.from_regex(r"[a-z][a-z0-9-]{1,30}[a-z0-9]", fullmatch=True)


def test_the_data_disk_is_protected_and_retained_exactly_when_the_plan_keeps_it():
    for keep in (True, False):
        plan = replace(gcp_plan(), data_disk=replace(gcp_plan().data_disk, keep=keep))
        disk = record_machine(plan).of_type(DISK)[0]
        assert (disk.protect, disk.retain_on_delete) == (keep, keep)
        assert disk.inputs["createSnapshotBeforeDestroy"] is keep
        assert (disk.inputs["zone"], disk.inputs["size"], disk.inputs["type"]) == ("us-central1-a", 500, "pd-ssd")


def test_the_machine_holds_nothing_but_a_link_to_the_data_disk():
    recording = record_machine(gcp_plan())
    machine = recording.of_type(INSTANCE)[0]
    assert machine.inputs["attachedDisks"] == [
        {"source": "https://www.googleapis.com/compute/v1/projects/test/acme-data", "deviceName": "acme-data"}
    ]
    assert machine.delete_before_replace
    assert not machine.protect
    assert recording.of_type(DISK)[0].parent != machine.parent


def test_a_live_machine_ignores_a_new_image_and_new_user_data():
    recording = record_machine(gcp_plan())
    assert recording.of_type(INSTANCE)[0].ignore_changes == (
        "bootDisk.initializeParams.image",
        'metadata["user-data"]',
    )
    assert recording.of_type(IMAGE)[0].ignore_changes == ("rawDisk",)


def test_rolling_the_image_takes_both_and_new_user_data_replaces_the_machine():
    plan, options = gcp_plan(roll_image=True), dict[str, Any]()

    def program() -> None:
        pulumi.runtime.register_stack_transformation(lambda args: options.update({args.type_: args.opts}))
        MachineImage(plan.name, {"plan": plan, "user_data": USER_DATA})

    recording = record(program, computed=computed)
    assert recording.of_type(INSTANCE)[0].ignore_changes == ()
    assert recording.of_type(IMAGE)[0].ignore_changes == ()
    assert options[INSTANCE].replace_on_changes == ['metadata["user-data"]']


def test_an_image_that_exists_is_used_as_it_is():
    reference = "projects/acme-images/global/images/sourcegraph-6-12-5040"
    image = Image(reference=reference, archive=None, version="6.12.5040", fact=gcp_plan().image.fact)
    recording = record_machine(gcp_plan(image=image))
    assert not recording.of_type(IMAGE)
    boot: Any = recording.of_type(INSTANCE)[0].inputs["bootDisk"]
    assert boot["initializeParams"]["image"] == reference


def test_a_machine_behind_nat_has_no_public_address_and_no_ssh_keys_of_the_project():
    inputs = record_machine(gcp_plan()).of_type(INSTANCE)[0].inputs
    assert inputs["networkInterfaces"] == [{"subnetwork": "acme-machines-id", "accessConfigs": []}]
    assert inputs["metadata"] == {
        "enable-oslogin": "TRUE",
        "block-project-ssh-keys": "TRUE",
        "serial-port-enable": "FALSE",
        "user-data": USER_DATA,
    }


def test_the_account_may_write_logs_and_metrics_and_nothing_else():
    members = record_machine(gcp_plan()).of_type("gcp:projects/iAMMember:IAMMember")
    assert {member.inputs["role"] for member in members} == {
        "roles/logging.logWriter",
        "roles/monitoring.metricWriter",
    }
    assert {member.inputs["project"] for member in members} == {"acme-sourcegraph"}


@given(NAMES)
def test_every_name_makes_an_account_id_that_google_takes(name: str):
    made = account_id(name)
    assert 6 <= len(made) <= 30
    assert made[0].isalpha()
    assert made[-1] != "-"
    assert made.replace("-", "").isalnum()


@given(NAMES, NAMES)
def test_two_names_never_share_an_account(one: str, other: str):
    assert (account_id(one) == account_id(other)) == (one == other)


@given(st.integers(0, 23), st.integers(0, 59))
def test_a_snapshot_starts_at_an_hour_that_google_takes_and_never_after_the_wanted_one(hour: int, minute: int):
    wanted = f"{hour:02d}:{minute:02d}"
    start = schedule_start(wanted)
    assert start in {"00:00", "04:00", "08:00", "12:00", "16:00", "20:00"}
    assert start <= wanted
    assert hour - int(start[:2]) < 4


def test_snapshots_are_daily_labelled_and_outlive_the_disk():
    recording = record_machine(gcp_plan(snapshots=Snapshots(start_utc="05:30", keep_days=30)))
    policy: Any = recording.of_type("gcp:compute/resourcePolicy:ResourcePolicy")[0].inputs["snapshotSchedulePolicy"]
    assert policy == {
        "schedule": {"dailySchedule": {"daysInCycle": 1, "startTime": "04:00"}},
        "retentionPolicy": {"maxRetentionDays": 30, "onSourceDiskDelete": "KEEP_AUTO_SNAPSHOTS"},
        "snapshotProperties": {"labels": dict(gcp_plan().tags), "storageLocations": "us-central1"},
    }
    attachment = recording.of_type("gcp:compute/diskResourcePolicyAttachment:DiskResourcePolicyAttachment")[0]
    assert attachment.inputs == {"disk": "acme-data-1a2b3c4", "name": "acme-daily-1a2b3c4", "zone": "us-central1-a"}


@pytest.mark.parametrize("preview", [True, False])
def test_nothing_is_made_inside_an_apply(preview: bool):
    for plan in (gcp_plan(), disposable_plan()):
        assert record_machine(plan, preview=preview).names == record_machine(plan, preview=not preview).names

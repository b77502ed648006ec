"""The machine, what it may do, and the disk that outlives it."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

import pytest

from recommender.plan import DataDisk
from tests.components.aws import production, record_machine
from tests.recording import Recording


def instance_of(recording: Recording) -> Any:
    return recording.named("acme-machine", "aws:ec2/instance:Instance")


def test_metadata_needs_a_token_that_no_pod_can_fetch() -> None:
    options = instance_of(record_machine(production())).inputs["metadataOptions"]
    assert options == {"httpEndpoint": "enabled", "httpTokens": "required", "httpPutResponseHopLimit": 1}


def test_the_unencrypted_disk_of_the_image_is_suppressed() -> None:
    recording = record_machine(production())
    [suppressed] = instance_of(recording).inputs["ephemeralBlockDevices"]
    assert suppressed == {"deviceName": "/dev/sdb", "noDevice": True}
    assert recording.named("acme-machine-data").inputs["deviceName"] == "/dev/sdb"


def test_image_and_user_data_move_only_on_request() -> None:
    pinned, rolling = (instance_of(record_machine(production(roll_image=roll))) for roll in (False, True))
    assert pinned.ignore_changes == ("ami", "userDataBase64")
    assert set(pinned.ignore_changes) <= pinned.inputs.keys(), "the engine ignores names of no property in silence"
    assert pinned.inputs["userDataReplaceOnChange"] is False
    assert rolling.ignore_changes == ()
    assert rolling.inputs["userDataReplaceOnChange"] is True


def test_the_old_machine_lets_go_of_the_disk_before_the_new_one_takes_it() -> None:
    recording = record_machine(production())
    attachment = recording.named("acme-machine-data")
    assert instance_of(recording).delete_before_replace
    assert attachment.delete_before_replace
    assert attachment.inputs["stopInstanceBeforeDetaching"] is True
    assert not instance_of(recording).inputs["disableApiTermination"]


def test_nobody_has_a_key_to_the_machine() -> None:
    assert "keyName" not in instance_of(record_machine(production())).inputs


def test_the_role_allows_session_manager_and_metrics_of_one_namespace() -> None:
    recording = record_machine(production())
    attachments = recording.of_type("aws:iam/rolePolicyAttachment:RolePolicyAttachment")
    to_machine = [a.inputs["policyArn"] for a in attachments if a.inputs["role"] == "acme-identity-1a2b3c4"]
    assert to_machine == ["arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"]
    policy = recording.named("acme-identity-metrics").inputs["policy"]
    assert isinstance(policy, str)
    assert json.loads(policy)["Statement"] == [
        {
            "Effect": "Allow",
            "Action": ["cloudwatch:PutMetricData"],
            "Resource": "*",
            "Condition": {"StringEquals": {"cloudwatch:namespace": "moorage"}},
        }
    ]


def test_the_machine_starts_with_its_permissions_in_place() -> None:
    recording = record_machine(production())
    profile = recording.named("acme-identity", "aws:iam/instanceProfile:InstanceProfile")
    assert set(profile.depends_on) == {
        recording.named("acme-identity", "aws:iam/role:Role").urn,
        recording.named("acme-identity-session-manager").urn,
        recording.named("acme-identity-metrics").urn,
    }


@pytest.mark.parametrize("keep", [True, False])
def test_the_data_disk_is_kept_exactly_when_the_plan_says_so(keep: bool) -> None:
    plan = production(data_disk=replace(production().data_disk, keep=keep))
    volume = record_machine(plan).named("acme-data", "aws:ebs/volume:Volume")
    assert (volume.protect, volume.retain_on_delete, volume.inputs["finalSnapshot"]) == (keep, keep, keep)


def test_the_data_disk_has_the_planned_size_and_speed() -> None:
    disk = DataDisk(1000, "io2", iops=1600, throughput_mbps=None, device_name="/dev/sdb", filesystem="xfs", keep=True)
    inputs = record_machine(production(data_disk=disk)).named("acme-data", "aws:ebs/volume:Volume").inputs
    assert (inputs["size"], inputs["type"], inputs["iops"]) == (1000, "io2", 1600)
    assert "throughput" not in inputs, "AWS refuses a throughput for io2"


def test_snapshots_find_the_data_disk_and_no_other() -> None:
    recording = record_machine(production())
    policy: Any = recording.named("acme-data-snapshots", "aws:dlm/lifecyclePolicy:LifecyclePolicy").inputs
    [(key, value)] = policy["policyDetails"]["targetTags"].items()
    inputs: list[tuple[str, Any]] = [(resource.type, resource.inputs) for resource in recording.resources]
    tagged = [type_ for type_, given in inputs if given.get("tags", {}).get(key) == value]
    assert tagged == ["aws:ebs/volume:Volume"]


def test_snapshots_are_daily_and_counted() -> None:
    policy: Any = (
        record_machine(production()).named("acme-data-snapshots", "aws:dlm/lifecyclePolicy:LifecyclePolicy").inputs
    )
    [schedule] = policy["policyDetails"]["schedules"]
    assert schedule["createRule"] == {"interval": 24, "intervalUnit": "HOURS", "times": "03:00"}
    assert schedule["retainRule"] == {"count": 14}
    assert re.fullmatch(r"[0-9A-Za-z _-]{0,500}", policy["description"]), "the API's own pattern (botocore 1.44.5)"


def test_without_snapshots_there_is_no_role_for_them() -> None:
    assert not [name for _, name in record_machine(production(snapshots=None)).names if "snapshots" in name]

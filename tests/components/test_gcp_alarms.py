"""Alarms on GCP: what they watch, whom they tell, and what a destroyed stack must leave behind."""

from __future__ import annotations

from typing import Any

from recommender.plan import Alarms
from tests.components.gcp_machine import record_machine
from tests.plans import gcp_plan

POLICY = "gcp:monitoring/alertPolicy:AlertPolicy"
DESCRIPTOR = "gcp:monitoring/metricDescriptor:MetricDescriptor"
CHANNEL = "gcp:monitoring/notificationChannel:NotificationChannel"


def conditions(plan: Any = None) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for policy in record_machine(plan or gcp_plan()).of_type(POLICY):
        inputs: Any = policy.inputs
        made[policy.name] = inputs["conditions"][0]
    return made


def test_disk_and_memory_alarm_above_the_planned_percentages():
    alarms = Alarms(notify=None, email="ops@acme.example", disk_used_percent=70, memory_used_percent=85)
    made = conditions(gcp_plan(alarms=alarms))
    for name, metric, percent in (
        ("acme-disk-full", "custom.googleapis.com/moorage/data_disk_used_percent", 70),
        ("acme-memory-full", "custom.googleapis.com/moorage/memory_used_percent", 85),
    ):
        threshold = made[name]["conditionThreshold"]
        assert threshold["thresholdValue"] == percent
        assert threshold["comparison"] == "COMPARISON_GT"
        assert threshold["filter"] == (
            f'resource.type = "gce_instance" AND metric.type = "{metric}" AND resource.labels.instance_id = "4711"'
        )


def test_a_machine_that_is_down_or_silent_alarms_after_whole_minutes():
    made = conditions()
    assert "compute.googleapis.com/instance/uptime" in made["acme-down"]["conditionAbsent"]["filter"]
    for name in ("acme-down", "acme-silent"):
        seconds = int(made[name]["conditionAbsent"]["duration"].removesuffix("s"))
        assert seconds % 60 == 0


def test_a_metric_is_described_before_an_alert_names_it_and_stays_for_the_other_stacks_of_the_project():
    recording = record_machine(gcp_plan())
    described = {descriptor.inputs["type"]: descriptor for descriptor in recording.of_type(DESCRIPTOR)}
    for descriptor in described.values():
        assert descriptor.retain_on_delete
        assert descriptor.inputs["valueType"] == "DOUBLE"
        labels: Any = descriptor.inputs["labels"]
        assert [label["key"] for label in labels] == ["name"]
    for policy in recording.of_type(POLICY):
        inputs: Any = policy.inputs
        (condition,) = [value for key, value in inputs["conditions"][0].items() if key.startswith("condition")]
        for metric, descriptor in described.items():
            if metric in condition["filter"]:
                assert descriptor.urn in policy.depends_on


def test_a_given_channel_is_used_else_a_mail_address_else_nobody_is_told():
    def told(notify: str | None, email: str | None) -> tuple[int, Any]:
        recording = record_machine(gcp_plan(alarms=Alarms(notify, email, 80, 90)))
        return len(recording.of_type(CHANNEL)), recording.of_type(POLICY)[0].inputs["notificationChannels"]

    given = "projects/acme-sourcegraph/notificationChannels/42"
    assert told(given, "ops@acme.example") == (0, [given])
    assert told(None, "ops@acme.example") == (1, ["acme-email-1a2b3c4"])
    assert told(None, None) == (0, [])

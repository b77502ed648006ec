"""What is watched, and who is told."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from recommender.plan import Alarms, SingleNodePlan
from tests.components.aws import TOPIC, production, record_machine

ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
OUR_TOPIC = "arn:aws:sns:us-east-1:123456789012:acme-alarms"


def alarms(plan: SingleNodePlan) -> dict[str, Any]:
    return {alarm.name.removeprefix("acme-alarms-"): alarm.inputs for alarm in record_machine(plan).of_type(ALARM)}


def told(**changes: Any) -> Alarms:
    given = production().alarms
    assert given is not None
    return replace(given, **changes)


def test_a_failed_host_is_left_and_a_hung_system_rebooted() -> None:
    found = alarms(production())
    assert found["host"]["metricName"] == "StatusCheckFailed_System"
    assert found["host"]["alarmActions"] == ["arn:aws:automate:us-east-1:ec2:recover", OUR_TOPIC]
    assert found["system"]["metricName"] == "StatusCheckFailed_Instance"
    assert found["system"]["alarmActions"] == ["arn:aws:automate:us-east-1:ec2:reboot", OUR_TOPIC]
    assert found["host"]["evaluationPeriods"] < found["system"]["evaluationPeriods"]


@pytest.mark.parametrize(("kind", "metric", "limit"), [("data-disk", "data_disk", 80), ("memory", "memory", 90)])
def test_the_machine_reports_its_own_disk_and_memory(kind: str, metric: str, limit: int) -> None:
    alarm = alarms(production())[kind]
    assert (alarm["namespace"], alarm["metricName"]) == ("moorage", f"{metric}_used_percent")
    assert alarm["dimensions"] == {"Name": "acme"}
    assert (alarm["threshold"], alarm["period"]) == (limit, 300)


@pytest.mark.parametrize(("stage", "missing"), [("production", "breaching"), ("trial", "missing"), ("poc", "missing")])
def test_in_production_a_silent_machine_is_alarming(stage: str, missing: str) -> None:
    found = alarms(production(stage=stage))
    assert {found[kind]["treatMissingData"] for kind in ("data-disk", "memory")} == {missing}


def test_the_load_balancer_is_asked_where_there_is_one() -> None:
    assert alarms(production())["unhealthy"]["dimensions"] == {
        "LoadBalancer": "suffix/LoadBalancer",
        "TargetGroup": "suffix/TargetGroup",
    }
    assert "unhealthy" not in alarms(production(access=None))


def test_a_mail_address_gets_a_topic_of_its_own() -> None:
    recording = record_machine(production())
    assert recording.named("acme-alarms-email").inputs == {
        "endpoint": "ops@acme.example",
        "protocol": "email",
        "topic": OUR_TOPIC,
    }
    topic = recording.named("acme-alarms", "aws:sns/topic:Topic")
    assert "kmsMasterKeyId" not in topic.inputs, "CloudWatch cannot publish under the AWS-managed key"


def test_a_topic_that_exists_is_used_as_it_is() -> None:
    plan = production(alarms=told(notify=TOPIC))
    assert not record_machine(plan).of_type("aws:sns/topic:Topic")
    assert all(TOPIC in alarm["alarmActions"] and alarm["okActions"] == [TOPIC] for alarm in alarms(plan).values())


def test_alarms_that_tell_nobody_still_recover_the_machine() -> None:
    found = alarms(production(alarms=told(email=None)))
    assert found["host"]["alarmActions"] == ["arn:aws:automate:us-east-1:ec2:recover"]
    assert found["memory"]["alarmActions"] == []


def test_no_alarms_means_none() -> None:
    assert alarms(production(alarms=None)) == {}

"""What is watched, and who is told."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypedDict

import pulumi
import pulumi_aws as aws

from components.aws.tags import named
from components.aws.watches import Dimensions, Watch, machine_health, own_measurements, seen_from_outside
from recommender.plan import Alarms as AlarmsPlan


class AlarmsArgs(TypedDict):
    """What alarms are made of."""

    alarms: AlarmsPlan
    """Limits, and who is told."""
    plan_name: str
    """Dimension `Name` of what the machine measures about itself."""
    region: str
    """Region of the machine, for the names of the recovery actions."""
    instance_id: pulumi.Input[str]
    """The machine."""
    target_group: Dimensions | None
    """Dimensions of the load balancer's metrics; None: there is no load balancer."""
    silence_is_failure: bool
    """True: a machine that no longer reports its disk and memory is as alarming as a full one."""
    tags: Mapping[str, str]
    """Tags of every resource."""


class Alarms(pulumi.ComponentResource):
    """CloudWatch alarms on the machine's health, its data disk, its memory and what the load balancer sees of it."""

    topic_arn: pulumi.Output[str] | None
    """Where alarms are sent; None: nobody is told, but AWS still recovers and reboots the machine."""

    def __init__(self, name: str, args: AlarmsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("moorage:aws:Alarms", name, opts=opts)
        self._name, self._tags, self._child = name, args["tags"], pulumi.ResourceOptions(parent=self)
        self.topic_arn = self._topic(args["alarms"])
        watches = (
            *machine_health(args["instance_id"], args["region"]),
            *own_measurements(args["plan_name"], args["alarms"], silence_is_failure=args["silence_is_failure"]),
            *(seen_from_outside(args["target_group"]) if args["target_group"] else ()),
        )
        for watch in watches:
            self._create_alarm(watch)
        self.register_outputs({"topicArn": self.topic_arn})

    def _topic(self, alarms: AlarmsPlan) -> pulumi.Output[str] | None:
        if alarms.notify:
            return pulumi.Output.from_input(alarms.notify)
        if not alarms.email:
            return None
        # Not encrypted: under the AWS-managed SNS key, to which CloudWatch has no access, alarms would get lost (AWS
        # re:Post, "configure CloudWatch alarms with encrypted SNS topics", read 2026-11-22), and a customer's key may
        # not admit CloudWatch. Messages hold names and numbers, no code.
        topic = aws.sns.Topic(self._name, tags=named(self._tags, self._name), opts=self._child)
        aws.sns.TopicSubscription(
            f"{self._name}-email", topic=topic.arn, protocol="email", endpoint=alarms.email, opts=self._child
        )
        return topic.arn

    def _create_alarm(self, watch: Watch) -> None:
        name = f"{self._name}-{watch.kind}"
        told: list[pulumi.Input[str]] = [self.topic_arn] if self.topic_arn is not None else []
        aws.cloudwatch.MetricAlarm(
            name,
            alarm_description=watch.description,
            namespace=watch.namespace,
            metric_name=watch.metric,
            dimensions=watch.dimensions,
            statistic="Maximum",
            comparison_operator="GreaterThanOrEqualToThreshold",
            threshold=watch.threshold,
            period=watch.seconds,
            evaluation_periods=watch.periods,
            treat_missing_data=watch.missing,
            alarm_actions=[*watch.actions, *told],
            ok_actions=told,
            tags=named(self._tags, name),
            opts=self._child,
        )

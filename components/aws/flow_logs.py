"""A record of who talked to whom in a network."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypedDict

import pulumi
import pulumi_aws as aws

from components.aws import iam
from components.aws.tags import named

RETENTION_DAYS = 90


class FlowLogsArgs(TypedDict):
    """What flow logs are made of."""

    vpc_id: pulumi.Input[str]
    """Network to record."""
    tags: Mapping[str, str]
    """Tags of every resource."""


class FlowLogs(pulumi.ComponentResource):
    """All accepted and rejected connections of one VPC, kept in CloudWatch Logs for 90 days."""

    log_group_name: pulumi.Output[str]
    """Where the records are."""

    def __init__(self, name: str, args: FlowLogsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("moorage:aws:FlowLogs", name, opts=opts)
        child = pulumi.ResourceOptions(parent=self)
        tags = named(args["tags"], name)
        group = aws.cloudwatch.LogGroup(name, retention_in_days=RETENTION_DAYS, tags=tags, opts=child)
        role = aws.iam.Role(name, assume_role_policy=iam.trust("vpc-flow-logs.amazonaws.com"), tags=tags, opts=child)
        write = aws.iam.RolePolicy(f"{name}-write", role=role.name, policy=group.arn.apply(_write_to_group), opts=child)
        aws.ec2.FlowLog(
            name,
            vpc_id=args["vpc_id"],
            traffic_type="ALL",
            log_destination_type="cloud-watch-logs",
            log_destination=group.arn,
            iam_role_arn=role.arn,
            tags=tags,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[write]),
        )
        self.log_group_name = group.name
        self.register_outputs({"logGroupName": self.log_group_name})


def _write_to_group(group_arn: str) -> str:
    return iam.policy(
        iam.allow(
            ["logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogStreams"], [group_arn, f"{group_arn}:*"]
        ),
        iam.allow(["logs:DescribeLogGroups"], "*"),
    )

"""Which metrics mean trouble, and from when on. Pure data: `Alarms` makes the resources."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi

from components.aws.identity import METRICS_NAMESPACE
from recommender.plan import Alarms

Dimensions = Mapping[str, pulumi.Input[str]]


@dataclass(frozen=True, slots=True)
class Watch:
    """`metric` at or above `threshold` for `periods` periods of `seconds`."""

    kind: str
    """Ending of the alarm's logical name."""
    description: str
    namespace: str
    metric: str
    dimensions: Dimensions
    threshold: float
    seconds: int
    periods: int
    missing: str = "missing"
    """What silence means: `missing` changes nothing, `breaching` is as bad as a high value."""
    actions: tuple[str, ...] = ()
    """What AWS does by itself, besides telling people."""


def machine_health(instance_id: pulumi.Input[str], region: str) -> tuple[Watch, ...]:
    """The two status checks of EC2, each with the remedy that EC2 offers for it."""
    dimensions = {"InstanceId": instance_id}
    return (
        Watch(
            "host",
            "The host under the machine failed. AWS moves the machine to another one.",
            "AWS/EC2",
            "StatusCheckFailed_System",
            dimensions,
            threshold=1,
            seconds=60,
            periods=2,
            actions=(f"arn:aws:automate:{region}:ec2:recover",),
        ),
        Watch(
            "system",
            "The operating system does not answer. AWS reboots the machine.",
            "AWS/EC2",
            "StatusCheckFailed_Instance",
            dimensions,
            threshold=1,
            seconds=60,
            # Long after `host`, so that a recovery and a reboot do not meet.
            periods=10,
            actions=(f"arn:aws:automate:{region}:ec2:reboot",),
        ),
    )


def own_measurements(plan_name: str, limits: Alarms, *, silence_is_failure: bool) -> tuple[Watch, ...]:
    """What only the machine knows. It reports every 5 minutes; three reports decide."""
    measured = (
        ("data-disk", "The data disk is nearly full", "data_disk_used_percent", limits.disk_used_percent),
        ("memory", "Memory is nearly used up", "memory_used_percent", limits.memory_used_percent),
    )
    return tuple(
        Watch(
            kind,
            f"{what}, or the machine no longer reports it." if silence_is_failure else f"{what}.",
            METRICS_NAMESPACE,
            metric,
            {"Name": plan_name},
            threshold=limit,
            seconds=300,
            periods=3,
            missing="breaching" if silence_is_failure else "missing",
        )
        for kind, what, metric, limit in measured
    )


def seen_from_outside(target_group: Dimensions) -> tuple[Watch, ...]:
    """What the load balancer's health check finds."""
    return (
        Watch(
            "unhealthy",
            "The load balancer finds no healthy Sourcegraph behind it.",
            "AWS/ApplicationELB",
            "UnHealthyHostCount",
            target_group,
            threshold=1,
            seconds=60,
            # A start takes about 5 minutes, and the vendor lets 10 pass before worrying (sourcegraph/docs@3499c087
            # docs/self-hosted/deploy/machine-images/aws-ami.mdx, read 2026-11-22): only a longer absence is news.
            periods=15,
        ),
    )

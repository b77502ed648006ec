"""What is watched on the machine, and who is told."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, TypedDict

import pulumi
import pulumi_gcp as gcp

from recommender import plan

_PREFIX = "custom.googleapis.com/moorage"
DISK_METRIC = f"{_PREFIX}/data_disk_used_percent"
MEMORY_METRIC = f"{_PREFIX}/memory_used_percent"
_UPTIME = "compute.googleapis.com/instance/uptime"

# The machine posts its two metrics every five minutes, so a window of ten always holds one.
_WINDOW = "600s"


class AlarmsArgs(TypedDict):
    """What `Alarms` needs."""

    alarms: plan.Alarms
    """Thresholds, and the channel or mail address to notify."""
    instance_id: pulumi.Input[str]
    """Number of the instance."""
    labels: Mapping[str, str]


class Alarms(pulumi.ComponentResource):
    """Alarms on the data disk, on memory, and on a machine that is down or no longer reports.

    Cloud Monitoring refuses an alert on a metric that it has never heard of (hashicorp/terraform-provider-google
    #11102), so the two metrics are described first. It may know them only minutes later; running the update again
    then creates the alerts that are missing.
    """

    def __init__(self, name: str, args: AlarmsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("moorage:gcp:Alarms", name, opts=opts)
        self._name, self._args = name, args
        self._channels = self._notification_channels()
        disk = self._describe("data-disk", DISK_METRIC, "Used space of the Sourcegraph data disk")
        memory = self._describe("memory", MEMORY_METRIC, "Used memory of the Sourcegraph machine")
        alarms = args["alarms"]
        self._above("disk-full", DISK_METRIC, alarms.disk_used_percent, [disk])
        self._above("memory-full", MEMORY_METRIC, alarms.memory_used_percent, [memory])
        self._absent("silent", DISK_METRIC, "ALIGN_MEAN", _WINDOW, "900s", [disk])
        self._absent("down", _UPTIME, "ALIGN_RATE", "60s", "300s", [])
        self.register_outputs({})

    def _notification_channels(self) -> list[pulumi.Input[str]]:
        alarms = self._args["alarms"]
        if alarms.notify:
            return [alarms.notify]
        if alarms.email is None:
            return []
        return [
            gcp.monitoring.NotificationChannel(
                f"{self._name}-email",
                type="email",
                display_name=f"Sourcegraph {self._name}",
                labels={"email_address": alarms.email},
                user_labels=self._args["labels"],
                opts=pulumi.ResourceOptions(parent=self),
            ).name
        ]

    def _describe(self, suffix: str, metric: str, title: str) -> gcp.monitoring.MetricDescriptor:
        return gcp.monitoring.MetricDescriptor(
            f"{self._name}-{suffix}",
            type=metric,
            metric_kind="GAUGE",
            value_type="DOUBLE",
            unit="%",
            display_name=title,
            description=f"{title}, in percent.",
            labels=[{"key": "name", "value_type": "STRING", "description": "Name of the moorage stack"}],
            # A project has one descriptor a metric. Deleting it with one stack would take the data of all the others.
            opts=pulumi.ResourceOptions(parent=self, retain_on_delete=True),
        )

    def _above(self, suffix: str, metric: str, percent: int, known: list[pulumi.Resource]) -> None:
        self._policy(
            suffix,
            "WARNING",
            {
                "display_name": f"{metric} above {percent} percent",
                "condition_threshold": {
                    "filter": self._filter(metric),
                    "comparison": "COMPARISON_GT",
                    "threshold_value": percent,
                    "duration": "0s",
                    "aggregations": [{"alignment_period": _WINDOW, "per_series_aligner": "ALIGN_MEAN"}],
                },
            },
            known,
        )

    def _absent(
        self, suffix: str, metric: str, aligner: str, window: str, duration: str, known: list[pulumi.Resource]
    ) -> None:
        self._policy(
            suffix,
            "CRITICAL",
            {
                "display_name": f"{metric} absent for {duration}",
                "condition_absent": {
                    "filter": self._filter(metric),
                    "duration": duration,
                    "aggregations": [{"alignment_period": window, "per_series_aligner": aligner}],
                },
            },
            known,
        )

    def _policy(
        self,
        suffix: str,
        severity: Literal["WARNING", "CRITICAL"],
        condition: gcp.monitoring.AlertPolicyConditionArgsDict,
        known: list[pulumi.Resource],
    ) -> None:
        gcp.monitoring.AlertPolicy(
            f"{self._name}-{suffix}",
            display_name=f"Sourcegraph {self._name}: {suffix}",
            severity=severity,
            combiner="OR",
            conditions=[condition],
            notification_channels=self._channels,
            user_labels=self._args["labels"],
            opts=pulumi.ResourceOptions(parent=self, depends_on=known),
        )

    def _filter(self, metric: str) -> pulumi.Output[str]:
        return pulumi.Output.format(
            'resource.type = "gce_instance" AND metric.type = "{}" AND resource.labels.instance_id = "{}"',
            metric,
            self._args["instance_id"],
        )

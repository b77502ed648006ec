"""The disk that outlives every machine."""

from __future__ import annotations

from typing import TypedDict

import pulumi
import pulumi_aws as aws

from components.aws.snapshots import schedule_snapshots
from components.aws.tags import named
from recommender.plan import SingleNodePlan

_SNAPSHOT_TAG = "moorage:data-disk"


class DataDiskArgs(TypedDict):
    """What a data disk is made of."""

    plan: SingleNodePlan
    """Size, kind, key and schedule, whether the disk is kept, and its zone, a change of which would replace it."""


class DataDisk(pulumi.ComponentResource):
    """An encrypted EBS volume and its snapshot schedule. The machine attaches it; this component never does."""

    volume_id: pulumi.Output[str]
    """The volume."""

    def __init__(self, name: str, args: DataDiskArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("moorage:aws:DataDisk", name, opts=opts)
        plan, disk, tags = args["plan"], args["plan"].data_disk, dict(args["plan"].tags)
        volume = aws.ebs.Volume(
            name,
            availability_zone=plan.zone,
            size=disk.size_gb,
            type=disk.kind,
            iops=disk.iops,
            throughput=disk.throughput_mbps,
            encrypted=True,
            kms_key_id=plan.kms_key,
            final_snapshot=disk.keep,
            tags={**named(tags, name), _SNAPSHOT_TAG: name},
            # Said here, not on the component: neither option is reliably inherited (pulumi/pulumi#19654).
            opts=pulumi.ResourceOptions(parent=self, protect=disk.keep, retain_on_delete=disk.keep),
        )
        if plan.snapshots:
            schedule_snapshots(
                f"{name}-snapshots",
                of=name,
                tag=(_SNAPSHOT_TAG, name),
                snapshots=plan.snapshots,
                kms_key=plan.kms_key,
                tags=tags,
                parent=self,
            )
        self.volume_id = volume.id
        self.register_outputs({"volumeId": self.volume_id})

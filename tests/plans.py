"""Plans with realistic values, for tests of what reads a plan: components, templates, programs.

`aws_plan(stage="poc", data_disk=replace(...))` changes fields by name; the rest is the size chart's smallest row.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from recommender.plan import Access, Alarms, DataDisk, Fact, Image, MachineImagePlan, NewNetwork, Snapshots

_IMAGE_FACT = Fact(source="sourcegraph/deploy@2d7a30ac CHANGELOG.md", read_on="2026-11-22")
_BUCKET_FACT = Fact(
    source="sourcegraph/deploy@2d7a30ac packer/gcp/gcp-builder.pkr.hcl", read_on="2026-11-22", verified=False
)


def aws_plan(**changes: Any) -> MachineImagePlan:
    """A production machine for `acme` in us-east-1, behind an internet-facing load balancer."""
    plan = MachineImagePlan(
        name="acme",
        stage="production",
        disposable=False,
        provider="aws",
        project=None,
        region="us-east-1",
        zone="us-east-1a",
        version="6.12.5040",
        size="XS",
        image=Image(reference="ami-0d5604b984e5bd659", archive=None, version="6.12.5040", fact=_IMAGE_FACT),
        roll_image=False,
        machine_type="m6a.2xlarge",
        vcpu=8,
        memory_gb=32,
        root_disk_gb=50,
        data_disk=DataDisk(
            size_gb=500,
            kind="gp3",
            iops=3000,
            throughput_mbps=125,
            device_name="/dev/sdb",
            filesystem="xfs",
            keep=True,
        ),
        network=NewNetwork(
            cidr="10.40.0.0/16",
            machine_cidr="10.40.0.0/24",
            edge_cidrs=("10.40.1.0/24", "10.40.2.0/24"),
            edge_zones=("us-east-1a", "us-east-1b"),
            nat=True,
            nat_cidr="10.40.3.0/24",
        ),
        access=Access(
            domain="sourcegraph.acme.example",
            scheme="internet-facing",
            allowed_cidrs=("0.0.0.0/0",),
            certificate=None,
            dns_zone="Z0123456789ABCDEFGHIJ",
        ),
        kms_key=None,
        snapshots=Snapshots(start_utc="03:00", keep_days=14),
        alarms=Alarms(notify=None, email="ops@acme.example", disk_used_percent=80, memory_used_percent=90),
        deletion_protection=True,
        tags=(("moorage:stack", "acme"), ("moorage:stage", "production")),
    )
    return replace(plan, **changes)


def gcp_plan(**changes: Any) -> MachineImagePlan:
    """The same machine in us-central1, from the vendor's image archive."""
    plan = MachineImagePlan(
        name="acme",
        stage="production",
        disposable=False,
        provider="gcp",
        project="acme-sourcegraph",
        region="us-central1",
        zone="us-central1-a",
        version="6.12.5040",
        size="XS",
        image=Image(
            reference=None,
            archive="https://storage.googleapis.com/sourcegraph-images/latest/Sourcegraph-XS.tar.gz",
            version="6.12.5040",
            fact=_BUCKET_FACT,
        ),
        roll_image=False,
        machine_type="n2-standard-8",
        vcpu=8,
        memory_gb=32,
        root_disk_gb=50,
        data_disk=DataDisk(
            size_gb=500,
            kind="pd-ssd",
            iops=None,
            throughput_mbps=None,
            device_name="acme-data",
            filesystem="ext4",
            keep=True,
        ),
        network=NewNetwork(
            cidr="10.40.0.0/16",
            machine_cidr="10.40.0.0/24",
            edge_cidrs=(),
            edge_zones=(),
            nat=True,
        ),
        access=Access(
            domain="sourcegraph.acme.example",
            scheme="internet-facing",
            allowed_cidrs=("0.0.0.0/0",),
            certificate=None,
            dns_zone="acme-example",
        ),
        kms_key=None,
        snapshots=Snapshots(start_utc="03:00", keep_days=14),
        alarms=Alarms(notify=None, email="ops@acme.example", disk_used_percent=80, memory_used_percent=90),
        deletion_protection=False,
        tags=(("moorage-stack", "acme"), ("moorage-stage", "production")),
    )
    return replace(plan, **changes)

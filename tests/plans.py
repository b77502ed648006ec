"""Plans with realistic values, for tests of what reads a plan: components, templates, programs.

`aws_plan(stage="poc", data_disk=replace(...))` changes fields by name; the rest is the size chart's smallest row.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from recommender.fact import Fact
from recommender.host import Download, External, HostDisk, HostPlan, Software, Sources, Tls
from recommender.host_plan import fitted
from recommender.plan import Access, Alarms, DataDisk, Image, NewNetwork, SingleNodePlan, Snapshots
from recommender.sizing import Load
from recommender.sizing.estimator import estimate
from recommender.sizing.size_chart import Shape

_IMAGE_FACT = Fact(source="sourcegraph/deploy@2d7a30ac CHANGELOG.md", read_on="2026-11-22")
_BUCKET_FACT = Fact(
    source="sourcegraph/deploy@2d7a30ac packer/gcp/gcp-builder.pkr.hcl", read_on="2026-11-22", verified=False
)


def aws_plan(**changes: Any) -> SingleNodePlan:
    """A production machine for `acme` in us-east-1, behind an internet-facing load balancer."""
    plan = SingleNodePlan(
        name="acme",
        target="machine-image",
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


def gcp_plan(**changes: Any) -> SingleNodePlan:
    """The same machine in us-central1, from the vendor's image archive."""
    plan = SingleNodePlan(
        name="acme",
        target="machine-image",
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


_FILE_FACT = Fact(source="a test", read_on="2026-11-22")


def download(name: str, **changes: Any) -> Download:
    """A pinned file; give `tree` and `tree_sha256` (and `sha256=None`) for an archive checked by its content."""
    plain = Download(name, "1.2.3", f"{name}-1.2.3", f"https://origin.example/{name}", "0" * 64, None, None, _FILE_FACT)
    return replace(plain, **changes)


def host_plan(target: Software = "install-script", **changes: Any) -> HostPlan:
    """A machine that the organization brings, for `acme`, with the size chart's smallest row."""
    names = {"install-script": ("k3s", "helm", "chart"), "docker-compose": ("docker", "compose", "vendor-files")}
    archives = {"chart": "charts/sourcegraph", "vendor-files": "."}
    plan = HostPlan(
        name="acme",
        target=target,
        stage="production",
        version="6.12.5040" if target == "install-script" else "7.5.4453",
        size="XS",
        vcpu=8,
        memory_gb=32,
        root_disk_gb=50,
        platform="other",
        provider="on-premises",
        region=None,
        zone=None,
        disk=HostDisk(device=None, filesystem="ext4", size_gb=500),
        domain="sourcegraph.acme.example",
        tls=Tls("self-signed", None, None, None),
        services=fitted(estimate(Load(400, 900, 20, 5, 1, 0)), Shape(8, 32)),
        external=External(),
        executors=None,
        proxy=None,
        sources=Sources(
            tuple(
                download(name, sha256=None, tree=archives[name], tree_sha256="1" * 64)
                if name in archives
                else download(name)
                for name in names[target]
            ),
            mirror=None,
            registry=None,
        ),
    )
    return replace(plan, **changes)

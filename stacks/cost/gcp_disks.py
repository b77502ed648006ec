"""GCP: disks and their snapshots."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from stacks.cost import snapshots
from stacks.cost.charges import ByUse, Charge, Charges, Payer
from stacks.cost.index import Index, number, record, text
from stacks.preview import Resource


def disk(
    payer: Payer, item: str, block: Mapping[str, Any], count: float | None = 1, maximum: float | None = None
) -> Iterator[Charge]:
    """`count` disks.

    Args:
        payer: whose.
        item: what the line says first.
        block: `size` in GiB and `type`; pd-standard is what GCP makes where no type is given. hyperdisk-balanced
            includes 3,000 IOPS and 140 MiB/s; prices above are not known.
        count: how many; None: unknown.
        maximum: how many at the most.
    """
    size, kind = number(block.get("size")), text(block.get("type")).rpartition("/")[2] or "pd-standard"
    total = None if size is None or count is None else size * count
    most = maximum and size and maximum * size
    key = f"disk.{kind}.gib-month"
    yield payer.amount(f"{item}, {kind}", "disks", key, total, "GiB-month", maximum=most)
    if kind.startswith("hyperdisk") and (block.get("provisionedIops") or block.get("provisionedThroughput")):
        yield payer.amount(f"{item}, {kind}: IOPS and throughput", "disks", None, None, "IOPS-month")


def persistent_disk(resource: Resource, index: Index) -> Charges:
    """`gcp:compute/disk:Disk`."""
    yield from disk(Payer(resource.urn, index.region(resource)), "data disk", resource.inputs)


def scheduled_snapshots(resource: Resource, index: Index) -> Charges:
    """`gcp:compute/diskResourcePolicyAttachment:DiskResourcePolicyAttachment`: a schedule's snapshots of one disk."""
    payer = Payer(resource.urn, index.region(resource))
    of = index.behind(resource, "disk", "gcp:compute/disk:Disk")
    policy = index.behind(resource, "name", "gcp:compute/resourcePolicy:ResourcePolicy")
    schedule = record(policy.inputs.get("snapshotSchedulePolicy")) if policy else {}
    kept = number(record(schedule.get("retentionPolicy")).get("maxRetentionDays"))
    size = number(of.inputs.get("size")) if of else None
    total = None if size is None or kept is None else snapshots.stored(size, kept)
    note = snapshots.note(kept) if kept else ""
    yield payer.amount("snapshots", "snapshots", "disk.snapshot.gib-month", total, "GiB-month", note=note)


def image(resource: Resource, index: Index) -> Charges:
    """`gcp:compute/image:Image`: by the size of the archive that it is made of."""
    yield Payer(resource.urn, index.region(resource)).use("Storage of the machine's own image", "image.gib-month")


def backup_plan(resource: Resource, index: Index) -> Charges:
    """`gcp:gkebackup/backupPlan:BackupPlan`: pays for what it stores and for each pod; neither price is known.

    Source: cloud.google.com/kubernetes-engine/docs/add-on/backup-for-gke/concepts/about-pricing (2025-09-01).
    """
    payer = Payer(resource.urn, index.region(resource))
    kept = number(record(resource.inputs.get("retentionPolicy")).get("backupRetainDays"))
    size = float(sum(claim.count * claim.size_gib for claim in index.preview.claims))
    total = None if kept is None or not size else snapshots.stored(size, kept)
    note = snapshots.note(kept) if kept else ""
    key = "gkebackup.gib-month"
    yield payer.amount("Backup for GKE, storage", "snapshots", key, total, "GiB-month", note=note)
    yield ByUse("Backup for GKE also charges for each pod that it protects: the table has no price.")

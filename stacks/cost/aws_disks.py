"""AWS: EBS disks and their snapshots."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from stacks.cost import snapshots
from stacks.cost.charges import Charge, Charges, Payer
from stacks.cost.index import Index, number, record, records, text
from stacks.preview import Resource

_FREE_IOPS: Final = 3000
_FREE_MIBPS: Final = 125
"""Of each gp3 disk (units of the price table)."""
_IO2_TIERS: Final = ((0, 32_000, "tier1"), (32_000, 64_000, "tier2"), (64_000, float("inf"), "tier3"))


def disk(
    payer: Payer, item: str, block: Mapping[str, Any], count: float | None = 1, maximum: float | None = None
) -> Iterator[Charge]:
    """`count` EBS disks, as a block device or a volume describes one.

    Args:
        payer: whose.
        item: what the lines say first.
        block: `volumeSize` or `size` in GB, `volumeType` or `type`, `iops`, `throughput` in MiB/s. gp2 is what AWS
            makes where no type is given, and has no price here.
        count: how many; None: unknown.
        maximum: how many at the most.
    """
    size = number(block.get("volumeSize", block.get("size")))
    kind = text(block.get("volumeType", block.get("type"))) or "gp2"
    item = f"{item}, {kind}"

    def each(what: str, key: str, amount: float | None, unit: str) -> Charge:
        most = maximum and amount and maximum * amount
        total = None if amount is None or count is None else amount * count
        return payer.amount(what, "disks", key, total, unit, maximum=most)

    yield each(item, f"ebs.{kind}.gb-month", size, "GB-month")
    iops, throughput = number(block.get("iops")) or 0, number(block.get("throughput")) or 0
    if kind == "gp3" and iops > _FREE_IOPS:
        yield each(f"{item}: IOPS above {_FREE_IOPS}", "ebs.gp3.iops-month", iops - _FREE_IOPS, "IOPS-month")
    if kind == "gp3" and throughput > _FREE_MIBPS:
        above = throughput - _FREE_MIBPS
        yield each(f"{item}: throughput above {_FREE_MIBPS} MiB/s", "ebs.gp3.mibps-month", above, "MiB/s-month")
    for low, high, tier in _IO2_TIERS if kind == "io2" else ():
        if iops > low:
            yield each(f"{item}: IOPS, {tier}", f"ebs.io2.iops-month.{tier}", min(iops, high) - low, "IOPS-month")


def volume(resource: Resource, index: Index) -> Charges:
    """`aws:ebs/volume:Volume`."""
    yield from disk(Payer(resource.urn, index.region(resource)), "data disk", resource.inputs)


def snapshot_policy(resource: Resource, index: Index) -> Charges:
    """`aws:dlm/lifecyclePolicy:LifecyclePolicy`: the snapshots that it keeps of the disks with its tags."""
    payer = Payer(resource.urn, index.region(resource))
    details = record(resource.inputs.get("policyDetails"))
    kept = sum(_kept(schedule) for schedule in records(details.get("schedules")))
    size = _tagged_gb(index, record(details.get("targetTags")))
    total = None if size is None or not kept else snapshots.stored(size, kept)
    note = snapshots.note(kept) if kept else ""
    yield payer.amount("snapshots", "snapshots", "ebs.snapshot.gb-month", total, "GB-month", note=note)


def _kept(schedule: Mapping[str, Any]) -> float:
    """Daily snapshots that a schedule keeps; those that are taken more often hold what days hold, not more."""
    kept = number(record(schedule.get("retainRule")).get("count")) or 0
    interval = number(record(schedule.get("createRule")).get("interval")) or 24
    return kept * interval / 24


def _tagged_gb(index: Index, tags: Mapping[str, Any]) -> float | None:
    """GB of the disks with one of these tags, those that Kubernetes makes included; None: none, or of unknown size."""
    wanted = {(key, value) for key, value in tags.items() if isinstance(value, str)}
    sizes = [
        number(volume.inputs.get("size"))
        for volume in index.of_type("aws:ebs/volume:Volume")
        if wanted & {(k, v) for k, v in record(volume.inputs.get("tags")).items() if isinstance(v, str)}
    ]
    sizes += _claimed_gb(index, {f"{key}={value}" for key, value in wanted})
    if not sizes or None in sizes:
        return None
    return sum(size for size in sizes if size is not None)


def _claimed_gb(index: Index, wanted: set[str]) -> list[float | None]:
    classes = index.of_type("kubernetes:storage.k8s.io/v1:StorageClass")
    tagged = {
        index.stack(resource)
        for resource in classes
        if any(
            text(value) in wanted
            for key, value in record(resource.inputs.get("parameters")).items()
            if key.startswith("tagSpecification")
        )
    }
    return [float(claim.count * claim.size_gib) for claim in index.preview.claims if claim.stack in tagged]

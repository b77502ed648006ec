"""GCP: Compute Engine machines, alone and in node pools of GKE."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from stacks.cost.charges import Charge, Charges, Payer
from stacks.cost.estimate import Price
from stacks.cost.gcp_disks import disk
from stacks.cost.index import Index, number, record, records, text
from stacks.cost.table import find, table
from stacks.preview import Resource

ADDRESS: Final = "ip.in-use.hour"
INSTANCE: Final = "gcp:compute/instance:Instance"
NODE_POOL: Final = "gcp:container/nodePool:NodePool"
_SHAPE: Final = re.compile(r"(([a-z]\d+[a-z]?)-(?:standard|highmem|highcpu))-([1-9]\d*)")
_SUSTAINED: Final = {"n1": 0.7, "n2": 0.8, "n2d": 0.8}
"""What a full month costs of the list price (rule `gce-sud`). Told in a note, and never applied."""
_DEFAULT_NODE_DISK_GB: Final = 100
"""What GKE gives a node whose pool does not say (schema of pulumi-gcp 10.2, NodePool
`nodeConfig.diskSizeGb`, read 2026-11-22)."""


def price_of(machine: str, region: str) -> Price | None:
    """The list price an hour of a predefined shape, such as `n2-standard-16` (rule `gce-formula`).

    Returns:
        None for a shape or region that the table does not have, and for custom and shared-core machines.
    """
    shape = _SHAPE.fullmatch(machine)
    gib = table()["gce_gib"].get(shape[1], {}).get(shape[3]) if shape else None
    if shape is None or gib is None:
        return None
    vcpu, memory = find(f"gce.{shape[2]}.vcpu-hour", region), find(f"gce.{shape[2]}.gib-hour", region)
    if vcpu is None or memory is None:
        return None
    usd = round(int(shape[3]) * vcpu.usd + gib * memory.usd, 8)
    return Price(f"gce.{machine}", usd, "hour", region, vcpu.source, vcpu.as_of, vcpu.firm, vcpu.note)


def machine(payer: Payer, kind: str, count: float | None = 1, maximum: float | None = None) -> Charge:
    """`count` machines of a shape for a month, at list price."""
    share = _SUSTAINED.get(kind.partition("-")[0])
    note = f"list price; sustained use makes a full month {share:g} of it" if share else ""
    item = f"{kind or 'machine of unknown type'}, on demand"
    return payer.hours(item, "machines", price_of(kind, payer.region), count, maximum=maximum, note=note)


def instance(resource: Resource, index: Index) -> Charges:
    """`gcp:compute/instance:Instance`, with the disk that it boots from and its public address."""
    inputs, payer = resource.inputs, Payer(resource.urn, index.region(resource))
    yield machine(payer, text(inputs.get("machineType")).rpartition("/")[2])
    boot = record(inputs.get("bootDisk"))
    if not boot.get("source"):
        yield from disk(payer, "boot disk", record(boot.get("initializeParams")))
    addresses = public_addresses(resource)
    if addresses:
        yield payer.hours("public IPv4 address", "network", ADDRESS, addresses)
    yield from traffic(payer)


def public_addresses(resource: Resource) -> int:
    """How many public addresses a machine has of its own."""
    faces = records(resource.inputs.get("networkInterfaces"))
    return sum(len(records(face.get("accessConfigs"))) for face in faces)


def nodes(resource: Resource) -> tuple[float | None, float | None]:
    """How many nodes a pool has at first, and at the most; a pool counts for each of its zones."""
    inputs = resource.inputs
    zones = inputs.get("nodeLocations")
    times = len(zones) if isinstance(zones, list | tuple) and zones else 1
    count = number(inputs.get("nodeCount", inputs.get("initialNodeCount")))
    scaling = record(inputs.get("autoscaling"))
    most, total = number(scaling.get("maxNodeCount")), number(scaling.get("totalMaxNodeCount"))
    return count and count * times, total if total is not None else most and most * times


def node_pool(resource: Resource, index: Index) -> Charges:
    """`gcp:container/nodePool:NodePool`: its machines and their disks."""
    config, payer = record(resource.inputs.get("nodeConfig")), Payer(resource.urn, index.region(resource))
    count, most = nodes(resource)
    kind = text(config.get("machineType"))
    if config.get("spot") is True or config.get("preemptible") is True:
        yield payer.hours(f"{kind}, spot", "machines", None, count, maximum=most, note="spot has no list price")
    else:
        yield machine(payer, kind, count, most)
    block = {"size": config.get("diskSizeGb", _DEFAULT_NODE_DISK_GB), "type": config.get("diskType")}
    yield from disk(payer, "disks of nodes", block, count, most)
    yield from traffic(payer)


def traffic(payer: Payer) -> Iterator[Any]:
    """What leaves machines costs by use."""
    yield payer.use("Data out to the internet", "egress.internet")

"""AWS: EC2 machines, alone and in node groups of EKS."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from stacks.cost.aws_disks import disk
from stacks.cost.charges import Charge, Charges, Payer
from stacks.cost.estimate import Price
from stacks.cost.index import Index, number, record, records, text
from stacks.cost.table import find, standing_in, table
from stacks.preview import Resource

ADDRESS: Final = "public-ipv4.hour"
_DEFAULT_NODE_DISK_GB: Final = 20
"""What EKS gives a Linux node where neither the group nor its template says (schema of pulumi-aws
7.51, NodeGroup `diskSize`, read 2026-11-22)."""
_MULTIPLE: Final = {"large": 0.5, "xlarge": 1.0}
"""Of the price of `xlarge`; `Nxlarge` costs N times (rule `ec2-linear`, which all rows of us-east-1 follow)."""


def price_of(machine: str, region: str) -> Price | None:
    """The price an hour of an EC2 instance type, such as `m6a.4xlarge`.

    A family whose price is known in us-east-1 alone is taken from there at the ratio of the two regions for m6a, which
    m5 and m6i have too (rule `ec2-region-ratio`).

    Returns:
        None for a family, size or region that the table does not have.
    """
    family, _, size = machine.partition(".")
    if size not in table()["ec2_sizes"].get(family, ()):
        return None
    unit = find(f"ec2.{family}.xlarge", region) or _by_ratio(family, region)
    if unit is None:
        return None
    times = _MULTIPLE.get(size) or float(size.removesuffix("xlarge"))
    return Price(
        f"ec2.{machine}", round(unit.usd * times, 6), "hour", region, unit.source, unit.as_of, unit.firm, unit.note
    )


def _by_ratio(family: str, region: str) -> Price | None:
    home = find(f"ec2.{family}.xlarge", "us-east-1")
    ours, theirs = find("ec2.m6a.xlarge", region), find("ec2.m6a.xlarge", "us-east-1")
    # Where m5 is known, too, it has the ratio of m6a. In ap-south-1, where it is not, no ratio holds for all families.
    if home is None or ours is None or theirs is None or find("ec2.m5.xlarge", region) is None:
        return None
    return standing_in(home, region, home.usd * ours.usd / theirs.usd, "price of us-east-1 times the ratio of m6a")


def machine(payer: Payer, kind: str, count: float | None = 1, maximum: float | None = None, note: str = "") -> Charge:
    """`count` machines of a type for a month."""
    item = f"{kind or 'machine of unknown type'}, on demand"
    return payer.hours(item, "machines", price_of(kind, payer.region), count, maximum=maximum, note=note)


def instance(resource: Resource, index: Index) -> Charges:
    """`aws:ec2/instance:Instance`, with the disks that it makes and its public address."""
    inputs, payer = resource.inputs, Payer(resource.urn, index.region(resource))
    yield machine(payer, text(inputs.get("instanceType")))
    yield from disk(payer, "root disk", record(inputs.get("rootBlockDevice")))
    for block in records(inputs.get("ebsBlockDevices")):
        yield from disk(payer, "disk", block)
    if inputs.get("associatePublicIpAddress") is True:
        yield payer.hours("public IPv4 address", "network", ADDRESS)
    yield from traffic(payer)


def node_group(resource: Resource, index: Index) -> Charges:
    """`aws:eks/nodeGroup:NodeGroup`: its machines and their disks, by its launch template where it has one."""
    inputs, payer = resource.inputs, Payer(resource.urn, index.region(resource))
    template = index.behind(resource, "launchTemplate", "aws:ec2/launchTemplate:LaunchTemplate")
    given = record(template.inputs if template else None)
    scaling = record(inputs.get("scalingConfig"))
    count, most = number(scaling.get("desiredSize")), number(scaling.get("maxSize"))
    kinds = inputs.get("instanceTypes")
    first = text(kinds[0]) if isinstance(kinds, list | tuple) and kinds else text(given.get("instanceType"))
    if text(inputs.get("capacityType")) == "SPOT":
        yield payer.hours(f"{first}, spot", "machines", None, count, maximum=most, note="spot has no list price")
    else:
        yield machine(payer, first, count, most)
    for block in _node_disks(inputs, given):
        yield from disk(payer, "disks of nodes", block, count, most)
    yield from traffic(payer)


def _node_disks(inputs: Mapping[str, Any], template: Mapping[str, Any]) -> Iterable[Mapping[str, Any]]:
    found = [record(mapping.get("ebs")) for mapping in records(template.get("blockDeviceMappings"))]
    size = inputs.get("diskSize", _DEFAULT_NODE_DISK_GB)
    return [block for block in found if block] or [{"volumeSize": size, "volumeType": "gp3"}]


def traffic(payer: Payer) -> Iterator[Any]:
    """What leaves machines costs by use."""
    yield payer.use("Data out to the internet, first 10 TB a month", "transfer.internet-out")
    yield payer.use("Data between availability zones, in each direction", "transfer.inter-az")

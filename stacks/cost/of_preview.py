"""Estimates what a preview costs a month."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from stacks.cost.charges import ByUse, Charge, Charges, Payer
from stacks.cost.estimate import CostEstimate
from stacks.cost.index import Index
from stacks.cost.kubernetes import claims, existing_cluster
from stacks.cost.resource_types import FREE, PRICED
from stacks.preview import Preview, Resource


def estimate(preview: Preview) -> CostEstimate:
    """What everything that a preview would put in place costs a month.

    It reads only the types, inputs and relations of the resources, and the disks that Kubernetes makes. Whatever has
    no price is a line without one; nothing that is unknown or missing makes it fail.
    """
    found = list(_charges(Index(preview)))
    charges = [item for item in found if isinstance(item, Charge)]
    sentences = dict.fromkeys(item.sentence for item in found if isinstance(item, ByUse))
    return CostEstimate(_region(charges), tuple(charge.line for charge in charges), tuple(sentences), _high(charges))


def _charges(index: Index) -> Charges:
    for resource in index.preview.resources:
        if resource.is_created:
            yield from _of(resource, index)
    yield from claims(index)
    yield from existing_cluster(index)


def _of(resource: Resource, index: Index) -> Charges:
    if resource.type in PRICED:
        yield from PRICED[resource.type](resource, index)
    elif resource.type not in FREE and not resource.type.startswith("moorage:"):
        payer = Payer(resource.urn, index.region(resource))
        note = "whether this type costs anything is not known"
        yield payer.amount(resource.type, "network", None, None, "unknown", note=note)


def _region(charges: Sequence[Charge]) -> str:
    """Where most of the money goes; where nothing has a price, most of the lines."""
    totals: dict[str, tuple[float, int]] = {}
    for charge in charges:
        money, lines = totals.get(charge.region, (0.0, 0))
        totals[charge.region] = (money + (charge.line.monthly or 0.0), lines + 1)
    return max(sorted(totals), key=lambda region: (bool(region), totals[region]), default="")


def _high(charges: Sequence[Charge]) -> float | None:
    if all(charge.maximum == charge.line.quantity for charge in charges):
        return None
    return sum(_at_maximum(charges))


def _at_maximum(charges: Sequence[Charge]) -> Iterator[float]:
    for charge in charges:
        price = charge.line.price
        yield charge.maximum * price.usd if price else 0.0

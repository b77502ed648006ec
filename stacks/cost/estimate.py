"""What an estimate of monthly cost consists of. `stacks.cost.of_preview` makes it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

HOURS = 730
"""Hours of a month, as both clouds' own calculators count (`stacks/cost/prices.json`, `meta`)."""


@dataclass(frozen=True, slots=True)
class Price:
    """One row of the price table."""

    key: str
    """Such as `ec2.m6a.4xlarge`."""
    usd: float
    per: str
    """The unit, such as `hour` or `GB-month`."""
    region: str
    """Where it holds."""
    source: str
    as_of: str
    """Month or day of the source."""
    firm: bool = True
    """False: one weak or undated source, or another region's price stands in, which `note` says."""
    note: str = ""


@dataclass(frozen=True, slots=True)
class CostLine:
    """One thing that is paid for."""

    subject: str
    """URN of the resource, or `STACK/WORKLOAD/CLAIM` of a disk that Kubernetes makes."""
    item: str
    """What is paid for, in words: "m6a.4xlarge, on demand"."""
    category: str
    """One of: machines, disks, snapshots, load balancing, network, databases, caches, control planes, storage, keys and
    secrets, logs and alarms."""
    quantity: float
    """In `unit`s a month."""
    unit: str
    price: Price | None
    """None: the table has none; then `monthly` is None too."""
    note: str = ""
    """An assumption, such as how much of a disk changes between two snapshots."""

    @property
    def monthly(self) -> float | None:
        """USD a month; None: unknown, never zero."""
        return None if self.price is None else self.quantity * self.price.usd


@dataclass(frozen=True, slots=True)
class CostEstimate:
    """Monthly list price on demand, without tax, discounts, and what depends on use."""

    region: str
    """The one that most of it is in; "" where nothing is paid for in a cloud."""
    lines: tuple[CostLine, ...]
    """In the order of construction of their resources, claims after them."""
    by_use: tuple[str, ...]
    """What is paid for by use and therefore not in the sum, each a sentence with its unit price where it is known."""
    high: float | None = None
    """USD a month with every group of machines at its maximum; None: nothing scales."""

    @property
    def monthly(self) -> float:
        """USD a month: the sum of all lines whose price is known."""
        return sum(line.monthly or 0.0 for line in self.lines)

    @property
    def unknown(self) -> tuple[CostLine, ...]:
        """Lines without a price: the sum is too low by them."""
        return tuple(line for line in self.lines if line.price is None)

    def document(self) -> dict[str, Any]:
        """The JSON-able form. Money is rounded to cents."""
        return {
            "currency": "USD",
            "region": self.region,
            "monthly": round(self.monthly, 2),
            "monthly_at_maximum": None if self.high is None else round(self.high, 2),
            "lines": [
                {
                    "subject": line.subject,
                    "item": line.item,
                    "category": line.category,
                    "quantity": round(line.quantity, 4),
                    "unit": line.unit,
                    "usd": line.price.usd if line.price else None,
                    "monthly": None if line.monthly is None else round(line.monthly, 2),
                    "as_of": line.price.as_of if line.price else None,
                    "firm": line.price.firm if line.price else False,
                    "note": line.note,
                }
                for line in self.lines
            ],
            "by_use": list(self.by_use),
        }

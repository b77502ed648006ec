"""What pricing one resource yields: charges, and sentences on what depends on use."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from stacks.cost.estimate import HOURS, CostLine, Price
from stacks.cost.table import find

if TYPE_CHECKING:
    from stacks.cost.index import Index
    from stacks.preview import Resource


@dataclass(frozen=True, slots=True)
class Charge:
    """A line of the estimate, with what the sums need beside it."""

    line: CostLine
    region: str
    maximum: float
    """The line's quantity with every group of machines at its maximum."""


@dataclass(frozen=True, slots=True)
class ByUse:
    """What nobody knows before it is used."""

    sentence: str


Charges = Iterator[Charge | ByUse]
Pricer = Callable[["Resource", "Index"], Charges]
"""Prices one resource. Never raises for inputs that are unknown, missing, or of another type than expected."""


@dataclass(frozen=True, slots=True)
class Payer:
    """Whatever is paid for, and where it is."""

    subject: str
    """As `CostLine.subject`."""
    region: str

    def hours(
        self,
        item: str,
        category: str,
        price: str | Price | None,
        count: float | None = 1,
        *,
        maximum: float | None = None,
        note: str = "",
    ) -> Charge:
        """`count` things for all hours of a month. Arguments as `amount`."""
        most = None if maximum is None else maximum * HOURS
        return self.amount(item, category, price, count and count * HOURS, "hours", maximum=most, note=note)

    def amount(
        self,
        item: str,
        category: str,
        price: str | Price | None,
        quantity: float | None,
        unit: str,
        *,
        maximum: float | None = None,
        note: str = "",
    ) -> Charge:
        """A quantity of a month.

        Args:
            item: in words.
            category: one of those of `CostLine.category`.
            price: the price, None where there is none, or the key to find it by.
            quantity: None: the preview does not tell; the line then has no price.
            unit: of the quantity.
            maximum: the quantity with every group of machines at its maximum; None: the same.
            note: an assumption.
        """
        found = find(price, self.region) if isinstance(price, str) else price
        notes = [note] if note else []
        if quantity is None:
            quantity, found = 0.0, None
            notes.append("how much is not known before it is created")
        elif found is None:
            notes.append(self._why(price))
        elif not found.firm:
            notes.append(found.note)
        line = CostLine(self.subject, item, category, float(quantity), unit, found, "; ".join(notes))
        return Charge(line, self.region, float(quantity if maximum is None else max(maximum, quantity)))

    def use(self, what: str, key: str) -> ByUse:
        """A sentence: what is paid for by use, and its unit price where there is one."""
        price = find(key, self.region)
        if price is None:
            return ByUse(f"{what}: the table has no price{f' for {self.region}' if self.region else ''}.")
        where = f"{self.region}, {price.as_of}" if price.firm else f"{self.region}, {price.as_of}, {price.note}"
        return ByUse(f"{what}: {price.usd:g} USD per {price.per} ({where}).")

    def _why(self, price: str | Price | None) -> str:
        if not self.region:
            return "the region is not known"
        return f"the table has no price for {price} in {self.region}" if price else f"no price in {self.region}"

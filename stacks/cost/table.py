"""Looks prices up in the dated table `prices.json`.

The table is the repository's own: the build asks no vendor. Where a region has no price, two rules of the table may
let another one stand in, and the price then says so and is not firm. What no rule covers has no price.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from stacks.cost.estimate import Price

_FILE = Path(__file__).with_name("prices.json")


@cache
def table() -> dict[str, Any]:
    """The whole table, read once. Not to be changed."""
    return json.loads(_FILE.read_text(encoding="utf-8"))


@cache
def find(key: str, region: str) -> Price | None:
    """The price of `key` in `region`, which may be `global`.

    Returns:
        None where the table has none and no rule lets another region's stand in; always None where the region is "".
    """
    if not region:
        return None
    return _of_region(key, region) or _same_price(key, region) or _everywhere(key, region)


def _of_region(key: str, region: str) -> Price | None:
    entry = table()["prices"].get(key)
    if entry is None:
        return None
    row = entry["usd"].get(region, entry["usd"].get("*"))
    if row is None:
        return None
    usd, as_of, source, note = _columns(row, entry)
    if not note and as_of == "undated":
        note = "the source has no date"
    firm = not note or note.startswith("one price in all")
    return Price(key, usd, entry["per"], region, table()["sources"][source], as_of, firm, "" if firm else note)


def _columns(row: float | list[Any], entry: dict[str, Any]) -> tuple[float, str, int, str]:
    if not isinstance(row, list):
        return row, entry["as_of"], entry["source"], ""
    usd, as_of, source, *note = row
    return usd, as_of, source, note[0] if note else ""


def _same_price(key: str, region: str) -> Price | None:
    other = table()["same_price"].get(region)
    return _standing_in(key, other, region) if other else None


def _everywhere(key: str, region: str) -> Price | None:
    if key not in table()["everywhere"]:
        return None
    return _standing_in(key, next(iter(table()["prices"][key]["usd"])), region)


def _standing_in(key: str, other: str, region: str) -> Price | None:
    price = _of_region(key, other)
    return price and standing_in(price, region)


def standing_in(price: Price, region: str, usd: float | None = None, why: str = "") -> Price:
    """The price of another region, or of another size, for `region`: the same unless `usd` is given, and not firm."""
    note = why or f"price of {price.region} stands in"
    usd = price.usd if usd is None else usd
    return Price(price.key, usd, price.per, region, price.source, price.as_of, firm=False, note=note)

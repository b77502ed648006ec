"""Where what we know of others comes from."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fact:
    """Where a vendor fact in the plan comes from."""

    source: str
    read_on: str
    """ISO date on which the source was read."""
    verified: bool = True
    """False: taken from the vendor's own scripts or general knowledge, not confirmed by a vendor page."""

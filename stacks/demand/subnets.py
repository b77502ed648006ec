"""What subnets must hold: who takes addresses of which, summed and laid beside the ranges."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from dataclasses import dataclass, field

from stacks.demand.demand import SubnetDemand
from stacks.demand.inputs import short


@dataclass
class Takers:
    """Addresses by subnet, in the order in which they were first named."""

    counts: dict[str, dict[str, int]] = field(default_factory=dict[str, dict[str, int]])
    """Subject to what takes addresses of it to how many."""

    def add(self, subject: str, what: str, count: int) -> None:
        """Notes that something takes addresses of a subnet."""
        if subject and count > 0:
            of_subject = self.counts.setdefault(subject, {})
            of_subject[what] = of_subject.get(what, 0) + count

    def demands(self, available: Callable[[str], int | None]) -> list[SubnetDemand]:
        """One demand a subject.

        Args:
            available: what the range of a subject holds; None where nobody knows.
        """
        return [
            SubnetDemand(
                subject=subject,
                name=short(subject),
                needed=sum(takers.values()),
                available=available(subject),
                note=", ".join(f"{what} {count}" for what, count in takers.items()) + ".",
            )
            for subject, takers in self.counts.items()
        ]


def usable(cidr: str, reserved: int) -> int | None:
    """Addresses of an IPv4 range without those that the vendor reserves; None where it is no range."""
    try:
        return max(0, ipaddress.IPv4Network(cidr).num_addresses - reserved)
    except ValueError:
        return None

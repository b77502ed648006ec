"""What a deployment takes of an account: quotas, addresses of subnets. `stacks.demand.of_preview` makes it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class QuotaDemand:
    """How much of one quota the deployment takes, beside whatever the account uses already."""

    service: str
    """AWS: service code, such as `ec2`. GCP: the API, such as `compute.googleapis.com`."""
    code: str
    """AWS: quota code, such as `L-1216C47A`. GCP: metric, such as `N2_CPUS`."""
    name: str
    """As the vendor calls it."""
    scope: str
    """Region, zone, VPC or project that it holds for."""
    needed: float
    """With every group of machines at its maximum, and the room that a rolling replacement takes."""
    unit: str
    default: float | None
    """What a new account has, as far as a source says; None: unknown."""
    look: str
    """Command that shows the account's own limit."""
    request: str
    """Command that asks for more."""
    source: str
    """Of code and default, with its date."""
    verified: bool = True
    """False: the default is no vendor's statement."""
    note: str = ""

    @property
    def exceeds_default(self) -> bool:
        """Whether a new account cannot hold it."""
        return self.default is not None and self.needed > self.default

    def document(self) -> dict[str, Any]:
        """The JSON-able form."""
        names = (
            "service",
            "code",
            "name",
            "scope",
            "needed",
            "unit",
            "default",
            "look",
            "request",
            "source",
            "verified",
        )
        return {name: getattr(self, name) for name in names} | {
            "exceeds_default": self.exceeds_default,
            "note": self.note,
        }


@dataclass(frozen=True, slots=True)
class SubnetDemand:
    """Addresses that one subnet, or one range of it, must have."""

    subject: str
    """URN of the subnet, or its id where it exists already."""
    name: str
    needed: int
    """Addresses in use at the most, load balancers' and rolling replacements' included."""
    available: int | None
    """What its range has after the vendor's reserved addresses; None: a subnet that exists, of unknown range."""
    note: str = ""

    def document(self) -> dict[str, Any]:
        """The JSON-able form."""
        return {name: getattr(self, name) for name in ("subject", "name", "needed", "available", "note")}


@dataclass(frozen=True, slots=True)
class Demand:
    """All that the deployment takes."""

    quotas: tuple[QuotaDemand, ...]
    subnets: tuple[SubnetDemand, ...]

    def document(self) -> dict[str, Any]:
        """The JSON-able form."""
        return {
            "quotas": [quota.document() for quota in self.quotas],
            "subnets": [subnet.document() for subnet in self.subnets],
        }

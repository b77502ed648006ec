"""The vendor's T-shirt sizes.

XS to XL: sourcegraph/docs@3499c087 docs/self-hosted/deploy/instance-size.mdx. 2XL and 3XL, which only the estimator
names: sourcegraph/resource-estimator@8a3f0fc8 internal/scaling/scaling.go. Minimum column: sourcegraph/docs@3499c087
docs/self-hosted/deploy/, machine-images/aws-oneclick.mdx, machine-images/gce.mdx and single-node/script.mdx. All read
2026-11-22.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Shape:
    """What a machine must have at least; GB as the vendor writes it, which its own machine types meet in GiB."""

    vcpu: int
    memory_gb: int


@dataclass(frozen=True, slots=True)
class Rung:
    """One size: the load that it carries, and the machine that it asks for."""

    size: str
    users: int | None
    """Up to this many; None: no limit is published."""
    repositories: int | None
    """Up to this many, monorepos included."""
    recommended: Shape
    minimum: Shape | None
    """None: no minimum is published, and the recommendation stands."""


CHART: tuple[Rung, ...] = (
    Rung("XS", 500, 5_000, Shape(8, 32), Shape(8, 32)),
    Rung("S", 1_000, 10_000, Shape(16, 64), Shape(8, 32)),
    Rung("M", 5_000, 50_000, Shape(32, 128), Shape(16, 64)),
    Rung("L", 10_000, 100_000, Shape(48, 192), Shape(32, 128)),
    Rung("XL", 20_000, 250_000, Shape(96, 384), Shape(48, 192)),
    Rung("2XL", 40_000, 500_000, Shape(192, 768), None),
    Rung("3XL", None, None, Shape(260, 1_000), None),
)

GCP_XL_MINIMUM = Shape(64, 256)
"""n2-standard-64: the one row in which the GCP page asks for more than the others."""


def rung_for(users: int, repositories: int) -> Rung:
    """The larger of the rung that the users need and the one that the repositories need (correction 6)."""
    return next(
        rung
        for rung in CHART
        if (rung.users is None or users <= rung.users)
        and (rung.repositories is None or repositories <= rung.repositories)
    )


def shape_of(rung: Rung, *, provider: str | None, minimum: bool) -> Shape:
    """What the rung asks of a machine at a provider."""
    if not minimum or rung.minimum is None:
        return rung.recommended
    return GCP_XL_MINIMUM if (provider, rung.size) == ("gcp", "XL") else rung.minimum

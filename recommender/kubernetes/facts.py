"""Kubernetes versions of EKS and GKE: which are supported until when, and which moorage stands up.

A plan never reads the clock: the status of a version is that of the day on which the tables were read.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

from recommender.fact import Fact

READ_ON: Final = "2026-11-22"
"""The day on which the tables were read; ISO."""

Support = Literal["standard", "extended", "ended"]


@dataclass(frozen=True, slots=True)
class VersionSupport:
    """One minor version at one provider."""

    minor: str
    standard_until: str
    """Last day of standard support, ISO date."""
    extended_until: str
    """Last day of paid extended support, ISO date; the same as `standard_until` where there is none."""
    fact: Fact

    def status(self, on: str = READ_ON) -> Support:
        """The kind of support on a day (ISO date)."""
        if on <= self.standard_until:
            return "standard"
        return "extended" if on <= self.extended_until else "ended"


_EKS = Fact("endoflife-date/endoflife.date@a70eca33 products/amazon-eks.md (2026-08-22)", READ_ON)
_EKS_137 = Fact(
    "aws.amazon.com/about-aws/whats-new/2026/10/amazon-eks-distro-kubernetes-version-1-37, as quoted by a digest; the "
    "dates are 14 and 12 months counted from it",
    READ_ON,
    verified=False,
)
_GKE = Fact("endoflife-date/endoflife.date@a70eca33 products/google-kubernetes-engine.md (2026-08-22)", READ_ON)

EKS_VERSIONS: Final[Mapping[str, VersionSupport]] = MappingProxyType(
    {
        row.minor: row
        for row in (
            VersionSupport("1.37", "2027-12-01", "2028-12-01", _EKS_137),
            VersionSupport("1.36", "2027-08-02", "2028-08-02", _EKS),
            VersionSupport("1.35", "2027-03-27", "2028-03-27", _EKS),
            VersionSupport("1.34", "2026-12-02", "2027-12-02", _EKS),
            VersionSupport("1.33", "2026-07-29", "2027-07-29", _EKS),
            VersionSupport("1.32", "2026-03-23", "2027-03-23", _EKS),
            VersionSupport("1.31", "2025-11-26", "2026-11-26", _EKS),
        )
    }
)
"""The newest first. Older ones can no longer be created."""

EKS_DEFAULT: Final = "1.36"
"""The newest version whose add-on versions have a source."""

_EKS_OFFERED = ("1.36", "1.35", "1.34")

EKS_ENDING_SOON: Final = "2027-01-31"
"""A version whose standard support ends by then is stood up with a warning."""


def eks_version_problem(minor: str) -> str | None:
    """Why a version is refused for a new EKS cluster; None where it is not."""
    if minor in _EKS_OFFERED:
        return None
    row = EKS_VERSIONS.get(minor)
    if row is None:
        return f"{minor} is not a version that a new EKS cluster can have"
    if row.status() == "standard":
        return f"the versions of the add-ons for {minor} have no source yet"
    return f"standard support for {minor} ended on {row.standard_until}; what is left is paid extended support"


def eks_version_warning(minor: str) -> str | None:
    """What to know of a version that is allowed and ends soon; None for the others."""
    row = EKS_VERSIONS.get(minor)
    if row is None or eks_version_problem(minor) or row.standard_until > EKS_ENDING_SOON:
        return None
    return (
        f"Standard support for Kubernetes {minor} on EKS ends on {row.standard_until}: AWS upgrades the control plane "
        f"by itself then. Plan the upgrade to {EKS_DEFAULT} before."
    )


GKE_CHANNEL: Final = "REGULAR"
"""The channel of every new GKE cluster. Patch versions age out of a channel within weeks, so none is pinned."""

GKE_DEFAULT: Final = "1.35"
"""What the channel gave new clusters when the table was read."""

GKE_VERSIONS: Final[Mapping[str, VersionSupport]] = MappingProxyType(
    {
        row.minor: row
        for row in (
            VersionSupport("1.36", "2027-08-09", "2027-08-09", _GKE),
            VersionSupport("1.35", "2027-04-11", "2027-04-11", _GKE),
            VersionSupport("1.34", "2026-10-01", "2026-10-01", _GKE),
            VersionSupport("1.33", "2026-08-03", "2026-08-03", _GKE),
        )
    }
)
"""The newest first. Extended support is a matter of another channel, which moorage does not choose."""


@dataclass(frozen=True, slots=True)
class GkeChannel:
    """One release channel."""

    minors: tuple[str, ...]
    """Offered to new clusters, the oldest first."""
    default: str
    """Version of a new cluster that names none."""
    upgrade_target: str
    """What existing clusters are brought to."""
    fact: Fact


_CHANNELS = Fact(
    "docs.cloud.google.com/kubernetes-engine/docs/release-notes, an undated copy whose versions match 2026-08-20 to "
    "September 2026",
    READ_ON,
    verified=False,
)

GKE_CHANNELS: Final[Mapping[str, GkeChannel]] = MappingProxyType(
    {
        "RAPID": GkeChannel(("1.34", "1.35", "1.36", "1.37"), "1.36.4-gke.1082000", "1.36.4-gke.1082000", _CHANNELS),
        "REGULAR": GkeChannel(("1.34", "1.35", "1.36"), "1.35.7-gke.1222000", "1.35.7-gke.1222000", _CHANNELS),
        "STABLE": GkeChannel(("1.34", "1.35"), "1.35.6-gke.1250000", "1.34.9-gke.1655001", _CHANNELS),
        "EXTENDED": GkeChannel(
            ("1.31", "1.32", "1.33", "1.34", "1.35", "1.36"), "1.35.7-gke.1222000", "1.32.13-gke.2268000", _CHANNELS
        ),
    }
)

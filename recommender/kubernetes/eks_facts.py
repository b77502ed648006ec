"""EKS facts that no preview may look up: add-on and node image versions, and zones by their universal ids."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from recommender.fact import Fact
from recommender.kubernetes.plan import Addon


@dataclass(frozen=True, slots=True)
class NodeRelease:
    """A pinned node image."""

    version: str
    """As a managed node group's release_version takes it."""
    fact: Fact


_NODE_FACT = Fact("awslabs/amazon-eks-ami@81fec2e8 CHANGELOG.md (2026-07-23)", "2026-11-22")

NODE_RELEASES: Final[Mapping[str, NodeRelease]] = MappingProxyType(
    {
        "1.36": NodeRelease("1.36.2-20260714", _NODE_FACT),
        "1.35": NodeRelease("1.35.6-20260714", _NODE_FACT),
        "1.34": NodeRelease("1.34.9-20260714", _NODE_FACT),
    }
)
"""Minor version to the newest node image that AWS's own change log names. Newer ones exist in public repositories
(1.35.7-20260911), without a primary source."""

_DESCRIBED = Fact(
    "add-on versions that public repositories quote from describe-addon-versions (2026-09-22)",
    "2026-11-22",
    verified=False,
)
_PINNED = Fact("version pinned by public repositories (2026-08 to 2026-09)", "2026-11-22", verified=False)
_CARRIED = Fact(
    "the build of 1.35, carried over: but for kube-proxy one build serves several minor versions",
    "2026-11-22",
    verified=False,
)

_ADDONS: Final[Mapping[str, tuple[Addon, ...]]] = MappingProxyType(
    {
        "1.36": (
            Addon("vpc-cni", "v1.22.4-eksbuild.3", _DESCRIBED),
            Addon("kube-proxy", "v1.36.0-eksbuild.25", _DESCRIBED),
            Addon("eks-pod-identity-agent", "v1.3.10-eksbuild.3", _DESCRIBED),
            Addon("coredns", "v1.14.3-eksbuild.23", _DESCRIBED),
            Addon("metrics-server", "v0.9.0-eksbuild.11", _DESCRIBED),
            Addon("snapshot-controller", "v8.5.0-eksbuild.5", _PINNED),
            Addon("aws-ebs-csi-driver", "v1.63.0-eksbuild.1", _PINNED),
        ),
        "1.35": (
            Addon("vpc-cni", "v1.22.4-eksbuild.3", _PINNED),
            Addon("kube-proxy", "v1.35.3-eksbuild.29", _PINNED),
            Addon("eks-pod-identity-agent", "v1.3.10-eksbuild.3", _PINNED),
            Addon("coredns", "v1.13.2-eksbuild.24", _PINNED),
            Addon("metrics-server", "v0.8.1-eksbuild.11", _PINNED),
            Addon("snapshot-controller", "v8.5.0-eksbuild.5", _PINNED),
            Addon("aws-ebs-csi-driver", "v1.66.0-eksbuild.1", _PINNED),
        ),
        "1.34": (
            Addon("vpc-cni", "v1.22.4-eksbuild.3", _CARRIED),
            Addon("kube-proxy", "v1.34.6-eksbuild.13", _PINNED),
            Addon("eks-pod-identity-agent", "v1.3.10-eksbuild.3", _CARRIED),
            Addon("coredns", "v1.13.2-eksbuild.24", _CARRIED),
            Addon("metrics-server", "v0.8.1-eksbuild.11", _CARRIED),
            Addon("snapshot-controller", "v8.5.0-eksbuild.5", _CARRIED),
            Addon("aws-ebs-csi-driver", "v1.66.0-eksbuild.1", _CARRIED),
        ),
    }
)
"""Minor version to its add-ons; where AWS's default and its newest version are both known, the default."""


def eks_addons(minor: str) -> tuple[Addon, ...]:
    """The add-ons of a version in the order in which they are made: networking first, without which no node is ready.

    Raises:
        KeyError: `recommender.kubernetes.facts.eks_version_problem` refuses the version.
    """
    return _ADDONS[minor]


ZONES_FACT: Final = Fact(
    "moto 5.2.5 ec2/models/availability_zones_and_regions.py; that accounts opened before 2025-11 may map names to "
    "other ids in the oldest regions: AWS documentation, Availability Zone IDs",
    "2026-11-22",
)

EXCLUDED_ZONE_IDS: Final = frozenset({"use1-az3", "usw1-az2", "cac1-az3"})
"""No control plane may have a subnet here: awsdocs/amazon-eks-user-guide@101184e network-reqs.adoc, read 2026-11-22."""

_IN_ORDER = {"a": 1, "b": 2, "c": 3}

_ZONE_IDS: Final[Mapping[str, tuple[str, Mapping[str, int]]]] = MappingProxyType(
    {
        "af-south-1": ("afs1", _IN_ORDER),
        "ap-east-1": ("ape1", _IN_ORDER),
        "ap-northeast-1": ("apne1", {"a": 4, "c": 1, "d": 2}),
        "ap-northeast-2": ("apne2", {**_IN_ORDER, "d": 4}),
        "ap-south-1": ("aps1", {"a": 1, "b": 3, "c": 2}),
        "ap-southeast-1": ("apse1", _IN_ORDER),
        "ap-southeast-2": ("apse2", {"a": 1, "b": 3, "c": 2}),
        "ap-southeast-3": ("apse3", _IN_ORDER),
        "ca-central-1": ("cac1", {"a": 1, "b": 2, "d": 4}),
        "eu-central-1": ("euc1", _IN_ORDER),
        "eu-north-1": ("eun1", _IN_ORDER),
        "eu-south-1": ("eus1", _IN_ORDER),
        "eu-west-1": ("euw1", {"a": 3, "b": 1, "c": 2}),
        "eu-west-2": ("euw2", {"a": 2, "b": 3, "c": 1}),
        "eu-west-3": ("euw3", _IN_ORDER),
        "me-central-1": ("mec1", _IN_ORDER),
        "me-south-1": ("mes1", _IN_ORDER),
        "sa-east-1": ("sae1", _IN_ORDER),
        "us-east-1": ("use1", {"a": 6, "b": 1, "c": 2, "d": 4, "e": 3, "f": 5}),
        "us-east-2": ("use2", _IN_ORDER),
        "us-west-1": ("usw1", {"a": 3, "b": 1}),
        "us-west-2": ("usw2", {"a": 2, "b": 1, "c": 3, "d": 4}),
    }
)
"""Region to the prefix of its zone ids, and the number of each zone's letter (ZONES_FACT)."""


def zone_ids(region: str) -> tuple[tuple[str, str], ...]:
    """Names and ids of the zones that a cluster may use, by name; empty for a region that is not in the table."""
    prefix, letters = _ZONE_IDS.get(region, ("", {}))
    zones = ((f"{region}{letter}", f"{prefix}-az{number}") for letter, number in sorted(letters.items()))
    return tuple((name, zone_id) for name, zone_id in zones if zone_id not in EXCLUDED_ZONE_IDS)

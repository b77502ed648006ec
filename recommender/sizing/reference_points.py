"""The vendor's reference points: what each service asks for at certain loads.

Source: sourcegraph/resource-estimator@8a3f0fc8 internal/scaling/references.go, read 2026-11-22. Every number stands
here as published; points between two equal ones are left out. The names are the Helm chart's keys (chart 7.6.0):
`docs/adr/0004-estimator-corrections.md` says which of the estimator's keys were wrong, and what is corrected when the
numbers are used.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Factor = Literal["users", "repositories", "code", "largest_repository", "index", "activity", "constant"]
"""What a figure grows with. `repositories` includes monorepos; `activity` is users and repositories together, in whole
thousands; `code`, `largest_repository` and `index` are whole GB; `constant` is always 1."""


@dataclass(frozen=True, slots=True)
class Steps:
    """Replicas at certain values of a factor."""

    factor: Factor
    points: tuple[tuple[int, int], ...]
    """(value, replicas), ascending."""


@dataclass(frozen=True, slots=True)
class Curve:
    """CPU or memory of one replica at certain values of a factor."""

    factor: Factor
    points: tuple[tuple[int, float, float], ...]
    """(value, request, limit), ascending; CPUs or GB."""


@dataclass(frozen=True, slots=True)
class Rules:
    """Everything published about one service."""

    replicas: Steps
    cpu: Curve
    memory: Curve
    storage_gb: int = 0
    """Of each claim, where the estimator gives a fixed size; sizes that follow the load are in `estimator.py`."""
    chart_has_one_replica: bool = False
    """The chart's template fixes one replica, whatever the estimator says."""


ONE = Steps("constant", ((1, 1),))

# One pod holds both zoekt containers, so one replica count serves both.
_INDEXED_SEARCH_REPLICAS = Steps(
    "repositories",
    ((1, 1), (5_000, 1), (100_000, 2), (250_000, 3), (500_000, 5), (5_000_000, 50)),
)

RULES: Mapping[str, Rules] = {
    "frontend": Rules(
        replicas=Steps("users", ((1, 1), (1_000, 2), (5_000, 2), (10_000, 2), (25_000, 2), (50_000, 4))),
        cpu=Curve("users", ((1, 2, 2), (1_000, 2, 2), (5_000, 4, 4), (10_000, 4, 4), (25_000, 8, 8), (50_000, 8, 8))),
        memory=Curve(
            "users", ((1, 2, 4), (1_000, 2, 4), (5_000, 3, 6), (10_000, 3, 6), (25_000, 24, 24), (50_000, 48, 48))
        ),
    ),
    "gitserver": Rules(
        replicas=Steps("repositories", ((1, 1), (1_000, 1), (5_000, 1), (100_000, 2), (250_000, 2), (5_000_000, 10))),
        cpu=Curve(
            "repositories",
            ((1, 2, 4), (1_000, 2, 4), (5_000, 3, 6), (100_000, 4, 8), (250_000, 6, 12), (5_000_000, 30, 30)),
        ),
        memory=Curve(
            "code",
            (
                (1, 4, 4),
                (100, 5, 5),
                (1_000, 50, 50),
                (10_000, 500, 500),
                (100_000, 5_000, 5_000),
                (1_000_000, 50_000, 50_000),
                (50_000_000, 2_500_000, 2_500_000),
            ),
        ),
    ),
    "indexedSearch": Rules(
        replicas=_INDEXED_SEARCH_REPLICAS,
        cpu=Curve(
            "repositories",
            ((1, 0.5, 2), (5_000, 2, 4), (100_000, 3, 6), (250_000, 8, 16), (500_000, 18, 36), (5_000_000, 8, 384)),
        ),
        memory=Curve(
            "repositories",
            (
                (1, 2, 4),
                (5_000, 4, 8),
                (100_000, 8, 16),
                (250_000, 16, 32),
                (500_000, 24, 48),
                (5_000_000, 2_160, 4_320),
            ),
        ),
    ),
    "indexedSearchIndexer": Rules(
        replicas=_INDEXED_SEARCH_REPLICAS,
        cpu=Curve(
            "repositories",
            ((1, 4, 8), (5_000, 4, 8), (100_000, 4, 10), (250_000, 4, 10), (500_000, 5, 10), (5_000_000, 8, 10)),
        ),
        memory=Curve("repositories", ((1, 4, 8), (5_000, 4, 10), (100_000, 8, 10), (5_000_000, 8, 10))),
    ),
    "pgsql": Rules(
        replicas=ONE,
        cpu=Curve("repositories", ((1, 2, 4), (500, 4, 4), (10_000, 4, 4), (250_000, 8, 8), (5_000_000, 12, 12))),
        memory=Curve("repositories", ((1, 2, 4), (500, 4, 4), (10_000, 6, 6), (250_000, 32, 32), (5_000_000, 36, 36))),
        storage_gb=200,
    ),
    "codeIntelDB": Rules(
        replicas=ONE,
        cpu=Curve("constant", ((1, 4, 4),)),
        memory=Curve("constant", ((1, 4, 4),)),
        storage_gb=200,
    ),
    "codeInsightsDB": Rules(
        replicas=ONE,
        cpu=Curve("constant", ((1, 2, 4),)),
        memory=Curve("constant", ((1, 2, 4),)),
        storage_gb=200,
    ),
    "redisCache": Rules(
        replicas=Steps("activity", ((1, 1), (5_000, 4))),
        cpu=Curve("activity", ((1, 1, 1), (5_000, 1, 1))),
        memory=Curve("activity", ((1, 1, 1), (5_000, 7, 7))),
        storage_gb=100,
        chart_has_one_replica=True,
    ),
    "redisStore": Rules(
        replicas=ONE,
        cpu=Curve("users", ((1, 0.5, 1), (50_000, 1, 1))),
        memory=Curve("users", ((1, 1, 1), (50_000, 1, 7))),
        storage_gb=100,
    ),
    "preciseCodeIntel": Rules(
        replicas=Steps("index", ((1, 1), (7, 1), (8, 2), (32, 2), (60, 2), (61, 3), (80, 3), (81, 4), (1_000, 4))),
        cpu=Curve("index", ((1, 0.5, 2), (7, 2, 4), (1_000, 2, 4))),
        memory=Curve(
            "index",
            (
                (1, 2, 4),
                (7, 8, 16),
                (8, 4, 8),
                (32, 16, 32),
                (60, 30, 60),
                (61, 20, 40),
                (80, 29, 58),
                (81, 20, 41),
                (1_000, 25, 50),
            ),
        ),
    ),
    "syntacticCodeIntel": Rules(
        replicas=Steps("largest_repository", ((1, 1), (4, 2), (152, 4))),
        cpu=Curve("largest_repository", ((1, 0.5, 2), (4, 6, 8), (152, 150, 160))),
        memory=Curve("largest_repository", ((1, 2, 4), (4, 4, 6), (152, 112, 120))),
    ),
    "searcher": Rules(
        replicas=Steps(
            "repositories", ((1, 1), (500_000, 1), (1_000_000, 2), (2_500_000, 5), (4_000_000, 6), (5_000_000, 10))
        ),
        cpu=Curve(
            "repositories",
            (
                (1, 0.5, 2),
                (1_000, 2, 4),
                (50_000, 3, 6),
                (100_000, 4, 8),
                (250_000, 5, 10),
                (500_000, 6, 12),
                (1_000_000, 4, 8),
                (2_500_000, 2, 4),
                (4_000_000, 3, 6),
                (5_000_000, 4, 6),
            ),
        ),
        memory=Curve(
            "repositories",
            (
                (1, 0.5, 2),
                (1_000, 4, 4),
                (50_000, 8, 8),
                (100_000, 12, 12),
                (250_000, 16, 16),
                (500_000, 20, 20),
                (1_000_000, 12, 12),
                (2_500_000, 4, 4),
                (4_000_000, 8, 8),
                (5_000_000, 8, 8),
            ),
        ),
    ),
    "worker": Rules(
        replicas=ONE,
        cpu=Curve("repositories", ((1, 0.5, 2), (5_000_000, 2, 4))),
        memory=Curve("repositories", ((1, 2, 4), (5_000_000, 4, 8))),
    ),
    "syntectServer": Rules(
        replicas=ONE,
        cpu=Curve("users", ((1, 0.25, 4), (25_000, 1, 4), (50_000, 4, 16), (500_000, 2, 4))),
        memory=Curve("users", ((1, 2, 6), (25_000, 2, 6), (50_000, 8, 18), (500_000, 3, 6))),
    ),
    "blobstore": Rules(
        replicas=ONE,
        cpu=Curve("index", ((1, 1, 1), (1_000, 1, 1))),
        memory=Curve("index", ((1, 0.5, 0.5), (1_000, 1, 1))),
    ),
    "prometheus": Rules(
        replicas=ONE,
        cpu=Curve("constant", ((1, 0.5, 2),)),
        memory=Curve("constant", ((1, 6, 6),)),
        storage_gb=200,
    ),
}
"""In the order in which every table of moorage lists the services."""

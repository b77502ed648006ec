"""Replicas, CPU, memory and storage of every service: the vendor's estimator with its defects corrected.

Source: sourcegraph/resource-estimator@8a3f0fc8 internal/scaling/scaling.go, read 2026-11-22. Where the estimator is
wrong, `docs/adr/0004-estimator-corrections.md` numbers the correction; the comments here name that number.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

from recommender.sizing.reference_points import RULES, Curve, Factor, Rules, Steps

SEARCHER_CHART_STORAGE_GB = 26
"""sourcegraph/deploy-sourcegraph-helm@v7.6.0 charts/sourcegraph/values.yaml `searcher.storageSize`, read 2026-11-22."""


@dataclass(frozen=True, slots=True)
class Load:
    """What an organization puts on its instance."""

    users: int
    repositories: int
    """Without the monorepos."""
    code_gb: float
    largest_repository_gb: float
    largest_index_gb: float
    """Largest SCIP index; 0 when precise code intelligence is off."""
    monorepos: int


@dataclass(frozen=True, slots=True)
class ServiceSize:
    """One service. CPUs and GB are those of one replica."""

    replicas: int
    cpu_request: float
    cpu_limit: float
    memory_request_gb: float
    memory_limit_gb: float
    storage_gb: int
    """Of each claim; 0 where the estimator asks for none."""


@dataclass(frozen=True, slots=True)
class Beyond:
    """An input above the last reference point: the figures stop growing there."""

    factor: Factor
    given: int
    published_up_to: int


def factors_of(load: Load) -> dict[Factor, int]:
    """The values that the rules grow with. The estimator takes whole GB, so a begun GB counts as one."""
    repositories = load.repositories + load.monorepos
    return {
        "users": load.users,
        "repositories": repositories,
        "code": math.ceil(load.code_gb),
        "largest_repository": math.ceil(load.largest_repository_gb),
        "index": math.ceil(load.largest_index_gb),
        "activity": (load.users + repositories) // 1_000,
        "constant": 1,
    }


def estimate(load: Load) -> dict[str, ServiceSize]:
    """The size of every service, in the order of `RULES`."""
    values = factors_of(load)
    return {name: _service(rules, values, _storage_gb(name, rules, values)) for name, rules in RULES.items()}


def beyond(load: Load) -> tuple[Beyond, ...]:
    """The inputs for which nothing is published any more, where the vendor wants to be asked.

    Correction 9: syntacticCodeIntel has no say here. Its last point is a CPU count written as GB, and the chart leaves
    the service off.
    """
    values = factors_of(load)
    last: dict[Factor, int] = {}
    for name, rules in RULES.items():
        if name != "syntacticCodeIntel":
            for table in (rules.replicas, rules.cpu, rules.memory):
                last[table.factor] = min(table.points[-1][0], last.get(table.factor, table.points[-1][0]))
    return tuple(Beyond(factor, values[factor], top) for factor, top in last.items() if values[factor] > top)


def _service(rules: Rules, values: Mapping[Factor, int], storage_gb: int) -> ServiceSize:
    replicas = replicas_at(rules.replicas, values[rules.replicas.factor])
    cpu_request, cpu_limit = (_per_replica(rules.replicas, rules.cpu, column, values) for column in (1, 2))
    memory_request, memory_limit = (_per_replica(rules.replicas, rules.memory, column, values) for column in (1, 2))
    if rules.chart_has_one_replica:
        # Correction 5: the one replica gets the memory of all, for they were to hold that much together; redis runs its
        # commands on one thread, so more CPUs would idle.
        memory_request, memory_limit, replicas = memory_request * replicas, memory_limit * replicas, 1
    return ServiceSize(replicas, cpu_request, cpu_limit, memory_request, memory_limit, storage_gb)


def _storage_gb(name: str, rules: Rules, values: Mapping[Factor, int]) -> int:
    code, index = values["code"], values["index"]
    match name:
        case "gitserver":
            return code * 130 // 100
        case "indexedSearch":
            return code * 120 // 100 // 2
        case "blobstore":
            return index
        case "codeIntelDB" if index == 0:
            return 0
        case "searcher":
            # Correction 4: the estimator's ephemeral request, for the chart keeps the cache in a claim. It is not
            # divided by the replicas: a claim cannot shrink when a growing load adds some.
            cache = max(values["largest_repository"] + 0.15 * code, 0.3 * code)
            return max(SEARCHER_CHART_STORAGE_GB, math.ceil(rounded(cache)))
        case _:
            return rules.storage_gb


def rounded(value: float) -> float:
    """To whole units above 1, else to quarters; halves go up, as in the estimator."""
    return float(math.floor(value + 0.5)) if value > 1 else math.floor(value * 4 + 0.5) / 4


def replicas_at(steps: Steps, value: int) -> int:
    """Replicas as published, interpolated and rounded; the last point serves everything above it."""
    low, high, part = _segment([point[0] for point in steps.points], value)
    few, many = steps.points[low][1], steps.points[high][1]
    return few + math.floor((many - few) * part + 0.5)


def published_at(curve: Curve, column: int, value: int) -> float:
    """Request (column 1) or limit (column 2) of one replica as published, interpolated and rounded."""
    low, high, part = _segment([point[0] for point in curve.points], value)
    less, more = curve.points[low][column], curve.points[high][column]
    return rounded(less + (more - less) * part)


def _segment(ats: list[int], value: int) -> tuple[int, int, float]:
    """Indexes of the points around a value, and how far between them it lies (0 to 1)."""
    high = min(bisect_left(ats, value), len(ats) - 1)
    low = max(high - 1, 0)
    if value >= ats[-1] or low == high:
        return high, high, 0.0
    return low, high, max(0.0, (value - ats[low]) / (ats[high] - ats[low]))


def _per_replica(steps: Steps, curve: Curve, column: int, values: Mapping[Factor, int]) -> float:
    """One replica's share, never so small that all replicas together get less than under some smaller load.

    Correction 7: the estimator interpolates replicas and shares apart, and some shares shrink where replicas are added,
    so its totals fall here and there. The share is lifted until the total is the highest of any smaller load, in whole
    thousandths (Kubernetes' millicores, and MB); where the estimator's totals grow, this is the estimator's figure.
    """
    value = values[curve.factor]
    if steps.factor not in (curve.factor, "constant"):
        return published_at(curve, column, value)  # They grow independently, so their product never falls.
    share, total = 0, 0
    for at in [*(point for point in turning_points(steps, curve) if point < value), value]:
        replicas = replicas_at(steps, at)
        share = max(int(published_at(curve, column, at) * 1_000), -(-total // replicas))
        total = replicas * share
    return share / 1_000


def turning_points(steps: Steps, curve: Curve) -> list[int]:
    """Every value at which a total may stop growing: the reference points, and where each replica is added."""
    found = {point[0] for point in curve.points}
    for (start, few), (end, many) in pairwise(steps.points):
        found.update({start, end})
        for replica in range(1, many - few + 1):
            at = math.ceil(start + (replica - 0.5) * (end - start) / (many - few))
            found.update({at, at + 1})  # Where this is exactly half-way, binary fractions may round one value later.
    return sorted(found)

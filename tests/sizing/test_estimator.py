"""The vendor's estimator, case by case, and each correction of it. Numbers in names are those of ADR 0004."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import astuple, dataclass, fields, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from recommender.sizing import Load, ServiceSize, size
from recommender.sizing.estimator import beyond, estimate, factors_of, published_at, replicas_at, turning_points
from recommender.sizing.reference_points import RULES, Curve

CASES: list[dict[str, Any]] = json.loads((Path(__file__).parent / "estimator_cases.json").read_text(encoding="utf-8"))
FIELDS = tuple(field.name for field in fields(ServiceSize))
SHARES = ("cpu_request", "cpu_limit", "memory_request_gb", "memory_limit_gb")

# Corrections 1 and 2: the chart's key, and the estimator's for the same container.
ESTIMATOR_KEYS = {
    "indexedSearch": "indexedSearchIndexer",
    "indexedSearchIndexer": "indexedSearch",
    "codeInsightsDB": "codeinsights-db",
    "codeIntelDB": "codeintel-db",
}
COMPOSE_ONLY_GB = 256
INSIGHTS_GB = 200


@dataclass(frozen=True)
class Correction:
    """Where an answer may differ from the estimator's, and nowhere else."""

    number: int
    service: str
    fields: tuple[str, ...]
    when: Callable[[Load], bool]


def repositories(load: Load) -> int:
    return load.repositories + load.monorepos


CORRECTED = (
    Correction(4, "searcher", ("storage_gb",), lambda load: True),
    Correction(
        5,
        "redisCache",
        ("replicas", "memory_request_gb", "memory_limit_gb"),
        lambda load: (load.users + repositories(load)) // 1_000 >= 835,
    ),
    Correction(7, "searcher", SHARES, lambda load: 531_250 < repositories(load) < 3_250_000),
    Correction(7, "indexedSearch", ("cpu_request",), lambda load: repositories(load) > 725_000),
    Correction(
        7, "preciseCodeIntel", ("memory_request_gb", "memory_limit_gb"), lambda load: 80 < load.largest_index_gb <= 356
    ),
    Correction(7, "syntectServer", SHARES, lambda load: load.users > 68_750),
)


def load_of(case: Mapping[str, Any]) -> Load:
    return Load(*case["load"])


def published(case: Mapping[str, Any], service: str) -> ServiceSize:
    """The estimator's figures under the chart's key. The claim belongs to the pod, whose owner is `indexedSearch`."""
    services = case["services"]
    figures = ServiceSize(*services[ESTIMATOR_KEYS.get(service, service)])
    if service == "indexedSearch":
        return replace(figures, storage_gb=services["indexedSearch"][-1])
    if service == "indexedSearchIndexer":
        return replace(figures, storage_gb=0)
    if service == "codeInsightsDB":
        return replace(figures, storage_gb=INSIGHTS_GB)  # Correction 10: Code Insights is always on.
    return figures


def differences(case: Mapping[str, Any]) -> set[tuple[str, str]]:
    return {
        (service, field)
        for service, ours in estimate(load_of(case)).items()
        for field in FIELDS
        if getattr(ours, field) != getattr(published(case, service), field)
    }


def allowed(load: Load) -> set[tuple[str, str]]:
    return {(row.service, field) for row in CORRECTED if row.when(load) for field in row.fields}


def one(**given_values: float) -> Load:
    """A small load, but for what is given."""
    small = Load(users=1, repositories=1, code_gb=1, largest_repository_gb=0, largest_index_gb=1, monorepos=0)
    return replace(small, **given_values)


def quantities(service: str) -> list[tuple[Curve, int]]:
    """The published table and column behind each of `SHARES`."""
    rules = RULES[service]
    return [(curve, column) for curve in (rules.cpu, rules.memory) for column in (1, 2)]


def totals(service: ServiceSize) -> tuple[float, ...]:
    """What must never fall."""
    return (
        service.replicas,
        service.storage_gb,
        *(service.replicas * getattr(service, share) for share in SHARES),
    )


# --- agreement


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['deployment']}-{case['load']}")
def test_every_case_agrees_but_for_the_named_corrections(case):
    assert differences(case) <= allowed(load_of(case))


@pytest.mark.parametrize("row", CORRECTED, ids=lambda row: f"{row.number}-{row.service}")
def test_each_correction_is_needed_by_a_case(row):
    if row.service == "syntectServer":
        load = one(users=100_000)
        assert estimate(load)["syntectServer"].cpu_limit > published_at(RULES["syntectServer"].cpu, 2, load.users)
        return
    seen = {difference for case in CASES if row.when(load_of(case)) for difference in differences(case)}
    assert {(row.service, field) for field in row.fields} <= seen


def test_both_deployment_types_are_among_the_cases():
    assert {case["deployment"] for case in CASES} == {"docker-compose", "kubernetes"}
    assert len(CASES) == 165


def test_the_storage_total_is_the_estimators_and_searchers_claim():
    for case in CASES:
        answer = size(load_of(case), provider=None, region=None)
        expected = case["storage_gb"] + answer.services["searcher"].storage_gb
        expected -= COMPOSE_ONLY_GB if case["deployment"] == "docker-compose" else 0
        expected += 0 if case["code_insights"] else INSIGHTS_GB
        assert answer.total_storage_gb == expected, case["load"]


def test_the_services_come_in_a_fixed_order():
    assert list(estimate(one())) == [
        *("frontend", "gitserver", "indexedSearch", "indexedSearchIndexer", "pgsql", "codeIntelDB", "codeInsightsDB"),
        *("redisCache", "redisStore", "preciseCodeIntel", "syntacticCodeIntel", "searcher", "worker"),
        *("syntectServer", "blobstore", "prometheus"),
    ]


# --- the corrections


def test_correction_1_the_webservers_figures_stand_under_indexed_search():
    services = estimate(one(repositories=250_000, code_gb=8_333))
    assert astuple(services["indexedSearch"]) == (3, 8, 16, 16, 32, 4_999)
    assert astuple(services["indexedSearchIndexer"]) == (3, 4, 10, 8, 10, 0)


def test_correction_2_databases_bear_the_charts_names():
    services = estimate(one())
    assert astuple(services["codeInsightsDB"]) == (1, 2, 4, 2, 4, 200)
    assert astuple(services["codeIntelDB"]) == (1, 4, 4, 4, 4, 200)


def test_correction_3_symbols_is_gone():
    assert set(CASES[0]["services"]) - {ESTIMATOR_KEYS.get(name, name) for name in estimate(one())} == {"symbols"}


def test_correction_4_searchers_claim_holds_the_estimators_cache():
    for case in CASES:
        assert estimate(load_of(case))["searcher"].storage_gb == max(26, case["searcher_ephemeral_gb"]), case["load"]


def test_correction_5_one_redis_cache_holds_what_its_replicas_would_have_held():
    for case in CASES:
        ours, theirs = estimate(load_of(case))["redisCache"], published(case, "redisCache")
        assert ours.replicas == 1
        assert ours.memory_limit_gb == theirs.replicas * theirs.memory_limit_gb
        assert ours.cpu_limit == theirs.cpu_limit


def test_correction_7_is_the_smallest_lift_that_never_falls():
    """Each lifted total is what some smaller load gets, but for less than a thousandth a replica and step."""
    for name in ("searcher", "indexedSearch", "indexedSearchIndexer"):
        rules, most = RULES[name], 0.0
        for count in range(1, 5_200_000, 1_000):
            replicas = replicas_at(rules.replicas, count)
            most = max(most, replicas * published_at(rules.cpu, 1, count))
            if count % 40_000 == 1:
                ours = estimate(one(repositories=count))[name]
                assert most <= ours.replicas * ours.cpu_request <= most * 1.005


def test_correction_7_syntect_server_keeps_its_largest_published_size():
    sizes = {
        astuple(estimate(one(users=users))["syntectServer"]) for users in (50_000, 50_001, 275_000, 500_000, 10**7)
    }
    assert sizes == {(1, 4, 16, 8, 18, 0)}


def test_correction_9_a_huge_repository_alone_does_not_call_for_support():
    load = one(code_gb=1_000, largest_repository_gb=1_000)
    assert not size(load, provider=None, region=None).contact_support


def test_correction_9_support_is_called_for_as_the_estimator_does_otherwise():
    for case in CASES:
        assert bool(beyond(load_of(case))) == bool(set(case["beyond"]) - {"syntacticCodeIntel"}), case["load"]


def test_correction_10_code_insights_is_always_counted():
    disabled = [case for case in CASES if not case["code_insights"]]
    assert disabled
    assert {estimate(load_of(case))["codeInsightsDB"].storage_gb for case in disabled} == {INSIGHTS_GB}


def test_correction_11_a_begun_gb_counts_as_one():
    assert estimate(one(code_gb=99.2, largest_index_gb=7.5)) == estimate(one(code_gb=100, largest_index_gb=8))


def test_no_index_means_no_claims_for_precise_code_intelligence():
    services = estimate(one(largest_index_gb=0))
    assert (services["codeIntelDB"].storage_gb, services["blobstore"].storage_gb) == (0, 0)


# --- more load never gives a smaller plan

LARGEST = {
    "users": 50_000,
    "repositories": 5_000_000,
    "code_gb": 50_000_000,
    "largest_repository_gb": 50_000_000,
    "largest_index_gb": 1_000,
    "monorepos": 5_000_000,
}
TYPICAL = {
    "users": 30_000,
    "repositories": 300_000,
    "code_gb": 20_000,
    "largest_repository_gb": 200,
    "largest_index_gb": 120,
    "monorepos": 10,
}
WHOLE = ("users", "repositories", "monorepos")


def amounts(name: str) -> st.SearchStrategy[float]:
    tops = (TYPICAL[name], LARGEST[name], LARGEST[name] * 20)
    if name in WHOLE:
        return st.one_of([st.integers(0, top) for top in tops])
    return st.one_of([st.floats(0, top) for top in tops])


loads = st.builds(Load, **{name: amounts(name) for name in LARGEST})
growth = st.fixed_dictionaries({name: st.one_of(st.just(0), amounts(name)) for name in LARGEST})


def assert_never_smaller(less: Load, more: Load) -> None:
    before, after = estimate(less), estimate(more)
    for name in before:
        for small, large in zip(totals(before[name]), totals(after[name]), strict=True):
            assert small <= large, f"{name}: {before[name]} for {less}, but {after[name]} for {more}"


@settings(max_examples=300, deadline=None)
@given(load=loads, more=growth)
@example(load=one(repositories=1_250_000), more={"repositories": 1_250_000})
@example(load=one(largest_index_gb=80), more={"largest_index_gb": 1})
@example(load=one(users=50_000), more={"users": 450_000})
def test_more_load_never_gives_a_smaller_plan(load, more):
    assert_never_smaller(load, replace(load, **{name: getattr(load, name) + extra for name, extra in more.items()}))


@settings(max_examples=300, deadline=None)
@given(load=loads)
def test_correction_7_lifts_only_where_it_is_listed_and_never_lowers(load):
    values, lifted = factors_of(load), allowed(load)
    for name, service in estimate(load).items():
        for share, (curve, column) in zip(SHARES, quantities(name), strict=True):
            theirs = published_at(curve, column, values[curve.factor])
            assert getattr(service, share) >= theirs
            assert getattr(service, share) == theirs or (name, share) in lifted, f"{name} {share}"


@settings(max_examples=300, deadline=None)
@given(load=loads)
def test_correction_8_no_request_is_above_its_limit(load):
    for name, service in estimate(load).items():
        assert service.cpu_request <= service.cpu_limit, name
        assert service.memory_request_gb <= service.memory_limit_gb, name


def interesting(factor: str) -> Iterator[int]:
    """Every reference point of a factor and every value at which a replica is added, with its neighbours."""
    points = {
        point[0]
        for rules in RULES.values()
        for table in (rules.replicas, rules.cpu, rules.memory)
        if table.factor == factor
        for point in table.points
    }
    found = set(points)
    for rules in RULES.values():
        if rules.replicas.factor == factor:
            for (start, few), (end, many) in pairwise(rules.replicas.points):
                steps = range(1, 2 * (many - few) + 1)
                found.update(round(start + step * (end - start) / (2 * (many - few))) for step in steps)
    found.update((low + high) // 2 for low, high in pairwise(sorted(points)))
    scale = 1_000 if factor == "activity" else 1
    return iter(sorted({max(0, (at + step) * scale) for at in found for step in (-2, -1, 0, 1, 2)}))


SWEEPS = {
    "users": "users",
    "repositories": "repositories",
    "activity": "repositories",
    "code": "code_gb",
    "largest_repository": "largest_repository_gb",
    "index": "largest_index_gb",
}


@pytest.mark.parametrize("factor", SWEEPS)
@pytest.mark.parametrize("base", [one(), one(users=60_000, repositories=2_000_000, code_gb=40_000, monorepos=3)])
def test_nothing_falls_at_or_around_any_reference_point(factor, base):
    swept = [replace(base, **{SWEEPS[factor]: at}) for at in interesting(factor)]
    assert len(swept) > 10
    for less, more in pairwise(swept):
        assert_never_smaller(less, more)


@pytest.mark.parametrize(
    ("name", "values"),
    [("largest_index_gb", range(1_105)), ("largest_repository_gb", range(300)), ("users", range(0, 60_000, 113))],
)
def test_nothing_falls_along_a_whole_range(name, values):
    for less, more in pairwise(replace(one(), **{name: value}) for value in values):
        assert_never_smaller(less, more)


def test_every_replica_count_is_looked_at_from_its_first_value_on():
    """The lift looks at the first value of each replica count; one later would miss a peak of the total."""
    for name, rules in RULES.items():
        for curve in (rules.cpu, rules.memory):
            if rules.replicas.factor == curve.factor:
                seen = turning_points(rules.replicas, curve)
                starts = {at for at in seen if replicas_at(rules.replicas, at) > replicas_at(rules.replicas, at - 1)}
                assert len(starts) == rules.replicas.points[-1][1] - 1, name

"""The machine, the disk and the notes. What each service gets is in test_estimator.py."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recommender.sizing import Load, Sizing, size
from recommender.sizing.machine_types import CHART_FAMILIES, FAMILIES_BY_REGION, MACHINE_TYPES
from recommender.sizing.size_chart import CHART, rung_for, shape_of

CASES = json.loads((Path(__file__).parent / "estimator_cases.json").read_text(encoding="utf-8"))
SIZES = [rung.size for rung in CHART]
ROWS = {row.name: row for row in MACHINE_TYPES}
PROVIDERS = ("aws", "gcp", "azure", "on-premises", "other", None)
REGIONS = (*FAMILIES_BY_REGION["aws"], *FAMILIES_BY_REGION["gcp"], "xx-new-1", None)

LOAD = Load(users=300, repositories=3_000, code_gb=100, largest_repository_gb=3, largest_index_gb=1, monorepos=0)

# The load that each size carries at most, and the machines that the vendor's charts name for it.
LARGEST_OF_SIZE = {
    "XS": (500, 5_000),
    "S": (1_000, 10_000),
    "M": (5_000, 50_000),
    "L": (10_000, 100_000),
    "XL": (20_000, 250_000),
    "2XL": (40_000, 500_000),
    "3XL": (50_000, 5_000_000),
}
RECOMMENDED = {
    "aws": ("m6a.2xlarge", "m6a.4xlarge", "m6a.8xlarge", "m6a.12xlarge", "m6a.24xlarge", "m6a.48xlarge", None),
    "gcp": (*(f"n2-standard-{vcpu}" for vcpu in (8, 16, 32, 48, 96)), None, None),
    "azure": ("D8_v3", "D16_v3", "D32_v3", "D48_v3", None, None, None),
}
MINIMUM = {
    "aws": ("m6a.2xlarge", "m6a.2xlarge", "m6a.4xlarge", "m6a.8xlarge", "m6a.12xlarge"),
    "gcp": ("n2-standard-8", "n2-standard-8", "n2-standard-16", "n2-standard-32", "n2-standard-64"),
}
REGION = {"aws": "us-east-1", "gcp": "us-central1", "azure": "eastus"}


def sized(load: Load = LOAD, provider: str | None = "aws", region: str | None = "us-east-1", **options: bool) -> Sizing:
    return size(load, provider=provider, region=region, **options)


def carrying(name: str) -> Load:
    users, repositories = LARGEST_OF_SIZE[name]
    return replace(LOAD, users=users, repositories=repositories)


# --- the machine


@pytest.mark.parametrize(
    ("provider", "name", "expected"),
    [(provider, *pair) for provider, row in RECOMMENDED.items() for pair in zip(SIZES, row, strict=True)],
)
def test_each_size_names_the_machine_of_the_vendors_chart(provider, name, expected):
    machine = sized(carrying(name), provider, REGION[provider]).machine
    assert (machine.size, machine.type) == (name, expected)


@pytest.mark.parametrize(
    ("provider", "name", "expected"),
    [(provider, *pair) for provider, row in MINIMUM.items() for pair in zip(SIZES, row, strict=False)],
)
def test_a_poc_may_take_the_vendors_minimum(provider, name, expected):
    machine = sized(carrying(name), provider, REGION[provider], minimum=True).machine
    assert (machine.size, machine.type) == (name, expected)


@pytest.mark.parametrize("rung", CHART, ids=SIZES)
def test_every_machine_named_is_an_amd64_row_that_is_enough(rung):
    for provider, region, minimum in product(PROVIDERS, REGIONS, (False, True)):
        machine = sized(carrying(rung.size), provider, region, minimum=minimum).machine
        asked = shape_of(rung, provider=provider, minimum=minimum)
        assert machine.vcpu >= asked.vcpu, (provider, region)
        assert machine.memory_gb >= asked.memory_gb, (provider, region)
        if machine.type is not None:
            row = ROWS[machine.type]
            assert (row.vcpu, row.memory_gb, row.arch) == (machine.vcpu, machine.memory_gb, "amd64")


def test_machine_types_are_exact_sourced_rows_without_a_double():
    assert len(ROWS) == len(MACHINE_TYPES)
    assert all(row.source and row.read_on and row.memory_gb == 4 * row.vcpu for row in MACHINE_TYPES)
    families = {row.family for row in MACHINE_TYPES}
    assert families == {
        *(family for chart in CHART_FAMILIES.values() for family in chart),
        *(family for regions in FAMILIES_BY_REGION.values() for offered in regions.values() for family in offered),
    }


def test_correction_6_the_larger_of_users_and_repositories_decides():
    """The estimator takes the CPUs from the users, and the memory and the size from the repositories."""
    for case in CASES:
        by_users = next(rung for rung in CHART if rung.recommended.vcpu == case["vcpu"])
        by_repositories = next(rung for rung in CHART if rung.recommended.memory_gb == case["memory_gb"])
        assert by_repositories.size == case["size"]
        larger = max(by_users, by_repositories, key=CHART.index)
        machine = sized(Load(*case["load"]), None, None).machine
        assert (machine.size, machine.vcpu, machine.memory_gb) == (
            larger.size,
            larger.recommended.vcpu,
            larger.recommended.memory_gb,
        ), case["load"]


@pytest.mark.parametrize(("users", "expected"), [(8_000, "L"), (1_000, "L"), (10_001, "XL")])
def test_the_vendors_own_examples_of_80000_repositories(users, expected):
    assert rung_for(users, 80_000).size == expected


def test_monorepos_count_among_the_repositories():
    assert sized(replace(LOAD, repositories=5_000)).machine.size == "XS"
    assert sized(replace(LOAD, repositories=5_000, monorepos=1)).machine.size == "S"


@pytest.mark.parametrize(
    ("region", "name", "expected"),
    [
        ("eu-north-1", "XL", "m6i.24xlarge"),
        ("eu-north-1", "2XL", "m7i.48xlarge"),
        ("me-south-1", "XS", "m6i.2xlarge"),
        ("me-south-1", "2XL", None),
        ("eu-south-2", "M", "m7i.8xlarge"),
    ],
)
def test_a_region_without_m6a_gets_the_same_shape_of_another_family(region, name, expected):
    answer = sized(carrying(name), "aws", region)
    assert answer.machine.type == expected
    assert any(region in note for note in answer.notes)


def test_every_region_without_m6a_has_its_stand_in_for_all_sizes_of_the_chart():
    for region in FAMILIES_BY_REGION["aws"]:
        assert all(sized(carrying(name), "aws", region).machine.type for name in SIZES[:5]), region


@pytest.mark.parametrize(("provider", "region"), [("aws", "xx-new-1"), ("aws", None), ("gcp", "xx-new1")])
def test_a_region_never_looked_up_gets_the_charts_family_and_a_warning(provider, region):
    answer = sized(provider=provider, region=region)
    assert answer.machine.type == RECOMMENDED[provider][0]
    assert any("not checked" in note for note in answer.notes)


def test_azures_xl_of_the_chart_is_too_small_to_be_named():
    answer = sized(carrying("XL"), "azure", "eastus")
    assert (answer.machine.type, answer.machine.vcpu, answer.machine.memory_gb) == (None, 96, 384)
    assert any("96 vCPU and 384 GB" in note for note in answer.notes)


@pytest.mark.parametrize("provider", PROVIDERS)
def test_3xl_is_more_than_one_machine(provider):
    answer = sized(carrying("3XL"), provider, None)
    assert (answer.machine.type, answer.machine.vcpu, answer.machine.memory_gb) == (None, 260, 1_000)
    assert any("one machine cannot carry that" in note for note in answer.notes)


# --- the disk


def test_the_disk_holds_every_claim():
    answer = sized()
    claims = sum(service.storage_gb for service in answer.services.values())
    assert answer.machine.data_disk_gb == answer.total_storage_gb == claims + 2


@pytest.mark.parametrize(("code_gb", "expected"), [(1, 500), (333, 500), (334, 501), (400.5, 601)])
def test_a_pocs_disk_is_the_documented_minimum_or_half_more_than_the_code(code_gb, expected):
    assert sized(replace(LOAD, code_gb=code_gb), minimum=True).machine.data_disk_gb == expected


def test_a_poc_is_told_what_it_leaves_out():
    assert any("minimum" in note for note in sized(minimum=True).notes)
    assert not any("minimum" in note for note in sized().notes)


def test_no_minimum_is_claimed_where_none_is_published():
    answer = sized(carrying("2XL"), minimum=True)
    assert answer.machine.type == "m6a.48xlarge"
    assert any(note.startswith("No minimum is published for size 2XL") for note in answer.notes)


# --- the notes


@pytest.mark.parametrize(
    ("field", "amount", "said"),
    [
        ("users", 50_001, "50,001 users"),
        ("repositories", 5_000_001, "5,000,001 repositories"),
        ("monorepos", 5_000_000, "5,003,000 repositories"),
        ("code_gb", 50_000_001, "50,000,001 GB of code"),
        ("largest_index_gb", 1_001, "1,001 GB in the largest index"),
    ],
)
def test_support_is_called_for_above_the_published_figures_and_the_note_says_why(field, amount, said):
    answer = sized(replace(LOAD, **{field: amount}))
    assert answer.contact_support
    assert any(note.startswith(said) for note in answer.notes)


def test_users_and_repositories_together_can_be_beyond_the_published_figures():
    answer = sized(replace(LOAD, users=1_000, repositories=5_000_000))
    assert answer.contact_support
    assert any("5,001 thousand users and repositories together" in note for note in answer.notes)


def test_an_ordinary_load_needs_neither_support_nor_notes():
    answer = sized()
    assert not answer.contact_support
    assert answer.notes == ()


def test_syntactic_code_intelligence_warns_of_its_figures_above_4_gb():
    assert sized(replace(LOAD, largest_repository_gb=4)).notes == ()
    (note,) = sized(replace(LOAD, largest_repository_gb=4.1)).notes
    assert note.startswith("syntacticCodeIntel")


def test_more_code_than_a_machines_memory_can_serve_is_said():
    (note,) = sized(replace(LOAD, code_gb=1_000)).notes
    assert note.startswith("gitserver alone would ask for 50 GB")


# --- more load never gives a smaller plan


@settings(max_examples=200, deadline=None)
@given(
    less=st.tuples(st.integers(0, 60_000), st.integers(0, 600_000), st.floats(0, 30_000)),
    extra=st.tuples(st.integers(0, 60_000), st.integers(0, 600_000), st.floats(0, 30_000)),
    where=st.sampled_from([("aws", "us-east-1"), ("aws", "me-south-1"), ("gcp", "us-central1"), ("azure", None)]),
    minimum=st.booleans(),
)
def test_more_load_never_gives_a_smaller_machine_or_disk(less, extra, where, minimum):
    def answer(users: int, repositories: int, code_gb: float) -> Sizing:
        load = replace(LOAD, users=users, repositories=repositories, code_gb=code_gb)
        return sized(load, *where, minimum=minimum)

    small = answer(*less)
    large = answer(*(one + more for one, more in zip(less, extra, strict=True)))
    for name in ("vcpu", "memory_gb", "data_disk_gb"):
        assert getattr(small.machine, name) <= getattr(large.machine, name)
    assert SIZES.index(small.machine.size) <= SIZES.index(large.machine.size)
    assert small.total_storage_gb <= large.total_storage_gb
    assert large.machine.data_disk_gb >= math.ceil(1.5 * (less[2] + extra[2]))


def test_each_rung_is_larger_than_the_one_before():
    for provider in PROVIDERS:
        for minimum in (False, True):
            shapes = [shape_of(rung, provider=provider, minimum=minimum) for rung in CHART]
            assert shapes == sorted(shapes, key=lambda shape: (shape.vcpu, shape.memory_gb))
            assert all(least.vcpu <= rung.recommended.vcpu for least, rung in zip(shapes, CHART, strict=True))

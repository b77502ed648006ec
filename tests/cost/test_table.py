"""The price table: its form, its rules, and how fast it is there."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest

import stacks.cost
from stacks.cost import aws_machines, aws_services, gcp_machines
from stacks.cost.table import find, table

CODE = Path(stacks.cost.__file__).parent


def test_every_price_has_a_unit_a_date_and_a_source():
    for key, entry in table()["prices"].items():
        assert entry["per"], key
        for region in entry["usd"]:
            price = find(key, region)
            assert price is not None
            assert price.usd >= 0
            assert price.source
            assert re.fullmatch(r"20\d\d-\d\d|undated", price.as_of), (key, region)


def test_every_source_is_used():
    rows = list(table()["prices"].values())
    used = {entry["source"] for entry in rows}
    used |= {row[2] for entry in rows for row in entry["usd"].values() if isinstance(row, list)}
    assert used == set(range(len(table()["sources"])))


def test_every_price_is_one_that_the_code_can_ask_for():
    code = "\n".join(path.read_text() for path in CODE.glob("*.py"))
    patterns = [
        r"ec2\.\w+\.xlarge",
        r"gce\.\w+\.(vcpu|gib)-hour",
        r"disk\.[a-z-]+\.gib-month",
        r"ebs\.(gp3|io2)\..*",
        r"rds\.postgres\.single-az\.db\..*",
        r"elasticache\.redis\.cache\..*",
        r"memorystore\.redis\.(standard|basic)\.m\d\.gib-hour",
        r"cloudsql\.postgres\.enterprise\..*",
        r"rds\.gp3\.single-az\.gb-month",
    ]
    for key in table()["prices"]:
        assert key in code or any(re.fullmatch(pattern, key) for pattern in patterns), key


def test_weak_and_undated_prices_are_not_firm():
    assert find("ebs.gp3.gb-month", "us-east-1").firm
    assert not find("ebs.gp3.gb-month", "ap-southeast-2").firm
    assert not find("ec2.m6a.xlarge", "eu-west-1").firm


def test_us_west_2_takes_the_prices_of_us_east_1_that_it_lacks():
    price = find("nat.hour", "us-west-2")
    assert (price.usd, price.firm, price.region) == (0.045, False, "us-west-2")
    assert "us-east-1" in price.note


def test_a_price_without_a_region_stands_in_everywhere():
    assert find("secretsmanager.secret-month", "eu-north-1").usd == 0.4


def test_no_other_price_stands_in_for_a_region():
    assert find("nat.hour", "eu-north-1") is None
    assert find("elasticache.redis.cache.m7g.large", "eu-west-1") is None


@pytest.mark.parametrize("key", ["nat.hour", "armor.policy-month"])
def test_nothing_has_a_price_nowhere(key):
    assert find(key, "") is None


def test_machines_grow_with_their_size():
    assert aws_machines.price_of("m6a.48xlarge", "us-east-1").usd == pytest.approx(8.2944)
    assert aws_machines.price_of("m6a.large", "us-east-1").usd == pytest.approx(0.0864)


def test_a_family_that_is_known_in_us_east_1_alone_takes_the_ratio_of_the_region():
    price = aws_machines.price_of("r6i.2xlarge", "eu-west-1")
    assert price.usd == pytest.approx(0.504 * 0.7704 / 0.6912)
    assert not price.firm


@pytest.mark.parametrize("machine", ["m6a.7xlarge", "m6a", "", "x9z.large", "m6a.metal", ".large", "m6a.xlarge.x"])
def test_an_unknown_machine_of_aws_has_no_price(machine):
    assert aws_machines.price_of(machine, "us-east-1") is None


@pytest.mark.parametrize("machine", ["n2-standard-17", "n2-custom-4-8192", "e2-medium", "", "n2-standard-016", "n9"])
def test_an_unknown_machine_of_gcp_has_no_price(machine):
    assert gcp_machines.price_of(machine, "us-central1") is None


def test_no_ratio_is_used_where_the_families_do_not_share_one():
    assert aws_machines.price_of("m6a.large", "ap-south-1") is not None
    assert aws_machines.price_of("r6i.large", "ap-south-1") is None


def test_large_databases_are_extrapolated_and_say_so():
    price = aws_services.database_price("db.m6i.4xlarge", "us-east-1")
    assert price.usd == pytest.approx(2 * 0.712)
    assert not price.firm
    assert aws_services.database_price("db.t4g.4xlarge", "us-east-1") is None


def test_the_table_is_there_in_15_ms():
    def load() -> float:
        table.cache_clear()
        start = time.perf_counter()
        table()
        return time.perf_counter() - start

    assert min(load() for _ in range(5)) < 0.015

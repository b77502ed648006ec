"""The plan of a machine image: what it refuses, and what it never does."""

from __future__ import annotations

import re
from typing import Any

import pytest

from recommender import aws_facts, gcp_facts
from recommender.errors import InputError
from recommender.plan import NewNetwork, SingleNodePlan
from recommender.planning import make_plan
from recommender.profile_file import parse_profile
from recommender.recommend import recommend
from recommender.sizing.machine_types import MACHINE_TYPES


def plan(deployment: dict[str, Any] | None = None, **changes: Any) -> SingleNodePlan:
    document: dict[str, Any] = {
        "name": "acme",
        "scale": {"users": 400, "repositories": 900, "code_gb": 20},
        "cloud": {"accepts_admin_access": False},
        "hosting": {"provider": "aws", "region": "us-east-1"},
        "deployment": deployment or {},
    }
    for path, value in changes.items():
        section, _, field = path.partition("__")
        document[section] = {**document.get(section, {}), field: value} if field else value
    profile = parse_profile(document)
    return make_plan(profile, recommend(profile))


def refused(deployment: dict[str, Any], **changes: Any) -> str:
    with pytest.raises(InputError) as error:
        plan(deployment, **changes)
    return str(error.value)


@pytest.mark.parametrize("region", aws_facts.ZONES)
def test_every_aws_region_has_an_image_a_zone_and_a_machine_that_it_offers(region: str):
    made = plan(hosting__region=region)
    assert made.zone.startswith(region)
    assert re.fullmatch(r"ami-[0-9a-f]{17}", made.image.reference or "")
    assert made.machine_type in {row.name for row in MACHINE_TYPES}


@pytest.mark.parametrize("region", gcp_facts.ZONES)
def test_every_gcp_region_has_a_zone_and_a_machine(region: str):
    made = plan(hosting={"provider": "gcp", "region": region})
    assert made.zone.startswith(region)
    assert made.machine_type == "n2-standard-8"


def test_every_release_with_an_image_has_it_in_every_region():
    for images in aws_facts.AMIS.values():
        assert set(images) == set(aws_facts.ZONES)
    assert tuple(aws_facts.AMIS) == gcp_facts.IMAGE_RELEASES


def test_a_release_without_a_known_image_is_refused_unless_the_image_is_given():
    assert "6.12.5040" in refused({}, sourcegraph_version="6.10.0")
    given = {"machine": {"image": "ami-0123456789abcdef0"}}
    assert plan(given, sourcegraph_version="6.10.0").image.reference == "ami-0123456789abcdef0"


def test_the_internet_is_opened_only_in_so_many_words():
    inside = plan({"domain": "code.acme.example", "dns_zone": "Z1"})
    assert inside.access is not None
    assert inside.access.scheme == "internal"
    assert "0.0.0.0/0" not in inside.access.allowed_cidrs
    assert "allowed_cidrs" in refused({"domain": "code.acme.example", "dns_zone": "Z1", "access": "internet"})


@pytest.mark.parametrize("field", ["certificate", "dns_zone", "allowed_cidrs", "access"])
def test_what_belongs_to_a_domain_needs_one(field: str):
    values = {"certificate": "arn:x", "dns_zone": "Z1", "allowed_cidrs": ["10.0.0.0/8"], "access": "internet"}
    assert "deployment.domain" in refused({field: values[field]})


@pytest.mark.parametrize(
    ("deployment", "field"),
    [
        ({"machine": {"type": "m6a.large"}}, "machine.type"),
        ({"machine": {"type": "m6i.8xlarge"}}, "machine.type"),  # large enough, and not among us-east-1's families
        ({"machine": {"type": "n2-standard-96"}}, "machine.type"),
        ({"data_disk_gb": 100}, "data_disk_gb"),
        ({"zone": "us-east-1e"}, "zone"),  # its machines are of older families
        ({"network": {"cidr": "10.0.0.0/24"}}, "network.cidr"),
        ({"network": {"cidr": "8.8.0.0/16"}}, "network.cidr"),
        ({"network": {"machine_subnet": "subnet-0123456789abcdef0"}}, "network.id"),
        ({"tags": {"aws:owner": "me"}}, "tags"),
        (
            {"domain": "a.example", "dns_zone": "Z1", "allowed_cidrs": [f"10.{n}.0.0/16" for n in range(31)]},
            "allowed_cidrs",
        ),
    ],
)
def test_a_choice_that_does_not_fit_is_refused_with_its_path(deployment: dict[str, Any], field: str):
    assert f"deployment.{field}" in refused(deployment)


def test_the_subnets_of_a_new_network_lie_in_it_and_apart():
    network = plan({"domain": "a.example", "dns_zone": "Z1", "network": {"cidr": "10.9.0.0/22"}}).network
    assert isinstance(network, NewNetwork)
    subnets = [network.machine_cidr, network.nat_cidr, *network.edge_cidrs]
    assert len(set(subnets)) == 4
    assert all(str(subnet).startswith("10.9.") for subnet in subnets)


def test_the_first_phase_decides_the_size_and_the_disk_grows_with_the_code():
    phased = plan(urgent=True, scale={"users": 90_000, "initial_users": 400, "repositories": 900, "code_gb": 20})
    assert phased.machine_type == plan().machine_type
    assert plan(scale__code_gb=4000).data_disk.size_gb > plan().data_disk.size_gb


def test_a_simple_poc_is_cheaper_and_nothing_else_is_disposable():
    poc, trial, like_production = (plan(stage="poc"), plan(stage="trial"), plan(stage="poc", fidelity="high"))
    assert poc.disposable
    assert not poc.data_disk.keep
    assert poc.snapshots is None
    assert isinstance(poc.network, NewNetwork)
    assert not poc.network.nat
    for kept in (trial, like_production, plan()):
        assert not kept.disposable
        assert kept.data_disk.keep
        assert kept.snapshots is not None

"""Tables of Kubernetes facts: whole, consistent with each other, and with a source on every row."""

from __future__ import annotations

import re
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender import aws_facts
from recommender.kubernetes.charts import AUTOSCALER_IMAGE_TAGS, CHART_PODS, pinned_charts
from recommender.kubernetes.eks_facts import EXCLUDED_ZONE_IDS, NODE_RELEASES, eks_addons, zone_ids
from recommender.kubernetes.facts import (
    EKS_DEFAULT,
    EKS_VERSIONS,
    GKE_CHANNEL,
    GKE_CHANNELS,
    GKE_DEFAULT,
    GKE_VERSIONS,
    READ_ON,
    eks_version_problem,
    eks_version_warning,
)
from recommender.kubernetes.platform import SYSTEM_PODS, platform_workloads
from recommender.kubernetes.service_classes import (
    ELASTICACHE_NODES,
    RDS_CLASSES,
    cloudsql_tier,
    elasticache_node,
    memorystore_gib,
    rds_class,
)

OFFERED = [minor for minor in EKS_VERSIONS if eks_version_problem(minor) is None]
ADDONS = {
    "vpc-cni",
    "kube-proxy",
    "coredns",
    "eks-pod-identity-agent",
    "metrics-server",
    "aws-ebs-csi-driver",
    "snapshot-controller",
}


def test_new_clusters_may_be_1_34_to_1_36_and_1_36_is_the_default():
    assert OFFERED == ["1.36", "1.35", "1.34"]
    assert EKS_DEFAULT == "1.36"
    assert EKS_VERSIONS[EKS_DEFAULT].standard_until == "2027-08-02"


@pytest.mark.parametrize(
    ("minor", "because"),
    [
        ("1.37", "no source"),
        ("1.33", "2026-07-29"),
        ("1.31", "2025-11-26"),
        ("1.30", "not a version"),
        ("2.0", "not a version"),
        ("", "not a version"),
    ],
)
def test_every_other_version_is_refused_with_its_reason(minor, because):
    assert because in (eks_version_problem(minor) or "")
    assert eks_version_warning(minor) is None


def test_only_the_version_that_ends_in_ten_days_is_warned_of():
    assert [minor for minor in EKS_VERSIONS if eks_version_warning(minor)] == ["1.34"]
    assert "2026-12-02" in (eks_version_warning("1.34") or "")


@pytest.mark.parametrize("rows", [EKS_VERSIONS, GKE_VERSIONS])
def test_support_ends_in_order_and_newer_versions_last_longer(rows):
    listed = list(rows.values())
    assert [row.minor for row in listed] == list(rows)
    for row in listed:
        assert date.fromisoformat(row.standard_until) <= date.fromisoformat(row.extended_until)
        assert row.fact.source
        assert row.fact.read_on == READ_ON
    assert sorted(listed, key=lambda row: row.standard_until, reverse=True) == listed


def test_status_is_that_of_a_given_day_never_of_the_clock():
    row = EKS_VERSIONS["1.34"]
    assert row.status() == row.status(READ_ON) == row.status("2026-12-02") == "standard"
    assert row.status("2026-12-03") == row.status("2027-12-02") == "extended"
    assert row.status("2027-12-03") == "ended"
    assert GKE_VERSIONS["1.34"].status() == "ended"


def test_the_channel_of_gke_gives_a_version_in_standard_support():
    channel = GKE_CHANNELS[GKE_CHANNEL]
    assert channel.default.startswith(f"{GKE_DEFAULT}.")
    assert GKE_DEFAULT in channel.minors
    assert GKE_VERSIONS[GKE_DEFAULT].status() == "standard"


@pytest.mark.parametrize("minor", OFFERED)
def test_every_offered_version_has_all_add_ons_a_node_image_and_an_autoscaler(minor):
    addons = {addon.name: addon for addon in eks_addons(minor)}
    assert addons.keys() == ADDONS
    assert eks_addons(minor)[0].name == "vpc-cni"
    assert addons["kube-proxy"].version.startswith(f"v{minor}.")
    for addon in addons.values():
        assert re.fullmatch(r"v\d+\.\d+\.\d+-eksbuild\.\d+", addon.version)
        assert addon.fact.source
        assert not addon.fact.verified  # none was read in AWS's own table
    assert re.fullmatch(rf"{minor}\.\d+-2026\d{{4}}", NODE_RELEASES[minor].version)
    assert AUTOSCALER_IMAGE_TAGS[minor].startswith(f"v{minor}.")


def test_zones_of_clusters_are_those_of_machines():
    for region in aws_facts.ZONES:
        zones = dict(zone_ids(region))
        assert tuple(zones) == aws_facts.zones_of(region)
        assert len(set(zones.values())) == len(zones) >= 2
        assert not EXCLUDED_ZONE_IDS & set(zones.values())
    assert zone_ids("us-east-1")[0] == ("us-east-1a", "use1-az6")
    assert zone_ids("eu-west-1") == (("eu-west-1a", "euw1-az3"), ("eu-west-1b", "euw1-az1"), ("eu-west-1c", "euw1-az2"))
    assert zone_ids("us-east-1e") == zone_ids("mars-1") == ()


def test_charts_are_pinned_and_say_what_they_run():
    every = pinned_charts("aws", external_secrets=True)
    assert [chart.name for chart in every] == ["external-secrets", "aws-load-balancer-controller", "cluster-autoscaler"]
    assert {chart.name for chart in every} == CHART_PODS.keys()
    for chart in every:
        assert re.fullmatch(r"\d+\.\d+\.\d+", chart.version)
        assert chart.repository.startswith("https://")
        for pods in CHART_PODS[chart.name]:
            assert pods.workload.namespace == chart.namespace
            assert pods.workload.cpu_millis
            assert pods.workload.memory_mib
    assert [chart.name for chart in pinned_charts("gcp", external_secrets=True)] == ["external-secrets"]
    assert pinned_charts("gcp", external_secrets=False) == ()


@pytest.mark.parametrize("provider", ["aws", "gcp"])
def test_the_platform_is_the_clouds_pods_and_those_of_the_charts(provider):
    bare = platform_workloads(provider, external_secrets=False, load_balancer_controller=False, autoscaler=False)
    assert bare == tuple(pods.workload for pods in SYSTEM_PODS[provider])
    full = platform_workloads(provider, external_secrets=True)
    assert len(full) == len(bare) + (5 if provider == "aws" else 3)
    assert len({(load.namespace, load.name) for load in full}) == len(full)
    for load in full:
        assert (load.kind == "DaemonSet") == (load.replicas == 0)
    assert all(pods.fact.source for pods in SYSTEM_PODS[provider])
    assert platform_workloads("azure", external_secrets=False) == ()


@pytest.mark.parametrize("rows", [RDS_CLASSES, ELASTICACHE_NODES])
def test_classes_are_exact_rows_each_with_its_source(rows):
    assert len({row.name for row in rows}) == len(rows)
    for row in rows:
        assert row.fact.source
    sizes = [(row.vcpu, row.memory_gib) for row in rows]
    assert sizes == sorted(sizes)


@pytest.mark.parametrize(
    ("cpu", "memory", "name"),
    [
        (1, 1, "db.m6i.large"),
        (2, 9, "db.r6i.large"),
        (4, 4, "db.m6i.xlarge"),
        (4, 16.1, "db.r6i.xlarge"),
        (8, 32, "db.m6i.2xlarge"),
        (64, 256, "db.m6i.16xlarge"),
    ],
)
def test_rds_gets_the_smallest_class_that_is_enough(cpu, memory, name):
    found = rds_class(cpu, memory)
    assert found is not None
    assert found.name == name


def test_what_is_too_large_has_no_class():
    assert rds_class(65, 1) is None
    assert elasticache_node(106) is None
    assert cloudsql_tier(97, 1) is None
    assert cloudsql_tier(1, 625) is None


@pytest.mark.parametrize(
    ("memory", "name"),
    [(0.4, "cache.t4g.micro"), (3, "cache.t4g.medium"), (6, "cache.m7g.large"), (7, "cache.r7g.large")],
)
def test_redis_gets_a_node_whose_data_may_be_so_large(memory, name):
    found = elasticache_node(memory)
    assert found is not None
    assert found.name == name


@pytest.mark.parametrize(
    ("cpu", "memory", "name"),
    [
        (1, 1, "db-custom-1-3840"),
        (4, 4, "db-custom-4-4096"),
        (3, 10, "db-custom-4-10240"),
        (4, 2, "db-custom-4-3840"),
        (8, 4, "db-custom-8-7424"),
        (1, 8, "db-custom-2-8192"),
    ],
)
def test_cloud_sql_tiers_are_composed_by_its_rules(cpu, memory, name):
    found = cloudsql_tier(cpu, memory)
    assert found is not None
    assert found.name == name


@given(st.floats(0.1, 96), st.floats(0.1, 600))
def test_every_cloud_sql_tier_is_allowed_and_enough(cpu, memory):
    found = cloudsql_tier(cpu, memory)
    assert found is not None
    vcpu, memory_mib = (int(part) for part in found.name.removeprefix("db-custom-").split("-"))
    assert vcpu == 1 or vcpu % 2 == 0
    assert vcpu <= 96
    assert memory_mib % 256 == 0
    assert max(3840, 0.9 * 1024 * vcpu) <= memory_mib <= 6.5 * 1024 * vcpu
    assert vcpu >= cpu
    assert memory_mib >= memory * 1024


def test_memorystore_comes_in_whole_gib():
    assert [memorystore_gib(memory) for memory in (0.2, 6, 6.1)] == [1, 6, 7]

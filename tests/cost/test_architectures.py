"""Whole architectures, summed by hand: each line is the count, the hours or GB, and the price from its source.

Prices: us-east-1 EC2 of 2026-07, EBS of 2026-10, ElastiCache of 2026-10, RDS of 2026-04; us-central1 of 2026-07.
"""

from __future__ import annotations

import pytest

from stacks.cost.of_preview import estimate
from tests.profiles import preview_of

STORED = 1 + 13 * 0.01  # 14 daily snapshots: the disk once, and 1 % of it for each further day.


def _cents(amount):
    return pytest.approx(amount, abs=0.005)


def test_one_machine_on_aws_with_nat_and_load_balancer():
    found = estimate(preview_of("examples/acme-aws.yaml"))
    expected = (
        730 * 1.3824  # m6a.8xlarge
        + 50 * 0.08  # its root disk, gp3
        + 1143 * 0.08  # the data disk, gp3 at 3,000 IOPS and 125 MiB/s, which are included
        + 1143 * STORED * 0.05  # its snapshots
        + 730 * 0.045  # NAT gateway
        + 730 * 0.005  # its address
        + 730 * 0.0225  # Application Load Balancer
        + 2 * 730 * 0.005  # its addresses, in two zones
        + 5 * 0.10  # alarms
    )
    assert found.monthly == _cents(expected)
    assert found.monthly == _cents(1229.90)
    assert found.unknown == ()
    assert found.region == "us-east-1"
    assert found.high is None


def test_a_cluster_on_aws_with_managed_services():
    found = estimate(preview_of("examples/hooli-eks.yaml"))
    claims = 2 * 2340 + 2 * 1080 + 540 + 200 + 2 + 10
    nodes = 3 * (730 * 2.0736 + 100 * 0.08)  # m6a.12xlarge with 100 GB of gp3, one a zone, two at the most
    expected = (
        nodes
        + 730 * 0.10  # EKS
        + 3 * 730 * (0.045 + 0.005)  # a NAT gateway a zone, and its address
        + 730 * 0.0225  # the load balancer that the ingress controller makes
        + 3 * 730 * 0.005  # its addresses, in three zones
        + 2 * 730 * (0.356 + 0.356 + 0.712)  # RDS db.m6i.xlarge twice and db.m6i.2xlarge, Multi-AZ
        + 3 * 2 * 200 * 0.115  # their disks of 200 GB gp3, Multi-AZ
        + 2 * 2 * 730 * 0.158  # two ElastiCache cache.m7g.large, each twice
        + claims * 0.08
        + claims * STORED * 0.05  # their snapshots
        + 1 * 1.00  # KMS key
        + 5 * 0.40  # secrets: three of the databases, two of the caches
    )
    assert found.monthly == _cents(expected)
    assert found.monthly == _cents(8492.77)
    assert found.high == _cents(expected + nodes)
    assert found.unknown == ()


def test_a_cluster_on_gcp_with_managed_services():
    found = estimate(preview_of("tests/cases/kubernetes-gcp-production/profile.yaml"))
    claims = 390 + 200 + 90 + 200 + 2 + 10
    node = 730 * (16 * 0.031611 + 64 * 0.004237) + 100 * 0.17  # n2-standard-16 with 100 GiB of pd-ssd
    expected = (
        4 * node
        + 730 * 0.10  # GKE
        + 4 * 730 * 0.0014  # Cloud NAT, a node each
        + 2 * 730 * 0.005  # addresses of NAT and of the ingress
        + 730 * 0.025  # the load balancer that the ingress makes: two forwarding rules
        + 5.00  # Cloud Armor: a policy ...
        + 1.00  # ... of one rule
        + 2 * 730 * ((6 + 4 + 4) * 0.0413 + (9 + 4 + 4) * 0.007)  # three Cloud SQL, highly available
        + 3 * 2 * 200 * 0.17  # their disks
        + 2 * 6 * 730 * 0.054  # two Memorystore of 6 GiB, standard
        + claims * 0.17
        + 0.06  # key version
        + 5 * 0.06  # secret versions
    )
    assert found.monthly == _cents(expected)
    assert found.monthly == _cents(4292.27)
    assert [line.item for line in found.unknown] == ["Backup for GKE, storage"]
    assert found.region == "us-central1"


def test_a_proof_of_concept_costs_less_than_production():
    proof = estimate(preview_of("tests/cases/kubernetes-aws-poc/profile.yaml"))
    assert proof.monthly < estimate(preview_of("examples/hooli-eks.yaml")).monthly

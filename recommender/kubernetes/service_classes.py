"""Sizes of what the cloud runs in place of the chart's own pods: exact rows, and the smallest that is enough."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from recommender.fact import Fact


@dataclass(frozen=True, slots=True)
class ServiceClass:
    """One size of a managed database or Redis."""

    name: str
    vcpu: int
    memory_gib: float
    """Of a database server: nominal. Of a Redis node: what data may take."""
    fact: Fact


_RDS = Fact(
    "shapes of the EC2 types of the same name: moto 5.2.5 ec2/resources/instance_types.json.gz; that RDS offers them "
    "for PostgreSQL 16 in every region was not checked",
    "2026-11-22",
    verified=False,
)
_ELASTICACHE = Fact(
    "AWS documentation, ElastiCache parameter groups, node-type specific parameters: maxmemory in bytes", "2026-11-22"
)
_CLOUDSQL = Fact(
    "rules of db-custom tiers as zenn.dev/monicle/articles/e03a329c021873 restates "
    "cloud.google.com/sql/docs/postgres/create-instance",
    "2026-11-22",
    verified=False,
)


def _rds(name: str, vcpu: int, memory_gib: int) -> ServiceClass:
    return ServiceClass(name, vcpu, memory_gib, _RDS)


RDS_CLASSES: Final = (
    _rds("db.m6i.large", 2, 8),
    _rds("db.r6i.large", 2, 16),
    _rds("db.m6i.xlarge", 4, 16),
    _rds("db.r6i.xlarge", 4, 32),
    _rds("db.m6i.2xlarge", 8, 32),
    _rds("db.r6i.2xlarge", 8, 64),
    _rds("db.m6i.4xlarge", 16, 64),
    _rds("db.r6i.4xlarge", 16, 128),
    _rds("db.m6i.8xlarge", 32, 128),
    _rds("db.r6i.8xlarge", 32, 256),
    _rds("db.m6i.12xlarge", 48, 192),
    _rds("db.m6i.16xlarge", 64, 256),
)
"""The cheapest first: prices are known up to 2xlarge (us-east-1, 2026-04), and double with each size."""


def _elasticache(name: str, vcpu: int, maxmemory: int) -> ServiceClass:
    return ServiceClass(name, vcpu, maxmemory / 2**30, _ELASTICACHE)


ELASTICACHE_NODES: Final = (
    _elasticache("cache.t4g.micro", 2, 536_870_912),
    _elasticache("cache.t4g.small", 2, 1_471_026_299),
    _elasticache("cache.t4g.medium", 2, 3_317_862_236),
    _elasticache("cache.m7g.large", 2, 6_854_542_746),
    _elasticache("cache.r7g.large", 2, 14_037_181_030),
    _elasticache("cache.r7g.xlarge", 4, 28_261_849_702),
    _elasticache("cache.r7g.2xlarge", 8, 56_711_183_565),
    _elasticache("cache.r7g.4xlarge", 16, 113_609_865_216),
)
"""The cheapest first; each has a known price (us-east-1, 2026-10). Between two of them the other family costs more."""


def rds_class(cpu: float, memory_gb: float) -> ServiceClass | None:
    """The smallest RDS class with at least so many processors and GiB; None where no row is enough."""
    return _smallest(RDS_CLASSES, cpu, memory_gb)


def elasticache_node(memory_gb: float) -> ServiceClass | None:
    """The smallest ElastiCache node whose data may take so many GiB; None where no row is enough."""
    return _smallest(ELASTICACHE_NODES, 0, memory_gb)


def _smallest(rows: Iterable[ServiceClass], cpu: float, memory_gb: float) -> ServiceClass | None:
    return next((row for row in rows if row.vcpu >= cpu and row.memory_gib >= memory_gb), None)


_CLOUDSQL_CPUS = (1, *range(2, 97, 2))
_LEAST_MIB, _STEP_MIB = 3_840, 256


def cloudsql_tier(cpu: float, memory_gb: float) -> ServiceClass | None:
    """The smallest Cloud SQL tier of the ENTERPRISE edition with at least so many processors and GiB.

    A tier is composed: 1 processor or an even number up to 96, and 0.9 to 6.5 GiB for each, in steps of 256 MiB, 3.75
    GiB at least. Where memory asks for more than the processors allow, processors are added.

    Returns:
        `db-custom-CPU-MIB`; None where the largest is not enough.
    """
    memory_mib = math.ceil(memory_gb * 1024)
    for vcpu in _CLOUDSQL_CPUS:
        least = max(_LEAST_MIB, math.ceil(vcpu * 0.9 * 1024 / _STEP_MIB) * _STEP_MIB, memory_mib)
        chosen = math.ceil(least / _STEP_MIB) * _STEP_MIB
        if vcpu >= cpu and chosen <= vcpu * 6.5 * 1024:
            return ServiceClass(f"db-custom-{vcpu}-{chosen}", vcpu, chosen / 1024, _CLOUDSQL)
    return None


def memorystore_gib(memory_gb: float) -> int:
    """Capacity of a Memorystore instance, which comes in whole GiB."""
    return max(1, math.ceil(memory_gb))

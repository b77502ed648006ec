"""The plan of services that the cloud runs for Sourcegraph: three databases, two Redis servers, a bucket."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from recommender.checks import Checks
from recommender.kubernetes.plan import DatabaseKey, ManagedDatabase, ManagedRedis, ManagedServices
from recommender.kubernetes.service_classes import (
    ServiceClass,
    cloudsql_tier,
    elasticache_node,
    memorystore_gib,
    rds_class,
)
from recommender.plan import Provider
from recommender.sizing.estimator import ServiceSize

if TYPE_CHECKING:
    from recommender.profile import Profile

CHART_DATABASES: Mapping[DatabaseKey, str] = {
    "pgsql": "pgsql",
    "codeintel": "codeIntelDB",
    "codeinsights": "codeInsightsDB",
}
"""Database to the chart's key."""
_LEAST_STORAGE_GB = 100
_GROWTH = 4
"""A database may grow to this multiple of its first size before a person must decide (our own choice)."""
_MOST_STORAGE_GB = 65_536  # gp3 with RDS; Cloud SQL has the same limit (unverified). botocore 1.44.5, read 2026-11-22
_REDIS_GB = 6
"""What the bundled servers may hold: sourcegraph/docs@3499c087 docs/self-hosted/how-to/redis-configmap.mdx, read
2026-11-22."""
_MOST_LOG_DAYS_ON_GCP = 7
"""Point-in-time recovery of Cloud SQL's ENTERPRISE edition (pulumi_gcp 10.2.0, sql.DatabaseInstance
transaction_log_retention_days, read 2026-11-22)."""
NONE = ManagedServices((), (), bucket=False, high_availability=False, backup_days=0, keep=False)


def plan_managed(
    profile: Profile, checks: Checks, provider: Provider, sizes: Mapping[str, ServiceSize], *, disposable: bool
) -> ManagedServices:
    """What the profile wants the cloud to run. `sizes`: of the services that it stands in for."""
    wanted = profile.deployment.managed
    for name in sorted({*wanted.use} & {*profile.deployment.external.use}):
        checks.problem(
            "deployment.managed.use", name, "what deployment.external.use does not name", "Remove it from one of them."
        )
    asked = "backup_days" in wanted.model_fields_set
    if asked and provider == "gcp" and wanted.backup_days > _MOST_LOG_DAYS_ON_GCP:
        checks.problem(
            "deployment.managed.backup_days",
            wanted.backup_days,
            f"at most {_MOST_LOG_DAYS_ON_GCP} on GCP",
            "Lower or remove it; export what must be kept for longer.",
        )
    return ManagedServices(
        databases=_databases(checks, provider, sizes) if "postgres" in wanted.use else (),
        redis=_redis(checks, provider) if "redis" in wanted.use else (),
        bucket="object-storage" in wanted.use,
        high_availability=profile.stage == "production",
        backup_days=min(wanted.backup_days, _MOST_LOG_DAYS_ON_GCP) if provider == "gcp" else wanted.backup_days,
        keep=not disposable,
    )


def _databases(checks: Checks, provider: Provider, sizes: Mapping[str, ServiceSize]) -> tuple[ManagedDatabase, ...]:
    found: list[ManagedDatabase] = []
    for key, chart_key in CHART_DATABASES.items():
        size = sizes[chart_key]
        choose = rds_class if provider == "aws" else cloudsql_tier
        machine = _known(choose(size.cpu_limit, size.memory_limit_gb), checks, f"the {key} database")
        storage = max(_LEAST_STORAGE_GB, size.storage_gb)
        found.append(
            ManagedDatabase(key, machine, storage, min(_MOST_STORAGE_GB, storage * _GROWTH), database="sg", user="sg")
        )
    return tuple(found)


def _redis(checks: Checks, provider: Provider) -> tuple[ManagedRedis, ...]:
    memory, machine = _REDIS_GB, ""
    if provider == "aws":
        machine = _known(elasticache_node(_REDIS_GB), checks, "Redis")
    else:
        memory = memorystore_gib(_REDIS_GB)
    return (ManagedRedis("cache", machine, memory, "allkeys-lru"), ManagedRedis("store", machine, memory, "noeviction"))


def _known(found: ServiceClass | None, checks: Checks, what: str) -> str:
    if found is None:
        checks.problem(
            "deployment.managed.use",
            what,
            "a load that one of the known classes carries",
            "Bring a server of your own.",
        )
    return found.name if found else ""

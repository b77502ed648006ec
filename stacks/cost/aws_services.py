"""AWS: control planes, databases, caches, keys, secrets, alarms, logs, buckets."""

from __future__ import annotations

from typing import Final

from stacks.cost.charges import ByUse, Charges, Payer
from stacks.cost.estimate import Price
from stacks.cost.index import Index, number, record, text
from stacks.cost.table import find, standing_in
from stacks.preview import Resource

_SECRET: Final = "secretsmanager.secret-month"  # noqa: S105 - the key of a price
_RDS: Final = "rds.postgres.single-az."
_EXTRAPOLATED: Final = ("4xlarge", "8xlarge", "12xlarge", "16xlarge")
_HIGH_RESOLUTION_SECONDS: Final = 60
_RDS_FREE_IOPS: Final = 3000
_RDS_FREE_IOPS_LARGE: Final = 12000
_RDS_LARGE_GB: Final = 400


def cluster(resource: Resource, index: Index) -> Charges:
    """`aws:eks/cluster:Cluster` in standard support.

    Whether extended support has begun depends on the day, which this does not know: its price is told as by use. With
    `supportType: STANDARD` there is none, since AWS upgrades the cluster instead (schema of pulumi-aws 7.51,
    Cluster `upgradePolicy.supportType`, read 2026-11-22).
    """
    payer = Payer(resource.urn, index.region(resource))
    yield payer.hours("EKS control plane, standard support", "control planes", "eks.cluster.hour")
    if text(record(resource.inputs.get("upgradePolicy")).get("supportType")) != "STANDARD":
        yield payer.use(
            "EKS control plane in extended support, once the version is out of standard support, in place of the "
            "standard price",
            "eks.cluster-extended-support.hour",
        )


def database_price(class_: str, region: str) -> Price | None:
    """The price an hour of RDS for PostgreSQL in one zone; sizes above 2xlarge by the rule `rds-linear`."""
    family, _, size = class_.rpartition(".")
    if size not in _EXTRAPOLATED:
        return find(_RDS + class_, region)
    base = find(f"{_RDS}{family}.2xlarge", region)
    if base is None:
        return None
    times = float(size.removesuffix("xlarge")) / 2
    return standing_in(base, region, round(base.usd * times, 6), f"extrapolated from {family}.2xlarge")


def database(resource: Resource, index: Index) -> Charges:
    """`aws:rds/instance:Instance`. Multi-AZ pays machine and disk twice (rule `rds-multi-az`)."""
    inputs, payer = resource.inputs, Payer(resource.urn, index.region(resource))
    class_, size = text(inputs.get("instanceClass")), number(inputs.get("allocatedStorage"))
    twice = inputs.get("multiAz") is True
    times, zones = (2, "Multi-AZ") if twice else (1, "Single-AZ")
    postgres = text(inputs.get("engine")) == "postgres"
    price = database_price(class_, payer.region) if postgres else None
    item = f"RDS {class_ or 'of unknown class'}, PostgreSQL, {zones}"
    yield payer.hours(item, "databases", price, times, note="Multi-AZ counts twice" if twice else "")
    kind = text(inputs.get("storageType"))
    single = find(f"rds.{kind}.single-az.gb-month", payer.region)
    item = f"RDS storage, {kind or 'of unknown type'}, {zones}"
    note = _growth(number(inputs.get("maxAllocatedStorage")))
    yield payer.amount(item, "databases", single, size and size * times, "GB-month", note=note)
    above = (number(inputs.get("iops")) or 0) - _free_iops(size)
    if kind == "gp3" and above > 0:
        yield payer.amount("RDS IOPS", "databases", "rds.gp3.single-az.iops-month", above * times, "IOPS-month")
    if inputs.get("manageMasterUserPassword") is True:
        yield payer.amount("secret of the database", "keys and secrets", _SECRET, 1, "secret-month")
    yield payer.use("RDS backups above the size of the databases", "rds.backup.gb-month")


def _free_iops(size: float | None) -> int:
    return _RDS_FREE_IOPS_LARGE if size and size >= _RDS_LARGE_GB else _RDS_FREE_IOPS


def _growth(most: float | None) -> str:
    return f"grows by itself up to {most:g} GB" if most else ""


def cache(resource: Resource, index: Index) -> Charges:
    """`aws:elasticache/replicationGroup:ReplicationGroup`. Valkey costs 0.8 of Redis OSS (rule `valkey`)."""
    inputs, payer = resource.inputs, Payer(resource.urn, index.region(resource))
    node, engine = text(inputs.get("nodeType")), text(inputs.get("engine")) or "redis"
    price = find(f"elasticache.redis.{node}", payer.region)
    if price and engine == "valkey":
        price = standing_in(price, payer.region, round(price.usd * 0.8, 6), "0.8 of the price of Redis OSS")
    count = number(inputs.get("numCacheClusters", _shards_times_replicas(resource)))
    yield payer.hours(f"ElastiCache {node or 'of unknown type'}, {engine}", "caches", price, count)
    if number(inputs.get("snapshotRetentionLimit")):
        yield payer.use("ElastiCache backups", "elasticache.backup.gb-month")


def _shards_times_replicas(resource: Resource) -> float | None:
    shards = number(resource.inputs.get("numNodeGroups", 1))
    replicas = number(resource.inputs.get("replicasPerNodeGroup", 0))
    return None if shards is None or replicas is None else shards * (1 + replicas)


def key(resource: Resource, index: Index) -> Charges:
    """`aws:kms/key:Key`."""
    payer = Payer(resource.urn, index.region(resource))
    yield payer.amount("KMS key", "keys and secrets", "kms.key-month", 1, "key-month")
    yield payer.use("Requests of KMS keys", "kms.requests.10k")


def secret(resource: Resource, index: Index) -> Charges:
    """`aws:secretsmanager/secret:Secret`."""
    payer = Payer(resource.urn, index.region(resource))
    yield payer.amount("secret", "keys and secrets", _SECRET, 1, "secret-month")
    yield payer.use("Requests of secrets", "secretsmanager.requests.10k")


def alarm(resource: Resource, index: Index) -> Charges:
    """`aws:cloudwatch/metricAlarm:MetricAlarm`, and the metrics of our own that it reads."""
    inputs, payer = resource.inputs, Payer(resource.urn, index.region(resource))
    period = number(inputs.get("period"))
    high = period is not None and period < _HIGH_RESOLUTION_SECONDS
    price = "cloudwatch.alarm-highres-month" if high else "cloudwatch.alarm-month"
    yield payer.amount("CloudWatch alarm", "logs and alarms", price, 1, "alarm-month")
    namespace = text(inputs.get("namespace"))
    if namespace and not namespace.startswith("AWS/"):
        yield payer.use("Metrics of the machine's own", "cloudwatch.metric-month")


def log_group(resource: Resource, index: Index) -> Charges:
    """`aws:cloudwatch/logGroup:LogGroup`: by what is written and kept."""
    payer = Payer(resource.urn, index.region(resource))
    yield payer.use("Logs, as ingested", "cloudwatch.logs.ingest.gb")
    yield payer.use("Logs, as kept", "cloudwatch.logs.store.gb-month")


def bucket(resource: Resource, index: Index) -> Charges:
    """`aws:s3/bucket:Bucket`: by what is put into it."""
    payer = Payer(resource.urn, index.region(resource))
    yield payer.use("S3 storage", "s3.standard.gb-month")
    yield payer.use("S3 writes", "s3.put.1k")


def topic(resource: Resource, index: Index) -> Charges:
    """`aws:sns/topic:Topic`: by messages, of which the table has no price."""
    yield ByUse("Messages of SNS topics: the table has no price.")

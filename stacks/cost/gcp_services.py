"""GCP: control planes, databases, caches, keys, secrets, metrics, logs, buckets."""

from __future__ import annotations

import re
from typing import Final

from stacks.cost.charges import Charges, Payer
from stacks.cost.index import Index, number, record, records, text
from stacks.preview import Resource

_TIER: Final = re.compile(r"db-custom-([1-9]\d*)-([1-9]\d*)")
_SQL: Final = "cloudsql.postgres.enterprise"
_REDIS_TIERS: Final = ((4, "m1"), (10, "m2"), (35, "m3"), (100, "m4"))
"""GB up to which a capacity tier goes (rule `memorystore-tier`); above: m5."""
_REDIS_SERVICE: Final = {"STANDARD_HA": "standard", "BASIC": "basic"}


def cluster(resource: Resource, index: Index) -> Charges:
    """`gcp:container/cluster:Cluster`: the management fee. Nodes are in pools of their own."""
    payer = Payer(resource.urn, index.region(resource))
    note = "a billing account's monthly credit of 74.40 USD is for one zonal or Autopilot cluster"
    yield payer.hours("GKE management fee", "control planes", "gke.cluster.hour", note=note)


def database(resource: Resource, index: Index) -> Charges:
    """`gcp:sql/databaseInstance:DatabaseInstance`. High availability pays for everything twice (rule `cloudsql-ha`)."""
    settings, payer = record(resource.inputs.get("settings")), Payer(resource.urn, index.region(resource))
    twice = text(settings.get("availabilityType")) == "REGIONAL"
    times, note = (2, "high availability counts twice") if twice else (1, "")
    yield from _compute(payer, resource, times, note)
    kind = text(settings.get("diskType")) or "PD_SSD"
    size = number(settings.get("diskSize"))
    limit = number(settings.get("diskAutoresizeLimit"))
    grows = f"grows by itself up to {limit:g} GiB" if limit else ""
    key = "cloudsql.ssd.zonal.gib-month" if kind == "PD_SSD" else None
    note = "; ".join(filter(None, (note, grows)))
    yield payer.amount(f"Cloud SQL storage, {kind}", "databases", key, size and size * times, "GiB-month", note=note)
    yield payer.use("Cloud SQL backups", "cloudsql.backup.gib-month")


def _compute(payer: Payer, resource: Resource, times: int, note: str) -> Charges:
    settings = record(resource.inputs.get("settings"))
    tier, edition = text(settings.get("tier")), text(settings.get("edition")) or "ENTERPRISE"
    postgres = text(resource.inputs.get("databaseVersion")).startswith("POSTGRES")
    shape = _TIER.fullmatch(tier) if postgres and edition == "ENTERPRISE" else None
    if shape is None:
        yield payer.hours(f"Cloud SQL {tier or 'of unknown tier'}, {edition}", "databases", None, times, note=note)
        return
    vcpu, gib = int(shape[1]), int(shape[2]) / 1024
    yield payer.hours(f"Cloud SQL, {vcpu} vCPU", "databases", f"{_SQL}.vcpu-hour", vcpu * times, note=note)
    yield payer.hours(f"Cloud SQL, {gib:g} GiB of memory", "databases", f"{_SQL}.gib-hour", gib * times, note=note)


def cache(resource: Resource, index: Index) -> Charges:
    """`gcp:redis/instance:Instance`: Memorystore, by service tier and capacity."""
    inputs, payer = resource.inputs, Payer(resource.urn, index.region(resource))
    size, tier = number(inputs.get("memorySizeGb")), text(inputs.get("tier")) or "BASIC"
    service = _REDIS_SERVICE.get(tier)
    capacity = next((name for limit, name in _REDIS_TIERS if size is not None and size <= limit), "m5")
    key = f"memorystore.redis.{service}.{capacity}.gib-hour" if service else None
    if (number(inputs.get("replicaCount")) or 1) > 1:
        key = None  # Replicas that answer reads are priced by node.
    item = f"Memorystore for Redis, {tier}" + (f", {size:g} GiB" if size is not None else "")
    yield payer.hours(item, "caches", key, size)


def key(resource: Resource, index: Index) -> Charges:
    """`gcp:kms/cryptoKey:CryptoKey`: one active version; each rotation adds one."""
    payer = Payer(resource.urn, index.region(resource))
    note = "one version; each rotation adds one" if text(resource.inputs.get("rotationPeriod")) else ""
    item = "key version"
    yield payer.amount(item, "keys and secrets", "kms.key-version-month", 1, "key-version-month", note=note)
    yield payer.use("Operations of keys", "kms.operations.10k")


def secret(resource: Resource, index: Index) -> Charges:
    """`gcp:secretmanager/secret:Secret`: one active version in each of its locations."""
    payer = Payer(resource.urn, index.region(resource))
    managed = record(record(resource.inputs.get("replication")).get("userManaged"))
    places = max(len(records(managed.get("replicas"))), 1)
    item = "secret version"
    yield payer.amount(item, "keys and secrets", "secretmanager.version-month", places, "version-month")
    yield payer.use("Reads of secrets", "secretmanager.access.10k")


def metric(resource: Resource, index: Index) -> Charges:
    """`gcp:monitoring/metricDescriptor:MetricDescriptor`: by what is written to it."""
    yield Payer(resource.urn, index.region(resource)).use("Metrics of the machine's own", "monitoring.data.mib")


def logs(resource: Resource, index: Index) -> Charges:
    """`gcp:logging/projectBucketConfig:ProjectBucketConfig`: by what is written to it."""
    payer = Payer(resource.urn, index.region(resource))
    yield payer.use("Logs, as ingested", "logging.gib")
    yield payer.use("Logs kept longer than 30 days", "logging.retention.gib-month")


def bucket(resource: Resource, index: Index) -> Charges:
    """`gcp:storage/bucket:Bucket`: by what is put into it."""
    yield Payer(resource.urn, index.region(resource)).use("Cloud Storage, standard", "gcs.standard.gib-month")

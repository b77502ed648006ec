"""Docker Compose plans that differ in what their organization brings, by name."""

from __future__ import annotations

import itertools
from dataclasses import replace

from recommender.host import (
    Database,
    DatabaseKey,
    Executors,
    External,
    HostPlan,
    ObjectStorage,
    Proxy,
    Redis,
    Secret,
    Tls,
)
from tests.plans import host_plan


def _secret(name: str, *, multiline: bool = False) -> Secret:
    return Secret(name, f"the {name}", None, multiline)


def _database(key: DatabaseKey) -> Database:
    return Database(key, f"{key}.db.example", 5432, "sg", "sg_user", "require", _secret(f"{key}-password"))


_DATABASE_KEYS: tuple[DatabaseKey, ...] = ("pgsql", "codeintel", "codeinsights")
DATABASES = tuple(_database(key) for key in _DATABASE_KEYS)
REDIS = Redis(_secret("redis-cache-endpoint"), _secret("redis-store-endpoint"))
_KEYS = (_secret("bucket-access-key"), _secret("bucket-secret-key"))
S3 = ObjectStorage("s3", "acme-uploads", "us-east-1", None, None, *_KEYS, None)
S3_ELSEWHERE = replace(S3, endpoint="https://minio.acme.example:9000")
GCS = ObjectStorage(
    "gcs", "acme-uploads", None, None, "acme-project", None, None, _secret("bucket-credentials", multiline=True)
)
EXECUTORS = Executors(2, ("batches", "codeintel"), _secret("executors-password"))
PROXY = Proxy("http://proxy.acme.example:3128", ("git.acme.example",))
TLS = {
    "self-signed": Tls("self-signed", None, None, None),
    "certificate": Tls(
        "certificate", None, _secret("tls-certificate", multiline=True), _secret("tls-key", multiline=True)
    ),
    "lets-encrypt": Tls("lets-encrypt", "ops@acme.example", None, None),
    "none": Tls("none", None, None, None),
}
EXTERNAL = {
    "bundled": External(),
    "postgres": External(databases=DATABASES),
    "redis": External(redis=REDIS),
    "s3": External(object_storage=S3),
    "s3-elsewhere": External(object_storage=S3_ELSEWHERE),
    "gcs": External(object_storage=GCS),
    "all": External(DATABASES, REDIS, GCS),
}


def compose_plan(**changes: object) -> HostPlan:
    """A machine that the organization brings, with every service bundled."""
    return host_plan("docker-compose", **changes)


def compose_plans() -> dict[str, HostPlan]:
    """Every combination of TLS, services of their own, executors and proxy."""
    choices = itertools.product(TLS, EXTERNAL, (None, EXECUTORS), (None, PROXY))
    return {
        f"{tls} {external}{' executors' if executors else ''}{' proxy' if proxy else ''}": compose_plan(
            tls=TLS[tls], external=EXTERNAL[external], executors=executors, proxy=proxy
        )
        for tls, external, executors, proxy in choices
    }

"""What a machine installs for itself in a cloud, with every kind of secret that its target can have."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, get_args

from recommender.host import (
    Database,
    DatabaseKey,
    Executors,
    External,
    HostPlan,
    ObjectStorage,
    Platform,
    Redis,
    Secret,
    Software,
    Tls,
)
from tests.plans import host_plan

SOFTWARE: tuple[Software, ...] = get_args(Software)
_EVERY_TARGET = (
    "tls-certificate",
    "tls-key",
    "pgsql-password",
    "codeintel-password",
    "codeinsights-password",
    "redis-cache-endpoint",
    "redis-store-endpoint",
    "bucket-access-key",
    "bucket-secret-key",
)
SECRETS: dict[Software, tuple[str, ...]] = {
    "install-script": _EVERY_TARGET,
    "docker-compose": (*_EVERY_TARGET, "executors-password"),
}
"""Names of the secrets that `host` gives a target."""
KEYS: tuple[DatabaseKey, ...] = get_args(DatabaseKey)


def host(target: Software, platform: Platform, secrets: str | None, **changes: Any) -> HostPlan:
    """A host whose secrets lie below `secrets`, each under its own name; None: one that needs no secret."""
    plan = host_plan(target, platform=platform, provider=platform, **changes)
    if secrets is None:
        return plan

    def secret(name: str) -> Secret:
        return Secret(name, f"the {name}", f"{secrets}{name}")

    return replace(
        plan,
        tls=Tls("certificate", None, secret("tls-certificate"), secret("tls-key")),
        external=External(
            databases=tuple(
                Database(key, "db.acme.example", 5432, key, "sg", "require", secret(f"{key}-password")) for key in KEYS
            ),
            redis=Redis(secret("redis-cache-endpoint"), secret("redis-store-endpoint")),
            object_storage=ObjectStorage(
                "s3",
                "acme-uploads",
                "us-east-1",
                None,
                None,
                secret("bucket-access-key"),
                secret("bucket-secret-key"),
                None,
            ),
        ),
        executors=Executors(2, ("batches",), secret("executors-password")) if target == "docker-compose" else None,
    )

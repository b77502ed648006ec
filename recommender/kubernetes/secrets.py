"""Kubernetes secrets that pods read, and where each key of them comes from."""

from __future__ import annotations

from recommender.host import External, ObjectStorage, Secret
from recommender.kubernetes.plan import BucketPlan, KubernetesSecret, ManagedServices, SecretKey
from recommender.plan import Provider

_PORT = "5432"


def application_secrets(
    external: External, managed: ManagedServices, provider: Provider | None
) -> tuple[KubernetesSecret, ...]:
    """The secrets of the application's namespace, in a fixed order. `provider`: whose store managed ones are in."""
    found = [
        _database(database.key, database.host, str(database.port), database.user, database.database, database.sslmode)
        for database in external.databases
    ]
    passwords = [SecretKey("password", source=database.password) for database in external.databases]
    found = [_with(secret, password) for secret, password in zip(found, passwords, strict=True)]
    for each in managed.databases:
        # AWS keeps the user's name beside the password, as JSON; GCP keeps what moorage wrote: the password alone.
        part = "password" if provider == "aws" else None
        password = SecretKey("password", output=f"secrets.{each.key}-password", property=part)
        secret = _database(each.key, None, _PORT, each.user, each.database, "require")
        found.append(_with(secret, password))
    if external.redis:
        found += [_endpoint("cache", external.redis.cache), _endpoint("store", external.redis.store)]
    found += [_endpoint(each.key, None) for each in managed.redis]
    if external.object_storage:
        found.append(_bucket_keys(external.object_storage))
    return tuple(found)


def bucket_plan(
    external: External, managed: ManagedServices, provider: Provider | None, region: str | None, project: str | None
) -> BucketPlan | None:
    """The bucket in place of the chart's own storage; None: the chart's own."""
    if managed.bucket:
        aws = provider == "aws"
        return BucketPlan("s3" if aws else "gcs", None, region if aws else None, None, None if aws else project, True)
    if storage := external.object_storage:
        return BucketPlan(storage.kind, storage.bucket, storage.region, storage.endpoint, storage.project, False)
    return None


def references(secrets: tuple[KubernetesSecret, ...]) -> tuple[str, ...]:
    """Where the customer's own secrets are, each once, sorted."""
    keys = (key for secret in secrets for key in secret.keys)
    return tuple(sorted({key.source.reference for key in keys if key.source and key.source.reference}))


def _database(key: str, host: str | None, port: str, user: str, database: str, sslmode: str) -> KubernetesSecret:
    """All that the chart reads, without the password. `host` None: the cluster stack knows it."""
    keys = (
        SecretKey("host", value=host) if host else SecretKey("host", output=f"hosts.{key}"),
        SecretKey("port", value=port),
        SecretKey("user", value=user),
        SecretKey("database", value=database),
        # The chart's own text calls it optional; a pod without it does not start (sourcegraph/
        # deploy-sourcegraph-helm@v7.6.0 charts/sourcegraph/templates/_helpers.tpl, read 2026-11-22).
        SecretKey("sslmode", value=sslmode),
    )
    return KubernetesSecret(f"sourcegraph-{key}", keys)


def _with(secret: KubernetesSecret, *more: SecretKey) -> KubernetesSecret:
    return KubernetesSecret(secret.name, (*secret.keys, *more))


def _endpoint(key: str, source: Secret | None) -> KubernetesSecret:
    given = (
        SecretKey("endpoint", source=source)
        if source
        else SecretKey("endpoint", output=f"secrets.redis-{key}-endpoint")
    )
    return KubernetesSecret(f"sourcegraph-redis-{key}", (given,))


def _bucket_keys(storage: ObjectStorage) -> KubernetesSecret:
    given = (
        ("access-key", storage.access_key),
        ("secret-key", storage.secret_key),
        ("credentials", storage.credentials),
    )
    keys = tuple(SecretKey(key, source=source) for key, source in given if source)
    return KubernetesSecret("sourcegraph-object-storage", keys)

"""Which Kubernetes secret holds what: the start script makes them from the machine's own secrets and plain values."""

from __future__ import annotations

from recommender.host import Database, DatabaseKey, HostPlan, Secret
from templates.context import checked

CHART_DATABASES: dict[DatabaseKey, str] = {
    "pgsql": "pgsql",
    "codeintel": "codeIntelDB",
    "codeinsights": "codeInsightsDB",
}
"""Keys of the chart: sourcegraph/deploy-sourcegraph-helm@v6.12.5040 charts/sourcegraph/values.yaml, read 2026-11-22."""

OBJECT_STORAGE, TLS = "sourcegraph-object-storage", "sourcegraph-tls"

_WORD = r"[A-Za-z0-9][A-Za-z0-9._-]{0,252}"


def database(key: DatabaseKey) -> str:
    """Name of the Kubernetes secret of an external database."""
    return f"sourcegraph-{key}"


def rows(plan: HostPlan) -> str:
    """Lines of `KUBERNETES SECRET, its type, key, value | secret, the value or the secret's name`, TAB separated.

    Rows of one secret stand together.

    Raises:
        MoorageError: a value of the plan that has no business in a file that root reads.
    """
    found: list[tuple[str, ...]] = []
    if plan.tls.mode == "certificate":
        found += [
            (TLS, "kubernetes.io/tls", "tls.crt", *_of(plan.tls.certificate)),
            (TLS, "kubernetes.io/tls", "tls.key", *_of(plan.tls.key)),
        ]
    for one in plan.external.databases:
        found += _database_rows(one)
    if redis := plan.external.redis:
        found += [
            ("sourcegraph-redis-cache", "Opaque", "endpoint", *_of(redis.cache)),
            ("sourcegraph-redis-store", "Opaque", "endpoint", *_of(redis.store)),
        ]
    if storage := plan.external.object_storage:
        keys = {"access-key": storage.access_key, "secret-key": storage.secret_key, "credentials": storage.credentials}
        found += [(OBJECT_STORAGE, "Opaque", key, *_of(secret)) for key, secret in keys.items() if secret]
    return "".join("\t".join(row) + "\n" for row in found)


def _database_rows(one: Database) -> list[tuple[str, ...]]:
    # All six: the chart's pods do not start while a key is missing, sslmode among them (templates/_helpers.tpl).
    plain = {
        "host": checked("external.databases.host", one.host, _WORD),
        "port": checked("external.databases.port", str(one.port), "[0-9]{1,5}"),
        "database": checked("external.databases.database", one.database, _WORD),
        "user": checked("external.databases.user", one.user, _WORD),
        "sslmode": checked("external.databases.sslmode", one.sslmode, "disable|require|verify-ca|verify-full"),
    }
    name = database(one.key)
    rows: list[tuple[str, ...]] = [(name, "Opaque", key, "value", value) for key, value in plain.items()]
    return [*rows, (name, "Opaque", "password", *_of(one.password))]


def _of(secret: Secret | None) -> tuple[str, str]:
    assert secret is not None, "the planner gives every mode its secrets"
    return "secret", checked("secret.name", secret.name, "[a-z][a-z0-9-]*")

"""The plan of services that the organization runs itself: databases, Redis, a bucket."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from recommender.checks import Checks
from recommender.host import Database, External, ObjectStorage, Redis
from recommender.secret_references import SecretReferences

if TYPE_CHECKING:
    from recommender.deployment import Deployment


class ExternalServices:
    """Reads `deployment.external`, and notes what is missing or does not fit."""

    def __init__(self, wanted: Deployment, checks: Checks, secrets: SecretReferences) -> None:
        self._wanted, self._checks, self._secrets = wanted, checks, secrets

    def external(self) -> External:
        """What the organization runs itself."""
        wanted = self._wanted.external
        for name in ("postgres", "redis", "object_storage"):
            given = getattr(wanted, name).model_dump(exclude_unset=True, exclude_none=True)
            if given and name.replace("_", "-") not in wanted.use:
                self._checks.problem(
                    "deployment.external.use",
                    ", ".join(wanted.use) or None,
                    f"{name.replace('_', '-')} among them",
                    f"Add it, or remove deployment.external.{name}.",
                )
        return External(
            databases=self._databases() if "postgres" in wanted.use else (),
            redis=self._redis() if "redis" in wanted.use else None,
            object_storage=self._object_storage() if "object-storage" in wanted.use else None,
        )

    def _databases(self) -> tuple[Database, ...]:
        found: list[Database] = []
        places: dict[tuple[str | None, int, str], str] = {}
        for key in ("pgsql", "codeintel", "codeinsights"):
            field = f"external.postgres.{key}"
            wanted = getattr(self._wanted.external.postgres, key)
            if wanted.host is None:
                self._checks.problem(f"deployment.{field}.host", None, "the server's name", "Name it.")
            other = places.setdefault((wanted.host, wanted.port, wanted.database), key)
            if other != key and wanted.host is not None:
                # The instance refuses to start on it: sourcegraph/docs@3499c087 docs/self-hosted/external-services/
                # postgres.mdx, read 2026-11-22.
                self._checks.problem(
                    f"deployment.{field}.database",
                    wanted.database,
                    f"another than {other}'s on the same server",
                    "Give each of the three a database of its own.",
                )
            password = self._secrets.secret(
                f"{field}.password", f"{key}-password", f"the password of the {key} database"
            )
            found.append(
                Database(
                    key,
                    wanted.host or "",
                    wanted.port,
                    wanted.database,
                    wanted.user,
                    wanted.sslmode,
                    password,
                )
            )
        return tuple(found)

    def _redis(self) -> Redis:
        words = "the endpoint of the Redis {} (HOST:PORT, or a redis:// URL)"
        return Redis(
            cache=self._secrets.secret("external.redis.cache", "redis-cache-endpoint", words.format("cache")),
            store=self._secrets.secret("external.redis.store", "redis-store-endpoint", words.format("store")),
        )

    def _object_storage(self) -> ObjectStorage:
        wanted = self._wanted.external.object_storage
        kind: Literal["s3", "gcs"] = wanted.kind or "s3"
        needed = {"s3": ("kind", "bucket", "region"), "gcs": ("kind", "bucket", "project")}[kind]
        foreign = {"s3": ("project", "credentials"), "gcs": ("region", "endpoint", "access_key", "secret_key")}[kind]
        for field in needed:
            if getattr(wanted, field) is None:
                self._checks.problem(f"deployment.external.object_storage.{field}", None, f"the {field}", "Give it.")
        for field in foreign:
            if getattr(wanted, field) is not None:
                given = getattr(wanted, field)
                self._checks.problem(
                    f"deployment.external.object_storage.{field}", given, f"nothing with {kind}", "Remove it."
                )
        at, s3 = "external.object_storage", kind == "s3"
        return ObjectStorage(
            kind=kind,
            bucket=wanted.bucket or "",
            region=wanted.region,
            endpoint=wanted.endpoint,
            project=wanted.project,
            access_key=self._secrets.secret(f"{at}.access_key", "bucket-access-key", "the access key's id")
            if s3
            else None,
            secret_key=self._secrets.secret(f"{at}.secret_key", "bucket-secret-key", "the secret access key")
            if s3
            else None,
            credentials=None
            if s3
            else self._secrets.secret(
                f"{at}.credentials", "bucket-credentials", "the service account's JSON key", multiline=True
            ),
        )

"""`deployment:` of the profile, the part that a machine installs for itself: script and Docker Compose only.

Shapes are checked here; whether a choice fits the target and the provider is checked by `recommender.host_plan`.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from recommender.model import Or, Section, section
from recommender.secrets import refuse_secret

# Everything below ends up in files that root reads. None of these shapes can carry a quote, a blank, a line break or a
# shell metacharacter, and none can begin with a hyphen.
_HOST = r"[A-Za-z0-9]([A-Za-z0-9-]{0,62})(\.[A-Za-z0-9]([A-Za-z0-9-]{0,62}))*"
_Host = Annotated[str, Field(pattern=rf"^{_HOST}$", max_length=253)]
_Url = Annotated[
    str, Field(pattern=rf"^https?://{_HOST}(:[0-9]{{1,5}})?(/[A-Za-z0-9._~/-]*)?$", max_length=512)
]  # no user, password or query: a mirror that asks for those would have them in every log
_Word = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$"), AfterValidator(refuse_secret)]
Own = Literal["postgres", "redis", "object-storage"]
"""Services that an organization may run itself."""

_Email = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._+-]{0,63}@([A-Za-z0-9-]{1,63}\.)+[A-Za-z]{2,63}$")]
_SecretReference = Annotated[
    str,
    Field(
        pattern=r"^(arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:[0-9]{12}:secret:[A-Za-z0-9/_+=.@-]{1,512}"
        r"|projects/[A-Za-z0-9:._-]{1,64}/secrets/[A-Za-z0-9_-]{1,255}(/versions/([0-9]{1,10}|latest))?)$",
    ),
]
"""Where a secret is, never what it is: the shapes of the two clouds' secret stores, and nothing else."""


def _reference(what: str) -> Any:  # noqa: ANN401 - stands for a field of any section
    words = (
        f"Where {what} is: ARN of an AWS secret, or projects/P/secrets/S on GCP. Elsewhere none: the installer asks."
    )
    return Field(default=None, description=words)


class Tls(Section):
    """HTTPS on the machine itself. On AWS and GCP a load balancer stands before it, with its own certificate."""

    mode: Literal["self-signed", "certificate", "lets-encrypt", "none"] | None = Field(
        default=None,
        description="self-signed (default; what a load balancer accepts), certificate (your own), lets-encrypt (the "
        "machine must be reachable from the internet on 80 and 443), or none (plain HTTP).",
    )
    email: _Email | None = Field(default=None, description="lets-encrypt: whom to warn before a certificate ends.")
    certificate: _SecretReference | None = _reference("the PEM chain of your own certificate")
    key: _SecretReference | None = _reference("the PEM key of your own certificate")


class Proxy(Section):
    """The way out, where it is not direct."""

    url: _Url | None = Field(default=None, description="http://HOST:PORT, without a user or password.")
    no_proxy: Annotated[list[_Host], Field(max_length=20), Or([])] = Field(
        default_factory=list[str], description="Hosts that are reached directly, and domains for every name below."
    )


class Downloads(Section):
    """Where software comes from, for machines that do not reach the internet."""

    mirror: _Url | None = Field(default=None, description="Base URL that serves every pinned file by its name.")
    registry: Annotated[str, Field(pattern=rf"^{_HOST}(:[0-9]{{1,5}})?$", max_length=253)] | None = Field(
        default=None, description="Host of a registry that mirrors Docker Hub."
    )


class Database(Section):
    """A PostgreSQL 16 server of your own."""

    host: _Host | None = None
    port: Annotated[int, Field(ge=1, le=65_535), Or(5432)] = 5432
    database: Annotated[_Word, Or("sg")] = "sg"
    user: Annotated[_Word, Or("sg")] = "sg"
    sslmode: Annotated[Literal["disable", "require", "verify-ca", "verify-full"], Or("require")] = "require"
    password: _SecretReference | None = _reference("the user's password")


class Postgres(Section):
    """The three databases, all or none."""

    pgsql: Annotated[Database, Or({})] = section()
    codeintel: Annotated[Database, Or({})] = section()
    codeinsights: Annotated[Database, Or({})] = section()


class Redis(Section):
    """Two Redis servers, 6.2 or newer: a store that never evicts, and a cache."""

    cache: _SecretReference | None = _reference("the endpoint of the cache (HOST:PORT or a redis:// URL)")
    store: _SecretReference | None = _reference("the endpoint of the store (HOST:PORT or a redis:// URL)")


class ObjectStorage(Section):
    """A bucket that exists, in place of the bundled blobstore."""

    kind: Literal["s3", "gcs"] | None = Field(default=None, description="s3 for every store that speaks S3.")
    bucket: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]{1,61}[a-z0-9]$")] | None = None
    region: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{1,40}$")] | None = Field(
        default=None, description="s3 only; required there."
    )
    endpoint: _Url | None = Field(default=None, description="s3 only, where it is not AWS.")
    project: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{4,28}[a-z0-9]$")] | None = Field(
        default=None, description="gcs only; required there."
    )
    access_key: _SecretReference | None = _reference("the access key's id (s3)")
    secret_key: _SecretReference | None = _reference("the secret access key (s3)")
    credentials: _SecretReference | None = _reference("the JSON key of a service account (gcs)")


class External(Section):
    """Services that you run yourself. Name the ones you bring; the others are bundled."""

    use: Annotated[list[Own], Field(max_length=3), Or([])] = Field(
        default_factory=list[Own], description="Which services are your own."
    )
    postgres: Annotated[Postgres, Or({})] = section()
    redis: Annotated[Redis, Or({})] = section()
    object_storage: Annotated[ObjectStorage, Or({})] = section()


class Executors(Section):
    """Executors beside Sourcegraph, for batch changes and auto-indexing: with Docker Compose and on Kubernetes."""

    jobs: Annotated[int, Field(ge=0, le=20), Or(0)] = Field(
        default=0, description="Jobs at once; each takes 4 CPUs, 12 GB of memory and 20 GB of disk. 0: no executor."
    )
    kind: Literal["dind", "native"] | None = Field(
        default=None,
        description="Kubernetes only: dind (default; Docker in Docker) or native, which the vendor is deprecating.",
    )
    queues: Annotated[list[Literal["batches", "codeintel"]], Field(min_length=1, max_length=2)] | None = Field(
        default=None, description="Default: both."
    )
    password: _SecretReference | None = _reference("the password that equals `executors.accessToken`")

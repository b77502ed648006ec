"""What one Linux machine runs, whoever made the machine: the part of a plan that its installer works from.

A `HostPlan` stands alone where the organization brings the machine (on premises, another provider), and inside a
`SingleNodePlan` where moorage creates it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from recommender.fact import Fact

Software = Literal["install-script", "docker-compose"]
"""The targets that moorage installs itself: k3s with the vendor's Helm chart, and Docker with its Compose file."""

Platform = Literal["aws", "gcp", "other"]
"""How the machine finds its data disk and its secrets."""

TlsMode = Literal["self-signed", "certificate", "lets-encrypt", "none"]
SslMode = Literal["disable", "require", "verify-ca", "verify-full"]
DatabaseKey = Literal["pgsql", "codeintel", "codeinsights"]


@dataclass(frozen=True, slots=True)
class Secret:
    """Something that only the machine may know. The plan knows where it is, never what it is."""

    name: str
    """Lower-case words joined by hyphens: its file below /run/moorage/secrets."""
    what: str
    """What a person is asked for."""
    reference: str | None
    """AWS: ARN of a Secrets Manager secret. GCP: projects/P/secrets/S/versions/V. None: the installer asks for it."""
    multiline: bool = False
    """True: a file, such as a certificate, which is asked for by its path."""


@dataclass(frozen=True, slots=True)
class Tls:
    """How HTTPS is served on the machine itself."""

    mode: TlsMode
    email: str | None
    """Let's Encrypt warns here; None in every other mode."""
    certificate: Secret | None
    """PEM chain of the organization's own certificate; None in every other mode."""
    key: Secret | None


@dataclass(frozen=True, slots=True)
class Service:
    """One service of Sourcegraph, by the Helm chart's key. CPUs and GB are those of one replica."""

    key: str
    replicas: int
    cpu_request: float
    """Scaled down where the estimator's requests together would not fit the machine: a limit is what counts there."""
    cpu_limit: float
    memory_request_gb: float
    memory_limit_gb: float
    """At most the machine's memory."""
    storage_gb: int


@dataclass(frozen=True, slots=True)
class Database:
    """A PostgreSQL server that the organization runs."""

    key: DatabaseKey
    host: str
    port: int
    database: str
    user: str
    sslmode: SslMode
    password: Secret


@dataclass(frozen=True, slots=True)
class Redis:
    """Two Redis servers that the organization runs. Their whole endpoints are secret: they may hold a password."""

    cache: Secret
    store: Secret


@dataclass(frozen=True, slots=True)
class ObjectStorage:
    """A bucket that exists."""

    kind: Literal["s3", "gcs"]
    bucket: str
    region: str | None
    """S3 only."""
    endpoint: str | None
    """S3-compatible stores only; None: AWS itself."""
    project: str | None
    """GCS only."""
    access_key: Secret | None
    """S3: id of the access key. None for GCS."""
    secret_key: Secret | None
    """S3: the access key itself. None for GCS."""
    credentials: Secret | None
    """GCS: JSON key of a service account. None for S3."""


@dataclass(frozen=True, slots=True)
class External:
    """Services that the organization runs itself; None or empty: the bundled ones."""

    databases: tuple[Database, ...] = ()
    """Either none or all three: pgsql, codeintel, codeinsights, in this order."""
    redis: Redis | None = None
    object_storage: ObjectStorage | None = None


@dataclass(frozen=True, slots=True)
class Executors:
    """Executors on the machine itself, at the instance's own version."""

    jobs: int
    """How many jobs run at once."""
    queues: tuple[str, ...]
    """batches, codeintel."""
    password: Secret
    """Equals `executors.accessToken` of the site configuration; 20 characters at least."""


@dataclass(frozen=True, slots=True)
class Proxy:
    """The way out, where it is not direct. Credentials in a proxy's URL are refused."""

    url: str
    no_proxy: tuple[str, ...]
    """Names and ranges beside the machine's own, which the installer adds."""


@dataclass(frozen=True, slots=True)
class Download:
    """One file from the internet, pinned."""

    name: str
    """What the installer calls it: k3s, helm, chart, docker, compose, vendor-files."""
    version: str
    file: str
    """Its name in a mirror or in a directory."""
    url: str
    sha256: str | None
    """Of the file. None: an archive that its server packs anew, so that its content is checked instead."""
    tree: str | None
    """Directory within the archive that is used; None for anything but such an archive."""
    tree_sha256: str | None
    """SHA-256 of the lines `SHA-256  PATH` of the files below `tree`, sorted by path as bytes."""
    fact: Fact


@dataclass(frozen=True, slots=True)
class Sources:
    """Where downloads and container images come from."""

    downloads: tuple[Download, ...]
    mirror: str | None
    """Base URL under which every `Download.file` lies; None: the origins."""
    registry: str | None
    """Host (and path) of a registry that mirrors Docker Hub; None: Docker Hub."""


@dataclass(frozen=True, slots=True)
class HostDisk:
    """The data disk as the machine sees it."""

    device: str | None
    """AWS: the device it is attached as. GCP: the name behind /dev/disk/by-id/google-. Other: a block device; None: the
    only whole disk beside the root disk."""
    filesystem: Literal["xfs", "ext4"]
    size_gb: int
    """A blank disk that is more than a tenth smaller is refused; one that holds our data never is."""


@dataclass(frozen=True, slots=True)
class HostPlan:
    """Everything that the installer on one machine must know."""

    name: str
    target: Software
    stage: Literal["poc", "trial", "production"]
    version: str
    size: str
    """XS to XL of the vendor's size chart."""
    vcpu: int
    """What the machine must have at least."""
    memory_gb: int
    root_disk_gb: int
    """Free space that the root disk must have at least."""
    platform: Platform
    provider: str
    """As in the profile: aws, gcp, azure, on-premises, other."""
    region: str | None
    """None where the platform is `other`."""
    zone: str | None
    disk: HostDisk
    domain: str | None
    tls: Tls
    services: tuple[Service, ...]
    external: External
    executors: Executors | None
    proxy: Proxy | None
    sources: Sources
    notes: tuple[str, ...] = ()

    @property
    def secrets(self) -> tuple[Secret, ...]:
        """Every secret that the machine needs, in a fixed order."""
        external, found = self.external, [self.tls.certificate, self.tls.key]
        found += [database.password for database in external.databases]
        if external.redis:
            found += [external.redis.cache, external.redis.store]
        if storage := external.object_storage:
            found += [storage.access_key, storage.secret_key, storage.credentials]
        if self.executors:
            found.append(self.executors.password)
        return tuple(secret for secret in found if secret is not None)

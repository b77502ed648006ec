"""GCP: databases, Redis and buckets that Google runs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from stacks.policies.gcp.keeping import KEEPING_POLICIES
from stacks.policies.gcp.sources import cis, google, provider
from stacks.policies.inputs import at, blocks, breach, given, hidden, number, said
from stacks.policies.policy import Breach, Policy, Scope
from stacks.policies.required import Check, every, is_world, not_off, one_of, switched, together

BUCKET: Final = "gcp:storage/bucket:Bucket"
DATABASE: Final = "gcp:sql/databaseInstance:DatabaseInstance"
REDIS: Final = "gcp:redis/instance:Instance"


def _public_databases(scope: Scope) -> Iterator[Breach]:
    for database in scope.of_type(DATABASE):
        way_in = at(database.inputs, "settings.ipConfiguration")
        public = at(way_in, "ipv4Enabled")
        # Without the switch Cloud SQL gives an address.
        if not hidden(public) and public is not False:
            where = "settings.ipConfiguration.ipv4Enabled"
            yield breach(database, f"`{where}` is {said(public)}.", where)
        for place, network in blocks(at(way_in, "authorizedNetworks")):
            if is_world(network.get("value")):
                where = f"settings.ipConfiguration.authorizedNetworks[{place}].value"
                yield breach(database, f"{said(network['value'])} may connect.", where)


def _clear_text(scope: Scope) -> Iterator[Breach]:
    strict = one_of("ENCRYPTED_ONLY", "TRUSTED_CLIENT_CERTIFICATE_REQUIRED")
    for database in scope.of_type(DATABASE):
        way_in = at(database.inputs, "settings.ipConfiguration")
        mode, older = at(way_in, "sslMode"), at(way_in, "requireSsl")
        if not hidden(mode) and not strict(mode) and not (mode is None and older is True):
            where = "settings.ipConfiguration.sslMode"
            yield breach(database, f"`{where}` is {said(mode)}.", where)


def _high_availability(scope: Scope) -> Iterator[Breach]:
    if scope.stage == "production":
        yield from every(DATABASE, "settings.availabilityType", one_of("REGIONAL"))(scope)
        yield from every(REDIS, "tier", one_of("STANDARD_HA"))(scope)


def _recovery(scope: Scope) -> Iterator[Breach]:
    for bucket in scope.of_type(BUCKET):
        versions, kept = at(bucket.inputs, "versioning.enabled"), at(bucket.inputs, "softDeletePolicy")
        seconds = at(kept, "retentionDurationSeconds")
        # Without a policy Cloud Storage keeps what was deleted for seven days.
        if versions is not True and not hidden(versions) and given(kept) and number(seconds) == 0:
            message = "There are neither versions nor a time in which deleted objects can be restored."
            yield breach(bucket, message, "softDeletePolicy.retentionDurationSeconds")
        if bucket.inputs.get("forceDestroy") is True and scope.stage != "poc":
            yield breach(bucket, "`forceDestroy` is true: it is deleted with what it holds.", "forceDestroy")


_backups: Check = together(
    *(
        every(DATABASE, f"settings.backupConfiguration.{switch}", switched(on=True), lasting=True)
        for switch in ("enabled", "pointInTimeRecoveryEnabled")
    )
)
_protection: Check = together(
    # The provider refuses where nothing is said: pulumi-gcp 10.2, documentation of the three, read 2026-11-22.
    every((DATABASE, REDIS, "gcp:container/cluster:Cluster"), "deletionProtection", not_off, lasting=True),
    every(DATABASE, "settings.deletionProtectionEnabled", switched(on=True), lasting=True),
)

POLICIES: Final[tuple[Policy, ...]] = (
    Policy(
        id="GCP-SQL-PRIVATE",
        severity="error",
        title="Databases are reached from inside the network alone",
        because="A database with a public address is one password away from everybody.",
        remedy="Set `ipv4Enabled` to false and `privateNetwork`; leave `authorizedNetworks` out.",
        source=cis("6.5 and 6.6"),
        check=_public_databases,
    ),
    Policy(
        id="GCP-SQL-TLS",
        severity="error",
        title="Databases refuse connections that are not encrypted",
        because="Passwords and code would cross the network in clear text.",
        remedy="Set `sslMode` to ENCRYPTED_ONLY.",
        source=cis("6.4"),
        check=_clear_text,
    ),
    Policy(
        id="GCP-SQL-BACKUPS",
        severity="error",
        title="Databases that last have daily backups, and logs to go back to any minute",
        because="A backup alone loses up to a day of users, settings and code intelligence.",
        remedy="Switch both on in `backupConfiguration`; `deployment.managed.backup_days` says how long they are kept.",
        source=cis("6.7"),
        check=_backups,
    ),
    Policy(
        id="GCP-DELETION-PROTECTION",
        severity="error",
        title="The provider deletes no database, Redis or cluster that lasts, and nobody a database",
        because="Protection in the stack ends with the stack; Cloud SQL's own holds in the console too.",
        remedy="Leave `deletionProtection` on, and `settings.deletionProtectionEnabled` of databases.",
        source=provider("documentation of sql.DatabaseInstance, deletion_protection"),
        check=_protection,
    ),
    Policy(
        id="GCP-MANAGED-HIGH-AVAILABILITY",
        severity="warning",
        title="Databases and Redis of production survive the loss of a zone",
        because="Sourcegraph stands still while one of them does.",
        remedy="Leave `deployment.managed.high_availability` on.",
        source=google("sql/docs/postgres/high-availability"),
        check=_high_availability,
    ),
    Policy(
        id="GCP-REDIS-AUTH",
        severity="error",
        title="Redis asks for a password",
        because="It holds sessions, and everything in the network reaches it.",
        remedy="Set `authEnabled`.",
        source=google("memorystore/docs/redis/about-redis-auth"),
        check=every(REDIS, "authEnabled", switched(on=True)),
    ),
    Policy(
        id="GCP-REDIS-TLS",
        severity="note",
        title="Connections to Redis are encrypted by Redis too",
        because="The certificate is from an authority of the server's own, which Sourcegraph has no setting to trust.",
        remedy="Nothing, if Google's own encryption between its machines is enough; else take `redis` out of "
        "`deployment.managed.use`.",
        source=google("memorystore/docs/redis/about-in-transit-encryption"),
        check=every(REDIS, "transitEncryptionMode", one_of("SERVER_AUTHENTICATION")),
    ),
    Policy(
        id="GCP-BUCKET-PRIVATE",
        severity="error",
        title="Buckets cannot be made public, and IAM alone decides who reads them",
        because="A list on one object would publish it, and no review of the bucket's grants would show that.",
        remedy="Set `uniformBucketLevelAccess`, and `publicAccessPrevention` to enforced.",
        source=cis("5.1 and 5.2"),
        check=together(
            every(BUCKET, "uniformBucketLevelAccess", switched(on=True)),
            every(BUCKET, "publicAccessPrevention", one_of("enforced")),
        ),
    ),
    Policy(
        id="GCP-BUCKET-RECOVERY",
        severity="error",
        title="What is deleted from a bucket can be restored for a while",
        because="An upload that was deleted by mistake is in no other place.",
        remedy="Keep the soft-delete policy or versions, and leave `forceDestroy` off.",
        source=google("storage/docs/soft-delete"),
        check=_recovery,
    ),
    *KEEPING_POLICIES,
)

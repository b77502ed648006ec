"""AWS: what is lost can be brought back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from stacks.policies.aws.parts import BUCKET, CLUSTER, DATABASE, KEY, REDIS, SNAPSHOT_POLICY, VOLUME, companions
from stacks.policies.inputs import at, at_least, blocks, breach, enabled, given, hidden, keeps_data, number, said, tags
from stacks.policies.policy import Breach, Policy, Scope
from stacks.policies.sources import hub, ours, vendor
from stacks.preview import Resource

_DELETION_DAYS: Final = 30
_LEAST_SNAPSHOTS: Final = 7
"""As on GCP: who finds out on Monday what went wrong a week ago still has it."""


def _schedules(scope: Scope) -> list[Resource]:
    """Snapshot schedules that do something."""
    return [
        policy
        for policy in scope.of_type(SNAPSHOT_POLICY)
        if policy.inputs.get("state") in (None, "ENABLED") or hidden(policy.inputs.get("state"))
    ]


def _targets(volume: Resource, schedule: Resource) -> bool:
    wanted = at(schedule.inputs, "policyDetails.targetTags")
    if hidden(wanted):
        return True
    if not isinstance(wanted, dict):
        return False
    # Data Lifecycle Manager takes a volume that has any of the tags.
    return any(hidden(value) or tags(volume).get(key) == value for key, value in wanted.items())


def _volumes(scope: Scope) -> Iterator[Breach]:
    if not keeps_data(scope, "aws:") or any(scope.of_type("aws:backup/selection:Selection")):
        return
    schedules = _schedules(scope)
    for volume in scope.of_type(VOLUME):
        if not any(_targets(volume, schedule) for schedule in schedules):
            yield breach(volume, "No snapshot schedule that is on has a tag of this volume as its target.", "tags")


def _claims(scope: Scope) -> Iterator[Breach]:
    if not keeps_data(scope, "aws:") or any(scope.of_type("aws:backup/selection:Selection")):
        return
    if not _schedules(scope):
        for cluster in scope.of_type(CLUSTER):
            yield breach(cluster, "No snapshot schedule is on for the volumes that Kubernetes makes.")


def _kept(scope: Scope) -> Iterator[Breach]:
    for schedule in scope.of_type(SNAPSHOT_POLICY):
        for place, one in blocks(at(schedule.inputs, "policyDetails.schedules")):
            where = f"policyDetails.schedules[{place}]"
            count, hours = at(one, "retainRule.count"), at(one, "createRule.interval")
            daily = hidden(hours) or (number(hours) or 25) <= 24
            if not daily or (count is not None and not at_least(count, _LEAST_SNAPSHOTS)):
                message = f"There are {said(count)} snapshots, one every {said(hours)} hours."
                yield breach(schedule, message, f"{where}.retainRule.count")


def _last_snapshots(scope: Scope) -> Iterator[Breach]:
    if not keeps_data(scope, "aws:"):
        return
    for volume in scope.of_type(VOLUME):
        if not enabled(volume.inputs.get("finalSnapshot")):
            yield breach(volume, f"finalSnapshot is {said(volume.inputs.get('finalSnapshot'))}.", "finalSnapshot")


def _databases(scope: Scope) -> Iterator[Breach]:
    if not keeps_data(scope, "aws:"):
        return
    for database in scope.of_type(DATABASE):
        days = database.inputs.get("backupRetentionPeriod")
        if not at_least(days, 1) and not given(database.inputs.get("replicateSourceDb")):
            yield breach(database, f"backupRetentionPeriod is {said(days)}.", "backupRetentionPeriod")


def _last_backups(scope: Scope) -> Iterator[Breach]:
    if not keeps_data(scope, "aws:"):
        return
    for database in scope.of_type(DATABASE):
        skip = database.inputs.get("skipFinalSnapshot")
        if enabled(skip) and not hidden(skip):
            yield breach(database, "skipFinalSnapshot is true.", "skipFinalSnapshot")
        elif not given(database.inputs.get("finalSnapshotIdentifier")):
            yield breach(database, "finalSnapshotIdentifier is not said.", "finalSnapshotIdentifier")


def _redis(scope: Scope) -> Iterator[Breach]:
    if not keeps_data(scope, "aws:"):
        return
    for redis in scope.of_type(REDIS):
        if not _evicts(scope, redis) and not at_least(redis.inputs.get("snapshotRetentionLimit"), 1):
            days = said(redis.inputs.get("snapshotRetentionLimit"))
            yield breach(redis, f"snapshotRetentionLimit is {days}.", "snapshotRetentionLimit")


def _evicts(scope: Scope, redis: Resource) -> bool:
    """Whether it throws data away when it is full: then it is a cache, and losing it costs time alone."""
    groups = redis.property_dependencies.get("parameterGroupName", ())
    for group in scope.of_type("aws:elasticache/parameterGroup:ParameterGroup"):
        for _, parameter in blocks(group.inputs.get("parameters")):
            if group.urn in groups and parameter.get("name") == "maxmemory-policy":
                return parameter.get("value") != "noeviction"
    return False


def _buckets(scope: Scope) -> Iterator[Breach]:
    if not keeps_data(scope, "aws:"):
        return
    for bucket in scope.of_type(BUCKET):
        found = companions(scope, bucket, "aws:s3/bucketVersioning:BucketVersioning")
        states = [at(versioning.inputs, "versioningConfiguration.status") for versioning in found]
        if not any(state == "Enabled" or hidden(state) for state in states):
            yield breach(bucket, f"Versioning is {said(states[0] if states else None)}.")


def _secrets(scope: Scope) -> Iterator[Breach]:
    if not keeps_data(scope, "aws:"):
        return
    for secret in scope.of_type("aws:secretsmanager/secret:Secret"):
        days = secret.inputs.get("recoveryWindowInDays")
        if days is not None and not at_least(days, 7):
            yield breach(secret, f"recoveryWindowInDays is {said(days)}.", "recoveryWindowInDays")
    for key in scope.of_type(KEY):
        days = key.inputs.get("deletionWindowInDays")
        if days is not None and not at_least(days, _DELETION_DAYS):
            yield breach(key, f"deletionWindowInDays is {said(days)}.", "deletionWindowInDays")


_DAYS_FIELD: Final = "`deployment.managed.backup_days` says how long they are kept"

POLICIES: Final[tuple[Policy, ...]] = (
    Policy(
        "AWS-VOLUME-BACKED-UP",
        "error",
        "Every data volume has a snapshot schedule",
        "A volume fails, and a mistake within it is only undone from a snapshot.",
        "Give the volume a tag that an enabled schedule targets; `deployment.snapshots` says when and how many.",
        hub("EC2.28"),
        _volumes,
    ),
    Policy(
        "AWS-CLAIMS-BACKED-UP",
        "error",
        "Volumes that Kubernetes makes have a snapshot schedule",
        "The code and the databases of Sourcegraph are on them, and no stack knows them.",
        "Make a LifecyclePolicy that targets their tag; `deployment.snapshots` says when and how many.",
        hub("EC2.28"),
        _claims,
    ),
    Policy(
        "AWS-SNAPSHOTS-KEPT",
        "warning",
        "Snapshots are taken daily, and a week of them is kept",
        "What goes wrong is often found days later.",
        "Set `deployment.snapshots.keep_days` to 7 or more.",
        ours("adr/0006-own-data-disk-and-boot-unit.md"),
        _kept,
    ),
    Policy(
        "AWS-VOLUME-LAST-SNAPSHOT",
        "warning",
        "A volume that is deleted leaves a snapshot",
        "Whoever deletes it on purpose may find out the next day that it was the wrong one.",
        "Set `finalSnapshot`.",
        ours("adr/0007-machine-image-on-aws.md"),
        _last_snapshots,
    ),
    Policy(
        "AWS-RDS-BACKED-UP",
        "error",
        "Databases are backed up daily",
        "Without automatic backups there is no way back to the minute before a mistake.",
        f"Set `backupRetentionPeriod`; {_DAYS_FIELD}.",
        hub("RDS.11"),
        _databases,
    ),
    Policy(
        "AWS-RDS-LAST-BACKUP",
        "error",
        "A database that is deleted leaves a snapshot",
        "Deleting it deletes its automatic backups too, unless told otherwise.",
        "Set `finalSnapshotIdentifier`, and leave `skipFinalSnapshot` off.",
        vendor("docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_DeleteInstance.html"),
        _last_backups,
    ),
    Policy(
        "AWS-REDIS-BACKED-UP",
        "error",
        "A Redis that keeps data is backed up daily",
        "Queues and sessions are in it; one that evicts is a cache, and needs no backup.",
        f"Set `snapshotRetentionLimit`; {_DAYS_FIELD}.",
        hub("ElastiCache.1"),
        _redis,
    ),
    Policy(
        "AWS-BUCKET-VERSIONED",
        "error",
        "Buckets keep what is deleted or overwritten",
        "A bucket has no other backup.",
        f"Make a BucketVersioning for the bucket; {_DAYS_FIELD}.",
        hub("S3.14"),
        _buckets,
    ),
    Policy(
        "AWS-DELETION-WINDOW",
        "warning",
        "Secrets and keys can be brought back for a while",
        "Without its key all that it encrypts is lost, backups included.",
        "Leave `recoveryWindowInDays` at 7 or more, and `deletionWindowInDays` at 30.",
        hub("KMS.3"),
        _secrets,
    ),
)

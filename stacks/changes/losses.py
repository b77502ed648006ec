"""What data a change would lose, in words: what it is, and what remains of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from stacks.changes import facts
from stacks.changes.dependencies import given
from stacks.changes.properties import is_known
from stacks.changes.walk import REPLACING, Fate
from stacks.preview import Resource

CLAIM_TYPE: Final = "kubernetes:core/v1:PersistentVolumeClaim"

HELD: Final[Mapping[str, str]] = {
    "aws:backup/plan:Plan": "the schedule of backups",
    "aws:backup/selection:Selection": "the choice of what is backed up",
    "aws:backup/vault:Vault": "the backups in it",
    "aws:dlm/lifecyclePolicy:LifecyclePolicy": "the schedule of snapshots",
    "aws:ebs/snapshot:Snapshot": "the snapshot",
    "aws:ebs/volume:Volume": "the data on the disk",
    "aws:eks/cluster:Cluster": "everything in the cluster",
    "aws:elasticache/replicationGroup:ReplicationGroup": "the data in Redis",
    "aws:kms/key:Key": "the key, and with it whatever it encrypts",
    "aws:rds/instance:Instance": "the databases",
    "aws:route53/zone:Zone": "the zone, and the delegation to its name servers",
    "aws:s3/bucket:Bucket": "the objects in the bucket",
    "aws:secretsmanager/secret:Secret": "the secret and its versions",
    "gcp:compute/disk:Disk": "the data on the disk",
    "gcp:compute/resourcePolicy:ResourcePolicy": "the schedule of snapshots",
    "gcp:compute/snapshot:Snapshot": "the snapshot",
    "gcp:container/cluster:Cluster": "everything in the cluster",
    "gcp:dns/managedZone:ManagedZone": "the zone, and the delegation to its name servers",
    "gcp:gkebackup/backupPlan:BackupPlan": "the schedule of backups",
    "gcp:kms/cryptoKey:CryptoKey": "the key, and with it whatever it encrypts",
    "gcp:kms/keyRing:KeyRing": "the key ring and its keys",
    "gcp:redis/instance:Instance": "the data in Redis",
    "gcp:secretmanager/secret:Secret": "the secret and its versions",
    "gcp:sql/database:Database": "the database",
    "gcp:sql/databaseInstance:DatabaseInstance": "the databases",
    "gcp:storage/bucket:Bucket": "the objects in the bucket",
    "kubernetes:core/v1:Namespace": "everything in the namespace",
    CLAIM_TYPE: "the data on the claimed disk",
}
"""Types whose deletion or replacement loses something, and what. Anything else is a loss where BASE protects it."""

_DELETED_WITH: Final[Mapping[str, str]] = {
    "gcp:compute/diskResourcePolicyAttachment:DiskResourcePolicyAttachment": "the disk's place in the snapshot schedule"
}
"""Types that are lost when deleted; a replacement puts the same in their place."""


def loss(fate: Fate) -> str | None:
    """What is lost; None: nothing."""
    before = fate.before
    if before is None or fate.action not in REPLACING | {"delete"}:
        return None
    held, kept = _held(before, fate), is_kept(before)
    if held is None or (kept and fate.action == "delete"):
        return None
    if kept:
        words = f"the new {before.name} is empty; {held} stays in the cloud, in the old one, and nothing uses it"
    else:
        again = "" if fate.action == "delete" else ", and a new one made"
        words = f"{held} ({before.name}): deleted{again}{_remains(before)}"
    return f"if it is replaced, {words}" if fate.action == "may-replace" else words


def is_kept(resource: Resource) -> bool:
    """Whether it stays in the cloud when it leaves the stack: by the engine's option, or by Google's."""
    return resource.retain_on_delete or given(resource, "deletionPolicy") == "ABANDON"


def _held(before: Resource, fate: Fate) -> str | None:
    if found := HELD.get(before.type):
        return found
    if fate.action == "delete" and before.type in _DELETED_WITH:
        return _DELETED_WITH[before.type]
    return "what it holds" if before.protect and facts.is_stateful(before.type) else None


def _remains(before: Resource) -> str:
    words = _REMAINS[before.type](before) if before.type in _REMAINS else ""
    return f"; {words}" if words else ""


def _when(path: str, value: object, words: str, otherwise: str = "") -> Callable[[Resource], str]:
    return lambda resource: words if given(resource, path) == value else otherwise


def _days(path: str, words: str, default: int) -> Callable[[Resource], str]:
    """Of a cloud that waits before it deletes; 0 days is at once."""

    def found(resource: Resource) -> str:
        days = given(resource, path, default)
        return words.format(days=days) if days else ""

    return found


def _final_snapshot(resource: Resource) -> str:
    if given(resource, "skipFinalSnapshot") is True:
        return "no final snapshot is taken"
    name: Any = given(resource, "finalSnapshotIdentifier")
    if name is None:
        return ""
    return f"a final snapshot remains{f' ({name})' if is_known(name) else ''}"


_NOT_EMPTY: Final = "the cloud refuses while it holds objects (forceDestroy is false)"

_REMAINS: Final[Mapping[str, Callable[[Resource], str]]] = {
    "aws:backup/vault:Vault": _when("forceDestroy", True, "", "AWS refuses while it holds backups"),
    "aws:dlm/lifecyclePolicy:LifecyclePolicy": lambda _: "snapshots that exist stay, and no schedule deletes them",
    "aws:ebs/volume:Volume": _when("finalSnapshot", True, "a final snapshot remains", "no final snapshot is taken"),
    "aws:elasticache/replicationGroup:ReplicationGroup": _final_snapshot,
    "aws:kms/key:Key": _days("deletionWindowInDays", "it can be recovered for {days} days", 30),
    "aws:rds/instance:Instance": _final_snapshot,
    "aws:s3/bucket:Bucket": _when("forceDestroy", True, "", _NOT_EMPTY),
    "aws:secretsmanager/secret:Secret": _days("recoveryWindowInDays", "it can be restored for {days} days", 30),
    "gcp:compute/disk:Disk": _when(
        "createSnapshotBeforeDestroy", True, "a snapshot is taken first", "no snapshot is taken first"
    ),
    "gcp:kms/keyRing:KeyRing": lambda _: "Google never deletes a key ring, so its name stays taken",
    "gcp:storage/bucket:Bucket": _when("forceDestroy", True, "", _NOT_EMPTY),
}
"""What remains. Sources: the notes of the same types in the facts (files in `replacement/`); of snapshots that stay:
AWS, EBS User Guide, "Delete Amazon Data Lifecycle Manager policies"; read 2026-11-22."""

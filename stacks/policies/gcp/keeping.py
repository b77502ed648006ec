"""GCP: what holds data is not deleted by mistake, and everything says whose it is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from stacks.policies.gcp.sources import google
from stacks.policies.inputs import at, breach, given, hidden, keeps_data
from stacks.policies.policy import Breach, Policy, Scope
from stacks.policies.required import Check, every, switched, together
from stacks.policies.sources import ours
from stacks.preview import Resource

_DATABASE: Final = "gcp:sql/databaseInstance:DatabaseInstance"
_RETAINED: Final = (
    "gcp:compute/disk:Disk",
    "gcp:gkebackup/backupPlan:BackupPlan",
    "gcp:kms/cryptoKey:CryptoKey",
    "gcp:kms/keyRing:KeyRing",
    "gcp:storage/bucket:Bucket",
)
_PROTECTED: Final = (
    *_RETAINED,
    _DATABASE,
    "gcp:container/cluster:Cluster",
    "gcp:redis/instance:Instance",
    "gcp:secretmanager/secret:Secret",
    "gcp:sql/database:Database",
)
_LABELS: Final = {
    "gcp:compute/address:Address": "labels",
    "gcp:compute/disk:Disk": "labels",
    "gcp:compute/globalAddress:GlobalAddress": "labels",
    "gcp:compute/image:Image": "labels",
    "gcp:compute/instance:Instance": "labels",
    "gcp:container/cluster:Cluster": "resourceLabels",
    "gcp:container/nodePool:NodePool": "nodeConfig.resourceLabels",
    "gcp:kms/cryptoKey:CryptoKey": "labels",
    "gcp:redis/instance:Instance": "labels",
    "gcp:secretmanager/secret:Secret": "labels",
    _DATABASE: "settings.userLabels",
    "gcp:storage/bucket:Bucket": "labels",
}
"""Type tokens of what is paid for to the input that holds its labels."""
_NAMES: Final = ("moorage-name", "moorage-stage")


def _protect(scope: Scope) -> Iterator[Breach]:
    for resource in _lasting(scope, _PROTECTED):
        if not resource.protect:
            yield breach(resource, "The option protect is off.")


def _retain(scope: Scope) -> Iterator[Breach]:
    for resource in _lasting(scope, _RETAINED):
        if not resource.retain_on_delete:
            yield breach(resource, "The option retain_on_delete is off.")


def _lasting(scope: Scope, types: tuple[str, ...]) -> Iterator[Resource]:
    if keeps_data(scope, "gcp:"):
        yield from scope.of_type(*types)


def _labels(scope: Scope) -> Iterator[Breach]:
    for type_, path in _LABELS.items():
        for resource in scope.of_type(type_):
            labels = at(resource.inputs, path)
            missing = [name for name in _NAMES if not given(at(labels, name))]
            if missing and not hidden(labels):
                yield breach(resource, f"`{path}` has no {' and no '.join(missing)}.", path)


_last_backups: Check = together(
    every(_DATABASE, "settings.finalBackupConfig.enabled", switched(on=True), lasting=True),
    every(_DATABASE, "settings.retainBackupsOnDelete", switched(on=True), lasting=True),
)

KEEPING_POLICIES: Final[tuple[Policy, ...]] = (
    Policy(
        id="GCP-STATE-PROTECTED",
        severity="error",
        title="What holds data is protected in the stack",
        because="One wrong input, or one `pulumi destroy`, would delete it.",
        remedy="Set the option `protect` on the resource itself; `fidelity: high` does for a POC.",
        source=ours("adr/0006-own-data-disk-and-boot-unit.md"),
        check=_protect,
    ),
    Policy(
        id="GCP-STATE-RETAINED",
        severity="error",
        title="What holds data, and can be left behind, stays in the cloud when the stack forgets it",
        because="Protection ends with the first person who takes it off to get something else deleted.",
        remedy="Set the option `retain_on_delete` on the resource itself.",
        source=ours("adr/0006-own-data-disk-and-boot-unit.md"),
        check=_retain,
    ),
    Policy(
        id="GCP-SQL-LAST-BACKUP",
        severity="error",
        title="A database that is deleted leaves its backups and a last one",
        because="A server cannot be left behind without the network that the stack deletes, so its backups must be.",
        remedy="Set `finalBackupConfig.enabled` and `retainBackupsOnDelete`.",
        source=google("sql/docs/postgres/backup-recovery/backups"),
        check=_last_backups,
    ),
    Policy(
        id="GCP-LABELLED",
        severity="error",
        title="What is paid for carries the profile's name and stage as labels",
        because="By them people find what belongs together, and what it costs.",
        remedy="Pass the plan's labels on; `deployment.tags` adds your own.",
        source=ours("adr/0008-machine-image-on-gcp.md"),
        check=_labels,
    ),
)

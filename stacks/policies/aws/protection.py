"""AWS: what holds data is not deleted by mistake."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from stacks.policies.aws.parts import BUCKET, CLUSTER, DATABASE, KEY, REDIS, VOLUME
from stacks.policies.inputs import breach, enabled, given, hidden, keeps_data, said
from stacks.policies.policy import Breach, Policy, Scope
from stacks.policies.sources import hub, ours, vendor

_HOLD_DATA: Final = (
    VOLUME,
    DATABASE,
    "aws:rds/cluster:Cluster",
    REDIS,
    BUCKET,
    KEY,
    "aws:efs/fileSystem:FileSystem",
    "aws:backup/vault:Vault",
)
_SWITCHES: Final = {
    DATABASE: "deletionProtection",
    "aws:rds/cluster:Cluster": "deletionProtection",
    CLUSTER: "deletionProtection",
}
_FIXED_NAMES: Final = {DATABASE: "identifier", REDIS: "replicationGroupId", CLUSTER: "name", BUCKET: "bucket"}
"""Inputs that fix the name of what holds data: a second one cannot stand beside it."""


def _protect(scope: Scope) -> Iterator[Breach]:
    if keeps_data(scope, "aws:"):
        for resource in scope.of_type(*_HOLD_DATA, CLUSTER):
            if not resource.protect:
                yield breach(resource, "The option protect is off.")


def _retain(scope: Scope) -> Iterator[Breach]:
    if keeps_data(scope, "aws:"):
        for resource in scope.of_type(*_HOLD_DATA):
            if not resource.retain_on_delete:
                yield breach(resource, "The option retain_on_delete is off.")


def _switches(scope: Scope) -> Iterator[Breach]:
    if not keeps_data(scope, "aws:"):
        return
    for type_, switch in _SWITCHES.items():
        for resource in scope.of_type(type_):
            if not enabled(resource.inputs.get(switch)):
                yield breach(resource, f"{switch} is {said(resource.inputs.get(switch))}.", switch)
    for bucket in scope.of_type(BUCKET):
        force = bucket.inputs.get("forceDestroy")
        if enabled(force) and not hidden(force):
            yield breach(bucket, "forceDestroy is true.", "forceDestroy")


def _order(scope: Scope) -> Iterator[Breach]:
    for type_ in (*_HOLD_DATA, CLUSTER):
        for resource in scope.of_type(type_):
            name = _FIXED_NAMES.get(type_, "")
            fixed = given(resource.inputs.get(name))
            if fixed and not resource.delete_before_replace:
                yield breach(resource, f"{name} is fixed, and delete_before_replace is off.", name)
            if not fixed and resource.delete_before_replace:
                yield breach(resource, "No name is fixed, and delete_before_replace is on.")


POLICIES: Final[tuple[Policy, ...]] = (
    Policy(
        "AWS-STATE-PROTECTED",
        "error",
        "What holds data is protected in the stack",
        "One wrong input, or one `pulumi destroy`, would delete it.",
        "Set the option `protect`; only a POC that keeps nothing does without.",
        ours("adr/0007-machine-image-on-aws.md"),
        _protect,
    ),
    Policy(
        "AWS-STATE-RETAINED",
        "error",
        "What holds data stays in the cloud when the stack forgets it",
        "A resource that falls out of the program would be deleted with everything in it.",
        "Set the option `retain_on_delete`; only a POC that keeps nothing does without.",
        ours("adr/0007-machine-image-on-aws.md"),
        _retain,
    ),
    Policy(
        "AWS-DELETION-PROTECTION",
        "error",
        "The cloud refuses to delete what holds data",
        "The options of the stack do not stop somebody in the console.",
        "Set `deletionProtection`, and leave `forceDestroy` of buckets off.",
        hub("RDS.7", "RDS.8"),
        _switches,
    ),
    Policy(
        "AWS-REPLACEMENT-ORDER",
        "warning",
        "What holds data is deleted first only where its name leaves no choice",
        "With a fixed name the new one is refused while the old one stands; without, the old one must outlast it.",
        "Set `delete_before_replace` where the name is fixed, and nowhere else.",
        vendor("github.com/pulumi/pulumi-terraform-bridge pkg/tfbridge, deleteBeforeReplace and auto-naming"),
        _order,
    ),
)

"""GCP: machines, their disks and images."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from stacks.policies.gcp.sources import cis, google
from stacks.policies.inputs import at, blocks, breach, given, hidden, keeps_data, refers, said
from stacks.policies.policy import Breach, Policy, Scope
from stacks.policies.required import Check, every, no_less_than, one_of, switched, together
from stacks.policies.sources import ours
from stacks.preview import Resource

ATTACHMENT: Final = "gcp:compute/diskResourcePolicyAttachment:DiskResourcePolicyAttachment"
DISK: Final = "gcp:compute/disk:Disk"
IMAGE: Final = "gcp:compute/image:Image"
INSTANCE: Final = "gcp:compute/instance:Instance"
ROUTER_NAT: Final = "gcp:compute/routerNat:RouterNat"
SCHEDULE: Final = "gcp:compute/resourcePolicy:ResourcePolicy"

_ONE_IMAGE: Final = re.compile(r"(?:https://[a-z.]*googleapis\.com/compute/v1/)?projects/[^/]+/global/images/[^/]+")
_GOOGLES: Final = re.compile(r"(?:^|/)projects/[a-z]+(?:-[a-z]+)*-cloud/global/images/")
"""Public images of Google are in projects such as ubuntu-os-cloud: compute/docs/images/os-details, unverified."""
_WEEK: Final = 7

_KEYS: Final = {
    DISK: "diskEncryptionKey.kmsKeySelfLink",
    IMAGE: "imageEncryptionKey.kmsKeySelfLink",
    INSTANCE: "bootDisk.kmsKeySelfLink",
    "gcp:container/nodePool:NodePool": "nodeConfig.bootDiskKmsKey",
    "gcp:gkebackup/backupPlan:BackupPlan": "backupConfig.encryptionKey.gcpKmsEncryptionKey",
    "gcp:redis/instance:Instance": "customerManagedKey",
    "gcp:sql/databaseInstance:DatabaseInstance": "encryptionKeyName",
    "gcp:storage/bucket:Bucket": "encryption.defaultKmsKeyName",
}
"""Type tokens to the input that names the key of what is stored."""


def _keys(scope: Scope) -> Iterator[Breach]:
    """Google encrypts everything by itself, so a missing key matters only where the organization chose one."""
    stored = [
        (resource, path, at(resource.inputs, path))
        for type_, path in _KEYS.items()
        for resource in scope.of_type(type_)
    ]
    chosen = any(given(key) for _, _, key in stored) or any(scope.of_type("gcp:kms/cryptoKey:CryptoKey"))
    for resource, path, key in stored:
        if chosen and not given(key):
            yield breach(resource, f"`{path}` is not set, and other resources have a key of yours.", path)


def _snapshots(scope: Scope) -> Iterator[Breach]:
    if not keeps_data(scope, "gcp:"):
        return
    attachments = list(scope.of_type(ATTACHMENT))
    for disk in scope.of_type(DISK):
        if not any(_attaches(attachment, disk) for attachment in attachments):
            yield breach(disk, "No snapshot schedule is attached to it.")


def _attaches(attachment: Resource, disk: Resource) -> bool:
    """Whether a schedule is for this disk. Where nobody can say which disk it is for, any will do."""
    named = attachment.inputs.get("disk")
    if not hidden(named):
        return named == disk.inputs.get("name")
    return refers(attachment, "disk", disk) or not attachment.property_dependencies.get("disk")


def _one_image(value: object) -> bool:
    return isinstance(value, str) and bool(_ONE_IMAGE.fullmatch(value))


def _shielded(scope: Scope) -> Iterator[Breach]:
    for machine in scope.of_type(INSTANCE):
        if _is_googles(machine):
            for switch in ("enableSecureBoot", "enableVtpm", "enableIntegrityMonitoring"):
                where = f"shieldedInstanceConfig.{switch}"
                value = at(machine.inputs, where)
                if value is not True and not hidden(value):
                    yield breach(machine, f"`{where}` is {said(value)}.", where)


def _unshielded(scope: Scope) -> Iterator[Breach]:
    where = "shieldedInstanceConfig.enableSecureBoot"
    for machine in scope.of_type(INSTANCE):
        value = at(machine.inputs, where)
        if not _is_googles(machine) and value is not True and not hidden(value):
            yield breach(machine, f"`{where}` is {said(value)}, and nobody knows whether its image could.", where)


def _is_googles(machine: Resource) -> bool:
    """Whether it boots one of Google's public images, which all start by UEFI with a signed boot loader."""
    image = at(machine.inputs, "bootDisk.initializeParams.image")
    return isinstance(image, str) and bool(_GOOGLES.search(image))


def _addresses(scope: Scope, *, needed: bool) -> Iterator[Breach]:
    """Machines with an address, where it is their only way out, or where it is not."""
    only_way_out = not keeps_data(scope, "gcp:") and not any(scope.of_type(ROUTER_NAT))
    if only_way_out is not needed:
        return
    for key in ("accessConfigs", "ipv6AccessConfigs"):
        for machine in scope.of_type(INSTANCE):
            for place, card in blocks(machine.inputs.get("networkInterfaces")):
                if given(card.get(key)) and not hidden(card[key]):
                    where = f"networkInterfaces[{place}].{key}"
                    yield breach(machine, f"`{where}` is set: it has an address on the internet.", where)


def _moving_sources(scope: Scope) -> Iterator[Breach]:
    for image in scope.of_type(IMAGE):
        source = at(image.inputs, "rawDisk.source")
        if isinstance(source, str) and "/latest/" in source:
            yield breach(image, f"It is made from {said(source)}, whose content changes.", "rawDisk.source")


_schedules: Check = together(
    every(SCHEDULE, "snapshotSchedulePolicy.retentionPolicy.maxRetentionDays", no_less_than(_WEEK)),
    every(SCHEDULE, "snapshotSchedulePolicy.retentionPolicy.onSourceDiskDelete", one_of("KEEP_AUTO_SNAPSHOTS")),
)

POLICIES: Final[tuple[Policy, ...]] = (
    Policy(
        id="GCP-ENCRYPTION-KEY",
        severity="error",
        title="Where the organization has a key of its own, everything that is stored is encrypted with it",
        because="One copy under Google's key is enough to read the data after yours is revoked.",
        remedy="Give the resource the key that `deployment.kms_key` names, or the one that the stack makes.",
        source=cis("4.7"),
        check=_keys,
    ),
    Policy(
        id="GCP-DISK-SNAPSHOTS",
        severity="error",
        title="Disks that last have a snapshot schedule",
        because="A disk that is never copied is lost with the first mistake.",
        remedy="Attach a resource policy; `deployment.snapshots` says when, and how long snapshots are kept.",
        source=google("compute/docs/disks/about-snapshot-schedules"),
        check=_snapshots,
    ),
    Policy(
        id="GCP-SNAPSHOTS-KEPT",
        severity="warning",
        title="Snapshots are kept for a week at least, also after their disk is gone",
        because="Damage is often found days later, and a deleted disk is what snapshots are for.",
        remedy="Raise `deployment.snapshots.keep_days`, and keep snapshots when the source disk is deleted.",
        source=google("compute/docs/disks/about-snapshot-schedules"),
        check=_schedules,
    ),
    Policy(
        id="GCP-MACHINE-PRIVATE",
        severity="error",
        title="Machines have no address on the internet, where there is another way out",
        because="Whatever listens on them would answer everybody that a firewall rule forgets.",
        remedy="Leave `accessConfigs` and `ipv6AccessConfigs` empty; a load balancer and Cloud NAT serve both ways.",
        source=cis("4.9"),
        check=lambda scope: _addresses(scope, needed=False),
    ),
    Policy(
        id="GCP-MACHINE-ADDRESS",
        severity="note",
        title="Machines of a disposable POC have no address on the internet either",
        because="The address is its way out, which is cheaper than Cloud NAT; no firewall rule lets anybody in.",
        remedy="Ask for `fidelity: high` where the organization forbids such addresses (compute.vmExternalIpAccess).",
        source=ours("adr/0009-machine-image-plan.md"),
        check=lambda scope: _addresses(scope, needed=True),
    ),
    Policy(
        id="GCP-MACHINE-OS-LOGIN",
        severity="error",
        title="IAM decides who may log in to machines",
        because="Keys in metadata outlive the people whom they were given to.",
        remedy="Set the metadata `enable-oslogin` to TRUE.",
        source=cis("4.4"),
        check=every(INSTANCE, "metadata.enable-oslogin", switched(on=True)),
    ),
    Policy(
        id="GCP-MACHINE-PROJECT-KEYS",
        severity="error",
        title="Keys of the project open no machine of Sourcegraph",
        because="A key in the project's metadata would open the machine that holds all code.",
        remedy="Set the metadata `block-project-ssh-keys` to TRUE.",
        source=cis("4.3"),
        check=every(INSTANCE, "metadata.block-project-ssh-keys", switched(on=True)),
    ),
    Policy(
        id="GCP-MACHINE-SERIAL-PORT",
        severity="error",
        title="The serial console is closed",
        because="It answers from any address, past every firewall rule.",
        remedy="Set the metadata `serial-port-enable` to FALSE.",
        source=cis("4.5"),
        check=every(INSTANCE, "metadata.serial-port-enable", switched(on=False)),
    ),
    Policy(
        id="GCP-MACHINE-SHIELDED",
        severity="error",
        title="Machines that boot an image of Google's are Shielded VMs: secure boot, virtual TPM, monitoring",
        because="A changed boot loader or kernel would otherwise run unseen.",
        remedy="Set all three switches of `shieldedInstanceConfig`.",
        source=cis("4.8"),
        check=_shielded,
    ),
    Policy(
        id="GCP-MACHINE-UNSHIELDED",
        severity="note",
        title="Machines that boot another image are Shielded VMs too",
        because="Google refuses it for an image without UEFI, and nobody says whether the vendor's or yours has it.",
        remedy="Expect a refusal where the organization demands it (compute.requireShieldedVm).",
        source=ours("adr/0008-machine-image-on-gcp.md"),
        check=_unshielded,
    ),
    Policy(
        id="GCP-MACHINE-FORWARDING",
        severity="error",
        title="Machines forward nobody else's packets",
        because="A machine that does may speak with addresses that are not its own.",
        remedy="Leave `canIpForward` out.",
        source=cis("4.6"),
        check=every(INSTANCE, "canIpForward", switched(on=False)),
    ),
    Policy(
        id="GCP-IMAGE-PINNED",
        severity="error",
        title="Machines boot from one image, not from the newest of a family",
        because="The next replacement would boot something that nobody tried.",
        remedy="Name one image in `deployment.machine.image`: projects/PROJECT/global/images/NAME.",
        source=google("compute/docs/images/image-families-best-practices"),
        check=every(INSTANCE, "bootDisk.initializeParams.image", _one_image),
    ),
    Policy(
        id="GCP-IMAGE-SOURCE",
        severity="note",
        title="Images are made from something that stays as it is",
        because="The copy in your project is pinned, yet a stack made on another day gets another image.",
        remedy="Name an image that you made and tried in `deployment.machine.image`.",
        source=ours("adr/0008-machine-image-on-gcp.md"),
        check=_moving_sources,
    ),
)

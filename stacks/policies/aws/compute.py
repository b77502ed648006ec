"""AWS: machines and what they are started from."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from stacks.policies.aws.parts import INSTANCE, LAUNCH_TEMPLATE, NODE_GROUP
from stacks.policies.inputs import at, blocks, breach, enabled, given, hidden, number, refers, said
from stacks.policies.policy import Breach, Policy, Scope
from stacks.policies.sources import hub, ours
from stacks.preview import Resource

_IMAGE: Final = re.compile(r"ami-[0-9a-f]{8,17}")


def _machines(scope: Scope) -> Iterator[Resource]:
    yield from scope.of_type(INSTANCE, LAUNCH_TEMPLATE)


def _metadata_off(options: object) -> bool:
    return at(options, "httpEndpoint") == "disabled"


def _metadata_tokens(scope: Scope) -> Iterator[Breach]:
    for machine in _machines(scope):
        options = machine.inputs.get("metadataOptions")
        tokens = at(options, "httpTokens")
        if tokens != "required" and not hidden(tokens) and not _metadata_off(options):
            yield breach(machine, f"httpTokens is {said(tokens)}.", "metadataOptions.httpTokens")


def _metadata_hops(scope: Scope) -> Iterator[Breach]:
    for machine in _machines(scope):
        options = machine.inputs.get("metadataOptions")
        hops = at(options, "httpPutResponseHopLimit")
        if not hidden(hops) and number(hops) != 1 and not _metadata_off(options):
            yield breach(
                machine, f"httpPutResponseHopLimit is {said(hops)}.", "metadataOptions.httpPutResponseHopLimit"
            )


def _images(scope: Scope) -> Iterator[Breach]:
    for type_, name, needed in ((INSTANCE, "ami", True), (LAUNCH_TEMPLATE, "imageId", False)):
        for machine in scope.of_type(type_):
            image = machine.inputs.get(name)
            if hidden(image) or (image is None and not needed):
                continue
            if not (isinstance(image, str) and _IMAGE.fullmatch(image)):
                yield breach(machine, f"{name} is {said(image)}.", name)


def _disks_within(scope: Scope) -> Iterator[Breach]:
    attachments = tuple(scope.of_type("aws:ec2/volumeAttachment:VolumeAttachment"))
    for machine in scope.of_type(INSTANCE):
        for place, _ in blocks(machine.inputs.get("ebsBlockDevices")):
            yield breach(machine, "A disk is part of the machine.", f"ebsBlockDevices[{place}]")
        if not any(refers(attachment, "instanceId", machine) for attachment in attachments):
            yield breach(machine, "No volume is attached to it: its data is on the root disk.")


def _root_disks(scope: Scope) -> Iterator[Breach]:
    for machine in scope.of_type(INSTANCE):
        switch = at(machine.inputs, "rootBlockDevice.deleteOnTermination")
        # AWS' default is to delete it.
        if switch is not None and not enabled(switch):
            yield breach(machine, f"deleteOnTermination is {said(switch)}.", "rootBlockDevice.deleteOnTermination")


def _ssh_keys(scope: Scope) -> Iterator[Breach]:
    for machine in _machines(scope):
        if given(machine.inputs.get("keyName")):
            yield breach(machine, f"keyName is {said(machine.inputs.get('keyName'))}.", "keyName")
    for group in scope.of_type(NODE_GROUP):
        if given(group.inputs.get("remoteAccess")):
            yield breach(group, "Its nodes take SSH (remoteAccess).", "remoteAccess")
    for key in scope.of_type("aws:ec2/keyPair:KeyPair"):
        yield breach(key, "A key pair for SSH is made.")


POLICIES: Final[tuple[Policy, ...]] = (
    Policy(
        "AWS-IMDSV2",
        "error",
        "The metadata service asks for a token",
        "Without it, one request that a service is talked into hands out the machine's credentials.",
        "Set `metadataOptions.httpTokens` to required.",
        hub("EC2.8"),
        _metadata_tokens,
    ),
    Policy(
        "AWS-IMDS-HOPS",
        "error",
        "Answers of the metadata service end at the machine",
        "With two hops, every container on the machine gets its credentials.",
        "Set `metadataOptions.httpPutResponseHopLimit` to 1; where nothing is said an image may say 2.",
        "AWS Control Tower, CT.EC2.PR.2 (controlreference ec2-rules), read 2026-11-22",
        _metadata_hops,
    ),
    Policy(
        "AWS-IMAGE-PINNED",
        "error",
        "Machines name the id of their image",
        "An alias such as the latest image replaces the machine one day without anybody asking for it.",
        "Name an AMI id: `deployment.machine.image`, or the image of the catalogue.",
        ours("adr/0007-machine-image-on-aws.md"),
        _images,
    ),
    Policy(
        "AWS-DATA-OWN-DISK",
        "error",
        "Data lies on a volume of its own, never in the machine",
        "A machine is replaced for a new image or type, and its own disks go with it.",
        "Attach a volume with a VolumeAttachment, and leave `ebsBlockDevices` out.",
        ours("adr/0006-own-data-disk-and-boot-unit.md"),
        _disks_within,
    ),
    Policy(
        "AWS-ROOT-DISK-TEMPORARY",
        "warning",
        "Root disks go with their machine",
        "There is nothing of worth on them, and one that stays is paid for until somebody finds it.",
        "Leave `rootBlockDevice.deleteOnTermination` on.",
        ours("adr/0006-own-data-disk-and-boot-unit.md"),
        _root_disks,
    ),
    Policy(
        "AWS-NO-SSH-KEY",
        "warning",
        "Machines know no SSH key",
        "A private key is copied, and nobody sees who used it; Session Manager asks IAM each time.",
        "Leave `keyName` out, and use the command in the output `connect_command`.",
        ours("adr/0007-machine-image-on-aws.md"),
        _ssh_keys,
    ),
)

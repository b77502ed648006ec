"""Previews to compare: tiny ones, written by hand, and those of real profiles."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from stacks.changes.change import Changes, ResourceChange
from stacks.changes.compare import compare
from stacks.preview import ClaimedVolume, Preview, Resource, StackPreview
from tests.profiles import preview_of

ROOT = Path(__file__).parents[2]

VPC, SUBNET = "aws:ec2/vpc:Vpc", "aws:ec2/subnet:Subnet"
INSTANCE, VOLUME = "aws:ec2/instance:Instance", "aws:ebs/volume:Volume"
ATTACHMENT = "aws:ec2/volumeAttachment:VolumeAttachment"
NAMESPACE, RELEASE = "kubernetes:core/v1:Namespace", "kubernetes:helm.sh/v3:Release"
AWS = "pulumi:providers:aws"
NOT_KNOWN = {"unknown": True}
HIDDEN = {"secret": True}


def urn(type_: str, name: str, stack: str = "acme") -> str:
    return f"urn:pulumi:{stack}::moorage::{type_}::{name}"


def resource(
    type_: str, name: str = "acme", inputs: Mapping[str, Any] | None = None, *, stack: str = "acme", **more: Any
) -> Resource:
    """`made_of`: input to the URNs of what it is made of."""
    made_of = {key: tuple(urns) for key, urns in more.pop("made_of", {}).items()}
    component = type_.startswith("moorage:")
    return Resource(
        urn=more.pop("urn", urn(type_, name, stack)),
        type=type_,
        name=name,
        parent=more.pop("parent", None),
        provider=more.pop("provider", None),
        inputs=dict(inputs or {}),
        component=component,
        property_dependencies=made_of,
        **more,
    )


def preview(
    *resources: Resource,
    target: str = "machine-image",
    files: Mapping[str, str] | None = None,
    claims: Iterable[ClaimedVolume] = (),
) -> Preview:
    stacks: dict[str, list[Resource]] = {}
    for each in resources:
        stacks.setdefault(each.urn.split(":")[2], []).append(each)
    texts = dict(files or {})
    return Preview(
        target,
        tuple(StackPreview(name, tuple(within), {}) for name, within in stacks.items()),
        {path: hashlib.sha256(text.encode()).hexdigest() for path, text in texts.items()},
        files=texts,
        claims=tuple(claims),
    )


def changes(base: Preview, head: Preview, *, allowed: Iterable[str] = ()) -> Changes:
    return compare(base, head, base_name="base", allowed=tuple(allowed))


def only(found: Changes) -> ResourceChange:
    """The one resource that changes."""
    (change,) = found.changed
    return change


def of(found: Changes, type_: str, name: str = "acme") -> ResourceChange:
    (change,) = [each for each in found.resources if (each.type, each.name) == (type_, name)]
    return change


@cache
def document(path: str) -> dict[str, Any]:
    """A profile of the repository, as written."""
    return yaml.safe_load((ROOT / path).read_text())


@cache
def previewed(path: str) -> Preview:
    """Its preview, made once for all tests of a process."""
    return preview_of(path)


def machine(**inputs: Any) -> Preview:
    """A network, a machine in it, its data disk and the attachment, as the components make them."""
    network = resource(VPC, inputs={"cidrBlock": inputs.pop("cidr", "10.0.0.0/16")})
    subnet = resource(
        SUBNET,
        inputs={"vpcId": NOT_KNOWN, "cidrBlock": inputs.pop("subnet_cidr", "10.0.0.0/24")},
        made_of={"vpcId": [network.urn]},
    )
    disk = resource(
        VOLUME,
        "acme-data",
        {"availabilityZone": "us-east-1a", "size": inputs.pop("size", 100), "finalSnapshot": True},
        protect=True,
        retain_on_delete=True,
    )
    instance = resource(
        INSTANCE,
        inputs={"ami": "ami-1", "instanceType": "m6a.xlarge", "subnetId": NOT_KNOWN, **inputs},
        made_of={"subnetId": [subnet.urn]},
        delete_before_replace=True,
        ignore_changes=("ami",),
    )
    attachment = resource(
        ATTACHMENT,
        inputs={"deviceName": "/dev/sdb", "instanceId": NOT_KNOWN, "volumeId": NOT_KNOWN},
        made_of={"instanceId": [instance.urn], "volumeId": [disk.urn]},
        delete_before_replace=True,
    )
    return preview(network, subnet, disk, instance, attachment)

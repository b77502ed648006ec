"""What a machine gets at its first boot, unpacked: from its inputs, or from the rendered file."""

from __future__ import annotations

import base64
import binascii
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from stacks.policies.inputs import at
from stacks.policies.policy import Scope

AWS_MACHINE: Final = "aws:ec2/instance:Instance"
GCP_MACHINE: Final = "gcp:compute/instance:Instance"
_TEMPLATE: Final = "aws:ec2/launchTemplate:LaunchTemplate"

_GZIP: Final = b"\x1f\x8b"
_FILE: Final = "user-data.yaml"
_KEYS: Final = ("user-data", "startup-script")
_MOST: Final = 4 * 1024 * 1024
"""Bytes that are unpacked at most. Ours have fifty thousand."""


@dataclass(frozen=True, slots=True)
class Boot:
    """One machine's boot data."""

    subject: str
    where: str
    size: int
    """Bytes as the cloud stores them: unpacked from base64, still compressed."""
    most: int
    """Bytes that the cloud takes at most; 0: there is no cloud."""
    text: str


EC2_MOST: Final = 16_384
"""Raw, before base64: EC2 user guide, "Run commands when you launch an EC2 instance with user data input",
docs.aws.amazon.com/AWSEC2/latest/UserGuide/user-data.html, read 2026-11-22."""
GCE_MOST: Final = 262_144
"""Of one value: Compute Engine REST reference, Metadata, items[].value, read 2026-11-22."""


def boots(scope: Scope) -> Iterator[Boot]:
    """Boot data of every machine; of a file only where no machine of the stack has the same text."""
    known = set[str]()
    for boot in _of_machines(scope):
        known.add(boot.text)
        yield boot
    for path, text in scope.files.items():
        if path.endswith(_FILE) and text not in known:
            yield Boot(path, "", len(text.encode("utf-8", "replace")), 0, text)


def _of_machines(scope: Scope) -> Iterator[Boot]:
    for template in scope.of_type(_TEMPLATE):
        packed = template.inputs.get("userData")
        if isinstance(packed, str):  # always base64 here
            raw = _decoded(packed)
            yield Boot(template.urn, "userData", len(raw), EC2_MOST, _unpacked(raw))
    for machine in scope.of_type(AWS_MACHINE):
        packed, plain = machine.inputs.get("userDataBase64"), machine.inputs.get("userData")
        if isinstance(packed, str):
            raw = _decoded(packed)
            yield Boot(machine.urn, "userDataBase64", len(raw), EC2_MOST, _unpacked(raw))
        elif isinstance(plain, str):
            raw = plain.encode("utf-8", "replace")
            yield Boot(machine.urn, "userData", len(raw), EC2_MOST, plain)
    for machine in scope.of_type(GCP_MACHINE):
        base64_too = at(machine.inputs, "metadata.user-data-encoding") == "base64"
        for key in _KEYS:
            value = at(machine.inputs, f"metadata.{key}")
            if isinstance(value, str):
                text = _unpacked(_decoded(value)) if base64_too else value
                yield Boot(machine.urn, f"metadata.{key}", len(value.encode("utf-8", "replace")), GCE_MOST, text)


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text)
    except (binascii.Error, ValueError):
        return text.encode("utf-8", "replace")


def _unpacked(raw: bytes) -> str:
    """The text of what may be compressed. What is broken is judged as it stands."""
    if raw.startswith(_GZIP):
        try:
            unpacker = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
            raw = unpacker.decompress(raw, _MOST)
        except zlib.error:
            pass
    return raw.decode("utf-8", "replace")

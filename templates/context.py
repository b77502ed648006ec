"""From a plan to what templates may say. Every choice is made here, and every value is checked once more.

The checks repeat what the profile already refused, because these values become files that root runs: a plan that was
built by hand or read from an old file meets the same wall.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from recommender.errors import MoorageError
from recommender.plan import Provider, SingleNodePlan

NAME = r"[a-z][a-z0-9-]{1,30}[a-z0-9]"
PLACE = r"[a-z][a-z0-9-]*[a-z0-9]"
VERSION = r"[0-9]+\.[0-9]+\.[0-9]+"
_DEVICE: dict[Provider, str] = {
    "aws": r"/dev/sd[b-p]",  # /dev/sda is the root disk
    "gcp": r"[a-z]([a-z0-9-]{0,61}[a-z0-9])?",
}


@dataclass(frozen=True, slots=True)
class Vendor:
    """What the vendor's image brings: sourcegraph/deploy@2d7a30ac, read 2026-11-22."""

    user: str
    """Owner of the vendor's scripts and of the crontab that starts them."""
    first_start: str
    """Path of the script that only the first boot runs; empty when the image has none."""

    @property
    def home(self) -> str:
        """Home of the vendor's user: the version file and the scripts are below it."""
        return f"/home/{self.user}"


VENDORS: dict[Provider, Vendor] = {
    # packer/aws/aws-builder.pkr.hcl: ssh_username; install/install.sh: crontab
    "aws": Vendor(user="ec2-user", first_start=""),
    # packer/gcp/gcp-builder.pkr.hcl: ssh_username; packer/gcp/init.sh: crontab
    "gcp": Vendor(user="sourcegraph", first_start="/home/sourcegraph/install.sh"),
}


@dataclass(frozen=True, slots=True)
class MachineContext:
    """What the scripts on one machine know."""

    name: str
    version: str
    """The release that this machine runs, such as 6.12.5040."""
    data_device: str
    """AWS: the device it is attached as. GCP: the name behind `google-` in /dev/disk/by-id."""
    filesystem: str
    """xfs or ext4."""
    region: str
    zone: str
    vendor_user: str
    vendor_home: str
    first_start_script: str
    """Empty when the image has none."""
    restart_script: str
    """The vendor's script that starts, repairs or upgrades Sourcegraph."""


@dataclass(frozen=True, slots=True)
class File:
    """A file that the machine gets."""

    path: str
    """Absolute path on the machine."""
    mode: str
    """Octal permissions, such as 0755."""
    text: str


def machine_context(plan: SingleNodePlan) -> MachineContext:
    """The context of the scripts on the plan's machine.

    Raises:
        MoorageError: a value of the plan that has no business in a root shell.
    """
    vendor = VENDORS[plan.provider]
    return MachineContext(
        name=checked("name", plan.name, NAME),
        version=checked("version", plan.version, VERSION),
        data_device=checked("data_disk.device_name", plan.data_disk.device_name, _DEVICE[plan.provider]),
        filesystem=checked("data_disk.filesystem", plan.data_disk.filesystem, "xfs|ext4"),
        region=checked("region", plan.region, PLACE),
        zone=checked("zone", plan.zone, PLACE),
        vendor_user=vendor.user,
        vendor_home=vendor.home,
        first_start_script=vendor.first_start,
        restart_script=f"{vendor.home}/deploy/install/reboot.sh",
    )


def checked(field: str, value: str, pattern: str) -> str:
    """The value, which matches the pattern as a whole.

    Raises:
        MoorageError: it does not; the message names the field and the value.
    """
    if re.fullmatch(pattern, value) is None:
        raise MoorageError(
            f"the plan's {field} is {value!r}, which boot data may not contain",
            fix=f"give a value that matches {pattern}" if pattern else "leave it empty for this provider",
        )
    return value

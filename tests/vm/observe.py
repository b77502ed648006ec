"""What every scenario looks at on a machine, whatever its target."""

from __future__ import annotations

import hashlib
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

from recommender.plan import SingleNodePlan
from templates import user_data
from tests.vm.machine import Bus, Disk, VirtualMachine, blank_disk

STATE = "systemctl show --value --property ActiveState moorage-start.service"
PAYROLL = "do not lose\n"
"""Content of the file /payroll on the disk of `foreign_disk`."""


@dataclass(frozen=True)
class Cloud:
    """How machines and data disks of one cloud look from the inside."""

    bus: Bus
    serial: str
    """Of the data disk."""
    link: str
    """Of the data disk, below /dev/disk/by-id."""
    foreign_serial: str
    """On AWS this disk also has the link that Amazon Linux makes: the name alone does not make it the right disk."""
    name: str
    """What the kernel calls the data disk."""

    def disk(self, path: Path, serial: str = "") -> Disk:
        return Disk(path, self.bus, serial or self.serial)


CLOUDS = {
    "aws": Cloud(
        "nvme",
        "vol0a1b2c3d4e5f60718",
        "nvme-Amazon_Elastic_Block_Store_vol0a1b2c3d4e5f60718",
        "vol0f0e0d0c0b0a0sdb",
        "nvme1n1",
    ),
    "gcp": Cloud("scsi", "acme-data", "google-acme-data", "acme-data", "sdb"),
}


def foreign_disk(path: Path) -> Path:
    """A disk of somebody else: ext4 with one file, made without mounting it."""
    content = path.with_name("content")
    content.mkdir()
    (content / "payroll").write_text(PAYROLL)
    blank_disk(path)
    subprocess.run(["mkfs.ext4", "-q", "-L", "foreign", "-d", str(content), str(path)], check=True, timeout=60)
    return path


def digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def wait_for_start(machine: VirtualMachine) -> str:
    """Wait for the end of our unit, and return how it ended: `active` or `failed`."""
    machine.wait_for(f"[[ $({STATE}) =~ ^(active|failed)$ ]]")
    return machine.check(STATE)


def start_log(machine: VirtualMachine) -> str:
    return machine.check("cat /var/log/moorage-start.log")


def filesystem_uuid(machine: VirtualMachine) -> str:
    return machine.check("blkid -o value -s UUID $(findmnt -no SOURCE /mnt/data)")


def assert_started(machine: VirtualMachine, plan: SingleNodePlan) -> None:
    """cloud-init and our unit ended well, and the right disk is in place."""
    assert machine.wait_for_cloud_init()["errors"] == []
    assert wait_for_start(machine) == "active", machine.report()
    cloud = CLOUDS[plan.provider]
    source, kind = machine.check("findmnt --noheadings --output SOURCE,FSTYPE /mnt/data").split()
    assert source == machine.check(f"readlink -f /dev/disk/by-id/{cloud.link}")
    assert kind == plan.data_disk.filesystem
    assert machine.check(f"blkid -o value -s LABEL {source}") == "/mnt/data"
    (line,) = [line for line in machine.check("cat /etc/fstab").splitlines() if " /mnt/data " in line]
    assert line.split()[0] == "LABEL=/mnt/data"
    assert "nofail" in line


def assert_units(machine: VirtualMachine, needs_disk: str) -> None:
    """Enabled for the next boot, and ordered behind what they need.

    Args:
        machine: a machine that has started.
        needs_disk: the unit that must not run without the data disk.
    """
    assert machine.check("systemctl is-enabled moorage-start.service moorage-metrics.timer").split() == ["enabled"] * 2
    after = machine.check("systemctl show --value --property After moorage-start.service").split()
    assert {"network-online.target", "cloud-init.service"} <= set(after)
    assert "mnt-data.mount" in machine.check(f"systemctl show --value --property After {needs_disk}").split()
    assert "mnt-data.mount" in machine.check(f"systemctl show --value --property Requires {needs_disk}").split()
    broken = machine.run(f"systemd-analyze verify moorage-start.service moorage-metrics.timer {needs_disk} 2>&1")
    assert [line for line in broken[1].splitlines() if "moorage-" in line or needs_disk in line] == []


def assert_cloud_init_content(machine: VirtualMachine, plan: SingleNodePlan) -> None:
    """cloud-init took the boot data as it is, warned of nothing, and nothing in it is a secret."""
    status, output = machine.run("cloud-init schema --system", 120)
    assert status == 0, output
    assert machine.run("grep -E 'WARNING|ERROR|Traceback' /var/log/cloud-init.log")[1] == ""
    text = machine.check("cat /var/lib/cloud/instance/user-data.txt")
    assert text == user_data(plan).rstrip("\n")
    assert re.search(r"PRIVATE KEY|AKIA[0-9A-Z]{16}|ya29\.|passw", text) is None

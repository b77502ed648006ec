"""The boot data of the machine image on real machines: cloud-init, systemd, udev and disks as on both clouds.

The machine is Debian with a stand-in of the vendor's image: its users, crontab and scripts, reduced to what they do to the
machine (sourcegraph/deploy@2d7a30ac install/reboot.sh and packer/gcp/install.sh, read 2026-11-22).
"""

from __future__ import annotations

import hashlib
import re
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from recommender.plan import SingleNodePlan
from templates import user_data
from templates.context import VENDORS
from tests.plans import aws_plan, gcp_plan
from tests.vm.image import VENDOR_USERS, Image
from tests.vm.machine import Bus, Disk, ExtraFile, VirtualMachine, blank_disk, read_file

pytestmark = [pytest.mark.slow, pytest.mark.real_tool("qemu-system-x86_64"), pytest.mark.real_tool("debootstrap")]

Record = Callable[[str, object], None]

STARTS = "/var/log/vendor-starts"
# Both volumes get the version in the end. The line in STARTS says which boot it was and what the data disk held.
REBOOT_SH = f"""#!/usr/bin/bash
exec > >(sudo tee -a /var/log/reboot.sh.log) 2>&1
mountpoint --quiet /mnt/data || {{ echo latest >~/.sourcegraph-version; exit 0; }}
echo "reboot.sh $(</proc/sys/kernel/random/boot_id) $(</mnt/data/.sourcegraph-version)" | sudo tee -a {STARTS}
sudo systemctl is-active --quiet k3s || sudo systemctl enable --now k3s
cat ~/.sourcegraph-version | sudo tee /mnt/data/.sourcegraph-version
"""
# GCP's first start mounts the disk by its own lights, appends to fstab, leaves a line in the crontab, and is gone.
INSTALL_SH = f"""#!/usr/bin/env bash
if [ -f /mnt/data/.sourcegraph-version ]; then
  sleep 1 && bash ~/deploy/install/reboot.sh
  exit 0
fi
echo "install.sh $(</proc/sys/kernel/random/boot_id) $(lsblk --noheadings --output FSTYPE /dev/sdb)" | sudo tee -a {STARTS}
sudo mount /dev/sdb /mnt/data
echo "LABEL=/mnt/data  /mnt/data  ext4  discard,defaults,nofail  0  2" | sudo tee -a /etc/fstab
sudo umount /mnt/data
sudo mount -a
sudo systemctl enable k3s
sudo systemctl restart k3s
echo "@reboot sleep 30 && bash /home/sourcegraph/deploy/install/reboot.sh" | crontab -
cat ~/.sourcegraph-version | sudo tee /mnt/data/.sourcegraph-version
rm -f ~/install.sh
"""


@dataclass(frozen=True)
class Cloud:
    """How the machines of one cloud differ."""

    plan: SingleNodePlan
    bus: Bus
    serial: str
    """Of the data disk."""

    @property
    def user(self) -> str:
        return VENDORS[self.plan.provider].user

    def vendor_files(self) -> list[ExtraFile]:
        """What the vendor's image holds, with the crontab that must not get to run."""
        scripts = {"deploy/install/reboot.sh": REBOOT_SH, ".sourcegraph-version": f"{self.plan.version}\n"}
        first = "deploy/install/reboot.sh"
        if VENDORS[self.plan.provider].first_start:
            first = "install.sh"
            scripts[first] = INSTALL_SH
        owner = VENDOR_USERS[self.user]
        home = VENDORS[self.plan.provider].home
        cron = f"@daily true\n@reboot sleep 10 && bash {home}/{first}\n".encode()
        crontab = ExtraFile(f"/var/spool/cron/crontabs/{self.user}", cron, 0o600, owner)
        return [crontab, *(ExtraFile(f"{home}/{path}", text.encode(), 0o755, owner) for path, text in scripts.items())]

    def machine(self, image: Image, directory: Path, disk: Path, serial: str = "") -> VirtualMachine:
        return VirtualMachine(
            image,
            directory,
            user_data(self.plan),
            disks=[Disk(disk, self.bus, serial or self.serial)],
            files=self.vendor_files(),
            root_bus=self.bus,
        )


CLOUDS = [
    pytest.param(Cloud(aws_plan(), "nvme", "vol0a1b2c3d4e5f60718"), id="aws"),
    pytest.param(Cloud(gcp_plan(), "scsi", "acme-data"), id="gcp"),
]


def wait_for_start(machine: VirtualMachine) -> str:
    """Wait for the end of our unit, and return how it ended: `active` or `failed`."""
    state = "systemctl show --value --property ActiveState moorage-start.service"
    machine.wait_for(f"[[ $({state}) =~ ^(active|failed)$ ]]")
    return machine.check(state)


def starts(machine: VirtualMachine) -> list[str]:
    return machine.run(f"cat {STARTS} 2>/dev/null")[1].splitlines()


def start_log(machine: VirtualMachine) -> str:
    return machine.check("cat /var/log/moorage-start.log")


def assert_disk_in_place(machine: VirtualMachine, cloud: Cloud) -> None:
    filesystem = cloud.plan.data_disk.filesystem
    source, kind = machine.check("findmnt --noheadings --output SOURCE,FSTYPE /mnt/data").split()
    link = {"nvme": "nvme-Amazon_Elastic_Block_Store_", "scsi": "google-"}[cloud.bus] + cloud.serial
    assert source == machine.check(f"readlink -f /dev/disk/by-id/{link}")
    assert kind == filesystem
    assert machine.check(f"blkid -o value -s LABEL {source}") == "/mnt/data"
    (line,) = [line for line in machine.check("cat /etc/fstab").splitlines() if " /mnt/data " in line]
    assert line.split()[0] == "LABEL=/mnt/data"
    assert "nofail" in line


def assert_vendor_started_once(machine: VirtualMachine, boots: int) -> None:
    """One start a boot, by our unit; cron has nothing left that could start another."""
    identifiers = [line.split()[1] for line in starts(machine)]
    assert len(identifiers) == len(set(identifiers)) == boots, starts(machine)
    assert (
        machine.run("for user in ec2-user sourcegraph; do crontab -u $user -l 2>/dev/null; done")[1] == "@daily true\n"
    )
    assert machine.run("journalctl --boot --unit cron | grep -F 'CMD ('")[1] == ""
    assert machine.check("systemctl is-active k3s") == "active"


def assert_units(machine: VirtualMachine) -> None:
    """Enabled for the next boot, and ordered behind what they need."""
    assert machine.check("systemctl is-enabled moorage-start.service moorage-metrics.timer").split() == ["enabled"] * 2
    after = machine.check("systemctl show --value --property After moorage-start.service").split()
    assert {"network-online.target", "cloud-init.service"} <= set(after)
    assert "mnt-data.mount" in machine.check("systemctl show --value --property After k3s.service").split()
    assert "mnt-data.mount" in machine.check("systemctl show --value --property Requires k3s.service").split()
    broken = machine.run("systemd-analyze verify moorage-start.service moorage-metrics.timer 2>&1 | grep -F moorage-")
    assert broken[1] == ""


def assert_cloud_init_content(machine: VirtualMachine, cloud: Cloud) -> None:
    """cloud-init took the boot data as it is, warned of nothing, and nothing in it is a secret."""
    status, output = machine.run("cloud-init schema --system", 120)
    assert status == 0, output
    assert machine.run("grep -E 'WARNING|ERROR|Traceback' /var/log/cloud-init.log")[1] == ""
    text = machine.check("cat /var/lib/cloud/instance/user-data.txt")
    assert text == user_data(cloud.plan).rstrip("\n")
    assert re.search(r"PRIVATE KEY|AKIA[0-9A-Z]{16}|ya29\.|passw", text) is None


@pytest.mark.parametrize("cloud", CLOUDS)
def test_a_blank_disk_is_prepared_once_and_outlives_reboot_and_machine(
    cloud: Cloud, image: Image, tmp_path: Path, record_property: Record
) -> None:
    disk = blank_disk(tmp_path / "data.img")
    with cloud.machine(image, tmp_path / "first", disk) as machine:
        machine.boot()
        assert machine.wait_for_cloud_init()["errors"] == []
        assert wait_for_start(machine) == "active", machine.report()
        assert_disk_in_place(machine, cloud)
        assert_vendor_started_once(machine, boots=1)
        assert_units(machine)
        assert_cloud_init_content(machine, cloud)
        assert start_log(machine).count("formatting the blank disk") == 1
        identity = machine.check("blkid -o value -s UUID $(findmnt -no SOURCE /mnt/data)")
        machine.check("echo precious >/mnt/data/repos")

        machine.reboot()
        assert machine.wait_for_cloud_init()["errors"] == []
        assert wait_for_start(machine) == "active", machine.report()
        assert_disk_in_place(machine, cloud)
        assert_vendor_started_once(machine, boots=2)
        assert start_log(machine).count("formatting the blank disk") == 1
        assert machine.check("cat /mnt/data/repos") == "precious"
        machine.shutdown()
        seconds = machine.boot_seconds

    with cloud.machine(image, tmp_path / "second", disk) as machine:
        machine.boot()
        assert machine.wait_for_cloud_init()["errors"] == []
        assert wait_for_start(machine) == "active", machine.report()
        assert_disk_in_place(machine, cloud)
        assert_vendor_started_once(machine, boots=1)
        assert "formatting" not in start_log(machine)
        assert machine.check("blkid -o value -s UUID $(findmnt -no SOURCE /mnt/data)") == identity
        assert machine.check("cat /mnt/data/repos") == "precious"
        assert f"the data disk last ran '{cloud.plan.version}'" in start_log(machine)
        seconds = [*seconds, *machine.boot_seconds]
    first, again, replaced = (round(value) for value in seconds)
    record_property("cells", f"machine image, {cloud.plan.provider}: booted in {first}, {again} and {replaced} s")


@pytest.mark.parametrize("cloud", CLOUDS)
def test_a_disk_of_somebody_else_is_refused_by_name_and_left_alone(cloud: Cloud, image: Image, tmp_path: Path) -> None:
    content = tmp_path / "content"
    content.mkdir()
    (content / "payroll").write_text("do not lose\n")
    disk = blank_disk(tmp_path / "foreign.img", 256 << 20)
    subprocess.run(["mkfs.ext4", "-q", "-L", "foreign", "-d", str(content), str(disk)], check=True)
    before = hashlib.sha256(disk.read_bytes()).digest()
    # On AWS this disk also has the link that Amazon Linux makes: the name alone does not make it the right disk.
    serial = "vol0f0e0d0c0b0a0sdb" if cloud.bus == "nvme" else cloud.serial
    with cloud.machine(image, tmp_path / "machine", disk, serial) as machine:
        machine.boot()
        assert machine.wait_for_cloud_init()["errors"] == []
        assert wait_for_start(machine) == "failed"
        name = "nvme1n1" if cloud.bus == "nvme" else "sdb"
        refusal = f"ERROR: refusing the disk /dev/{name}: it holds ext4 labelled 'foreign', and only a blank disk is"
        assert refusal in start_log(machine)
        assert refusal in machine.check("journalctl --unit moorage-start --no-pager")
        assert machine.run("findmnt /mnt/data")[0] != 0
        assert starts(machine) == []
        assert machine.check("systemctl is-active k3s || true") == "inactive"
        machine.shutdown()
    assert hashlib.sha256(disk.read_bytes()).digest() == before
    assert read_file(disk, "/payroll") == "do not lose\n"

"""The boot data of the machine image on real machines: cloud-init, systemd, udev and disks as on both clouds.

The machine is Debian with a stand-in of the vendor's image: its users, crontab and scripts, reduced to what they do to the
machine (sourcegraph/deploy@2d7a30ac install/reboot.sh and packer/gcp/install.sh, read 2026-11-22).
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from recommender.plan import SingleNodePlan
from templates import user_data
from templates.context import VENDORS
from tests.plans import aws_plan, gcp_plan
from tests.vm.image import VENDOR_USERS, Image
from tests.vm.machine import ExtraFile, VirtualMachine, blank_disk, read_file
from tests.vm.observe import (
    CLOUDS,
    PAYROLL,
    assert_cloud_init_content,
    assert_started,
    assert_units,
    digest,
    filesystem_uuid,
    foreign_disk,
    start_log,
    wait_for_start,
)

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


_K3S = """[Unit]
Description=Stand-in of k3s
[Service]
ExecStart=/bin/sleep infinity
[Install]
WantedBy=multi-user.target
"""
PLANS = [pytest.param(aws_plan(), id="aws"), pytest.param(gcp_plan(), id="gcp")]


def vendor_files(plan: SingleNodePlan) -> list[ExtraFile]:
    """What the vendor's image holds, with the crontab that must not get to run."""
    vendor = VENDORS[plan.provider]
    scripts = {"deploy/install/reboot.sh": REBOOT_SH, ".sourcegraph-version": f"{plan.version}\n"}
    first = "deploy/install/reboot.sh"
    if vendor.first_start:
        first = "install.sh"
        scripts[first] = INSTALL_SH
    owner = VENDOR_USERS[vendor.user]
    cron = f"@daily true\n@reboot sleep 10 && bash {vendor.home}/{first}\n".encode()
    return [
        ExtraFile("/etc/systemd/system/k3s.service", _K3S.encode()),
        ExtraFile(f"/var/spool/cron/crontabs/{vendor.user}", cron, 0o600, owner),
        *(ExtraFile(f"{vendor.home}/{path}", text.encode(), 0o755, owner) for path, text in scripts.items()),
    ]


def machine_of(plan: SingleNodePlan, image: Image, directory: Path, disk: Path, serial: str = "") -> VirtualMachine:
    cloud = CLOUDS[plan.provider]
    return VirtualMachine(
        image,
        directory,
        user_data(plan),
        disks=[cloud.disk(disk, serial)],
        files=vendor_files(plan),
        root_bus=cloud.bus,
    )


def starts(machine: VirtualMachine) -> list[str]:
    return machine.run(f"cat {STARTS} 2>/dev/null")[1].splitlines()


def assert_vendor_started_once(machine: VirtualMachine, plan: SingleNodePlan, boots: int) -> None:
    """One start a boot, by our unit; cron has nothing left that could start another."""
    identifiers = [line.split()[1] for line in starts(machine)]
    assert len(identifiers) == len(set(identifiers)) == boots, starts(machine)
    crontabs = machine.run("for user in ec2-user sourcegraph; do crontab -u $user -l 2>/dev/null; done")[1]
    # The vendor's first start on GCP writes a crontab of its own over the one that was there.
    assert crontabs == "@daily true\n" or (crontabs == "" and VENDORS[plan.provider].first_start)
    assert machine.run("journalctl --boot --unit cron | grep -F 'CMD ('")[1] == ""
    assert machine.check("systemctl is-active k3s") == "active"


@pytest.mark.parametrize("plan", PLANS)
def test_a_blank_disk_is_prepared_once_and_outlives_reboot_and_machine(
    plan: SingleNodePlan, image: Image, tmp_path: Path, record_property: Record
) -> None:
    disk = blank_disk(tmp_path / "data.img")
    with machine_of(plan, image, tmp_path / "first", disk) as machine:
        machine.boot()
        assert_started(machine, plan)
        assert_vendor_started_once(machine, plan, boots=1)
        assert_units(machine, "k3s.service")
        assert_cloud_init_content(machine, plan)
        assert start_log(machine).count("formatting the blank disk") == 1
        identity = filesystem_uuid(machine)
        machine.check("echo precious >/mnt/data/repos")

        machine.reboot()
        assert_started(machine, plan)
        assert_vendor_started_once(machine, plan, boots=2)
        assert start_log(machine).count("formatting the blank disk") == 1
        assert machine.check("cat /mnt/data/repos") == "precious"
        machine.shutdown()
        seconds = machine.boot_seconds

    with machine_of(plan, image, tmp_path / "second", disk) as machine:
        machine.boot()
        assert_started(machine, plan)
        assert_vendor_started_once(machine, plan, boots=1)
        assert "formatting" not in start_log(machine)
        assert filesystem_uuid(machine) == identity
        assert machine.check("cat /mnt/data/repos") == "precious"
        assert f"the data disk last ran '{plan.version}'" in start_log(machine)
        seconds = [*seconds, *machine.boot_seconds]
    first, again, replaced = (round(value) for value in seconds)
    record_property("cells", f"machine image, {plan.provider}: booted in {first}, {again} and {replaced} s")


@pytest.mark.parametrize("plan", PLANS)
def test_a_disk_of_somebody_else_is_refused_by_name_and_left_alone(
    plan: SingleNodePlan, image: Image, tmp_path: Path
) -> None:
    cloud, disk = CLOUDS[plan.provider], foreign_disk(tmp_path / "foreign.img")
    before = digest(disk)
    with machine_of(plan, image, tmp_path / "machine", disk, cloud.foreign_serial) as machine:
        machine.boot()
        assert machine.wait_for_cloud_init()["errors"] == []
        assert wait_for_start(machine) == "failed"
        refusal = (
            f"ERROR: refusing the disk /dev/{cloud.name}: it holds ext4 labelled 'foreign', and only a blank disk is"
        )
        assert refusal in start_log(machine)
        assert refusal in machine.check("journalctl --unit moorage-start --no-pager")
        assert machine.run("findmnt /mnt/data")[0] != 0
        assert starts(machine) == []
        assert machine.check("systemctl is-active k3s || true") == "inactive"
        machine.shutdown()
    assert digest(disk) == before
    assert read_file(disk, "/payroll") == PAYROLL

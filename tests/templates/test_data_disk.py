"""The data disk script, run for real: it formats only what is truly blank, and says what it refuses."""

from __future__ import annotations

from pathlib import Path

import pytest

from recommender.plan import SingleNodePlan
from tests.plans import aws_plan, gcp_plan
from tests.templates.machine import FakeMachine

PLANS = [pytest.param(aws_plan(), id="aws"), pytest.param(gcp_plan(), id="gcp")]

# Each row is what one kind of disk answers to the tools that look at it.
FOREIGN = {
    "another filesystem": ({"TYPE": "ext3\n", "LABEL": "home\n"}, "ext3 labelled 'home'"),
    "our filesystem without our label": ({"TYPE": "xfs\n"}, "xfs labelled ''"),
    "our label on another filesystem": ({"TYPE": "btrfs\n", "LABEL": "/mnt/data\n"}, "btrfs labelled '/mnt/data'"),
    "a partition table": ({"PTTYPE": "gpt\n"}, "a partition table (gpt)"),
    "partitions": ({"PTTYPE": "dos\n", "children": "nvme1n1p1\nnvme1n1p2\n"}, "nvme1n1p1 nvme1n1p2"),
    "LVM": ({"TYPE": "LVM2_member\n"}, "LVM2_member"),
    "LUKS": ({"TYPE": "crypto_LUKS\n"}, "crypto_LUKS"),
    "RAID": ({"TYPE": "linux_raid_member\n"}, "linux_raid_member"),
    "conflicting signatures": ({"blkid_status": "8"}, "status 8"),
    "a signature that only wipefs knows": ({"signatures": "0x1fe gpt\n"}, "a signature (0x1fe gpt)"),
    "unreadable": ({"wipefs_fails": ""}, "wipefs cannot read"),
}


@pytest.mark.parametrize("plan", PLANS)
def test_a_blank_disk_is_formatted_once_and_mounted(tmp_path: Path, plan: SingleNodePlan) -> None:
    machine = FakeMachine(tmp_path, plan)
    result = machine.run("data-disk")
    assert result.returncode == 0, result.stderr
    assert len(machine.formatted) == 1
    assert machine.formatted[0].endswith(f"-L /mnt/data {machine.disk}")
    assert machine.get("mounted").strip() == str(machine.disk)
    assert {path.name for path in (machine.root / "mnt/data").iterdir()} == {"kubelet", "db", "storage"}


@pytest.mark.parametrize("plan", PLANS)
def test_a_second_boot_mounts_and_never_formats(tmp_path: Path, plan: SingleNodePlan) -> None:
    machine = FakeMachine(tmp_path, plan)
    assert machine.run("data-disk").returncode == 0
    machine.reboot()
    assert machine.run("data-disk").returncode == 0
    assert machine.formatted == []
    assert machine.get("mounted").strip() == str(machine.disk)


@pytest.mark.parametrize("plan", PLANS)
def test_a_disk_in_place_is_neither_mounted_again_nor_formatted(tmp_path: Path, plan: SingleNodePlan) -> None:
    machine = FakeMachine(tmp_path, plan)
    assert machine.run("data-disk").returncode == 0
    assert machine.run("data-disk").returncode == 0
    assert len(machine.called("mount")) == 1
    assert len(machine.formatted) == 1


@pytest.mark.parametrize(("answers", "named"), FOREIGN.values(), ids=FOREIGN.keys())
def test_a_foreign_disk_is_refused_by_name(tmp_path: Path, answers: dict[str, str], named: str) -> None:
    machine = FakeMachine(tmp_path, aws_plan())
    for name, text in answers.items():
        machine.set(name, text)
    result = machine.run("data-disk")
    assert result.returncode == 1
    assert machine.formatted == []
    assert machine.called("mount") == []
    assert f"refusing the disk {machine.disk}" in machine.log
    assert named in machine.log
    assert machine.log in result.stderr  # the journal gets what the file gets


def test_data_that_no_tool_recognizes_is_still_data(tmp_path: Path) -> None:
    machine = FakeMachine(tmp_path, aws_plan())
    with machine.disk.open("r+b") as disk:
        disk.seek(1_000_000)
        disk.write(b"x")
    assert machine.run("data-disk").returncode == 1
    assert machine.formatted == []
    assert "data without a known signature" in machine.log


def test_a_partition_is_not_taken_for_a_disk(tmp_path: Path) -> None:
    machine = FakeMachine(tmp_path, aws_plan())
    machine.set("kind", "part\n")
    assert machine.run("data-disk").returncode == 1
    assert machine.formatted == []


@pytest.mark.parametrize("plan", PLANS)
def test_a_disk_that_never_comes_ends_the_wait_with_an_error(tmp_path: Path, plan: SingleNodePlan) -> None:
    machine = FakeMachine(tmp_path, plan)
    machine.detach()
    assert machine.run("data-disk").returncode == 1
    assert f"the data disk {plan.data_disk.device_name} did not appear within 0 s" in machine.log
    assert not (machine.root / "mnt/data/db").exists()  # nothing may grow on the root disk


@pytest.mark.parametrize("plan", PLANS)
def test_a_disk_that_comes_late_is_waited_for(tmp_path: Path, plan: SingleNodePlan) -> None:
    machine = FakeMachine(tmp_path, plan)
    machine.detach()
    link = machine.root / "dev" / ("sdb" if plan.provider == "aws" else "disk/by-id/google-acme-data")
    machine.set(
        "on_sleep", f"head -c 2097152 /dev/zero >{machine.disk}; [[ -e {link} ]] || ln -s {machine.disk} {link}"
    )
    assert machine.run("data-disk", MOORAGE_WAIT_SECONDS="60").returncode == 0
    assert "waiting for the data disk" in machine.log
    assert len(machine.formatted) == 1


def test_without_the_attached_name_the_only_other_ebs_disk_is_the_one(tmp_path: Path) -> None:
    machine = FakeMachine(tmp_path, aws_plan())
    (machine.root / "dev/sdb").unlink()
    machine.attach("nvme0n1")  # the root disk has such a link too
    by_id = machine.root / "dev/disk/by-id"
    (by_id / "nvme-Amazon_Elastic_Block_Store_vol-nvme1n1_1").symlink_to(machine.disk)  # the same disk, other namespace
    assert machine.run("data-disk").returncode == 0
    assert machine.get("mounted").strip() == str(machine.disk)


def test_of_two_candidates_neither_is_taken(tmp_path: Path) -> None:
    machine = FakeMachine(tmp_path, aws_plan())
    (machine.root / "dev/sdb").unlink()
    other = machine.attach("nvme2n1")
    assert machine.run("data-disk", MOORAGE_WAIT_SECONDS="60").returncode == 1
    assert machine.formatted == []
    assert f"refusing to choose between the disks {machine.disk} {other}" in machine.log
    assert machine.called("sleep") == []  # a refusal is final, not something to wait out


def test_the_attached_name_decides_between_two_disks(tmp_path: Path) -> None:
    machine = FakeMachine(tmp_path, aws_plan())
    machine.attach("nvme2n1")
    assert machine.run("data-disk").returncode == 0
    assert machine.get("mounted").strip() == str(machine.disk)


def test_the_root_disk_is_never_taken(tmp_path: Path) -> None:
    machine = FakeMachine(tmp_path, aws_plan())
    machine.detach()
    root_disk = machine.attach("nvme0n1")
    (machine.root / "dev/sdb").symlink_to(root_disk)
    assert machine.run("data-disk").returncode == 1
    assert machine.formatted == []


def test_another_disk_at_the_mount_point_is_refused(tmp_path: Path) -> None:
    machine = FakeMachine(tmp_path, aws_plan())
    other = machine.attach("nvme2n1")
    machine.set("mounted", f"{other}\n")
    assert machine.run("data-disk").returncode == 1
    assert f"is mounted from {other}, not from the data disk {machine.disk}" in machine.log


def test_a_mount_that_failed_is_an_error(tmp_path: Path) -> None:
    machine = FakeMachine(tmp_path, aws_plan())
    machine.set("mount_fails")
    assert machine.run("data-disk").returncode == 1
    assert not (machine.root / "mnt/data/db").exists()


@pytest.mark.parametrize(
    ("plan", "grow"), [(aws_plan(), "xfs_growfs {root}/mnt/data"), (gcp_plan(), "resize2fs {disk}")], ids=["aws", "gcp"]
)
def test_the_filesystem_grows_with_its_disk(tmp_path: Path, plan: SingleNodePlan, grow: str) -> None:
    machine = FakeMachine(tmp_path, plan)
    assert machine.run("data-disk").returncode == 0
    machine.reboot()
    assert machine.run("data-disk").returncode == 0
    assert grow.format(root=machine.root, disk=machine.disk) in machine.calls


def test_a_filesystem_that_cannot_grow_does_not_stop_the_start(tmp_path: Path) -> None:
    machine = FakeMachine(tmp_path, aws_plan())
    machine.set("grow_fails")
    assert machine.run("data-disk").returncode == 0
    assert "could not be grown" in machine.log


@pytest.mark.parametrize("plan", PLANS)
def test_fstab_keeps_one_line_for_the_disk_and_every_other_line(tmp_path: Path, plan: SingleNodePlan) -> None:
    machine = FakeMachine(tmp_path, plan)
    fstab = machine.root / "etc/fstab"
    vendor = "LABEL=/mnt/data  /mnt/data  xfs  defaults,nofail  0  2\n"
    fstab.write_text(f"# /mnt/data follows\nUUID=1  /  xfs  defaults  0  0\n{vendor}{vendor}")
    assert machine.run("data-disk").returncode == 0
    lines = fstab.read_text().splitlines()
    assert lines[:2] == ["# /mnt/data follows", "UUID=1  /  xfs  defaults  0  0"]
    assert len(lines) == 3
    assert lines[2].split()[:3] == ["LABEL=/mnt/data", "/mnt/data", plan.data_disk.filesystem]
    assert "nofail" in lines[2]
    machine.reboot()
    assert machine.run("data-disk").returncode == 0
    assert fstab.read_text().splitlines() == lines
    assert machine.called("systemctl") == []  # nothing changed, nothing to reload

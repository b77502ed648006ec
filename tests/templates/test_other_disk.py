"""The data disk off AWS and GCP, run for real: found by name or alone, and nothing that is in use or holds something."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from recommender.host import HostDisk, Platform
from tests.plans import aws_plan, gcp_plan, host_plan
from tests.templates.host_machine import FakeHost
from tests.templates.machine import FakeMachine

SMALL = str(450 * 1024**3 - 1)
ROOT = "nvme0n1 disk 107374182400\n"


def host_with(tmp_path: Path, device: str | None = None, filesystem: str = "ext4") -> FakeHost:
    return FakeHost(tmp_path, replace(host_plan(), disk=HostDisk(device, filesystem, 500)))


@pytest.fixture
def host(tmp_path: Path) -> FakeHost:
    return host_with(tmp_path)


def test_the_only_unused_disk_is_taken(host: FakeHost) -> None:
    host.attach("vda")
    host.set("disks", f"{ROOT}sdb disk 1\nvda disk 1\n")
    host.set("mounts_of_vda", "/srv\n")
    result = host.data_disk()
    assert result.returncode == 0, result.stderr
    assert host.get("mounted").strip() == str(host.disk)
    assert list((host.root / "mnt/data").iterdir()) == []  # what a target keeps there is its own affair


@pytest.mark.parametrize("used", ["/srv\n", "\n[SWAP]\n", "\n/var\n"], ids=["mounted", "swap on a part", "a part"])
def test_a_disk_in_use_is_no_candidate(host: FakeHost, used: str) -> None:
    host.set("mounts_of_sdb", used)
    assert "the data disk did not appear" in host.data_disk().stderr


@pytest.mark.parametrize("line", ["sdb rom 1", "sdb loop 1", "sdb disk 0", "zram0 disk 9", "ram0 disk 9", "fd0 disk 9"])
def test_discs_in_memory_and_empty_drives_are_no_candidates(host: FakeHost, line: str) -> None:
    host.attach(line.split()[0])
    host.set("disks", f"{ROOT}{line}\n")
    assert "the data disk did not appear" in host.data_disk().stderr


def test_of_two_disks_neither_is_taken_and_both_are_named(host: FakeHost) -> None:
    other = host.attach("vda")
    host.set("disks", f"{ROOT}sdb disk 1\nvda disk 1\n")
    result = host.data_disk()
    assert result.returncode == 1
    assert f"refusing to choose between the disks {host.disk} {other}; set deployment.data_disk_device" in result.stderr
    assert not [call for call in host.calls if call.startswith(("mkfs", "mount "))]


def test_a_disk_that_somebody_mounted_at_our_place_is_refused_for_want_of_our_label(host: FakeHost) -> None:
    host.set("mounted", f"{host.disk}\n")
    host.set("TYPE", "ext4\n")
    before = host.snapshot()
    for result in (host.data_disk("--check"), host.data_disk()):
        assert result.returncode == 1
        assert f"{host.disk}: it is mounted at {host.root}/mnt/data and holds ext4 labelled ''" in result.stderr
        assert "label it /mnt/data (xfs_admin -L, e2label)" in result.stderr
    assert {path: state for path, state in host.snapshot().items() if "var/log" not in path} == {
        path: state for path, state in before.items() if "var/log" not in path
    }


def test_the_disk_in_place_stays_the_one_when_another_is_attached(host: FakeHost) -> None:
    assert host.data_disk().returncode == 0
    host.attach("vda")
    host.set("disks", f"{ROOT}sdb disk 1\nvda disk 1\n")
    assert host.data_disk().returncode == 0


def test_a_root_disk_that_cannot_be_told_ends_the_choice(host: FakeHost) -> None:
    host.set("root_unknown")
    result = host.data_disk()
    assert result.returncode == 1
    assert "the root disk cannot be told from the others; set deployment.data_disk_device" in result.stderr


@pytest.mark.parametrize(
    "device", ["/dev/vdb", "/dev/nvme1n1", "/dev/disk/by-id/scsi-0ABC_DEF-1", "/dev/mapper/vg-data"]
)
def test_the_named_device_is_taken_whatever_else_is_there(tmp_path: Path, device: str) -> None:
    host = host_with(tmp_path, device)
    disk = host.attach("vdc")
    link = host.root / device.lstrip("/")
    link.parent.mkdir(exist_ok=True)
    link.symlink_to(disk)
    assert host.data_disk().returncode == 0
    assert host.get("mounted").strip() == str(disk)


def test_a_named_device_that_is_absent_is_not_replaced_by_another(tmp_path: Path) -> None:
    host = host_with(tmp_path, "/dev/vdb")
    result = host.data_disk()
    assert result.returncode == 1
    assert "the data disk /dev/vdb did not appear" in result.stderr
    assert host.data_disk("--check").returncode == 3


def test_a_root_disk_under_a_name_that_leads_nowhere_is_found_by_its_number(host: FakeHost) -> None:
    host.set("root_source", "/dev/root\n")
    assert host.data_disk().returncode == 0
    assert any(call.endswith("NAME /dev/block/259:1") for call in host.called("lsblk"))


def test_of_two_disks_the_one_with_our_label_is_ours(host: FakeHost) -> None:
    other = host.attach("vda")
    host.set("disks", f"{ROOT}sdb disk 1\nvda disk 1\n")
    blkid = host.bin / "blkid"
    answers = f'[[ ${{!#}} == {other} ]] || exit 2\n[[ $* != *LABEL* ]] || echo /mnt/data\n[[ $* != *" TYPE "* ]] || echo xfs\n'
    blkid.write_text(f"#!/bin/bash\n{answers}")
    assert host.data_disk().returncode == 0
    assert host.get("mounted").strip() == str(other)


# What a disk answers to the tools that look at it, and what its refusal says beside its name.
REFUSED = {
    "a filesystem": ({"TYPE": "ext4\n", "LABEL": "home\n"}, "it holds ext4 labelled 'home'"),
    "our filesystem without our label": ({"TYPE": "ext4\n"}, "it holds ext4 labelled ''"),
    "a partition table": ({"PTTYPE": "gpt\n"}, "it holds a partition table (gpt)"),
    "partitions": ({"PTTYPE": "dos\n", "children": "sdb1\n"}, "it holds partitions or volumes (sdb sdb1)"),
    "LVM": ({"TYPE": "LVM2_member\n"}, "it holds an LVM physical volume (LVM2_member)"),
    "LUKS": ({"TYPE": "crypto_LUKS\n"}, "it holds an encrypted volume (crypto_LUKS)"),
    "RAID": ({"TYPE": "linux_raid_member\n"}, "it holds a member of a RAID (linux_raid_member)"),
    "swap": ({"TYPE": "swap\n", "LABEL": "s\n"}, "it holds swap space labelled 's'"),
    "mounted elsewhere": ({"TYPE": "ext4\n", "mounted_elsewhere": "/srv\n/opt\n"}, "it is mounted at /srv, /opt"),
    "read-only": ({"read_only": "1\n"}, "it is read-only"),
    "too small": ({"size": SMALL}, "it has 449 GB, and 500 GB are planned"),
    "a partition": ({"kind": "part\n"}, "it is a 'part', not a whole disk"),
    "a drive": ({"kind": "rom\n"}, "it is a 'rom', not a whole disk"),
}


@pytest.mark.parametrize("device", [None, "/dev/sdb"])
@pytest.mark.parametrize(("answers", "says"), REFUSED.values(), ids=REFUSED.keys())
def test_a_disk_that_must_not_be_used_is_refused_by_name_and_content(
    tmp_path: Path, device: str | None, answers: dict[str, str], says: str
) -> None:
    host = host_with(tmp_path, device)
    for name, text in answers.items():
        host.set(name, text)
    before = host.snapshot()
    check = host.data_disk("--check")
    assert check.returncode == 1
    assert check.stdout == ""
    assert host.snapshot() == before
    result = host.data_disk()
    assert result.returncode == 1
    for error in (check.stderr, result.stderr):
        assert str(host.disk) in error
        assert says in error
    assert not [call for call in host.calls if call.startswith(("mkfs", "mount "))]


def test_data_that_no_tool_recognizes_is_still_data(host: FakeHost) -> None:
    with host.disk.open("r+b") as disk:
        disk.seek(1_000_000)
        disk.write(b"x")
    assert "it holds data without a known signature" in host.data_disk().stderr


@pytest.mark.parametrize("name", ["nvme0n1", "nvme0n1p1"])
def test_the_root_disk_is_refused_even_where_it_is_named(tmp_path: Path, name: str) -> None:
    host = host_with(tmp_path, f"/dev/{name}")
    host.attach(name)
    result = host.data_disk()
    assert result.returncode == 1
    assert f"{name}: it is the root disk" in result.stderr


@pytest.mark.parametrize("filesystem", ["xfs", "ext4"])
@pytest.mark.parametrize("planned", ["xfs", "ext4"])
def test_our_label_on_either_filesystem_is_mounted_as_what_it_is(tmp_path: Path, filesystem: str, planned: str) -> None:
    host = host_with(tmp_path, filesystem=planned)
    host.set("TYPE", f"{filesystem}\n")
    host.set("LABEL", "/mnt/data\n")
    result = host.data_disk()
    assert result.returncode == 0, result.stderr
    assert not [call for call in host.calls if call.startswith("mkfs")]
    assert host.called("mount")[0].startswith(f"mount -t {filesystem} ")
    assert bool(host.called("xfs_growfs")) == (filesystem == "xfs")
    assert (host.root / "etc/fstab").read_text().splitlines()[-1].split()[2] == filesystem


def test_our_own_disk_is_mounted_even_where_it_is_smaller_than_planned(host: FakeHost) -> None:
    host.set("TYPE", "ext4\n")
    host.set("LABEL", "/mnt/data\n")
    host.set("size", SMALL)
    result = host.data_disk()
    assert result.returncode == 0
    assert "WARNING" in result.stderr
    assert "500 GB are planned; grow it" in result.stderr


def test_a_tenth_less_than_planned_is_enough(host: FakeHost) -> None:
    host.set("size", str(450 * 1024**3))
    assert host.data_disk().returncode == 0


@pytest.mark.parametrize(
    ("answers", "verdict"),
    [
        ({}, "{disk} blank\n"),
        ({"TYPE": "ext4\n", "LABEL": "/mnt/data\n"}, "{disk} ours\n"),
        ({"TYPE": "ext4\n", "LABEL": "/mnt/data\n", "mounted": "{disk}\n"}, "{disk} ours, mounted\n"),
    ],
)
def test_a_check_prints_its_verdict_and_changes_nothing(host: FakeHost, answers: dict[str, str], verdict: str) -> None:
    for name, text in answers.items():
        host.set(name, text.format(disk=host.disk))
    before = host.snapshot()
    result = host.data_disk("--check")
    assert (result.returncode, result.stdout) == (0, verdict.format(disk=host.disk)), result.stderr
    assert host.snapshot() == before
    assert not [call for call in host.calls if call.startswith(("mkfs", "mount ", "resize2fs", "systemctl"))]


@pytest.mark.parametrize("platform", ["aws", "gcp"])
def test_the_clouds_disks_are_checked_for_their_size_too(tmp_path: Path, platform: Platform) -> None:
    places = {
        "aws": {"region": "us-east-1", "zone": "us-east-1a", "disk": HostDisk("/dev/sdb", "xfs", 500)},
        "gcp": {"region": "us-central1", "zone": "us-central1-a", "disk": HostDisk("acme-data", "ext4", 500)},
    }
    host = FakeHost(tmp_path, replace(host_plan(), platform=platform, **places[platform]))
    host.set("size", SMALL)
    assert f"refusing the blank disk {host.disk}" in host.data_disk().stderr
    host.set("size", "536870912000")
    assert host.data_disk().returncode == 0


@pytest.mark.parametrize("plan", [aws_plan(), gcp_plan()], ids=["aws", "gcp"])
def test_the_vendors_image_takes_a_disk_of_any_size(tmp_path: Path, plan) -> None:
    machine = FakeMachine(tmp_path, plan)
    machine.set("size", "1073741824")
    assert machine.run("data-disk").returncode == 0

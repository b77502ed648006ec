"""The data disk is sacred: the rendered script against real devices, real filesystems and real signatures."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest

from tests.real import namespace
from tests.real.foreign import FOREIGN, LABEL, Filesystem, Foreign, label, partition, volume_group
from tests.real.loop import GB, DiskMachine, LoopDisk, run

pytestmark = [
    pytest.mark.slow,
    pytest.mark.real_tool("losetup"),
    pytest.mark.real_tool("nsenter"),
    pytest.mark.real_tool("mkfs.xfs"),
    pytest.mark.real_tool("mkfs.ext4"),
]


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[LoopDisk]:
    with LoopDisk(tmp_path / "data.img") as disk:
        yield disk


def machine(tmp_path: Path, disk: LoopDisk, filesystem: Filesystem = "ext4", size_gb: int = 1) -> DiskMachine:
    """A machine whose plan names this disk."""
    return DiskMachine(tmp_path / "machine", [disk], filesystem=filesystem, named=disk.path, size_gb=size_gb)


# --- what may be mounted -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("filesystem", get_args(Filesystem))
def test_a_blank_disk_is_formatted_once_and_never_again(tmp_path: Path, disk: LoopDisk, filesystem: Filesystem) -> None:
    with machine(tmp_path, disk, filesystem) as host:
        first = host.data_disk()
        assert first.returncode == 0, first.stdout
        assert f"formatting the blank disk {disk.path} with {filesystem}" in first.stdout
        assert host.namespace.check("findmnt", "-no", "SOURCE,FSTYPE,LABEL", LABEL).split() == [
            disk.path,
            filesystem,
            LABEL,
        ]
        host.namespace.check("bash", "-c", "echo precious >/mnt/data/file; sync -f /mnt/data")
        uuid, fstab, before = (
            run("blkid", "-p", "-o", "value", "-s", "UUID", disk.path),
            host.read("/etc/fstab"),
            disk.digest(),
        )

        again = host.data_disk()
        assert again.returncode == 0, again.stdout
        host.namespace.check("sync", "-f", LABEL)
        assert disk.digest() == before
        assert host.read("/etc/fstab") == fstab

        host.unmount()
        booted = host.data_disk()
        assert booted.returncode == 0, booted.stdout
        assert f"{disk.path} holds our {filesystem} filesystem" in booted.stdout
        assert "formatting" not in again.stdout + booted.stdout
        assert host.read("/mnt/data/file") == "precious\n"
        assert run("blkid", "-p", "-o", "value", "-s", "UUID", disk.path) == uuid
        assert host.read("/etc/fstab") == fstab


@pytest.mark.parametrize("wanted", get_args(Filesystem))
@pytest.mark.parametrize("found", get_args(Filesystem))
def test_our_disk_of_another_machine_is_mounted_whatever_the_plan_would_format(
    tmp_path: Path, disk: LoopDisk, found: Filesystem, wanted: Filesystem
) -> None:
    label(found, disk)
    with machine(tmp_path, disk, wanted) as host:
        result = host.data_disk()
        assert result.returncode == 0, result.stdout
        assert "formatting" not in result.stdout
        assert host.namespace.check("findmnt", "-no", "FSTYPE", LABEL) == found
        (line,) = [line.split() for line in host.read("/etc/fstab").splitlines() if LABEL in line]
        assert line[:3] == [f"LABEL={LABEL}", LABEL, found]


def may_resize_ext4() -> bool:
    (found,) = re.findall(r"^CapEff:\s*(\w+)$", Path("/proc/self/status").read_text(), re.MULTILINE)
    return bool(int(found, 16) >> 24 & 1)


@pytest.mark.parametrize("filesystem", get_args(Filesystem))
@pytest.mark.parametrize("mounted", [True, False], ids=["running", "stopped"])
def test_a_filesystem_grows_with_its_disk(
    tmp_path: Path, disk: LoopDisk, filesystem: Filesystem, mounted: bool
) -> None:
    if filesystem == "ext4" and not may_resize_ext4():
        pytest.skip("root has no CAP_SYS_RESOURCE here, without which Linux does not resize a mounted ext4")
    with machine(tmp_path, disk, filesystem) as host:
        assert host.data_disk().returncode == 0
        host.namespace.check("bash", "-c", "echo precious >/mnt/data/file")
        if not mounted:
            host.unmount()
        disk.grow(2 * GB)
        result = host.data_disk()
        assert result.returncode == 0, result.stdout
        assert "WARNING" not in result.stdout.replace("WARNING: udev is still busy", "")
        assert int(host.namespace.check("findmnt", "-bno", "SIZE", LABEL)) > 1.8 * GB
        assert host.read("/mnt/data/file") == "precious\n"


def test_our_disk_is_mounted_even_when_it_is_smaller_than_planned(tmp_path: Path, disk: LoopDisk) -> None:
    label("ext4", disk)
    with machine(tmp_path, disk, size_gb=4) as host:
        result = host.data_disk()
        assert result.returncode == 0, result.stdout
        assert f"WARNING: {disk.path} has 1 GB, and 4 GB are planned" in result.stdout


def test_a_check_of_a_blank_disk_says_so_and_writes_nothing(tmp_path: Path, disk: LoopDisk) -> None:
    before = disk.digest()
    with machine(tmp_path, disk) as host:
        result = host.data_disk("--check")
        assert (result.returncode, result.stdout) == (0, f"{disk.path} blank\n")
    assert disk.digest() == before


def test_a_format_that_was_cut_short_is_neither_mounted_nor_repeated(tmp_path: Path, disk: LoopDisk) -> None:
    """mkfs.ext4 writes the superblock last: what it has written before is data that no tool knows."""
    label("ext4", disk)
    disk.write(0, bytes(4096))
    with machine(tmp_path, disk) as host:
        must_refuse(host, disk, f"refusing the disk {disk.path}: it holds data without a known signature")


@pytest.mark.real_tool("xfs_db")
def test_an_xfs_format_that_was_cut_short_is_neither_mounted_nor_repeated(tmp_path: Path, disk: LoopDisk) -> None:
    """mkfs.xfs writes the label first, with a mark that it takes away last, so that the disk looks like ours."""
    label("xfs", disk)
    run("xfs_db", "-x", "-c", "sb 0", "-c", "write inprogress 1", disk.path)
    with machine(tmp_path, disk, "xfs") as host:
        before = disk.digest()
        result = host.data_disk()
        assert result.returncode == 1
        assert f"{disk.path} could not be mounted at /mnt/data" in result.stdout
        assert disk.digest() == before


def test_an_absent_disk_is_named_after_the_wait(tmp_path: Path) -> None:
    with DiskMachine(tmp_path, [], named="/dev/disk/by-id/moorage-none") as host:
        assert host.data_disk("--check").returncode == 3
        result = host.data_disk()
        assert result.returncode == 1
        assert "the data disk /dev/disk/by-id/moorage-none did not appear" in result.stdout


# --- what is refused -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("foreign", FOREIGN.values(), ids=FOREIGN)
def test_a_disk_that_holds_anything_else_is_refused_and_not_a_byte_changes(
    tmp_path: Path, disk: LoopDisk, foreign: Foreign
) -> None:
    if shutil.which(foreign.tool, path=namespace.PATH) is None:
        pytest.skip(f"{foreign.tool} is not installed; .ci/run installs it")
    foreign.make(disk)
    with machine(tmp_path, disk) as host:
        must_refuse(
            host, disk, f"refusing the disk {disk.path}: it holds", foreign.named, "only a blank disk is ever formatted"
        )


def must_refuse(host: DiskMachine, disk: LoopDisk, *named: str) -> None:
    """A check and a run both refuse with these words, and neither writes to the disk or mounts it."""
    before, log = disk.digest(), Path("/var/log/moorage-start.log")
    host.namespace.check("rm", "-f", str(log))
    check = host.data_disk("--check")
    assert not host.namespace.path(log).exists()  # a check writes nothing, its log included
    result = host.data_disk()
    assert (check.returncode, result.returncode) == (1, 1), check.stdout + result.stdout
    assert host.read(str(log)) == result.stdout
    for words in named:
        assert words in check.stdout
        assert words in result.stdout
    assert host.namespace.run("findmnt", LABEL).stdout == ""
    assert disk.digest() == before


@pytest.mark.real_tool("lvcreate")
def test_an_active_volume_is_refused(tmp_path: Path, disk: LoopDisk) -> None:
    group = volume_group(disk)
    try:
        run("lvcreate", "--quiet", "--yes", "--devices", disk.path, "--size", "50M", "--name", "volume", group)
    except RuntimeError as error:
        if "device-mapper" not in str(error):
            raise
        pytest.skip("this kernel has no device mapper, so that no volume can be active")
    try:
        with machine(tmp_path, disk) as host:
            must_refuse(host, disk, f"refusing the disk {disk.path}: it holds partitions or volumes")
    finally:
        run("vgchange", "--activate", "n", "--devices", disk.path, group)


def test_a_partition_is_refused_in_place_of_its_disk(tmp_path: Path, disk: LoopDisk) -> None:
    partition(disk, "dos")
    subprocess.run(["partx", "--add", disk.path], capture_output=True)
    part = Path(f"{disk.path}p1")
    if not part.is_block_device():
        pytest.skip("this kernel makes no partitions of loop devices")
    try:
        with DiskMachine(tmp_path / "machine", [disk], named=str(part)) as host:
            must_refuse(host, disk, f"refusing {part}: it is a 'part', not a whole disk")
    finally:
        run("partx", "--delete", disk.path)


def test_a_blank_disk_that_is_too_small_is_refused(tmp_path: Path, disk: LoopDisk) -> None:
    with machine(tmp_path, disk, size_gb=2) as host:
        must_refuse(host, disk, f"refusing the blank disk {disk.path}: it has 1 GB, and 2 GB are planned")


def test_a_read_only_disk_is_refused(tmp_path: Path) -> None:
    with LoopDisk(tmp_path / "data.img", read_only=True) as disk, machine(tmp_path, disk) as host:
        must_refuse(host, disk, f"refusing {disk.path}: it is read-only")


def test_a_disk_that_is_mounted_elsewhere_is_refused(tmp_path: Path, disk: LoopDisk) -> None:
    label("ext4", disk)
    with machine(tmp_path, disk) as host:
        host.namespace.check("mkdir", "/mnt/elsewhere")
        host.namespace.check("mount", "-o", "ro", disk.path, "/mnt/elsewhere")
        must_refuse(host, disk, f"refusing the disk {disk.path}: it is mounted at /mnt/elsewhere")


def test_the_root_disk_is_refused(tmp_path: Path) -> None:
    source = run("findmnt", "--noheadings", "--output", "SOURCE", "/")
    if not Path(source).is_block_device():
        pytest.skip(f"the root of this machine is no disk but '{source}'")
    *_, root = run("lsblk", "--inverse", "--noheadings", "--list", "--output", "PATH", source).splitlines()
    with DiskMachine(tmp_path, [], named=root) as host:
        result = host.data_disk("--check")  # which never writes, whatever it thinks of the disk
    assert result.returncode == 1
    assert f"refusing {root}: it is the root disk" in result.stdout


# --- which disk, where the plan names none -------------------------------------------------------------------------


@pytest.fixture
def two_disks(tmp_path: Path) -> Iterator[list[LoopDisk]]:
    source = run("findmnt", "--noheadings", "--output", "SOURCE", "/")
    if not Path(source).is_block_device():
        pytest.skip(f"the root of this machine is no disk but '{source}', so that no disk is chosen without a name")
    with LoopDisk(tmp_path / "first.img") as first, LoopDisk(tmp_path / "second.img") as second:
        yield [first, second]


def test_the_only_disk_beside_the_root_disk_is_the_data_disk(tmp_path: Path, two_disks: list[LoopDisk]) -> None:
    first, second = two_disks
    before = second.digest()
    with DiskMachine(tmp_path / "machine", [first]) as host:
        result = host.data_disk()
        assert result.returncode == 0, result.stdout
        assert host.namespace.check("findmnt", "-no", "SOURCE", LABEL) == first.path
        assert host.data_disk().returncode == 0  # and it stays so once it is mounted
    assert second.digest() == before


def test_of_two_blank_disks_neither_is_taken(tmp_path: Path, two_disks: list[LoopDisk]) -> None:
    with DiskMachine(tmp_path / "machine", two_disks) as host:
        for disk in two_disks:
            must_refuse(host, disk, "refusing to choose between the disks", disk.path, "deployment.data_disk_device")


def test_of_two_disks_the_one_that_is_ours_is_taken(tmp_path: Path, two_disks: list[LoopDisk]) -> None:
    blank, ours = two_disks
    label("ext4", ours)
    before = blank.digest()
    with DiskMachine(tmp_path / "machine", two_disks) as host:
        result = host.data_disk()
        assert result.returncode == 0, result.stdout
        assert host.namespace.check("findmnt", "-no", "SOURCE", LABEL) == ours.path
    assert blank.digest() == before


def test_of_two_disks_that_are_ours_neither_is_taken(tmp_path: Path, two_disks: list[LoopDisk]) -> None:
    for disk in two_disks:
        label("ext4", disk)
    with DiskMachine(tmp_path / "machine", two_disks) as host:
        for disk in two_disks:
            must_refuse(host, disk, "refusing to choose between the disks", disk.path)

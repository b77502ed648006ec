"""What a disk may hold that is somebody's: made with the real tools, and how the log must call it."""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from tests.real.loop import GB, LoopDisk, run

LABEL = "/mnt/data"
Filesystem = Literal["xfs", "ext4"]


def label(filesystem: Filesystem, disk: LoopDisk, name: str = LABEL) -> None:
    """Make a filesystem with a label, which is ours unless it is given."""
    run(f"mkfs.{filesystem}", "-q", "-L", name, disk.path)


def partition(disk: LoopDisk, table: Literal["gpt", "dos"]) -> None:
    """One partition from 1 MiB to the end. The kernel of some test machines cannot read it again, which does not matter."""
    run("sfdisk", "--quiet", "--no-reread", "--no-tell-kernel", disk.path, text=f"label: {table}\n2048,\n")


def partition_with_data(disk: LoopDisk) -> None:
    partition(disk, "gpt")
    run("mkfs.ext4", "-q", "-E", f"offset={1 << 20}", "-L", LABEL, disk.path, "500M")


def volume_group(disk: LoopDisk) -> str:
    """LVM without an active volume, where nothing but what is on the disk tells. Returns the group's name."""
    group = f"moorage-test-{Path(disk.path).name}"
    run("pvcreate", "--quiet", "--yes", "--devices", disk.path, disk.path)
    run("vgcreate", "--quiet", "--devices", disk.path, group, disk.path)
    return group


def luks(disk: LoopDisk, version: str) -> None:
    options = ["--batch-mode", "--type", version, "--pbkdf", "pbkdf2", "--pbkdf-force-iterations", "1000"]
    run("cryptsetup", "luksFormat", *options, disk.path, "-", text="a passphrase")


def raid_member(disk: LoopDisk) -> None:
    """What `mdadm --create --level=1 --metadata=1.2` writes, without the kernel's driver, which not every kernel has.

    The layout is struct mdp_superblock_1 of Linux' include/uapi/linux/raid/md_p.h, read 2026-11-22: the superblock lies
    at 4 KiB, and its checksum is the folded sum of its 32-bit words.
    """
    block = bytearray(260)
    struct.pack_into(
        "<IIII16s32sQIIQII",
        block,
        0,
        0xA92B4EFC,
        1,
        0,
        0,
        b"moorage-test-md0",
        b"host:0",
        1,
        1,
        0,
        GB // 512 - 2048,
        0,
        2,
    )
    struct.pack_into("<QQQ", block, 128, 2048, GB // 512 - 2048, 8)  # data_offset, data_size, super_offset
    struct.pack_into("<QQQII", block, 192, 1, 1, 0, 0, 2)  # utime, events, resync_offset, sb_csum, max_dev
    struct.pack_into("<HH", block, 256, 0, 0xFFFE)  # roles
    total = sum(struct.unpack("<65I", block))
    struct.pack_into("<I", block, 216, (total & 0xFFFFFFFF) + (total >> 32) & 0xFFFFFFFF)
    disk.write(4096, bytes(block))


@dataclass(frozen=True)
class Foreign:
    """Content that is somebody's, and how the log must call it."""

    make: Callable[[LoopDisk], object]
    named: str
    tool: str = "blkid"


FOREIGN = {
    "ext4": Foreign(lambda disk: label("ext4", disk, "home"), "ext4 labelled 'home'"),
    "xfs": Foreign(lambda disk: label("xfs", disk, "home"), "xfs labelled 'home'"),
    "ext4 without a label": Foreign(lambda disk: run("mkfs.ext4", "-q", disk.path), "ext4 labelled ''"),
    "ext3 with our label": Foreign(
        lambda disk: run("mkfs.ext3", "-q", "-L", LABEL, disk.path), f"ext3 labelled '{LABEL}'"
    ),
    "vfat": Foreign(lambda disk: run("mkfs.vfat", "-n", "STICK", disk.path), "vfat labelled 'STICK'", "mkfs.vfat"),
    "btrfs with our label": Foreign(
        lambda disk: run("mkfs.btrfs", "-q", "-L", LABEL, disk.path), f"btrfs labelled '{LABEL}'", "mkfs.btrfs"
    ),
    "swap": Foreign(lambda disk: run("mkswap", "-L", LABEL, disk.path), f"swap space labelled '{LABEL}'", "mkswap"),
    "gpt": Foreign(lambda disk: partition(disk, "gpt"), "a partition table (gpt)", "sfdisk"),
    "dos": Foreign(lambda disk: partition(disk, "dos"), "a partition table (dos)", "sfdisk"),
    "a partition with data": Foreign(partition_with_data, "a partition table (gpt)", "sfdisk"),
    "an LVM physical volume": Foreign(
        lambda disk: run("pvcreate", "--quiet", "--yes", "--devices", disk.path, disk.path), "LVM2_member", "pvcreate"
    ),
    "an LVM volume group": Foreign(volume_group, "an LVM physical volume (LVM2_member)", "vgcreate"),
    "LUKS 1": Foreign(lambda disk: luks(disk, "luks1"), "an encrypted volume (crypto_LUKS)", "cryptsetup"),
    "LUKS 2": Foreign(lambda disk: luks(disk, "luks2"), "an encrypted volume (crypto_LUKS)", "cryptsetup"),
    "a RAID member": Foreign(raid_member, "a member of a RAID (linux_raid_member)"),
    "zeros but for one byte": Foreign(lambda disk: disk.write(1_000_000, b"x"), "data without a known signature"),
    "the start of a file": Foreign(lambda disk: disk.write(0, b"\x7fELF" * 100), "data without a known signature"),
}

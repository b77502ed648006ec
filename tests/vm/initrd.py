"""The memory disk that a test machine boots from: the drivers of its disks, and the way to its root filesystem.

The distribution's own starts udev and looks at all hardware, which takes seven seconds in software emulation; this one
takes half a second. Nothing that the tests look at happens in it.
"""

from __future__ import annotations

import re
import stat
from collections.abc import Iterable
from pathlib import Path

ROOT_VARIABLE = "moorage_root"
"""Name of the kernel parameter that says which partition the root filesystem is."""

_MODULES = "virtio_pci virtio_blk virtio_scsi sd_mod"
"""Beside NVMe and ext4, which are built into the kernel."""
# SCSI disks get their names side by side, so that now and then the second one is sda. Here each waits for the one before.
INIT = f"""#!/bin/busybox sh
root=${ROOT_VARIABLE}
unset {ROOT_VARIABLE}
/bin/busybox mount -t devtmpfs dev /dev
/bin/busybox mount -t sysfs sys /sys
scsi=/sys/bus/scsi
while read -r module; do
  /bin/busybox insmod "$module"
  [ "$module" != /scsi_mod.ko ] || echo 0 >$scsi/drivers_autoprobe
done </modules
for disk in $scsi/devices/*:*:*:*; do echo "${{disk##*/}}" >$scsi/drivers/sd/bind; done
echo 1 >$scsi/drivers_autoprobe
/bin/busybox umount /sys
until [ -b "$root" ]; do /bin/busybox usleep 10000; done
/bin/busybox mount -t ext4 "$root" /root
/bin/busybox mount --move /dev /root/dev
exec /bin/busybox switch_root /root /sbin/init
"""


def initrd(tree: Path) -> bytes:
    """The archive for the kernel, uncompressed, from the busybox and the modules of a system's tree."""
    (library,) = (tree / "lib/modules").iterdir()
    modules = list(_in_order((library / "modules.dep").read_text()))
    entries = [(name, stat.S_IFDIR | 0o755, b"") for name in ("bin", "dev", "root", "sys")]
    entries.append(("bin/busybox", stat.S_IFREG | 0o755, (tree / "bin/busybox").read_bytes()))
    entries.append(("init", stat.S_IFREG | 0o755, INIT.encode()))
    entries.append(("modules", stat.S_IFREG | 0o644, "".join(f"/{Path(name).name}\n" for name in modules).encode()))
    entries += [(Path(name).name, stat.S_IFREG | 0o644, (library / name).read_bytes()) for name in modules]
    return b"".join(_entry(*entry) for entry in [*entries, ("TRAILER!!!", 0, b"")])


def _in_order(dependencies: str) -> Iterable[str]:
    """Paths of the modules, each behind those that it needs, which modules.dep lists from the last to the first."""
    found: dict[str, None] = {}
    for name in _MODULES.split():
        line = re.search(rf"^\S*/{name}\.ko:.*$", dependencies, re.MULTILINE)
        assert line is not None, f"the kernel has no module {name}"
        path, *needed = line.group().split()
        found.update(dict.fromkeys([*reversed(needed), path.rstrip(":")]))
    return found


def _entry(name: str, mode: int, content: bytes) -> bytes:
    """One file of a cpio archive in the format "newc" (Linux, Documentation/driver-api/early-userspace/buffer-format)."""
    encoded = name.encode() + b"\0"
    fields = (0, mode, 0, 0, 1, 0, len(content), 0, 0, 0, 0, len(encoded), 0)
    header = b"070701" + b"".join(b"%08X" % field for field in fields) + encoded
    return header + b"\0" * (-len(header) % 4) + content + b"\0" * (-len(content) % 4)

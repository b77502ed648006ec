"""Sparse files as disks, by loop devices, and a machine whose data disk they are."""

from __future__ import annotations

import hashlib
import os
import subprocess
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

from recommender.host import HostDisk
from templates import host_files
from tests.plans import host_plan
from tests.real import namespace

GB = 1 << 30
_CHUNK = 1 << 20


def unavailable() -> str:
    """Why tests cannot have disks here, or nothing."""
    if reason := namespace.unavailable():
        return reason
    found = subprocess.run(["losetup", "--find"], capture_output=True, text=True)
    return "" if found.returncode == 0 else f"there are no loop devices here: {found.stderr.strip()}"


class LoopDisk:
    """A block device that is a sparse file. The kernel lets go of it when this process and every mount have."""

    def __init__(self, image: Path, size: int = GB, *, read_only: bool = False) -> None:
        self.image = image
        with image.open("ab") as file:
            file.truncate(size)
        option = ["--read-only"] if read_only else []
        self.path = run("losetup", "--find", "--show", *option, str(image))
        self._held = os.open(self.path, os.O_RDONLY)
        run("losetup", "--detach", self.path)  # comes into effect when nobody has it open any more

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.close(self._held)

    def grow(self, size: int) -> None:
        """Make the disk larger, as a cloud does under a running machine."""
        os.truncate(self.image, size)
        run("losetup", "--set-capacity", self.path)

    def write(self, offset: int, data: bytes) -> None:
        """Write to the raw disk."""
        with open(self.path, "r+b", buffering=0) as device:  # noqa: PTH123 - a device is no file with a size
            device.seek(offset)
            device.write(data)

    def digest(self) -> str:
        """SHA-256 of everything on the disk, where a hole counts as the zeros that it reads as."""
        os.fsync(self._held)
        found = hashlib.sha256()
        with self.image.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            position = 0
            while position < size:
                try:
                    position = os.lseek(file.fileno(), position, os.SEEK_DATA) // _CHUNK * _CHUNK
                except OSError:  # ENXIO: nothing but holes follows
                    break
                file.seek(position)
                chunk = file.read(_CHUNK)
                if chunk.count(0) != len(chunk):
                    found.update(b"%d:%d:" % (position, len(chunk)) + chunk)
                position += len(chunk)
        return f"{size}:{found.hexdigest()}"


class DiskMachine:
    """This machine with its own /mnt, /etc and /var/log, where the rendered data disk script runs for real.

    Whole disks of the host are hidden, so that even a script gone wrong finds nothing to format but the test's own.
    """

    def __init__(
        self,
        directory: Path,
        disks: list[LoopDisk],
        *,
        filesystem: Literal["xfs", "ext4"] = "ext4",
        named: str | None = None,
        size_gb: int = 1,
    ) -> None:
        """Render the script and enter the namespace.

        Args:
            directory: for the script and the stand-in commands.
            disks: what lsblk lists as the machine's disks beside the root disk.
            filesystem: of the plan.
            named: the plan's data device; None: the plan names none.
            size_gb: of the plan.
        """
        self._stack = ExitStack()
        self._tree, self._bin = directory / "tree", directory / "bin"
        plan = host_plan(disk=HostDisk(device=named, filesystem=filesystem, size_gb=size_gb))
        for file in host_files.files(replace(plan, memory_gb=1)):
            path = self._tree / file.path.lstrip("/")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(file.text)
        self._write_stand_ins([disk.path.removeprefix("/dev/") for disk in disks])
        self.namespace = self._stack.enter_context(namespace.Namespace(_SETUP))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def _write_stand_ins(self, names: list[str]) -> None:
        """A listing of all disks shows the test's, and as disks: lsblk calls them loop devices. The rest is real."""
        listing = f"/usr/bin/lsblk \"$@\" | sed -En 's/^({'|'.join(names)})( +)loop /\\1\\2disk /p'"
        texts = {
            "lsblk": f'case "$*" in *NAME,TYPE,SIZE) {listing} ;; *) exec /usr/bin/lsblk "$@" ;; esac',
            "systemctl": "exit 0",
        }
        self._bin.mkdir(parents=True)
        for name, text in texts.items():
            (self._bin / name).write_text(f"#!/bin/sh\n{text}\n")
            (self._bin / name).chmod(0o755)

    def data_disk(self, *options: str) -> subprocess.CompletedProcess[str]:
        """Run the data disk script."""
        script = str(self._tree / "usr/local/lib/moorage/data-disk")
        environment = {"PATH": f"{self._bin}:{namespace.PATH}", "MOORAGE_WAIT_SECONDS": "0"}
        return self.namespace.run("bash", script, *options, environment=environment)

    def unmount(self) -> None:
        """What a shutdown does to the data disk."""
        self.namespace.check("umount", "/mnt/data")

    def read(self, path: str) -> str:
        return self.namespace.path(path).read_text()


# The host's /etc stays visible, for links such as awk's; the kernel allows an overlay's upper directory on a tmpfs.
_SETUP = """
root=$(findmnt --noheadings --output SOURCE /)
roots=$(lsblk --inverse --noheadings --list --output NAME "$root" 2>/dev/null || true)
lsblk --nodeps --noheadings --output NAME,TYPE | while read -r name type; do
  [[ $type != disk || ! -b /dev/$name || $'\\n'$roots$'\\n' == *$'\\n'$name$'\\n'* ]] ||
    mount --bind /dev/null "/dev/$name"
done
mount -t tmpfs -o mode=755 none /mnt
mkdir /mnt/data /mnt/etc /mnt/work
mount -t overlay -o lowerdir=/etc,upperdir=/mnt/etc,workdir=/mnt/work none /etc
mount -t tmpfs none /var/log
echo 'UUID=1  /  ext4  defaults  0  0' >/etc/fstab
"""


def run(*command: str, text: str = "", timeout: float = 120) -> str:
    """The output of a command that must succeed, without white space around it.

    Raises:
        RuntimeError: it failed. The message has what it said.
    """
    environment = {**os.environ, "PATH": namespace.PATH, "LC_ALL": "C"}
    result = subprocess.run(command, input=text, capture_output=True, text=True, env=environment, timeout=timeout)
    if result.returncode != 0:
        raise RuntimeError(f"{' '.join(command)} ended with {result.returncode}: {result.stderr}")
    return result.stdout.strip()

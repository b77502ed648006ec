"""A Debian system in namespaces of its own, on which the rendered bundle of a plan is installed for real.

What would be the internet, systemd, Docker and Kubernetes are stand-ins that record how they were called; disks,
filesystems, mounts, sockets and every command of the system are real.
"""

from __future__ import annotations

import hashlib
import os
import stat
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pytest

from recommender.host import HostDisk, Software, Sources
from templates.bundle import make_bundle
from tests.plans import host_plan
from tests.real.downloads import Internet, software
from tests.real.loop import LoopDisk
from tests.real.namespace import PATH, Namespace
from tests.real.rootfs import base_tree, write_layer
from tests.real.runs import Run

REQUIRES = [
    pytest.mark.slow,
    *(pytest.mark.real_tool(tool) for tool in ("debootstrap", "losetup", "nsenter", "ip")),
]
"""Marks of every test that uses a machine."""

LOG = "/var/log/moorage-start.log"
INSTALLER = "/srv/bundle/install.sh"
_DEVICE = "/dev/disk/by-id/moorage-data"
_ROOT, _UPPER = "/mnt/root", "/mnt/upper"
_KINDS = ("--mount", "--pid", "--net", "--uts", "--ipc")
_SETUP = """
mount -t tmpfs -o mode=755 none /mnt
mkdir /mnt/root /mnt/upper /mnt/work
mount -t overlay -o lowerdir={layer}:{base},upperdir=/mnt/upper,workdir=/mnt/work none /mnt/root
cd /mnt/root
mount -t proc none proc
mount --bind proc/sys proc/sys
mount -o remount,bind,ro proc/sys
# The kernel is the host's: what is set of it goes to files.
for name in vm/max_map_count fs/inotify/max_user_watches; do
  echo 65530 >"/mnt/${{name##*/}}"
  mount --bind "/mnt/${{name##*/}}" "proc/sys/$name"
done
mount -t sysfs -o ro none sys
mount -t tmpfs none sys/fs/cgroup
touch sys/fs/cgroup/cgroup.controllers
mount -t tmpfs -o mode=755 none run
mkdir -p run/systemd/system run/stand-ins
mount -t tmpfs -o mode=755 none dev
mknod dev/null c 1 3
mknod dev/zero c 1 5
mknod dev/urandom c 1 9
mknod dev/tty c 5 0
chmod 666 dev/*
ln -s /proc/self/fd dev/fd
cp --archive {disk} dev/
mkdir -p dev/disk/by-id
ln -s {disk} dev/disk/by-id/moorage-data
mount --bind {bundle} srv/bundle
ip link set lo up
hostname machine
"""

Tree = dict[str, tuple[object, ...]]


class Machine:
    """A fresh system with a blank data disk, the bundle in /srv/bundle, and an internet that has what is pinned."""

    def __init__(self, directory: Path, target: Software, *, mirror: str | None = None, **changes: Any) -> None:
        """Render the bundle and start the namespaces.

        Args:
            directory: a directory for this machine alone.
            target: what the bundle installs.
            mirror: of the plan.
            changes: fields of the plan.
        """
        directory.mkdir(exist_ok=True)
        self._stack = ExitStack()
        self.disk = self._stack.enter_context(LoopDisk(directory / "data.img"))
        files = software(target)
        sources = Sources(tuple(pinned for pinned, _ in files.values()), mirror, None)
        small = {"vcpu": 1, "memory_gb": 1, "root_disk_gb": 1, "disk": HostDisk(_DEVICE, "ext4", 1)}
        self.plan = host_plan(target, **{"sources": sources, **small, **changes})
        self._bundle, layer, base = directory / "bundle", directory / "layer", base_tree()
        self._write_bundle()
        write_layer(layer)
        setup = _SETUP.format(layer=layer, base=base, disk=self.disk.path, bundle=self._bundle)
        self._namespace = self._stack.enter_context(Namespace(setup, _KINDS))
        pair = (base / "etc/ssl/stand-in.crt", base / "etc/ssl/stand-in.key")
        served = {pinned.file: content for pinned, content in files.values()}
        self.internet = self._stack.enter_context(Internet(served, self._namespace.pid, *pair))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def _write_bundle(self) -> None:
        bundle = make_bundle(self.plan)
        for file in (*bundle.generated, *bundle.user):
            path = self._bundle / file.path
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(file.text)
            path.chmod(int(file.mode, 8))

    @property
    def steps(self) -> list[str]:
        """Names of the start script's steps, in order."""
        script = self._bundle / "files/usr/local/lib/moorage/start"
        lines = script.read_text().splitlines()
        return [line.split('"')[1] for line in lines if line.startswith('step "')]

    # --- running ---------------------------------------------------------------------------------------------------

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        """Run a command on the machine to its end, with no terminal."""
        return self._namespace.run("chroot", _ROOT, *command, environment=_ENVIRONMENT)

    def install(self, *options: str) -> str:
        """Run the bundle's installer, which must succeed. Returns what it said."""
        return self._install(0, *options)

    def refuse(self, *options: str) -> str:
        """Run the bundle's installer, which must refuse. Returns what it said."""
        return self._install(1, *options)

    def _install(self, status: int, *options: str) -> str:
        result = self.run("bash", INSTALLER, *options)
        assert result.returncode == status, result.stdout
        return result.stdout

    def reboot(self) -> subprocess.CompletedProcess[str]:
        """Forget what is in memory, and start as systemd does: with little more than a PATH in the environment."""
        script = "kill -9 -1; sleep 0.2; umount /mnt/data; rm -rf /run/moorage /run/stand-ins/*"
        self.run("bash", "-c", script)
        return self.run("env", "-i", f"PATH={PATH}", "/usr/local/lib/moorage/start")

    def start_install(self, *options: str, stdin: int = subprocess.DEVNULL) -> Run:
        """Start the bundle's installer, in a process group of its own."""
        return Run(self._namespace.command("chroot", _ROOT, "bash", INSTALLER, *options), _ENVIRONMENT, stdin)

    def kill_install_at(self, words: str) -> None:
        """Run the installer, and kill all of it as soon as it says `words`."""
        with self.start_install() as run:
            assert run.says(words), f"the installer ended and never said '{words}':\n{run.said}"

    def kill_install_when_it_logs(self, line: str) -> None:
        """Run the installer, and kill all of it when it has logged this line and before it does anything more."""
        self.write("/run/stand-ins/stop-at", line.encode())
        self.kill_install_at(line)
        self.path("/run/stand-ins/stop-at").unlink()

    def kill_install_while_it_fetches(self, file: str) -> None:
        """Run the installer, and kill all of it when half of this file has come."""
        self.internet.stall_at(file)
        with self.start_install():
            stalled = self.internet.stalled.wait(60)
        self.internet.go_on()
        assert stalled, f"{file} was not asked for"

    # --- looking ---------------------------------------------------------------------------------------------------

    def path(self, path: str) -> Path:
        """A file of the machine, for this process to read or write."""
        return self._namespace.path(_ROOT + path)

    def write(self, path: str, content: bytes, mode: int = 0o644) -> None:
        file = self.path(path)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
        file.chmod(mode)

    @property
    def log(self) -> str:
        return self.path(LOG).read_text()

    @property
    def calls(self) -> str:
        """Every call of a stand-in: its name and arguments in one line, its environment in the next."""
        path = self.path("/run/stand-ins/calls")
        return path.read_text() if path.exists() else ""

    def files(self) -> Iterator[tuple[str, Path]]:
        """Every file that is other than on the fresh system, in memory and in logs too: its name, and its path here."""
        for place, prefix in ((_UPPER, ""), (f"{_ROOT}/mnt/data", "/mnt/data"), (f"{_ROOT}/run", "/run")):
            top = self._namespace.path(place)
            for path in _walk(top):
                if stat.S_ISREG(path.lstat().st_mode):
                    yield f"{prefix}/{path.relative_to(top)}", path

    def tree(self, *, touched: bool = False) -> Tree:
        """All that is other than on the fresh system, and all that the data disk holds: path to mode and content.

        Args:
            touched: also tell the files that were written anew with what they had already.
        """
        found: Tree = {}
        for place, prefix in (
            (_UPPER, ""),
            (f"{_ROOT}/mnt/data", "/mnt/data"),
            (f"{_ROOT}/run/moorage", "/run/moorage"),
        ):
            top = self._namespace.path(place)
            # What is in memory is written at each start, from where it was kept.
            known = touched and prefix != "/run/moorage"
            for path in _walk(top):
                name = f"{prefix}/{path.relative_to(top)}"
                if not name.startswith(("/var/log", "/tmp", "/mnt/data/lost+found")):
                    found[name] = _properties(path, touched=known)
        return found


_ENVIRONMENT = {
    "PATH": PATH,
    "LC_ALL": "C",
    "HOME": "/root",
    "CURL_CA_BUNDLE": "/etc/ssl/stand-in.crt",
    "MOORAGE_POLL_SECONDS": "0.1",
    "MOORAGE_WAIT_SECONDS": "0",
    "MOORAGE_READY_SECONDS": "20",
}


def _walk(top: Path) -> Iterator[Path]:
    for directory, folders, files in os.walk(top):
        for name in (*folders, *files):
            yield Path(directory, name)


def _properties(path: Path, *, touched: bool) -> tuple[object, ...]:
    status = path.lstat()
    properties: list[object] = [stat.filemode(status.st_mode), status.st_uid]
    if path.is_symlink():
        properties.append(str(path.readlink()))
    elif stat.S_ISREG(status.st_mode):
        properties.append(hashlib.sha256(path.read_bytes()).hexdigest())
    if touched:
        properties += [status.st_mtime_ns, status.st_ino]
    return tuple(properties)

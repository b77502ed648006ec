"""A virtual machine of one test: booted with user data and disks, driven through a root shell, always killed.

    with VirtualMachine(base_image(), tmp_path, user_data(plan), disks=[disk], root_bus="nvme") as machine:
        machine.boot()
        machine.wait_for_cloud_init()
        assert machine.check("findmnt -no FSTYPE /mnt/data") == "xfs"

Start and use a machine in one thread: the kernel kills qemu when the thread that started it ends, however it ends.
"""

from __future__ import annotations

import base64
import json
import re
import socket
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self

from tests.vm.image import KERNEL_ARGUMENTS, ROOT_OFFSET, SHELL_PORT, Image
from tests.vm.initrd import ROOT_VARIABLE

BOOT_SECONDS = 600.0
"""How long any wait for a machine may take: many times what an idle host needs, because tests share its cores."""

Bus = Literal["nvme", "scsi", "virtio"]
_DEVICE: dict[Bus, str] = {"nvme": "nvme", "scsi": "scsi-hd", "virtio": "virtio-blk-pci"}
_ROOT: dict[Bus, str] = {"nvme": "/dev/nvme0n1p1", "scsi": "/dev/sda1", "virtio": "/dev/vda1"}
_LINES = 60
_ESCAPES = re.compile(r"\x1b(\[[0-9;?]*[A-Za-z]|M)")


class MachineError(AssertionError):
    """The machine did not do what the test waits for. The message carries its console and its logs."""


@dataclass(frozen=True, slots=True)
class Disk:
    """A disk beside the root disk.

    An `nvme` disk whose serial number begins with `vol` gets the links of an EBS volume, and /dev/sdb if it also ends
    in `sdb`. A `scsi` disk gets the link google-SERIAL of a persistent disk.
    """

    path: Path
    """A raw image."""
    bus: Bus
    serial: str


@dataclass(frozen=True, slots=True)
class ExtraFile:
    """A file on the root disk before the first boot. Its directories are created."""

    path: str
    content: bytes
    mode: int = 0o644
    owner: int = 0
    """User and group id."""


def blank_disk(path: Path, size: int = 1 << 30) -> Path:
    """Create a sparse file of zeros."""
    with path.open("wb") as file:
        file.truncate(size)
    return path


def read_file(disk: Path, path: str, offset: int = 0) -> str:
    """The text of a file on an ext4 disk that no machine uses, read without mounting; empty when there is none."""
    return _debugfs(disk, offset, "-R", f"cat {path}")


class VirtualMachine:
    """One machine, with a root disk of its own that goes when the `with` block ends."""

    def __init__(
        self,
        image: Image,
        directory: Path,
        user_data: str,
        *,
        disks: Sequence[Disk] = (),
        files: Sequence[ExtraFile] = (),
        root_bus: Bus = "virtio",
        memory_mb: int = 1024,
        cpus: int = 1,
    ) -> None:
        """Prepare the root disk; `boot` starts the machine.

        Args:
            image: from `base_image()`.
            directory: a directory for this machine alone; `console.log` stays there.
            user_data: text for cloud-init, which gets it as a NoCloud seed with the directory's name as instance id.
            disks: attached from the first boot on.
            files: put on the root disk, over what the image has.
            root_bus: the bus of the root disk, whose serial number imitates the cloud's.
            memory_mb: memory in MiB.
            cpus: processors. Emulating a second one made a boot cost a quarter more (28 s of processor time, not 22).
        """
        directory.mkdir(parents=True, exist_ok=True)
        self.console = directory / "console.log"
        self.boot_seconds: list[float] = []
        """How long each boot took, from power on to the end of cloud-init."""
        self._directory = directory
        self._root_disk = directory / "root.img"
        self._image = image
        self._size = ["-m", str(memory_mb), "-smp", str(cpus)]
        self._process: subprocess.Popen[bytes] | None = None
        self._shell: _Shell | None = None
        self._began = 0.0
        serial = {"nvme": "vol0root", "scsi": "persistent-disk-0", "virtio": "root"}[root_bus]
        self._disks = (Disk(self._root_disk, root_bus, serial), *disks)
        copy = ["cp", "--sparse=always", "--reflink=auto", str(image.root_disk), str(self._root_disk)]
        subprocess.run(copy, check=True, timeout=BOOT_SECONDS)
        seed = "/var/lib/cloud/seed/nocloud"
        metadata = json.dumps({"instance-id": f"i-{directory.name}"})
        own = [ExtraFile(f"{seed}/user-data", user_data.encode()), ExtraFile(f"{seed}/meta-data", metadata.encode())]
        _install(self._root_disk, [*own, *files])

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None and not isinstance(error, MachineError):
            print(self.report())
        self.kill()
        self._root_disk.unlink(missing_ok=True)

    def boot(self) -> None:
        """Start the machine and wait until its root shell answers; services are still starting then."""
        ours, theirs = socket.socketpair()
        self._began = time.monotonic()
        with theirs, (self._directory / "qemu.log").open("ab") as log:
            command = self._command(theirs.fileno())
            self._process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, pass_fds=[theirs.fileno()]
            )
        self._shell = _Shell(ours)
        self._wait_for_shell()

    def wait_for_cloud_init(self, timeout: float = BOOT_SECONDS) -> dict[str, Any]:
        """Wait for the end of cloud-init and return its result: `errors` is a list, `datasource` a text."""
        self.wait_for("test -e /run/cloud-init/result.json", timeout)
        self.boot_seconds.append(time.monotonic() - self._began)
        result: dict[str, Any] = json.loads(self.check("cat /run/cloud-init/result.json"))["v1"]
        return result

    def wait_for(self, command: str, timeout: float = BOOT_SECONDS) -> None:
        """Wait until the command ends with status 0, tried about every second."""
        status, _ = self.run(f"until {{ {command}\n}} >/dev/null 2>&1; do sleep 0.7; done", timeout)
        if status != 0:
            raise self._error(f"waited {timeout:.0f} s in vain for: {command}")

    def check(self, command: str, timeout: float = 60) -> str:
        """The output of a command that must succeed, without the last line's end."""
        status, output = self.run(command, timeout)
        if status != 0:
            raise self._error(f"status {status} from: {command}\n{output}")
        return output.rstrip("\n")

    def run(self, command: str, timeout: float = 60) -> tuple[int, str]:
        """Run bash as root. Status 124 says that the command took more than `timeout` seconds and was stopped.

        Returns:
            The exit status, and standard output and error as they came.
        """
        assert self._shell is not None, "boot the machine first"
        try:
            return self._shell.run(command, timeout)
        except OSError as error:
            raise self._error(f"the machine did not answer ({error}) to: {command}") from error

    def reboot(self) -> None:
        """Restart the machine in order, and wait until its root shell answers again.

        qemu starts anew, as a machine does that is switched off and on: what it had translated before slows it down.
        """
        self._end("reboot")
        self.boot()

    def shutdown(self) -> None:
        """Power the machine off in order, so that its disks can be read or given to another machine."""
        self._end("poweroff")

    def _end(self, verb: str, timeout: float = 120) -> None:
        self.run(f"systemctl {verb} --no-block")
        assert self._process is not None, "boot the machine first"
        try:
            self._process.wait(timeout)
        except subprocess.TimeoutExpired as error:
            raise self._error(f"the machine did not end within {timeout:.0f} s of {verb}") from error
        self.kill()

    def kill(self) -> None:
        """Take the power away. Doing it again changes nothing."""
        if self._shell is not None:
            self._shell.close()
        if self._process is not None:
            self._process.kill()
            self._process.wait()
        self._shell = self._process = None

    def report(self) -> str:
        """The last lines of the console, of moorage's log and of the journal's warnings, for a person."""
        parts = [f"--- {name}\n{_tail(self._directory / name)}" for name in ("console.log", "qemu.log")]
        if self._shell is not None and not self._shell.broken:
            command = f"tail -n {_LINES} /var/log/moorage*.log; journalctl -b -p warning --no-pager -n {_LINES}"
            try:
                parts.append(f"--- logs of the machine\n{self._shell.run(command, 30)[1]}")
            except OSError as error:
                parts.append(f"--- no logs of the machine: {error}")
        return "\n".join(parts)

    def _wait_for_shell(self) -> None:
        assert self._shell is not None
        try:
            self._shell.wait_until_ready(BOOT_SECONDS)
        except OSError as error:
            raise self._error(f"no root shell within {BOOT_SECONDS:.0f} s ({error})") from error

    def _error(self, message: str) -> MachineError:
        return MachineError(f"{message}\n{self.report()}")

    def _command(self, shell: int) -> list[str]:
        """How qemu is started. The network reaches the host's loopback and nothing else; see the guest's own setup."""
        command = [
            "setpriv",
            "--pdeathsig",
            "KILL",
            "qemu-system-x86_64",
            "-nodefaults",
            "-no-user-config",
            "-no-reboot",
        ]
        command += ["-machine", "q35", "-accel", "tcg,thread=multi,tb-size=512", "-cpu", "max", *self._size]
        command += ["-display", "none", "-serial", f"file:{self.console}"]
        command += ["-kernel", str(self._image.kernel), "-initrd", str(self._image.initrd)]
        command += [
            "-append",
            f"{KERNEL_ARGUMENTS} {ROOT_VARIABLE}={_ROOT[self._disks[0].bus]}",
            "-device",
            "virtio-rng-pci",
            "-nic",
            "user,model=virtio-net-pci",
        ]
        command += ["-device", "virtio-serial-pci", "-chardev", f"socket,id=shell,fd={shell}"]
        command += ["-device", f"virtserialport,chardev=shell,name={SHELL_PORT}", "-device", "virtio-scsi-pci"]
        for number, disk in enumerate(self._disks):
            path = str(disk.path).replace(",", ",,")
            command += ["-drive", f"file={path},format=raw,if=none,id=disk{number},cache=unsafe,discard=unmap"]
            command += ["-device", f"{_DEVICE[disk.bus]},drive=disk{number},serial={disk.serial}"]
        return command


class _Shell:
    """The line protocol of the guest's shell script, see tests/vm/image.py."""

    def __init__(self, connection: socket.socket) -> None:
        self.broken = False
        self._connection = connection
        self._received = b""
        self._count = 0

    def wait_until_ready(self, timeout: float) -> None:
        """Wait for the line that a boot begins with.

        Raises:
            OSError: it did not come in time, or qemu ended.
        """
        self._line("ready", timeout)

    def run(self, command: str, timeout: float) -> tuple[int, str]:
        """The status and output of a command that the guest stops after `timeout` seconds.

        Raises:
            OSError: no answer came although the guest had some time more, or qemu ended.
        """
        self._count += 1
        script = base64.b64encode(command.encode()).decode()
        self._connection.settimeout(timeout)
        self._connection.sendall(f"{self._count} {timeout:.0f} {script}\n".encode())
        status, *output = self._line(str(self._count), timeout + 60)
        return int(status), base64.b64decode("".join(output)).decode(errors="replace")

    def close(self) -> None:
        self._connection.close()

    def _line(self, begins: str, timeout: float) -> list[str]:
        """The words behind the first one of the next line that begins so; other lines are left from before."""
        deadline = time.monotonic() + timeout
        while True:
            line, separator, rest = self._received.partition(b"\n")
            if not separator:
                self._receive(deadline)
                continue
            self._received = rest
            first, *words = line.decode(errors="replace").split()
            if first == begins:
                return words

    def _receive(self, deadline: float) -> None:
        self.broken = True
        self._connection.settimeout(max(deadline - time.monotonic(), 0.001))
        received = self._connection.recv(1 << 16)
        if not received:
            raise ConnectionError("qemu has ended")
        self._received += received
        self.broken = False


def _tail(path: Path) -> str:
    text = path.read_text(errors="replace") if path.exists() else ""
    plain = (line.strip() for line in _ESCAPES.sub("", text).splitlines())
    lines = [line for line in plain if line and "] Job " not in line]  # systemd's moving bar
    return "\n".join(lines[-_LINES:])


def _install(disk: Path, files: Sequence[ExtraFile]) -> None:
    """Write files into the root filesystem without mounting it."""
    commands: list[str] = []
    for number, file in enumerate(files):
        source = disk.with_name(f"extra-{number}")
        source.write_bytes(file.content)
        parents = [str(parent) for parent in reversed(Path(file.path).parents)][1:]
        commands += [f"mkdir {parent}" for parent in parents]
        commands += [f"rm {file.path}", f"write {source} {file.path}"]
        for field, value in (("mode", f"0100{file.mode:o}"), ("uid", file.owner), ("gid", file.owner)):
            commands.append(f"sif {file.path} {field} {value}")
    _debugfs(disk, ROOT_OFFSET, "-w", "-f", "/dev/stdin", commands="\n".join(commands))
    for number, file in enumerate(files):
        disk.with_name(f"extra-{number}").unlink()
        assert read_file(disk, file.path, ROOT_OFFSET) == file.content.decode(errors="replace"), file.path


def _debugfs(disk: Path, offset: int, *arguments: str, commands: str = "") -> str:
    """What debugfs prints; it reports errors on standard error and always ends with status 0."""
    command = ["debugfs", *arguments, f"{disk}?offset={offset}"]
    result = subprocess.run(command, input=commands.encode(), capture_output=True, check=True, timeout=60)
    return result.stdout.decode(errors="replace")

"""A machine that installs Sourcegraph for itself, without root: its scripts run for real beside stubs.

As in `tests.templates.machine`, PATH holds stubs and a short list of real text tools, nothing else.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import shutil
import subprocess
import tarfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from recommender.host import HostPlan
from templates import host_files
from templates.context import File
from tests.templates.machine import REAL_TOOLS, STUBS

_MORE_TOOLS = "base64 cut find gzip sha256sum sort stat tar wc xargs"

_HOST_STUBS = {
    **STUBS,
    "id": 'cat "$STATE/uid" 2>/dev/null || echo 0',
    "uname": 'cat "$STATE/cpu_kind" 2>/dev/null || echo x86_64',
    "nproc": 'cat "$STATE/cpus" 2>/dev/null || echo 8',
    "df": 'printf \'Avail\\n%s\\n\' "$(cat "$STATE/free_kb" 2>/dev/null || echo 104857600)"',
    "ss": 'cat "$STATE/port_${!###*:}" 2>/dev/null || true',
    "aws": 'printf "%s\\0" "$@" >>"$STATE/aws_arguments"; env >"$STATE/environment"; cat "$STATE/aws_answer"',
    # Files are served by the last part of their address; every answer is also what a mirror or an origin would give.
    "curl": """env >"$STATE/environment"
    [[ $* != *--config* ]] || cat >>"$STATE/curl_input"
    while (($# > 1)); do
      case $1 in --output) output=$2 ;; --url) url=$2 ;; esac
      shift
    done
    case $1 in
      */token) printf '{"access_token":"ya29.secret","expires_in":3599,"token_type":"Bearer"}' ;;
      *:access) cat "$STATE/gcp_answer" ;;
      *)
        if [[ -f $STATE/dies ]]; then head -c 3 "$STATE/served/${url##*/}" >"$output"; exit 18; fi
        [[ ! -f $STATE/killed ]] || { head -c 3 "$STATE/served/${url##*/}" >"$output"; kill -KILL "$PPID"; }
        cp "$STATE/served/${url##*/}" "$output" || exit 22 ;;
    esac""",
}

_LIBRARIES = "cloud.sh options.sh downloads.sh secrets.sh checks.sh"
_BEGIN = f"""#!/usr/bin/env bash
set -Eeuo pipefail
here=$(readlink -f "${{BASH_SOURCE[0]}}")
source "${{here%/*}}/common.sh"
for name in {_LIBRARIES}; do source "$library/$name"; done
"""
START = f"""{_BEGIN}
check_target() {{ [[ ! -f $STATE/target_problem ]] || problem "The target is unhappy. Cheer it up."; }}
parse_options "$@"
step "preflight" check_host
step "data disk" bash "$library/data-disk"
"""
"""The least that a target's start script does."""

_OS = 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nVERSION_ID="12"\nID=debian\n'


def start_file(text: str = START) -> File:
    return File(f"{host_files.LIBRARY}/start", "0755", text)


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def tree_digest(files: Mapping[str, bytes]) -> str:
    """What `Download.tree_sha256` says of the files below the tree."""
    lines = [f"{digest(files[path])}  {path}\n" for path in sorted(files, key=os.fsencode)]
    return digest("".join(lines).encode())


def archive(members: Mapping[str, bytes], extra: Sequence[tarfile.TarInfo] = (), *, packed_at: int = 0) -> bytes:
    """A .tar.gz; `packed_at` changes its bytes and none of its content."""
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w") as tar:
        for path, content in members.items():
            entry = tarfile.TarInfo(path)
            entry.size, entry.mtime, entry.uid = len(content), packed_at, 1234
            tar.addfile(entry, io.BytesIO(content))
        for entry in extra:
            tar.addfile(entry)
    return gzip.compress(raw.getvalue(), mtime=packed_at)


class FakeHost:
    """The machine of one plan: Debian 12 that fits, one blank disk beside the root disk, nothing mounted."""

    def __init__(self, directory: Path, plan: HostPlan, *more: File, in_bundle: bool = False) -> None:
        self.plan = plan
        self.root, self.state, self.bin = (directory / name for name in ("root", "state", "bin"))
        self.tree = directory / "bundle/files" if in_bundle else self.root
        self.library = self.tree / host_files.LIBRARY.lstrip("/")
        for path in ("etc", "dev/disk/by-id", "mnt/data", "proc", "run/systemd/system", "var/log"):
            (self.root / path).mkdir(parents=True)
        for path in (self.state, self.state / "served", self.bin):
            path.mkdir()
        (self.root / "etc/fstab").write_text("UUID=1  /  xfs  defaults  0  0\n")
        (self.root / "etc/os-release").write_text(_OS)
        (self.root / "proc/meminfo").write_text("MemTotal: 32560000 kB\nMemAvailable: 250 kB\n")
        self._install_tools()
        self.install((*host_files.files(plan), *(more or (start_file(),))))
        self.disk = self.attach("sdb")
        if plan.platform == "gcp":
            (self.root / f"dev/disk/by-id/google-{plan.disk.device}").symlink_to(self.disk)
        self.set("disks", "nvme0n1 disk 107374182400\nsdb  disk 536870912000\nsr0 rom 1\nzram0 disk 4096\nfd0 disk 1\n")

    def _install_tools(self) -> None:
        for name in f"{REAL_TOOLS} {_MORE_TOOLS}".split():
            found = shutil.which(name)
            assert found is not None, name
            (self.bin / name).symlink_to(found)
        for name, body in _HOST_STUBS.items():
            stub = self.bin / name
            stub.write_text(f'#!{shutil.which("bash")}\necho "{name} $*" >>"$STATE/calls"\n{body}\n')
            stub.chmod(0o755)

    def install(self, files: Sequence[File]) -> None:
        """Write files into the tree that the scripts run from."""
        for file in files:
            target = self.tree / file.path.lstrip("/")
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(file.text)
            target.chmod(int(file.mode, 8))

    def attach(self, name: str) -> Path:
        """A blank disk below dev. `lsblk` lists what `set("disks")` says."""
        disk = self.root / "dev" / name
        disk.write_bytes(b"")
        os.truncate(disk, 2 << 20)
        return disk

    def serve(self, name: str, content: bytes) -> None:
        """What curl gets for an address that ends in this name."""
        (self.state / "served" / name).write_bytes(content)

    def set(self, name: str, text: str = "") -> None:
        (self.state / name).write_text(text)

    def get(self, name: str) -> str:
        path = self.state / name
        return path.read_text() if path.exists() else ""

    def start(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run the start script."""
        return self._run(self.library / "start", arguments)

    def data_disk(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run the data disk script. The disk is looked for once."""
        return self._run(self.library / "data-disk", arguments)

    def call(self, code: str, stdin: int | None = None) -> subprocess.CompletedProcess[str]:
        """Run some lines with every library in reach."""
        script = self.library / "call"
        script.write_text(f"{_BEGIN}{code}\n")
        result = self._run(script, (), stdin)
        script.unlink()
        return result

    def _run(
        self, script: Path, arguments: Sequence[str], stdin: int | None = None
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["bash", str(script), *arguments],
            env={
                "PATH": str(self.bin),
                "STATE": str(self.state),
                "MOORAGE_ROOT": str(self.root),
                "MOORAGE_WAIT_SECONDS": "0",
            },
            stdin=subprocess.DEVNULL if stdin is None else stdin,
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )

    def snapshot(self) -> dict[str, tuple[int, int, bytes]]:
        """Everything below the root and the tree: path to mode, time of change, and content."""
        found: dict[str, tuple[int, int, bytes]] = {}
        for top in {self.root, self.tree}:
            for path in [top, *top.rglob("*")]:
                status = path.lstat()
                content = path.read_bytes() if path.is_file() and not path.is_symlink() else b""
                found[str(path)] = (status.st_mode, status.st_mtime_ns, content)
        return found

    @property
    def calls(self) -> list[str]:
        return self.get("calls").splitlines()

    def called(self, tool: str) -> list[str]:
        return [call for call in self.calls if call.split(" ")[0] == tool]

    @property
    def cache(self) -> Path:
        return self.root / "var/cache/moorage"

    @property
    def log(self) -> str:
        path = self.root / "var/log/moorage-start.log"
        return path.read_text() if path.exists() else ""

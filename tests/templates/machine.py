"""A machine without root: the rendered scripts run for real below a directory, beside stubs that record their calls.

PATH holds the stubs and a short list of real text tools, nothing else: a script that calls anything new fails.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from recommender.plan import SingleNodePlan
from templates import render_overlays
from templates.context import VENDORS

REAL_TOOLS = "awk bash basename cat chmod cmp cp date env grep head ln mkdir mv readlink rm sed sh tee tr true"

# $STATE holds one file per property of the fake machine; an absent file is an absent property.
STUBS = {
    "findmnt": """case "$*" in
      *MAJ:MIN*) echo "  259:1" ;;
      *" /") cat "$STATE/root_source" 2>/dev/null || echo /dev/nvme0n1p1 ;;
      *--source*) cat "$STATE/mounted_elsewhere" 2>/dev/null ;;
      *) cat "$STATE/mounted" 2>/dev/null ;;
    esac""",
    "lsblk": """case "$*" in
      *--inverse*) [[ ! -f $STATE/root_unknown && ${!#} != /dev/root ]] || exit 1; printf 'nvme0n1p1\\nnvme0n1\\n' ;;
      *"--output NAME,TYPE,SIZE") cat "$STATE/disks" ;;
      *"--output TYPE "*) cat "$STATE/kind" 2>/dev/null || echo disk ;;
      *"--output SIZE "*) cat "$STATE/size" 2>/dev/null || echo 536870912000 ;;
      *"--output RO "*) cat "$STATE/read_only" 2>/dev/null || echo 0 ;;
      *"--output MOUNTPOINT "*) cat "$STATE/mounts_of_${!###*/}" 2>/dev/null || echo ;;
      *) basename "${!#}"; cat "$STATE/children" 2>/dev/null || true ;;
    esac""",
    "blkid": """if [[ $* == *-s* ]]; then cat "$STATE/$5" 2>/dev/null; exit; fi
    [[ ! -f $STATE/blkid_status ]] || exit "$(cat "$STATE/blkid_status")"
    [[ -f $STATE/TYPE || -f $STATE/PTTYPE ]] || exit 2""",
    "wipefs": 'cat "$STATE/signatures" 2>/dev/null || true; [[ ! -f $STATE/wipefs_fails ]]',
    "mkfs.xfs": 'echo xfs >"$STATE/TYPE"; echo /mnt/data >"$STATE/LABEL"',
    "mkfs.ext4": 'echo ext4 >"$STATE/TYPE"; echo /mnt/data >"$STATE/LABEL"',
    "mount": '[[ ! -f $STATE/mount_fails ]] || exit 32; echo "$5" >"$STATE/mounted"',
    "xfs_growfs": "[[ ! -f $STATE/grow_fails ]]",
    "resize2fs": "[[ ! -f $STATE/grow_fails ]]",
    "udevadm": ":",
    "systemctl": ":",
    "sleep": '[[ ! -f $STATE/on_sleep ]] || bash "$STATE/on_sleep"',
    "crontab": 'if [[ $3 == -l ]]; then cat "$STATE/crontab"; else cat >"$STATE/crontab"; fi',
    "pkill": '[[ -f $STATE/vendor_runs ]] && rm "$STATE/vendor_runs"',
    "sudo": 'while [[ $1 == --* ]]; do shift; done; exec "$@"',
    "mountpoint": "[[ -f $STATE/mounted ]]",
    "df": "printf 'Use%%\\n 42%%\\n'",
    "aws": 'printf "%s\\0" "$@" >>"$STATE/aws_arguments"; [[ ! -f $STATE/aws_fails ]]',
    "curl": """case "$*" in
      *instance/id) echo 4711 ;;
      *project/project-id) echo acme-sourcegraph ;;
      */token) printf '{"access_token":"ya29.secret","expires_in":3599,"token_type":"Bearer"}' ;;
      *) cat >>"$STATE/curl_input" ;;
    esac""",
}


class FakeMachine:
    """The machine of one plan, blank disk attached, vendor's image in place, nothing mounted."""

    def __init__(self, directory: Path, plan: SingleNodePlan) -> None:
        self.plan = plan
        self.root = directory / "root"
        self.state = directory / "state"
        self.bin = directory / "bin"
        self.home = self.root / VENDORS[plan.provider].home.lstrip("/")
        self.library = self.root / "usr/local/lib/moorage"
        self.disk = self.root / "dev" / ("nvme1n1" if plan.provider == "aws" else "sdb")
        for path in (self.state, self.bin, self.home / "deploy/install", self.root / "dev/disk/by-id"):
            path.mkdir(parents=True)
        for path in ("etc", "mnt/data", "proc", "var/log"):
            (self.root / path).mkdir(parents=True, exist_ok=True)
        (self.root / "etc/fstab").write_text("UUID=1  /  xfs  defaults  0  0\n")
        (self.root / "proc/meminfo").write_text("MemTotal: 1000 kB\nMemFree: 1 kB\nMemAvailable: 250 kB\n")
        self._install_tools()
        self._install_files()
        self.attach()

    def _install_tools(self) -> None:
        for name in REAL_TOOLS.split():
            found = shutil.which(name)
            assert found is not None, name
            (self.bin / name).symlink_to(found)
        for name, body in STUBS.items():
            stub = self.bin / name
            stub.write_text(f'#!{shutil.which("bash")}\necho "{name} $*" >>"$STATE/calls"\n{body}\n')
            stub.chmod(0o755)

    def _install_files(self) -> None:
        prefix = "machine-image/files/"
        for path, text in render_overlays(self.plan).items():
            if path.startswith(prefix):
                target = self.root / path.removeprefix(prefix)
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_text(text)
                target.chmod(0o755)
        self.write_vendor_script("deploy/install/reboot.sh", self.vendor_installs(self.plan.version))
        self.set("crontab", f"@daily true\n@reboot sleep 10 && bash {self._vendor_home}/deploy/install/reboot.sh\n")

    @property
    def _vendor_home(self) -> str:
        return VENDORS[self.plan.provider].home

    def vendor_installs(self, version: str) -> str:
        """The part of the vendor's scripts that matters here: both version files get what helm reports."""
        return f'echo "{version}" >{self.home}/.sourcegraph-version; echo "{version}" >{self.version_on_disk}\n'

    def write_vendor_script(self, path: str, text: str) -> None:
        (self.home / path).write_text(f'echo "vendor {path}" >>"$STATE/calls"\n{text}')

    def attach(self, name: str = "") -> Path:
        """Attach a blank disk: the data disk, or another EBS disk with this name."""
        disk = self.disk.with_name(name) if name else self.disk
        disk.write_bytes(b"")
        os.truncate(disk, 2 << 20)
        by_id = self.root / "dev/disk/by-id"
        if self.plan.provider == "gcp":
            (by_id / f"google-{self.plan.data_disk.device_name}").symlink_to(disk)
            return disk
        (by_id / f"nvme-Amazon_Elastic_Block_Store_vol-{disk.name}").symlink_to(disk)
        if not name:
            (self.root / "dev/sdb").symlink_to(disk)
        return disk

    def detach(self) -> None:
        """Remove the data disk and every link to it."""
        self.disk.unlink()
        for link in (self.root / "dev").rglob("*"):
            if link.is_symlink() and not link.exists():
                link.unlink()

    def set(self, name: str, text: str = "") -> None:
        (self.state / name).write_text(text)

    def get(self, name: str) -> str:
        path = self.state / name
        return path.read_text() if path.exists() else ""

    def reboot(self) -> None:
        """What a restart forgets."""
        (self.state / "mounted").unlink(missing_ok=True)
        self.set("calls")

    def run(self, script: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run a script of the library. The disk is looked for once, unless the environment says otherwise."""
        return subprocess.run(
            ["bash", str(self.library / script)],
            env={
                "PATH": str(self.bin),
                "STATE": str(self.state),
                "MOORAGE_ROOT": str(self.root),
                "MOORAGE_WAIT_SECONDS": "0",
                **environment,
            },
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )

    @property
    def version_on_disk(self) -> Path:
        return self.root / "mnt/data/.sourcegraph-version"

    @property
    def version_on_root(self) -> Path:
        return self.home / ".sourcegraph-version"

    @property
    def calls(self) -> list[str]:
        return self.get("calls").splitlines()

    def called(self, tool: str) -> list[str]:
        return [call for call in self.calls if call.split(" ")[0] == tool]

    @property
    def formatted(self) -> list[str]:
        return [call for call in self.calls if call.startswith("mkfs")]

    @property
    def log(self) -> str:
        return (self.root / "var/log/moorage-start.log").read_text()

"""The root disk that test machines start from: Debian with cloud-init, trimmed to boot fast in software emulation.

Built once (two minutes) from `RECIPE` and kept outside the repository, under the digest of the recipe. A build that is
killed leaves nothing: it happens in its own mount and process namespace and in a directory that is renamed at the end.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.vm.initrd import INIT, initrd

TOOLS = ("debootstrap", "qemu-system-x86_64", "mkfs.ext4", "debugfs", "sfdisk", "setpriv", "unshare")
"""Commands of the host that `base_image` and `VirtualMachine` use."""

ROOT_OFFSET = 1 << 20
"""Bytes before the root filesystem: it is a partition, because on real machines the root disk has partitions."""

KERNEL_ARGUMENTS = (
    "rw console=ttyS0 loglevel=4 net.ifnames=0 panic=-1 mitigations=off nokaslr norandmaps init_on_alloc=0 audit=0 "
    "apparmor=0 cryptomgr.notests nowatchdog no_timer_check scsi_mod.scan=sync"
)
"""What only costs time in emulation is off. Code at the same address in each process is translated once."""

SHELL_PORT = "moorage.shell"
"""Name of the virtio-serial port on which the guest runs commands."""

_SIZE = 4 << 30
_SUITE = "bookworm"
_PACKAGES = (
    "linux-image-cloud-amd64 systemd-sysv udev dbus cloud-init xfsprogs e2fsprogs lvm2 cryptsetup-bin fdisk curl "
    "busybox-static ca-certificates cron sudo iptables iproute2 procps kmod python3 python3-cffi-backend openssl"
)
# What no test looks at, and what the kernel would load for a processor that is not there.
_MASKED = (
    "apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer e2scrub_reap.service fstrim.timer "
    "getty@tty1.service serial-getty@ttyS0.service systemd-logind.service lvm2-monitor.service blk-availability.service "
    "systemd-pstore.service systemd-update-utmp.service systemd-update-utmp-runlevel.service systemd-binfmt.service "
    "proc-sys-fs-binfmt_misc.automount dev-hugepages.mount dev-mqueue.mount sys-fs-fuse-connections.mount "
    "sys-kernel-config.mount sys-kernel-debug.mount sys-kernel-tracing.mount modprobe@.service "
    "systemd-network-generator.service systemd-random-seed.service systemd-sysusers.service cloud-config.service"
)
# Every reload of systemd runs its generators; only fstab's and cloud-init's have something to generate here.
_GENERATORS = (
    "lvm2-activation-generator systemd-bless-boot-generator systemd-cryptsetup-generator systemd-debug-generator "
    "systemd-getty-generator systemd-gpt-auto-generator systemd-hibernate-resume-generator "
    "systemd-integritysetup-generator systemd-rc-local-generator systemd-run-generator systemd-system-update-generator "
    "systemd-sysv-generator systemd-veritysetup-generator"
)
_BLACKLISTED = (
    "kvm_amd powernow_k8 evdev serio_raw psmouse button aesni_intel crct10dif_pclmul crc32_pclmul ghash_clmulni_intel "
    "sha1_ssse3 sha256_ssse3 sha512_ssse3"
)
VENDOR_USERS = {"ec2-user": 1000, "sourcegraph": 1001}
"""Users of the vendor's images (sourcegraph/deploy@2d7a30ac packer/, read 2026-11-22) and their ids here."""

# One line in (id, seconds, base64 of a script), one line out (id, status, base64 of what it printed). `timeout` kills
# what hangs, so that the next command is still answered.
_SHELL_SCRIPT = r"""#!/bin/bash
exec 3<>/dev/virtio-ports/moorage.shell
printf 'ready %s\n' "$(</proc/sys/kernel/random/boot_id)" >&3
while read -r id seconds script <&3; do
  base64 -d <<<"$script" >/run/moorage-test.sh
  status=0
  timeout --kill-after=5 "$seconds" bash /run/moorage-test.sh </dev/null >/run/moorage-test.out 2>&1 3>&- || status=$?
  printf '%s %s %s\n' "$id" "$status" "$(base64 -w0 </run/moorage-test.out)" >&3
done
"""
_SHELL_UNIT = """[Unit]
Description=Root shell of the test
DefaultDependencies=no
After=local-fs-pre.target systemd-udevd.service
Requires=dev-virtio\\x2dports-moorage.shell.device
After=dev-virtio\\x2dports-moorage.shell.device

[Service]
ExecStart=/usr/local/sbin/moorage-test-shell
Environment=HOME=/root
Restart=always

[Install]
WantedBy=sysinit.target
"""
# On EC2 a disk's serial number is its volume id without the hyphen, and a rule of Amazon Linux also links the device
# name. On GCE the serial number is the attached name. Here the serial number of a disk says which cloud it imitates.
_UDEV_RULES = """SUBSYSTEM!="block", GOTO="moorage_end"
KERNEL=="nvme*", ENV{ID_SERIAL_SHORT}!="vol*", GOTO="moorage_end"
KERNEL=="nvme*", ENV{.link}="disk/by-id/nvme-Amazon_Elastic_Block_Store_$env{ID_SERIAL_SHORT}"
KERNEL=="nvme*", ENV{DEVTYPE}=="disk", SYMLINK+="$env{.link} $env{.link}_1"
KERNEL=="nvme*", ENV{DEVTYPE}=="partition", SYMLINK+="$env{.link}-part%n $env{.link}_1-part%n"
KERNEL=="nvme*", ENV{DEVTYPE}=="disk", ENV{ID_SERIAL_SHORT}=="vol*sdb", SYMLINK+="sdb"
KERNEL=="sd*", ENV{ID_SCSI_SERIAL}=="?*", ENV{.link}="disk/by-id/google-$env{ID_SCSI_SERIAL}"
KERNEL=="sd*", ENV{.link}=="?*", ENV{DEVTYPE}=="disk", SYMLINK+="$env{.link}"
KERNEL=="sd*", ENV{.link}=="?*", ENV{DEVTYPE}=="partition", SYMLINK+="$env{.link}-part%n"
LABEL="moorage_end"
"""
# Terminals, processors and memory have nothing to say to udev here.
_UDEV_TRIGGER = """[Service]
ExecStart=
ExecStart=-udevadm trigger --type=all --action=add --prioritized-subsystem=module,block,net \\
  --subsystem-match=module --subsystem-match=pci --subsystem-match=virtio --subsystem-match=virtio-ports \\
  --subsystem-match=nvme --subsystem-match=scsi --subsystem-match=block --subsystem-match=net
"""
# A static address without a gateway: the guest reaches the host's loopback at 10.0.2.2 and nothing else.
_NETWORK = """[Match]
Name=eth0
[Network]
Address=10.0.2.15/24
DHCP=no
LinkLocalAddressing=no
IPv6AcceptRA=no
"""
# The modules that user data of this project uses run as they are; accounts, keys, package sources and disks of the
# distribution's own are left out because they cost most of the time of a boot. One stage less, a fourth Python program,
# runs: `runcmd` only writes down what `scripts-user` runs behind it.
_CLOUD_INIT = """datasource_list: [NoCloud, None]
network: {config: disabled}
preserve_hostname: true
cloud_init_modules: [bootcmd, write-files]
cloud_config_modules: []
cloud_final_modules: [runcmd, scripts-user, final-message]
"""
_FILES: dict[str, tuple[int, str]] = {
    "/etc/cloud/cloud.cfg.d/99-moorage-test.cfg": (0o644, _CLOUD_INIT),
    "/etc/cloud/ds-identify.cfg": (0o644, "datasource: NoCloud\n"),
    "/etc/fstab": (0o644, "PARTUUID=6d6f6f72-01  /  ext4  defaults  0  0\n"),
    "/etc/hostname": (0o644, "machine\n"),
    "/etc/hosts": (0o644, "127.0.0.1  localhost machine\n"),
    "/etc/machine-id": (0o444, "6d6f6f726167652d746573742d6f6e65\n"),
    "/etc/modprobe.d/moorage.conf": (0o644, "".join(f"blacklist {name}\n" for name in _BLACKLISTED.split())),
    "/etc/resolv.conf": (0o644, ""),
    "/etc/sudoers.d/vendor": (0o440, "".join(f"{user} ALL=(ALL) NOPASSWD:ALL\n" for user in VENDOR_USERS)),
    "/etc/systemd/network/eth0.network": (0o644, _NETWORK),
    "/etc/systemd/system/moorage-test-shell.service": (0o644, _SHELL_UNIT),
    "/etc/systemd/system/systemd-udev-trigger.service.d/moorage-test.conf": (0o644, _UDEV_TRIGGER),
    "/etc/udev/rules.d/90-moorage-test.rules": (0o644, _UDEV_RULES),
    "/usr/local/sbin/moorage-test-shell": (0o755, _SHELL_SCRIPT),
}
_SETUP = "\n".join(
    [
        "set -e",
        *(f"useradd --create-home --shell /bin/bash --uid {uid} {user}" for user, uid in VENDOR_USERS.items()),
        "systemctl enable systemd-networkd.service moorage-test-shell.service",
        f"systemctl mask {_MASKED}",
        "mkdir -p /etc/systemd/system-generators",
        f"cd /etc/systemd/system-generators && for name in {_GENERATORS}; do ln -s /dev/null $name; done",
        "apt-get clean",
        "rm -rf /var/lib/apt/lists/* /usr/share/doc/* /usr/share/man/* /usr/share/locale/*",
    ]
)
RECIPE = json.dumps([2, _SUITE, _PACKAGES, _FILES, _SETUP, INIT, _SIZE, ROOT_OFFSET])
"""Everything that shapes the image. Raise the leading number when the code that builds it changes."""


@dataclass(frozen=True, slots=True)
class Image:
    """What qemu needs to start a machine."""

    root_disk: Path
    kernel: Path
    initrd: Path


def missing() -> str:
    """Why machines cannot run here, or nothing."""
    absent = [tool for tool in TOOLS if shutil.which(tool) is None]
    if absent:
        return f"{', '.join(absent)}: not installed; .ci/run installs them"
    return "" if os.geteuid() == 0 else "debootstrap needs root"


def base_image() -> Image:
    """The image of this recipe, built first where the cache has none.

    Raises:
        RuntimeError: the build failed. The message ends with what its command printed last.
    """
    home = Path(os.environ.get("MOORAGE_CACHE") or os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    cache = home / "moorage/vm"
    directory = cache / hashlib.sha256(RECIPE.encode()).hexdigest()[:16]
    if not directory.exists():
        cache.mkdir(parents=True, exist_ok=True)
        with _locked(cache / "lock"):
            if not directory.exists():
                _build_into(directory)
    return Image(directory / "root.img", directory / "vmlinuz", directory / "initrd")


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Hold a lock that ends with the process, however it ends."""
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _build_into(directory: Path) -> None:
    for abandoned in directory.parent.glob("building-*"):
        shutil.rmtree(abandoned)
    building = Path(tempfile.mkdtemp(prefix="building-", dir=directory.parent))
    try:
        tree = building / "tree"
        _build_tree(tree)
        _build_disk(tree, building / "root.img")
        (kernel,) = (tree / "boot").glob("vmlinuz-*")
        shutil.copy(kernel, building / "vmlinuz")
        (building / "initrd").write_bytes(initrd(tree))
        shutil.rmtree(tree)
        building.chmod(0o755)
        building.rename(directory)
    finally:
        shutil.rmtree(building, ignore_errors=True)


def _build_tree(tree: Path) -> None:
    include = f"--include={_PACKAGES.replace(' ', ',')}"
    _isolated(["debootstrap", "--variant=minbase", include, _SUITE, str(tree)])
    for path, (mode, text) in _FILES.items():
        target = tree / path.lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.unlink(missing_ok=True)
        target.write_text(text)
        target.chmod(mode)
    _isolated(["chroot", str(tree), "sh", "-c", _SETUP])


def _build_disk(tree: Path, disk: Path) -> None:
    """A disk with one partition that holds the tree, written without mounting anything."""
    with disk.open("wb") as file:
        file.truncate(_SIZE)
    table = f"label: dos\nlabel-id: 0x6d6f6f72\nstart={ROOT_OFFSET // 512}, type=83\n"
    _run(["sfdisk", "--quiet", str(disk)], table)
    blocks = (_SIZE - ROOT_OFFSET) // 4096
    options = f"offset={ROOT_OFFSET},lazy_itable_init=1,nodiscard"
    _run(["mkfs.ext4", "-q", "-b", "4096", "-E", options, "-d", str(tree), str(disk), str(blocks)])


def _isolated(command: list[str]) -> None:
    """Run as root with mounts and processes that vanish with the command."""
    _run(["unshare", "--mount", "--pid", "--fork", "--kill-child=KILL", *command])


def _run(command: list[str], text: str = "") -> None:
    environment = {
        **os.environ,
        "LC_ALL": "C",
        "DEBIAN_FRONTEND": "noninteractive",
        "PATH": os.defpath + ":/usr/sbin:/sbin",
    }
    result = subprocess.run(
        command, input=text, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment, timeout=1200
    )
    if result.returncode != 0:
        last = "\n".join(result.stdout.splitlines()[-20:])
        raise RuntimeError(
            f"{command[0]} ended with status {result.returncode} while building the machine image:\n{last}"
        )

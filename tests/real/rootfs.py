"""A Debian system without a machine: its files, made once by debootstrap and kept outside the repository."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import tempfile
from pathlib import Path

from tests.real.downloads import STAND_INS
from tests.real.loop import run

_SUITE = "bookworm"
_PACKAGES = "ca-certificates,curl,e2fsprogs,iproute2,iptables,kmod,openssl,procps,udev,util-linux,xfsprogs"
# A certificate for the stand-ins that answer by HTTPS.
_SETUP = """
set -e
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 36500 -subj /CN=stand-in \
  -addext subjectAltName=DNS:origin.example -keyout /etc/ssl/stand-in.key -out /etc/ssl/stand-in.crt 2>/dev/null
apt-get clean
rm -rf /var/lib/apt/lists/* /usr/share/doc/* /usr/share/man/* /usr/share/locale/*
"""
_RECIPE = json.dumps([1, _SUITE, _PACKAGES, _SETUP])
"""Everything that shapes the tree. Raise the leading number when the code that builds it changes."""


def base_tree() -> Path:
    """The root directory of this recipe's system, built first where the cache has none. Never write to it.

    Raises:
        RuntimeError: the build failed.
    """
    home = Path(os.environ.get("MOORAGE_CACHE") or os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    cache = home / "moorage/rootfs"
    directory = cache / hashlib.sha256(_RECIPE.encode()).hexdigest()[:16]
    if not directory.exists():
        cache.mkdir(parents=True, exist_ok=True)
        with (cache / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not directory.exists():
                _build(directory)
    return directory


def _build(directory: Path) -> None:
    """Killed at any time, it leaves nothing that counts: mounts and processes are its own, and the name comes last."""
    for abandoned in directory.parent.glob("building-*"):
        shutil.rmtree(abandoned)
    building = Path(tempfile.mkdtemp(prefix="building-", dir=directory.parent))
    building.chmod(0o755)
    isolated = ["unshare", "--mount", "--pid", "--fork", "--kill-child=KILL", "env", "DEBIAN_FRONTEND=noninteractive"]
    try:
        run(*isolated, "debootstrap", "--variant=minbase", f"--include={_PACKAGES}", _SUITE, str(building), timeout=900)
        run(*isolated, "chroot", str(building), "sh", "-c", _SETUP)
        building.rename(directory)
    finally:
        shutil.rmtree(building, ignore_errors=True)


def write_layer(layer: Path) -> None:
    """Write what lies between the base system and a machine's own files: the stand-ins for what is no download."""
    base = base_tree()
    programs = layer / "opt/stand-ins"
    shutil.copytree(STAND_INS, programs)
    for program in programs.iterdir():
        program.chmod(0o755)
    (programs / "traefik").symlink_to("/usr/bin/openssl")
    for name, folder in (("systemctl", "usr/bin"), ("tee", "usr/local/bin")):
        (layer / folder).mkdir(parents=True)
        (programs / name).rename(layer / folder / name)
    (layer / "srv/bundle").mkdir(parents=True)
    (layer / "etc").mkdir()
    (layer / "etc/hosts").write_text("127.0.0.1  localhost machine origin.example\n")
    for path in (layer, *layer.rglob("*")):
        below = base / path.relative_to(layer)
        if path.is_dir():
            path.chmod(below.stat().st_mode if below.exists() else 0o755)

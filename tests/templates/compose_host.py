"""A machine that runs Docker Compose, without root or Docker: the real start script beside stubs that record their calls.

It may be killed before any command that changes something; the next start must complete what that one began.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

from recommender.host import Download, HostPlan
from templates import compose_files
from tests.plans import download
from tests.templates.host_machine import FakeHost, archive, digest, tree_digest

VENDOR = {
    "docker-compose/docker-compose.yaml": b"""services:
  caddy:
    image: 'index.docker.io/sourcegraph/caddy:7.5.4453@sha256:1111'
  pgsql:
    image: 'index.docker.io/sourcegraph/postgresql-16:7.5.4453@sha256:2222'
volumes:
  caddy:
""",
    "pgsql/conf/postgresql.conf": b"max_connections = 100\n",
}
"""A stand-in for the vendor's tree: as many of its facts as the start script reads."""

_ENGINE = {f"docker/{name}": b"#!/bin/sh\n" for name in ("dockerd", "docker", "containerd", "runc")}
_ENGINE_FILE, _COMPOSE_FILE, _VENDOR_FILE = (
    archive(_ENGINE),
    b"a compose plugin",
    archive({f"top/{k}": v for k, v in VENDOR.items()}),
)

_STUBS = {
    "iptables": ":",
    "sysctl": ":",
    "docker": """[[ -z ${COMPOSE_FILE:-} ]] || printf '%s\\n' "$COMPOSE_FILE" >"$STATE/compose_file"
    env >"$STATE/docker_environment"
    case "$*" in
      "ps --all --quiet") cat "$STATE/containers" 2>/dev/null || true ;;
      *" up "*) [[ ! -f $STATE/up_fails ]] ;;
    esac""",
    "selinuxenabled": "[[ -f $STATE/selinux ]]",
    "chcon": ":",
}
_CHANGES = "chmod cp docker ln mkdir mv rm sysctl systemctl tar"
"""Commands before which a start may be killed."""


def _pin(name: str, version: str, file: str, **changes: str | None) -> Download:
    return download(name, version=version, file=file, url=f"https://origin.example/{file}", **changes)


def downloads() -> tuple[Download, ...]:
    """Pins of the stand-ins."""
    tree = {"sha256": None, "tree": ".", "tree_sha256": tree_digest(VENDOR)}
    return (
        _pin("docker", "28.5.1", "docker.tgz", sha256=digest(_ENGINE_FILE)),
        _pin("compose", "2.40.3", "docker-compose", sha256=digest(_COMPOSE_FILE)),
        _pin("vendor-files", "7.5.4453", "vendor.tar.gz", **tree),
    )


class ComposeHost(FakeHost):
    """The machine of one plan, which answers on /healthz once its services are up."""

    def __init__(self, directory: Path, plan: HostPlan) -> None:
        plan = replace(plan, sources=replace(plan.sources, downloads=downloads()))
        super().__init__(directory, plan, *compose_files.files(plan))
        for name, body in _STUBS.items():
            self.stub(name, body)
        self.serve("docker.tgz", _ENGINE_FILE)
        self.serve("docker-compose", _COMPOSE_FILE)
        self.serve("vendor.tar.gz", _VENDOR_FILE)
        self.serve("healthz", b"ok")

    def stub(self, name: str, body: str) -> None:
        """A command that records its call."""
        stub = self.bin / name
        stub.unlink(missing_ok=True)
        stub.write_text(f'#!{shutil.which("bash")}\necho "{name} $*" >>"$STATE/calls"\n{body}\n')
        stub.chmod(0o755)

    def offline(self, *images: str) -> Path:
        """A directory with every download, and with these images."""
        directory = self.state.parent / "usb"
        shutil.copytree(self.state / "served", directory, dirs_exist_ok=True)
        (directory / "images").mkdir(exist_ok=True)
        for image in images:
            (directory / "images" / image).write_text(f"the image {image}")
        return directory

    def count_changes(self) -> None:
        """From now on every command that may change something counts, and the one of `kill_at` is never run."""
        for name in _CHANGES.split():
            path = self.bin / name
            hidden = self.bin / f".{name}"
            path.rename(hidden)
            path.write_text(f"""#!{shutil.which("bash")}
n=$(cat "$STATE/changes" 2>/dev/null || echo 0)
echo $((n + 1)) >"$STATE/changes"
[[ $n != "$(cat "$STATE/kill_at" 2>/dev/null)" ]] || kill -KILL 0
exec -a "{name}" "{hidden}" "$@"
""")
            path.chmod(0o755)

    def start(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run the start script in a session of its own, which it may take down with it."""
        return subprocess.run(
            ["bash", str(self.library / "start"), *arguments],
            env={
                "PATH": str(self.bin),
                "STATE": str(self.state),
                "MOORAGE_ROOT": str(self.root),
                "MOORAGE_WAIT_SECONDS": "0",
                "MOORAGE_READY_SECONDS": "0",
                "LC_ALL": os.environ.get("LC_ALL", "C.UTF-8"),
            },
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
            start_new_session=True,
        )

    def reboot(self) -> None:
        """What a restart forgets."""
        shutil.rmtree(self.root / "run/moorage", ignore_errors=True)
        (self.state / "mounted").unlink(missing_ok=True)

    def text(self, path: str) -> str:
        """The content of a file of the machine; empty where there is none."""
        found = self.root / path
        return found.read_text() if found.exists() else ""

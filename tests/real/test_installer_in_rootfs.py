"""The rendered installer on a real system: complete, again, killed anywhere, offline, and refusing what it must."""

from __future__ import annotations

import base64
import os
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

import pytest

from recommender.host import External, HostDisk, Redis, Secret, Software, Tls
from tests.real import loop
from tests.real.downloads import MIRROR, needed, repacked
from tests.real.machine import Machine, Tree

TARGETS = get_args(Software)

pytestmark = [
    pytest.mark.slow,
    *(pytest.mark.real_tool(tool) for tool in ("debootstrap", "losetup", "nsenter", "openssl", "ip")),
]


@pytest.fixture(autouse=True, scope="module")
def namespaces() -> None:
    if reason := loop.unavailable():
        pytest.skip(reason)


@pytest.fixture(params=TARGETS)
def target(request: pytest.FixtureRequest) -> Software:
    return request.param


@dataclass
class Installed:
    """A machine after one complete run, and what that run left."""

    machine: Machine
    output: str
    tree: Tree

    @property
    def deeds(self) -> list[str]:
        """What was logged within steps, without its time, such as `start: wrote /etc/docker/daemon.json`."""
        _, run = self.output.split("start: preflight: done after", 1)
        lines = [
            line.partition("Z ")[2] for line in run.splitlines() if re.match(r"[0-9TZ:-]+ (start|data-disk): ", line)
        ]
        return [line for line in lines if not re.search(r": begins$|: done after \d+ s$", line)]


@pytest.fixture(scope="module", params=TARGETS)
def installed(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installed]:
    with Machine(tmp_path_factory.mktemp(request.param), request.param) as machine:
        result = machine.install()
        assert result.returncode == 0, result.stdout
        yield Installed(machine, result.stdout, machine.tree())


def succeed(machine: Machine, *options: str) -> str:
    result = machine.install(*options)
    assert result.returncode == 0, result.stdout
    return result.stdout


def refused(machine: Machine, *options: str) -> str:
    result = machine.install(*options)
    assert result.returncode == 1, result.stdout
    return result.stdout


# --- one run, and another ------------------------------------------------------------------------------------------


def test_a_complete_run_installs_verifies_and_waits_until_sourcegraph_answers(installed: Installed) -> None:
    machine = installed.machine
    for step in machine.steps:
        assert f"start: {step}: begins" in machine.log
        assert f"start: {step}: done after" in machine.log
    assert f"Sourcegraph {machine.plan.version} answers" in machine.log
    for pinned, _ in needed(machine.plan.target).values():
        assert f"/{pinned.file}" in machine.internet.requests
    assert "/etc/systemd/system/multi-user.target.wants/moorage-start.service" in installed.tree
    assert machine.run("findmnt", "-no", "SOURCE", "/mnt/data").stdout.strip() == machine.disk.path
    assert machine.run("ss", "-Htln", "sport = :80").stdout


def test_a_second_run_writes_nothing_and_fetches_nothing(installed: Installed) -> None:
    machine = installed.machine
    before, requests = machine.tree(touched=True), len(machine.internet.requests)
    succeed(machine)
    assert machine.tree(touched=True) == before
    assert len(machine.internet.requests) == requests


def test_a_check_of_an_installed_machine_is_content(installed: Installed) -> None:
    machine = installed.machine
    before, log = machine.tree(touched=True), machine.log
    assert "nothing stands in the way; nothing was changed" in succeed(machine, "--check")
    assert machine.tree(touched=True) == before
    assert machine.log == log


# --- checks --------------------------------------------------------------------------------------------------------


def test_a_check_of_a_fresh_machine_changes_nothing(tmp_path: Path, target: Software) -> None:
    with Machine(tmp_path, target) as machine:
        before, disk = machine.tree(touched=True), machine.disk.digest()
        output = succeed(machine, "--check")
        assert f"data disk: {machine.disk.path} blank" in output
        assert machine.tree(touched=True) == before
        assert not machine.path("/var/log/moorage-start.log").exists()
        assert machine.disk.digest() == disk
        assert machine.internet.requests == []


def test_a_check_tells_everything_that_is_missing_at_once(tmp_path: Path, target: Software) -> None:
    secret = Secret("redis-cache", "the endpoint of the Redis cache", None)
    changes = {
        "vcpu": 4000,
        "memory_gb": 90_000,
        "root_disk_gb": 900_000,
        "disk": HostDisk("/dev/disk/by-id/moorage-none", "ext4", 1),
        "external": External(redis=Redis(secret, Secret("redis-store", "the endpoint of the Redis store", None))),
    }
    with Machine(tmp_path, target, **changes) as machine:
        machine.run("rm", "/usr/sbin/wipefs")
        machine.run("bash", "-c", "setsid /opt/stand-ins/docker-proxy </dev/null >/dev/null 2>&1 & sleep 0.5")
        before, disk = machine.tree(touched=True), machine.disk.digest()
        for options in (["--check"], []):
            output = refused(machine, *options)
            for words in (
                "These commands are missing: wipefs.",
                "4000 are planned",
                "90000 GB are planned",
                "900000 GB are needed",
                "Port 80 is taken by 'docker-proxy'",
                "There is no data disk /dev/disk/by-id/moorage-none",
                "/etc/moorage/secrets/redis-cache is missing",
                "/etc/moorage/secrets/redis-store is missing",
                "8 problem(s), see above; nothing was changed",
            ):
                assert words in output, output
        assert machine.tree(touched=True) == before
        assert machine.disk.digest() == disk
        assert machine.internet.requests == []


def test_a_disk_that_holds_something_stops_the_installation_before_it_begins(tmp_path: Path, target: Software) -> None:
    with Machine(tmp_path, target) as machine:
        loop.run("mkfs.xfs", "-q", "-L", "home", machine.disk.path)
        before, disk = machine.tree(touched=True), machine.disk.digest()
        output = refused(machine)
        assert f"refusing the disk {machine.disk.path}: it holds xfs labelled 'home'" in output
        assert machine.tree(touched=True) == before
        assert machine.disk.digest() == disk


# --- killed --------------------------------------------------------------------------------------------------------


def test_killed_at_each_step_it_ends_as_if_it_never_was(tmp_path: Path, installed: Installed) -> None:
    with Machine(tmp_path, installed.machine.plan.target) as machine:
        for step in machine.steps:
            machine.kill_install_when_it_logs(f"start: {step}: begins")
        succeed(machine)
        assert machine.tree() == installed.tree


def test_killed_after_each_thing_it_does_it_ends_as_if_it_never_was(tmp_path: Path, installed: Installed) -> None:
    with Machine(tmp_path, installed.machine.plan.target) as machine:
        for line in installed.deeds:
            machine.kill_install_when_it_logs(line.replace(installed.machine.disk.path, machine.disk.path))
        succeed(machine)
        assert machine.tree() == installed.tree


def test_killed_while_it_copies_itself_it_ends_as_if_it_never_was(tmp_path: Path, installed: Installed) -> None:
    copied = [line for line in installed.output.splitlines() if line.startswith("install.sh: wrote ")]
    with Machine(tmp_path, installed.machine.plan.target) as machine:
        for line in (copied[0], copied[len(copied) // 2], copied[-1]):
            machine.kill_install_at(line)
        succeed(machine)
        assert machine.tree() == installed.tree


def test_killed_in_the_middle_of_each_download_it_ends_as_if_it_never_was(tmp_path: Path, installed: Installed) -> None:
    with Machine(tmp_path, installed.machine.plan.target) as machine:
        for pinned, _ in needed(machine.plan.target).values():
            machine.kill_install_while_it_fetches(pinned.file)
        succeed(machine)
        assert machine.tree() == installed.tree


def test_killed_while_the_services_come_up_it_ends_as_if_it_never_was(tmp_path: Path, installed: Installed) -> None:
    verb = {"install-script": "upgrade", "docker-compose": "up"}[installed.machine.plan.target]
    with Machine(tmp_path, installed.machine.plan.target) as machine:
        machine.write("/run/stand-ins/stall", verb.encode())
        machine.kill_install_at(f"stalls at {verb}")
        machine.path("/run/stand-ins/stall").unlink()
        succeed(machine)
        assert machine.tree() == installed.tree


# --- downloads -----------------------------------------------------------------------------------------------------


def test_a_directory_that_was_filled_elsewhere_serves_a_machine_without_internet(
    tmp_path: Path, installed: Installed
) -> None:
    target = installed.machine.plan.target
    with Machine(tmp_path / "connected", target) as connected:
        connected.run("mkdir", "/root/downloads")
        before = connected.tree()
        succeed(connected, "--download", "/root/downloads")
        after = connected.tree()
        fetched = {name: connected.path(name).read_bytes() for name in after if name.startswith("/root/downloads/")}
        assert {name: after[name] for name in after if name not in fetched} == before
    with Machine(tmp_path / "offline", target) as machine:
        machine.internet.close()
        for name, content in fetched.items():
            machine.write(name, content)
        machine.write("/root/downloads/images/sourcegraph.tar", b"images")
        assert machine.run("true").returncode == 0
        succeed(machine, "--from", "/root/downloads")
        assert f"Sourcegraph {machine.plan.version} answers" in machine.log
        before = machine.tree(touched=True)
        succeed(machine, "--from", "/root/downloads")
        succeed(machine)  # as at every boot
        assert machine.tree(touched=True) == before


def test_an_incomplete_directory_is_refused_with_everything_that_is_missing(tmp_path: Path, target: Software) -> None:
    with Machine(tmp_path, target) as machine:
        machine.run("mkdir", "/root/downloads")
        before = machine.tree(touched=True)
        output = refused(machine, "--from", "/root/downloads")
        for pinned, _ in needed(target).values():
            assert f"/root/downloads/{pinned.file} is missing" in output
        assert machine.tree(touched=True) == before
        assert machine.internet.requests == []


@pytest.mark.parametrize(
    ("target", "name"), [(target, name) for target in TARGETS for name in needed(target)], ids=lambda value: value
)
def test_a_download_with_another_checksum_is_refused_and_nothing_of_it_stays(
    tmp_path: Path, target: Software, name: str
) -> None:
    pinned, content = needed(target)[name]
    with Machine(tmp_path, target) as machine:
        machine.internet.files[pinned.file] = content + b"#" if pinned.sha256 else repacked(content)
        output = refused(machine)
        assert f"{pinned.sha256 or pinned.tree_sha256} was expected" in output
        assert pinned.url in output
        left = [path for path in machine.tree() if pinned.file in path or f"{name}-{pinned.version}" in path]
        assert left == []
        machine.internet.files[pinned.file] = content
        succeed(machine)


def test_a_plan_with_a_mirror_fetches_from_there_alone(tmp_path: Path, target: Software) -> None:
    with Machine(tmp_path, target, mirror=MIRROR) as machine:
        succeed(machine)
        assert {*machine.internet.requests} == {f"/mirror/{pinned.file}" for pinned, _ in needed(target).values()}


def test_a_mirror_that_is_down_is_named(tmp_path: Path, target: Software) -> None:
    with Machine(tmp_path, target, mirror=MIRROR) as machine:
        machine.internet.close()
        output = refused(machine)
        assert f"{MIRROR}/" in output
        assert "could not be fetched. Check the way out" in output
        assert "--from DIR" in output


# --- secrets -------------------------------------------------------------------------------------------------------

CANARIES = {
    "tls-certificate": "canary-1f0c-certificate\nline two",
    "tls-key": "canary-2e1d-key\nline two",
    "redis-cache": "canary-3d2e-$HOME`id`'\"$(id)\\",
    "redis-store": "canary-4c3f-store",
}
KEPT = {
    "install-script": {
        "/mnt/data/k3s/objects/sourcegraph-tls",
        "/mnt/data/k3s/objects/sourcegraph-redis-cache",
        "/mnt/data/k3s/objects/sourcegraph-redis-store",
    },
    "docker-compose": {"/run/moorage/compose.env", "/mnt/data/docker/containers"},
}
"""Where the software itself needs the values: with k3s as Kubernetes' secrets, with Compose as containers' variables."""


def secretive(target: Software, directory: Path) -> Machine:
    certificate = Secret("tls-certificate", "the certificate chain (PEM)", None, multiline=True)
    key = Secret("tls-key", "the certificate's private key (PEM)", None, multiline=True)
    redis = Redis(*(Secret(f"redis-{name}", f"the endpoint of the Redis {name}", None) for name in ("cache", "store")))
    return Machine(directory, target, tls=Tls("certificate", None, certificate, key), external=External(redis=redis))


def must_be_nowhere_else(machine: Machine, output: str) -> None:
    """Every canary stands where it must, for root only, and in no other file, call, environment or output."""
    found: set[str] = set()
    for name, path in machine.files():
        content = path.read_bytes()
        if any(form in content for value in CANARIES.values() for form in forms(value)):
            found.add(name)
            assert path.stat().st_mode & 0o777 == 0o600, name
    folders = ("/etc/moorage/secrets", "/run/moorage/secrets")
    assert found == {f"{folder}/{name}" for folder in folders for name in CANARIES} | KEPT[machine.plan.target]
    assert "canary-" not in output
    assert machine.calls
    assert "canary-" not in machine.calls


def forms(value: str) -> list[bytes]:
    """The first line as it is, and as base64 begins with it."""
    line = value.splitlines()[0].encode()
    return [line, base64.b64encode(line[: len(line) // 3 * 3])]


def test_secrets_from_files_stay_in_their_files(tmp_path: Path, target: Software) -> None:
    with secretive(target, tmp_path) as machine:
        for name, value in CANARIES.items():
            machine.write(f"/etc/moorage/secrets/{name}", f"{value}\n".encode(), 0o600)
        must_be_nowhere_else(machine, succeed(machine))
        before = machine.tree(touched=True)
        must_be_nowhere_else(machine, succeed(machine))
        assert machine.tree(touched=True) == before


def test_a_secret_that_others_may_read_is_refused(tmp_path: Path, target: Software) -> None:
    with secretive(target, tmp_path) as machine:
        for name, value in CANARIES.items():
            machine.write(f"/etc/moorage/secrets/{name}", value.encode(), 0o644 if name == "tls-key" else 0o600)
        output = refused(machine)
        assert "/etc/moorage/secrets/tls-key may be read by others. Run: chmod 600" in output
        assert "1 problem(s)" in output


def test_secrets_are_asked_for_at_a_terminal_without_an_echo_and_once(tmp_path: Path, target: Software) -> None:
    with secretive(target, tmp_path) as machine:
        answers: list[str] = []
        for name, value in CANARIES.items():
            if name.startswith("tls-"):
                machine.write(f"/dev/{name}.pem", f"{value}\n".encode(), 0o600)
                answers.append(f"/dev/{name}.pem")
            else:
                answers.append(value)
        output, echoed = answer_at_a_terminal(machine, answers)
        assert "canary-" not in echoed
        must_be_nowhere_else(machine, output)
        succeed(machine)  # with no terminal


def answer_at_a_terminal(machine: Machine, answers: list[str]) -> tuple[str, str]:
    """Type each answer when it is asked for. Returns what the installer said and what the terminal showed."""
    ours, theirs = os.openpty()
    process = machine.start_install(stdin=theirs)
    os.close(theirs)
    assert process.stdout is not None
    said = ""
    with process.stdout as output:
        while chunk := os.read(output.fileno(), 4096).decode():
            said += chunk
            if answers and said.endswith(": ") and not said.endswith("ERROR: "):
                time.sleep(0.2)  # bash switches the echo off about when it prompts
                os.write(ours, f"{answers.pop(0)}\n".encode())
    shown = os.read(ours, 65536).decode() if process.wait() == 0 else ""
    os.close(ours)
    assert process.returncode == 0, said
    assert answers == []
    return said, shown

"""The rendered installer on a real system: complete, again, only looking, and killed anywhere."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from recommender.host import External, HostDisk, Redis, Secret, Software
from tests.real import loop
from tests.real.conftest import TARGETS
from tests.real.downloads import needed
from tests.real.machine import REQUIRES, Machine, Tree

pytestmark = REQUIRES


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
        output = machine.install()
        yield Installed(machine, output, machine.tree())


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
    assert [path for path in installed.tree if re.search(r"\.(part|moorage|moorage-new)\b", path)] == []


def test_a_second_run_writes_nothing_and_fetches_nothing(installed: Installed) -> None:
    machine = installed.machine
    before, requests = machine.tree(touched=True), len(machine.internet.requests)
    machine.install()
    assert machine.tree(touched=True) == before
    assert len(machine.internet.requests) == requests


def test_a_check_of_an_installed_machine_is_content(installed: Installed) -> None:
    machine = installed.machine
    before, log = machine.tree(touched=True), machine.log
    assert "nothing stands in the way; nothing was changed" in machine.install("--check")
    assert machine.tree(touched=True) == before
    assert machine.log == log


def test_a_boot_mounts_and_starts_everything_and_writes_nothing(installed: Installed) -> None:
    machine = installed.machine
    assert "/mnt/data" in machine.run("findmnt", "-no", "TARGET", "/mnt/data").stdout
    before = machine.tree(touched=True)
    result = machine.reboot()
    assert result.returncode == 0, result.stdout
    assert f"{machine.disk.path} holds our ext4 filesystem" in result.stdout
    assert f"Sourcegraph {machine.plan.version} answers" in result.stdout
    assert machine.tree(touched=True) == before


# --- checks --------------------------------------------------------------------------------------------------------


def test_a_check_of_a_fresh_machine_changes_nothing(tmp_path: Path, target: Software) -> None:
    with Machine(tmp_path, target) as machine:
        before, disk = machine.tree(touched=True), machine.disk.digest()
        output = machine.install("--check")
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
            output = machine.refuse(*options)
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
        output = machine.refuse()
        assert f"refusing the disk {machine.disk.path}: it holds xfs labelled 'home'" in output
        assert machine.tree(touched=True) == before
        assert machine.disk.digest() == disk


# --- killed --------------------------------------------------------------------------------------------------------


def test_killed_at_each_step_it_ends_as_if_it_never_was(tmp_path: Path, installed: Installed) -> None:
    with Machine(tmp_path, installed.machine.plan.target) as machine:
        for step in machine.steps:
            machine.kill_install_when_it_logs(f"start: {step}: begins")
        machine.install()
        assert machine.tree() == installed.tree


def test_killed_after_each_thing_it_does_it_ends_as_if_it_never_was(tmp_path: Path, installed: Installed) -> None:
    with Machine(tmp_path, installed.machine.plan.target) as machine:
        for line in installed.deeds:
            machine.kill_install_when_it_logs(line.replace(installed.machine.disk.path, machine.disk.path))
        machine.install()
        assert machine.tree() == installed.tree


def test_killed_while_it_copies_itself_it_ends_as_if_it_never_was(tmp_path: Path, installed: Installed) -> None:
    copied = [line for line in installed.output.splitlines() if line.startswith("install.sh: wrote ")]
    with Machine(tmp_path, installed.machine.plan.target) as machine:
        for line in (copied[0], copied[len(copied) // 2], copied[-1]):
            machine.kill_install_at(line)
        machine.install()
        assert machine.tree() == installed.tree


def test_killed_in_the_middle_of_each_download_it_ends_as_if_it_never_was(tmp_path: Path, installed: Installed) -> None:
    with Machine(tmp_path, installed.machine.plan.target) as machine:
        for pinned, _ in needed(machine.plan.target).values():
            machine.kill_install_while_it_fetches(pinned.file)
        machine.install()
        assert machine.tree() == installed.tree


def test_killed_while_the_services_come_up_it_ends_as_if_it_never_was(tmp_path: Path, installed: Installed) -> None:
    verb = {"install-script": "upgrade", "docker-compose": "up"}[installed.machine.plan.target]
    with Machine(tmp_path, installed.machine.plan.target) as machine:
        machine.write("/run/stand-ins/stall", verb.encode())
        machine.kill_install_at(f"stalls at {verb}")
        machine.path("/run/stand-ins/stall").unlink()
        machine.install()
        assert machine.tree() == installed.tree

"""The bundle's install.sh: it copies what is not as it should be, never half of it, and starts the installer."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from stacks.bundle_writer import look_at, write
from templates.bundle import Bundle, digest, make_bundle
from tests.plans import host_plan
from tests.templates.host_machine import FakeHost, start_file

STARTED = '#!/usr/bin/env bash\necho "start $*" >>"$STATE/calls"\n[[ $* != *--check* || ! -f $STATE/unfit ]]\n'


def bundle_of(start: str = STARTED) -> Bundle:
    """A real bundle whose start script only says that it ran."""
    made = make_bundle(host_plan("docker-compose"))
    own = start_file(start)
    files = [
        replace(file, text=start) if file.path == f"files{own.path}" else file
        for file in made.generated
        if file.path != "manifest.sha256"
    ]
    manifest = "".join(f"{digest(file.text)}  {file.path}\n" for file in files)
    return replace(made, generated=(*files, replace(made.generated[-1], text=manifest)))


@pytest.fixture
def machine(tmp_path: Path) -> FakeHost:
    made = FakeHost(tmp_path, host_plan("docker-compose"), in_bundle=True)
    shutil.rmtree(tmp_path / "bundle")
    write(look_at(bundle_of(), tmp_path / "bundle", overwrite=False))
    for name in ("install", "dirname"):
        (made.bin / name).symlink_to(str(shutil.which(name)))
    return made


def install(machine: FakeHost, *arguments: str) -> subprocess.CompletedProcess[str]:
    machine.set("calls")
    return machine._run(machine.tree.parent / "install.sh", arguments)


def installed(machine: FakeHost) -> dict[str, str]:
    return {
        str(path.relative_to(machine.root)): path.read_text()
        for top in ("etc/moorage", "etc/systemd", "usr")
        for path in sorted((machine.root / top).rglob("*"))
        if path.is_file()
    }


def test_it_copies_every_file_with_its_mode_and_starts_the_copy(machine: FakeHost):
    done = install(machine)
    assert done.returncode == 0, done.stderr
    for source in (path for path in machine.tree.rglob("*") if path.is_file()):
        target = machine.root / source.relative_to(machine.tree)
        assert target.read_bytes() == source.read_bytes()
        assert target.stat().st_mode == source.stat().st_mode
    assert (machine.root / "etc/moorage/user/docker-compose.user.yaml").exists()
    assert machine.calls == ["systemctl is-active moorage-start.service", "start --check", "systemctl daemon-reload", "systemctl enable moorage-start.service", "start "]  # fmt: skip


def test_it_does_not_run_beside_a_start_that_is_under_way(machine: FakeHost):
    (machine.bin / "systemctl").write_text("#!/bin/bash\necho activating\n")
    before = machine.snapshot()
    done = install(machine)
    assert done.returncode == 1
    assert "is being set up at this moment" in done.stderr
    assert machine.snapshot() == before


def test_a_second_run_writes_nothing(machine: FakeHost):
    install(machine)
    before = machine.snapshot()
    assert "wrote" not in install(machine).stdout
    assert machine.snapshot() == before


@pytest.mark.parametrize("arguments", [("--check",), ("--check", "--from", "."), ("--download", "."), ("--help",)])
def test_what_only_looks_runs_from_the_bundle_and_copies_nothing(machine: FakeHost, arguments: tuple[str, ...]):
    before = machine.snapshot()
    assert install(machine, *arguments).returncode == 0
    assert machine.calls == [f"start {' '.join(arguments)}"]
    assert machine.snapshot() == before


def test_a_machine_that_does_not_fit_gets_nothing(machine: FakeHost):
    machine.set("unfit")
    before = machine.snapshot()
    assert install(machine).returncode == 1
    assert machine.snapshot() == before


@pytest.mark.parametrize("damage", ["edited", "missing", "manifest"])
def test_a_damaged_bundle_installs_nothing(machine: FakeHost, damage: str):
    victim = machine.tree.parent / ("manifest.sha256" if damage == "manifest" else "files/etc/moorage/machine.env")
    victim.unlink() if damage == "missing" else victim.write_text("MOORAGE_NAME=evil\n")
    before = machine.snapshot()
    done = install(machine)
    assert done.returncode == 1
    assert "not as they were rendered" in done.stderr
    assert machine.calls == []
    assert machine.snapshot() == before


def test_a_persons_own_settings_on_the_machine_are_never_lost_without_a_word(machine: FakeHost):
    there = machine.root / "etc/moorage/user/docker-compose.user.yaml"
    install(machine)
    there.write_text("services: {mine: {}}\n")
    done = install(machine)
    assert done.returncode == 1
    assert "differ: make them equal" in done.stderr
    assert there.read_text() == "services: {mine: {}}\n"
    (machine.tree.parent / "user/docker-compose.user.yaml").unlink()
    assert install(machine).returncode == 0
    assert there.read_text() == "services: {mine: {}}\n"


def test_options_reach_the_installer_as_they_were_given(machine: FakeHost, tmp_path: Path):
    directory = tmp_path / "with blank $(touch evil)"
    directory.mkdir()
    assert install(machine, "--from", str(directory)).returncode == 0
    assert machine.calls[-1] == f"start --from {directory}"
    assert not (tmp_path / "evil").exists()


def test_a_killed_copy_leaves_whole_files_only(machine: FakeHost):
    (machine.bin / "mv").unlink()
    (machine.bin / "mv").write_text(
        '#!/bin/bash\n[[ $* != *downloads.tsv* ]] || kill -KILL "$PPID"\nexec /bin/mv "$@"\n'
    )
    (machine.bin / "mv").chmod(0o755)
    assert install(machine).returncode == -9
    half = {path: text for path, text in installed(machine).items() if not path.endswith(".moorage-new")}
    assert half
    for path, text in half.items():
        assert (machine.tree / path).read_text() == text
    (machine.bin / "mv").unlink()
    (machine.bin / "mv").symlink_to("/bin/mv")
    assert install(machine).returncode == 0
    assert not [path for path in installed(machine) if path.endswith(".moorage-new")]

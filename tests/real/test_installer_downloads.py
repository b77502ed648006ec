"""What the installer downloads, on a real system: from a directory, from a mirror, and never with another checksum."""

from __future__ import annotations

from pathlib import Path

import pytest

from recommender.host import Software
from tests.real.conftest import TARGETS
from tests.real.downloads import MIRROR, needed, repacked, software
from tests.real.machine import INSTALLER, REQUIRES, Machine

pytestmark = REQUIRES


def test_a_directory_that_was_filled_elsewhere_serves_a_machine_without_internet(
    tmp_path: Path, target: Software
) -> None:
    with Machine(tmp_path / "connected", target) as connected:
        connected.run("install", "-d", "-o", "nobody", "/srv/downloads")
        before = connected.tree()
        nobody = connected.run(
            *("setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"),
            *("bash", INSTALLER, "--download", "/srv/downloads"),
        )
        assert nobody.returncode == 0, nobody.stdout
        after = connected.tree()
        fetched = {name: connected.path(name).read_bytes() for name in after if name.startswith("/srv/downloads/")}
        assert {name: after[name] for name in after if name not in fetched} == before
        assert len(fetched) == len(software(target))
    with Machine(tmp_path / "offline", target) as machine:
        machine.internet.close()
        for name, content in fetched.items():
            machine.write(name, content)
        machine.write("/srv/downloads/images/sourcegraph.tar", b"images")
        machine.install("--from", "/srv/downloads")
        assert f"Sourcegraph {machine.plan.version} answers" in machine.log
        before = machine.tree(touched=True)
        machine.install("--from", "/srv/downloads")
        machine.install()  # as at every boot
        assert machine.tree(touched=True) == before


def test_a_directory_is_refused_with_all_that_is_missing_or_wrong_in_it(tmp_path: Path, target: Software) -> None:
    changed, *missing = [pinned for pinned, _ in needed(target).values()]
    with Machine(tmp_path, target) as machine:
        machine.write(f"/srv/downloads/{changed.file}", b"something else")
        before = machine.tree(touched=True)
        output = machine.refuse("--from", "/srv/downloads")
        assert f"{changed.sha256} was expected. Get it again with --download DIR" in output
        for pinned in missing:
            assert f"/srv/downloads/{pinned.file} is missing" in output
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
        output = machine.refuse()
        assert f"{pinned.sha256 or pinned.tree_sha256} was expected" in output
        assert pinned.url in output
        left = [path for path in machine.tree() if pinned.file in path or f"{name}-{pinned.version}" in path]
        assert left == []
        machine.internet.files[pinned.file] = content
        machine.install()


def test_a_plan_with_a_mirror_fetches_from_there_alone(tmp_path: Path, target: Software) -> None:
    with Machine(tmp_path, target, mirror=MIRROR) as machine:
        machine.install()
        assert {*machine.internet.requests} == {f"/mirror/{pinned.file}" for pinned, _ in needed(target).values()}


def test_a_mirror_that_is_down_is_named(tmp_path: Path, target: Software) -> None:
    with Machine(tmp_path, target, mirror=MIRROR) as machine:
        machine.internet.close()
        output = machine.refuse()
        assert f"{MIRROR}/" in output
        assert "could not be fetched. Check the way out" in output
        assert "--from DIR" in output

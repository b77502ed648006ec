"""`moorage render`: a bundle that is written whole or not at all, and never over a person's edits."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from recommender.errors import MoorageError
from stacks import bundle_writer
from stacks.bundle_writer import look_at, write
from templates.bundle import Bundle, digest, make_bundle
from templates.compact import without_comments
from templates.context import File
from tests.plans import aws_plan, host_plan

PROFILE = {
    "name": "acme",
    "scale": {"users": 400, "repositories": 900, "code_gb": 20},
    "cloud": {"accepts_admin_access": False},
    "hosting": {
        "provider": "on-premises",
        "restrictions": {"kubernetes": ["no cluster"], "install-script": ["no k3s"]},
    },
}


@pytest.fixture(scope="module")
def bundle() -> Bundle:
    return make_bundle(host_plan("docker-compose"))


def renewed(bundle: Bundle) -> Bundle:
    return make_bundle(host_plan("docker-compose", domain="other.acme.example"))


def put(bundle: Bundle, directory: Path, *, overwrite: bool = False) -> str:
    target = look_at(bundle, directory, overwrite=overwrite)
    write(target)
    return target.outcome


def tree(directory: Path) -> dict[str, tuple[int, bytes]]:
    return {
        str(path.relative_to(directory)): (stat.S_IMODE(path.stat().st_mode), path.read_bytes())
        for path in sorted(directory.rglob("*"))
        if path.is_file()
    }


def moorage(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "stacks.cli", *arguments]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent)}
    return subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, check=False)


def test_a_bundle_is_checked_by_its_own_manifest(bundle: Bundle, tmp_path: Path):
    assert put(bundle, tmp_path / "out") == "written"
    done = subprocess.run(["sha256sum", "--check", "--strict", "manifest.sha256"], cwd=tmp_path / "out", capture_output=True, text=True, check=False)  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    listed = {line[66:] for line in (tmp_path / "out/manifest.sha256").read_text().splitlines()}
    own = {"manifest.sha256", *(file.path for file in bundle.user)}
    assert listed == set(tree(tmp_path / "out")) - own


@pytest.mark.parametrize("made", [host_plan("install-script"), host_plan("docker-compose"), aws_plan()], ids=lambda plan: plan.target)  # fmt: skip
def test_a_bundle_carries_the_same_files_as_its_user_data(made: Any, tmp_path: Path):
    put(make_bundle(made), tmp_path / "out")
    for file in yaml.safe_load((tmp_path / "out/user-data.yaml").read_text())["write_files"]:
        path = tmp_path / "out/files" / file["path"].lstrip("/")
        whole = path.read_text()
        assert file["content"] in (whole, without_comments(whole))
        assert stat.S_IMODE(path.stat().st_mode) == int(file["permissions"], 8)
    assert (tmp_path / "out/install.sh").exists() == (made.target != "machine-image")


def test_rendering_again_changes_nothing(bundle: Bundle, tmp_path: Path):
    put(bundle, tmp_path / "out")
    before, inode = tree(tmp_path / "out"), (tmp_path / "out").stat().st_ino
    assert put(bundle, tmp_path / "out") == "unchanged"
    assert (tree(tmp_path / "out"), (tmp_path / "out").stat().st_ino) == (before, inode)


def test_a_new_plan_renews_the_files_and_keeps_what_is_the_users(bundle: Bundle, tmp_path: Path):
    put(bundle, tmp_path / "out")
    (tmp_path / "out/user/docker-compose.user.yaml").write_text("services: {mine: {}}\n")
    (tmp_path / "out/user/notes").mkdir()
    (tmp_path / "out/user/notes/why.txt").write_text("because\n")
    assert put(renewed(bundle), tmp_path / "out") == "renewed"
    assert (tmp_path / "out/user/docker-compose.user.yaml").read_text() == "services: {mine: {}}\n"
    assert (tmp_path / "out/user/notes/why.txt").read_text() == "because\n"
    assert "other.acme.example" in (tmp_path / "out/README.md").read_text()


@pytest.mark.parametrize("edit", ["changed", "gone", "added", "link", "manifest"])
def test_edits_of_generated_files_are_named_and_not_overwritten(bundle: Bundle, tmp_path: Path, edit: str):
    out = tmp_path / "out"
    put(bundle, out)
    edited = {"added": out / "files/mine.txt", "manifest": out / "manifest.sha256"}.get(edit, out / "install.sh")
    if edit in ("gone", "link"):
        edited.unlink()
    if edit == "link":
        edited.symlink_to("README.md")
    if edit in ("changed", "added"):
        edited.write_text("mine\n")
    if edit == "manifest":
        edited.write_text(edited.read_text() + "not a line of it\n")
    before = tree(out)
    with pytest.raises(MoorageError) as error:
        put(renewed(bundle), out)
    assert str(edited.relative_to(out)) in str(error.value)
    assert "--overwrite" in str(error.value)
    assert tree(out) == before
    assert put(renewed(bundle), out, overwrite=True) == "renewed"
    assert tree(out).keys() == {file.path for file in (*bundle.generated, *bundle.user)}


def test_a_directory_that_is_no_bundle_is_refused(bundle: Bundle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/thesis.txt").write_text("years of work")
    (tmp_path / "file").write_text("")
    (tmp_path / "link").symlink_to(tmp_path / "mine")
    for name in ("mine", "file", "link"):
        with pytest.raises(MoorageError):
            put(bundle, tmp_path / name, overwrite=True)
    monkeypatch.chdir(tmp_path / "mine")
    with pytest.raises(MoorageError, match="where you are"):
        put(bundle, Path())
    assert (tmp_path / "mine/thesis.txt").read_text() == "years of work"


class Killed(BaseException):
    """Ends a run where it is, as a signal would: no handler of errors catches it."""


@pytest.mark.parametrize("existing", [False, True], ids=["new", "renewed"])
@pytest.mark.parametrize("failure", [Killed, OSError])
def test_a_run_that_dies_anywhere_leaves_the_old_bundle_or_the_new(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failure: type[BaseException], existing: bool
):
    before, after = small_bundle("one\n"), small_bundle("two\n")
    old, new = tree_of(before, tmp_path / "old"), tree_of(after, tmp_path / "new")
    deaths = 0
    for step in range(10_000):
        out = tmp_path / f"run{step}" / "out"
        if existing:
            put(before, out)
        with monkeypatch.context() as patched:
            die_at(patched, step, failure)
            try:
                put(after, out)
                died = False
            except (Killed, MoorageError):
                died = True
        deaths += died
        if not died:
            break
        if failure is OSError:
            assert (tree(out) == old) if existing else not out.exists()
        target = look_at(after, out, overwrite=False)  # puts back what a killed run left aside
        assert tree(out) in ((old, new) if existing else ({}, new))
        write(target)
        assert tree(out) == new
        assert failure is Killed or [path.name for path in out.parent.iterdir()] == ["out"]
    assert deaths > 10


def small_bundle(text: str) -> Bundle:
    files = [File("README.md", "0644", text), File("files/etc/moorage/machine.env", "0644", text)]
    manifest = "".join(f"{digest(file.text)}  {file.path}\n" for file in files)
    user = (File("user/values.yaml", "0644", "{}\n"),)
    return Bundle("acme", "install-script", "6.12.5040", (*files, File("manifest.sha256", "0644", manifest)), user)


def tree_of(bundle: Bundle, directory: Path) -> dict[str, tuple[int, bytes]]:
    put(bundle, directory)
    return tree(directory)


def die_at(monkeypatch: pytest.MonkeyPatch, step: int, failure: type[BaseException]) -> None:
    """The step-th change of the file system fails: a kill ends everything there, an error is that one's alone."""
    done = 0

    def dying(real: Any) -> Any:
        def call(*arguments: Any, **named: Any) -> Any:
            nonlocal done
            done += 1
            if done == step + 1:
                raise failure(28, "No space left on device")
            return real(*arguments, **named)

        return call

    for name in ("mkdir", "write_bytes", "chmod", "rename"):
        monkeypatch.setattr(Path, name, dying(getattr(Path, name)))
    monkeypatch.setattr(bundle_writer.tempfile, "mkdtemp", dying(bundle_writer.tempfile.mkdtemp))
    if failure is Killed:
        monkeypatch.setattr(bundle_writer.shutil, "rmtree", lambda *_, **__: None)


def test_the_command_says_what_it_wrote(tmp_path: Path):
    (tmp_path / "acme.yaml").write_text(yaml.safe_dump(PROFILE))
    first = moorage("render", "acme.yaml", "-o", "out", cwd=tmp_path)
    assert first.returncode == 0, first.stderr
    assert "files written (docker-compose" in first.stdout
    second = moorage("render", "acme.yaml", "-o", "out", "--json", cwd=tmp_path)
    document = json.loads(second.stdout)
    assert document["outcome"] == "unchanged"
    assert set(document["files"]) == set(tree(tmp_path / "out")) - {"user/docker-compose.user.yaml"}


def test_several_profiles_get_a_directory_each_and_one_refusal_stops_all(tmp_path: Path):
    for name in ("acme", "globex"):
        (tmp_path / f"{name}.yaml").write_text(yaml.safe_dump({**PROFILE, "name": name}))
    (tmp_path / "out/globex").mkdir(parents=True)
    (tmp_path / "out/globex/mine").write_text("")
    refused = moorage("render", "acme.yaml", "globex.yaml", "-o", "out", cwd=tmp_path)
    assert refused.returncode == 1
    assert not (tmp_path / "out/acme").exists()
    (tmp_path / "out/globex/mine").unlink()
    done = moorage("render", "acme.yaml", "globex.yaml", "-o", "out", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "out/acme/install.sh").exists()
    assert (tmp_path / "out/globex/install.sh").exists()


def test_the_answer_cloud_renders_nothing(tmp_path: Path):
    profile = {**PROFILE, "hosting": {"provider": "aws", "region": "us-east-1", "requires_cluster": True}}
    profile["cloud"] = {"accepts_admin_access": True, "accepts_audit_logging": True, "certifications": [], "blockers": [], "locale": "any", "executors": 0}  # fmt: skip
    (tmp_path / "acme.yaml").write_text(yaml.safe_dump(profile))
    done = moorage("render", "acme.yaml", "-o", "out", cwd=tmp_path)
    assert done.returncode == 1, done.stdout
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "out").exists()

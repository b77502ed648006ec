"""`moorage new-ci` writes all of its files or none, and never over a person's own."""

from __future__ import annotations

import os

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from recommender.errors import InputError, MoorageError
from stacks.new_ci import write
from templates.ci.files import ci_files

GLOBS = ["profiles/*.yaml"]


def tree(directory):
    return {str(path.relative_to(directory)): path.read_bytes() for path in directory.rglob("*") if path.is_file()}


@pytest.mark.parametrize("system", ["github", "gitlab"])
def test_a_new_repository_gets_every_file(system, tmp_path):
    written = write(system, tmp_path / "new", profiles=GLOBS, overwrite=False)
    assert tree(tmp_path / "new") == {file.path: file.text.encode() for file in ci_files(system, GLOBS)}
    assert written == [tmp_path / "new" / file.path for file in ci_files(system, GLOBS)]
    assert {oct(path.stat().st_mode & 0o777) for path in written} == {"0o644"}


def test_writing_the_same_again_touches_nothing(tmp_path):
    first = write("github", tmp_path, profiles=GLOBS, overwrite=False)
    before = [path.stat().st_ino for path in first]
    assert write("github", tmp_path, profiles=GLOBS, overwrite=False) == first
    assert [path.stat().st_ino for path in first] == before


def test_a_file_that_differs_is_refused_and_no_other_is_written(tmp_path):
    last = tmp_path / ".github/workflows/moorage-apply.yml"
    last.parent.mkdir(parents=True)
    last.write_text("mine\n")
    with pytest.raises(InputError, match=r"moorage-apply\.yml") as refused:
        write("github", tmp_path, profiles=GLOBS, overwrite=False)
    assert refused.value.exit_code == 2
    assert tree(tmp_path) == {".github/workflows/moorage-apply.yml": b"mine\n"}


def test_it_is_replaced_when_asked_for(tmp_path):
    (path,) = write("gitlab", tmp_path, profiles=GLOBS, overwrite=False)
    path.write_text("mine\n")
    write("gitlab", tmp_path, profiles=GLOBS, overwrite=True)
    assert path.read_text() == ci_files("gitlab", GLOBS)[0].text


@pytest.mark.parametrize("overwrite", [False, True])
def test_a_directory_or_a_dead_link_in_the_way_is_never_replaced(overwrite, tmp_path):
    (tmp_path / ".github/workflows/moorage.yml").mkdir(parents=True)
    (tmp_path / ".github/workflows/moorage-apply.yml").symlink_to("nowhere")
    with pytest.raises(InputError) as refused:
        write("github", tmp_path, profiles=GLOBS, overwrite=overwrite)
    assert len(refused.value.problems) == 2
    assert not tree(tmp_path)


def test_a_full_disk_leaves_everything_as_it_was(tmp_path, monkeypatch):
    earlier = write("github", tmp_path, profiles=["old/*.yaml"], overwrite=False)
    before, calls = tree(tmp_path), []

    def fdopen(handle, mode):
        calls.append(handle)
        if len(calls) == len(earlier):  # the last file
            os.close(handle)
            raise OSError(28, "No space left on device")
        return open(handle, mode)  # noqa: PTH123 - a handle

    monkeypatch.setattr("stacks.new_ci.os.fdopen", fdopen)
    monkeypatch.setattr("stacks.new_ci._is", lambda path, text: False)
    with pytest.raises(MoorageError, match="No space left"):
        write("github", tmp_path, profiles=GLOBS, overwrite=True)
    assert tree(tmp_path) == before


@pytest.mark.parametrize(
    "glob",
    [
        "", "/etc/*.yaml", "../*.yaml", "a/../b.yaml", "./a.yaml", "a b/*.yaml", "-x.yaml", "!profiles/*.yaml", "profiles/**.yaml",
        "profiles/", "profiles/*", "profiles/*.md", "p/$(id).yaml", "p/${{ x }}.yaml", "p/?.yaml", "p/[ab].yaml", "p/{a,b}.yaml",
        "a\n.yaml", "profiles//*.yaml", "profiles/*.yaml\n",
    ],
)  # fmt: skip
def test_a_glob_that_means_something_else_somewhere_is_refused(glob, tmp_path):
    with pytest.raises(InputError, match="--profiles"):
        write("github", tmp_path, profiles=[glob, "profiles/*.yaml"], overwrite=False)
    assert not tree(tmp_path)


segment = st.text("abXY09_.-*", min_size=1, max_size=6)


@given(st.lists(segment, max_size=3), segment, st.sampled_from(["yaml", "yml", "json", "jsonl"]))
def test_every_glob_that_is_taken_stands_in_the_file_as_it_was_given(tmp_path_factory, folders, name, ending):
    glob = "/".join([*folders, f"{name}.{ending}"])
    directory = tmp_path_factory.mktemp("repository")
    try:
        path, _ = write("github", directory, profiles=[glob], overwrite=False)
    except InputError:
        assert not tree(directory)
        return
    document = yaml.safe_load(path.read_text())
    assert document[True]["pull_request"]["paths"][0] == glob
    assert document["env"]["MOORAGE_PROFILES"] == f":(glob){glob}"

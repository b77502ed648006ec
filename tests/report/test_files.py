"""Files that verbs write: refused before anything is done, or written whole."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from recommender.errors import InputError
from stacks.files import problems_of, write_all


def refused(path: str) -> list[str]:
    return [problem.allowed for problem in problems_of([Path(path)], option="--write")]


@pytest.mark.parametrize("path", [".", "/", "..", "there", "there/..", "/dev/null", "pipe"])
def test_only_a_file_is_replaced(path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "there").mkdir()
    os.mkfifo(tmp_path / "pipe")
    assert refused(path) == ["a file to write, which this is not"]


@pytest.mark.parametrize("path", ["a/b/c", "file/c", "file/b/c"])
def test_a_file_is_in_a_directory(path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").touch()
    (why,) = refused(path)
    assert "directory" in why


def test_a_name_that_no_file_can_have_is_refused():
    assert refused("x" * 300) == ["a file to write (File name too long)"]


def test_nothing_is_written_where_one_path_is_refused(tmp_path: Path):
    (tmp_path / "taken").mkdir()
    with pytest.raises(InputError):
        write_all({tmp_path / "new": "text", tmp_path / "taken": "text"}, option="--write")
    assert [path.name for path in tmp_path.iterdir()] == ["taken"]


def test_a_disk_that_is_full_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    opened, fdopen = list[int](), os.fdopen

    def full(handle: int, mode: str):
        opened.append(handle)
        if len(opened) > 1:
            os.close(handle)
            raise OSError(errno.ENOSPC, "No space left on device")
        return fdopen(handle, mode)

    monkeypatch.setattr(os, "fdopen", full)
    with pytest.raises(InputError, match="No space left on device"):
        write_all({tmp_path / "new": "text", tmp_path / "other": "text"}, option="--write")
    assert list(tmp_path.iterdir()) == []


def test_a_directory_that_is_missing_is_made(tmp_path: Path):
    write_all({tmp_path / "new/report": "text\n"}, option="--write")
    assert (tmp_path / "new/report").read_text() == "text\n"


def test_what_a_link_stands_for_is_written(tmp_path: Path):
    (tmp_path / "link").symlink_to("report")
    write_all({tmp_path / "link": "text\n"}, option="--write")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "report").read_text() == "text\n"

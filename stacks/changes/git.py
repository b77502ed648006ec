"""Files as they were at a revision, asked of git: no shell, nothing written, nothing fetched."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Final

from recommender.errors import InputError, Problem

_TIMEOUT: Final = 30
"""Seconds for one question; each takes milliseconds unless a disk or a lock hangs."""


def is_revision(name: str, directory: Path) -> bool:
    """Whether git knows the name as a commit.

    Args:
        name: such as `origin/main` or `HEAD~1`.
        directory: where to ask.

    Raises:
        InputError: there is no git, or no repository.
    """
    return _commit(name, directory) is not None


def file_at(revision: str, path: str, directory: Path) -> bytes | None:
    """The bytes of a file at a revision; None: it does not exist there.

    Args:
        revision: of a commit.
        path: from the top of the repository; `./NAME` from `directory`.
        directory: where to ask.

    Raises:
        InputError: there is no git, no repository, no such revision, or the path is no file.
    """
    commit = _commit(revision, directory)
    where = f"{revision}:{path}"
    if commit is None:
        fix = f"See `git log {revision}`; a branch of a server needs `git fetch` first."
        raise InputError([Problem(where, f"the revision {revision}, unknown to git", "a commit, branch or tag", fix)])
    found = _git(directory, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{commit}:{path}")
    if found.returncode:
        return None
    name = found.stdout.decode().strip()
    kind = _git(directory, "cat-file", "-t", name).stdout.strip()
    content = _git(directory, "cat-file", "blob", name)
    if kind != b"blob" or content.returncode:
        given = "a directory" if kind == b"tree" else "something that git cannot read here"
        raise InputError([Problem(where, given, "a profile or a saved preview", "Name the file in it.")])
    return content.stdout


def _commit(name: str, directory: Path) -> str | None:
    inside = _git(directory, "rev-parse", "--git-dir")
    if inside.returncode:
        given = inside.stderr.decode(errors="replace").strip().removeprefix("fatal: ") or "no repository"
        fix = "Run it in a clone, or give two files."
        raise InputError([Problem(name, f"a revision, and git says: {given}", "a revision of a git repository", fix)])
    found = _git(directory, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}")
    return found.stdout.decode().strip() if found.returncode == 0 else None


def _git(directory: Path, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    # A partial clone would fetch what it lacks, and an index would be refreshed: neither is wanted for reading.
    environment = os.environ | {"GIT_NO_LAZY_FETCH": "1", "GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0"}
    try:
        return subprocess.run(  # noqa: S603 - no shell, and --end-of-options before what the user names
            ["git", *arguments],  # noqa: S607 - the user's own git, as their PATH has it
            cwd=directory,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_TIMEOUT,
            check=False,
        )
    except FileNotFoundError as error:
        fix = "Install git, or give two files."
        raise InputError([Problem("git", "no such program", "git, for a revision", fix)]) from error
    except subprocess.TimeoutExpired as error:
        fix = "See what holds git up: `git status`."
        raise InputError([Problem("git", f"no answer in {_TIMEOUT} seconds", "an answer", fix)]) from error

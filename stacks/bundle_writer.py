"""Writes a bundle: whole or not at all, and never over a person's edits without saying so."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from recommender.errors import MoorageError
from templates.bundle import MANIFEST, USER_FOLDER, Bundle, digest

Outcome = Literal["written", "renewed", "unchanged"]


@dataclass(frozen=True, slots=True)
class Target:
    """A directory that was looked at: what is to be done there is decided, and nothing is done yet."""

    bundle: Bundle
    directory: Path
    outcome: Outcome

    def document(self) -> dict[str, object]:
        """The JSON form."""
        return {
            "name": self.bundle.name,
            "target": self.bundle.target,
            "sourcegraph_version": self.bundle.version,
            "directory": str(self.directory),
            "outcome": self.outcome,
            "files": {file.path: digest(file.text) for file in self.bundle.generated},
        }

    def text(self) -> str:
        """What was done, in one sentence."""
        count = len(self.bundle.generated)
        what = f"{self.bundle.target}, Sourcegraph {self.bundle.version}"
        return f"{self.directory}: {count} files {self.outcome} ({what}); read {self.directory / 'README.md'}"


def look_at(bundle: Bundle, directory: Path, *, overwrite: bool) -> Target:
    """Decides what writing the bundle to a directory means.

    Args:
        bundle: what is to be written.
        directory: absent, empty, or an earlier bundle.
        overwrite: edits of generated files may be lost.

    Raises:
        MoorageError: the directory is something else, or a person edited generated files in it.
    """
    if directory.resolve() in (Path.cwd(), *Path.cwd().parents):
        raise MoorageError(
            f"{directory} is where you are: it would be replaced under your feet", fix="Name a directory below it."
        )
    _restore(directory)
    if directory.is_symlink() or (directory.exists() and not directory.is_dir()):
        raise MoorageError(f"{directory} is not a directory", fix="Name a new or an empty one with -o.")
    if not directory.exists() or not any(directory.iterdir()):
        return Target(bundle, directory, "written")
    manifest = directory / MANIFEST
    if not manifest.is_file():
        raise MoorageError(
            f"{directory} holds files, and no bundle of moorage", fix="Name a new or an empty directory with -o."
        )
    edited = _edited(directory, _listed(manifest))
    if edited and not overwrite:
        raise MoorageError(
            f"these files in {directory} are not as moorage wrote them: {', '.join(edited)}",
            fix=f"Move what you changed to {directory / USER_FOLDER}, which is kept, or say --overwrite to lose it.",
        )
    same = not edited and manifest.read_text() == bundle.generated[-1].text
    return Target(bundle, directory, "unchanged" if same and _has_user_files(bundle, directory) else "renewed")


def write(target: Target) -> None:
    """Writes the bundle beside its place, then puts it there in one step.

    A run that is killed leaves the earlier bundle or the new one. Between two renames it may leave the earlier one
    under another name: the next run puts that back first.

    Raises:
        MoorageError: the disk is full, or a directory cannot be written.
    """
    if target.outcome == "unchanged":
        return
    directory = target.directory
    try:
        directory.parent.mkdir(parents=True, exist_ok=True)
        fresh = Path(tempfile.mkdtemp(prefix=f".{directory.name}.", dir=directory.parent))
        try:
            _fill(fresh, target.bundle, directory / USER_FOLDER)
            _swap(fresh, directory)
        finally:
            shutil.rmtree(fresh, ignore_errors=True)
    except OSError as error:
        raise MoorageError(
            f"{directory} could not be written: {error.strerror or error}",
            fix="Nothing was changed; free the disk or name another directory with -o.",
        ) from error


def _fill(fresh: Path, bundle: Bundle, kept: Path) -> None:
    fresh.chmod(0o755)
    if kept.is_dir():
        shutil.copytree(kept, fresh / USER_FOLDER, symlinks=True)
    for file in (*bundle.generated, *bundle.user):
        path = fresh / file.path
        if file in bundle.user and path.exists():
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(file.text.encode())
        path.chmod(int(file.mode, 8))


def _swap(fresh: Path, directory: Path) -> None:
    aside = _aside(directory)
    if directory.exists():
        directory.rename(aside)
    try:
        fresh.rename(directory)
    except OSError:
        with suppress(FileNotFoundError):
            aside.rename(directory)
        raise
    shutil.rmtree(aside, ignore_errors=True)


def _restore(directory: Path) -> None:
    """Undoes what a killed run left: the earlier bundle stands aside, and nothing is in its place."""
    aside = _aside(directory)
    if aside.is_dir() and not directory.exists():
        aside.rename(directory)
    elif aside.is_dir():
        shutil.rmtree(aside, ignore_errors=True)


def _aside(directory: Path) -> Path:
    return directory.with_name(f".{directory.name}.moorage-before")


def _listed(manifest: Path) -> Mapping[str, str]:
    """Path to digest. A line that is not of the manifest's format counts as an edit of the manifest itself."""
    found: dict[str, str] = {}
    for line in manifest.read_text(errors="replace").splitlines():
        checksum, _, path = line.partition("  ")
        found[path or MANIFEST] = checksum if path else ""
    return found


def _edited(directory: Path, listed: Mapping[str, str]) -> list[str]:
    """Generated files that are gone or changed, and files that a person added outside of the user's folder."""
    present = {
        str(path.relative_to(directory)): path
        for path in sorted(directory.rglob("*"))
        if path.is_symlink() or not path.is_dir()
    }
    own = {path for path in present if path == MANIFEST or path.startswith(f"{USER_FOLDER}/")}
    changed = [path for path, checksum in listed.items() if path not in present or _digest(present[path]) != checksum]
    return sorted({*changed, *(path for path in present if path not in listed and path not in own)})


def _digest(path: Path) -> str:
    return "" if path.is_symlink() else hashlib.sha256(path.read_bytes()).hexdigest()


def _has_user_files(bundle: Bundle, directory: Path) -> bool:
    return all((directory / file.path).exists() for file in bundle.user)

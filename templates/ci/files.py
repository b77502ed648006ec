"""The files for CI, from templates. What they run in the shell is one text for both systems."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from templates.context import File
from templates.render import render

System = Literal["github", "gitlab"]

_TEMPLATES: Final[dict[System, tuple[tuple[str, str], ...]]] = {
    "github": (
        (".github/workflows/moorage.yml", "ci/github.yml.j2"),
        (".github/workflows/moorage-apply.yml", "ci/github_apply.yml.j2"),
    ),
    "gitlab": ((".gitlab/moorage.gitlab-ci.yml", "ci/gitlab.yml.j2"),),
}


@dataclass(frozen=True, slots=True)
class _Nothing:
    """What the scripts know: they read the environment."""


@dataclass(frozen=True, slots=True)
class _Context:
    """What the files say. The scripts are fields, and not includes, so that a template shows how deep they stand."""

    profiles: tuple[str, ...]
    """Globs as the systems' path filters read them."""
    pathspecs: str
    """The same for git, separated by spaces."""
    install: str
    preview: str
    comment: str
    note: str
    apply: str


def ci_files(system: System, profiles: Sequence[str]) -> tuple[File, ...]:
    """Every file of a system, with its path in the repository of the profiles.

    Args:
        system: whose CI.
        profiles: globs of letters, digits, `.`, `_`, `-`, `/`, `*` and `**/`, relative to the repository. GitHub,
            GitLab and git read these alike.
    """
    context = _Context(
        profiles=tuple(profiles),
        pathspecs=" ".join(f":(glob){glob}" for glob in profiles),
        install=_script("install.sh"),
        preview=_script("preview.sh"),
        comment=_script("comment.sh"),
        note=_script("note.py"),
        apply=_script("apply.sh"),
    )
    return tuple(File(path, "0644", render(template, context)) for path, template in _TEMPLATES[system])


def _script(name: str) -> str:
    return render(f"ci/{name}.j2", _Nothing()).rstrip("\n")

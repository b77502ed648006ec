"""The bundle: everything that a site admin needs to install by hand, as files of one directory."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from recommender.host import HostPlan
from recommender.kubernetes.plan import KubernetesPlan
from templates.context import File
from templates.overlays import Plan, host_of, machine_files, user_data
from templates.render import render

MANIFEST = "manifest.sha256"
"""In the format of sha256sum: one line for every generated file but itself."""
USER_FOLDER = "user"
"""What a person puts there is never touched by a later rendering."""

_USER_FILES = {"install-script": "values.yaml", "docker-compose": "docker-compose.user.yaml"}


@dataclass(frozen=True, slots=True)
class Bundle:
    """Files by their path below the bundle's directory."""

    name: str
    target: str
    version: str
    generated: tuple[File, ...]
    """Written anew each time; the manifest is the last."""
    user: tuple[File, ...]
    """Written once, where they do not exist; a person's from then on."""


@dataclass(frozen=True, slots=True)
class _Contents:
    """What README.md and install.sh say."""

    plan: Plan
    host: HostPlan | None
    user_file: str
    files: tuple[File, ...]


def make_bundle(plan: Plan | KubernetesPlan) -> Bundle:
    """The bundle of a plan.

    Raises:
        MoorageError: a value of the plan that has no business in a file that root reads, or in a manifest.
    """
    if isinstance(plan, KubernetesPlan):
        from templates.kubernetes.bundle import kubernetes_bundle  # one target a process, mostly

        return kubernetes_bundle(plan)
    host = host_of(plan)
    files = machine_files(plan)
    contents = _Contents(plan, host, _USER_FILES.get(plan.target, ""), files)
    made = [File("README.md", "0644", render("bundle/README.md.j2", contents))]
    if host is not None:
        made.append(File("install.sh", "0755", render("bundle/install.sh.j2", contents)))
    made.append(File("user-data.yaml", "0644", user_data(plan)))
    made += [File(f"files{file.path}", file.mode, file.text) for file in files]
    user = (
        (File(f"{USER_FOLDER}/{contents.user_file}", "0644", render(f"bundle/{contents.user_file}.j2", contents)),)
        if host
        else ()
    )
    return Bundle(plan.name, plan.target, plan.version, (*made, manifest_of(made)), user)


def manifest_of(files: Sequence[File]) -> File:
    """The manifest of the generated files, sorted by path."""
    lines = [f"{digest(file.text)}  {file.path}\n" for file in sorted(files, key=lambda file: file.path)]
    return File(MANIFEST, "0644", "".join(lines))


def digest(text: str) -> str:
    """SHA-256 of a file's bytes, in hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()

"""The files as new-ci writes them, and their steps as something that a test can run."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from templates.ci.files import ci_files

GLOBS = ("profiles/*.yaml", "other/**/*.json")
TEXTS: dict[str, str] = {file.path: file.text for system in ("github", "gitlab") for file in ci_files(system, GLOBS)}
PREVIEW, APPLY, GITLAB = TEXTS
DOCUMENTS: dict[str, dict[Any, Any]] = {path: yaml.safe_load(text) for path, text in TEXTS.items()}
_JOBS_OF_GITLAB = [name for name, job in DOCUMENTS[GITLAB].items() if "script" in job]


class Step(NamedTuple):
    """A shell script of a job, and what it finds in its environment."""

    job: str
    name: str
    script: str
    environment: Mapping[str, str]


def steps(path: str) -> Iterator[dict[str, Any]]:
    """Every step of a workflow."""
    for job in DOCUMENTS[path]["jobs"].values():
        yield from job["steps"]


def scripts() -> list[Step]:
    """Every script of every file. In GitLab the items of a job are one script."""
    found = [
        Step(job, step["name"], step["run"], {**DOCUMENTS[path].get("env", {}), **step.get("env", {})})
        for path in (PREVIEW, APPLY)
        for job, content in DOCUMENTS[path]["jobs"].items()
        for step in content["steps"]
        if "run" in step
    ]
    for name in _JOBS_OF_GITLAB:
        job = DOCUMENTS[GITLAB][name]
        inherited = DOCUMENTS[GITLAB][job["extends"]]["variables"] if "extends" in job else {}
        variables = {key: value["value"] if isinstance(value, dict) else value for key, value in inherited.items()}
        found.append(Step(name, name, "\n".join(job["script"]), variables))
    return found


def script(job: str, name: str = "") -> Step:
    """One of them; in GitLab the job's name is enough."""
    return next(step for step in scripts() if step.job == job and step.name == (name or job))


def run(
    step: Step, directory: Path, given: Mapping[str, str], tools: Path, *, expressions: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Runs a step as the runner would, with stand-ins first on the path.

    Args:
        step: the script.
        directory: where it runs.
        given: what the system sets.
        tools: directory of the stand-ins.
        expressions: the text of each `${{ }}` of the step's environment; one that is missing fails the test.
    """
    values = {
        name: re.sub(r"\$\{\{ (.*?) \}\}", lambda found: (expressions or {})[found[1]], value)
        for name, value in step.environment.items()
    }
    base = {name: os.environ[name] for name in ("HOME", "LANG") if name in os.environ}
    environment = {**base, **values, **given, "PATH": f"{tools}:{os.environ['PATH']}"}
    shell = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step.script]
    return subprocess.run(shell, cwd=directory, env=environment, capture_output=True, text=True, timeout=60)


def stand_in(tools: Path, name: str, text: str) -> None:
    """A program that the step finds instead of the real one."""
    tools.mkdir(exist_ok=True)
    (tools / name).write_text(text)
    (tools / name).chmod(0o755)

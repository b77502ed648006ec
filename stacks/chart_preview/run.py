"""Runs `helm template`: no cluster, no network, and nothing of the user's own Helm read or written."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from recommender.errors import InputError, MoorageError, Problem

_TIMEOUT_SECONDS = 120
_LAST_LINES = 8
# Helm logs with the time of day, which would make two equal previews differ.
_TIME = re.compile(r"^(\d{4}/\d\d/\d\d \d\d:\d\d:\d\d |time=\S+ )")


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart on this machine."""

    path: Path
    name: str
    version: str
    app_version: str


@dataclass(frozen=True, slots=True)
class Release:
    """How a chart is to be installed."""

    name: str
    namespace: str
    values: Mapping[str, Any]
    kubernetes: str
    """Minor version, such as 1.36."""
    api_versions: tuple[str, ...]
    """What the cluster knows beside Kubernetes' own kinds, such as external-secrets.io/v1."""


def read_chart(path: Path, option: str) -> Chart:
    """What the chart says of itself.

    Args:
        path: a directory with a Chart.yaml, or a .tgz of one.
        option: of the command line, named in errors.

    Raises:
        InputError: there is no chart.
    """
    import yaml

    try:
        found = yaml.safe_load(_chart_yaml(path))
    except (OSError, tarfile.TarError, UnicodeDecodeError, KeyError, yaml.YAMLError) as error:
        raise _no_chart(path, option) from error
    if not isinstance(found, dict) or not found.get("name") or not found.get("version"):
        raise _no_chart(path, option)
    return Chart(path.resolve(), str(found["name"]), str(found["version"]), str(found.get("appVersion", "")))


def template(program: str, chart: Chart, release: Release) -> tuple[str, tuple[str, ...]]:
    """The manifests that installing the release would create, and what Helm says beside them.

    Hooks are among them as Helm runs them at an installation, but for its tests.

    Raises:
        MoorageError: there is no Helm; it fails, with its own last lines; or it takes longer than two minutes.
    """
    helm = shutil.which(program)
    if helm is None:
        raise MoorageError(f"there is no program {program}", fix="Install Helm 3.8 or newer, or name it with --helm.")
    with _scratch(release.values) as directory:
        done = _run([str(Path(helm).absolute()), *_arguments(chart, release, directory)], directory)
        said = [_TIME.sub("", line).replace(str(directory), "") for line in done.stderr.splitlines() if line.strip()]
    if done.returncode:
        last = "".join(f"\n    {line}" for line in said[-_LAST_LINES:])
        raise MoorageError(
            f"Helm could not render the chart {chart.name} {chart.version} (exit {done.returncode}):{last}",
            fix="If the lines above name a value, look for it in your own --values; if not, the chart does not take "
            "the plan's values.",
        )
    return done.stdout, tuple(line for line in said if "warning" in line.lower() or "level=WARN" in line)


def _arguments(chart: Chart, release: Release, directory: Path) -> list[str]:
    options = {
        "--namespace": release.namespace,
        "--values": str(directory / "values.yaml"),
        "--kube-version": f"{release.kubernetes}.0",
    }
    return [
        "template",
        release.name,
        # Absolute: Helm would take other words for the name of a chart in a repository that the user has added.
        str(chart.path),
        *(word for pair in options.items() for word in pair),
        *(f"--api-versions={version}" for version in release.api_versions),
        "--include-crds",
        "--skip-tests",
    ]


@contextmanager
def _scratch(values: Mapping[str, Any]) -> Iterator[Path]:
    """A directory of our own for Helm's files, with the values in it."""
    import yaml

    with tempfile.TemporaryDirectory(prefix="moorage-helm-") as name:
        directory = Path(name)
        (directory / "values.yaml").write_text(yaml.safe_dump(dict(values), sort_keys=False), encoding="utf-8")
        yield directory


def _run(command: Sequence[str], directory: Path) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(  # noqa: S603 - the program that the user named, without a shell
            command,
            cwd=directory,
            env=_environment(directory),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=_TIMEOUT_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise MoorageError(f"{command[0]} did not end within {_TIMEOUT_SECONDS} seconds") from error
    except OSError as error:
        raise MoorageError(f"{command[0]} could not be started: {error.strerror}") from error


def _environment(directory: Path) -> dict[str, str]:
    """Ours without anything that Helm takes settings from: plug-ins, repositories, clusters."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("HELM_", "KUBE"))}
    places = {f"HELM_{what}_HOME": str(directory / what.lower()) for what in ("CACHE", "CONFIG", "DATA")}
    return {**kept, **places, "HELM_PLUGINS": str(directory / "plugins"), "KUBECONFIG": str(directory / "kubeconfig")}


def _chart_yaml(path: Path) -> str:
    if path.is_dir():
        return (path / "Chart.yaml").read_text(encoding="utf-8")
    with tarfile.open(path) as archive:
        names = [name for name in archive.getnames() if re.fullmatch(r"(\./)?[^/]+/Chart\.yaml", name)]
        file = archive.extractfile(names[0]) if names else None
        if file is None:
            raise KeyError(path.name)
        return file.read().decode()


def _no_chart(path: Path, option: str) -> InputError:
    return InputError(
        [Problem(option, str(path), "a directory with a Chart.yaml, or a .tgz of one", "Give the path of the chart.")]
    )

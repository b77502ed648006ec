"""Releases of Helm charts, all with the same care for what happens when one fails."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
from pulumi_kubernetes.helm.v3 import Release

_HISTORY = 10
"""Revisions that Helm keeps to roll back to, each a secret of the namespace. The provider's default is no limit."""
_PROJECT = ".."
"""Where the project's root is seen from the working directory of the program and of the provider, which is stacks/
(Pulumi.yaml, `main`). An absolute path would put the machine that deploys into the state."""


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart, and where Helm finds it."""

    reference: str
    """Name within the repository; oci:// address; or path."""
    repository: str | None
    """https:// address; None: the reference says it all."""
    version: str
    """Exact. Helm does not compare it with a chart that is a file."""


def published(name: str, repository: str, version: str) -> Chart:
    """The chart of this name in a repository (https://) or a registry (oci://)."""
    if repository.startswith("oci://"):
        return Chart(f"{repository.rstrip('/')}/{name}", None, version)
    return Chart(name, repository, version)


def on_disk(path: str, version: str) -> Chart:
    """The chart in a directory or a .tgz, by its path from the project's root."""
    return Chart(posixpath.join(_PROJECT, path), None, version)


def release(
    logical_name: str,
    chart: Chart,
    values: Mapping[str, Any],
    *,
    name: str,
    namespace: str,
    timeout_seconds: int,
    parent: pulumi.Resource,
    depends_on: Sequence[pulumi.Resource],
    create_namespace: bool = False,
    protect: bool = False,
) -> Release:
    """Installs or upgrades a chart, waits until everything runs, and undoes what it did when that fails.

    Args:
        logical_name: Pulumi's name.
        chart: what to install.
        values: of the chart. A null removes the chart's default.
        name: Helm's name, fixed: people type it, and Helm marks all that it makes with it.
        namespace: where.
        timeout_seconds: how long one operation may take.
        parent: the component.
        depends_on: what must exist first, and is removed last.
        create_namespace: Helm makes the namespace if it is missing, and never removes it.
        protect: refuse to uninstall it.
    """
    return Release(
        logical_name,
        name=name,
        namespace=namespace,
        chart=chart.reference,
        version=chart.version,
        repository_opts={"repo": chart.repository} if chart.repository else None,
        values=values,
        create_namespace=create_namespace,
        # A release that failed half way would block the next deployment as "pending" (helm#7476).
        atomic=True,
        cleanup_on_fail=True,
        skip_await=False,
        wait_for_jobs=True,
        timeout=timeout_seconds,
        max_history=_HISTORY,
        # The new release would have the old one's name, or cluster-wide objects that belong to the old one.
        opts=pulumi.ResourceOptions(parent=parent, depends_on=depends_on, protect=protect, delete_before_replace=True),
    )

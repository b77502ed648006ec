"""The commands of a bundle's README: kubectl and Helm for one plan, every word of them quoted for the shell."""

from __future__ import annotations

import shlex
from collections.abc import Iterable

from recommender.kubernetes.chart import CHART
from recommender.kubernetes.plan import ApplicationPlan, PinnedChart
from templates.context import VERSION, checked
from templates.kubernetes.context import LABEL, PLAIN

# As the Pulumi program has them: components/kubernetes/release.py, sourcegraph.py and platform.py.
_HISTORY = 10
_TIMEOUT, _EXECUTORS_TIMEOUT, _PLATFORM_TIMEOUT = "3600s", "1800s", "600s"
_IN_EVERY_CLUSTER = frozenset({"kube-system", "default"})

_CONTEXT = r"[A-Za-z0-9][A-Za-z0-9:/@._-]*"
_REPOSITORY = r"(https|oci)://[A-Za-z0-9][A-Za-z0-9._~:/-]*"
_FILE = r"[A-Za-z0-9._/-]+"


def kubectl(plan: ApplicationPlan, *words: str, namespace: str | None = None) -> str:
    """Kubectl for the plan's cluster. Of an own cluster, KUBECONFIG names the cluster stack's output.

    Args:
        plan: whose context it is.
        words: shell words, quoted where they need it.
        namespace: None: the command is about the cluster as a whole, or the manifests say it.
    """
    space = ("--namespace", checked("namespace", namespace, LABEL)) if namespace else ()
    return " ".join(("kubectl", *_context(plan, "--context"), *space, *words))


def helm(plan: ApplicationPlan, namespace: str, *words: str) -> str:
    """Helm for the plan's cluster, on one line."""
    space = ("--namespace", checked("namespace", namespace, LABEL))
    return " ".join(("helm", *_context(plan, "--kube-context"), *space, *words))


def apply(plan: ApplicationPlan, paths: Iterable[str]) -> str:
    """Applies files in their order; empty: there are none."""
    files = [f"--filename {shlex.quote(path)}" for path in paths]
    return _lines(kubectl(plan, "apply"), files) if files else ""


def delete(plan: ApplicationPlan, paths: Iterable[str]) -> str:
    """Deletes what the files say, the last first; empty: there are none."""
    files = [f"--filename {shlex.quote(path)}" for path in reversed(list(paths))]
    return _lines(kubectl(plan, "delete --ignore-not-found"), files) if files else ""


def install_sourcegraph(plan: ApplicationPlan, values: Iterable[str]) -> str:
    """Installs or upgrades Sourcegraph."""
    if plan.chart_file:
        source = shlex.quote(checked("chart_file", plan.chart_file, _FILE))
        return _upgrade(plan, CHART, source, (), plan.namespace, values, _TIMEOUT)
    return _published(plan, CHART, plan.chart_repository, plan.version, plan.namespace, values, _TIMEOUT)


def install_executors(plan: ApplicationPlan, chart: str, namespace: str, values: Iterable[str]) -> str:
    """Installs or upgrades executors. The release is called like its chart, as the Pulumi program has it."""
    return _published(plan, chart, plan.chart_repository, plan.version, namespace, values, _EXECUTORS_TIMEOUT)


def install_platform(plan: ApplicationPlan, chart: PinnedChart, values: str) -> str:
    """Installs or upgrades a controller of the cluster."""
    extra = () if chart.namespace in _IN_EVERY_CLUSTER else ("--create-namespace",)
    return _published(
        plan, chart.name, chart.repository, chart.version, chart.namespace, [values], _PLATFORM_TIMEOUT, extra
    )


def show_chart_file(plan: ApplicationPlan) -> str:
    """What the file says of itself; empty where the chart is published."""
    return f"helm show chart {shlex.quote(checked('chart_file', plan.chart_file, _FILE))}" if plan.chart_file else ""


def rollback(plan: ApplicationPlan) -> str:
    """Back to the revision before the one that stands there."""
    return helm(plan, plan.namespace, "rollback", CHART, f"--cleanup-on-fail --wait --timeout {_TIMEOUT}")


def uninstall(plan: ApplicationPlan, release: str, namespace: str) -> str:
    """Takes a release away, and what Helm made for it."""
    return helm(plan, namespace, "uninstall", release, "--wait", f"--timeout {_PLATFORM_TIMEOUT}")


def _published(
    plan: ApplicationPlan,
    chart: str,
    repository: str,
    version: str,
    namespace: str,
    values: Iterable[str],
    timeout: str,
    extra: Iterable[str] = (),
) -> str:
    """A chart of a repository (https://) or a registry (oci://)."""
    place = checked("chart_repository", repository, _REPOSITORY)
    pinned = f"--version {checked('version', version, VERSION)}"
    if place.startswith("oci://"):
        source = shlex.quote(f"{place.rstrip('/')}/{chart}")
        return _upgrade(plan, chart, source, [pinned, *extra], namespace, values, timeout)
    options = [f"--repo {shlex.quote(place)}", pinned, *extra]
    return _upgrade(plan, chart, chart, options, namespace, values, timeout)


def _upgrade(
    plan: ApplicationPlan,
    release: str,
    source: str,
    options: Iterable[str],
    namespace: str,
    values: Iterable[str],
    timeout: str,
) -> str:
    return _lines(
        helm(plan, namespace, "upgrade", "--install", checked("release", release, PLAIN), source),
        [
            *options,
            *(f"--values {shlex.quote(path)}" for path in values),
            f"--atomic --cleanup-on-fail --wait --wait-for-jobs --timeout {timeout} --history-max {_HISTORY}",
        ],
    )


def _context(plan: ApplicationPlan, option: str) -> tuple[str, ...]:
    return (option, shlex.quote(checked("context", plan.context, _CONTEXT))) if plan.context else ()


def _lines(first: str, options: Iterable[str]) -> str:
    """One option a line, so that people can read a long command and a diff shows what changed."""
    return " \\\n  ".join((first, *options))

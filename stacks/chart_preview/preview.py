"""From a plan and the vendor's charts to what Helm would create."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from recommender.errors import InputError, Problem
from recommender.kubernetes.chart import CHART, chart_facts
from recommender.kubernetes.chart_keys import unknown_executor_keys, unknown_keys
from recommender.kubernetes.facts import EKS_DEFAULT
from recommender.kubernetes.plan import ApplicationPlan, KubernetesPlan
from stacks.chart_preview import objects as manifests
from stacks.chart_preview.compare import differences
from stacks.chart_preview.report import ChartPreview, Rendered
from stacks.chart_preview.run import Chart, Release, read_chart, template

if TYPE_CHECKING:
    from stacks.kubernetes_program import ApplicationTexts

DEFAULT_KUBERNETES: Final = EKS_DEFAULT
"""Version that charts are rendered for where the plan does not know the cluster's. Neither of the vendor's charts asks
which one it is (sourcegraph/deploy-sourcegraph-helm@v6.12.5040 and v7.6.0, read 2026-11-22)."""


@dataclass(frozen=True, slots=True)
class Charts:
    """Where the vendor's charts are on this machine, and the Helm to render them."""

    sourcegraph: Path
    executors: Path | None = None
    helm: str = "helm"


def preview_charts(plan: KubernetesPlan, texts: ApplicationTexts, charts: Charts) -> ChartPreview:
    """Renders the charts with the plan's values.

    Args:
        plan: with the workloads to compare with.
        texts: rendered of the same plan, the customer's own values merged.
        charts: the vendor's.

    Raises:
        InputError: a path holds no chart, another chart or another version.
        MoorageError: Helm is missing or fails, or its manifests cannot be read.
    """
    application = plan.application
    read = read_chart(charts.sourcegraph, "--chart")
    _check(read, CHART, application.version, "--chart")
    release = _release(application, texts, CHART, application.namespace, texts.values)
    found = [_rendered(charts.helm, read, release, unknown_keys(texts.values, application.version))]
    if charts.executors:
        found.append(_executors(charts.helm, charts.executors, application, texts))
    namespaces = {release.namespace for release in found}
    planned = [workload for workload in application.workloads if workload.namespace in namespaces]
    return ChartPreview(
        kubernetes=application.kubernetes_minor or DEFAULT_KUBERNETES,
        releases=tuple(found),
        nodes=plan.cluster.nodes.count if plan.cluster else None,
        differences=differences([pods for release in found for pods in release.pods], planned),
    )


def _executors(helm: str, path: Path, plan: ApplicationPlan, texts: ApplicationTexts) -> Rendered:
    if plan.executors is None or texts.executor_values is None:
        raise InputError(
            [Problem("--executors-chart", str(path), "nothing: the plan has no executors", "Leave the option out.")]
        )
    facts = chart_facts(plan.version)
    expected = facts.native if plan.executors.kind == "native" else facts.dind
    assert expected is not None, "the planner refuses executors whose chart cannot be used"
    read = read_chart(path, "--executors-chart")
    _check(read, expected.name, plan.version, "--executors-chart")
    release = _release(plan, texts, expected.name, plan.executors.namespace, texts.executor_values)
    unread = unknown_executor_keys(texts.executor_values, plan.executors.kind, plan.version)
    return _rendered(helm, read, release, unread)


def _release(
    plan: ApplicationPlan, texts: ApplicationTexts, name: str, namespace: str, values: Mapping[str, Any]
) -> Release:
    """The kinds that the plan itself puts into the cluster are known there, whatever brings them."""
    return Release(
        name=name,
        namespace=namespace,
        values=values,
        kubernetes=plan.kubernetes_minor or DEFAULT_KUBERNETES,
        api_versions=tuple(sorted({str(manifest.document["apiVersion"]) for manifest in texts.manifests})),
    )


def _check(chart: Chart, name: str, version: str, option: str) -> None:
    given, expected = f"{chart.name} {chart.version}", f"{name} {version}"
    if given != expected:
        fix = f"Give the vendor's chart {expected}, or plan for another version with sourcegraph_version."
        raise InputError([Problem(option, f"{given} in {chart.path.name}", f"{expected}, as planned", fix)])


def _rendered(helm: str, chart: Chart, release: Release, unread: tuple[str, ...]) -> Rendered:
    text, warnings = template(helm, chart, release)
    found = manifests.parsed(text, chart.name)
    by_kind: dict[str, list[str]] = {}
    for item in found:
        space = item["metadata"].get("namespace", release.namespace)
        name = manifests.name(item)
        by_kind.setdefault(str(item["kind"]), []).append(name if space == release.namespace else f"{space}/{name}")
    return Rendered(
        chart=chart.name,
        version=chart.version,
        app_version=chart.app_version,
        release=release.name,
        namespace=release.namespace,
        objects={kind: tuple(sorted(names)) for kind, names in sorted(by_kind.items())},
        pods=manifests.pods(found, release.namespace),
        volumes=manifests.volumes(found),
        images=manifests.images(found),
        warnings=warnings,
        unread=unread,
    )

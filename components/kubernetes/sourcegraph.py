"""The releases of the vendor's charts: Sourcegraph, and executors beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi
from pulumi_kubernetes.helm.v3 import Release

from components.kubernetes.release import on_disk, published, release
from recommender.kubernetes.plan import ApplicationPlan, ExecutorKind, ExecutorsPlan

CHART = "sourcegraph"
"""Name of the vendor's chart and of its release: sourcegraph/docs@3499c087
docs/self-hosted/deploy/kubernetes/index.mdx, read 2026-11-22."""
FRONTEND_SERVICE, FRONTEND_PORT = "sourcegraph-frontend", 30080
"""sourcegraph/deploy-sourcegraph-helm@v7.6.0 charts/sourcegraph/templates/frontend/sourcegraph-frontend.Service.yaml,
read 2026-11-22. The Ingress has the Service's name."""
EXECUTOR_CHARTS: Mapping[ExecutorKind, str] = {
    "dind": "sourcegraph-executor-dind",
    "native": "sourcegraph-executor-k8s",
}
"""The same repository, charts/sourcegraph-executor/*/Chart.yaml."""

# Until all pods are ready, and those of the frontend wait for the migrations of the databases. Too short is worse than
# too long: Helm would take the new version back in the middle of them.
_TIMEOUT_SECONDS = 3600
_EXECUTORS_TIMEOUT_SECONDS = 1800


def install_sourcegraph(
    name: str,
    plan: ApplicationPlan,
    values: Mapping[str, Any],
    parent: pulumi.Resource,
    depends_on: Sequence[pulumi.Resource],
) -> Release:
    """Installs or upgrades Sourcegraph.

    Args:
        name: what logical names begin with.
        plan: every number and name.
        values: of the chart, without tokens.
        parent: the component.
        depends_on: what pods need from their first start.
    """
    published_chart = published(CHART, plan.chart_repository, plan.version)
    return release(
        f"{name}-{CHART}",
        on_disk(plan.chart_file, plan.version) if plan.chart_file else published_chart,
        values,
        name=CHART,
        namespace=plan.namespace,
        timeout_seconds=_TIMEOUT_SECONDS,
        parent=parent,
        depends_on=depends_on,
        # Uninstalling ends the service, and charts before 7.3.0 take the claims of bundled databases with them.
        protect=plan.keep,
    )


def install_executors(
    name: str,
    plan: ApplicationPlan,
    executors: ExecutorsPlan,
    values: Mapping[str, Any],
    parent: pulumi.Resource,
    depends_on: Sequence[pulumi.Resource],
) -> Release:
    """Installs or upgrades executors at Sourcegraph's own version, in a namespace of their own.

    The release is called like its chart: another kind is another release, since neither chart can become the other.
    """
    chart = EXECUTOR_CHARTS[executors.kind]
    return release(
        f"{name}-executors",
        published(chart, plan.chart_repository, plan.version),
        values,
        name=chart,
        namespace=executors.namespace,
        timeout_seconds=_EXECUTORS_TIMEOUT_SECONDS,
        parent=parent,
        depends_on=depends_on,
    )

"""The charts that a cluster of our own gets before Sourcegraph: controllers, and the kinds that they bring."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pulumi

from components.kubernetes.objects import Objects
from components.kubernetes.release import published, release
from components.kubernetes.tokens import Made, replaced
from recommender.kubernetes.plan import PinnedChart

_TIMEOUT_SECONDS = 600
_IN_EVERY_CLUSTER = frozenset({"kube-system", "default"})


def install_platform(
    name: str,
    charts: tuple[PinnedChart, ...],
    values: Mapping[str, Mapping[str, Any]],
    made: Made,
    objects: Objects,
    parent: pulumi.Resource,
) -> dict[str, pulumi.Resource]:
    """Installs `charts` in their order and returns the releases by the chart's name.

    Args:
        name: what logical names begin with.
        charts: of the plan.
        values: by the chart's name. May hold tokens.
        made: outputs of the cluster stack.
        objects: knows the namespaces that are ours.
        parent: the component.
    """
    releases: dict[str, pulumi.Resource] = {}
    for chart in charts:
        namespace = objects.namespace(chart.namespace)
        # One at a time: the load balancer controller's webhook answers for every Service of the cluster, and refuses
        # them all while its own pods are starting.
        releases[chart.name] = release(
            f"{name}-{chart.name}",
            published(chart.name, chart.repository, chart.version),
            replaced(values[chart.name], made, f"The values of {chart.name}"),
            name=chart.name,
            namespace=chart.namespace,
            create_namespace=not namespace and chart.namespace not in _IN_EVERY_CLUSTER,
            timeout_seconds=_TIMEOUT_SECONDS,
            parent=parent,
            depends_on=[*namespace, *releases.values()],
        )
    return releases

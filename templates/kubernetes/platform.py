"""Values of the charts that a cluster of our own gets before Sourcegraph.

Keys: kubernetes-sigs/aws-load-balancer-controller@225f4456 helm/aws-load-balancer-controller/values.yaml (2026-08-17);
external-secrets/external-secrets@cc5bfbc2 deploy/charts/external-secrets/values.yaml (2026-08-08);
kubernetes/autoscaler@55c37cd5 cluster-autoscaler/charts/cluster-autoscaler/values.yaml (2026-08-22). Read 2026-11-22.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from recommender.errors import MoorageError
from recommender.kubernetes.charts import (
    AUTOSCALER_IMAGE_TAGS,
    CHART_PODS,
    CLUSTER_AUTOSCALER,
    EXTERNAL_SECRETS,
    LOAD_BALANCER_CONTROLLER,
)
from recommender.kubernetes.identities import gcp_email
from recommender.kubernetes.plan import ApplicationPlan, PinnedChart
from recommender.yaml_reader import read_yaml
from templates.context import NAME, PLACE, checked
from templates.kubernetes.context import OBJECT, no_text, token
from templates.render import render


@dataclass(frozen=True, slots=True)
class Pods:
    """Pods of a chart, and what they ask for: exactly what the plan's scheduling counted."""

    key: str
    """Of the values above; empty: the top level."""
    replicas: int
    cpu: str
    memory: str


@dataclass(frozen=True, slots=True)
class PlatformContext:
    """What the charts are told."""

    cluster: str
    region: str
    network: str
    account: str
    """Of the chart's pods; an identity in the cloud is tied to it."""
    email: str
    """GCP: whom they are there; else empty."""
    image_tag: str
    pods: tuple[Pods, ...]


def platform_values(plan: ApplicationPlan, chart: PinnedChart) -> Mapping[str, Any]:
    """Values of a chart of `plan.charts`.

    Raises:
        MoorageError: nothing is known of the chart, or a value of the plan has no business in YAML.
    """
    if chart.name not in (LOAD_BALANCER_CONTROLLER.name, EXTERNAL_SECRETS.name, CLUSTER_AUTOSCALER.name):
        raise MoorageError(f"nothing is known of the chart {chart.name}", fix="make the plan anew from its profile")
    text = render(f"kubernetes/text/platform/{chart.name}.yaml.j2", _context(plan, chart))
    return cast("dict[str, Any]", read_yaml(text))


def _context(plan: ApplicationPlan, chart: PinnedChart) -> PlatformContext:
    return PlatformContext(
        cluster=checked("cluster_name", plan.cluster_name or "", NAME),
        region=checked("region", plan.region or "", PLACE),
        network=token("network_id"),
        account=checked("charts.service_account", chart.service_account, OBJECT),
        email=_email(plan) if plan.provider == "gcp" else "",
        image_tag=_image_tag(plan) if chart.name == CLUSTER_AUTOSCALER.name else "",
        pods=tuple(
            Pods(
                pods.values_key, pods.workload.replicas, f"{pods.workload.cpu_millis}m", f"{pods.workload.memory_mib}Mi"
            )
            for pods in CHART_PODS[chart.name]
        ),
    )


def _email(plan: ApplicationPlan) -> str:
    project = checked("project", plan.project or "", r"[a-z][a-z0-9-]{4,28}[a-z0-9]")
    return gcp_email(checked("name", plan.name, NAME), "external-secrets", project)


def _image_tag(plan: ApplicationPlan) -> str:
    tag = AUTOSCALER_IMAGE_TAGS.get(plan.kubernetes_minor or "")
    if tag is None:
        raise no_text("kubernetes_minor", f"no release of the autoscaler is known for {plan.kubernetes_minor}")
    return tag

"""Helm charts that a cluster of our own gets beside Sourcegraph: pinned versions, and the pods that each one adds.

The charts set no requests of their own. Ours go in through values, so that the scheduler counts what the plan counted.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from recommender.fact import Fact
from recommender.kubernetes.plan import PinnedChart
from recommender.kubernetes.pods import Workload

LOAD_BALANCER_CONTROLLER: Final = PinnedChart(
    name="aws-load-balancer-controller",
    repository="https://aws.github.io/eks-charts",
    version="3.5.0",
    namespace="kube-system",
    service_account="aws-load-balancer-controller",
    identity="load-balancer",
    fact=Fact(
        "kubernetes-sigs/aws-load-balancer-controller@225f4456 (2026-08-17) helm/aws-load-balancer-controller/"
        "Chart.yaml",
        "2026-11-22",
    ),
)

EXTERNAL_SECRETS: Final = PinnedChart(
    name="external-secrets",
    repository="https://charts.external-secrets.io",
    version="2.9.0",
    namespace="external-secrets",
    service_account="external-secrets",
    identity="external-secrets",
    fact=Fact(
        "external-secrets/external-secrets@cc5bfbc2 deploy/charts/external-secrets/Chart.yaml (2026-08-08)",
        "2026-11-22",
    ),
)

CLUSTER_AUTOSCALER: Final = PinnedChart(
    name="cluster-autoscaler",
    repository="https://kubernetes.github.io/autoscaler",
    version="9.59.0",
    namespace="kube-system",
    service_account="cluster-autoscaler",
    identity="autoscaler",
    fact=Fact(
        "kubernetes/autoscaler@55c37cd5 cluster-autoscaler/charts/cluster-autoscaler/Chart.yaml (2026-08-22)",
        "2026-11-22",
    ),
)

AUTOSCALER_IMAGE_TAGS: Final[Mapping[str, str]] = MappingProxyType(
    {"1.36": "v1.36.1", "1.35": "v1.35.2", "1.34": "v1.34.5"}
)
"""Minor version of the cluster to the release of the autoscaler made for it: what the chart's `image.tag`, v1.35.0 by
itself, is set to. Tags of kubernetes/autoscaler@55c37cd5 (2026-08-22), read 2026-11-22."""


@dataclass(frozen=True, slots=True)
class ChartPods:
    """Pods of a chart, and where its values take their requests."""

    values_key: str
    """Key above `resources` and `replicaCount`; empty for the top level."""
    workload: Workload


def _pods(chart: PinnedChart, key: str, name: str, replicas: int, cpu_millis: int, memory_mib: int) -> ChartPods:
    return ChartPods(key, Workload(name, "Deployment", chart.namespace, replicas, cpu_millis, memory_mib))


CHART_PODS: Final[Mapping[str, tuple[ChartPods, ...]]] = MappingProxyType(
    {
        LOAD_BALANCER_CONTROLLER.name: (
            _pods(LOAD_BALANCER_CONTROLLER, "", "aws-load-balancer-controller", 2, 100, 128),
        ),
        EXTERNAL_SECRETS.name: (
            _pods(EXTERNAL_SECRETS, "", "external-secrets", 1, 50, 128),
            _pods(EXTERNAL_SECRETS, "webhook", "external-secrets-webhook", 1, 20, 64),
            _pods(EXTERNAL_SECRETS, "certController", "external-secrets-cert-controller", 1, 20, 64),
        ),
        CLUSTER_AUTOSCALER.name: (
            # The chart puts its own name and the provider's behind a release of any other name.
            _pods(CLUSTER_AUTOSCALER, "", "cluster-autoscaler-aws-cluster-autoscaler", 1, 100, 600),
        ),
    }
)
"""Chart to its pods. Requests are our own choice; the load balancer controller's are those of its chart's comments, the
autoscaler's those of kubernetes/autoscaler@55c37cd5 cluster-autoscaler/cloudprovider/aws/examples, read 2026-11-22."""


def pinned_charts(
    provider: str, *, external_secrets: bool, load_balancer_controller: bool = True, autoscaler: bool = True
) -> tuple[PinnedChart, ...]:
    """Charts that a cluster of our own gets, in the order of installation. GKE brings the last two itself."""
    return (
        *((EXTERNAL_SECRETS,) if external_secrets else ()),
        *((LOAD_BALANCER_CONTROLLER,) if provider == "aws" and load_balancer_controller else ()),
        *((CLUSTER_AUTOSCALER,) if provider == "aws" and autoscaler else ()),
    )

"""What runs on a cluster of our own beside Sourcegraph: the cloud's system pods, and those of the pinned charts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from recommender.fact import Fact
from recommender.kubernetes.charts import CHART_PODS, pinned_charts
from recommender.kubernetes.pods import PodKind, Workload


@dataclass(frozen=True, slots=True)
class SystemPods:
    """A workload that the cloud puts on its clusters."""

    workload: Workload
    fact: Fact
    """Where the requests come from."""


def _guess(what: str) -> Fact:
    return Fact(f"a cautious figure for {what}; no source found", "2026-11-22", verified=False)


def _system(name: str, kind: PodKind, replicas: int, cpu_millis: int, memory_mib: int, fact: Fact) -> SystemPods:
    namespace = "gmp-system" if fact is _MANAGED_PROMETHEUS else "kube-system"
    return SystemPods(Workload(name, kind, namespace, replicas, cpu_millis, memory_mib), fact)


_CNI = Fact("aws/amazon-vpc-cni-k8s@b5218838 config/master/aws-k8s-cni.yaml (2026-08-20): two containers", "2026-11-22")
_EBS = Fact(
    "kubernetes-sigs/aws-ebs-csi-driver@429e202e charts/aws-ebs-csi-driver (2026-08-19): 10m and 40Mi for each "
    "container, three on a node and at most eight in the controller",
    "2026-11-22",
)
_POD_IDENTITY = Fact(
    "aws/eks-pod-identity-agent@d4dc0f3f charts/eks-pod-identity-agent/values.yaml (2026-03-17): no requests",
    "2026-11-22",
)
_ADDONS = Fact("kubernetes/kubernetes v1.36.4 cluster/addons", "2026-11-22")
_MANAGED_PROMETHEUS = _guess("managed Prometheus, which GKE switches on by itself")
_GKE_NODE = Fact("kubectl describe node of an n2-standard-4 on GKE 1.36.3, in public notes of 2026-10-08", "2026-11-22")

SYSTEM_PODS: Final[Mapping[str, tuple[SystemPods, ...]]] = MappingProxyType(
    {
        "aws": (
            _system("aws-node", "DaemonSet", 0, 50, 0, _CNI),
            _system("kube-proxy", "DaemonSet", 0, 100, 0, _guess("kube-proxy, as GKE's requests it")),
            _system("ebs-csi-node", "DaemonSet", 0, 30, 120, _EBS),
            _system("eks-pod-identity-agent", "DaemonSet", 0, 0, 0, _POD_IDENTITY),
            _system("coredns", "Deployment", 2, 100, 70, _ADDONS),
            _system("metrics-server", "Deployment", 2, 100, 200, _guess("metrics-server, the upstream chart's")),
            _system("ebs-csi-controller", "Deployment", 2, 80, 320, _EBS),
            _system("snapshot-controller", "Deployment", 2, 10, 32, _guess("the snapshot controller")),
        ),
        "gcp": (
            _system("anetd", "DaemonSet", 0, 150, 300, _guess("Dataplane V2, which stands in for kube-proxy")),
            _system("fluentbit-gke", "DaemonSet", 0, 105, 230, _GKE_NODE),
            _system("gke-metadata-server", "DaemonSet", 0, 100, 100, _GKE_NODE),
            _system("gke-metrics-agent", "DaemonSet", 0, 21, 145, _GKE_NODE),
            _system("ip-masq-agent", "DaemonSet", 0, 10, 16, _GKE_NODE),
            _system("netd", "DaemonSet", 0, 8, 65, _GKE_NODE),
            _system("node-local-dns", "DaemonSet", 0, 30, 50, _GKE_NODE),
            _system("pdcsi-node", "DaemonSet", 0, 10, 20, _GKE_NODE),
            _system("collector", "DaemonSet", 0, 10, 80, _MANAGED_PROMETHEUS),
            _system(
                "kube-dns", "Deployment", 2, 275, 140, _guess("kube-dns: the upstream add-on and a metrics sidecar")
            ),
            _system("kube-dns-autoscaler", "Deployment", 1, 20, 10, _ADDONS),
            _system("konnectivity-agent", "Deployment", 3, 20, 60, _guess("konnectivity-agent")),
            _system("konnectivity-agent-autoscaler", "Deployment", 1, 20, 10, _guess("its autoscaler")),
            _system("metrics-server", "Deployment", 1, 105, 350, _ADDONS),
            _system("event-exporter-gke", "Deployment", 1, 20, 60, _guess("event-exporter")),
            _system("l7-default-backend", "Deployment", 1, 10, 20, _guess("the default backend of ingresses")),
            _system("gmp-operator", "Deployment", 1, 10, 64, _MANAGED_PROMETHEUS),
        ),
    }
)
"""Provider to the pods that its clusters come with. Of several editions of a pod, the one that asks for more."""


def platform_workloads(
    provider: str, *, external_secrets: bool, load_balancer_controller: bool = True, autoscaler: bool = True
) -> tuple[Workload, ...]:
    """All that a cluster of our own runs before Sourcegraph comes.

    Args:
        provider: `aws` or `gcp`; any other brings nothing that we know of.
        external_secrets: Whether the External Secrets operator is installed.
        load_balancer_controller: Whether the AWS Load Balancer Controller is; AWS only.
        autoscaler: Whether the cluster autoscaler is; AWS only, for GKE has its own outside of the cluster.
    """
    charts = pinned_charts(
        provider,
        external_secrets=external_secrets,
        load_balancer_controller=load_balancer_controller,
        autoscaler=autoscaler,
    )
    return (
        *(pods.workload for pods in SYSTEM_PODS.get(provider, ())),
        *(pods.workload for chart in charts for pods in CHART_PODS[chart.name]),
    )

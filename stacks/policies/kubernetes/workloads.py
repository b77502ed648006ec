"""Kubernetes: what pods may do, what they get, and where they keep data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from recommender.kubernetes.chart_workloads import WORKLOADS
from stacks.policies.inputs import at, given, hidden, keeps_data, number, said
from stacks.policies.kubernetes.keeping import KEEPING_POLICIES
from stacks.policies.kubernetes.sources import chart, kubernetes
from stacks.policies.kubernetes.values import leaves
from stacks.policies.kubernetes.view import EXECUTORS, SOURCEGRAPH, Fault, Thing, View, over
from stacks.policies.policy import Breach, Policy, Scope

_ENFORCE: Final = "pod-security.kubernetes.io/enforce"
_LEVELS: Final = ("privileged", "baseline", "restricted")
_HOST: Final = ("hostNetwork", "hostPID", "hostIPC")
_HARMLESS: Final = (None, "NET_BIND_SERVICE")
"""Capabilities that the strictest of Kubernetes' standards lets pods have."""
_SIZED: Final = ("replicaCount", "resources", "storageSize")
_AMOUNTS: Final = ("requests.cpu", "requests.memory", "limits.cpu", "limits.memory")
_PODS: Final = {workload.key: workload.name for workload in WORKLOADS}
_NO_LABELS: Final[Mapping[str, Any]] = {}


def _level(namespace: Thing) -> object:
    """The standard that a namespace enforces. The label's own name has dots, so no path leads to it."""
    labels = at(namespace.body, "metadata.labels")
    return labels if hidden(labels) else (labels if isinstance(labels, Mapping) else _NO_LABELS).get(_ENFORCE)


def _pod_security(view: View) -> Iterator[Fault]:
    for namespace in view.of_kind("Namespace"):
        level = _level(namespace)
        if not hidden(level) and level not in _LEVELS:
            yield Fault(namespace, f"Its label `{_ENFORCE}` is {said(level)}.", "metadata.labels")


def _privileged_namespaces(view: View) -> Iterator[Fault]:
    for namespace in view.of_kind("Namespace"):
        if _level(namespace) == "privileged":
            yield Fault(namespace, f"Its label `{_ENFORCE}` is privileged.", "metadata.labels")


def _is_on(value: object) -> bool:
    return value is True or (isinstance(value, str) and value.lower() == "true")


def _privileged_pods(view: View) -> Iterator[Fault]:
    for values in view.charts:
        for path, key, value in leaves(values.body):
            # The vendor's chart also calls a right to read the cluster's pods `privileged`.
            in_context = key == "privileged" and "ecurityContext." in path
            # Docker in Docker cannot run otherwise, and the chart asks for it by itself.
            if _is_on(value) and (key in _HOST or (in_context and values.kind != EXECUTORS)):
                yield Fault(values, f"`{path}` is true.", path)
            elif ".hostPath." in path or ("ecurityContext.capabilities.add" in path and value not in _HARMLESS):
                yield Fault(values, f"`{path}` is {said(value)}.", path)


def _resources(view: View) -> Iterator[Fault]:
    for values in view.values_of(SOURCEGRAPH):
        for key, service in values.body.items():
            if not isinstance(service, Mapping) or at(service, "enabled") is False or not any(map(service.get, _SIZED)):
                continue
            missing = [amount for amount in _AMOUNTS if not given(at(service, f"resources.{amount}"))]
            if missing:
                yield Fault(values, f"`{key}.resources` has no {', '.join(missing)}.", f"{key}.resources")


def _budgets(view: View) -> Iterator[Fault]:
    kept = {budget.name for budget in view.of_kind("PodDisruptionBudget")}
    for values in view.values_of(SOURCEGRAPH):
        for key, pods in _PODS.items():
            service = at(values.body, key)
            replicas = number(at(service, "replicaCount"))
            if (
                not values.machine
                and replicas
                and replicas > 1
                and at(service, "enabled") is not False
                and pods not in kept
            ):
                message = f"There are {replicas:.0f} of `{pods}`, and no PodDisruptionBudget for them."
                yield Fault(values, message, f"{key}.replicaCount")


def _volumes_kept(scope: Scope) -> Iterator[Breach]:
    if keeps_data(scope, "kubernetes:"):
        yield from over(lambda view: _classes(view, "reclaimPolicy", "Retain"))(scope)


def _classes(view: View, key: str, wanted: object) -> Iterator[Fault]:
    for one in view.of_kind("StorageClass"):
        value = at(one.body, key)
        if not hidden(value) and value != wanted:
            yield Fault(one, f"`{key}` is {said(value)}.", key)


def _encrypted(view: View) -> Iterator[Fault]:
    for one in view.of_kind("StorageClass"):
        value = at(one.body, "parameters.encrypted")
        if one.body.get("provisioner") == "ebs.csi.aws.com" and not hidden(value) and value != "true":
            yield Fault(one, f"`parameters.encrypted` is {said(value)}.", "parameters.encrypted")


POLICIES: Final[tuple[Policy, ...]] = (
    Policy(
        id="KUBERNETES-POD-SECURITY",
        severity="error",
        title="Namespaces say what their pods may be",
        because="Without the label the cluster's default decides, which is nothing on most.",
        remedy=f"Set `{_ENFORCE}` to the strictest standard that the pods meet.",
        source=kubernetes("concepts/security/pod-security-admission"),
        check=over(_pod_security),
    ),
    Policy(
        id="KUBERNETES-PRIVILEGED-NAMESPACE",
        severity="note",
        title="No namespace admits privileged pods",
        because="The vendor's cAdvisor is privileged and its agent for traces takes ports of the node; executors with "
        "Docker in Docker are privileged too.",
        remedy="Run executors of the kind `native`; `cadvisor.enabled: false` in your own values takes cAdvisor away.",
        source=chart("charts/sourcegraph/values.yaml, charts/sourcegraph-executor/dind"),
        check=over(_privileged_namespaces),
    ),
    Policy(
        id="KUBERNETES-PRIVILEGED",
        severity="error",
        title="Helm values make no pod privileged, and give none the host's namespaces, files or rights",
        because="Whoever gets into such a pod has the node, and what runs on it.",
        remedy="Take the key out of your own values.",
        source=kubernetes("concepts/security/pod-security-standards"),
        check=over(_privileged_pods),
    ),
    Policy(
        id="KUBERNETES-RESOURCES",
        severity="warning",
        title="Every service that is sized has requests and limits",
        because="Without them it is evicted first, or takes what the others were counted to have.",
        remedy="Leave `resources` of the service as planned, or set all four amounts in your own values.",
        source=kubernetes("concepts/configuration/manage-resources-containers"),
        check=over(_resources),
    ),
    Policy(
        id="KUBERNETES-BUDGET",
        severity="warning",
        title="Services of which there are several have a disruption budget",
        because="An update of the nodes may otherwise stop all of them at once.",
        remedy="Let the plan set the number of replicas, or add a PodDisruptionBudget of your own.",
        source=kubernetes("tasks/run-application/configure-pdb"),
        check=over(_budgets),
    ),
    Policy(
        id="KUBERNETES-VOLUMES-KEPT",
        severity="error",
        title="Volumes of what lasts stay when their claim goes",
        because="A release that is deleted would take repositories and databases with it.",
        remedy="Set `reclaimPolicy` to Retain, also in the class that `deployment.kubernetes.storage_class` names.",
        source=kubernetes("concepts/storage/storage-classes"),
        check=_volumes_kept,
    ),
    Policy(
        id="KUBERNETES-VOLUMES-PLACED",
        severity="error",
        title="Volumes are made where their pod is to run",
        because="A volume in another zone than the pod's node is never attached.",
        remedy="Set `volumeBindingMode` to WaitForFirstConsumer.",
        source=kubernetes("concepts/storage/storage-classes"),
        check=over(lambda view: _classes(view, "volumeBindingMode", "WaitForFirstConsumer")),
    ),
    Policy(
        id="KUBERNETES-VOLUMES-GROW",
        severity="warning",
        title="Volumes can grow",
        because="Repositories do, and a full disk stops Sourcegraph.",
        remedy="Set `allowVolumeExpansion`.",
        source=kubernetes("concepts/storage/storage-classes"),
        check=over(lambda view: _classes(view, "allowVolumeExpansion", True)),
    ),
    Policy(
        id="KUBERNETES-VOLUMES-ENCRYPTED",
        severity="error",
        title="Volumes of EBS are encrypted",
        because="They are encrypted by themselves in accounts alone that were set up so.",
        remedy='Set the parameter `encrypted` to "true"; `deployment.kms_key` names a key of your own.',
        source="kubernetes-sigs/aws-ebs-csi-driver docs/parameters.md, unverified, 2026-11-22",
        check=over(_encrypted),
    ),
    *KEEPING_POLICIES,
)

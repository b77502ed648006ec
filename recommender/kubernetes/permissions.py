"""What whoever installs must be allowed to do: all that Helm, the charts and our own manifests make in the cluster.

Kinds of the charts: sourcegraph/deploy-sourcegraph-helm@v7.6.0 and v6.12.5040 charts/sourcegraph and
charts/sourcegraph-executor, rendered with their defaults, 2026-11-22. Helm keeps its releases in secrets, watches what
it waits for, and deletes what it made when an installation fails. Tried on 2026-11-22: a user with exactly these may
apply the manifests of a plan, and have Helm 3.21 install (atomic, waiting), upgrade and uninstall the three charts at
7.6.0, on a control plane of Kubernetes 1.36 without an ingress controller or the operator external-secrets.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from recommender.kubernetes.plan import ApplicationPlan, KubernetesPlan

EVERYTHING = ("get", "list", "watch", "create", "update", "patch", "delete")
READ = ("get", "list", "watch")
_MAKE = ("get", "create", "patch", "delete")

_RBAC = "rbac.authorization.k8s.io"

# Group and resource of what the chart `sourcegraph` and Helm itself make in the namespace.
_IN_NAMESPACE = (
    ("", "configmaps"),
    ("", "persistentvolumeclaims"),
    ("", "secrets"),
    ("", "serviceaccounts"),
    ("", "services"),
    ("apps", "daemonsets"),
    ("apps", "deployments"),
    ("apps", "statefulsets"),
    (_RBAC, "rolebindings"),
    (_RBAC, "roles"),
)
_WATCHED = (("", "events"), ("", "pods"), ("apps", "replicasets"))

# What the chart's ClusterRole for Prometheus gives: nobody may give what they may not do themselves
# (kubernetes.io/docs/reference/access-authn-authz/rbac, "Privilege escalation prevention and bootstrapping").
_GIVEN = ("endpoints", "namespaces", "nodes", "nodes/metrics", "nodes/proxy", "pods", "services")


@dataclass(frozen=True, slots=True)
class Permission:
    """One thing that the API server is asked about."""

    verb: str
    group: str
    """Empty: the core group."""
    resource: str
    """Plural, with its subresource: nodes/metrics. From a slash on: a path that is no resource, /metrics."""
    namespace: str | None
    """None: in the whole cluster."""
    given: bool = False
    """Needed only to give it to a service account, so that the right to escalate replaces it."""

    def __str__(self) -> str:
        name = f"{self.resource}.{self.group}" if self.group else self.resource
        return f"{self.verb} {name} in {self.namespace}" if self.namespace else f"{self.verb} {name} in the cluster"


ESCALATE = (
    Permission("escalate", _RBAC, "clusterroles", None),
    Permission("bind", _RBAC, "clusterroles", None),
)
"""With both, everything that is `given` may be missing."""


def permissions(plan: KubernetesPlan) -> tuple[Permission, ...]:
    """Every permission that the stack `application` takes, sorted as it is told."""
    application = plan.application
    found = [*_whole_cluster(application), *_of_namespace(application)]
    if application.executors:
        found += _of_executors(application, application.executors.namespace)
    return tuple(dict.fromkeys(found))


def _whole_cluster(plan: ApplicationPlan) -> Iterator[Permission]:
    yield from _each(_MAKE, "", "namespaces", None)
    if plan.storage_class.create:
        yield from _each(_MAKE, "storage.k8s.io", "storageclasses", None)
    if plan.own_ingress_class:
        yield from _each(_MAKE, "networking.k8s.io", "ingressclasses", None)
        yield from _each(_MAKE, "elbv2.k8s.aws", "ingressclassparams", None)
    if watches_cluster(plan):
        yield from _each(_MAKE, _RBAC, "clusterroles", None)
        yield from _each(_MAKE, _RBAC, "clusterrolebindings", None)
        for resource in _GIVEN:
            yield from (Permission(verb, "", resource, None, given=True) for verb in READ)
        yield Permission("get", "", "configmaps", None, given=True)
        yield Permission("get", "", "/metrics", None, given=True)
    if plan.own_cluster:
        yield from _each(_MAKE, "scheduling.k8s.io", "priorityclasses", None)
    if plan.charts:
        # Kinds and webhooks of the controllers that come with a cluster of our own.
        yield from _each(_MAKE, "apiextensions.k8s.io", "customresourcedefinitions", None)
        yield from _each(_MAKE, "admissionregistration.k8s.io", "validatingwebhookconfigurations", None)
        yield from _each(_MAKE, "admissionregistration.k8s.io", "mutatingwebhookconfigurations", None)


def _of_namespace(plan: ApplicationPlan) -> Iterator[Permission]:
    space = plan.namespace
    for group, resource in (*_IN_NAMESPACE, *_beside_chart(plan)):
        yield from _each(EVERYTHING, group, resource, space)
    for group, resource in _WATCHED:
        yield from _each(READ, group, resource, space)


def _beside_chart(plan: ApplicationPlan) -> Iterator[tuple[str, str]]:
    if plan.ingress:
        yield "networking.k8s.io", "ingresses"
        if plan.ingress.kind == "gce":
            yield "cloud.google.com", "backendconfigs"
            if plan.ingress.scheme != "internal":
                yield "networking.gke.io", "frontendconfigs"
            if plan.ingress.google_certificate:
                yield "networking.gke.io", "managedcertificates"
    if any((service.replicas or 1) > 1 for service in plan.services):
        yield "policy", "poddisruptionbudgets"
    yield from _policies_and_secrets(plan)


def _policies_and_secrets(plan: ApplicationPlan) -> Iterator[tuple[str, str]]:
    if plan.network_policies:
        yield "networking.k8s.io", "networkpolicies"
    if plan.external_secrets:
        yield "external-secrets.io", "secretstores"
        yield "external-secrets.io", "externalsecrets"


def _of_executors(plan: ApplicationPlan, space: str) -> Iterator[Permission]:
    for group, resource in (*_IN_NAMESPACE, *_policies_and_secrets(plan)):
        if resource != "daemonsets":
            yield from _each(EVERYTHING, group, resource, space)
    for group, resource in _WATCHED:
        yield from _each(READ, group, resource, space)
    if plan.executors and plan.executors.kind == "native":
        # Given to the program that makes the jobs, so needed here too.
        yield from _each(("create", "delete"), "batch", "jobs", space)
        yield from _each(READ, "", "pods/log", space)


def watches_cluster(plan: ApplicationPlan) -> bool:
    """Whether Prometheus gets a role of the whole cluster, as the chart has it everywhere but on OpenShift."""
    return "prometheus" in plan.bundled and plan.flavor != "openshift"


def _each(verbs: tuple[str, ...], group: str, resource: str, namespace: str | None) -> Iterator[Permission]:
    return (Permission(verb, group, resource, namespace) for verb in verbs)

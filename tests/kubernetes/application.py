"""The application component, recorded, and plans to record. Manifests are small; their real texts are tested apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pulumi
import pulumi_kubernetes as kubernetes
from hypothesis import strategies as st

from components.kubernetes.application import Application
from components.kubernetes.tokens import Made
from recommender.kubernetes.plan import ApplicationPlan, ExecutorsPlan, StorageClass
from stacks.preview import Resource
from tests.kubernetes.plans import application_plan, existing_cluster
from tests.recording import Recording, record

RELEASE = "kubernetes:helm.sh/v3:Release"
NAMESPACE = "kubernetes:core/v1:Namespace"
STORAGE_CLASS = "kubernetes:storage.k8s.io/v1:StorageClass"
PATHS = (
    "network_id",
    "kms_key",
    "roles.object-storage",
    "certificate",
    "bucket",
    "hosts.pgsql",
    "hosts.codeintel",
    "hosts.codeinsights",
    "secrets.pgsql-password",
    "secrets.codeintel-password",
    "secrets.codeinsights-password",
    "secrets.redis-cache-endpoint",
    "secrets.redis-store-endpoint",
)
"""What the cluster stack of the tests knows."""


@dataclass(frozen=True)
class Object:
    """A manifest."""

    name: str
    document: Mapping[str, Any]
    needs: str | None = None
    after: bool = False
    keep: bool = False


def object_(name: str, api_version: str, kind: str, *, namespace: str | None = None, **fields: Any) -> Object:
    """A manifest whose object is called like itself; `keep`, `needs` and `after` are the manifest's."""
    about = {key: fields.pop(key) for key in ("keep", "needs", "after") if key in fields}
    metadata = {"name": fields.pop("called", name)} | ({"namespace": namespace} if namespace else {})
    return Object(name, {"apiVersion": api_version, "kind": kind, "metadata": metadata, **fields}, **about)


def manifests(plan: ApplicationPlan) -> list[Object]:
    """What a plan has outside of charts: one object of each kind, and not in the order in which they are needed."""
    found = _secrets(plan, plan.namespace, [each.name for each in plan.secrets])
    if plan.executors:
        space = plan.executors.namespace
        found += _secrets(plan, space, [plan.executors.secret.name])
        found.append(object_("namespace-executors", "v1", "Namespace", called=space, keep=plan.keep))
    found.append(object_("namespace", "v1", "Namespace", called=plan.namespace, keep=plan.keep))
    if plan.storage_class.create:
        found.append(
            object_(
                "storage-class",
                "storage.k8s.io/v1",
                "StorageClass",
                called=plan.storage_class.name,
                provisioner=plan.storage_class.provisioner,
                reclaimPolicy="Retain",
                keep=plan.keep,
            )
        )
    found.append(object_("policy", "networking.k8s.io/v1", "NetworkPolicy", namespace=plan.namespace, spec={}))
    found.append(object_("budget", "policy/v1", "PodDisruptionBudget", namespace=plan.namespace, spec={}, after=True))
    return found


def _secrets(plan: ApplicationPlan, namespace: str, names: Sequence[str]) -> list[Object]:
    if not plan.external_secrets:
        return []
    made = "${cluster.hosts.pgsql}" if plan.own_cluster else "db.acme.example"
    version, needs = "external-secrets.io/v1", "external-secrets"
    external = [
        object_(f"secret-{name}", version, "ExternalSecret", namespace=namespace, spec={"host": made}, needs=needs)
        for name in names
    ]
    return [*external, object_(f"secret-store-{namespace}", version, "SecretStore", namespace=namespace, needs=needs)]


def values(plan: ApplicationPlan) -> dict[str, Any]:
    """Values with a null, a key in Python's style and, for an own cluster, tokens."""
    found: dict[str, Any] = {
        "storageClass": {"create": False, "name": plan.storage_class.name},
        "frontend": {"ingress": {"annotations": {"kubernetes.io/ingress.class": None}}, "replicaCount": 2},
        "snake_case": {"inner_key": [1, {"a_b": True}]},
    }
    if plan.own_cluster:
        found["pgsql"] = {"auth": {"host": "${cluster.hosts.pgsql}", "url": "postgres://${cluster.hosts.pgsql}:5432"}}
    return found


def record_application(
    plan: ApplicationPlan,
    *,
    preview: bool = False,
    made: Made | None = None,
    **args: Any,
) -> Recording:
    """What the component registers; `args` replaces arguments by name. With `made` None an own cluster has them all,
    unknown in a preview."""

    def program() -> None:
        provider = kubernetes.Provider("cluster", kubeconfig="{}", context=plan.context)
        known = {path: provider.id.apply(f"{path}-of-{{}}".format) for path in PATHS} if plan.own_cluster else {}
        given: Any = {
            "plan": plan,
            "values": values(plan),
            "executor_values": {"executor": {"replicaCount": plan.executors.jobs}} if plan.executors else None,
            "platform": {chart.name: {"replicaCount": 1} for chart in plan.charts},
            "manifests": manifests(plan),
            "made": known if made is None else made,
        }
        given.update(args)
        app = Application(plan.name, given, pulumi.ResourceOptions(providers=[provider]))
        for name in ("url", "namespace", "release_name", "release_status", "port_forward_command", "next_steps"):
            pulumi.export(name, getattr(app, name))

    return record(program, preview=preview, computed=_computed)


def _computed(type_: str, _name: str, inputs: Mapping[str, Any]) -> Mapping[str, Any]:
    if type_ != RELEASE:
        return {}
    return {"status": {"status": "deployed", "name": inputs["name"], "namespace": inputs["namespace"]}}


def needed_by(recording: Recording, resource: Resource) -> set[str]:
    """Logical names of all that exists before `resource`, directly or not."""
    by_urn = {each.urn: each for each in recording.resources}
    found: set[str] = set()
    waiting = list(resource.depends_on)
    while waiting:
        urn = waiting.pop()
        if urn not in found:
            found.add(urn)
            waiting += by_urn[urn].depends_on
    return {by_urn[urn].name for urn in found}


def in_cluster(recording: Recording) -> list[Resource]:
    """Everything that will exist in the cluster."""
    return [resource for resource in recording.resources if resource.type.startswith("kubernetes:")]


def plans() -> st.SearchStrategy[ApplicationPlan]:
    """Every shape that the component has a branch for."""

    def executors(plan: ApplicationPlan, kind: str | None) -> ExecutorsPlan | None:
        base = application_plan().executors
        assert base is not None
        return None if kind is None else replace(base, kind=kind)

    def build(base: ApplicationPlan, kind: str | None, **changes: Any) -> ApplicationPlan:
        ingress = changes.pop("ingress")
        charts = () if changes.pop("bare") else base.charts
        plan = replace(base, executors=executors(base, kind), charts=charts, **changes)
        return plan if ingress else replace(plan, ingress=None)

    kept = StorageClass("fast", create=False, provisioner="", parameters=())
    return st.builds(
        build,
        base=st.sampled_from([application_plan("aws"), application_plan("gcp"), existing_cluster()]),
        kind=st.sampled_from([None, "dind", "native"]),
        name=st.sampled_from(["acme", "a" * 32, "abcd-efgh"]),
        namespace=st.sampled_from(["sourcegraph", "tools"]),
        chart_repository=st.sampled_from(
            ["https://helm.sourcegraph.com/release", "oci://registry.acme.example/charts"]
        ),
        chart_file=st.sampled_from([None, "charts/sourcegraph-7.6.0.tgz"]),
        storage_class=st.sampled_from([application_plan().storage_class, kept]),
        ingress=st.booleans(),
        bare=st.booleans(),
        external_secrets=st.booleans(),
        image_pull_secret=st.sampled_from([None, "registry"]),
        private_ca_secret=st.sampled_from([None, "authority"]),
        keep=st.booleans(),
    )

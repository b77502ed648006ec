"""The program of the Kubernetes target: two stacks, so that the second also lands on a cluster that exists."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import pulumi

from recommender.kubernetes.cluster_outputs import KMS_KEY
from recommender.kubernetes.plan import ApplicationPlan, ClusterPlan, KubernetesPlan
from templates.kubernetes.manifests import Manifest, manifests
from templates.kubernetes.platform import platform_values
from templates.kubernetes.values import executor_values, merged, values

Part = Literal["cluster", "application"]


@dataclass(frozen=True, slots=True)
class ApplicationTexts:
    """Everything that is rendered for the application, the customer's own values merged last."""

    values: Mapping[str, Any]
    executor_values: Mapping[str, Any] | None
    platform: Mapping[str, Mapping[str, Any]]
    manifests: tuple[Manifest, ...]


def stack_name(plan: KubernetesPlan, part: Part) -> str:
    """Name of one of the plan's stacks."""
    return f"{plan.name}-{part}"


def render_application(plan: ApplicationPlan, user_values: Mapping[str, Any] | None = None) -> ApplicationTexts:
    """The texts of the application. `user_values`: what the customer wants otherwise, as Helm's last `--values`.

    Raises:
        MoorageError: a value of the plan that has no business in a manifest.
    """
    executors = executor_values(plan)
    return ApplicationTexts(
        values=merged(values(plan).document, user_values or {}),
        executor_values=executors.document if executors else None,
        platform={chart.name: platform_values(plan, chart) for chart in plan.charts},
        manifests=manifests(plan),
    )


def build_cluster(plan: ClusterPlan, *, offline: bool = False) -> None:
    """Constructs the cluster and everything around it, and exports what the application needs of it.

    Args:
        plan: every number and name.
        offline: the provider gets dummy credentials and asks the cloud nothing; for previews without an account.
    """
    from stacks.providers import aws_provider, gcp_provider

    if plan.provider == "aws":
        from components.aws.kubernetes.cluster import Cluster

        provider = aws_provider(plan.name, plan.region, offline=offline)
    else:
        from components.gcp.kubernetes.cluster import Cluster

        provider = gcp_provider(plan.name, plan.project, plan.region, offline=offline)
    cluster = Cluster(plan.name, {"plan": plan}, pulumi.ResourceOptions(providers=[provider]))
    outputs: dict[str, pulumi.Input[object]] = {
        "kubeconfig": cluster.kubeconfig,
        "endpoint": cluster.endpoint,
        "cluster_name": cluster.cluster_name,
        "network_id": cluster.network_id,
        "outbound_ips": cluster.outbound_ips,
        "certificate": cluster.certificate,
        "certificate_validation_records": cluster.certificate_validation_records,
        "address": cluster.address,
        "bucket": cluster.bucket,
        "hosts": cluster.hosts,
        "secrets": cluster.secrets,
        "roles": cluster.roles,
        "kms_key": cluster.kms_key,
        "next_steps": list(cluster.next_steps),
    }
    for name, value in outputs.items():
        pulumi.export(name, value)
    pulumi.export("kubernetes_version", plan.version.minor)
    pulumi.export("kubernetes_supported_until", plan.version.supported_until)


def build_application(
    plan: ApplicationPlan, texts: ApplicationTexts, *, cluster_stack: str, notes: Sequence[str] = ()
) -> None:
    """Constructs everything inside the cluster.

    Args:
        plan: every number and name.
        texts: as `render_application` gives them.
        cluster_stack: fully qualified name of the cluster's stack; not used for a cluster that exists.
        notes: the plan's sentences for people, on both stacks.
    """
    from components.kubernetes.application import Application
    from stacks.providers import kubernetes_provider

    made: Mapping[str, pulumi.Output[Any]] = {}
    kubeconfig: pulumi.Output[Any] | None = None
    if plan.own_cluster:
        reference = pulumi.StackReference(f"{plan.name}-cluster", stack_name=cluster_stack)
        made = {path: _output(reference, cluster_stack, path) for path in _needed(plan)}
        # Empty, it would mean the current context of whoever deploys.
        kubeconfig = _output(reference, cluster_stack, "kubeconfig")
    provider = kubernetes_provider(
        plan.name, plan.cluster_name or plan.context or plan.name, kubeconfig=kubeconfig, context=plan.context
    )
    application = Application(
        plan.name,
        {
            "plan": plan,
            "values": texts.values,
            "executor_values": texts.executor_values,
            "platform": texts.platform,
            "manifests": texts.manifests,
            "made": made,
        },
        pulumi.ResourceOptions(providers=[provider]),
    )
    pulumi.export("url", application.url)
    pulumi.export("namespace", application.namespace)
    pulumi.export("release", application.release_name)
    pulumi.export("release_status", application.release_status)
    pulumi.export("port_forward_command", application.port_forward_command)
    pulumi.export("next_steps", list(application.next_steps))
    pulumi.export("sourcegraph_version", plan.version)
    pulumi.export("notes", list(notes))


def _needed(plan: ApplicationPlan) -> Iterator[str]:
    """What only the cluster stack knows, by the paths that templates call it by."""
    managed, ingress = plan.managed, plan.ingress
    yield "network_id"
    if ingress and ingress.kind == "alb" and ingress.certificate is None:
        yield "certificate"
    if KMS_KEY in dict(plan.storage_class.parameters).values():
        yield "kms_key"
    if managed is None:
        return
    for database in managed.databases:
        yield f"hosts.{database.key}"
        yield f"secrets.{database.key}-password"
    for server in managed.redis:
        yield f"secrets.redis-{server.key}-endpoint"
    if managed.bucket:
        yield "bucket"
        if plan.provider == "aws":
            yield "roles.object-storage"


def _output(reference: pulumi.StackReference, stack: str, path: str) -> pulumi.Output[Any]:
    """One output of the cluster stack, or a member of one.

    An earlier moorage may have deployed that stack, without what this one reads.
    """
    group, _, member = path.partition(".")

    def found(output: Any) -> Any:  # noqa: ANN401 (as the other stack exported it)
        value = (output or {}).get(member) if member else output
        if not value:
            raise pulumi.RunError(f"{stack} has no output {path}\n  what to do: pulumi up --stack {stack}")
        return value

    return reference.get_output(group).apply(found)

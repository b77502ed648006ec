"""The plan of what runs inside the cluster."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from recommender.host import External, Proxy
from recommender.kubernetes.charts import pinned_charts
from recommender.kubernetes.cluster_outputs import STORAGE_ROLE
from recommender.kubernetes.fields import Flavor
from recommender.kubernetes.identities import gcp_email, storage_service_accounts
from recommender.kubernetes.managed import CHART_DATABASES
from recommender.kubernetes.plan import (
    ApplicationPlan,
    ExecutorsPlan,
    IngressPlan,
    KubernetesSecret,
    ManagedServices,
    PinnedChart,
    StorageClass,
    WorkloadIdentity,
)
from recommender.kubernetes.secrets import bucket_plan
from recommender.kubernetes.workloads import BUNDLED, executor_workloads, sized, sourcegraph_workloads
from recommender.plan import Provider
from recommender.sizing import Sizing

if TYPE_CHECKING:
    from recommender.profile import Profile

CHART_REPOSITORY = "https://helm.sourcegraph.com/release"
"""sourcegraph/docs@3499c087 docs/self-hosted/deploy/kubernetes/index.mdx, read 2026-11-22."""

# OpenShift lets no pod be privileged or see the host, which these ask for: sourcegraph/deploy-sourcegraph-helm@v7.6.0
# charts/sourcegraph/examples/openshift/override.yaml, read 2026-11-22.
_OFF_ON_OPENSHIFT = frozenset(("cadvisor", "nodeExporter", "openTelemetry", "openTelemetry.agent"))


@dataclass(frozen=True, slots=True)
class ApplicationChoices:
    """What was decided before the application is."""

    profile: Profile
    provider: Provider | None
    """None: neither AWS nor GCP."""
    flavor: Flavor
    own_cluster: bool
    disposable: bool
    region: str | None
    kubernetes_minor: str | None
    """Of the cluster; None: nobody said which an existing one has."""
    version: str
    sizing: Sizing
    external_secrets: bool
    external: External
    managed: ManagedServices
    executors: ExecutorsPlan | None
    storage_class: StorageClass
    ingress: IngressPlan | None
    secrets: tuple[KubernetesSecret, ...]
    proxy: Proxy | None
    tags: tuple[tuple[str, str], ...]


def plan_application(choices: ApplicationChoices) -> ApplicationPlan:
    """What is installed into the cluster, and everything that it asks of the scheduler."""
    profile, version = choices.profile, choices.version
    wanted, kubernetes = profile.deployment, profile.deployment.kubernetes
    bundled = _bundled(choices)
    services = sized(choices.sizing.services, version=version, bundled=bundled)
    workloads = sourcegraph_workloads(services, version=version, namespace=kubernetes.namespace, bundled=bundled)
    if choices.executors:
        workloads += executor_workloads(choices.executors, version=version)
    identities = _identities(choices, bundled)
    return ApplicationPlan(
        name=profile.name,
        stage=profile.stage,
        size=choices.sizing.machine.size,
        version=version,
        provider=profile.hosting.provider or "other",
        flavor=choices.flavor,
        region=choices.region,
        project=wanted.project,
        own_cluster=choices.own_cluster,
        cluster_name=profile.name if choices.own_cluster else None,
        context=kubernetes.context,
        kubernetes_minor=choices.kubernetes_minor,
        namespace=kubernetes.namespace,
        chart_repository=kubernetes.chart_repository or CHART_REPOSITORY,
        chart_file=kubernetes.chart_file,
        charts=_charts(choices),
        storage_class=choices.storage_class,
        ingress=choices.ingress,
        services=services,
        external=choices.external,
        managed=choices.managed if choices.own_cluster else None,
        bucket=bucket_plan(choices.external, choices.managed, choices.provider, choices.region, wanted.project),
        secrets=choices.secrets,
        external_secrets=choices.external_secrets,
        executors=choices.executors,
        proxy=choices.proxy,
        registry=wanted.downloads.registry,
        image_pull_secret=kubernetes.image_pull_secret,
        private_ca_secret=kubernetes.private_ca_secret,
        network_policies=kubernetes.network_policies,
        bundled=tuple(sorted(bundled)),
        identities=identities,
        service_account_annotations=_annotations(choices, bundled),
        workloads=workloads,
        keep=not choices.disposable,
        tags=choices.tags,
    )


def _bundled(choices: ApplicationChoices) -> frozenset[str]:
    """Keys of the chart's switches that are on."""
    off: set[str] = set()
    if choices.external.databases or choices.managed.databases:
        off.update(CHART_DATABASES.values())
    if choices.external.redis or choices.managed.redis:
        off.update(("redisCache", "redisStore"))
    if choices.external.object_storage or choices.managed.bucket:
        off.add("blobstore")
    if choices.flavor == "openshift":
        off.update(_OFF_ON_OPENSHIFT)
    return BUNDLED - off


def _charts(choices: ApplicationChoices) -> tuple[PinnedChart, ...]:
    if not choices.own_cluster or choices.provider is None:
        return ()
    return pinned_charts(
        choices.provider,
        external_secrets=choices.external_secrets,
        load_balancer_controller=choices.ingress is not None,
    )


def _identities(choices: ApplicationChoices, bundled: frozenset[str]) -> tuple[WorkloadIdentity, ...]:
    """Who pods of an own cluster are to the cloud."""
    found: list[WorkloadIdentity] = []
    if choices.managed.bucket:
        accounts = sorted(set(storage_service_accounts(choices.version, bundled).values()))
        namespace = choices.profile.deployment.kubernetes.namespace
        found.append(WorkloadIdentity("object-storage", namespace, tuple(accounts)))
    found += [
        WorkloadIdentity(chart.identity, chart.namespace, (chart.service_account,))
        for chart in _charts(choices)
        if chart.identity
    ]
    return tuple(found)


def _annotations(
    choices: ApplicationChoices, bundled: frozenset[str]
) -> tuple[tuple[str, tuple[tuple[str, str], ...]], ...]:
    """What ties service accounts that use the bucket to the role on AWS, or to the account on GCP.

    Sources: docs.aws.amazon.com/eks/latest/userguide/associate-service-account-role.html, and the chart's
    examples/external-object-storage at v7.6.0, read 2026-11-22.
    """
    project = choices.profile.deployment.project
    if not choices.managed.bucket:
        return ()
    if choices.provider == "aws":
        annotation = (("eks.amazonaws.com/role-arn", STORAGE_ROLE),)
    elif project is not None:
        email = gcp_email(choices.profile.name, "object-storage", project)
        annotation = (("iam.gke.io/gcp-service-account", email),)
    else:
        return ()
    return tuple((key, annotation) for key in storage_service_accounts(choices.version, bundled))

"""What moorage relies on in the vendor's two charts of executors.

Source: sourcegraph/deploy-sourcegraph-helm, charts/sourcegraph-executor/dind and charts/sourcegraph-executor/k8s, at
the tags v6.11.1446 to v7.6.0, read 2026-11-22, where nothing else is named.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from recommender.kubernetes.chart_workloads import ChartClaim
from recommender.kubernetes.plan import ExecutorKind
from recommender.versions import version_key

PASSWORD_SECRET_KEY = "EXECUTOR_FRONTEND_PASSWORD"  # noqa: S105 -- the name of a key, not a secret
"""Of the secret with the instance's `executors.accessToken`."""

JOB_CPU, JOB_MEMORY, JOB_DISK = "4", "12Gi", "20Gi"
"""What one job may take: sourcegraph/docs@3499c087 docs/self-hosted/executors/resource-sizing.mdx, read 2026-11-22, in
GB; read as GiB, as in the chart's limit of a job (v7.6.0 k8s/values.yaml)."""

EXECUTOR_CPU, EXECUTOR_MEMORY = "500m", "200Mi"
"""What the program itself asks for beside its jobs (k8s/values.yaml). The other chart asks for nothing."""

REGISTRY = "private-docker-registry"
"""Name of the StatefulSet and Service of the cache that the Docker daemons pull through. Fixed, as is that of their
configuration, so that a namespace takes one release of the chart."""

REGISTRY_GIB = 10
"""Of its claim, where the values say nothing."""

_DIND_FROM = "7.4.0"
_NO_CLAIM_FROM = "7.6.0"


@dataclass(frozen=True, slots=True)
class ExecutorChart:
    """A chart, and the dotted paths of the values that moorage sets in it."""

    name: str
    kind: ExecutorKind
    jobs: str
    """How many jobs run at once. With Docker a pod runs one job: the chart never reads its `maximumNumJobs`, and
    refuses the variable of that purpose in `executor.env`; the program's own default is 1 (the docs' page above)."""
    resources: str
    """Of the container of the program. The daemon's takes none, so the room of a job is asked for here."""
    job_resources: str | None
    """Of a job's pod; None: jobs run in the executor's."""
    node_selector: str
    tolerations: str
    environment: str
    """Further variables: a mapping with Docker, else a list."""
    namespace: str | None
    """Where jobs are made: the release's own namespace, for the chart's role is there. None: jobs are no pods."""
    registry: str | None
    """Switch of the pull-through cache; None: the chart has none."""
    registry_storage: str | None
    image_registries: tuple[str, ...]
    """Registries of images that are not the vendor's; `sourcegraph.image.repository` says nothing about them."""
    service_account: str
    privileged: bool
    claim: ChartClaim | None
    """Of the executor's pod; its name begins the claim's."""
    frontend_url: str = "executor.frontendUrl"
    """The instance, best by its Service: http://sourcegraph-frontend.NAMESPACE.svc.cluster.local:30080."""
    password_secret: str = "executor.frontendExistingSecret"  # noqa: S105 -- a path in the values
    queues: str = "executor.queueNames"
    labels: str = "executor.labels"
    image_tag: str = "executor.image.tag"
    image_repository: str = "sourcegraph.image.repository"
    pull_secrets: str = "sourcegraph.imagePullSecrets"
    storage_class: str = "storageClass.name"
    """Of the claims, where there are any. The chart makes no class, whatever `storageClass.create` says."""


def dind_chart(version: str) -> ExecutorChart | None:
    """Executors that run their jobs in containers of a Docker daemon beside them, which is privileged.

    None before 7.4.0: that chart reads no `resources`, so that nothing keeps room for a job; the daemon listens to the
    whole pod network without a password; and its cache's image, `docker/regisry`, does not exist.
    """
    if version_key(version) < version_key(_DIND_FROM):
        return None
    return ExecutorChart(
        name="sourcegraph-executor-dind",
        kind="dind",
        jobs="executor.replicaCount",
        resources="executor.resources",
        job_resources=None,
        node_selector="sourcegraph.nodeSelector",
        tolerations="sourcegraph.tolerations",
        environment="executor.env",
        namespace=None,
        registry="privateDockerRegistry.enabled",
        registry_storage="privateDockerRegistry.storageSize",
        image_registries=("dind.image.registry", "privateDockerRegistry.image.registry"),
        service_account="default",
        privileged=True,
        claim=None,
    )


def native_chart(version: str) -> ExecutorChart:
    """Executors that make a Kubernetes job of each of theirs; the vendor calls it deprecated.

    Before 7.6.0 the executor and its jobs share one claim. It can be attached to one node only, so all of them run
    there.
    """
    return ExecutorChart(
        name="sourcegraph-executor-k8s",
        kind="native",
        jobs="executor.maximumNumJobs",
        resources="executor.resources",
        job_resources="executor.kubernetesJob.resources",
        node_selector="executor.nodeSelector",
        tolerations="executor.tolerations",
        environment="executor.extraEnv",
        namespace="executor.namespace",
        registry=None,
        registry_storage=None,
        image_registries=(),
        service_account="sg-executor",
        privileged=False,
        claim=ChartClaim("sg-", 10, template=False) if version_key(version) < version_key(_NO_CLAIM_FROM) else None,
    )


def executor_name(queues: Sequence[str]) -> str:
    """Name of the Deployment and of its label `app`, with `executor.queueNames` alone set."""
    return f"executor-{'-'.join(queues)}"


def executor_secret_name(kind: ExecutorKind, queues: Sequence[str]) -> str:
    """Name of the secret that holds the password.

    Native executors read the secret of their own name: the chart takes `frontendExistingSecret` only as a sign that it
    need not make one. With Docker any name will do.
    """
    return executor_name(queues) if kind == "native" else "sourcegraph-executors"


def executor_requests(kind: ExecutorKind) -> Mapping[str, str]:
    """What the container of the program asks for.

    With Docker that is the room of one job too, without limits: they would bind the program alone, while its jobs are
    children of the daemon.
    """
    if kind == "native":
        return {"cpu": EXECUTOR_CPU, "memory": EXECUTOR_MEMORY}
    return {"cpu": "4500m", "memory": "12488Mi", "ephemeral-storage": JOB_DISK}

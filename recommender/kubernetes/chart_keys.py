"""Keys of the values that the templates of the vendor's charts read. Helm ignores any other without a word.

Source: sourcegraph/deploy-sourcegraph-helm, the templates of charts/sourcegraph, charts/sourcegraph-executor/dind and
charts/sourcegraph-executor/k8s at the tags v6.11.1446 to v7.6.0, read 2026-11-22. Some keys stand in a chart's own
values.yaml and are read by nothing: `sourcegraph.serviceLabels`, `sourcegraph.nameOverride`,
`executor.maximumNumJobs` of the chart with Docker.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import cast

from recommender.kubernetes.executor_charts import native_chart
from recommender.kubernetes.plan import ExecutorKind
from recommender.versions import version_key

_IMAGE = "image.defaultTag image.defaultTagPrefix image.name image.repository image.tag"
_SCHEDULING = "affinity nodeSelector priorityClassName tolerations"
_ACCOUNT = "serviceAccount.annotations serviceAccount.create serviceAccount.name"
_SERVICE = "serviceAnnotations serviceLabels serviceType"
_CONTAINER = f"containerSecurityContext env extraVolumeMounts resources {_IMAGE}"
_POD = (
    f"{_CONTAINER} {_SCHEDULING} extraContainers extraVolumes labels name podAnnotations podLabels podSecurityContext "
    "serviceAccount.create serviceAccount.name"
)
_SERVED = f"{_POD} {_SERVICE} serviceAccount.annotations args"
_STORED = "storageAnnotations storageSize storageSubPath"
_AUTH = "auth.database auth.existingSecret auth.host auth.password auth.port auth.sslmode auth.user"
_DATABASE = f"{_SERVED} {_STORED} {_AUTH} additionalConfig enabled existingConfig postgresExporter.env volumeName"
_REDIS = f"{_SERVED} {_STORED} connection.endpoint connection.existingSecret enabled volumeName"
_OPEN_TELEMETRY = f"args containerSecurityContext env labels name podAnnotations podLabels resources {_ACCOUNT}"


def _nested(under: str, keys: str) -> str:
    return " ".join(f"{under}.{key}" for key in keys.split())


KNOWN_KEYS: Mapping[str, frozenset[str]] = {
    key: frozenset(text.split())
    for key, text in {
        "sourcegraph": "affinity disableKubernetesSecrets image.defaultTag image.pullPolicy image.repository "
        "image.useGlobalTagAsDefault imagePullSecrets labels localDevMode nodeSelector podAnnotations podLabels "
        "priorityClassName revisionHistoryLimit tolerations",
        "alpine": f"containerSecurityContext resources {_IMAGE}",
        "frontend": f"{_SERVED} command createRoleBinding ingress.annotations ingress.enabled ingress.host "
        "ingress.hosts ingress.ingressClassName ingress.labels ingress.tls ingress.tlsSecret internalServiceType "
        "podDisruptionBudget privileged replicaCount",
        "migrator": f"{_CONTAINER} args command databaseAuthOverrideEnvVars enabled",
        "gitserver": f"{_SERVED} {_STORED} replicaCount sshSecret",
        "indexedSearch": f"{_SERVED} {_STORED} indexerName replicaCount",
        "indexedSearchIndexer": _CONTAINER,
        "pgsql": _DATABASE,
        "codeIntelDB": _DATABASE,
        "codeInsightsDB": f"{_DATABASE} init.containerSecurityContext",
        "postgresExporter": f"containerSecurityContext resources {_IMAGE}",
        "redisCache": _REDIS,
        "redisStore": _REDIS.replace("serviceAccount.annotations ", ""),
        "redisExporter": f"containerSecurityContext env resources {_IMAGE}",
        "preciseCodeIntel": f"{_SERVED} replicaCount",
        "syntacticCodeIntel": f"{_SERVED} enabled properties.workerPort replicaCount",
        "searcher": f"{_SERVED.replace('serviceType ', '')} {_STORED} replicaCount",
        "worker": f"{_SERVED} blocklist replicaCount replicas",
        "syntectServer": f"{_SERVED} replicaCount",
        "blobstore": f"{_SERVED} {_STORED} enabled volumeName",
        "prometheus": f"{_SERVED} {_STORED} createRoleBinding enabled existingConfig privileged volumeName",
        "grafana": f"{_SERVED} {_STORED} {_AUTH} enabled existingConfig",
        "openTelemetry": f"{_SCHEDULING} {_IMAGE} enabled agent.hostPorts.grpcOtlp agent.hostPorts.httpOtlp "
        "agent.hostPorts.httpZpages agent.kind gateway.config.traces.exporters "
        "gateway.config.traces.exportersTlsSecretName gateway.config.traces.processors "
        "gateway.config.traces.tracePipelineProcessors "
        f"{_nested('agent', _OPEN_TELEMETRY)} {_nested('gateway', f'{_OPEN_TELEMETRY} {_SERVICE}')}",
        "cadvisor": f"{_POD} serviceAccount.annotations enabled podSecurityPolicy.enabled",
        "nodeExporter": f"{_POD} {_SERVICE} serviceAccount.annotations enabled extraArgs hostPID "
        "podSecurityPolicy.enabled",
        "jaeger": f"{_POD} args config.existingConfigMap config.logLevel config.maxTraces "
        f"config.samplingDefaultProbability enabled replicaCount {_nested('collector', f'name {_SERVICE}')} "
        f"{_nested('query', f'name {_SERVICE}')}",
        "storageClass": "allowVolumeExpansion allowedTopologies annotations create name parameters provisioner "
        "reclaimPolicy type volumeBindingMode",
        "sgTestConnection": "enabled",
    }.items()
}
"""Of the chart `sourcegraph`: each top-level key, and the dotted keys below it that the templates read. What is below
one of those (a variable of `env`, a label) is free."""

UNDIVIDED_KEYS: frozenset[str] = frozenset(("extraResources", "nameOverride", "priorityClasses"))
"""Top-level keys of the chart `sourcegraph` that hold a list or a text."""

_SINCE: Mapping[str, str] = {
    "ingress.hosts": "7.0.2178",
    "ingress.tls": "7.0.2178",
    "config.existingConfigMap": "7.1.0",
    "config.logLevel": "7.1.0",
    "config.maxTraces": "7.1.0",
    "config.samplingDefaultProbability": "7.1.0",
    "storageAnnotations": "7.3.0",
    "storageSubPath": "7.3.0",
    "agent.kind": "7.3.0",
    "gateway.config.traces.tracePipelineProcessors": "7.6.0",
}
"""First release that reads a key, where that is not the first of `chart.RELEASES`."""

_EXECUTOR = (
    f"{_IMAGE} frontendExistingSecret frontendPassword frontendUrl labels log.format log.level maximumRuntimePerJob "
    "podAnnotations podLabels podSecurityContext priorityClassName queueName queueNames resources"
)
_DOCKER_IMAGE = "image.registry image.repository image.tag"
_EXECUTORS_SOURCEGRAPH = (
    "image.defaultTag image.pullPolicy image.repository image.useGlobalTagAsDefault imagePullSecrets labels "
    "podAnnotations podLabels priorityClassName"
)

EXECUTOR_KEYS: Mapping[ExecutorKind, Mapping[str, frozenset[str]]] = {
    "dind": {
        "sourcegraph": frozenset(f"{_EXECUTORS_SOURCEGRAPH} affinity nodeSelector tolerations".split()),
        "executor": frozenset(f"{_EXECUTOR} env replicaCount storage.class storage.size storage.type".split()),
        "dind": frozenset(
            f"{_DOCKER_IMAGE} command daemonConfig gVisor.command gVisor.daemonConfig gVisor.enabled "
            "gVisor.securityContext".split()
        ),
        "privateDockerRegistry": frozenset(
            f"{_DOCKER_IMAGE} enabled env labels podAnnotations podLabels priorityClassName serviceAnnotations "
            "storageSize".split()
        ),
        "storageClass": frozenset(("name",)),
    },
    "native": {
        "sourcegraph": frozenset(f"{_EXECUTORS_SOURCEGRAPH} localDevMode".split()),
        "executor": frozenset(
            f"{_EXECUTOR} affinity configureRbac containerSecurityContext debug.keepJobs debug.keepWorkspaces "
            "dockerAddHostGateway extraEnv kubeconfigPath kubernetesJob.deadline kubernetesJob.fsGroup "
            "kubernetesJob.node.name kubernetesJob.node.requiredAffinityMatchExpressions "
            "kubernetesJob.node.requiredAffinityMatchFields kubernetesJob.node.selector kubernetesJob.node.tolerations "
            "kubernetesJob.pod.affinity kubernetesJob.pod.antiAffinity kubernetesJob.resources.limits.cpu "
            "kubernetesJob.resources.limits.memory kubernetesJob.resources.requests.cpu "
            "kubernetesJob.resources.requests.memory kubernetesJob.runAsGroup kubernetesJob.runAsUser log.trace "
            "maximumNumJobs namespace nodeSelector securityContext.fsGroup securityContext.runAsGroup "
            f"securityContext.runAsUser {_SERVICE} tolerations".split()
        ),
    },
}
"""The same of the charts of executors at 7.6.0. Older native ones read `executor.securityContext.privileged` too, which
no executor of moorage needs."""

_CLAIM_KEYS: Mapping[str, frozenset[str]] = {
    "executor": EXECUTOR_KEYS["native"]["executor"] | {"replicas", "storageSize"},
    "storageClass": frozenset(("name",)),
}
"""What native executors read beside that while they have a claim."""

_NATIVE_SINCE: Mapping[str, str] = {"containerSecurityContext": "7.0.2852", "podSecurityContext": "7.0.2852"}
"""The same of native executors. The chart with Docker is known from 7.4.0 on, and reads the same keys since."""


def unknown_keys(values: Mapping[str, object], version: str) -> tuple[str, ...]:
    """Dotted paths in values for the chart `sourcegraph` that no template of the release reads."""
    divided = {key: value for key, value in values.items() if key not in UNDIVIDED_KEYS}
    return _unknown(divided, KNOWN_KEYS, _SINCE, version)


def unknown_executor_keys(values: Mapping[str, object], kind: ExecutorKind, version: str) -> tuple[str, ...]:
    """The same for a chart of executors; `queues`, a list, is the chart's with Docker."""
    divided = {key: value for key, value in values.items() if (kind, key) != ("dind", "queues")}
    known = EXECUTOR_KEYS[kind]
    if kind == "native" and native_chart(version).claim:
        known = {**known, **_CLAIM_KEYS}
    return _unknown(divided, known, _NATIVE_SINCE if kind == "native" else {}, version)


def _unknown(
    values: Mapping[str, object], known: Mapping[str, frozenset[str]], since: Mapping[str, str], version: str
) -> tuple[str, ...]:
    def is_known(path: str) -> bool:
        top, _, rest = path.partition(".")
        found = [key for key in known.get(top, ()) if rest == key or rest.startswith(f"{key}.")]
        return any(version_key(version) >= version_key(since.get(key, "0")) for key in found)

    return tuple(path for key, value in values.items() for path in _leaves(key, value) if not is_known(path))


def _leaves(path: str, value: object) -> Iterator[str]:
    """Paths of all that is not a mapping with something in it."""
    if not isinstance(value, Mapping) or not value:
        yield path
        return
    for key, below in cast("Mapping[str, object]", value).items():
        yield from _leaves(f"{path}.{key}", below)

"""What all texts for Kubernetes share: names, patterns of what a plan may hold, and which services run."""

from __future__ import annotations

import re
from collections.abc import Mapping

from recommender.errors import MoorageError
from recommender.host import External
from recommender.kubernetes.chart import ChartFacts, chart_facts, runs
from recommender.kubernetes.chart_workloads import ChartWorkload
from recommender.kubernetes.cluster_outputs import output_token
from recommender.kubernetes.executor_charts import executor_secret_name
from recommender.kubernetes.plan import ApplicationPlan, BucketPlan, ExecutorsPlan
from templates.context import checked

TOKEN = re.compile(
    r"\$\{cluster\.(network_id|certificate|bucket|kms_key|hosts\.[a-z]+|secrets\.[a-z-]+|roles\.[a-z-]+)\}"
)
"""Stands for an output of the cluster stack, which alone knows the value."""

LABEL = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
"""A DNS label: names of namespaces."""
OBJECT = r"[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?"
"""Names of all other objects."""
HOST = r"[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?"
CIDR = r"[0-9a-f.:]{2,45}/[0-9]{1,3}"
REGISTRY_HOST = rf"{HOST}(:[0-9]{{1,5}})?(/[a-z0-9]([a-z0-9._/-]*[a-z0-9])?)?"
URL = rf"https?://{HOST}(:[0-9]{{1,5}})?(/[A-Za-z0-9._~/-]*)?"
PLAIN = r"[A-Za-z0-9][A-Za-z0-9._-]*"
"""Users, databases, buckets, regions, ports."""

ANYWHERE = "0.0.0.0/0"
PRIVATE = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10")
"""Addresses of pods, services and nodes: RFC 1918, and RFC 6598, which clusters use for pods."""
LINK_LOCAL = "169.254.0.0/16"
"""The cloud's metadata service among others."""

OBJECT_STORAGE_SECRET = "sourcegraph-object-storage"  # noqa: S105 - the name of a secret
FRONTEND = "sourcegraph-frontend"
"""Name of the chart's Deployment and Service, and of its pods' label `app`."""

_DATABASE_KEYS: Mapping[str, str] = {
    "pgsql": "pgsql",
    "codeintel": "codeIntelDB",
    "codeinsights": "codeInsightsDB",
}


def token(path: str) -> str:
    """What stands for an output of the cluster stack until it is known.

    Raises:
        MoorageError: there is no such output.
    """
    return checked("output of the cluster stack", output_token(path), TOKEN.pattern)


def facts(plan: ApplicationPlan) -> ChartFacts:
    """What is known of the chart at the plan's version."""
    return chart_facts(checked("version", plan.version, r"[67]\.[0-9]+\.[0-9]+"))


def bundled(plan: ApplicationPlan) -> frozenset[str]:
    """Keys of the chart's switches that are on."""
    return frozenset(plan.bundled)


def running(plan: ApplicationPlan) -> tuple[ChartWorkload, ...]:
    """The chart's workloads that run."""
    return tuple(workload for workload in facts(plan).workloads if runs(workload, plan.bundled))


def service_keys(plan: ApplicationPlan) -> frozenset[str]:
    """Keys of the values that belong to a container that runs, those of init containers included."""
    return frozenset(
        container.key for workload in running(plan) for container in (*workload.containers, *workload.init)
    )


def databases(plan: ApplicationPlan) -> tuple[tuple[str, str], ...]:
    """Databases that are not the chart's own: its key, and the secret with the address and the password."""
    given: External = plan.external
    keys = [each.key for each in given.databases] + [
        each.key for each in (plan.managed.databases if plan.managed else ())
    ]
    return tuple((_DATABASE_KEYS[key], f"sourcegraph-{key}") for key in keys)


def redis(plan: ApplicationPlan) -> tuple[tuple[str, str], ...]:
    """The same of Redis."""
    if plan.external.redis is None and not (plan.managed and plan.managed.redis):
        return ()
    return (("redisCache", "sourcegraph-redis-cache"), ("redisStore", "sourcegraph-redis-store"))


def uploaders(plan: ApplicationPlan) -> dict[str, tuple[str, ...]]:
    """Services that run and use a bucket that is not the chart's own, with the prefixes of their variables."""
    if plan.bucket is None:
        return {}
    keys = service_keys(plan)
    return {key: prefixes for key, prefixes in facts(plan).uploads.items() if key in keys}


def bucket_name(bucket: BucketPlan) -> str:
    """Its name, or what stands for it."""
    return token("bucket") if bucket.name is None else checked("bucket.name", bucket.name, PLAIN)


def executors_secret(executors: ExecutorsPlan) -> str:
    """The secret that executors read their password from: the chart's choice with native ones."""
    return executor_secret_name(executors.kind, queues(executors))


def queues(executors: ExecutorsPlan) -> tuple[str, ...]:
    """What executors work on."""
    return tuple(checked("executors.queues", queue, "[a-z]+") for queue in executors.queues)


def namespace(plan: ApplicationPlan) -> str:
    """Of Sourcegraph."""
    return checked("namespace", plan.namespace, LABEL)


def frontend_url(plan: ApplicationPlan) -> str:
    """How executors reach the instance without leaving the cluster."""
    return f"http://{FRONTEND}.{namespace(plan)}.svc.cluster.local:30080"


def no_text(what: str, why: str) -> MoorageError:
    """The refusal of a plan that has no values: a defect of the planner, which lets none through."""
    return MoorageError(f"the plan's {what} cannot be written: {why}", fix="make the plan anew from its profile")

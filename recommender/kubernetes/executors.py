"""The plan of executors in the cluster."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recommender.checks import Checks
from recommender.kubernetes.chart import chart_facts
from recommender.kubernetes.executor_charts import executor_secret_name
from recommender.kubernetes.plan import ExecutorKind, ExecutorsPlan, KubernetesSecret, SecretKey
from recommender.secret_references import SecretReferences

if TYPE_CHECKING:
    from recommender.deployment import Deployment


def plan_executors(
    wanted: Deployment, checks: Checks, references: SecretReferences, version: str | None
) -> ExecutorsPlan | None:
    """Executors beside Sourcegraph, in a namespace of their own; None: none are asked for."""
    given = wanted.executors
    if given.jobs == 0:
        for field in ("kind", "queues", "password"):
            if getattr(given, field) is not None:
                checks.problem(
                    "deployment.executors.jobs", given.jobs, "at least 1", f"Say how many jobs {field} is for."
                )
        return None
    kind: ExecutorKind = given.kind or "dind"
    if kind == "dind" and version is not None and chart_facts(version).dind is None:
        checks.problem(
            "deployment.executors.kind",
            kind,
            f"native with {version}: the chart of the other kind cannot be installed before 7.4.0",
            "Choose native, a newer release, or executors on machines of their own.",
        )
        return None
    queues = tuple(given.queues or ("batches", "codeintel"))
    password = references.secret(
        "executors.password", "executors-password", "the executors' password (executors.accessToken)"
    )
    secret = KubernetesSecret(
        executor_secret_name(kind, queues), (SecretKey("EXECUTOR_FRONTEND_PASSWORD", source=password),)
    )
    return ExecutorsPlan(kind, f"{wanted.kubernetes.namespace}-executors", given.jobs, queues, secret)

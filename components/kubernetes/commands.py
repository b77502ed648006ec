"""Commands that people type."""

from __future__ import annotations

import shlex

from components.kubernetes.sourcegraph import FRONTEND_PORT, FRONTEND_SERVICE
from recommender.kubernetes.plan import ApplicationPlan

_LOCAL_PORT = 3080


def kubectl(plan: ApplicationPlan, namespace: str | None = None) -> str:
    """Kubectl for the plan's cluster and namespace. Of an own cluster, KUBECONFIG names the cluster stack's output."""
    context = f" --context {shlex.quote(plan.context)}" if plan.context else ""
    return f"kubectl{context} --namespace {namespace or plan.namespace}"


def port_forward_command(plan: ApplicationPlan) -> str:
    """Makes Sourcegraph answer on http://localhost:3080, past every load balancer."""
    return f"{kubectl(plan)} port-forward service/{FRONTEND_SERVICE} {_LOCAL_PORT}:{FRONTEND_PORT}"

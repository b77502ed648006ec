"""The Kubernetes version of a new cluster."""

from __future__ import annotations

from recommender.checks import Checks
from recommender.kubernetes.facts import (
    EKS_DEFAULT,
    EKS_VERSIONS,
    GKE_CHANNEL,
    GKE_DEFAULT,
    GKE_VERSIONS,
    eks_version_problem,
)
from recommender.kubernetes.plan import KubernetesVersion
from recommender.plan import Provider


def plan_version(wanted: str | None, checks: Checks, provider: Provider) -> KubernetesVersion:
    """The version of a new cluster; the default where the wanted one cannot be had, which `checks` then holds."""
    if provider == "gcp":
        if wanted is not None:
            checks.problem(
                "deployment.kubernetes.version",
                wanted,
                f"nothing on GKE: the channel {GKE_CHANNEL} moves it",
                "Remove it; a maintenance exclusion holds a minor version back.",
            )
        minor = GKE_DEFAULT
        row = GKE_VERSIONS[minor]
        return KubernetesVersion(minor, GKE_CHANNEL, row.standard_until, row.fact)
    minor = wanted or EKS_DEFAULT
    if problem := eks_version_problem(minor):
        allowed = ", ".join(name for name in EKS_VERSIONS if not eks_version_problem(name))
        checks.problem("deployment.kubernetes.version", minor, f"one of {allowed}: {problem}", "Choose one of them.")
        minor = EKS_DEFAULT
    row = EKS_VERSIONS[minor]
    return KubernetesVersion(minor, None, row.standard_until, row.fact)

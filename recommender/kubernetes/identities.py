"""Names of the identities that pods have in the cloud; fixed, so that both stacks know them without asking."""

from __future__ import annotations

import hashlib
from collections.abc import Container

from recommender.kubernetes.chart import chart_facts, runs
from recommender.kubernetes.plan import Purpose

_GCP_ACCOUNTS = {"object-storage": "storage", "external-secrets": "secrets"}
_LONGEST_ACCOUNT_ID = 30
"""Of a service account: 6 to 30 characters (pulumi_gcp 10.2.0, serviceaccount.Account.account_id, read 2026-11-22)."""

_DIGEST_LENGTH = 6


def gcp_account_id(name: str, purpose: Purpose) -> str:
    """The id of the GCP service account that pods are let in as.

    A name that is too long is cut, and a digest of the whole of it keeps two such names apart.
    """
    suffix = _GCP_ACCOUNTS[purpose]
    room = _LONGEST_ACCOUNT_ID - len(suffix) - 1
    if len(name) > room:
        digest = hashlib.sha256(name.encode()).hexdigest()[:_DIGEST_LENGTH]
        name = f"{name[: room - _DIGEST_LENGTH - 1].rstrip('-')}-{digest}"
    return f"{name}-{suffix}"


def gcp_email(name: str, purpose: Purpose, project: str) -> str:
    """The address of that account."""
    return f"{gcp_account_id(name, purpose)}@{project}.iam.gserviceaccount.com"


def storage_service_accounts(version: str, bundled: Container[str]) -> dict[str, str]:
    """Chart key of each service that uses object storage, and the Kubernetes service account that its pods run as.

    The chart makes one for the frontend. The others run as `default`, which every pod may be, so each gets its own,
    called like its workload.

    Args:
        version: of the chart.
        bundled: keys of the switches that are on.
    """
    facts, found = chart_facts(version), dict[str, str]()
    for key in facts.uploads:
        workload = facts.workload(key)
        if runs(workload, bundled):
            account = workload.service_account
            found[key] = workload.name if account == "default" else account
    return found

"""Who the machine is, and what it may do: write its own logs and metrics, and read the secrets that the plan names."""

from __future__ import annotations

import hashlib
import re
from typing import TypedDict

import pulumi
import pulumi_gcp as gcp

from recommender.plan import SingleNodePlan

_ROLES = {"logs": "roles/logging.logWriter", "metrics": "roles/monitoring.metricWriter"}


class IdentityArgs(TypedDict):
    """What `Identity` needs."""

    plan: SingleNodePlan
    """Secrets that the machine reads, and the project in which it writes logs and metrics; None: the provider's."""


def account_id(name: str) -> str:
    """The id of the machine's service account: 6 to 30 characters, where the plan's name may have 32.

    A digest of the whole name ends it, so that two long names with the same beginning stay apart.
    Source: pulumi_gcp 10.2.0, `serviceaccount.AccountArgs.account_id`, read 2026-11-22.
    """
    digest = hashlib.sha256(name.encode()).hexdigest()[:8]
    return f"{name[:21].rstrip('-')}-{digest}"


def secret_of(reference: str) -> tuple[str, str]:
    """Project and name of the secret that `projects/P/secrets/S/versions/V` is a version of."""
    match = re.match("projects/([^/]+)/secrets/([^/]+)", reference)
    assert match, f"{reference} is no secret of Secret Manager"
    return match[1], match[2]


class Identity(pulumi.ComponentResource):
    """A service account for one machine. Access to anything else is the person's to grant, by name."""

    email: pulumi.Output[str]
    """Address of the account; firewall rules and the instance refer to it."""

    def __init__(self, name: str, args: IdentityArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("moorage:gcp:Identity", name, opts=opts)
        account = gcp.serviceaccount.Account(
            f"{name}-machine",
            account_id=account_id(name),
            display_name=f"Sourcegraph machine of {name}",
            opts=pulumi.ResourceOptions(parent=self),
        )
        for suffix, role in _ROLES.items():
            gcp.projects.IAMMember(
                f"{name}-{suffix}",
                project=args["plan"].project or account.project,
                role=role,
                member=account.member,
                opts=pulumi.ResourceOptions(parent=self),
            )
        self._let_read_secrets(name, args["plan"], account)
        self.email = account.email
        self.register_outputs({"email": self.email})

    def _let_read_secrets(self, name: str, plan: SingleNodePlan, account: gcp.serviceaccount.Account) -> None:
        """Access to each secret by itself, so that a project may hold others."""
        for project, secret in dict.fromkeys(map(secret_of, plan.secret_references.values())):
            gcp.secretmanager.SecretIamMember(
                # By what it gives access to, not by what it is for: two uses of one secret share one grant, and
                # dropping one use must not take the grant from the other.
                f"{name}-secret-{project}/{secret}",
                project=project,
                secret_id=secret,
                role="roles/secretmanager.secretAccessor",
                member=account.member,
                opts=pulumi.ResourceOptions(parent=self),
            )

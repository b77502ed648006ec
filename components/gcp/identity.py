"""Who the machine is: a service account that may write its own logs and metrics, and nothing else."""

from __future__ import annotations

import hashlib
from typing import TypedDict

import pulumi
import pulumi_gcp as gcp

_ROLES = {"logs": "roles/logging.logWriter", "metrics": "roles/monitoring.metricWriter"}


class IdentityArgs(TypedDict):
    """What `Identity` needs."""

    project: str | None
    """Project id in which the two roles are granted; None: the provider's, as the account reports it."""


def account_id(name: str) -> str:
    """The id of the machine's service account: 6 to 30 characters, where the plan's name may have 32.

    A digest of the whole name ends it, so that two long names with the same beginning stay apart.
    Source: pulumi_gcp 10.2.0, `serviceaccount.AccountArgs.account_id`, read 2026-11-22.
    """
    digest = hashlib.sha256(name.encode()).hexdigest()[:8]
    return f"{name[:21].rstrip('-')}-{digest}"


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
                project=args["project"] or account.project,
                role=role,
                member=account.member,
                opts=pulumi.ResourceOptions(parent=self),
            )
        self.email = account.email
        self.register_outputs({"email": self.email})

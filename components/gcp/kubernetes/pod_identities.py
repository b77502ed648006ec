"""Who pods are to Google Cloud, and what that lets them do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypedDict

import pulumi
import pulumi_gcp as gcp

from components.gcp.identity import secret_of
from components.gcp.kubernetes.control_plane import workload_pool
from recommender.kubernetes.identities import gcp_account_id
from recommender.kubernetes.plan import ClusterPlan, WorkloadIdentity

_TITLES = {"object-storage": "uploads", "external-secrets": "secrets"}


class PodIdentitiesArgs(TypedDict):
    """What `PodIdentities` needs."""

    plan: ClusterPlan
    cluster: pulumi.Resource
    """Makes the pool of identities that the bindings name."""
    bucket: pulumi.Input[str] | None
    """Name of the bucket that is made here; None: there is none."""
    secrets: Mapping[str, gcp.secretmanager.Secret]
    """Secrets that are made here, by the end of their name."""


class PodIdentities(pulumi.ComponentResource):
    """A service account for each purpose of the plan, which the named Kubernetes service accounts may act as.

    The bindings name the project by its id; the other form, which ties rights to the Kubernetes account itself, wants
    the project's number. Rights stand on the bucket and on each secret, never on the project.
    """

    def __init__(self, name: str, args: PodIdentitiesArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("moorage:gcp:PodIdentities", name, opts=opts)
        for identity in args["plan"].identities:
            account = self._account(name, args, identity)
            if identity.purpose == "object-storage" and args["bucket"] is not None:
                gcp.storage.BucketIAMMember(
                    f"{name}-uploads",
                    bucket=args["bucket"],
                    role="roles/storage.objectAdmin",
                    member=account.member,
                    opts=pulumi.ResourceOptions(parent=self),
                )
            if identity.purpose == "external-secrets":
                self._let_read_secrets(name, args, account)
        self.register_outputs({})

    def _account(self, name: str, args: PodIdentitiesArgs, identity: WorkloadIdentity) -> gcp.serviceaccount.Account:
        plan = args["plan"]
        account = gcp.serviceaccount.Account(
            f"{name}-{_TITLES[identity.purpose]}",
            account_id=gcp_account_id(plan.name, identity.purpose),
            display_name=f"Pods of Sourcegraph {name}: {_TITLES[identity.purpose]}",
            project=plan.project,
            opts=pulumi.ResourceOptions(parent=self),
        )
        for service_account in identity.service_accounts:
            pod = f"{identity.namespace}/{service_account}"
            gcp.serviceaccount.IAMMember(
                f"{name}-{_TITLES[identity.purpose]}-{pod}",
                service_account_id=account.name,
                role="roles/iam.workloadIdentityUser",
                member=f"serviceAccount:{workload_pool(plan)}[{pod}]",
                opts=pulumi.ResourceOptions(parent=self, depends_on=[args["cluster"]]),
            )
        return account

    def _let_read_secrets(self, name: str, args: PodIdentitiesArgs, account: gcp.serviceaccount.Account) -> None:
        """Access to each secret by itself: those of the plan, and those that are made here."""
        given = dict.fromkeys(map(secret_of, args["plan"].secret_references))
        readable: dict[str, tuple[pulumi.Input[str] | None, pulumi.Input[str]]] = {
            f"{project}/{secret}": (project, secret) for project, secret in given
        }
        readable |= {end: (args["plan"].project, secret.secret_id) for end, secret in args["secrets"].items()}
        for end, (project, secret) in readable.items():
            gcp.secretmanager.SecretIamMember(
                f"{name}-secret-{end}",
                project=project,
                secret_id=secret,
                role="roles/secretmanager.secretAccessor",
                member=account.member,
                opts=pulumi.ResourceOptions(parent=self),
            )

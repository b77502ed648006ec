"""GCP: who acts as whom, and what they may do."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from stacks.policies.gcp.compute import INSTANCE
from stacks.policies.gcp.sources import cis, google, provider
from stacks.policies.inputs import breach, given, hidden, number, said, texts
from stacks.policies.policy import Breach, Policy, Scope
from stacks.policies.required import every, together
from stacks.preview import Resource

NODE_POOL: Final = "gcp:container/nodePool:NodePool"

_BASIC: Final = frozenset({"roles/owner", "roles/editor", "roles/viewer"})
_EVERYBODY: Final = frozenset({"allUsers", "allAuthenticatedUsers"})
_OF_PROJECT: Final = frozenset({"roles/iam.serviceAccountUser", "roles/iam.serviceAccountTokenCreator"})
_WHOLE_SERVICES: Final = (
    "roles/cloudkms.",
    "roles/iam.roleAdmin",
    "roles/iam.securityAdmin",
    "roles/iam.serviceAccountAdmin",
    "roles/iam.serviceAccountKeyAdmin",
    "roles/resourcemanager.",
    "roles/secretmanager.",
    "roles/storage.",
)
"""How roles begin that reach others' secrets, keys and objects, or more rights, once they are granted on a project."""
_PROJECT_MEMBER: Final = "gcp:projects/iAMMember:IAMMember"
_QUARTER: Final = 90 * 24 * 3600
"""Seconds."""


def _own_account(value: object) -> bool:
    """Compute Engine's default accounts have the editor's role in most projects."""
    return (
        isinstance(value, str)
        and value not in ("", "default")
        and not value.endswith(("-compute@developer.gserviceaccount.com", "@appspot.gserviceaccount.com"))
    )


def _grants(scope: Scope) -> Iterator[Resource]:
    """Whatever binds a role: on the project, a key, a secret, a bucket, an account."""
    for resource in scope.resources:
        if resource.type.startswith("gcp:") and "iam" in resource.type.lower() and "role" in resource.inputs:
            yield resource


def _basic_roles(scope: Scope) -> Iterator[Breach]:
    for grant in _grants(scope):
        role = grant.inputs["role"]
        if isinstance(role, str) and role in _BASIC:
            yield breach(grant, f"It grants {role}.", "role")


def _everybody(scope: Scope) -> Iterator[Breach]:
    for grant in _grants(scope):
        for key in ("member", "members"):
            for member in texts(grant.inputs.get(key)):
                if member in _EVERYBODY:
                    yield breach(grant, f"It grants {said(grant.inputs['role'])} to {member}.", key)


def _impersonation(scope: Scope) -> Iterator[Breach]:
    for grant in scope.of_type(_PROJECT_MEMBER):
        role = grant.inputs.get("role")
        if isinstance(role, str) and role in _OF_PROJECT:
            yield breach(grant, f"It grants {role} on the whole project.", "role")


def _whole_services(scope: Scope) -> Iterator[Breach]:
    for grant in scope.of_type(_PROJECT_MEMBER):
        role = grant.inputs.get("role")
        if isinstance(role, str) and role.startswith(_WHOLE_SERVICES) and not given(grant.inputs.get("condition")):
            yield breach(grant, f"It grants {role} on the whole project.", "role")


def _authoritative(scope: Scope) -> Iterator[Breach]:
    for resource in scope.of_type("gcp:projects/iAMPolicy:IAMPolicy", "gcp:projects/iAMBinding:IAMBinding"):
        yield breach(resource, "It replaces what others have granted on the project.")


def _account_keys(scope: Scope) -> Iterator[Breach]:
    for key in scope.of_type("gcp:serviceaccount/key:Key"):
        yield breach(key, "It is a key of a service account, and stands in the state.")


def _rotation(scope: Scope) -> Iterator[Breach]:
    for key in scope.of_type("gcp:kms/cryptoKey:CryptoKey"):
        period = key.inputs.get("rotationPeriod")
        if hidden(period) or key.inputs.get("purpose") not in (None, "ENCRYPT_DECRYPT"):
            continue
        seconds = number(period.removesuffix("s")) if isinstance(period, str) else None
        if seconds is None or seconds > _QUARTER:
            yield breach(key, f"`rotationPeriod` is {said(period)}.", "rotationPeriod")


def _projects(scope: Scope) -> Iterator[Breach]:
    for used in scope.of_type("pulumi:providers:gcp"):
        if not given(used.inputs.get("project")):
            yield breach(used, "The provider has no project.", "project")


POLICIES: Final[tuple[Policy, ...]] = (
    Policy(
        id="GCP-SERVICE-ACCOUNT",
        severity="error",
        title="Machines and nodes act as an account of their own",
        because="The default account may change everything in most projects, and every machine there shares it.",
        remedy="Give the machine or the node pool a service account that has only the roles that it needs.",
        source=cis("4.1 and 4.2"),
        check=together(
            every(INSTANCE, "serviceAccount.email", _own_account),
            every(NODE_POOL, "nodeConfig.serviceAccount", _own_account),
        ),
    ),
    Policy(
        id="GCP-IAM-BASIC-ROLES",
        severity="error",
        title="Nobody is granted owner, editor or viewer",
        because="Basic roles reach every service of the project, those that come later too.",
        remedy="Grant a predefined role of the one service.",
        source=cis("1.5"),
        check=_basic_roles,
    ),
    Policy(
        id="GCP-IAM-PUBLIC",
        severity="error",
        title="Nothing is granted to everybody",
        because="allUsers is the internet, and allAuthenticatedUsers is everybody with a Google account.",
        remedy="Grant it to a service account, a group or a domain.",
        source=cis("1.9 and 5.1"),
        check=_everybody,
    ),
    Policy(
        id="GCP-IAM-IMPERSONATION",
        severity="error",
        title="Nobody may act as every service account of the project",
        because="That is as much as the strongest of those accounts may do.",
        remedy="Grant the role on the one service account.",
        source=cis("1.6"),
        check=_impersonation,
    ),
    Policy(
        id="GCP-IAM-WHOLE-PROJECT",
        severity="error",
        title="Secrets, keys and objects are granted one by one",
        because="On the project such a role reaches what other teams keep there, and what they will.",
        remedy="Grant the role on the one secret, key or bucket.",
        source=google("iam/docs/using-iam-securely"),
        check=_whole_services,
    ),
    Policy(
        id="GCP-IAM-ADDITIVE",
        severity="error",
        title="Grants are added to the project's, and replace nobody else's",
        because="A whole policy or binding takes away what other teams have granted, at the first deployment.",
        remedy="Use `gcp.projects.IAMMember`.",
        source=provider("documentation of projects.IAMPolicy and IAMBinding"),
        check=_authoritative,
    ),
    Policy(
        id="GCP-SERVICE-ACCOUNT-KEYS",
        severity="error",
        title="Service accounts have no keys that leave Google",
        because="Such a key works from anywhere, for years, for whoever finds it.",
        remedy="Attach the account to the machine, or use Workload Identity.",
        source=cis("1.4"),
        check=_account_keys,
    ),
    Policy(
        id="GCP-KEY-ROTATION",
        severity="warning",
        title="Keys are rotated every 90 days",
        because="Less is encrypted with each version of the key.",
        remedy="Set `rotationPeriod` to 7776000s or less.",
        source=cis("1.10"),
        check=_rotation,
    ),
    Policy(
        id="GCP-PROJECT-NAMED",
        severity="note",
        title="The project is named",
        because="Otherwise it goes into the project that the credentials of whoever deploys point at.",
        remedy="Fill `deployment.project`.",
        source=provider("schema of the provider's configuration"),
        check=_projects,
    ),
)

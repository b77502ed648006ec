"""Kubernetes secrets by reference: the operator external-secrets copies them out of the cloud's store.

API: external-secrets/external-secrets@cc5bfbc2 (2026-08-08) apis/externalsecrets/v1 and providers/v1/{aws,gcp}, read
2026-11-22.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from recommender.kubernetes.plan import ApplicationPlan, KubernetesSecret, SecretKey
from templates.context import checked
from templates.kubernetes.context import LABEL, OBJECT, PLAIN, executors_secret, namespace, no_text, token

_KEY = r"[A-Za-z0-9._-]+"
_VALUE = r"[A-Za-z0-9][A-Za-z0-9._-]*"
"""Of a static key. No braces: the operator would fill them in."""
_ARN = r"arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:[0-9]{12}:secret:[A-Za-z0-9/_+=.@-]+"
_GCP = r"projects/(?P<project>[a-z0-9-]+)/secrets/(?P<secret>[A-Za-z0-9_-]+)(/versions/(?P<version>[a-z0-9-]+))?"


@dataclass(frozen=True, slots=True)
class StoreContext:
    """Whose store it is; one in each namespace that has secrets."""

    namespace: str
    aws: bool
    region: str
    project: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One value of the store."""

    key: str
    reference: str
    version: str
    property: str


@dataclass(frozen=True, slots=True)
class ExternalSecretContext:
    """One secret."""

    name: str
    namespace: str
    template: tuple[tuple[str, str], ...]
    """Each key, and its value or what takes it from an entry."""
    entries: tuple[Entry, ...]


def stores(plan: ApplicationPlan) -> Iterator[tuple[str, StoreContext]]:
    """Suffix of the manifest's name, and the store, for each namespace with a secret that is fetched."""
    if not plan.external_secrets or not any(external_secrets(plan)):
        return
    aws = plan.provider == "aws"
    if plan.provider not in ("aws", "gcp"):
        raise no_text("external_secrets", f"{plan.provider} has no store that is known")
    region = checked("region", plan.region or "", PLAIN) if aws else ""
    project = "" if aws else checked("project", plan.project or "", PLAIN)
    spaces = dict.fromkeys(context.namespace for _, context in external_secrets(plan))
    for space in spaces:
        yield "" if space == plan.namespace else "-executors", StoreContext(space, aws, region, project)


def external_secrets(plan: ApplicationPlan) -> Iterator[tuple[str, ExternalSecretContext]]:
    """Suffix of the manifest's name, and the secret. One that is in the cluster already is left alone."""
    if not plan.external_secrets:
        return
    for secret in plan.secrets:
        if _fetched(secret):
            yield _suffix(secret.name), _context(plan, secret, secret.name, namespace(plan))
    if plan.executors and _fetched(plan.executors.secret):
        name, space = executors_secret(plan.executors), checked("executors.namespace", plan.executors.namespace, LABEL)
        yield "-executors", _context(plan, plan.executors.secret, name, space)


def _fetched(secret: KubernetesSecret) -> bool:
    return all(key.source is None or key.source.reference is not None for key in secret.keys)


def _suffix(name: str) -> str:
    return f"-{name.removeprefix('sourcegraph-')}"


def _context(plan: ApplicationPlan, secret: KubernetesSecret, name: str, space: str) -> ExternalSecretContext:
    found = [_key(plan, key) for key in secret.keys]
    return ExternalSecretContext(
        name=checked("secrets.name", name, OBJECT),
        namespace=space,
        template=tuple((key, value) for key, value, _ in found),
        entries=tuple(entry for _, _, entry in found if entry),
    )


def _key(plan: ApplicationPlan, given: SecretKey) -> tuple[str, str, Entry | None]:
    """The key, its value or what the operator puts there, and the store's entry, if any."""
    key = checked("secrets.keys", given.key, _KEY)
    if given.value is not None:
        return key, checked(f"secrets.{key}", given.value, _VALUE), None
    if given.output is not None and not given.output.startswith("secrets."):
        return key, token(given.output), None
    # `index`, because a key may hold a hyphen, which a bare name in a template may not.
    return key, f'{{{{ index . "{key}" }}}}', _entry(plan, given, key)


def _entry(plan: ApplicationPlan, given: SecretKey, key: str) -> Entry:
    part = checked(f"secrets.{key}.property", given.property or "", f"({_KEY})?")
    if given.output is not None:
        return Entry(key, token(given.output), "", part)
    reference = given.source.reference if given.source else None
    if reference is None:
        raise no_text(f"secrets.{key}", "it says nowhere where its value is")
    if plan.provider == "aws":
        return Entry(key, checked(f"secrets.{key}", reference, _ARN), "", part)
    return _gcp_entry(plan, key, reference, part)


def _gcp_entry(plan: ApplicationPlan, key: str, reference: str, part: str) -> Entry:
    """The operator itself puts the store's project before the name of a secret, so the name stands alone."""
    found = re.fullmatch(_GCP, reference)
    if found is None or found["project"] != plan.project:
        raise no_text(f"secrets.{key}", f"{reference!r} is no secret of the project {plan.project}")
    return Entry(key, found["secret"], found["version"] or "", part)

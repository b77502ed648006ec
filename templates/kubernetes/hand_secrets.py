"""Secrets that a person creates: commands with which no value gets into a file of the bundle or a shell's history."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from dataclasses import dataclass

from recommender.kubernetes.plan import ApplicationPlan, KubernetesSecret, SecretKey
from templates.context import checked
from templates.kubernetes.commands import kubectl
from templates.kubernetes.context import OBJECT, PLAIN, executors_secret
from templates.kubernetes.secrets import external_secrets

_KEY = r"[A-Za-z0-9._-]+"
_VALUE = r"[A-Za-z0-9][A-Za-z0-9:/._-]*"


@dataclass(frozen=True, slots=True)
class HandSecret:
    """One secret of the cluster, and how to create it."""

    name: str
    namespace: str
    what: tuple[str, ...]
    """Keys that a person has to know, and what each is."""
    commands: tuple[str, ...]
    """Of bash, after `umask` and the functions `ask` and `keep` of the README."""


def stack_output(plan: ApplicationPlan, path: str) -> str:
    """Prints an output of the cluster stack by its path, such as hosts.pgsql; nothing if there is none."""
    group, _, name = checked("output of the cluster stack", path, r"[a-z_]+(\.[a-z-]+)?").partition(".")
    pulumi = f'pulumi --cwd "$MOORAGE" stack output {group} --stack {plan.name}-cluster'
    return f"{pulumi} --json | jq -r '.[\"{name}\"] // empty'" if name else pulumi


def store_references(plan: ApplicationPlan) -> tuple[str, ...]:
    """What must be in the cloud's store, because the operator fetches it from there; sorted."""
    if not plan.external_secrets:
        return ()
    secrets = [*plan.secrets, *((plan.executors.secret,) if plan.executors else ())]
    sources = [key.source for secret in secrets for key in secret.keys if key.source]
    return tuple(sorted({f"`{source.reference}`: {source.what}" for source in sources if source.reference}))


def hand_secrets(plan: ApplicationPlan) -> tuple[HandSecret, ...]:
    """Secrets that nothing fetches, then those that the profile names because they exist."""
    return (*_own(plan), *_named(plan))


def _own(plan: ApplicationPlan) -> Iterator[HandSecret]:
    fetched = {(context.namespace, context.name) for _, context in external_secrets(plan)}
    for secret in plan.secrets:
        if (plan.namespace, secret.name) not in fetched:
            yield _secret(plan, secret, secret.name, plan.namespace)
    if plan.executors:
        name, space = executors_secret(plan.executors), plan.executors.namespace
        if (space, name) not in fetched:
            yield _secret(plan, plan.executors.secret, name, space)


def _secret(plan: ApplicationPlan, secret: KubernetesSecret, name: str, namespace: str) -> HandSecret:
    known = [f"--from-literal={key.key}={_static(key)}" for key in secret.keys if key.value is not None]
    hidden = [key for key in secret.keys if key.value is None]
    files = [f'--from-file={_key(key)}="$secrets/{_key(key)}"' for key in hidden]
    create = kubectl(plan, "create secret generic", _name(name), *known, *files, namespace=namespace)
    return HandSecret(
        name=name,
        namespace=namespace,
        what=tuple(f"`{key.key}`: {_what(key)}" for key in hidden if key.source),
        commands=(*(_value(plan, key) for key in hidden), create),
    )


def _value(plan: ApplicationPlan, key: SecretKey) -> str:
    """Puts the value into a file of its own."""
    name = _key(key)
    if key.output is None:
        multiline = key.source is not None and key.source.multiline
        return f'cp "$HOME/{name}" "$secrets/{name}"' if multiline else f"ask {name}"
    printed = stack_output(plan, key.output)
    return f'keep {name} "$({_fetch(plan, key, printed) if key.output.startswith("secrets.") else printed})"'


def _fetch(plan: ApplicationPlan, key: SecretKey, printed: str) -> str:
    """The value from the cloud's store, whose reference the command `printed` prints."""
    if plan.provider == "aws":
        region = checked("region", plan.region or "", PLAIN)
        part = f" | jq -r .{checked('secrets.property', key.property, '[A-Za-z]+')}" if key.property else ""
        fetch = f'aws secretsmanager get-secret-value --region {region} --secret-id "$({printed})"'
        return f"{fetch} --query SecretString --output text{part}"
    project = checked("project", plan.project or "", PLAIN)
    return f'gcloud secrets versions access latest --project {project} --secret "$({printed})"'


def _named(plan: ApplicationPlan) -> Iterator[HandSecret]:
    ingress = plan.ingress
    if ingress and ingress.tls_secret and not ingress.cluster_issuer:
        words = ("create secret tls", _name(ingress.tls_secret), "--cert=tls.crt --key=tls.key")
        what = (f"`tls.crt`, `tls.key`: certificate with its chain and key for {ingress.domain}",)
        yield HandSecret(ingress.tls_secret, plan.namespace, what, (kubectl(plan, *words, namespace=plan.namespace),))
    if name := plan.private_ca_secret:
        words = ("create secret generic", _name(name), "--from-file=ca.crt=ca.crt")
        what = ("`ca.crt`: your authority's certificates, PEM",)
        yield HandSecret(name, plan.namespace, what, (kubectl(plan, *words, namespace=plan.namespace),))
    if name := plan.image_pull_secret:
        words = (
            f"create secret generic {_name(name)} --type=kubernetes.io/dockerconfigjson",
            "--from-file=.dockerconfigjson=config.json",
        )
        what = ("`config.json`: the registry's credentials, as `docker login` writes them",)
        for space in (plan.namespace, *((plan.executors.namespace,) if plan.executors else ())):
            yield HandSecret(name, space, what, (kubectl(plan, *words, namespace=space),))


def _what(key: SecretKey) -> str:
    assert key.source is not None
    kept = f", kept in `{key.source.reference}`" if key.source.reference else ""
    copied = f"; put it into the file `~/{key.key}` for as long as this takes" if key.source.multiline else ""
    return f"{key.source.what}{kept}{copied}"


def _static(key: SecretKey) -> str:
    return shlex.quote(checked(f"secrets.{key.key}", key.value or "", _VALUE))


def _key(key: SecretKey) -> str:
    return checked("secrets.keys", key.key, _KEY)


def _name(name: str) -> str:
    return checked("secrets.name", name, OBJECT)

"""Rules that hold in every cloud."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Final

from recommender.secrets import looks_secret
from stacks.policies.inputs import at, breach, hidden, said, strings
from stacks.policies.policy import Breach, Policy, Scope
from stacks.policies.sources import ours
from stacks.preview import UNKNOWN, Resource

_SECRET_INPUTS: Final = frozenset(
    (
        "accesskey",
        "accesstoken",
        "authtoken",
        "masterpassword",
        "password",
        "privatekey",
        "secretbinary",
        "secretdata",
        "secretkey",
        "secretstring",
        "token",
    )
)
_OFFLINE: Final = "offline"
"""What the providers of a preview without an account have for a credential."""
_REFERENCES: Final = "kubernetes:external-secrets.io/"
_PACKED: Final = frozenset(("userData", "userDataBase64"))
"""Compressed and encoded, so that any shape turns up in them by chance; the file of that text is looked at instead."""
# References and digests look like tokens, and tell nobody anything.
_HARMLESS: Final = re.compile(r"\barn:aws[\w-]*:\S+?(?=[\"',\s]|$)|\b(?:[0-9a-f]{64}|[0-9a-f]{40})\b")
_WORD: Final = re.compile(r"[^\s\"'`,;]+")
_VARIABLE: Final = re.compile(r"\$|\{\{")

_NAMED: Final = {
    "aws:cloudwatch/logGroup:LogGroup": "name",
    "aws:eks/cluster:Cluster": "name",
    "aws:elasticache/replicationGroup:ReplicationGroup": "replicationGroupId",
    "aws:iam/role:Role": "name",
    "aws:lb/loadBalancer:LoadBalancer": "name",
    "aws:rds/instance:Instance": "identifier",
    "aws:s3/bucket:Bucket": "bucket",
    "aws:secretsmanager/secret:Secret": "name",
    "gcp:compute/address:Address": "name",
    "gcp:compute/globalAddress:GlobalAddress": "name",
    "gcp:compute/sSLPolicy:SSLPolicy": "name",
    "gcp:compute/securityPolicy:SecurityPolicy": "name",
    "gcp:container/cluster:Cluster": "name",
    "gcp:redis/instance:Instance": "name",
    "gcp:secretmanager/secret:Secret": "secretId",
    "gcp:serviceaccount/account:Account": "accountId",
    "gcp:storage/bucket:Bucket": "name",
    "kubernetes:helm.sh/v3:Release": "name",
}
_WITHIN: Final = ("project", "region", "location", "zone", "namespace")
"""Inputs that say where a name must be the only one."""
_PLACED: Final = {
    "aws:ebs/volume:Volume": "availabilityZone",
    "gcp:compute/disk:Disk": "zone",
    "pulumi:providers:aws": "region",
    "pulumi:providers:gcp": "region",
}


def _clear_secrets(scope: Scope) -> Iterator[Breach]:
    for found, _ in spelled_out(scope):
        yield found


def spelled_out(scope: Scope) -> Iterator[tuple[Breach, str]]:
    """Each credential in clear text: where it is, and the text itself, which no report may repeat."""
    for resource in scope.resources:
        for name, value in resource.inputs.items():
            for path, text in strings(value, name):
                if _is_credential(resource, path, text):
                    # Never the text itself: reports are read by more people than may know it.
                    yield breach(resource, f"A text of {len(text):,} characters looks like a credential.", path), text
    for path, text in scope.files.items():
        for number, line in enumerate(text.splitlines(), 1):
            if looks_secret(line) and (words := _credentials(line, words_alone=True)):
                message = "A word in this line looks like a credential."
                yield Breach(path, message, f"line {number}"), line if len(words) > 1 else words[0]


def _is_credential(resource: Resource, path: str, text: str) -> bool:
    # There `secretKey` is what a key is called.
    if path.rpartition(".")[2].lower() in _SECRET_INPUTS and not resource.type.startswith(_REFERENCES):
        return text not in ("", _OFFLINE) and not _VARIABLE.search(text)
    return path not in _PACKED and looks_secret(text) and bool(_credentials(text))


def _credentials(text: str, *, words_alone: bool = False) -> list[str]:
    """The words that are some, once references and digests are gone.

    Args:
        text: anything.
        words_alone: `key = value` is no credential: a file's own words for how one is found are all over scripts.
    """
    words = [word for word in _WORD.findall(_HARMLESS.sub(" ", text)) if not _VARIABLE.search(word)]
    told = [word.rpartition("=")[2] if words_alone else word for word in words]
    found = [word for word in told if looks_secret(word)]
    return found or ([text] if "PRIVATE KEY-----" in text else [])


def _names(scope: Scope) -> Iterator[Breach]:
    roots: dict[str, list[str]] = {}
    for resource in scope.resources:
        if resource.component and resource.parent is None:
            roots.setdefault(_stack(resource), []).append(resource.name)
    for resource in scope.resources:
        found = roots.get(_stack(resource), [])
        if found and not any(resource.name == root or resource.name.startswith(f"{root}-") for root in found):
            yield breach(resource, f"{resource.name} does not begin with {' or '.join(found)}.")


def _stack(resource: Resource) -> str:
    return resource.urn.split("::", 1)[0]


def _duplicates(scope: Scope) -> Iterator[Breach]:
    first: dict[tuple[str, ...], Resource] = {}
    for resource in scope.resources:
        name = _physical_name(resource)
        if not isinstance(name, str):
            continue
        places = (at(resource.inputs, "metadata.namespace"), *(resource.inputs.get(place) for place in _WITHIN))
        key = (resource.type, resource.provider or "", name, json.dumps(places, sort_keys=True, default=str))
        if first.setdefault(key, resource) is not resource:
            yield breach(resource, f"{said(name)} is the name of {first[key].name} too.")


def _physical_name(resource: Resource) -> object:
    if resource.type in _NAMED:
        return resource.inputs.get(_NAMED[resource.type])
    return at(resource.inputs, "metadata.name") if resource.type.startswith("kubernetes:") else None


def _providers(scope: Scope) -> Iterator[Breach]:
    for resource in scope.resources:
        # What is made of chance alone is in no cloud, and needs no credentials.
        if resource.is_created and resource.provider is None and not resource.type.startswith("random:"):
            yield breach(resource, "It uses the default provider.")


def _places(scope: Scope) -> Iterator[Breach]:
    for type_, name in _PLACED.items():
        for resource in scope.of_type(type_):
            place = resource.inputs.get(name)
            if not hidden(place) and not (isinstance(place, str) and place):
                yield breach(resource, f"{name} is {said(place)}.", name)


def _unmade(scope: Scope) -> Iterator[Breach]:
    for resource in scope.resources:
        for name, value in resource.inputs.items():
            if _has_unknown(value) and not resource.property_dependencies.get(name):
                yield breach(resource, "Its value is unknown, and nothing in the stack makes it.", name)


def _has_unknown(value: object) -> bool:
    if value == UNKNOWN:
        return True
    if isinstance(value, dict):
        return any(_has_unknown(item) for item in value.values())
    return isinstance(value, list) and any(_has_unknown(item) for item in value)


POLICIES: Final[tuple[Policy, ...]] = (
    Policy(
        "GENERAL-CLEAR-SECRET",
        "error",
        "No credential is in clear text",
        "Whoever reads the state, a report or a rendered file would have it.",
        "Keep it in the cloud's store and name where it is, or mark it secret; then change it, for it has been seen.",
        ours("adr/0005-dry-run.md"),
        _clear_secrets,
    ),
    Policy(
        "GENERAL-NAME-PREFIX",
        "warning",
        "Logical names begin with the name of the deployment",
        "Two deployments in one account could not be told apart, and generated names would say nothing.",
        "Build every name of the component's own name.",
        ours("architecture.md"),
        _names,
    ),
    Policy(
        "GENERAL-NAME-UNIQUE",
        "error",
        "No two resources have the same name where it must be the only one",
        "The second one fails, in the middle of a deployment.",
        "Give one of them another name.",
        ours("architecture.md"),
        _duplicates,
    ),
    Policy(
        "GENERAL-PROVIDER",
        "error",
        "Every resource names its provider",
        "The default provider takes region, project and credentials from whoever happens to deploy.",
        "Pass the provider to the component that makes it.",
        ours("architecture.md"),
        _providers,
    ),
    Policy(
        "GENERAL-PLACE-SAID",
        "error",
        "Regions, and zones of disks, are said",
        "What nobody says is the environment's choice, and a disk in another zone is another disk.",
        "Name them: `hosting.region` and `deployment.zone`.",
        ours("adr/0006-own-data-disk-and-boot-unit.md"),
        _places,
    ),
    Policy(
        "GENERAL-UNKNOWN-MADE",
        "warning",
        "What is unknown in a preview is made by something in it",
        "A value that comes from nowhere is a look-up, and depends on the day and the account.",
        "Put the value in the plan, or pass on the output of the resource that makes it.",
        ours("adr/0005-dry-run.md"),
        _unmade,
    ),
)

"""One Kubernetes object outside of any chart."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

import pulumi

COMES_AFTER: Mapping[str, frozenset[str]] = {
    "ExternalSecret": frozenset({"SecretStore", "ClusterSecretStore"}),
    "IngressClass": frozenset({"IngressClassParams"}),
}
"""Kind of an object to the kinds that it refers to by name, and that must exist before it."""

_READY = "condition=Ready"
# Without waiting, a wrong reference would only show when Helm gives up on pods that miss their secret. The provider
# itself waits for no custom resource (pulumi/pulumi-kubernetes@94977969 provider/pkg/metadata/overrides.go,
# ReadyCondition, read 2026-11-22); the conditions are external-secrets' (deploy/crds/bundle.yaml, same day).
_WAITS_FOR: Mapping[str, str] = {"SecretStore": _READY, "ClusterSecretStore": _READY, "ExternalSecret": _READY}
_WAIT = "pulumi.com/waitFor"


class Manifest(Protocol):
    """An object as `templates` renders it, and how it stands to the charts."""

    @property
    def name(self) -> str:
        """Logical name without the plan's, unique."""
        ...

    @property
    def document(self) -> Mapping[str, Any]:
        """The parsed YAML document. May hold tokens."""
        ...

    @property
    def needs(self) -> str | None:
        """Name of the pinned chart that brings its kind; None: every cluster has it."""
        ...

    @property
    def after(self) -> bool:
        """True: only after Sourcegraph's chart."""
        ...

    @property
    def keep(self) -> bool:
        """True: it outlives the stack."""
        ...


class KubernetesObject(pulumi.CustomResource):
    """Any object, registered with the token and the inputs that the SDK's class for its kind would send.

    Not those classes: `pulumi_kubernetes.core.v1` alone takes most of a second to import, and a table of kinds would be
    one more thing to keep up to date. The SDK registers custom resources, whose kinds it cannot know, in this way too.
    """

    def __init__(self, name: str, document: Mapping[str, Any], opts: pulumi.ResourceOptions) -> None:
        super().__init__(_token(document), name, dict(document), opts)


def with_wait(document: Mapping[str, Any]) -> Mapping[str, Any]:
    """The document, with an annotation for the provider where it has to wait until the object is ready."""
    condition = _WAITS_FOR.get(document["kind"])
    if condition is None:
        return document
    metadata = document["metadata"]
    annotations = {**metadata.get("annotations", {}), _WAIT: condition}
    return {**document, "metadata": {**metadata, "annotations": annotations}}


def _token(document: Mapping[str, Any]) -> str:
    version = document["apiVersion"]
    return f"kubernetes:{version if '/' in version else f'core/{version}'}:{document['kind']}"

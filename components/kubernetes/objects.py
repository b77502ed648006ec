"""The objects outside of charts, in an order in which each finds what it needs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi

from components.kubernetes.manifest import COMES_AFTER, KubernetesObject, Manifest, with_wait
from components.kubernetes.tokens import Made, replaced


class Objects:
    """Registers manifests as children of one component, and remembers them for what depends on them."""

    def __init__(self, name: str, made: Made, parent: pulumi.Resource) -> None:
        self._name, self._made, self._parent = name, made, parent
        self._registered: list[tuple[Mapping[str, Any], pulumi.Resource]] = []

    @property
    def resources(self) -> list[pulumi.Resource]:
        """All that is registered so far."""
        return [resource for _, resource in self._registered]

    def namespace(self, name: object) -> list[pulumi.Resource]:
        """The namespace of this name, if it is ours."""
        return [
            resource
            for document, resource in self._registered
            if document["kind"] == "Namespace" and document["metadata"]["name"] == name
        ]

    def add(
        self,
        manifests: Sequence[Manifest],
        charts: Mapping[str, pulumi.Resource],
        needs: Sequence[pulumi.Resource] = (),
    ) -> None:
        """Registers `manifests`, those that others refer to first, else in the order given.

        Args:
            manifests: what to register.
            charts: releases by the name of their chart, for the kinds that they bring. On a cluster that exists the
                customer has installed them.
            needs: what must exist before any of them.
        """
        for manifest in sorted(manifests, key=lambda each: each.document["kind"] in COMES_AFTER):
            document = manifest.document
            chart = charts.get(manifest.needs or "")
            self._register(manifest, [*needs, *([chart] if chart else []), *self._named_by(document)])

    def _named_by(self, document: Mapping[str, Any]) -> list[pulumi.Resource]:
        earlier = COMES_AFTER.get(document["kind"], frozenset[str]())
        namespace = document["metadata"].get("namespace")
        referred = [
            resource
            for other, resource in self._registered
            if other["kind"] in earlier and other["metadata"].get("namespace") in (namespace, None)
        ]
        return [*self.namespace(namespace), *referred]

    def _register(self, manifest: Manifest, depends_on: Sequence[pulumi.Resource]) -> None:
        resource = KubernetesObject(
            f"{self._name}-{manifest.name}",
            replaced(with_wait(manifest.document), self._made, f"The manifest {manifest.name}"),
            # Kept objects say so themselves: of a parent's options, only protection would reach them.
            pulumi.ResourceOptions(
                parent=self._parent,
                protect=manifest.keep,
                retain_on_delete=manifest.keep,
                depends_on=depends_on,
            ),
        )
        self._registered.append((manifest.document, resource))

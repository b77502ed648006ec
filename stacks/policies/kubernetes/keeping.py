"""Kubernetes: what holds data is not deleted by mistake."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from stacks.policies.inputs import breach, keeps_data
from stacks.policies.kubernetes.sources import kubernetes
from stacks.policies.kubernetes.view import RELEASE, SOURCEGRAPH, chart_of
from stacks.policies.policy import Breach, Policy, Scope
from stacks.policies.sources import ours
from stacks.preview import Resource

_RETAINED: Final = ("kubernetes:core/v1:Namespace", "kubernetes:storage.k8s.io/v1:StorageClass")


def _protect(scope: Scope) -> Iterator[Breach]:
    for resource in _lasting(scope):
        if not resource.protect:
            yield breach(resource, "The option protect is off.")


def _retain(scope: Scope) -> Iterator[Breach]:
    for resource in _lasting(scope):
        if not resource.retain_on_delete and resource.type in _RETAINED:
            yield breach(resource, "The option retain_on_delete is off.")


def _lasting(scope: Scope) -> Iterator[Resource]:
    """Namespaces and classes of volumes, and the release whose claims go with it."""
    if keeps_data(scope, "kubernetes:"):
        yield from scope.of_type(*_RETAINED)
        yield from (release for release in scope.of_type(RELEASE) if chart_of(release) == SOURCEGRAPH)


KEEPING_POLICIES: Final[tuple[Policy, ...]] = (
    Policy(
        id="KUBERNETES-STATE-PROTECTED",
        severity="error",
        title="Namespaces, storage classes and the release of Sourcegraph are protected in the stack",
        because="Whatever deletes a namespace deletes every claim and secret in it.",
        remedy="Set the option `protect` on the resource itself; `fidelity: high` does for a POC.",
        source=kubernetes("concepts/overview/working-with-objects/namespaces"),
        check=_protect,
    ),
    Policy(
        id="KUBERNETES-STATE-RETAINED",
        severity="error",
        title="Namespaces and storage classes stay when the stack forgets them",
        because="Protection ends with the first person who takes it off to get something else deleted.",
        remedy="Set the option `retain_on_delete` on the resource itself.",
        source=ours("adr/0014-vendor-facts-of-kubernetes.md"),
        check=_retain,
    ),
)

"""Disks that Kubernetes makes for claims: no engine sees them, so what becomes of them is told here."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from stacks.changes.change import Action, PropertyChange, ResourceChange
from stacks.changes.dependencies import given, label
from stacks.changes.losses import CLAIM_TYPE
from stacks.changes.walk import REPLACING, Fate, Walk
from stacks.preview import ClaimedVolume, Preview

_OF_THE_CHART: Final = frozenset(
    {"blobstore", "codeinsights-db", "codeintel-db", "pgsql", "prometheus", "redis-cache", "redis-store"}
)
"""Workloads whose claim is an object of the chart, so that Helm updates and deletes it; the others' claims are made by
a StatefulSet, which leaves them alone. Source: sourcegraph/deploy-sourcegraph-helm v7.6.0
charts/sourcegraph/templates, `*.PersistentVolumeClaim.yaml`, read 2026-11-22."""

_SOURCE: Final = "Google Cloud, GKE documentation, Using volume expansion (of StatefulSets too), read 2026-11-22"
_BY_HAND: Final = "a StatefulSet's claims cannot change: enlarge each claim, then let Helm make the StatefulSet anew"
_NEVER_SMALLER: Final = "a claim never shrinks"
_EVERYTHING: Final = frozenset({"aws:eks/cluster:Cluster", "gcp:container/cluster:Cluster"})
_NAMESPACE: Final = "kubernetes:core/v1:Namespace"


def compare_claims(walk: Walk) -> tuple[list[ResourceChange], list[ResourceChange]]:
    """Rows for claims: HEAD's in their order, and those that only BASE has."""
    base, head = walk.base.preview, walk.head.preview
    if not are_known(base, head):
        return [], []
    old = {_urn(claim): claim for claim in base.claims}
    new = {_urn(claim): claim for claim in head.claims}
    rows = [_row(walk, old.get(urn), claim) for urn, claim in new.items()]
    return rows, [_removed(claim, base) for urn, claim in old.items() if urn not in new]


def are_known(base: Preview, head: Preview) -> bool:
    """Whether both sides tell their claims: a cluster always has some, so without any it was saved without them."""
    return all(side.claims or side.target != "kubernetes" for side in (base, head))


def _row(walk: Walk, before: ClaimedVolume | None, after: ClaimedVolume) -> ResourceChange:
    if before is None:
        return _change(after, "create")
    gone = next(_places_gone(walk, after), None)
    properties = tuple(_properties(before, after))
    if gone is None:
        fewer = "Disks of the replicas that go stay, unused." if after.count < before.count else ""
        effect = "The update fails until somebody enlarges the claims." if _fails(properties) else fewer
        return _change(after, "update" if properties else "same", properties, effect)
    action: Action = "replace" if gone.action != "may-replace" else "may-replace"
    loss = f"{_words(before)} go with {label(gone.resource)}{_volumes(walk.base.preview)}"
    return _change(after, action, properties, "", f"if that is replaced, {loss}" if action == "may-replace" else loss)


def _properties(before: ClaimedVolume, after: ClaimedVolume) -> Iterator[PropertyChange]:
    if before.count != after.count:
        yield PropertyChange("count", before.count, after.count, "no")
    if before.size_gib == after.size_gib:
        return
    if after.size_gib < before.size_gib:
        yield PropertyChange("size_gib", before.size_gib, after.size_gib, "fails", _NEVER_SMALLER, _SOURCE)
    elif _workload(after) in _OF_THE_CHART:
        yield PropertyChange("size_gib", before.size_gib, after.size_gib, "no", "", _SOURCE)
    else:
        yield PropertyChange("size_gib", before.size_gib, after.size_gib, "fails", _BY_HAND, _SOURCE)


def _removed(claim: ClaimedVolume, base: Preview) -> ResourceChange:
    if _workload(claim) in _OF_THE_CHART:
        return _change(claim, "delete", loss=f"Helm deletes the claims of {_words(claim)}{_volumes(base)}")
    words = f"nothing uses {_words(claim)} any more; the claims stay until somebody deletes them"
    return _change(claim, "forget", loss=words)


def _places_gone(walk: Walk, claim: ClaimedVolume) -> Iterator[Fate]:
    """What the claim is in and does not survive: a cluster, or the namespace of the application (the first one)."""
    namespaces = [
        each for each in walk.base.preview.resources if _in_stack(claim, each.urn) and each.type == _NAMESPACE
    ]
    first = namespaces[0].urn if namespaces else None
    for fate in walk.fates.values():
        old = fate.before if fate.action in REPLACING | {"delete", "forget"} else None
        if old and (old.type in _EVERYTHING or old.urn == first):
            yield fate


def _in_stack(claim: ClaimedVolume, urn: str) -> bool:
    return urn.startswith(f"urn:pulumi:{claim.stack}::")


def _volumes(base: Preview) -> str:
    """What the storage class of BASE does with the volume of a claim that is deleted."""
    policies = [given(each, "reclaimPolicy") for each in base.resources if each.type.endswith(":StorageClass")]
    if not policies:
        return ""
    kept = all(policy == "Retain" for policy in policies)
    return "; the volumes stay (reclaim policy Retain)" if kept else "; the volumes are deleted too"


def _change(
    claim: ClaimedVolume,
    action: Action,
    properties: tuple[PropertyChange, ...] = (),
    effect: str = "",
    loss: str | None = None,
) -> ResourceChange:
    return ResourceChange(
        _urn(claim), CLAIM_TYPE, claim.name, action, properties, effect=effect, loss=loss, stateful=True
    )


def _words(claim: ClaimedVolume) -> str:
    return f"{claim.count} x {claim.size_gib:,} GiB of {claim.name}"


def _fails(properties: tuple[PropertyChange, ...]) -> bool:
    return any(change.forces == "fails" for change in properties)


def _urn(claim: ClaimedVolume) -> str:
    return f"{claim.stack}/{claim.name}"


def _workload(claim: ClaimedVolume) -> str:
    return claim.name.partition("/")[0]

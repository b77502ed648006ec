"""Where claims are kept, and claims that are there already."""

from __future__ import annotations

from collections.abc import Iterator

from recommender.kubernetes.needs import Needs
from recommender.kubernetes.pods import Claim, Workload
from recommender.kubernetes.workloads import total_claims
from stacks.cluster_check.findings import Finding, Problem, finding, some, unread
from stacks.cluster_check.judge_nodes import usable_nodes
from stacks.cluster_check.observed import ClaimSeen, Observed, StorageClassSeen

_BINDING = "WaitForFirstConsumer"
_ANOTHER = "Make another class, and name it in deployment.kubernetes.storage_class: these fields cannot be changed."


def storage_class(needs: Needs, seen: Observed) -> Finding:
    """Whether the class is there, or can be made, and keeps what is on its volumes."""
    wanted = needs.storage_class
    source = "made by the plan" if wanted.create else "which exists"
    what = f"storage class {wanted.name}, {source}: {needs.reclaim}, {_BINDING}, expandable"
    there = any(each.name == wanted.name for each in seen.storage_classes or ())
    good = f"{wanted.name} is as it should be" if there else f"there is no {wanted.name} yet: the plan makes it"
    return finding("CLUSTER-STORAGE-CLASS", what, good, _class_problems(needs, seen))


def _class_problems(needs: Needs, seen: Observed) -> Iterator[Problem]:
    wanted = needs.storage_class
    if seen.storage_classes is None:
        yield unread("storage classes", "list storageclasses")
        return
    found = next((each for each in seen.storage_classes if each.name == wanted.name), None)
    if found is not None:
        yield from _fields(needs, seen, found)
    elif not wanted.create:
        known = some(sorted(each.name for each in seen.storage_classes)) or "none"
        yield Problem("fail", f"there is no {wanted.name}; the cluster has {known}", _ANOTHER.split(":")[0] + ".")


def _fields(needs: Needs, seen: Observed, found: StorageClassSeen) -> Iterator[Problem]:
    wanted = needs.storage_class
    if wanted.create and found.provisioner != wanted.provisioner:
        remedy = "Delete or rename that class, or name it in deployment.kubernetes.storage_class."
        yield Problem("fail", f"{found.name} exists, and is of {found.provisioner}", remedy)
    if found.provisioner == "kubernetes.io/no-provisioner":
        yield Problem("fail", f"{found.name} makes no volumes: somebody must, one by one", _ANOTHER)
    if found.reclaim != "Retain" and needs.reclaim == "Retain":
        words = f"{found.name} has reclaimPolicy {found.reclaim}: a deleted claim takes its data along"
        yield Problem("fail", words, _ANOTHER)
    if found.binding != _BINDING:
        several = len({node.zone for node in usable_nodes(seen)}) > 1
        words = f"{found.name} has volumeBindingMode {found.binding}: a disk is made before its pod has a zone"
        yield Problem("fail" if several else "warn", words, _ANOTHER)
    if not found.expands:
        remedy = f"Set it: `kubectl patch storageclass {found.name} -p '{{\"allowVolumeExpansion\": true}}'`."
        yield Problem("warn", f"{found.name} has no allowVolumeExpansion, so that no volume can grow", remedy)


def claims(needs: Needs, seen: Observed) -> Finding:
    """How many disks are asked for, and whether claims that exist stand in their way."""
    count, gib = total_claims(needs.workloads)
    sizes = [claim.size_gib for each in needs.workloads for claim in each.claims if each.replicas]
    what = f"{count} claims of {gib} GiB together, the largest {max(sizes, default=0)} GiB"
    existing = _existing(needs, seen)
    good = f"{len(existing)} are there already, and fit" if existing else "none of them exists yet"
    return finding("CLUSTER-CLAIMS", what, good, _claim_problems(needs, seen, existing))


def _existing(needs: Needs, seen: Observed) -> list[tuple[Claim, ClaimSeen]]:
    there = {(each.namespace, each.name): each for each in seen.claims or ()}
    named = ((claim, (load.namespace, name)) for load in needs.workloads for claim, name in _names(load))
    return [(claim, there[name]) for claim, name in named if name in there]


def _names(load: Workload) -> Iterator[tuple[Claim, str]]:
    """Both ways in which a claim is named: its own, and that of a StatefulSet's template."""
    for claim in load.claims:
        yield claim, claim.name
        yield from ((claim, f"{claim.name}-{load.name}-{index}") for index in range(load.replicas))


def _claim_problems(needs: Needs, seen: Observed, existing: list[tuple[Claim, ClaimSeen]]) -> Iterator[Problem]:
    if seen.claims is None:
        yield unread("claims", "list persistentvolumeclaims in all namespaces")
    for wanted, found in existing:
        if found.phase == "Lost":
            remedy = "Restore its volume from a backup, or delete the claim if its data may go."
            yield Problem("fail", f"{found.name} has lost its volume", remedy)
        if found.storage_class != needs.storage_class.name:
            remedy = "Claims keep their class; delete what is left of an older installation, if its data may go."
            yield Problem("warn", f"{found.name} exists in class {found.storage_class or 'none'}", remedy)
        if found.gib < wanted.size_gib:
            remedy = f"Enlarge it to {wanted.size_gib}Gi with `kubectl edit pvc`: no upgrade of the chart does."
            yield Problem("warn", f"{found.name} exists with {found.gib} of {wanted.size_gib} GiB", remedy)

"""The plan's namespaces: what their pods may be, and how much they may ask for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal

from recommender.kubernetes.container_needs import ContainerNeed
from recommender.kubernetes.needs import NamespaceNeed, Needs
from recommender.kubernetes.workloads import total_claims
from stacks.cluster_check.findings import Finding, Problem, finding, some, unread
from stacks.cluster_check.judge_nodes import of_plan, usable_nodes
from stacks.cluster_check.observed import LimitSeen, Observed, QuotaSeen

_LEVELS = ("privileged", "baseline", "restricted")
"""Pod security standards, from the loosest."""

# Objects that the chart and Helm's own ten revisions make: sourcegraph/deploy-sourcegraph-helm@v7.6.0, rendered with
# its defaults, 2026-11-22, beside what Kubernetes puts into every namespace.
_OBJECTS = {"services": 20, "configmaps": 7, "secrets": 16}

_NO_LARGER = "Ask for a larger one, or for a namespace without it."


def namespaces(needs: Needs, seen: Observed) -> Finding:
    """Whether pods of the plan are let into its namespaces."""
    what = " and ".join(f"{need.name} with pods that are {need.level}" for need in needs.namespaces)
    found = seen.namespaces or {}
    good = "; ".join(f"{name} {'exists' if each else 'is made by the plan'}" for name, each in found.items())
    problems = [problem for need in needs.namespaces for problem in _namespace_problems(need, seen)]
    return finding("CLUSTER-NAMESPACE", what, good, problems)


def _namespace_problems(need: NamespaceNeed, seen: Observed) -> Iterator[Problem]:
    if seen.namespaces is None:
        yield unread(f"the namespace {need.name}", "get namespaces")
        return
    found = seen.namespaces.get(need.name)
    if found is None:
        return
    if found.terminating:
        yield Problem("fail", f"{need.name} is being deleted", "Wait until it is gone.")
    if found.enforced in _LEVELS and _LEVELS.index(found.enforced) > _LEVELS.index(need.level):
        words = f"{need.name} enforces the pod security standard {found.enforced}, and the plan's pods are {need.level}"
        remedy = (
            f"Loosen it: `kubectl label namespace {need.name} pod-security.kubernetes.io/enforce={need.level} "
            "--overwrite`, or choose another in deployment.kubernetes.namespace."
        )
        yield Problem("fail", words, remedy)


def quotas(needs: Needs, seen: Observed) -> Finding:
    """Whether quotas and limit ranges of the namespaces let everything in."""
    problems = [problem for need in needs.namespaces for problem in _bounds(needs, need, seen)]
    good = "they leave room for everything" if seen.quotas or seen.limits else "there are none"
    return finding("CLUSTER-QUOTA", "room in quotas and limit ranges of the namespaces", good, problems)


def _bounds(needs: Needs, need: NamespaceNeed, seen: Observed) -> Iterator[Problem]:
    if seen.quotas is None or seen.limits is None:
        yield unread(f"quotas and limit ranges of {need.name}", "list resourcequotas and limitranges")
    mine = [quota for quota in seen.quotas or () if quota.namespace == need.name]
    if mine and any(pod.namespace == need.name and of_plan(needs, pod) for pod in seen.pods or ()):
        words = f"the plan runs in {need.name} already, so its quotas were not compared"
        yield Problem("unchecked", words, f"Look at `kubectl -n {need.name} describe resourcequota`.")
        mine = []
    for quota in mine:
        yield from _quota(needs, need, quota, len(usable_nodes(seen)))
    for limit in seen.limits or ():
        if limit.namespace == need.name:
            yield from _limit(need, limit)


def _quota(needs: Needs, need: NamespaceNeed, quota: QuotaSeen, nodes: int) -> Iterator[Problem]:
    if quota.scoped:
        words = f"the quota {quota.name} of {need.name} counts some pods only, and was not compared"
        yield Problem("warn", words, "Compare it with `moorage size` by hand.")
        return
    wanted = _demand(needs, need, nodes)
    short = [
        f"{name} {_number(left)} of {_number(wanted[name])}"
        for name, left in quota.left.items()
        if name in wanted and left < wanted[name]
    ]
    if short:
        yield Problem("fail", f"the quota {quota.name} of {need.name} leaves {some(short)}", _NO_LARGER)
    if not need.containers and any(name.startswith(("requests.", "limits.", "cpu", "memory")) for name in quota.left):
        words = f"the quota {quota.name} of {need.name} refuses executors' containers that name no requests or limits"
        yield Problem("warn", words, "Add a LimitRange with defaults, or a namespace without the quota.")


def _demand(needs: Needs, need: NamespaceNeed, nodes: int) -> dict[str, Decimal]:
    """What the namespace will ask for, by the names that quotas have, in base units."""
    pods = [(each, nodes if each.kind == "DaemonSet" else each.replicas) for each in need.workloads]
    count, gib = total_claims(need.workloads)
    total = Decimal(sum(copies for _, copies in pods))
    cpu = Decimal(sum(each.cpu_millis * copies for each, copies in pods)) / 1000
    memory = Decimal(sum(each.memory_mib * copies for each, copies in pods)) * 2**20
    disk, storage = Decimal(sum(each.ephemeral_gib * copies for each, copies in pods)) * 2**30, Decimal(gib) * 2**30
    limits = _limits(need, {each.name: copies for each, copies in pods})
    of_class = f"{needs.storage_class.name}.storageclass.storage.k8s.io"
    found = dict.fromkeys(("cpu", "requests.cpu"), cpu) | dict.fromkeys(("memory", "requests.memory"), memory)
    found |= dict.fromkeys(("ephemeral-storage", "requests.ephemeral-storage"), disk)
    found |= dict.fromkeys(("requests.storage", f"{of_class}/requests.storage"), storage)
    claims = ("persistentvolumeclaims", "count/persistentvolumeclaims", f"{of_class}/persistentvolumeclaims")
    found |= dict.fromkeys(claims, Decimal(count)) | dict.fromkeys(("pods", "count/pods"), total) | limits
    if need.containers:
        found |= {f"{prefix}{name}": Decimal(most) for name, most in _OBJECTS.items() for prefix in ("", "count/")}
    return found


def _limits(need: NamespaceNeed, copies: Mapping[str, int]) -> dict[str, Decimal]:
    if not need.containers:
        return {}
    cpu = sum(_of_pod(need, name, "cpu_limit") * number for name, number in copies.items())
    memory = sum(_of_pod(need, name, "memory_limit") * number for name, number in copies.items())
    return {"limits.cpu": Decimal(cpu) / 1000, "limits.memory": Decimal(memory)}


def _of_pod(need: NamespaceNeed, workload: str, field: str) -> int:
    """Of a pod's containers together, or of its largest init container. Headroom has none: its limit is not known."""
    mine = [each for each in need.containers if each.workload == workload]
    first = max((getattr(each, field) for each in mine if each.init), default=0)
    return max(first, sum(getattr(each, field) for each in mine if not each.init))


def _limit(need: NamespaceNeed, limit: LimitSeen) -> Iterator[Problem]:
    broken: list[str] = []
    if limit.kind == "PersistentVolumeClaim":
        sizes = [Decimal(claim.size_gib) * 2**30 for each in need.workloads for claim in each.claims]
        broken = [f"a claim of {_number(size)} bytes" for size in sizes if _outside(limit, "storage", size, size)]
    elif limit.kind == "Container":
        broken = [f"{each.workload}'s container {each.name}" for each in need.containers if _refused(limit, each)]
    elif limit.kind == "Pod":
        names = dict.fromkeys(each.workload for each in need.containers)
        broken = [f"pods of {name}" for name in names if _pod_refused(need, limit, name)]
    if broken:
        words = f"the limit range {limit.name} of {need.name} refuses {some(dict.fromkeys(broken))}"
        yield Problem("fail", words, "Widen its min, max and ratio, or choose a namespace without it.")


def _refused(limit: LimitSeen, each: ContainerNeed) -> bool:
    cpu = Decimal(each.cpu_request) / 1000, Decimal(each.cpu_limit) / 1000
    return _outside(limit, "cpu", *cpu) or _outside(
        limit, "memory", Decimal(each.memory_request), Decimal(each.memory_limit)
    )


def _pod_refused(need: NamespaceNeed, limit: LimitSeen, name: str) -> bool:
    cpu = (Decimal(_of_pod(need, name, f"cpu_{field}")) / 1000 for field in ("request", "limit"))
    memory = (Decimal(_of_pod(need, name, f"memory_{field}")) for field in ("request", "limit"))
    return _outside(limit, "cpu", *cpu) or _outside(limit, "memory", *memory)


def _outside(limit: LimitSeen, resource: str, request: Decimal, most: Decimal) -> bool:
    too_small = resource in limit.least and request < limit.least[resource]
    too_large = resource in limit.most and most > limit.most[resource]
    return too_small or too_large or (resource in limit.ratio and most > request * limit.ratio[resource])


def _number(value: Decimal) -> str:
    """As a person writes it: bytes from a MiB on in GiB."""
    return f"{value / 2**30:.1f}Gi" if abs(value) >= 2**20 else f"{value.normalize():f}"

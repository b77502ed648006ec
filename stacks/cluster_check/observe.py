"""Looks at a cluster once, at everything that a plan asks of it. Only `Api` talks to it, and that only reads."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from recommender.errors import MoorageError
from recommender.kubernetes.needs import Kind, Needs
from recommender.kubernetes.permissions import ESCALATE, Permission
from stacks.cluster_check import reading
from stacks.cluster_check.api import Api, DeniedError
from stacks.cluster_check.observed import NamespaceSeen, NodeSeen, Observed, SecretSeen

_Answer = TypeVar("_Answer")

_AT_ONCE = 8
"""Questions on permissions that are asked together: there are over a hundred, and each waits for the network."""
_EVERYTHING = Permission("*", "*", "*", None)


def observe(api: Api, needs: Needs) -> Observed:
    """What the cluster is like.

    Raises:
        MoorageError: its API server cannot be reached, or is none.
    """
    version = _version(api)
    spaces = [space.name for space in needs.namespaces]
    return Observed(
        context=api.access.context,
        server=api.access.server,
        version=version,
        nodes=_unless_denied(lambda: _nodes(api)),
        pods=_list(api, "/api/v1/pods", lambda pod: reading.pod_seen(pod) if reading.takes_room(pod) else None),
        claims=_list(api, "/api/v1/persistentvolumeclaims", reading.claim_seen),
        storage_classes=_list(api, "/apis/storage.k8s.io/v1/storageclasses", reading.storage_class_seen),
        ingress_classes=_unless_denied(lambda: _ingress_classes(api)),
        kinds=frozenset(_kinds(api, needs.kinds)),
        issuer_ready=_unless_denied(lambda: _issuer_ready(api, needs)),
        namespaces=_unless_denied(lambda: {name: _namespace(api, name) for name in spaces}),
        secrets={(need.namespace, need.name): _secret(api, need.namespace, need.name) for need in needs.secrets},
        quotas=_of_each(api, spaces, "/api/v1/namespaces/{}/resourcequotas", lambda found: [reading.quota_seen(found)]),
        limits=_of_each(api, spaces, "/api/v1/namespaces/{}/limitranges", reading.limits_seen),
        # In the executors' own namespace the plan itself limits what may be called.
        egress=_list(
            api, f"/apis/networking.k8s.io/v1/namespaces/{needs.namespace}/networkpolicies", reading.egress_seen
        ),
        denied=_unless_denied(lambda: _denied(api, needs.permissions)),
        may_escalate=bool(_unless_denied(lambda: all(api.allowed(each) for each in ESCALATE))),
        autoscaler=_autoscaler(api),
    )


def _version(api: Api) -> str:
    try:
        answer = api.get("/version") or {}
    except DeniedError:  # where even that is closed to most
        return ""
    if "gitVersion" not in answer:
        raise MoorageError(
            f"{api.access.server} does not answer as an API server of Kubernetes",
            fix="Look at the address of the cluster in the kubeconfig.",
        )
    return str(answer["gitVersion"])


def _unless_denied(read: Callable[[], _Answer]) -> _Answer | None:
    try:
        return read()
    except DeniedError:
        return None


def _list(api: Api, path: str, read: Callable[[reading.Object], _Answer | None]) -> tuple[_Answer, ...] | None:
    """What each object of a list says; what `read` has nothing to say of is left out."""
    found = _unless_denied(lambda: [read(each) for each in api.items(path)])
    return None if found is None else tuple(each for each in found if each is not None)


def _of_each(
    api: Api, spaces: Iterable[str], path: str, read: Callable[[reading.Object], Iterable[_Answer]]
) -> tuple[_Answer, ...] | None:
    def all_of_them() -> tuple[_Answer, ...]:
        objects = [found for space in spaces for found in api.items(path.format(space))]
        return tuple(answer for found in objects for answer in read(found))

    return _unless_denied(all_of_them)


def _nodes(api: Api) -> tuple[NodeSeen, ...]:
    csi_nodes = _unless_denied(
        lambda: {each["metadata"]["name"]: each for each in api.items("/apis/storage.k8s.io/v1/csinodes")}
    )
    return tuple(reading.node_seen(node, csi_nodes) for node in api.items("/api/v1/nodes"))


def _ingress_classes(api: Api) -> dict[str, str]:
    found = api.items("/apis/networking.k8s.io/v1/ingressclasses")
    return {each["metadata"]["name"]: (each.get("spec") or {}).get("controller", "") for each in found}


def _kinds(api: Api, wanted: Iterable[Kind]) -> set[tuple[str, str, str]]:
    """Kinds that the API server serves: whoever is known to it may ask, unlike for their definitions."""
    found: set[tuple[str, str, str]] = set()
    for group, version in sorted({(kind.group, kind.version) for kind in wanted}):
        answer = _unless_denied(lambda path=f"/apis/{group}/{version}": api.get(path)) or {}
        found.update((group, version, each["kind"]) for each in answer.get("resources") or ())
    return found


def _issuer_ready(api: Api, needs: Needs) -> bool:
    if needs.ingress is None or needs.ingress.cluster_issuer is None:
        return False
    found = api.get(f"/apis/cert-manager.io/v1/clusterissuers/{needs.ingress.cluster_issuer}") or {}
    conditions = (found.get("status") or {}).get("conditions") or ()
    return any(each.get("type") == "Ready" and each.get("status") == "True" for each in conditions)


def _namespace(api: Api, name: str) -> NamespaceSeen | None:
    found = api.get(f"/api/v1/namespaces/{name}")
    return None if found is None else reading.namespace_seen(found)


def _secret(api: Api, namespace: str, name: str) -> SecretSeen:
    try:
        return reading.secret_seen(api.metadata(f"/api/v1/namespaces/{namespace}/secrets/{name}"))
    except DeniedError:
        return SecretSeen("denied")


def _denied(api: Api, wanted: tuple[Permission, ...]) -> tuple[Permission, ...]:
    """What may not be done. One who may do everything is asked about that alone."""
    if api.allowed(_EVERYTHING):
        return ()
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return tuple(each for each, allowed in zip(wanted, pool.map(api.allowed, wanted), strict=True) if not allowed)


def _autoscaler(api: Api) -> str:
    status = _unless_denied(lambda: api.metadata("/api/v1/namespaces/kube-system/configmaps/cluster-autoscaler-status"))
    if status is not None:
        return "the cluster autoscaler"
    return "Karpenter" if _unless_denied(lambda: api.get("/apis/karpenter.sh")) else ""

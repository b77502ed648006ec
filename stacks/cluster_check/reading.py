"""From Kubernetes' JSON to the plain values of `observed`. Nothing is asked of a cluster here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from math import ceil
from typing import Any, Literal

from lightkube.utils.quantity import parse_quantity

from stacks.cluster_check.observed import (
    ClaimSeen,
    EgressPolicySeen,
    LimitSeen,
    NamespaceSeen,
    NodeSeen,
    PodSeen,
    QuotaSeen,
    SecretSeen,
    StorageClassSeen,
)

Object = Mapping[str, Any]

_ZONE = "topology.kubernetes.io/zone"
_ENFORCED = "pod-security.kubernetes.io/enforce"
_ENDED = ("Succeeded", "Failed")
_ANYWHERE = ("0.0.0.0/0", "::/0")


def amount(text: object) -> Decimal:
    """A quantity in base units, such as 0.5 for `500m` and 1024 for `1Ki`; 0 for one that says nothing."""
    return (parse_quantity(str(text)) if text is not None else None) or Decimal(0)


def node_seen(node: Object, csi_nodes: Mapping[str, Object] | None) -> NodeSeen:
    """A node, with what its CSI drivers say of it."""
    metadata, status = node["metadata"], node.get("status") or {}
    info, room = status.get("nodeInfo") or {}, status.get("allocatable") or {}
    labels = metadata.get("labels") or {}
    system = labels.get("kubernetes.io/os") or info.get("operatingSystem") or "linux"
    architecture = labels.get("kubernetes.io/arch") or info.get("architecture") or "unknown"
    return NodeSeen(
        name=metadata["name"],
        platform=f"{system}/{architecture}",
        zone=labels.get(_ZONE, ""),
        ready=_condition(node, "Ready"),
        barred=_barred(node.get("spec") or {}),
        cpu_millis=int(amount(room.get("cpu")) * 1000),
        memory_mib=int(amount(room.get("memory")) / 2**20),
        ephemeral_gib=int(amount(room.get("ephemeral-storage")) / 2**30),
        pods=int(amount(room.get("pods"))),
        volumes=None if csi_nodes is None else _volumes(csi_nodes.get(metadata["name"], {})),
    )


def _barred(spec: Object) -> str:
    if spec.get("unschedulable"):
        return "cordoned"
    for taint in spec.get("taints") or ():
        if taint.get("effect") in ("NoSchedule", "NoExecute"):
            value = f"={taint['value']}" if taint.get("value") else ""
            return f"taint {taint.get('key')}{value}:{taint['effect']}"
    return ""


def _volumes(csi_node: Object) -> dict[str, int | None]:
    drivers = (csi_node.get("spec") or {}).get("drivers") or ()
    return {driver["name"]: (driver.get("allocatable") or {}).get("count") for driver in drivers}


def _condition(thing: Object, kind: str) -> bool:
    conditions = (thing.get("status") or {}).get("conditions") or ()
    return any(each.get("type") == kind and each.get("status") == "True" for each in conditions)


def takes_room(pod: Object) -> bool:
    """Whether its requests count: those of a pod that has ended do not."""
    return (pod.get("status") or {}).get("phase") not in _ENDED


def pod_seen(pod: Object) -> PodSeen:
    """A pod, with its requests as the scheduler counts them."""
    metadata, spec = pod["metadata"], pod["spec"]
    containers = [*(spec.get("containers") or ()), *(spec.get("initContainers") or ())]
    volumes = spec.get("volumes") or ()
    return PodSeen(
        namespace=metadata["namespace"],
        name=metadata["name"],
        labels=metadata.get("labels") or {},
        node=spec.get("nodeName") or "",
        ready=_condition(pod, "Ready"),
        cpu_millis=ceil(_requested(spec, "cpu") * 1000),
        memory_mib=ceil(_requested(spec, "memory") / 2**20),
        ephemeral_gib=ceil(_requested(spec, "ephemeral-storage") / 2**30),
        claims=tuple(
            each["persistentVolumeClaim"]["claimName"] for each in volumes if each.get("persistentVolumeClaim")
        ),
        containers=tuple(each["name"] for each in containers),
        arguments=tuple(str(word) for each in containers for word in each.get("args") or ()),
    )


def _requested(spec: Object, resource: str) -> Decimal:
    """Containers together, or one init container where that is more; sidecars run beside both."""

    def asked(container: Object) -> Decimal:
        return amount(((container.get("resources") or {}).get("requests") or {}).get(resource))

    init = spec.get("initContainers") or ()
    sidecars = sum((asked(each) for each in init if each.get("restartPolicy") == "Always"), Decimal(0))
    first = max((asked(each) for each in init if each.get("restartPolicy") != "Always"), default=Decimal(0))
    together = sum((asked(each) for each in spec.get("containers") or ()), Decimal(0))
    return sidecars + max(together, first) + amount((spec.get("overhead") or {}).get(resource))


def claim_seen(claim: Object) -> ClaimSeen:
    """A claim, and how much it asks for."""
    metadata, spec = claim["metadata"], claim["spec"]
    return ClaimSeen(
        namespace=metadata["namespace"],
        name=metadata["name"],
        storage_class=spec.get("storageClassName") or "",
        phase=(claim.get("status") or {}).get("phase") or "",
        gib=int(amount(((spec.get("resources") or {}).get("requests") or {}).get("storage")) / 2**30),
    )


def storage_class_seen(found: Object) -> StorageClassSeen:
    """A storage class, with what the API leaves out where it is the default."""
    return StorageClassSeen(
        name=found["metadata"]["name"],
        provisioner=found.get("provisioner") or "",
        reclaim=found.get("reclaimPolicy") or "Delete",
        binding=found.get("volumeBindingMode") or "Immediate",
        expands=bool(found.get("allowVolumeExpansion")),
    )


def namespace_seen(found: Object) -> NamespaceSeen:
    """A namespace that exists."""
    metadata = found["metadata"]
    enforced = (metadata.get("labels") or {}).get(_ENFORCED, "")
    return NamespaceSeen(metadata["name"], enforced, terminating=bool(metadata.get("deletionTimestamp")))


def secret_seen(metadata: Object | None) -> SecretSeen:
    """Which keys a secret has, by what the API server records of who wrote which field: names, and never a value."""
    if metadata is None:
        return SecretSeen("absent")
    fields = [each.get("fieldsV1") or {} for each in metadata.get("managedFields") or ()]
    keys = {
        name.removeprefix("f:")
        for written in fields
        for part in ("f:data", "f:stringData")
        for name in written.get(part) or ()
        if name.startswith("f:")
    }
    return SecretSeen("present", frozenset(keys) if keys else None)


def quota_seen(quota: Object) -> QuotaSeen:
    """What a quota still leaves."""
    metadata, spec, status = quota["metadata"], quota.get("spec") or {}, quota.get("status") or {}
    hard, used = status.get("hard") or spec.get("hard") or {}, status.get("used") or {}
    left = {name: amount(most) - amount(used.get(name)) for name, most in hard.items()}
    scoped = bool(spec.get("scopes") or spec.get("scopeSelector"))
    return QuotaSeen(metadata["namespace"], metadata["name"], left, scoped)


def limits_seen(found: Object) -> Iterable[LimitSeen]:
    """Every rule of a limit range."""

    def amounts(rule: Object, key: str) -> dict[str, Decimal]:
        return {name: amount(text) for name, text in (rule.get(key) or {}).items()}

    metadata = found["metadata"]
    for rule in (found.get("spec") or {}).get("limits") or ():
        least, most, ratio = (amounts(rule, key) for key in ("min", "max", "maxLimitRequestRatio"))
        yield LimitSeen(metadata["namespace"], metadata["name"], rule.get("type", ""), least, most, ratio)


def egress_seen(policy: Object) -> EgressPolicySeen | None:
    """What a network policy lets pods call; None: it says nothing of that."""
    spec = policy.get("spec") or {}
    rules = spec.get("egress") or ()
    if "Egress" not in (spec.get("policyTypes") or (["Egress"] if rules else [])):
        return None
    selector = spec.get("podSelector") or {}
    everybody = not selector.get("matchLabels") and not selector.get("matchExpressions")
    reach: Literal["nothing", "some", "anything"] = "nothing"
    if any(not rule.get("to") and not rule.get("ports") for rule in rules):
        reach = "anything"
    elif any(_leaves(rule) for rule in rules):
        reach = "some"
    return EgressPolicySeen(policy["metadata"]["name"], everybody, reach)


def _leaves(rule: Object) -> bool:
    """Whether a rule lets pods call hosts outside of the cluster."""
    peers = rule.get("to") or ()
    return not peers or any((peer.get("ipBlock") or {}).get("cidr") in _ANYWHERE for peer in peers)

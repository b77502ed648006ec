"""What the scheduler, a registry and a disk see of rendered manifests. Pure: text in, values out."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from recommender.errors import MoorageError
from recommender.kubernetes.pods import Claim

Object = Mapping[str, Any]

# k8s.io/apimachinery pkg/api/resource: the suffixes of a quantity, and an exponent in their place.
_UNITS: Final[Mapping[str, Decimal]] = {
    "n": Decimal("1e-9"),
    "u": Decimal("1e-6"),
    "m": Decimal("1e-3"),
    "": Decimal(1),
    **{unit: Decimal(1000) ** power for power, unit in enumerate("kMGTPE", 1)},
    **{f"{unit}i": Decimal(1024) ** power for power, unit in enumerate("KMGTPE", 1)},
}


@dataclass(frozen=True, slots=True)
class Requests:
    """What pods reserve on their nodes."""

    cpu_millis: int
    memory_mib: int
    ephemeral_gib: int


@dataclass(frozen=True, slots=True)
class Pods:
    """An object that makes pods, in the units of the plan's workloads."""

    kind: str
    """Deployment, StatefulSet, DaemonSet; what else makes pods, the plan has none of."""
    name: str
    namespace: str
    replicas: int
    """A DaemonSet has one pod a node: 0 here."""
    requests: Requests
    """Of one pod, as the scheduler counts."""
    claims: tuple[Claim, ...]
    """Of one replica."""


@dataclass(frozen=True, slots=True)
class Volume:
    """One persistent volume claim that the release makes."""

    size_gib: int
    storage_class: str | None
    """None: the cluster's default."""


def parsed(text: str, chart: str) -> tuple[Object, ...]:
    """The objects of a stream of YAML documents; the members of a List stand for it.

    Args:
        text: what `helm template` printed.
        chart: named in errors.

    Raises:
        MoorageError: the text is not YAML, or something in it is no object of Kubernetes.
    """
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # libyaml's is ten times faster, where it is built in
    try:
        documents = [document for document in yaml.load_all(text, Loader=loader) if document is not None]
    except yaml.YAMLError as error:
        where = getattr(error, "problem_mark", None)
        line = f" (line {where.line + 1})" if where else ""
        raise MoorageError(f"what the chart {chart} renders is not YAML{line}: {error}") from error
    found = tuple(_members(documents))
    for each in found:
        _check(each, chart)
    return found


def name(item: Object) -> str:
    """Of the object."""
    return str(item["metadata"]["name"])


def images(objects: Iterable[Object]) -> tuple[str, ...]:
    """Images of all containers, with tag and digest as they stand there; sorted, each once."""
    specs = [spec for item in objects if (spec := _pod(item))]
    containers = [one for spec in specs for key in ("initContainers", "containers") for one in spec.get(key) or []]
    return tuple(sorted({str(container["image"]) for container in containers if container.get("image")}))


def pods(objects: Sequence[Object], namespace: str) -> tuple[Pods, ...]:
    """What makes pods, by kind and name.

    Args:
        objects: of one release.
        namespace: of the release, for objects that name none.

    Raises:
        MoorageError: a quantity that cannot be read.
    """
    claims = {name(item): item for item in objects if item["kind"] == "PersistentVolumeClaim"}
    found = [_pods(item, spec, claims, namespace) for item in objects if (spec := _pod(item))]
    return tuple(sorted(found, key=lambda each: (each.kind, each.name)))


def volumes(objects: Sequence[Object]) -> tuple[Volume, ...]:
    """Every claim of the release, those of a StatefulSet for each replica."""
    found = [_volume(item) for item in objects if item["kind"] == "PersistentVolumeClaim"]
    for item in objects:
        if item["kind"] == "StatefulSet":
            own = [_volume(claim) for claim in item["spec"].get("volumeClaimTemplates") or []]
            found += own * _replicas(item)
    return tuple(found)


def _members(documents: Iterable[Any]) -> Iterator[Any]:
    for document in documents:
        if isinstance(document, Mapping) and document.get("kind") == "List":
            yield from document.get("items") or []
        else:
            yield document


def _check(item: Any, chart: str) -> None:  # noqa: ANN401 - whatever YAML can say
    metadata = item.get("metadata") if isinstance(item, Mapping) else None
    named = isinstance(metadata, Mapping) and metadata.get("name")
    if not named or not item.get("kind") or not item.get("apiVersion"):
        shown = f"{str(item)[:60]}…"
        raise MoorageError(f"the chart {chart} renders something without apiVersion, kind or name: {shown}")


def _pod(item: Object) -> Object | None:
    """The pod's specification within an object; None where it makes none."""
    spec = item.get("spec")
    if not isinstance(spec, Mapping):
        return None
    if item["kind"] == "CronJob":
        spec = spec["jobTemplate"]["spec"]
    found = spec if item["kind"] == "Pod" else (spec.get("template") or {}).get("spec")
    return found if isinstance(found, Mapping) and found.get("containers") else None


def _pods(item: Object, spec: Object, claims: Mapping[str, Object], namespace: str) -> Pods:
    where = f"{item['kind']} {name(item)}"
    own = [*(item["spec"].get("volumeClaimTemplates") or [])]
    mounted = [volume.get("persistentVolumeClaim") for volume in spec.get("volumes") or []]
    own += [claims[claim["claimName"]] for claim in mounted if claim and claim["claimName"] in claims]
    return Pods(
        kind=str(item["kind"]),
        name=name(item),
        namespace=str(item["metadata"].get("namespace") or namespace),
        replicas=_replicas(item),
        requests=Requests(
            cpu_millis=math.ceil(_requested(spec, "cpu", where) * 1000),
            memory_mib=math.ceil(_requested(spec, "memory", where) / 2**20),
            ephemeral_gib=math.ceil(_requested(spec, "ephemeral-storage", where) / 2**30),
        ),
        claims=tuple(Claim(name(claim), _volume(claim).size_gib) for claim in own),
    )


def _replicas(item: Object) -> int:
    if item["kind"] == "DaemonSet":
        return 0
    count = item["spec"].get("replicas")
    return 1 if count is None else int(count)


def _volume(claim: Object) -> Volume:
    size = amount(claim["spec"]["resources"]["requests"]["storage"], f"claim {name(claim)}")
    storage_class = claim["spec"].get("storageClassName")
    return Volume(math.ceil(size / 2**30), None if storage_class is None else str(storage_class))


def _requested(spec: Object, resource: str, where: str) -> Decimal:
    """As the scheduler counts: containers together, init containers one by one beside the sidecars before them."""

    def of(container: Object) -> Decimal:
        resources = container.get("resources") or {}
        # The API server takes a limit for the request that is missing.
        asked = (resources.get("requests") or {}).get(resource, (resources.get("limits") or {}).get(resource, 0))
        return amount(asked, f"{where}, container {container.get('name')}")

    running = peak = Decimal(0)
    for container in spec.get("initContainers") or []:
        peak = max(peak, running + of(container))
        if container.get("restartPolicy") == "Always":
            running += of(container)
    return max(peak, running + sum(of(container) for container in spec["containers"]))


def amount(text: object, where: str) -> Decimal:
    """A quantity of Kubernetes: CPUs or bytes.

    Raises:
        MoorageError: it is none; the message says where.
    """
    given = str(text)
    number = given.rstrip("numkMGTPEKi")
    unit = given[len(number) :]
    try:
        return Decimal(number) * _UNITS[unit]
    except (InvalidOperation, KeyError) as error:
        raise MoorageError(f"{where}: {given!r} is no quantity of Kubernetes") from error

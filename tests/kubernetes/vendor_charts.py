"""The vendor's charts, rendered: what the scheduler would read in their manifests."""

from __future__ import annotations

import math
import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from recommender.kubernetes.chart import RELEASES
from recommender.kubernetes.plan import SizedService

FOLDERS = [Path(path) for path in filter(None, os.environ.get("MOORAGE_VENDOR_CHART", "").split(os.pathsep))]
"""Each is a folder `charts` of the vendor's repository at some release."""

_UNITS = {"": 1.0, "m": 1e-3, "k": 1e3, "M": 1e6, "G": 1e9, "Ki": 2**10, "Mi": 2**20, "Gi": 2**30}

needs_charts = [
    pytest.mark.real_tool("helm"),
    pytest.mark.skipif(not FOLDERS, reason="MOORAGE_VENDOR_CHART does not name the vendor's folder `charts`"),
]


@dataclass(frozen=True)
class Pods:
    """What a manifest asks of the scheduler, in the units of `pods.Workload`."""

    replicas: int
    cpu_millis: int
    memory_mib: int
    ephemeral_gib: int
    claims: tuple[tuple[str, float], ...]


def version_of(folder: Path) -> str:
    version = str(yaml.safe_load((folder / "sourcegraph/Chart.yaml").read_text(encoding="utf-8"))["version"])
    assert version in RELEASES, f"{folder} holds {version}, which no fact of moorage covers"
    return version


def rendered(chart: Path, values: Mapping[str, Any], tmp_path: Path) -> list[dict[str, Any]]:
    file = tmp_path / "values.yaml"
    file.write_text(yaml.safe_dump(dict(values)), encoding="utf-8")
    helm = subprocess.run(
        ["helm", "template", "acme", str(chart), "--values", str(file)], capture_output=True, text=True, check=False
    )
    assert helm.returncode == 0, helm.stderr
    return [document for document in yaml.safe_load_all(helm.stdout) if document]


def chart_values(services: Sequence[SizedService], switches: Mapping[str, object]) -> dict[str, Any]:
    """The values that say what `sized` says, and no more."""
    values: dict[str, Any] = {}
    for service in services:
        own = service.resources
        put(values, f"{service.key}.resources.requests", {"cpu": own.cpu_request, "memory": own.memory_request})
        put(values, f"{service.key}.resources.limits", {"cpu": own.cpu_limit, "memory": own.memory_limit})
        if service.replicas is not None:
            put(values, f"{service.key}.replicaCount", service.replicas)
        if service.storage_gib:
            put(values, f"{service.key}.storageSize", f"{service.storage_gib}Gi")
    for path, value in switches.items():
        put(values, path, value)
    return values


def put(values: dict[str, Any], path: str, value: object) -> None:
    *above, last = path.split(".")
    for key in above:
        values = values.setdefault(key, {})
    values[last] = value


def workloads_in(documents: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    return [dict(document) for document in documents if document["kind"] in ("Deployment", "StatefulSet", "DaemonSet")]


def pods_in(documents: Sequence[Mapping[str, Any]]) -> dict[str, Pods]:
    """By name. Every claim among the manifests must be some pod's."""
    claims = {
        document["metadata"]["name"]: document for document in documents if document["kind"] == "PersistentVolumeClaim"
    }
    found = {document["metadata"]["name"]: _pods(document, claims) for document in workloads_in(documents)}
    assert set(claims) <= {name for pods in found.values() for name, _ in pods.claims}
    return found


def _pods(document: Mapping[str, Any], claims: Mapping[str, Any]) -> Pods:
    spec, pod = document["spec"], document["spec"]["template"]["spec"]
    own = [*(spec.get("volumeClaimTemplates") or [])]
    for volume in pod.get("volumes") or []:
        if "persistentVolumeClaim" in volume:
            own.append(claims[volume["persistentVolumeClaim"]["claimName"]])
    return Pods(
        replicas=0 if document["kind"] == "DaemonSet" else spec["replicas"],
        cpu_millis=round(_requested(pod, "cpu") * 1_000),
        memory_mib=math.ceil(_requested(pod, "memory") / 2**20),
        ephemeral_gib=math.ceil(_requested(pod, "ephemeral-storage") / 2**30),
        claims=tuple(
            (claim["metadata"]["name"], amount(claim["spec"]["resources"]["requests"]["storage"]) / 2**30)
            for claim in own
        ),
    )


def _requested(pod: Mapping[str, Any], resource: str) -> float:
    """As the scheduler counts: containers together, init containers one by one."""

    def of(container: Mapping[str, Any]) -> float:
        resources = container.get("resources") or {}
        asked = amount((resources.get("requests") or {}).get(resource, 0))
        limit = (resources.get("limits") or {}).get(resource)
        assert limit is None or asked <= amount(limit), f"{container['name']}: more {resource} requested than allowed"
        return asked

    together = sum(of(container) for container in pod["containers"])
    return max([together, *(of(container) for container in pod.get("initContainers") or [])])


def amount(text: object) -> float:
    unit = str(text).lstrip(".0123456789")
    return float(str(text).removesuffix(unit)) * _UNITS[unit]

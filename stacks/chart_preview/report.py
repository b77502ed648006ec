"""What the rendered charts come to: value types, and the key `chart` of `moorage preview --json`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from stacks.chart_preview.objects import Pods, Requests, Volume

Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Rendered:
    """One release."""

    chart: str
    version: str
    app_version: str
    release: str
    namespace: str
    objects: Mapping[str, tuple[str, ...]]
    """Kind to names; a name in another namespace than the release's has that before a slash. Both sorted."""
    pods: tuple[Pods, ...]
    volumes: tuple[Volume, ...]
    images: tuple[str, ...]
    warnings: tuple[str, ...]
    """What Helm said beside the manifests."""
    unread: tuple[str, ...]
    """Dotted paths of values that no template of the chart reads; Helm says nothing of them."""


@dataclass(frozen=True, slots=True)
class ChartPreview:
    """Every release of the plan whose chart was at hand."""

    kubernetes: str
    """Version that the charts were rendered for: the plan's, or moorage's default where that is not known."""
    releases: tuple[Rendered, ...]
    nodes: int | None
    """Of a cluster of our own; None: whoever runs the cluster knows."""
    differences: tuple[str, ...]
    """Sentences: where a chart and the plan disagree about pods, so that nodes may be too few or too many."""

    @property
    def images(self) -> tuple[str, ...]:
        """All images, sorted, each once."""
        return tuple(sorted({image for release in self.releases for image in release.images}))

    @property
    def pods(self) -> tuple[Pods, ...]:
        """Of all releases."""
        return tuple(pods for release in self.releases for pods in release.pods)

    @property
    def replicas(self) -> Requests:
        """Of all pods that do not run on every node."""
        return _sum((each, each.replicas) for each in self.pods)

    @property
    def each_node(self) -> Requests:
        """Of the DaemonSets, on one node."""
        return _sum((each, int(each.kind == "DaemonSet")) for each in self.pods)

    @property
    def total(self) -> Requests | None:
        """Of all pods on all nodes; None where the nodes are not known."""
        if self.nodes is None:
            return None
        return _sum((each, self.nodes if each.kind == "DaemonSet" else each.replicas) for each in self.pods)

    @property
    def claims(self) -> Mapping[str | None, tuple[int, int]]:
        """Storage class (None: the default) to the number of claims, and their GiB together."""
        found: dict[str | None, tuple[int, int]] = {}
        volumes = [volume for release in self.releases for volume in release.volumes]
        for volume in sorted(volumes, key=lambda each: each.storage_class or ""):
            count, size = found.get(volume.storage_class, (0, 0))
            found[volume.storage_class] = (count + 1, size + volume.size_gib)
        return found

    def document(self) -> Document:
        """The JSON-able form."""
        return {
            "kubernetes": self.kubernetes,
            "releases": [_release(release) for release in self.releases],
            "images": list(self.images),
            "workloads": [_pods(each) for each in self.pods],
            "requests": {
                "replicas": asdict(self.replicas),
                "each_node": asdict(self.each_node),
                "nodes": self.nodes,
                "total": asdict(self.total) if self.total else None,
            },
            "claims": [
                {"storage_class": name, "count": count, "gib": size} for name, (count, size) in self.claims.items()
            ],
            "differences": list(self.differences),
        }


def _sum(counted: Iterable[tuple[Pods, int]]) -> Requests:
    pairs = list(counted)
    return Requests(
        cpu_millis=sum(each.requests.cpu_millis * count for each, count in pairs),
        memory_mib=sum(each.requests.memory_mib * count for each, count in pairs),
        ephemeral_gib=sum(each.requests.ephemeral_gib * count for each, count in pairs),
    )


def _release(release: Rendered) -> Document:
    return {
        "name": release.release,
        "namespace": release.namespace,
        "chart": release.chart,
        "version": release.version,
        "app_version": release.app_version,
        "objects": {kind: list(names) for kind, names in release.objects.items()},
        "warnings": list(release.warnings),
        "unread_values": list(release.unread),
    }


def _pods(each: Pods) -> Document:
    return {
        "kind": each.kind,
        "name": each.name,
        "namespace": each.namespace,
        "replicas": each.replicas,
        "each_pod": asdict(each.requests),
        "claims": [{"name": claim.name, "gib": claim.size_gib} for claim in each.claims],
    }

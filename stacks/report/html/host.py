"""The diagram of a machine that the organization brings: read off the files that it gets."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from typing import Final

from stacks.preview import Preview
from stacks.report.html import kinds
from stacks.report.html.anchors import anchor
from stacks.report.html.graph import Edge, Graph, Line, Node
from stacks.report.html.kinds import Kind

_FRONT: Final = Kind("Web server", "balancer", "network", 1)
_ENGINE: Final = Kind("Service", "app", "compute", 3)
_DISK: Final = Kind("Data disk", "disk", "data", 4)
_DATABASE: Final = Kind("Database elsewhere", "database", "data", 5, in_network=False)
_REGISTRY: Final = Kind("Registry", "bucket", "data", 5, in_network=False)

_PARTS: Final[tuple[tuple[str, Kind, str, str], ...]] = (
    ("/Caddyfile", _FRONT, "Caddy", "ends TLS"),
    ("/traefik.yaml", _FRONT, "Traefik", "ends TLS"),
    ("/k3s.yaml", _ENGINE, "Sourcegraph on K3s", "Helm chart"),
    ("/docker-compose.override.yaml", _ENGINE, "Sourcegraph on Docker", "Compose"),
    ("/data-disk", _DISK, "/mnt/data", "prepared once, kept"),
)
"""End of a path, and what it is part of."""


def host_graph(preview: Preview, prefix: str) -> Graph:
    """A machine with what runs on it, as far as the files tell."""
    nodes = [Node("people", kinds.USERS, [Line("who use it")], in_network=False)]
    for ending, kind, name, said in _PARTS:
        for path in preview.files:
            if path.endswith(ending):
                nodes.append(Node(path, kind, [Line(name, anchor(prefix, path), path)], said))
                break
    nodes += _elsewhere(preview, prefix)
    chain = [node.key for kind in (kinds.USERS, _FRONT, _ENGINE, _DISK) for node in nodes if node.kind is kind]
    edges = [Edge(first, second, "443" if first == "people" else "") for first, second in itertools.pairwise(chain)]
    engines = [node.key for node in nodes if node.kind is _ENGINE]
    for node in nodes:
        if node.kind.column == 5:
            edges += [Edge(engine, node.key, _port(node)) for engine in engines]
    return Graph(nodes, edges, {}, [Line("Your machine")], set())


def _port(node: Node) -> str:
    return "5432" if node.kind is _DATABASE else "443"


def _elsewhere(preview: Preview, prefix: str) -> Iterator[Node]:
    """Databases and registries that the files name."""
    for pattern, kind in ((_HOST, _DATABASE), (_MIRROR, _REGISTRY)):
        found: dict[str, str] = {}
        for path, text in preview.files.items():
            if path.endswith(("/docker-compose.override.yaml", "/values.yaml", "/registries.yaml")):
                for name in pattern.findall(text):
                    found.setdefault(name, path)
        if found:
            lines = [Line(name, anchor(prefix, path), name) for name, path in sorted(found.items())]
            yield Node(kind.noun, kind, lines[:5], in_network=False)


_HOST: Final = re.compile(r'^\s*(?:[A-Z]+_)?PGHOST: "?([A-Za-z0-9-]+\.[A-Za-z0-9.-]+)"?$', re.MULTILINE)
_MIRROR: Final = re.compile(r'^\s*- "?https://([A-Za-z0-9.-]+)"?$', re.MULTILINE)

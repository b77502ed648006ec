"""From resources to the graph that the diagram shows. Every resource is a node, a box, an arrow, or counted below."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from stacks.preview import Preview, Resource
from stacks.report.html import kinds, links
from stacks.report.html.anchors import anchor
from stacks.report.html.details import addressed, detail
from stacks.report.html.graph import Edge, Graph, Line, Node
from stacks.report.html.host import host_graph
from stacks.report.html.merge import merged
from stacks.report.html.scene import Scene, at, strings

_NETWORKS = ("aws:ec2/vpc:Vpc", "gcp:compute/network:Network")
_LARGEST_LIST = 4


def graph(preview: Preview, prefix: str, actions: Mapping[str, str]) -> Graph | None:
    """What to draw of one preview; None where there is nothing with a place in a diagram.

    Args:
        preview: what to draw.
        prefix: of the ids of this profile's elements.
        actions: URN to what becomes of it, where there is a base.
    """
    if not preview.stacks:
        return host_graph(preview, prefix) if preview.files else None
    shown = _Builder(preview, prefix, actions).graph()
    return shown if shown.nodes else None


def not_drawn(preview: Preview, shown: Graph) -> list[tuple[str, int]]:
    """Nouns and numbers of created resources that are neither node nor box nor arrow, the most frequent first."""
    rest = [each for each in preview.resources if each.is_created and each.urn not in shown.drawn | shown.arrows]
    return sorted(Counter(kinds.noun(each.type) for each in rest).items(), key=lambda pair: (-pair[1], pair[0]))


class _Builder:
    def __init__(self, preview: Preview, prefix: str, actions: Mapping[str, str]) -> None:
        self._scene = Scene(preview)
        self._preview = preview
        self._prefix = prefix
        self._actions = actions
        self._boxes: dict[str, list[Line]] = {}
        self._drawn = set[str]()
        self._common = _common_prefix(preview)

    def graph(self) -> Graph:
        found = list(links.links(self._scene))
        nodes = self._nodes()
        if any(each.edge.target == links.OUTSIDE for each in found):
            nodes.append(Node(links.OUTSIDE, kinds.INTERNET, [Line("out of the network")], in_network=False))
        # People who come through a tunnel have no rule: a machine that nobody reaches is reached so.
        if not any(each.edge.source == links.PEOPLE for each in found):
            machines = self._scene.of_type("aws:ec2/instance:Instance", "gcp:compute/instance:Instance")
            found += [links.Found(links.PEOPLE, machine.urn, "tunnel") for machine in machines]
        if any(each.edge.source == links.PEOPLE for each in found):
            nodes.insert(0, Node(links.PEOPLE, kinds.USERS, self._people(), in_network=False))
        known = {node.key for node in nodes}
        kept = [each for each in found if each.edge.source in known and each.edge.target in known]
        nodes, edges = merged(nodes, [each.edge for each in kept], _LARGEST_LIST)
        shown = Graph(nodes, _joined(edges), self._boxes, self._network(), self._drawn)
        shown.arrows.update(urn for each in kept for urn in each.by)
        return shown

    def _nodes(self) -> list[Node]:
        records = {record.urn for record, _ in links.named(self._scene)}
        addresses = {target.urn for _, target in links.named(self._scene) if target.type.endswith("ddress")}
        found = list[Node]()
        for resource in self._scene.resources:
            kind = kinds.DRAWN.get(resource.type)
            if resource.urn in records:
                kind = kinds.DNS_NAME
            elif resource.urn in addresses:
                kind = kinds.ADDRESS
            if kind and resource.is_created:
                found.append(self._node(resource, kind))
        if self._preview.claims:
            lines = [
                Line(f"{claim.name.partition('/')[0]}  {claim.count} × {claim.size_gib} GiB")  # noqa: RUF001
                for claim in self._preview.claims
            ]
            found.append(Node(links.CLAIMS, kinds.CLAIMS, _capped(lines, f"{self._prefix}-cost")))
        return found

    def _node(self, resource: Resource, kind: kinds.Kind) -> Node:
        self._drawn.add(resource.urn)
        name = self._name(resource)
        if kind is kinds.DNS_NAME:
            name = str(resource.inputs.get("name") or name).rstrip(".")
        elif kind in (kinds.FRONT, kinds.INTERNAL_FRONT):
            name = f"port {resource.inputs.get('portRange')}"
        said = addressed(self._scene) if kind is kinds.ALARMS else detail(self._scene, resource)
        line = Line(name, anchor(self._prefix, resource.urn), resource.name)
        return Node(
            resource.urn,
            kind,
            [line],
            said,
            self._box(resource, kind),
            [resource.urn],
            self._actions.get(resource.urn, ""),
            kind.in_network,
        )

    def _name(self, resource: Resource) -> str:
        name = resource.name.removeprefix(self._common)
        return name.removeprefix("network-").removeprefix("managed-") or resource.name

    def _box(self, resource: Resource, kind: kinds.Kind) -> str:
        if kind is kinds.RELEASE or resource.type.startswith("kubernetes:"):
            name = at(resource.inputs, "namespace") or at(resource.inputs, "metadata.namespace")
            return self._namespace(str(name)) if name else ""
        if kind.column not in (1, 3, 4) or not kind.in_network:
            return ""
        places = links.place_of(self._scene, resource)
        if not places:
            return ""
        key = " ".join(sorted(place if isinstance(place, str) else place.urn for place in places))
        self._boxes.setdefault(key, [self._subnet_line(place) for place in places])
        return key

    def _subnet_line(self, place: Resource | str) -> Line:
        if isinstance(place, str):
            return Line(f"existing {place}")
        self._drawn.add(place.urn)
        zone = place.inputs.get("availabilityZone")
        ranges = place.inputs.get("cidrBlock") or place.inputs.get("ipCidrRange")
        named = zone if isinstance(zone, str) else self._name(place)
        words = [named, *strings(ranges)]
        return Line(" · ".join(words), anchor(self._prefix, place.urn), place.name)

    def _namespace(self, name: str) -> str:
        key = f"namespace {name}"
        line = Line(f"Namespace {name}")
        for namespace in self._scene.of_type("kubernetes:core/v1:Namespace"):
            if at(namespace.inputs, "metadata.name") == name:
                self._drawn.add(namespace.urn)
                line = Line(f"Namespace {name}", anchor(self._prefix, namespace.urn), namespace.name)
        self._boxes.setdefault(key, [line])
        return key

    def _network(self) -> list[Line]:
        for network in self._scene.of_type(*_NETWORKS):
            self._drawn.add(network.urn)
            words = ["Network", network.name, *strings(network.inputs.get("cidrBlock"))]
            return [Line(" · ".join(words), anchor(self._prefix, network.urn), network.name)]
        given = [
            text
            for resource in self._scene.resources
            for name in ("vpcId", "network")
            for text in strings(resource.inputs.get(name))
        ]
        if given:
            return [Line(f"Existing network · {given[0].rpartition('/')[2]}", "", given[0])]
        return [Line("Existing cluster")]

    def _people(self) -> list[Line]:
        rules = self._scene.of_type("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule")
        ranges = [text for rule in rules for text in strings(rule.inputs.get("cidrIpv4"))]
        for params in self._scene.of_type("kubernetes:elbv2.k8s.aws/v1beta1:IngressClassParams"):
            ranges += strings(at(params.inputs, "spec.inboundCIDRs"))
        lines = [Line("anywhere" if text == "0.0.0.0/0" else text) for text in dict.fromkeys(ranges)]
        return _capped(lines, "") or [Line("who use it")]


def _capped(lines: list[Line], href: str) -> list[Line]:
    if len(lines) <= _LARGEST_LIST + 1:
        return lines
    return [*lines[:_LARGEST_LIST], Line(f"and {len(lines) - _LARGEST_LIST} more", href)]


def _common_prefix(preview: Preview) -> str:
    """What every name begins with, the deployment's name: it would tell nothing on a node."""
    names = [each.name for each in preview.resources if each.component and each.parent is None]
    return f"{names[0]}-" if names else ""


def _joined(edges: Iterable[Edge]) -> list[Edge]:
    """One edge a pair, with all labels."""
    found: dict[tuple[str, str], list[str]] = {}
    for edge in edges:
        labels = found.setdefault((edge.source, edge.target), [])
        labels += [label for label in edge.label.split(", ") if label and label not in labels]
    return [Edge(source, target, _label(labels)) for (source, target), labels in found.items()]


def _label(labels: list[str]) -> str:
    ordered = sorted(labels, key=lambda label: (not label.isdecimal(), label.zfill(8)))
    return ", ".join(ordered[:3]) + (", …" if len(ordered) > 3 else "")

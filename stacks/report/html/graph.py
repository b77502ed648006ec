"""What the diagram shows, before anything has a position: nodes, the boxes they stand in, and who talks to whom."""

from __future__ import annotations

from dataclasses import dataclass, field

from stacks.report.html.kinds import Kind


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a node or of a box's heading."""

    text: str
    href: str = ""
    """Id of an element of the page, without `#`; "" where there is nothing to jump to."""
    full: str = ""
    """What a pointer shows over it; "" is `text`."""


@dataclass(slots=True)
class Node:
    """One thing, or several that are alike."""

    key: str
    kind: Kind
    lines: list[Line]
    detail: str = ""
    box: str = ""
    """Key of the box within the column: subnets or a namespace; "" for none."""
    urns: list[str] = field(default_factory=list[str])
    mark: str = ""
    """What happens to it: an action, where there is a base."""
    in_network: bool = True


@dataclass(frozen=True, slots=True)
class Edge:
    """Who talks to whom, or uses whom."""

    source: str
    target: str
    label: str = ""
    """Ports, or one word."""


@dataclass(slots=True)
class Graph:
    """Everything to lay out."""

    nodes: list[Node]
    edges: list[Edge]
    boxes: dict[str, list[Line]]
    """Key to the lines of its heading."""
    network: list[Line]
    """Heading of the box around everything that is in the network, cluster or machine; empty: no such box."""
    drawn: set[str]
    """URNs that are a node, a box or a line of one."""
    arrows: set[str] = field(default_factory=set[str])
    """URNs that are an arrow."""

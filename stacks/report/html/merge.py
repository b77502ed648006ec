"""Nodes that are alike become one: the same kind, in the same place, talking to the same others."""

from __future__ import annotations

from collections.abc import Sequence

from stacks.report.html.graph import Edge, Line, Node


def merged(nodes: Sequence[Node], edges: Sequence[Edge], most: int) -> tuple[list[Node], list[Edge]]:
    """The nodes in order of their first member, and the edges between them; `most` lines a node.

    Three roles that reach three secrets, each its own, are not alike, and stay apart.
    """
    stands_for = {node.key: node.key for node in nodes}
    alike: dict[object, Node] = {}
    for node in nodes:
        if not node.kind.merges:
            continue
        first = alike.setdefault(_likeness(node, edges), node)
        if first is node:
            continue
        stands_for[node.key] = first.key
        first.lines += node.lines
        first.urns += node.urns
        first.mark = max(first.mark, node.mark, key=_GRAVITY.index)
        first.detail = first.detail if first.detail == node.detail else ""
    kept = [node for node in nodes if stands_for[node.key] == node.key]
    for node in kept:
        _shorten(node, most)
    moved = [Edge(stands_for[edge.source], stands_for[edge.target], edge.label) for edge in edges]
    return kept, [edge for edge in dict.fromkeys(moved) if edge.source != edge.target]


_GRAVITY = ("", "same", "create", "update", "forget", "may-replace", "replace", "delete")


def _likeness(node: Node, edges: Sequence[Edge]) -> object:
    if node.kind.as_one:
        return node.kind, node.box
    others = frozenset(
        (edge.target if edge.source == node.key else edge.source, edge.source == node.key)
        for edge in edges
        if node.key in (edge.source, edge.target)
    )
    return node.kind, node.box, node.mark, others


def _shorten(node: Node, most: int) -> None:
    number = len(node.urns)
    if node.kind.counts:
        node.lines = [
            Line(f"{number} {node.kind.plural if number > 1 else node.kind.noun.lower()}", node.lines[0].href)
        ]
    elif len(node.lines) > most + 1 and number > 1:
        node.lines = [*node.lines[:most], Line(f"and {number - most} more", node.lines[most].href)]

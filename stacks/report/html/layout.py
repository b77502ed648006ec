"""Positions of everything in the diagram. Pure and deterministic: the same graph, the same numbers."""

from __future__ import annotations

import itertools
from typing import Final

from stacks.report.html.graph import Edge, Graph, Line, Node
from stacks.report.html.layers import GAP, Block, Layers, Slot, layers
from stacks.report.html.picture import Arrow, Picture, Rect, Text
from stacks.report.html.text_width import fitted, text_width

WIDTH: Final = 176.0
"""Of a node, in pixels."""

LARGE: Final = 12.0
SMALL: Final = 10.5
"""Font sizes: names; everything else."""

_EDGE: Final = 11.0
"""From a node's border to its text."""
_LINE: Final = 17.0
_PORT: Final = 16.0
"""Between two arrows at one side of a node: a label fits between them."""
_PAD: Final = 12.0
_CURVE: Final = 38.0
_ICON: Final = 20.0
_HEAD: Final = 15.0
"""Height of one line of a heading."""
_BOLD: Final = 1.15
"""How much wider than others a bold text is at most."""
_NETWORK_HEAD: Final = 34.0
_MARGIN: Final = 8.0


def layout(graph: Graph) -> Picture:
    """The drawing of a graph with at least one node."""
    heads = {key: _HEAD * len(lines) + 13.0 for key, lines in graph.boxes.items()}
    found = layers(graph, {node.key: _height(graph, node) for node in graph.nodes}, heads, _PAD)
    columns = _Columns(graph, found)
    _from_the_top(columns, found)
    boxes = [
        *_network(graph, columns, found),
        *(
            _box(graph, columns, rank, block)
            for rank, column in enumerate(found.columns)
            for block in column
            if block.box
        ),
    ]
    nodes = [_node(columns, slot, slot.node) for slot in _slots(found) if slot.node]
    bottom = max(rect.y + rect.height for rect in (*boxes, *nodes)) + _MARGIN
    arrows = _arrows(found, columns)
    return Picture(columns.width, round(bottom, 1), tuple(boxes), tuple(arrows), tuple(nodes))


def _from_the_top(columns: _Columns, found: Layers) -> None:
    blocks = [(block, rank) for rank, column in enumerate(found.columns) for block in column]
    top = min(block.top - (_NETWORK_HEAD if columns.first <= rank <= columns.last else 0) for block, rank in blocks)
    for block, _ in blocks:
        block.put(round(block.top - top + _MARGIN, 1))


def _height(graph: Graph, node: Node) -> float:
    sides = (
        sum(edge.target == node.key for edge in graph.edges),
        sum(edge.source == node.key for edge in graph.edges),
    )
    texts = 8 + 15 + _LINE * len(node.lines) + (15 if node.detail else 0) + 7
    return max(texts, _PORT * max(sides) + 10)


class _Columns:
    """Where each column begins, and the room for labels and curves between two of them."""

    def __init__(self, graph: Graph, found: Layers) -> None:
        ranks = [slot.rank for slot in _slots(found) if slot.node and slot.node.in_network]
        self.first, self.last = (min(ranks), max(ranks)) if ranks and graph.network else (-1, -2)
        self.left_labels = [0.0] * len(found.columns)
        self.right_labels = [0.0] * len(found.columns)
        for edge, path in found.paths:
            labels = self.right_labels if path[0].rank == path[-1].rank else self.left_labels
            width = text_width(edge.label, SMALL) + 8 if edge.label else 0.0
            labels[path[-1].rank] = max(labels[path[-1].rank], width)
        self.x = list[float]()
        x = _MARGIN
        for rank in range(len(found.columns)):
            x += self.pad_left(rank) + (self.left_labels[rank] if rank else 0.0)
            self.x.append(round(x, 1))
            x += WIDTH + self.pad_right(rank) + self.right_labels[rank] + _CURVE
        self.width = round(self.x[-1] + WIDTH + self.pad_right(len(self.x) - 1) + self.bulge(found) + _MARGIN, 1)

    def bulge(self, found: Layers) -> float:
        """Room right of the last column for arrows that stay within it."""
        last = len(found.columns) - 1
        stays = any(path[0].rank == path[-1].rank == last for _, path in found.paths)
        return self.right_labels[last] + 26 if stays else 0.0

    def pad_left(self, rank: int) -> float:
        return _PAD + (_PAD if rank == self.first else 0)

    def pad_right(self, rank: int) -> float:
        return _PAD + (_PAD if rank == self.last else 0)


def _slots(found: Layers) -> list[Slot]:
    return [slot for column in found.columns for block in column for slot in block.slots]


def _heading(lines: list[Line], x: float, y: float, width: float, css: str) -> tuple[Text, ...]:
    return tuple(
        Text(fitted(line.text, width, SMALL), x, round(y + index * _HEAD, 1), SMALL, css, line.href, line.full)
        for index, line in enumerate(lines)
    )


def _box(graph: Graph, columns: _Columns, rank: int, block: Block) -> Rect:
    x, y = columns.x[rank] - _PAD + 2, block.top
    texts = _heading(graph.boxes[block.box], x + 9, y + 16, WIDTH + 2 * _PAD - 18, "head")
    css = "namespace" if block.box.startswith("namespace ") else "subnet"
    return Rect(x, y, WIDTH + 2 * _PAD - 4, round(block.height, 1), texts, css)


def _network(graph: Graph, columns: _Columns, found: Layers) -> list[Rect]:
    inside = [block for rank in range(columns.first, columns.last + 1) for block in found.columns[rank]]
    if not inside or not graph.network:
        return []
    x = columns.x[columns.first] - 2 * _PAD
    width = columns.x[columns.last] + WIDTH + 2 * _PAD - x
    top = min(block.top for block in inside) - _NETWORK_HEAD
    bottom = max(block.top + block.height for block in inside) + GAP
    heading = _heading(graph.network, x + 12, top + 21, width - 24, "head")
    return [Rect(x, top, round(width, 1), round(bottom - top, 1), heading, "network")]


def _node(columns: _Columns, slot: Slot, node: Node) -> Rect:
    x, y, width = columns.x[slot.rank], slot.y, WIDTH - 2 * _EDGE
    many = len(node.urns) > 1 and not node.kind.counts and node.kind.plural
    mark = node.mark.replace("-", " ") if node.mark not in ("", "same") else ""
    room = width - _ICON - (text_width(mark, SMALL) * _BOLD + 10 if mark else 0)
    texts = [
        Text(
            fitted(node.kind.plural if many else node.kind.noun, room, SMALL), x + _EDGE + _ICON, y + 19, SMALL, "noun"
        )
    ]
    below = y + 37
    for line in node.lines:
        texts.append(
            Text(fitted(line.text, width, LARGE), x + _EDGE, round(below, 1), LARGE, "name", line.href, line.full)
        )
        below += _LINE
    if node.detail:
        texts.append(
            Text(fitted(node.detail, width, SMALL), x + _EDGE, round(below - 1, 1), SMALL, "detail", "", node.detail)
        )
    if mark:
        texts.append(Text(mark, x + WIDTH - _EDGE + 3, y + 19, SMALL, f"mark {node.mark}", end=True))
    family = node.kind.family.replace(" ", "-").lower()
    said = ", ".join(line.full or line.text for line in node.lines)
    return Rect(
        x,
        y,
        WIDTH,
        slot.height,
        tuple(texts),
        f"family-{family}",
        node.kind.icon,
        node.mark,
        f"{node.kind.noun}: {said}",
    )


def _arrows(found: Layers, columns: _Columns) -> list[Arrow]:
    ports = _ports(found)
    return [_arrow(number, edge, path, columns, ports) for number, (edge, path) in enumerate(found.paths)]


Ports = dict[tuple[int, str, str], float]
"""Number of the arrow, key of the slot, `in` or `out`: height at which the arrow meets it."""


def _ports(found: Layers) -> Ports:
    sides: dict[tuple[str, str], list[tuple[float, int, str]]] = {}
    middles = {slot.key: slot.middle for slot in _slots(found)}
    for number, (_, path) in enumerate(found.paths):
        first, last = path[0], path[-1]
        out = "right"
        into = "right" if first.rank == last.rank else "left"
        sides.setdefault((first.key, out), []).append((path[1].middle, number, "out"))
        sides.setdefault((last.key, into), []).append((path[-2].middle, number, "in"))
    ports: Ports = {}
    for (key, _), ends in sides.items():
        start = middles[key] - _PORT * (len(ends) - 1) / 2
        for index, (_, number, way) in enumerate(sorted(ends)):
            ports[number, key, way] = round(start + index * _PORT, 1)
    return ports


def _arrow(number: int, edge: Edge, path: list[Slot], columns: _Columns, ports: Ports) -> Arrow:
    first, last = path[0], path[-1]
    y, end = ports[number, first.key, "out"], ports[number, last.key, "in"]
    title = _said(edge, path)
    if first.rank == last.rank:
        right = columns.x[first.rank] + WIDTH
        turn = round(right + columns.pad_right(first.rank) + columns.right_labels[first.rank], 1)
        bow = turn + 26
        label = _label(edge, right + _PAD, end, ends=False)
        return Arrow(
            f"M{right:g} {y:g}H{turn:g}C{bow:g} {y:g} {bow:g} {end:g} {turn:g} {end:g}H{right:g}", label, title
        )
    d = f"M{columns.x[first.rank] + WIDTH:g} {y:g}"
    for here, there in itertools.pairwise(path):
        to = end if there is last else round(there.middle, 1)
        start = round(columns.x[here.rank] + WIDTH + columns.pad_right(here.rank) + columns.right_labels[here.rank], 1)
        stop = round(columns.x[there.rank] - columns.pad_left(there.rank) - columns.left_labels[there.rank], 1)
        half = round((start + stop) / 2, 1)
        d += f"H{start:g}C{half:g} {y:g} {half:g} {to:g} {stop:g} {to:g}H{columns.x[there.rank]:g}"
        y = to
    return Arrow(d, _label(edge, columns.x[last.rank] - columns.pad_left(last.rank) - 2, end, ends=True), title)


def _label(edge: Edge, x: float, y: float, *, ends: bool) -> Text | None:
    return Text(edge.label, round(x, 1), round(y - 3.5, 1), SMALL, "label", end=ends) if edge.label else None


def _said(edge: Edge, path: list[Slot]) -> str:
    names = [slot.node.lines[0].text for slot in (path[0], path[-1]) if slot.node]
    return f"{' to '.join(names)}{f' ({edge.label})' if edge.label else ''}"

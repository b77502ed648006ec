"""Columns of a layered drawing: lanes for arrows that pass a column, an order with few crossings, heights."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from stacks.report.html.graph import Edge, Graph, Node

LANE: Final = 12.0
"""Height of a lane, in pixels."""

GAP: Final = 14.0
"""Between two blocks of a column."""

_SWEEPS: Final = 6


@dataclass(slots=True)
class Slot:
    """A node's place in its column, or the lane of an arrow that passes."""

    key: str
    rank: int
    height: float
    node: Node | None = None
    y: float = 0.0

    @property
    def middle(self) -> float:
        """Its vertical middle."""
        return self.y + self.height / 2


@dataclass(slots=True)
class Block:
    """What moves together: the slots of one box, or one slot."""

    slots: list[Slot]
    head: float = 0.0
    """Height above the first slot: the box's heading."""
    foot: float = 0.0
    box: str = ""

    @property
    def height(self) -> float:
        """With heading and foot."""
        return self.head + sum(slot.height for slot in self.slots) + GAP * (len(self.slots) - 1) + self.foot

    def put(self, top: float) -> None:
        """Gives every slot its position."""
        below = top + self.head
        for slot in self.slots:
            slot.y = below
            below += slot.height + GAP

    @property
    def top(self) -> float:
        """Its upper end."""
        return self.slots[0].y - self.head


@dataclass(slots=True)
class Layers:
    """The columns, and every arrow as the slots that it passes."""

    columns: list[list[Block]]
    paths: list[tuple[Edge, list[Slot]]]
    neighbours: dict[str, list[Slot]] = field(default_factory=dict[str, list[Slot]])


def layers(graph: Graph, heights: Mapping[str, float], heads: Mapping[str, float], foot: float) -> Layers:
    """Slots in order and with heights, from the top of the page down."""
    ranks = {column: rank for rank, column in enumerate(sorted({node.kind.column for node in graph.nodes}))}
    slots = {node.key: Slot(node.key, ranks[node.kind.column], heights[node.key], node) for node in graph.nodes}
    columns: list[list[Block]] = [[] for _ in ranks]
    by_box: dict[tuple[int, str], Block] = {}
    for slot in slots.values():
        box = slot.node.box if slot.node else ""
        if box and (slot.rank, box) in by_box:
            by_box[slot.rank, box].slots.append(slot)
            continue
        block = Block([slot], heads.get(box, 0.0), foot if box else 0.0, box)
        by_box[slot.rank, box] = block
        columns[slot.rank].append(block)
    found = Layers(columns, [])
    for number, edge in enumerate(graph.edges):
        first, last = slots[edge.source], slots[edge.target]
        step = 1 if last.rank > first.rank else -1
        lanes = [Slot(f"{number} {rank}", rank, LANE) for rank in range(first.rank + step, last.rank, step)]
        for lane in lanes if first.rank != last.rank else []:
            columns[lane.rank].append(Block([lane]))
        path = [first, *(lanes if first.rank != last.rank else []), last]
        found.paths.append((edge, path))
        for here, there in itertools.pairwise(path):
            found.neighbours.setdefault(here.key, []).append(there)
            found.neighbours.setdefault(there.key, []).append(here)
    _order(found)
    _heights(found)
    return found


def _order(found: Layers) -> None:
    """By the mean position of neighbours, back and forth; the order with the fewest crossings stays."""
    best, fewest = [list(column) for column in found.columns], _crossings(found)
    for sweep in range(_SWEEPS):
        ranks = range(len(found.columns))
        for rank in ranks if sweep % 2 == 0 else reversed(ranks):
            place = _places(found)
            found.columns[rank].sort(key=lambda block: _mean(found, block, place))
        crossings = _crossings(found)
        if crossings < fewest:
            best, fewest = [list(column) for column in found.columns], crossings
    found.columns = best


def _places(found: Layers) -> dict[str, float]:
    return {
        slot.key: (index + 0.5) / len(column) + number * 0.001
        for column in found.columns
        for index, block in enumerate(column)
        for number, slot in enumerate(block.slots)
    }


def _mean(found: Layers, block: Block, place: Mapping[str, float]) -> float:
    near = [place[other.key] for slot in block.slots for other in found.neighbours.get(slot.key, ())]
    # Whoever talks to nobody goes below the others, in the order of construction.
    return round(sum(near) / len(near), 6) if near else 2.0


def _crossings(found: Layers) -> int:
    place = _places(found)
    gutters: dict[int, list[tuple[float, float]]] = {}
    for _, path in found.paths:
        for here, there in itertools.pairwise(path):
            low, high = sorted((here, there), key=lambda slot: slot.rank)
            if low.rank != high.rank:
                gutters.setdefault(low.rank, []).append((place[low.key], place[high.key]))
    return sum(
        (first[0] - second[0]) * (first[1] - second[1]) < 0
        for segments in gutters.values()
        for index, first in enumerate(segments)
        for second in segments[:index]
    )


def _heights(found: Layers) -> None:
    for column in found.columns:
        below = -sum(block.height + GAP for block in column) / 2
        for block in column:
            block.put(below)
            below += block.height + GAP
    for sweep in range(_SWEEPS):
        ranks = range(len(found.columns))
        for rank in ranks if sweep % 2 == 0 else reversed(ranks):
            column = found.columns[rank]
            for block, top in zip(column, spread([_wish(found, block) for block in column], column), strict=True):
                block.put(round(top, 1))


def _wish(found: Layers, block: Block) -> float:
    """Where the block's arrows would be straight; where it is, if it has none."""
    shifts = [other.middle - slot.middle for slot in block.slots for other in found.neighbours.get(slot.key, ())]
    return block.top + (sum(shifts) / len(shifts) if shifts else 0.0)


def spread(wishes: Sequence[float], blocks: Sequence[Block]) -> list[float]:
    """Tops as near to the wishes as their order and heights allow: least squares, pooling what collides."""
    offsets, below = list[float](), 0.0
    for block in blocks:
        offsets.append(below)
        below += block.height + GAP
    pools: list[tuple[float, int]] = []
    for wish, offset in zip(wishes, offsets, strict=True):
        mean, size = wish - offset, 1
        while pools and pools[-1][0] > mean:
            other, many = pools.pop()
            mean, size = (mean * size + other * many) / (size + many), size + many
        pools.append((mean, size))
    tops = [mean for mean, size in pools for _ in range(size)]
    return [top + offset for top, offset in zip(tops, offsets, strict=True)]

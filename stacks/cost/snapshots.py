"""How much scheduled snapshots store: an assumption, since only use tells."""

from __future__ import annotations

from typing import Final

CHANGED_A_DAY: Final = 0.01
"""Share of a disk that is written between two daily snapshots. An assumption of ours, no vendor's: repositories mostly
grow, indexes are rewritten now and then. Who knows better multiplies: the line's note tells the share."""


def stored(size: float, kept: float) -> float:
    """GB that `kept` daily snapshots of a disk hold: the whole disk once, and what changes for each further one."""
    return size * (1 + CHANGED_A_DAY * max(kept - 1, 0))


def note(kept: float) -> str:
    """What `stored` assumes, in words."""
    return f"assumes a full disk of which {CHANGED_A_DAY:.0%} changes a day, {kept:g} snapshots kept"

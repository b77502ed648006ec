"""What differs between two previews. `stacks.changes.compare` finds it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any, Literal

Action = Literal["create", "update", "replace", "may-replace", "delete", "forget", "same"]
"""What the engine would do. `may-replace`: no fact says whether the change replaces. `forget`: leaves the stack and
stays in the cloud (`retain_on_delete`)."""


@dataclass(frozen=True, slots=True)
class PropertyChange:
    """One input that differs."""

    path: str
    """Such as `ebsBlockDevices[0].volumeSize`; of the smallest part that differs."""
    before: Any
    """JSON value, `UNKNOWN` or `SECRET`; None: was not given."""
    after: Any
    """The same; None: is no longer given."""
    forces: Literal["no", "replace", "may-replace", "fails"]
    """What this input alone leads to. `fails`: the cloud refuses the change."""
    reason: str = ""
    """Why, where it is not `no`: the fact, or which resource's replacement changes it."""
    source: str = ""
    """Of the fact."""

    def document(self) -> dict[str, Any]:
        """The JSON-able form."""
        return {name: getattr(self, name) for name in ("path", "before", "after", "forces", "reason", "source")}


@dataclass(frozen=True, slots=True)
class ResourceChange:
    """What becomes of one resource."""

    urn: str
    """In HEAD; in BASE where it is deleted."""
    type: str
    name: str
    action: Action
    properties: tuple[PropertyChange, ...] = ()
    options: tuple[str, ...] = ()
    """Changed options in words, such as "protection is lifted"."""
    delete_first: bool = False
    """A replacement deletes before it creates: it is away in between."""
    effect: str = ""
    """What people notice, in one sentence; "" where nobody would."""
    loss: str | None = None
    """What data is lost with it; None: none."""
    stateful: bool = False
    """Holds data or identity: a disk, database, bucket, namespace, claim, key, snapshot policy."""

    def document(self) -> dict[str, Any]:
        """The JSON-able form."""
        return {
            "urn": self.urn,
            "type": self.type,
            "name": self.name,
            "action": self.action,
            "properties": [change.document() for change in self.properties],
            "options": list(self.options),
            "delete_first": self.delete_first,
            "effect": self.effect,
            "loss": self.loss,
            "stateful": self.stateful,
        }


@dataclass(frozen=True, slots=True)
class FileChange:
    """A rendered file that differs."""

    path: str
    action: Literal["create", "update", "delete"]
    diff: str
    """Unified diff; "" where a side's text is not known, only its digest."""

    def document(self) -> dict[str, Any]:
        """The JSON-able form."""
        return {"path": self.path, "action": self.action, "diff": self.diff}


@dataclass(frozen=True, slots=True)
class Changes:
    """Everything that differs between BASE and HEAD."""

    base: str
    """What BASE is, as the user named it."""
    resources: tuple[ResourceChange, ...]
    """All of them, `same` too: HEAD's in their order, then those that only BASE has."""
    files: tuple[FileChange, ...]
    """Only those that differ."""
    unchecked: tuple[str, ...]
    """What the comparison could not see, each a sentence."""
    allowed: tuple[str, ...] = ()
    """URNs that may be lost."""

    @property
    def counts(self) -> dict[Action, int]:
        """How many of each action, zeros left out."""
        return dict(Counter(change.action for change in self.resources))

    @property
    def changed(self) -> tuple[ResourceChange, ...]:
        """All but `same`; of those, what differs in options alone: the engine records that without an update."""
        return tuple(change for change in self.resources if change.action != "same" or change.options)

    @property
    def losses(self) -> tuple[ResourceChange, ...]:
        """Data that would be lost and that nobody allowed: each fails the command."""
        return tuple(change for change in self.resources if change.loss and change.urn not in self.allowed)

    @property
    def failures(self) -> tuple[ResourceChange, ...]:
        """Changes that the cloud would refuse."""
        return tuple(each for each in self.resources if any(change.forces == "fails" for change in each.properties))

    def document(self) -> dict[str, Any]:
        """The JSON-able form; `same` is counted, and listed only where options differ."""
        return {
            "base": self.base,
            "counts": self.counts,
            "resources": [change.document() for change in self.changed],
            "files": [change.document() for change in self.files],
            "losses": [change.urn for change in self.losses],
            "allowed": list(self.allowed),
            "unchecked": list(self.unchecked),
        }

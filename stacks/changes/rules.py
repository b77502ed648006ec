"""The conditions under which a changed input replaces its resource, or is refused; each by the name that tables use.

A rule that cannot tell, since a value is not in the preview, says `may-replace` where it could force a replacement.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from stacks.changes.properties import Path, is_known, parse, same

Outcome = Literal["no", "replace", "may-replace", "fails"]

_ARM: Final = re.compile(r"a1\.|mac2|[a-z]+[0-9]+[a-z0-9-]*g[a-z0-9-]*\.")
"""EC2 types with ARM processors: a `g` among the letters after the generation (Amazon EC2 User Guide, "Instance type
naming conventions"), the first generation `a1`, and `mac2`; read 2026-11-22."""


@dataclass(frozen=True, slots=True)
class Change:
    """One changed input and what its condition looks at."""

    before: Any
    after: Any
    old: Mapping[str, Any]
    new: Mapping[str, Any]
    given: Mapping[str, Any]
    """What the table says beside the rule: `flag`, the path of another input; `value`; `start` and `end`; `absent`."""

    @property
    def both(self) -> bool:
        """Whether the input is given on both sides."""
        return self.before is not None and self.after is not None

    @property
    def differs(self) -> bool:
        """Whether both sides give the input and give it another value; an unknown value counts as another."""
        return self.both and not (is_known(self.before) and is_known(self.after) and same(self.before, self.after))

    def flag(self, side: Mapping[str, Any]) -> Any:  # noqa: ANN401 - any JSON value
        """The value of the input that the table calls `flag`."""
        return lookup(side, parse(self.given["flag"]))


def lookup(value: Any, path: Path) -> Any:  # noqa: ANN401 - any JSON value
    """The part at a path; None where there is none; an unknown value is unknown in all its parts."""
    for segment in path:
        if not is_known(value):
            return value
        if isinstance(value, Mapping):
            value = value.get(segment)
        elif isinstance(value, Sequence) and not isinstance(value, str) and isinstance(segment, int):
            value = value[segment] if segment < len(value) else None
        else:
            return None
    return value


def _number(value: Any) -> float | None:  # noqa: ANN401 - any JSON value
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        return float(value)
    except ValueError:
        return None


def _version(value: Any) -> tuple[int, ...] | None:  # noqa: ANN401 - any JSON value
    """The numbers of a version, such as (16, 4) of `16.4` and (7, 2) of `REDIS_7_2`."""
    numbers = re.findall(r"\d+", value) if isinstance(value, str) else []
    return tuple(map(int, numbers)) or None


def _smaller(change: Change) -> bool | None:
    before, after = _number(change.before), _number(change.after)
    return None if before is None or after is None else after < before


def _lower(before: tuple[int, ...] | None, after: tuple[int, ...] | None) -> bool | None:
    """Compares as many numbers as both sides give: `7` is no downgrade of `7.1`."""
    if before is None or after is None:
        return None
    shared = min(len(before), len(after))
    return after[:shared] < before[:shared]


def _replaces(holds: bool | None, change: Change) -> Outcome:
    if holds is None:
        return "may-replace" if change.both else "no"
    return "replace" if holds else "no"


def _fails(holds: bool | None) -> Outcome:
    return "fails" if holds else "no"


def _smaller_without_flag(change: Change) -> Outcome:
    flag = change.flag(change.new)
    if flag is None or flag is True:
        return "no"
    return _replaces(_smaller(change) if flag is False else None, change)


def _architecture(change: Change) -> Outcome:
    sides = change.before, change.after
    if not all(isinstance(side, str) for side in sides):
        return _replaces(None, change)
    before, after = (_ARM.match(side) is not None for side in sides)
    return _replaces(before != after, change)


def _with_flag(change: Change) -> Outcome:
    flag = change.flag(change.new)
    return _replaces(None if not is_known(flag) else flag is True, change)


def _other_transition(change: Change) -> Outcome:
    start, end = change.given["start"], change.given["end"]
    allowed = change.after == end and (change.before == start or change.before is None)
    known = is_known(change.before) and is_known(change.after)
    return _replaces(not allowed if known else None, change)


def _below_version(change: Change) -> Outcome:
    return _replaces(_lower(_version(change.given["value"]), _version(change.flag(change.old))), change)


def _major_version(change: Change) -> Outcome:
    before, after = _version(change.before), _version(change.after)
    major = before is not None and after is not None and before[0] != after[0]
    return _fails(major and change.flag(change.new) is not True)


def _other_value(change: Change) -> Outcome:
    return "replace" if change.differs else "no" if change.both else change.given.get("absent", "no")


def _unless_same(change: Change) -> Outcome:
    old, new = change.flag(change.old), change.flag(change.new)
    return "no" if old is not None and is_known(old) and same(old, new) else "may-replace"


def _range_not_grown(change: Change) -> Outcome:
    try:
        before, after = (ipaddress.ip_network(str(side)) for side in (change.before, change.after))
    except ValueError:
        return _replaces(None, change)
    grown = before.version == after.version and (
        int(after.network_address) <= int(before.network_address)
        and int(after.broadcast_address) >= int(before.broadcast_address)
    )
    return _replaces(not grown, change)


RULES: Final[Mapping[str, Callable[[Change], Outcome]]] = {
    "fails": lambda _: "fails",
    "smaller-fails": lambda change: _fails(_smaller(change)),
    "smaller-replaces": lambda change: _replaces(_smaller(change), change),
    "smaller-without-flag-replaces": _smaller_without_flag,
    "removed-replaces": lambda change: _replaces(change.before is not None and change.after is None, change),
    "presence-replaces": lambda change: _replaces(not change.both, change),
    "architecture-replaces": _architecture,
    "with-flag-replaces": _with_flag,
    "without-flag-fails": lambda change: _fails(change.flag(change.new) in (None, False)),
    "version-down-fails": lambda change: _fails(_lower(_version(change.before), _version(change.after))),
    "version-down-replaces": lambda change: _replaces(_lower(_version(change.before), _version(change.after)), change),
    "major-version-fails": _major_version,
    "below-version-replaces": _below_version,
    "other-transition-replaces": _other_transition,
    "other-value-fails": lambda change: _fails(change.differs),
    "other-value-replaces": _other_value,
    "unless-same-replaces": _unless_same,
    "to-value-fails": lambda change: _fails(change.before is not None and change.after == change.given["value"]),
    "range-not-grown-replaces": _range_not_grown,
}
"""Name in the tables to the rule. `-replaces` and `-fails` say what it leads to where it holds."""

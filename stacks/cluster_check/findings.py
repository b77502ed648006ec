"""What the check says of one side of a cluster."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

Status = Literal["pass", "unchecked", "warn", "fail"]
"""`unchecked`: only a person can tell, from inside the cluster; the remedy says how. It never fails a check."""

ORDER: Sequence[Status] = ("pass", "unchecked", "warn", "fail")
_SHOWN = 4


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is not as the plan asks."""

    status: Status
    found: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Finding:
    """One side of a cluster, and how it stands."""

    id: str
    """Stable: CLUSTER-CAPACITY."""
    status: Status
    what: str
    """What the plan asks for."""
    found: str
    remedy: str
    """What to do, or to run; empty where it passes."""

    def document(self) -> dict[str, Any]:
        """For `--json`."""
        return asdict(self)


def finding(name: str, what: str, good: str, problems: Iterable[Problem]) -> Finding:
    """One finding of all problems, as bad as the worst; `good` is what is said when there are none."""
    listed = list(problems)
    if not listed:
        return Finding(name, "pass", what, good, "")
    status = worst(problem.status for problem in listed)
    remedies = dict.fromkeys(problem.remedy for problem in listed if problem.remedy)
    return Finding(name, status, what, "; ".join(problem.found for problem in listed), " ".join(remedies))


def worst(statuses: Iterable[Status]) -> Status:
    """The last of them in `ORDER`."""
    return ORDER[max(ORDER.index(status) for status in statuses)]


def some(names: Iterable[str]) -> str:
    """A few of many names, and how many more there are."""
    listed = list(names)
    more = f" and {len(listed) - _SHOWN} more" if len(listed) > _SHOWN else ""
    return f"{', '.join(listed[:_SHOWN])}{more}"


def unread(what: str, permission: str) -> Problem:
    """Whoever ran the check may not look."""
    return Problem("warn", f"{what} may not be read", f"Run the check as somebody who may {permission}.")

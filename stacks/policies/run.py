"""All policies, and what they find."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from stacks.policies import aws, compose, gcp, general, kubernetes, machine
from stacks.policies.exceptions import EXPIRED, UNUSED, check_known, waive
from stacks.policies.policy import Breach, Finding, Policy, Scope, Severity

if TYPE_CHECKING:
    from recommender.policy_exceptions import PolicyException

_PARTS: Final = (aws, gcp, kubernetes, compose, machine, general)

POLICIES: Final[tuple[Policy, ...]] = tuple(
    sorted((policy for part in _PARTS for policy in part.POLICIES), key=lambda policy: policy.id)
)
"""Sorted by id; ids are unique."""

RULES: Final[tuple[Policy, ...]] = (*POLICIES, EXPIRED, UNUSED)
"""Every policy that a finding can name: exceptions are judged too."""

_GRAVITY: Final[dict[Severity, int]] = {"error": 0, "warning": 1, "note": 2}
_WAIVED: Final = 3


def find(scope: Scope, exceptions: Sequence[PolicyException], today: datetime.date) -> tuple[Finding, ...]:
    """What breaks policies: errors, warnings, notes, and last what an exception accepts.

    Within each of these in the order of the policies, and then of the resources and the files.

    Args:
        scope: what is deployed.
        exceptions: the profile's.
        today: on which exceptions are valid or have expired.

    Raises:
        InputError: an exception names no policy.
    """
    check_known(exceptions, {policy.id for policy in POLICIES})
    places = {subject: place for place, subject in enumerate(_subjects(scope))}
    breaches: list[tuple[Policy, Breach]] = []
    for policy in POLICIES:
        found = sorted(policy.check(scope), key=lambda breach: places.get(breach.subject, len(places)))
        breaches += [(policy, breach) for breach in found]
    return tuple(sorted(waive(breaches, exceptions, today), key=_rank))


def _subjects(scope: Scope) -> list[str]:
    return [*(resource.urn for resource in scope.resources), *scope.files]


def _rank(finding: Finding) -> int:
    return _GRAVITY[finding.policy.severity] if finding.waived is None else _WAIVED

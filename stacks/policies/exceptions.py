"""Which breaches an organization accepts, for a while, and what becomes of exceptions that no longer fit."""

from __future__ import annotations

import datetime
from collections.abc import Collection, Iterator, Sequence
from typing import TYPE_CHECKING, Final

from recommender.errors import InputError, Problem
from stacks.policies.policy import Breach, Finding, Policy

if TYPE_CHECKING:
    from recommender.policy_exceptions import PolicyException

_FIELD: Final = "deployment.policy_exceptions"
_SOURCE: Final = "moorage, docs/preview.md, read 2026-11-22"


def _judged_here(_scope: object) -> tuple[Breach, ...]:
    """Exceptions are no part of what is deployed, so nothing in a scope tells of them."""
    return ()


EXPIRED: Final = Policy(
    "EXCEPTION-EXPIRED",
    "error",
    "Exceptions of policies are within their time",
    "An exception without an end is a new rule that nobody decided on.",
    f"Mend what breaks the policy, or decide anew and set `until` in `{_FIELD}`.",
    _SOURCE,
    _judged_here,
)
UNUSED: Final = Policy(
    "EXCEPTION-UNUSED",
    "note",
    "Exceptions of policies are needed",
    "An exception that nothing needs would silently accept the next breach.",
    f"Remove it from `{_FIELD}`.",
    _SOURCE,
    _judged_here,
)


def check_known(exceptions: Sequence[PolicyException], known: Collection[str]) -> None:
    """Refuses exceptions of policies that do not exist.

    Raises:
        InputError: with one problem for each of them.
    """
    problems = [
        Problem(
            f"{_FIELD}[{place}].policy",
            f'"{given.policy}"',
            _nearest(given.policy, known),
            "Name the policy by its id.",
        )
        for place, given in enumerate(exceptions)
        if given.policy not in known
    ]
    if problems:
        raise InputError(problems)


def _nearest(policy: str, known: Collection[str]) -> str:
    import difflib  # only a mistake needs it

    close = difflib.get_close_matches(policy, sorted(known), n=3, cutoff=0.5)
    return f"the id of a policy, such as {', '.join(close) or min(known)}"


def logical_name(subject: str) -> str | None:
    """The logical name in a URN; None: it is none."""
    parts = subject.split("::", 3)
    return parts[3] if len(parts) == 4 and subject.startswith("urn:") else None


def _covers(exception: PolicyException, policy: Policy, breach: Breach) -> bool:
    return exception.policy == policy.id and (
        exception.resource is None or exception.resource in (breach.subject, logical_name(breach.subject))
    )


def waive(
    found: Sequence[tuple[Policy, Breach]], exceptions: Sequence[PolicyException], today: datetime.date
) -> Iterator[Finding]:
    """Every breach as a finding, waived where an exception accepts it, and then what is wrong with exceptions.

    Args:
        found: the breaches.
        exceptions: the profile's, in its order; the first that covers a breach and has not expired waives it.
        today: the last day of an exception is still within its time.
    """
    valid = [exception for exception in exceptions if today <= exception.last_day]
    for policy, breach in found:
        accepted = next((exception for exception in valid if _covers(exception, policy, breach)), None)
        yield Finding(policy, breach, f"{accepted.reason} (until {accepted.until})" if accepted else None)
    for place, exception in enumerate(exceptions):
        subject, about = f"{_FIELD}[{place}]", _words(exception)
        if exception not in valid:
            yield Finding(EXPIRED, Breach(subject, f"The exception of {about} ended on {exception.until}."))
        elif not any(_covers(exception, policy, breach) for policy, breach in found):
            yield Finding(UNUSED, Breach(subject, f"Nothing breaks {about}."))


def _words(exception: PolicyException) -> str:
    return f"{exception.policy} for {exception.resource}" if exception.resource else exception.policy

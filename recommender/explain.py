"""Flip points: each smallest change of one answer that changes the recommendation, and to what.

Every answer is moved to the nearest value on the other side of each of its cut points, and the profile is decided
again. Nothing is derived from the rules' texts, so a flip is true by construction.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from recommender.answers import (
    BUSINESS_CODE_GB,
    BUSINESS_EXECUTORS,
    CLOUD_EXECUTORS,
    CLOUD_LOCALES,
    HELD_CERTIFICATIONS,
    SINGLE_NODE_REPOSITORIES,
    SINGLE_NODE_USERS,
    STANDARD_CODE_HOSTS,
    SUNSET_VERSION,
)
from recommender.decision import Outcome
from recommender.model import at
from recommender.profile import CodeHost, Profile
from recommender.recommend import recommend
from recommender.versions import version_key


@dataclass(frozen=True, slots=True)
class Change:
    """One answer moved across one cut point."""

    field: str
    given: str
    changed: str
    """In words, because a cut point is a bound and not a single value."""
    profile: Profile


@dataclass(frozen=True, slots=True)
class Flip:
    """A change of one answer that changes the recommendation."""

    field: str
    given: str
    changed: str
    becomes: Outcome

    def document(self) -> dict[str, Any]:
        """The JSON form."""
        return {"field": self.field, "from": self.given, "to": self.changed, "becomes": self.becomes._asdict()}


def flips(profile: Profile) -> list[Flip]:
    """Every flip point of the answers that are given, in the order of the profile."""
    now = recommend(profile).outcome
    found: list[Flip] = []
    for change in changes(profile):
        becomes = recommend(change.profile).outcome
        known = any(flip.field == change.field and flip.becomes == becomes for flip in found)
        if becomes != now and not known:
            found.append(Flip(change.field, change.given, change.changed, becomes))
    return found


def changes(profile: Profile) -> Iterator[Change]:
    """Each answer moved to the nearest value beyond each of its cut points, the nearest first."""
    yield from _switch(profile, "urgent")
    yield from _pin(profile)
    yield from _users(profile)
    yield from _number(profile, "scale.repositories", (SINGLE_NODE_REPOSITORIES,))
    yield from _number(profile, "scale.code_gb", (BUSINESS_CODE_GB,), whole=False)
    yield from _code_hosts(profile)
    yield from _certifications(profile)
    for field in ("cloud.accepts_admin_access", "cloud.accepts_audit_logging"):
        yield from _switch(profile, field)
    yield from _words(profile, "cloud.blockers", "a blocker")
    yield from _switch(profile, "cloud.in_development")
    yield from _locale(profile)
    yield from _switch(profile, "cloud.waits_for_locale")
    yield from _words(profile, "cloud.needs", "a need", "priority-sla")
    yield from _number(profile, "cloud.executors", (BUSINESS_EXECUTORS, CLOUD_EXECUTORS))
    yield from _provider(profile)
    for field in ("requires_cluster", "single_machine_issues", "own_base_image"):
        yield from _switch(profile, f"hosting.{field}")
    for field in ("machine_image", "install_script", "kubernetes", "docker_compose"):
        yield from _words(profile, f"hosting.restrictions.{field}", "a restriction")
    for field in ("evaluated", "prioritized", "contextual_need"):
        yield from _switch(profile, f"implementation.{field}")


def _with(model: Any, field: str, value: object) -> Any:  # noqa: ANN401 - any section of the profile
    first, _, rest = field.partition(".")
    return model.model_copy(update={first: _with(getattr(model, first), rest, value) if rest else value})


def _change(profile: Profile, field: str, value: object, changed: str, given: str | None = None) -> Change:
    path = field.replace("_", "-") if "restrictions" in field else field  # as the profile spells it
    now = _shown(at(profile, field)) if given is None else given
    return Change(path, now, changed, _with(profile, field, value))


def _shown(value: object) -> str:
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (int, float)):
        return f"{value:,g}" if isinstance(value, float) else f"{value:,}"
    return str(value)


def _switch(profile: Profile, field: str) -> Iterator[Change]:
    value = at(profile, field)
    if value is not None:
        yield _change(profile, field, not value, _shown(not value))


def _number(profile: Profile, field: str, limits: Sequence[int], *, whole: bool = True) -> Iterator[Change]:
    value = at(profile, field)
    if value is None:
        return
    for limit in sorted(limits, key=lambda limit: abs(limit - value)):
        if value > limit:
            yield _change(profile, field, limit, f"{limit:,} or fewer" if whole else f"{limit:,} or less")
        else:
            above = limit + 1 if whole else limit * (1 + 1e-9)
            yield _change(profile, field, above, f"{above:,} or more" if whole else f"more than {limit:,}")


def _users(profile: Profile) -> Iterator[Change]:
    users, initial = profile.scale.users, profile.scale.initial_users
    for change in _number(profile, "scale.users", (SINGLE_NODE_USERS,)):
        if initial is None or initial <= (change.profile.scale.users or 0):
            yield change
    if initial is not None:
        for change in _number(profile, "scale.initial_users", (SINGLE_NODE_USERS,)):
            if users is None or (change.profile.scale.initial_users or 0) <= users:
                yield change
        yield _change(profile, "scale.initial_users", None, "none: no first phase")
    elif users is not None and users > SINGLE_NODE_USERS:
        yield _change(profile, "scale.initial_users", SINGLE_NODE_USERS, f"{SINGLE_NODE_USERS:,} or fewer")


def _pin(profile: Profile) -> Iterator[Change]:
    pin = profile.sourcegraph_version
    if pin is not None and version_key(pin) >= SUNSET_VERSION:
        yield _change(profile, "sourcegraph_version", None, "none, or older than 7.0.0")
    else:
        yield _change(profile, "sourcegraph_version", "7.0.0", "7.0.0 or newer")


def _certifications(profile: Profile) -> Iterator[Change]:
    names = profile.cloud.certifications
    if names is None:
        return
    held = [name for name in names if name in HELD_CERTIFICATIONS]
    given = ", ".join(names) or "none"
    if len(held) < len(names):
        yield _change(profile, "cloud.certifications", held, "only what Sourcegraph holds (SOC 2)", given)
    else:
        yield _change(
            profile, "cloud.certifications", [*held, "fedramp"], "one it does not hold, such as fedramp", given
        )


def _words(profile: Profile, field: str, noun: str, example: str = "…") -> Iterator[Change]:
    items = at(profile, field)
    if items is None:
        return
    if items:
        yield _change(profile, field, [], "none", f"{len(items)}")
    else:
        yield _change(profile, field, [example], noun, "none")


def _locale(profile: Profile) -> Iterator[Change]:
    locale = profile.cloud.locale
    if locale is None:
        return
    if locale.lower() in (*CLOUD_LOCALES, "any"):
        yield _change(profile, "cloud.locale", "elsewhere", "one that is not offered")
    else:
        yield _change(profile, "cloud.locale", "any", "any, or one that is offered")


def _provider(profile: Profile) -> Iterator[Change]:
    provider = profile.hosting.provider
    if provider is None:
        return
    if provider in ("aws", "gcp"):
        yield _change(profile, "hosting.provider", "other", "another than AWS and GCP")
    else:
        yield _change(profile, "hosting.provider", "aws", "AWS or GCP")


def _code_hosts(profile: Profile) -> Iterator[Change]:
    """One answer: the list. It can gain a host, or every host in it that stands in the way can change."""
    hosts = profile.code_hosts
    if hosts is None:
        return
    given = ", ".join(f"{host.kind or '?'} ({host.reachable or '?'})" for host in hosts[:3])
    given += f" and {len(hosts) - 3} more" if len(hosts) > 3 else ""
    private = [host for host in hosts if host.reachable == "private"]
    nonstandard = [host for host in hosts if host.kind is not None and host.kind not in STANDARD_CODE_HOSTS]

    def replaced(update: Callable[[CodeHost], CodeHost], changed: str) -> Change:
        return _change(profile, "code_hosts", [update(host) for host in hosts], changed, given)

    if private:
        yield replaced(
            lambda host: _with(host, "reachable", "allowlist") if host in private else host, "none of them private"
        )
    else:
        added = CodeHost(kind="github.com", reachable="private")
        yield _change(profile, "code_hosts", [*hosts, added], "one more that is private", given)
    if nonstandard:
        yield replaced(
            lambda host: _with(host, "kind", "github.com") if host in nonstandard else host, "standard cloud hosts only"
        )
    else:
        added = CodeHost(kind="gerrit", reachable="public")
        yield _change(profile, "code_hosts", [*hosts, added], "one more that is not a standard cloud host", given)

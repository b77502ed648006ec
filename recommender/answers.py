"""What a profile's answers amount to at the cut points of the decision.

The decision reads nothing else, so two profiles with the same `Answers` get the same recommendation, and the cells of
the decision are exactly the values of this tuple. A `None` is a question that is still open.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from recommender.versions import version_key

if TYPE_CHECKING:
    from recommender.profile import Profile

SINGLE_NODE_USERS = 20_000
SINGLE_NODE_REPOSITORIES = 200_000
BUSINESS_CODE_GB = 75
BUSINESS_EXECUTORS = 2
CLOUD_EXECUTORS = 4
SUNSET_VERSION = (7, 0, 0)
HELD_CERTIFICATIONS = frozenset({"soc2"})
STANDARD_CODE_HOSTS = frozenset({"github.com", "gitlab.com", "bitbucket.org"})
CLOUD_LOCALES = (
    "us-central1",
    "europe-west2",
    "europe-west3",
    "asia-northeast1",
    "australia-southeast1",
    "me-central2",
)
"""Hosting locales of Sourcegraph Cloud: handbook (archived 2024-06-25) cloud/technical-docs/multi-region, and
me-central2 from sourcegraph/docs@3499c087 (2026-08-21). Read 2026-11-22."""

_LOCALES_THAT_DO = frozenset({*CLOUD_LOCALES, "any"})


class Answers(NamedTuple):
    """One answer a question of the decision. True speaks against, or for the dearer plan; None is unanswered."""

    certification: bool | None
    """A certification is required that Sourcegraph does not hold."""
    admin_access: bool | None
    """Access by Sourcegraph's administrators is not accepted."""
    audit_logging: bool | None
    """Cloud's audit logging is not accepted."""
    blocker: bool | None
    """Another organizational blocker exists."""
    executors: int | None
    """0: at most 2; 1: 3 or 4; 2: more than 4."""
    locale: bool | None
    """A hosting locale is required that is not offered."""
    locale_refused: bool | None
    """Would not wait for a new locale."""
    private_host: bool | None
    """A code host cannot be reached from the internet."""
    nonstandard_host: bool | None
    """A code host is not one of the three standard cloud ones."""
    code_size: bool | None
    """More than 75 GB of hosted code."""
    needs: bool | None
    """Something is needed that only the Enterprise plan offers."""
    users: bool | None
    """More than 20,000 users."""
    initial_users: bool
    """More than 20,000 users in the first phase; False where there is no first phase."""
    repositories: bool | None
    """More than 200,000 repositories."""
    cluster: bool | None
    """A cluster is required."""
    single_machine_issues: bool | None
    """Had issues on a single machine."""
    other_provider: bool | None
    """The provider is neither AWS nor GCP."""
    own_base_image: bool | None
    """Must use its own base image."""
    image_restricted: bool | None
    script_restricted: bool | None
    kubernetes_restricted: bool | None
    compose_restricted: bool | None
    evaluated: bool | None
    prioritized: bool | None
    contextual_need: bool | None
    in_development: bool
    urgent: bool
    phased: bool
    """`initial_users` is given."""
    sunset_pin: bool
    """Pinned to 7.0.0 or newer."""


def answers_of(profile: Profile) -> Answers:
    """Reads a profile once. Pure; takes a few microseconds."""
    scale, cloud, hosting, implementation = profile.scale, profile.cloud, profile.hosting, profile.implementation
    restrictions = hosting.restrictions
    hosts = profile.code_hosts
    return Answers(
        certification=None
        if cloud.certifications is None
        else not HELD_CERTIFICATIONS.issuperset(cloud.certifications),
        admin_access=_not(cloud.accepts_admin_access),
        audit_logging=_not(cloud.accepts_audit_logging),
        blocker=_filled(cloud.blockers),
        executors=_executors(cloud.executors),
        locale=None if cloud.locale is None else cloud.locale.lower() not in _LOCALES_THAT_DO,
        locale_refused=_not(cloud.waits_for_locale),
        private_host=None if hosts is None else _any([_PRIVATE[host.reachable] for host in hosts]),
        nonstandard_host=None
        if hosts is None
        else _any([None if host.kind is None else host.kind not in STANDARD_CODE_HOSTS for host in hosts]),
        code_size=_above(scale.code_gb, BUSINESS_CODE_GB),
        needs=_filled(cloud.needs),
        users=_users(scale.users, scale.initial_users),
        initial_users=scale.initial_users is not None and scale.initial_users > SINGLE_NODE_USERS,
        repositories=_above(scale.repositories, SINGLE_NODE_REPOSITORIES),
        cluster=hosting.requires_cluster,
        single_machine_issues=hosting.single_machine_issues,
        other_provider=None if hosting.provider is None else hosting.provider not in ("aws", "gcp"),
        own_base_image=hosting.own_base_image,
        image_restricted=_filled(restrictions.machine_image),
        script_restricted=_filled(restrictions.install_script),
        kubernetes_restricted=_filled(restrictions.kubernetes),
        compose_restricted=_filled(restrictions.docker_compose),
        evaluated=implementation.evaluated,
        prioritized=implementation.prioritized,
        contextual_need=implementation.contextual_need,
        in_development=cloud.in_development,
        urgent=profile.urgent,
        phased=scale.initial_users is not None,
        sunset_pin=profile.sourcegraph_version is not None
        and version_key(profile.sourcegraph_version) >= SUNSET_VERSION,
    )


_PRIVATE: dict[str | None, bool | None] = {None: None, "public": False, "allowlist": False, "private": True}


def _any(values: list[bool | None]) -> bool | None:
    """Kleene's or: one True decides, one unknown leaves it open."""
    return True if True in values else None if None in values else False


def _not(value: bool | None) -> bool | None:
    return None if value is None else not value


def _filled(items: Sequence[str] | None) -> bool | None:
    return None if items is None else bool(items)


def _above(value: float | None, limit: int) -> bool | None:
    return None if value is None else value > limit


def _users(users: int | None, initial: int | None) -> bool | None:
    """A first phase above the limit settles the whole: there can be no fewer users than in it."""
    if users is None:
        return True if initial is not None and initial > SINGLE_NODE_USERS else None
    return users > SINGLE_NODE_USERS


def _executors(executors: int | None) -> int | None:
    if executors is None:
        return None
    return 0 if executors <= BUSINESS_EXECUTORS else 1 if executors <= CLOUD_EXECUTORS else 2

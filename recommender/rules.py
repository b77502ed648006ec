"""The rules: each row says which targets it rules out, when, why in the profile's own values, and by which source.

A row never chooses. The most preferred target that no row rules out is recommended (`recommender.decision`), so rows
may overlap and their order carries no meaning but that of the explanation.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import TYPE_CHECKING, Literal, NamedTuple

from recommender.answers import (
    CLOUD_EXECUTORS,
    CLOUD_LOCALES,
    HELD_CERTIFICATIONS,
    SINGLE_NODE_REPOSITORIES,
    SINGLE_NODE_USERS,
    Answers,
)

if TYPE_CHECKING:
    from recommender.profile import Profile

Target = Literal["cloud", "machine-image", "install-script", "kubernetes", "docker-compose", "exception"]
SINGLE_NODE: tuple[Target, ...] = ("machine-image", "install-script", "docker-compose")


class Source(NamedTuple):
    """A document and the heading in it that a rule restates."""

    document: str
    heading: str

    def __str__(self) -> str:
        return f"{self.document}: {self.heading}"


@dataclass(frozen=True, slots=True)
class Rule:
    """A reason why targets are ruled out."""

    id: str
    targets: tuple[Target, ...]
    answers: tuple[str, ...]
    """The fields of `Answers` that `holds` reads."""
    holds: Callable[[Answers], bool | None]
    """True: ruled out. None: a question that is open could still rule it out."""
    because: Callable[[Profile], str]
    source: Source


_STRATEGIES = "Implementation Strategies and Recommendations (handbook, archived 2024-06-25)"
_QUALIFIES = Source(_STRATEGIES, "Does the account qualify for a Cloud Instance?")
_LOCALE = Source(_STRATEGIES, "Is there a requirement for a currently unsupported hosting locale or code host?")
_EXECUTORS = Source(_STRATEGIES, "Does the account require priority SLAs, … additional executors, …?")
_SCALE = Source(_STRATEGIES, "Does the organization have more than 20k users or 200k repos?")
_CLUSTER = Source(_STRATEGIES, "Is there an organizational requirement for a cluster deployment?")
_IMAGE = Source(_STRATEGIES, "Will a Sourcegraph Machine Image instance work for the account?")
_OWN_BASE = Source(_STRATEGIES, "Is there an organizational requirement to use their own base Machine Image …?")
_RECOMMENDATIONS = Source(_STRATEGIES, "Deployment Recommendations")
_IMAGE_SUNSET = Source(
    "sourcegraph/docs@3499c087 docs/self-hosted/deploy/machine-images/index.mdx (2026-08-21)", "Deprecation notice"
)
_SCRIPT_SUNSET = Source(
    "sourcegraph/docs@3499c087 docs/self-hosted/deploy/single-node/script.mdx (2026-08-21)", "Deprecation notice"
)


def _unless_developed(answer: str) -> Callable[[Answers], bool | None]:
    """What the Cloud team has agreed to build is waited for, and rules nothing out."""
    given = attrgetter(answer)
    return lambda answers: False if answers.in_development else given(answers)


def _too_many_executors(answers: Answers) -> bool | None:
    if answers.in_development:
        return False
    return None if answers.executors is None else answers.executors == 2


def _locale_refused(answers: Answers) -> bool | None:
    """A missing locale rules Cloud out only where the organization would not wait for it."""
    both = (answers.locale, answers.locale_refused)
    return False if False in both else None if None in both else True


def _words(items: Sequence[str] | None) -> str:
    return "; ".join(items or ())


def _because_certification(profile: Profile) -> str:
    missing = sorted(set(profile.cloud.certifications or ()) - HELD_CERTIFICATIONS)
    return f"Sourcegraph does not hold {', '.join(missing)}, which is required; it holds SOC 2."


def _because_host(profile: Profile) -> str:
    kinds = [host.kind or "a code host" for host in profile.code_hosts or () if host.reachable == "private"]
    return f"{', '.join(dict.fromkeys(kinds))} cannot be reached from the internet, and Cloud must connect to it."


def _because_users(profile: Profile) -> str:
    users = profile.scale.users or profile.scale.initial_users or 0
    return f"{users:,} users; the limit of a single machine is {SINGLE_NODE_USERS:,}."


def _because_repositories(profile: Profile) -> str:
    repositories = profile.scale.repositories or 0
    return f"{repositories:,} repositories; the limit of a single machine is {SINGLE_NODE_REPOSITORIES:,}."


def _because_pin(profile: Profile) -> str:
    return f"Pinned to {profile.sourcegraph_version}; this way of running ended with 6.12.5040, before 7.0.0."


def _restricted(rule: str, target: Target, answer: str, words: Callable[[Profile], Sequence[str] | None]) -> Rule:
    return Rule(
        rule,
        (target,),
        (answer,),
        attrgetter(answer),
        lambda profile: f"Restricted by the organization: {_words(words(profile))}.",
        _RECOMMENDATIONS if target != "machine-image" else _IMAGE,
    )


RULES: tuple[Rule, ...] = (
    Rule(
        "CLOUD-CERTIFICATION",
        ("cloud",),
        ("certification", "in_development"),
        _unless_developed("certification"),
        _because_certification,
        _QUALIFIES,
    ),
    Rule(
        "CLOUD-ADMIN-ACCESS",
        ("cloud",),
        ("admin_access", "in_development"),
        _unless_developed("admin_access"),
        lambda _: "Access by Sourcegraph's administrators is not accepted.",
        _QUALIFIES,
    ),
    Rule(
        "CLOUD-AUDIT-LOG",
        ("cloud",),
        ("audit_logging", "in_development"),
        _unless_developed("audit_logging"),
        lambda _: "Cloud's audit logging is not accepted.",
        _QUALIFIES,
    ),
    Rule(
        "CLOUD-BLOCKER",
        ("cloud",),
        ("blocker", "in_development"),
        _unless_developed("blocker"),
        lambda profile: f"Blocked by the organization: {_words(profile.cloud.blockers)}.",
        _QUALIFIES,
    ),
    Rule(
        "CLOUD-EXECUTORS",
        ("cloud",),
        ("executors", "in_development"),
        _too_many_executors,
        lambda profile: f"{profile.cloud.executors:,} executors; Cloud has at most {CLOUD_EXECUTORS}.",
        _EXECUTORS,
    ),
    Rule(
        "CLOUD-LOCALE",
        ("cloud",),
        ("locale", "locale_refused"),
        _locale_refused,
        lambda profile: (
            f"Hosting in {profile.cloud.locale} is required and not offered ({', '.join(CLOUD_LOCALES)} are), "
            "and the organization will not wait about a month for it."
        ),
        _LOCALE,
    ),
    Rule("CLOUD-CODE-HOST", ("cloud",), ("private_host",), attrgetter("private_host"), _because_host, _LOCALE),
    Rule("SINGLE-USERS", SINGLE_NODE, ("users",), attrgetter("users"), _because_users, _SCALE),
    Rule(
        "SINGLE-REPOSITORIES",
        SINGLE_NODE,
        ("repositories",),
        attrgetter("repositories"),
        _because_repositories,
        _SCALE,
    ),
    Rule(
        "SINGLE-CLUSTER",
        SINGLE_NODE,
        ("cluster",),
        attrgetter("cluster"),
        lambda _: "The organization requires a cluster.",
        _CLUSTER,
    ),
    Rule(
        "SINGLE-ISSUES",
        SINGLE_NODE,
        ("single_machine_issues",),
        attrgetter("single_machine_issues"),
        lambda _: "The organization had technical or scaling issues on a single machine.",
        _IMAGE,
    ),
    Rule(
        "IMAGE-PROVIDER",
        ("machine-image",),
        ("other_provider",),
        attrgetter("other_provider"),
        lambda profile: f"The provider is {profile.hosting.provider}; machine images exist for AWS and GCP only.",
        _IMAGE,
    ),
    Rule(
        "IMAGE-OWN-BASE",
        ("machine-image",),
        ("own_base_image",),
        attrgetter("own_base_image"),
        lambda _: "The organization must use its own base image.",
        _OWN_BASE,
    ),
    _restricted(
        "IMAGE-RESTRICTED", "machine-image", "image_restricted", lambda p: p.hosting.restrictions.machine_image
    ),
    _restricted(
        "SCRIPT-RESTRICTED", "install-script", "script_restricted", lambda p: p.hosting.restrictions.install_script
    ),
    _restricted(
        "KUBERNETES-RESTRICTED", "kubernetes", "kubernetes_restricted", lambda p: p.hosting.restrictions.kubernetes
    ),
    _restricted(
        "COMPOSE-RESTRICTED", "docker-compose", "compose_restricted", lambda p: p.hosting.restrictions.docker_compose
    ),
    Rule("IMAGE-SUNSET", ("machine-image",), ("sunset_pin",), attrgetter("sunset_pin"), _because_pin, _IMAGE_SUNSET),
    Rule("SCRIPT-SUNSET", ("install-script",), ("sunset_pin",), attrgetter("sunset_pin"), _because_pin, _SCRIPT_SUNSET),
)
"""Every rule of the decision, in the order in which people read them."""

CITED: dict[str, str] = {rule.id: str(rule.source) for rule in RULES}
"""The source of each rule, as it is printed."""

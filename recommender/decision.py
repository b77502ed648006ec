"""The decision: answers in, none of them open, and the outcome out.

Cloud and self-hosting read different answers, so each side is decided by itself and the two are combined at the end.
`recommender.possibilities` builds on that for answers that are still open.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

from recommender.answers import Answers
from recommender.rules import RULES, Rule, Target

Strategy = Literal[
    "cloud", "ce-owned", "jointly-deployed", "self-hosted-into-jointly-deployed", "self-hosted-into-cloud"
]
CloudPlan = Literal["business", "enterprise"]
CloudState = Literal["available", "pending", "ruled out"]

TARGETS: tuple[Target, ...] = (
    "cloud",
    "machine-image",
    "install-script",
    "kubernetes",
    "docker-compose",
    "exception",
)


class Outcome(NamedTuple):
    """What is recommended."""

    target: Target
    then: Target | None
    strategy: Strategy | None
    plan: CloudPlan | None


class CloudSide(NamedTuple):
    """All that the rest of the decision needs to know about Cloud."""

    state: CloudState
    plan: CloudPlan


class HostedSide(NamedTuple):
    """All that the rest of the decision needs to know about self-hosting."""

    best: Target
    """For all users."""
    first: Target
    """For the users of the first phase; `best` where there is none."""
    kubernetes: Strategy
    """Who would own a Kubernetes deployment."""


CLOUD_RULES: tuple[Rule, ...] = tuple(rule for rule in RULES if rule.targets == ("cloud",))
HOSTED_RULES: tuple[Rule, ...] = tuple(rule for rule in RULES if rule.targets != ("cloud",))
WAIVED = ("certification", "admin_access", "audit_logging", "blocker")


def decide(answers: Answers) -> Outcome:
    """The outcome of answers none of which is open."""
    return combine(cloud_side(answers), hosted_side(answers), answers.urgent, answers.phased)


def cloud_side(answers: Answers) -> CloudSide:
    """Whether Cloud qualifies, is waited for, or is out; and its plan."""
    enterprise = answers.code_size or answers.nonstandard_host or answers.needs or (answers.executors or 0) > 0
    plan: CloudPlan = "enterprise" if enterprise else "business"
    if any(rule.holds(answers) for rule in CLOUD_RULES):
        return CloudSide("ruled out", plan)
    return CloudSide("pending" if is_waited_for(answers) else "available", plan)


def is_waited_for(answers: Answers) -> bool:
    """Where no rule rules Cloud out: whether what would have is being waited for, development or a locale."""
    blocked = answers.certification or answers.admin_access or answers.audit_logging or answers.blocker
    return bool(blocked or answers.executors == 2 or answers.locale)


def hosted_side(answers: Answers) -> HostedSide:
    """The best self-hosted target for everybody and for the first phase."""
    best = _best_hosted(answers)
    first = _best_hosted(answers._replace(users=answers.initial_users)) if answers.phased else best
    unowned = answers.evaluated and not (answers.prioritized or answers.contextual_need)
    return HostedSide(best, first, "ce-owned" if unowned else "jointly-deployed")


def preference(answers: Answers) -> tuple[Target, ...]:
    """The targets, the most preferred first.

    The install script stands third only where it is indicated (own base image, or a provider other than AWS and GCP).
    While that is open it keeps the third place, because every completion that reaches it can also be one that does.
    """
    if answers.other_provider is False and answers.own_base_image is False:
        return ("cloud", "machine-image", "kubernetes", "install-script", "docker-compose", "exception")
    return TARGETS


def combine(cloud: CloudSide, hosted: HostedSide, urgent: bool, phased: bool) -> Outcome:
    """The outcome of the two sides. `phased`: the number of users of a first phase is given."""
    if cloud.state == "available" or (cloud.state == "pending" and not urgent):
        return Outcome("cloud", None, "cloud", cloud.plan)
    if cloud.state == "pending":
        if hosted.first == "exception":  # nothing can bridge the wait
            return Outcome("cloud", None, "cloud", cloud.plan)
        return Outcome(hosted.first, "cloud", "self-hosted-into-cloud", cloud.plan)
    if hosted.best == "exception":
        return Outcome("exception", None, None, None)
    if hosted.best != "kubernetes":
        return Outcome(hosted.best, None, "ce-owned", None)
    if urgent and phased and hosted.first in ("machine-image", "install-script"):
        return Outcome(hosted.first, "kubernetes", "self-hosted-into-jointly-deployed", None)
    return Outcome("kubernetes", None, hosted.kubernetes, None)


def _best_hosted(answers: Answers) -> Target:
    ruled_out = {target for rule in HOSTED_RULES if rule.holds(answers) for target in rule.targets}
    return next(target for target in preference(answers)[1:] if target not in ruled_out)

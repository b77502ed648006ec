"""The questions of the decision, in the words in which a customer is asked, by the answer that they settle."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from recommender.profile import Profile


class Question(NamedTuple):
    """A field of the profile that is unanswered and can still change the recommendation."""

    field: str
    question: str


_HOST_REACHABLE = "Can the code host be reached from the internet by everyone, from an allowlist, or not at all?"
_HOST_KIND = "Which kind is the code host?"

_QUESTIONS: dict[str, Question] = {
    "certification": Question(
        "cloud.certifications", "Which certifications must Sourcegraph hold? (it holds SOC 2; [] when none)"
    ),
    "admin_access": Question(
        "cloud.accepts_admin_access", "Is access by Sourcegraph's administrators to the instance acceptable?"
    ),
    "audit_logging": Question("cloud.accepts_audit_logging", "Will Cloud's audit logging be acceptable?"),
    "blocker": Question("cloud.blockers", "Does any other organizational blocker to Cloud exist? ([] when none)"),
    "executors": Question(
        "cloud.executors", "How many executors are needed? (Business has 2, Enterprise 4; 0 when none)"
    ),
    "locale": Question("cloud.locale", "Which hosting locale is required? (any, when it does not matter)"),
    "locale_refused": Question(
        "cloud.waits_for_locale", "Would the organization wait about a month for a hosting locale not offered yet?"
    ),
    "private_host": Question("code_hosts", "Which code hosts are there, and who can reach them from the internet?"),
    "nonstandard_host": Question("code_hosts", "Which code hosts are there, and who can reach them from the internet?"),
    "code_size": Question("scale.code_gb", "How much hosted code is there, in GB? (75 GB is the limit of Business)"),
    "needs": Question(
        "cloud.needs", "Is a priority SLA, dedicated support or private instance access needed? ([] when none)"
    ),
    "users": Question("scale.users", "How many users will there be? (20,000 is the limit of a single machine)"),
    "repositories": Question(
        "scale.repositories", "How many repositories are there? (200,000 is the limit of a single machine)"
    ),
    "cluster": Question("hosting.requires_cluster", "Does the organization require a cluster deployment?"),
    "single_machine_issues": Question(
        "hosting.single_machine_issues", "Were there technical or scaling issues on a single machine in the past?"
    ),
    "other_provider": Question(
        "hosting.provider", "Which provider would it run on? (machine images: AWS and GCP only)"
    ),
    "own_base_image": Question("hosting.own_base_image", "Must the organization use its own base machine image?"),
    "image_restricted": Question(
        "hosting.restrictions.machine-image", "Does anything else speak against a machine image? ([] when nothing)"
    ),
    "script_restricted": Question(
        "hosting.restrictions.install-script", "Does anything else speak against the install script? ([] when nothing)"
    ),
    "kubernetes_restricted": Question(
        "hosting.restrictions.kubernetes", "Does anything else speak against Kubernetes? ([] when nothing)"
    ),
    "compose_restricted": Question(
        "hosting.restrictions.docker-compose", "Does anything else speak against Docker Compose? ([] when nothing)"
    ),
    "evaluated": Question("implementation.evaluated", "Has the implementation team evaluated the account?"),
    "prioritized": Question(
        "implementation.prioritized", "Does the account take priority on the implementation backlog (size, ARR, TAM)?"
    ),
    "contextual_need": Question(
        "implementation.contextual_need",
        "Is there a contextual need for implementation services (expertise, unique requirements, strategic purpose)?",
    ),
}


def questions_for(decisive: Iterable[str], profile: Profile) -> tuple[Question, ...]:
    """The open fields behind open answers, each once, in the order given."""
    return tuple(dict.fromkeys(question for answer in decisive for question in _fields(answer, profile)))


def _fields(answer: str, profile: Profile) -> Iterator[Question]:
    if answer not in ("private_host", "nonstandard_host") or profile.code_hosts is None:
        yield _QUESTIONS[answer]
        return
    for index, host in enumerate(profile.code_hosts):
        if answer == "private_host" and host.reachable is None:
            yield Question(f"code_hosts[{index}].reachable", _HOST_REACHABLE)
        if answer == "nonstandard_host" and host.kind is None:
            yield Question(f"code_hosts[{index}].kind", _HOST_KIND)

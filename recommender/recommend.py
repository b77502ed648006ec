"""A profile in, a recommendation out: the answer, why, why not the others, what is open, what to do and whom to ask."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from recommender.answers import Answers, answers_of
from recommender.catalogue import Support, release, support
from recommender.decision import TARGETS, CloudPlan, Outcome, Strategy, is_waited_for
from recommender.guidance import OWNERS, Contact, Finding, contacts, exception_request, next_steps, notes
from recommender.possibilities import possibilities
from recommender.questions import Question, questions_for
from recommender.rules import CITED, RULES, Rule, Target

if TYPE_CHECKING:
    from recommender.profile import Profile


class Recommendation(NamedTuple):
    """How the organization should run Sourcegraph, with everything that speaks for it.

    While questions are open, `target` is the most preferred of `possible_targets`; `then`, `strategy` and `plan` are
    what every completion that reaches that target agrees on, and None where they do not agree.
    """

    name: str
    target: Target
    then: Target | None
    strategy: Strategy | None
    owners: tuple[str, ...]
    plan: CloudPlan | None
    provisional: bool
    possible_targets: tuple[Target, ...]
    open_questions: tuple[Question, ...]
    ruled_out: dict[Target, tuple[Finding, ...]]
    next_steps: tuple[str, ...]
    contacts: tuple[Contact, ...]
    sourcegraph_version: str | None
    support: Support | None
    notes: tuple[str, ...]

    @property
    def outcome(self) -> Outcome:
        """What is recommended, without its reasons."""
        return Outcome(self.target, self.then, self.strategy, self.plan)

    def document(self) -> dict[str, Any]:
        """The JSON form, with the keys of the contract in their order."""
        return {
            "name": self.name,
            "target": self.target,
            "then": self.then,
            "strategy": self.strategy,
            "owners": self.owners,
            "plan": self.plan,
            "provisional": self.provisional,
            "possible_targets": self.possible_targets,
            "open_questions": [{"field": q.field, "question": q.question} for q in self.open_questions],
            "ruled_out": {
                target: [{"rule": f.rule, "because": f.because, "source": f.source} for f in findings]
                for target, findings in self.ruled_out.items()
            },
            "next_steps": self.next_steps,
            "contacts": [{"who": contact.who, "about": contact.about} for contact in self.contacts],
            "sourcegraph_version": self.sourcegraph_version,
            "support": None if self.support is None else self.support.document(),
            "notes": self.notes,
        }


def recommend(profile: Profile) -> Recommendation:
    """Decides a profile. Pure: the same profile gives the same recommendation, on any machine, at any time."""
    answers = answers_of(profile)
    possible = possibilities(answers)
    outcome = _agreed(possible.targets[0], possible.outcomes)
    pending = outcome.then == "cloud" or (outcome.target == "cloud" and is_waited_for(answers))
    firing = _firing(_basis(answers, outcome))
    findings = {rule.id: Finding(rule.id, rule.because(profile), CITED[rule.id]) for rule in firing.rules}
    ruled_out: dict[Target, tuple[Finding, ...]] = {
        target: tuple([findings[rule] for rule in rules])
        for target, rules in firing.by_target
        if target not in possible.targets  # a first phase may reach what all users together rule out
    }
    steps = next_steps(outcome, answers.evaluated, pending, bool(profile.cloud.executors))
    if outcome.target == "exception":
        steps = (f"Send this to the exception process:\n{exception_request(profile, ruled_out)}",)
    return Recommendation(
        name=profile.name,
        target=outcome.target,
        then=outcome.then,
        strategy=outcome.strategy,
        owners=() if outcome.strategy is None else OWNERS[outcome.strategy],
        plan=outcome.plan,
        provisional=len(possible.outcomes) > 1,
        possible_targets=possible.targets,
        open_questions=questions_for(possible.decisive, profile) if possible.decisive else (),
        ruled_out=ruled_out,
        next_steps=steps,
        contacts=contacts(outcome),
        sourcegraph_version=release(outcome.target, profile.sourcegraph_version),
        support=support(outcome.target, profile.sourcegraph_version),
        notes=notes(outcome, profile, pending, _why_it_follows(answers, outcome, profile)),
    )


_Value = TypeVar("_Value")


def _agreed(target: Target, outcomes: frozenset[Outcome]) -> Outcome:
    if len(outcomes) == 1:
        return next(iter(outcomes))
    reached = [outcome for outcome in outcomes if outcome.target == target]
    thens: set[Target | None] = {outcome.then for outcome in reached}
    strategies: set[Strategy | None] = {outcome.strategy for outcome in reached}
    plans: set[CloudPlan | None] = {outcome.plan for outcome in reached}
    return Outcome(target, _one(thens), _one(strategies), _one(plans))


def _one(values: set[_Value]) -> _Value | None:
    return next(iter(values)) if len(values) == 1 else None


def _basis(answers: Answers, outcome: Outcome) -> Answers:
    """Into Cloud, the bridge only has to carry the users of the first phase, so the reasons are theirs."""
    into_cloud = outcome.strategy == "self-hosted-into-cloud" and answers.phased
    return answers._replace(users=answers.initial_users) if into_cloud else answers


def _why_it_follows(answers: Answers, outcome: Outcome, profile: Profile) -> tuple[str, ...]:
    """What rules the first target out for everybody, so that another must follow it."""
    if outcome.then is None:
        return ()
    return tuple(rule.because(profile) for rule in _firing(answers).rules if outcome.target in rule.targets)


class _Firing(NamedTuple):
    rules: tuple[Rule, ...]
    by_target: tuple[tuple[Target, tuple[str, ...]], ...]
    """Ids of the rules that rule a target out, in the order of preference."""


@lru_cache(maxsize=65_536)
def _firing(answers: Answers) -> _Firing:
    """The rules that hold."""
    rules = tuple([rule for rule in RULES if rule.holds(answers)])
    by_target: list[tuple[Target, tuple[str, ...]]] = [
        (target, tuple([rule.id for rule in rules if target in rule.targets])) for target in TARGETS
    ]
    return _Firing(rules, tuple([(target, ids) for target, ids in by_target if ids]))

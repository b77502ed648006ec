"""From a profile or a saved preview to its assessment: policies, cost, demand, and changes against a base."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from recommender.errors import MoorageError, Problem
from stacks.changes.compare import compare_all
from stacks.cost.of_preview import estimate
from stacks.demand.of_preview import demand
from stacks.policies.policy import Scope
from stacks.policies.run import find
from stacks.preview import Preview
from stacks.report.assessment import Assessment, OtherStage
from stacks.report.masking import masked, secrets_in, secrets_of

if TYPE_CHECKING:
    from recommender.profile import Profile
    from stacks.changes.change import Changes
    from stacks.changes.sources import Pair, Side
    from stacks.chart_preview.preview import Charts


@dataclass(frozen=True, slots=True)
class Judging:
    """What the assessment depends on beside the profile."""

    today: datetime.date
    """On which exceptions of policies are valid or have expired."""
    budget: float | None = None
    """USD a month."""
    allow_loss: tuple[str, ...] = ()
    """URNs of resources whose data may be lost."""
    user_values: Mapping[str, Any] | None = None
    """Kubernetes: Helm values of the customer's own."""
    charts: Charts | None = None
    """Kubernetes: the vendor's charts on this machine."""


@dataclass(frozen=True, slots=True)
class _Both:
    """The previews of one head and of what it is compared with."""

    pair: Pair
    head: Preview
    """As it is: what policies look at."""
    shown: Preview
    """Without secrets: what reports repeat."""
    base: Preview | None
    """Without secrets."""


def assess(pairs: Sequence[Pair], judging: Judging, *, compared: bool) -> list[Assessment]:
    """All that a report says of each head.

    Args:
        pairs: what is looked at, and what it is compared with.
        judging: what else decides.
        compared: whether a base was asked for; a pair without one then is compared with nothing at all.

    Raises:
        InputError: a profile lacks what its target needs, an exception names no policy, or `allow_loss` nothing that is
            lost.
        MoorageError: there is no target to stand up, or Helm fails.
    """
    found = [_previews(pair, judging, compared=compared) for pair in pairs]
    changes = compare_all(
        [(each.base, each.shown, each.pair.base_name) for each in found if each.base is not None], judging.allow_loss
    )
    told = iter(changes)
    return [_assessment(each, judging, next(told) if each.base is not None else None) for each in found]


def _previews(pair: Pair, judging: Judging, *, compared: bool) -> _Both:
    saved = [side.saved for side in (pair.base, pair.head) if side and side.saved]
    secrets = secrets_of(judging.user_values).union(*map(secrets_in, saved))
    head = _preview(pair.head, judging, judging.charts) if pair.head else None
    if not compared:
        assert head is not None
        return _Both(pair, head, masked(head, secrets), None)
    base = _preview(pair.base, judging, None) if pair.base else None
    known = head or base
    assert known is not None
    nothing = Preview(known.target, (), {}, ())
    head, base = head or nothing, base or nothing
    return _Both(pair, head, masked(head, secrets), masked(base, secrets))


def _preview(side: Side, judging: Judging, charts: Charts | None) -> Preview:
    if side.saved is not None:
        return side.saved
    assert side.profile is not None
    from stacks.preview_profile import preview_profile  # imports Pulumi

    return preview_profile(side.profile, judging.user_values, charts)


def _assessment(both: _Both, judging: Judging, changes: Changes | None) -> Assessment:
    side = both.pair.head or both.pair.base
    assert side is not None
    profile = side.profile if both.pair.head else None
    exceptions = profile.deployment.policy_exceptions if profile else ()
    return Assessment(
        name=side.name,
        stage=side.stage,
        preview=both.shown,
        reasons=_reasons(profile) if profile else (),
        findings=find(Scope.of(both.head, side.stage), exceptions, judging.today),
        cost=estimate(both.head),
        other_stage=_other_stage(profile, both.head.target, judging) if profile else None,
        budget=judging.budget,
        demand=demand(both.head),
        changes=changes,
        base_cost=estimate(both.base) if both.base is not None else None,
    )


def _reasons(profile: Profile) -> tuple[str, ...]:
    """Why the ways that are preferred to this one are ruled out."""
    from recommender.recommend import recommend  # two saved previews ask for no reasons

    return tuple(finding.because for found in recommend(profile).ruled_out.values() for finding in found)


def _other_stage(profile: Profile, target: str, judging: Judging) -> OtherStage | None:
    """What the same organization pays as a POC, or in production when this is not."""
    from stacks.preview_profile import preview_profile

    stage = "poc" if profile.stage == "production" else "production"
    if target == "cloud":
        return None
    try:
        preview = preview_profile(profile.model_copy(update={"stage": stage}), judging.user_values)
    except MoorageError as error:
        problems: Sequence[Problem] = getattr(error, "problems", ())
        why = f"{problems[0].where}: {problems[0].allowed}" if problems else str(error).splitlines()[0]
        return OtherStage(stage, None, f"cannot be planned from this profile ({why}).")
    if not preview.stacks:
        return None
    note = "" if preview.target == target else f"It would be {preview.target} then."
    return OtherStage(stage, estimate(preview).monthly, note)

"""What to do next and whom to ask: the process side of a recommendation.

From "Implementation Strategies and Recommendations" and the "Delivery strategy" (handbook, archived 2024-06-25), read
2026-11-22. Names of channels and teams are those of the documents and may have changed since.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from recommender.decision import Outcome, Strategy
from recommender.rules import Target

if TYPE_CHECKING:
    from recommender.profile import Profile

OWNERS: dict[Strategy, tuple[str, ...]] = {
    "cloud": ("Cloud", "CE"),
    "ce-owned": ("CE",),
    "jointly-deployed": ("CE", "IE", "TPM"),
    "self-hosted-into-jointly-deployed": ("CE", "TAM", "IE", "TPM"),
    "self-hosted-into-cloud": ("CE", "TAM", "Cloud"),
}

LABELS: dict[Target, str] = {
    "cloud": "Sourcegraph Cloud",
    "machine-image": "Machine image",
    "install-script": "Single-node install script",
    "kubernetes": "Kubernetes",
    "docker-compose": "Docker Compose",
    "exception": "No supported way: the exception process",
}


class Finding(NamedTuple):
    """A rule that rules a target out, in the profile's own values."""

    rule: str
    because: str
    source: str


class Contact(NamedTuple):
    """Whom to ask, and for what."""

    who: str
    about: str


_CLOUD = Contact("Cloud team", "qualification, certifications, audit logs, hosting locales, and what could be built")
_IMPLEMENTATION = Contact("Implementation team (#ask-implementation)", "evaluation, priority, joint deployment")
_DELIVERY = Contact("Delivery team", "limits of machine images and the install script, and alternatives")
_SUPPORT = Contact("Customer Support", "errors during a deployment, and migrations without a vendor page")

_REVERSAL = (
    "Changing the deployment method later means a complete redeployment and a database migration "
    "(sourcegraph/docs@3499c087 docs/self-hosted/deploy/index.mdx)."
)


@lru_cache(maxsize=4096)
def contacts(outcome: Outcome) -> tuple[Contact, ...]:
    """Whom an outcome needs, the owners' teams first."""
    targets = {outcome.target, outcome.then}
    if outcome.target == "exception":
        return (_DELIVERY, _CLOUD, _IMPLEMENTATION, _SUPPORT)
    chosen = [
        _CLOUD if "cloud" in targets else None,
        _IMPLEMENTATION if "kubernetes" in targets else None,
        _DELIVERY if targets & {"machine-image", "install-script", "docker-compose"} else None,
        _SUPPORT if targets - {"cloud", None} else None,
    ]
    return tuple(contact for contact in chosen if contact is not None)


@lru_cache(maxsize=4096)
def next_steps(outcome: Outcome, evaluated: bool | None, pending: bool, executors_wanted: bool) -> tuple[str, ...]:
    """What to do, in order.

    Args:
        outcome: what is recommended.
        evaluated: whether the implementation team has evaluated the account; None while unknown.
        pending: Cloud is waited for.
        executors_wanted: executors are needed.
    """
    steps: list[str] = []
    if outcome.target == "cloud" or outcome.then == "cloud":
        if pending:
            steps.append(
                "Agree with the Cloud team when what is missing will be ready; a new locale takes about a month."
            )
        if outcome.target == "cloud":
            steps.append("Submit a Managed Instance Request to the Cloud team.")
    if outcome.target in ("machine-image", "install-script"):
        steps.append("Decide on the route off this target now: it ends with 6.12.5040.")
    if outcome.target == "docker-compose":
        steps.append("Discuss this internally before you tell the customer: Docker Compose is the last resort.")
    if outcome.target == "kubernetes" and outcome.strategy == "jointly-deployed" and evaluated is not True:
        steps.append(
            "File the Implementation Request in #ask-implementation: customer, request type, deployment method, "
            "hosting provider, opportunity, technical design."
        )
    if outcome.target not in ("cloud", "exception"):
        steps.append("Preview what would be created: moorage preview FILE.")
        steps.append("Stand the production environment up, then hand the account over to the TA.")
    if executors_wanted and outcome.target not in ("cloud", "exception"):
        steps.append("Plan the executors' own machines: the vendor deploys them separately from the instance.")
    if outcome.then == "kubernetes":
        steps.append(
            "Near its limits, the TA engages the implementation team for a jointly deployed Kubernetes instance."
        )
    if outcome.then == "cloud":
        steps.append("When the Cloud team has delivered, the TA coordinates the transition to a Managed Instance.")
    return tuple(steps)


def notes(outcome: Outcome, profile: Profile, pending: bool, outgrown: Sequence[str]) -> tuple[str, ...]:
    """What a reader should know beside the answer. `outgrown`: why the first target does not do for everybody."""
    lines: list[str] = []
    if outcome.target == "docker-compose":
        lines.append("Docker Compose only because everything before it is ruled out; discuss it internally first.")
    if pending and outcome.target == "cloud":
        lines.append(_lead_time(profile))
    if outcome.then is not None and profile.scale.initial_users is not None:
        lines.append(
            f"{LABELS[outcome.target]} for the first {profile.scale.initial_users:,} users, "
            f"then {LABELS[outcome.then]}. {' '.join(outgrown)}".rstrip()
        )
    if outcome.strategy == "ce-owned" and outcome.target == "kubernetes":
        lines.append(
            "The implementation team evaluated the account and neither prioritized it nor saw a need: CE owns it."
        )
    if profile.stage == "poc" and outcome.target not in ("cloud", "exception"):
        lines.append("Most trials should be on Cloud (handbook, tech-win-process): say why this POC is not.")
    if outcome.target not in ("cloud", "exception"):
        lines.append(_REVERSAL)
    return tuple(lines)


def _lead_time(profile: Profile) -> str:
    if profile.cloud.in_development:
        return "Cloud is pending: ready when the Cloud team has built what it has agreed to; ask it for the date."
    return f"Cloud is pending: hosting in {profile.cloud.locale} takes the Cloud team about a month to stand up."


def exception_request(profile: Profile, ruled_out: Mapping[Target, Sequence[Finding]]) -> str:
    """The draft of a request to the exception process, which "Delivery strategy" describes and leaves undrafted."""
    reasons = "\n".join(
        f"- {LABELS[target]}: {found.because} ({found.rule})"
        for target, all_found in ruled_out.items()
        for found in all_found
    )
    return (
        f"Exception request for {profile.name}: no supported way of running Sourcegraph fits.\n"
        f"What rules each way out:\n{reasons}\n"
        "To be decided by Engineering, Product and Support:\n"
        "- Can CE professional services do the work, or does the product have to support it?\n"
        "- Will what is built become part of the product? Until then, or if not, who supports it?\n"
        "- Is the deal, or its expansion, worth the work?\n"
        "- Does it fit the strategy for the product and the business?\n"
        "What would resolve it: lifting any one of the reasons above (see: moorage explain FILE)."
    )

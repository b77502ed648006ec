"""All that a report says of one profile, gathered before any of it is laid out."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

from stacks.changes.change import Changes
from stacks.cost.estimate import CostEstimate
from stacks.demand.demand import Demand
from stacks.policies.policy import Finding
from stacks.preview import Preview

VERSION = 1
"""Of the JSON document and of the block in a comment. Keys are added without a new version, never renamed."""

Status = Literal["ok", "warning", "failed"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """May it be deployed?"""

    status: Status
    reasons: tuple[str, ...]
    """Why it is not `ok`, the gravest first, each a sentence."""


@dataclass(frozen=True, slots=True)
class OtherStage:
    """What the same organization would pay at another stage, for comparison."""

    stage: str
    monthly: float | None
    """USD a month; None: it cannot be planned, `note` says why."""
    note: str = ""


@dataclass(frozen=True)
class Assessment:
    """One profile."""

    name: str
    stage: str
    preview: Preview
    reasons: tuple[str, ...]
    """Why this target: the recommendation's own sentences."""
    findings: tuple[Finding, ...]
    """Errors first, then warnings, then notes; waived ones last."""
    cost: CostEstimate
    other_stage: OtherStage | None
    budget: float | None
    """USD a month that must not be exceeded."""
    demand: Demand
    changes: Changes | None = None
    """Against a base; None: none was named."""
    base_cost: CostEstimate | None = None
    """The base's, where `changes` is given and the base can be priced."""

    @property
    def over_budget(self) -> bool:
        """Whether the known part of the cost exceeds the budget."""
        return self.budget is not None and self.cost.monthly > self.budget

    @cached_property
    def verdict(self) -> Verdict:
        """Failed: a policy is broken, data would be lost, the cloud would refuse, or the budget is exceeded."""
        failing, warning = list[str](), list[str]()
        if self.changes:
            failing += [f"Data would be lost: {change.loss}." for change in self.changes.losses]
            failing += [f"The cloud would refuse a change of {change.name}." for change in self.changes.failures]
        errors = sum(finding.fails for finding in self.findings)
        if errors:
            failing.append(f"{errors} {'policies are' if errors > 1 else 'policy is'} broken.")
        if self.over_budget:
            failing.append(f"USD {self.cost.monthly:,.0f} a month exceed the budget of USD {self.budget:,.0f}.")
        if warnings := sum(found.policy.severity == "warning" and not found.waived for found in self.findings):
            warning.append(f"{warnings} {'warnings' if warnings > 1 else 'warning'} of policies.")
        if self.changes and (number := self.changes.counts.get("may-replace", 0)):
            warning.append(f"{number} {'resources' if number > 1 else 'resource'} may be replaced: no fact says.")
        status: Status = "failed" if failing else "warning" if warning else "ok"
        return Verdict(status, (*failing, *warning))

    def document(self) -> dict[str, Any]:
        """The JSON-able form: that of the preview, and what was found about it."""
        verdict = self.verdict
        return {
            "version": VERSION,
            "name": self.name,
            "stage": self.stage,
            "verdict": {"status": verdict.status, "reasons": list(verdict.reasons)},
            **self.preview.document(),
            "files": dict(self.preview.files),
            "claims": [
                {"stack": claim.stack, "name": claim.name, "count": claim.count, "size_gib": claim.size_gib}
                for claim in self.preview.claims
            ],
            "property_dependencies": {
                resource.urn: {name: list(urns) for name, urns in resource.property_dependencies.items()}
                for resource in self.preview.resources
                if resource.property_dependencies
            },
            "aliases": {
                resource.urn: list(resource.aliases) for resource in self.preview.resources if resource.aliases
            },
            "replace_on_changes": {
                resource.urn: list(resource.replace_on_changes)
                for resource in self.preview.resources
                if resource.replace_on_changes
            },
            "policies": [finding.document() for finding in self.findings],
            "cost": self.cost.document() | {"budget": self.budget},
            "demand": self.demand.document(),
            "changes": self.changes.document() if self.changes else None,
        }

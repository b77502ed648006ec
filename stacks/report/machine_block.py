"""The JSON of a comment that programs read: versioned, invisible, and of bounded length."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from typing import Any

from stacks.report.assessment import VERSION, Assessment
from stacks.report.words import worst

_LIMIT = 8_000
"""Characters of the block: with more profiles or losses than fit, their numbers stand for them."""
_LOSSES = 20
_PROFILES = 60


def machine_block(assessments: Sequence[Assessment]) -> str:
    """An HTML comment `<!-- moorage:v1 {...} -->` on one line.

    Keys: `version`, `status`, `profiles_total`, `profiles` [{`name`, `stage`, `target`, `status`, `counts` (of actions;
    null without a base), `resources`, `cost` {`monthly`, `base_monthly`, `unknown`, `budget`, `currency`}, `policies`
    {severity or `waived`: number}, `broken` [ids], `losses` [URNs], `losses_total`}], of which it holds what fits.
    """
    profiles = [_profile(assessment) for assessment in assessments[:_PROFILES]]
    while True:
        document = {
            "version": VERSION,
            "status": worst(assessments),
            "profiles_total": len(assessments),
            "profiles": profiles,
        }
        # Two hyphens would end an HTML comment.
        text = json.dumps(document, separators=(",", ":")).replace("--", "-\\u002d").replace(">", "\\u003e")
        if len(text) <= _LIMIT or not profiles:
            return f"<!-- moorage:v{VERSION} {text} -->"
        profiles = profiles[: len(profiles) * 3 // 4]


def _profile(assessment: Assessment) -> dict[str, Any]:
    changes, cost = assessment.changes, assessment.cost
    severities = Counter("waived" if found.waived else found.policy.severity for found in assessment.findings)
    losses = changes.losses if changes else ()
    return {
        "name": assessment.name,
        "stage": assessment.stage,
        "target": assessment.preview.target,
        "status": assessment.verdict.status,
        "counts": changes.counts if changes else None,
        "resources": sum(resource.is_created for resource in assessment.preview.resources),
        "cost": {
            "monthly": round(cost.monthly, 2),
            "base_monthly": round(assessment.base_cost.monthly, 2) if assessment.base_cost else None,
            "unknown": len(cost.unknown),
            "budget": assessment.budget,
            "currency": "USD",
        },
        "policies": dict(sorted(severities.items())),
        "broken": sorted({found.policy.id for found in assessment.findings if found.fails}),
        "losses": [change.urn for change in losses[:_LOSSES]],
        "losses_total": len(losses),
    }

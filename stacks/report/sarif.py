"""Findings of policies as SARIF 2.1.0, which code hosts show beside the change that brings them.

Shape: oasis-tcs/sarif-spec Schemata/sarif-schema-2.1.0.json, read 2026-11-22.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Sequence
from typing import Any, Final
from urllib.parse import quote

from stacks.policies.exceptions import logical_name
from stacks.policies.policy import Finding, Policy
from stacks.policies.run import RULES
from stacks.report.assessment import Assessment

_SCHEMA: Final = "https://json.schemastore.org/sarif-2.1.0.json"
_FINGERPRINT: Final = "moorageFinding/v1"
_LINE: Final = re.compile(r"line (\d{1,9})")


def render(assessments: Sequence[Assessment]) -> str:
    """One run over all profiles: code hosts refuse several runs of one tool in one upload.

    Every policy is a rule, broken or not, so that a result that is gone counts as mended.
    """
    places = {policy.id: place for place, policy in enumerate(RULES)}
    document = {
        "$schema": _SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": {"name": "moorage", "rules": [_rule(policy) for policy in RULES]}},
                "columnKind": "unicodeCodePoints",
                "results": [result for assessment in assessments for result in _results(assessment, places)],
            }
        ],
    }
    return json.dumps(document, indent=2, ensure_ascii=True) + "\n"


def _rule(policy: Policy) -> dict[str, Any]:
    text = f"{policy.because} {policy.remedy} Source: {policy.source}."
    return {
        "id": policy.id,
        "shortDescription": {"text": f"{policy.title}."},
        "fullDescription": {"text": policy.because},
        "help": {
            "text": text,
            "markdown": f"{policy.because}\n\n**What to do.** {policy.remedy}\n\n*Source: {policy.source}.*",
        },
        "defaultConfiguration": {"level": policy.severity},
    }


def _results(assessment: Assessment, places: dict[str, int]) -> Iterator[dict[str, Any]]:
    seen: dict[tuple[str, ...], int] = {}
    for finding in assessment.findings:
        # Not the message: it holds the value, and a changed value is the same finding.
        key = (assessment.name, finding.policy.id, finding.breach.subject, finding.breach.where)
        seen[key] = seen.get(key, 0) + 1
        yield {
            "ruleId": finding.policy.id,
            "ruleIndex": places[finding.policy.id],
            "level": finding.policy.severity,
            "message": {"text": f"{finding.breach.message} {finding.policy.remedy}"},
            "locations": [_location(assessment, finding)],
            "partialFingerprints": {_FINGERPRINT: _digest(*key, str(seen[key]))},
            **_suppression(finding),
            "properties": {
                "profile": assessment.name,
                "stage": assessment.stage,
                "where": finding.breach.where,
            },
        }


def _location(assessment: Assessment, finding: Finding) -> dict[str, Any]:
    subject, where = finding.breach.subject, finding.breach.where
    if subject in assessment.preview.files:
        place: dict[str, Any] = {"artifactLocation": {"uri": quote(subject)}}
        if line := _LINE.fullmatch(where):
            place["region"] = {"startLine": max(1, int(line[1]))}
        return {"physicalLocation": place}
    name = logical_name(subject)
    kind = "resource" if name else "member"
    return {"logicalLocations": [{"fullyQualifiedName": subject, "name": name or subject, "kind": kind}]}


def _suppression(finding: Finding) -> dict[str, Any]:
    if finding.waived is None:
        return {}
    return {"suppressions": [{"kind": "external", "status": "accepted", "justification": finding.waived}]}


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode("utf-8", "backslashreplace")).hexdigest()

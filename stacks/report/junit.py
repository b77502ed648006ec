"""Findings of policies as JUnit XML, which every CI shows as tests: a suite a profile, a case a policy.

Shape: the schema of Jenkins' xUnit plugin, github.com/jenkinsci/xunit-plugin junit-10.xsd, unverified.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from stacks.policies.policy import Finding, Policy
from stacks.policies.run import RULES
from stacks.report.assessment import Assessment

# What XML 1.0 cannot hold, escaped or not (www.w3.org/TR/xml, section 2.2).
_UNFIT: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_ESCAPES: Final = str.maketrans(
    {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\t": "&#9;", "\n": "&#10;", "\r": "&#13;"}
)


def render(assessments: Sequence[Assessment]) -> str:
    """A policy fails with an unwaived error, is skipped where all its breaches are waived, and passes otherwise.

    Warnings and notes are printed under a case that passes: CI would fail for them, and the command does not.
    """
    suites = [line for assessment in assessments for line in _suite(assessment)]
    return "\n".join(['<?xml version="1.0" encoding="UTF-8"?>', "<testsuites>", *suites, "</testsuites>", ""])


def _suite(assessment: Assessment) -> Iterator[str]:
    broken: dict[str, list[Finding]] = {}
    for finding in assessment.findings:
        broken.setdefault(finding.policy.id, []).append(finding)
    failures = sum(any(finding.fails for finding in found) for found in broken.values())
    skipped = sum(all(finding.waived is not None for finding in found) for found in broken.values())
    yield (
        f'  <testsuite name="{_escaped(assessment.name)}" tests="{len(RULES)}" failures="{failures}" errors="0" '
        f'skipped="{skipped}">'
    )
    for policy in RULES:
        yield from _case(assessment, policy, broken.get(policy.id, []))
    yield "  </testsuite>"


def _case(assessment: Assessment, policy: Policy, found: Sequence[Finding]) -> Iterator[str]:
    head = f'    <testcase classname="{_escaped(assessment.name)}.policies" name="{policy.id}"'
    if not found:
        yield f"{head}/>"
        return
    failing = [finding for finding in found if finding.fails]
    waived = [finding for finding in found if finding.waived is not None]
    yield f"{head}>"
    if failing:
        told = "\n".join([f"{policy.title}: it does not hold.", *map(_line, failing), policy.remedy])
        title = _escaped(f"{policy.title}: {len(failing)} not")
        yield f'      <failure type="{policy.severity}" message="{title}">{_escaped(told)}</failure>'
    elif len(waived) == len(found):
        yield f'      <skipped message="{_escaped("; ".join(dict.fromkeys(one.waived or "" for one in waived)))}"/>'
    rest = [_line(finding) for finding in found if finding not in failing]
    if rest:
        yield f"      <system-out>{_escaped(chr(10).join(rest))}</system-out>"
    yield "    </testcase>"


def _line(finding: Finding) -> str:
    where = f" {finding.breach.where}" if finding.breach.where else ""
    kind = "waived" if finding.waived is not None else finding.policy.severity
    return f"{kind}: {finding.breach.subject}{where}: {finding.breach.message}"


def _escaped(text: str) -> str:
    """A text for an attribute or an element; what XML cannot hold is shown as its number."""
    return _UNFIT.sub(lambda match: f"\\u{ord(match[0]):04x}", text).translate(_ESCAPES)

"""The findings of one check, for people and for programs."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from stacks.cluster_check.findings import ORDER, Finding, Status, worst

_WIDTH = 110
_INDENT = " " * 11


@dataclass(frozen=True, slots=True)
class Report:
    """What was found in one cluster for one plan."""

    name: str
    """Of the plan."""
    context: str
    server: str
    findings: tuple[Finding, ...]

    @property
    def status(self) -> Status:
        """The worst of the findings, where what nobody can see from here counts as passed."""
        found = worst(finding.status for finding in self.findings)
        return "pass" if found == "unchecked" else found

    def failed(self, *, strict: bool) -> bool:
        """Whether the cluster is not fit; strictly, a warning is enough."""
        return self.status == "fail" or (strict and self.status == "warn")

    def document(self) -> dict[str, Any]:
        """For `--json`."""
        return {
            "name": self.name,
            "context": self.context,
            "server": self.server,
            "status": self.status,
            "findings": [finding.document() for finding in self.findings],
        }

    def text(self) -> str:
        """For people; what is wrong comes last, nearest to the prompt."""
        counts = Counter(finding.status for finding in self.findings)
        told = ", ".join(f"{counts[status]} {status}" for status in reversed(ORDER) if counts[status])
        heading = f"Check of {self.name} in the context {self.context} ({self.server}): {told}; nothing was changed"
        ordered = sorted(self.findings, key=lambda finding: ORDER.index(finding.status))
        return "\n".join((heading, "", *(line for finding in ordered for line in _lines(finding))))


def _lines(finding: Finding) -> Iterator[str]:
    if finding.status == "pass":
        yield from _wrapped(f"{'PASS':9}  {finding.id}", finding.found, indent="")
        return
    yield f"{finding.status.upper():9}  {finding.id}"
    yield from _wrapped("asked", finding.what)
    yield from _wrapped("found", finding.found)
    if finding.remedy:
        # In one line, whatever its length: commands in it are to be copied.
        yield f"{_INDENT}to do: {finding.remedy}"


def _wrapped(word: str, text: str, indent: str = _INDENT) -> list[str]:
    return textwrap.wrap(
        f"{word}: {text}",
        _WIDTH,
        initial_indent=indent,
        subsequent_indent=_INDENT + " " * 7,
        break_long_words=False,
        break_on_hyphens=False,
    )

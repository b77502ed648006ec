"""What a policy is: a plain function over what was previewed, and what it says of what breaks it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

from stacks.preview import Preview, Resource

Severity = Literal["error", "warning", "note"]
"""SARIF's levels. An error fails the command, unless an exception of the profile waives it."""


@dataclass(frozen=True)
class Scope:
    """What policies look at: the resources and the rendered files of one profile, or the resources of one stack."""

    resources: tuple[Resource, ...]
    files: Mapping[str, str] = field(default_factory=dict[str, str])
    """Path to text; empty where the engine runs the policies, which knows only resources."""
    stage: str | None = None
    """The profile's: poc, trial or production; None where nobody says. Some policies ask for more in production."""

    @classmethod
    def of(cls, preview: Preview, stage: str | None = None) -> Scope:
        """Of a whole preview."""
        return cls(preview.resources, preview.files, stage)

    @cached_property
    def _by_type(self) -> Mapping[str, list[Resource]]:
        found: dict[str, list[Resource]] = {}
        for resource in self.resources:
            found.setdefault(resource.type, []).append(resource)
        return found

    def of_type(self, *types: str) -> Iterator[Resource]:
        """Resources of these type tokens, type by type, each in the order of construction."""
        for type_ in types:
            yield from self._by_type.get(type_, ())


@dataclass(frozen=True, slots=True)
class Breach:
    """One thing that breaks a policy, as the policy's function tells it."""

    subject: str
    """URN of the resource, or path of the rendered file."""
    message: str
    """One sentence with the value that was found: what is, not what should be."""
    where: str = ""
    """Path of the input or key within the subject, such as `ingress[0].cidrBlocks`."""


@dataclass(frozen=True, slots=True)
class Policy:
    """One rule."""

    id: str
    """Stable, in capitals, such as `AWS-VOLUME-ENCRYPTED`: exceptions, SARIF and people name it."""
    severity: Severity
    title: str
    """The rule as a sentence that is true where it holds: "Volumes are encrypted"."""
    because: str
    """Why it matters, in one sentence."""
    remedy: str
    """What to do, one sentence, naming the profile's field where one decides it."""
    source: str
    """Where the rule comes from, with the date that it was read."""
    check: Callable[[Scope], Iterable[Breach]]
    """Pure. Takes unknown values (`stacks.preview.UNKNOWN`) as present, and never judges what it cannot see."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A breach of a policy, and whether the profile accepts it."""

    policy: Policy
    breach: Breach
    waived: str | None = None
    """The reason and the last day of the exception that accepts it; None: nobody does."""

    @property
    def fails(self) -> bool:
        """Whether the command must fail for it."""
        return self.policy.severity == "error" and self.waived is None

    def document(self) -> dict[str, Any]:
        """The JSON-able form."""
        return {
            "policy": self.policy.id,
            "severity": self.policy.severity,
            "title": self.policy.title,
            "subject": self.breach.subject,
            "where": self.breach.where,
            "message": self.breach.message,
            "remedy": self.policy.remedy,
            "source": self.policy.source,
            "waived": self.waived,
        }

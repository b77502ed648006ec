"""Each of our policies as a policy of the engine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from pulumi_policy import (
    EnforcementLevel,
    Policy,
    PolicyConfigSchema,
    ReportViolation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    Severity,
    StackValidationArgs,
    StackValidationPolicy,
)

from stacks.policies import policy as ours
from stacks.policies.run import POLICIES
from stacks.policy_pack.engine_resources import plain, resources, stage_of

UNSEEN: Final = frozenset(("AWS-STATE-RETAINED", "GENERAL-CLEAR-SECRET"))
"""What cannot be judged here: packs are told nothing of `retain_on_delete`, and the SDK unwraps secrets, so that each
would look as if it were in clear text."""

_INPUTS: Final = "moorage-inputs"
_LEVELS: Final = {
    "error": EnforcementLevel.MANDATORY,
    "warning": EnforcementLevel.ADVISORY,
    "note": EnforcementLevel.ADVISORY,
}
_SEVERITIES: Final = {"error": Severity.HIGH, "warning": Severity.MEDIUM, "note": Severity.LOW}
_CONFIG: Final = PolicyConfigSchema(
    properties={
        "stage": {
            "type": "string",
            "enum": ["", "poc", "trial", "production"],
            "default": "",
            "description": "The profile's stage; empty: as the tags of the resources say.",
        }
    }
)


@dataclass(slots=True)
class Pack:
    """The policies of one process of the engine.

    A stack policy gets outputs, to which providers add what nobody asked for. So a first policy, which never reports,
    keeps the inputs of each resource as the engine shows them one by one, before any stack policy runs.
    """

    _inputs: dict[str, Mapping[str, Any]] = field(default_factory=dict[str, Mapping[str, Any]])

    def policies(self) -> list[Policy]:
        """What `PolicyPack` takes."""
        recorder = ResourceValidationPolicy(
            _INPUTS, "Keeps what the program asked for, and never fails.", self._record, EnforcementLevel.ADVISORY
        )
        return [recorder, *(self._policy(policy) for policy in POLICIES if policy.id not in UNSEEN)]

    def _record(self, args: ResourceValidationArgs, _report: ReportViolation) -> None:
        self._inputs[args.urn] = plain(args.props)

    def _policy(self, policy: ours.Policy) -> StackValidationPolicy:
        def validate(args: StackValidationArgs, report: ReportViolation) -> None:
            found = resources(args.resources, self._inputs)
            scope = ours.Scope(found, stage=stage_of(found, args.get_config().get("stage")))
            for breach in policy.check(scope):
                where = f"{breach.where}: " if breach.where else ""
                report(f"{where}{breach.message} {policy.remedy}", breach.subject)

        return StackValidationPolicy(
            policy.id,
            f"{policy.title}. {policy.because}",
            validate,
            _LEVELS[policy.severity],
            _CONFIG,
            severity=_SEVERITIES[policy.severity],
            remediation_steps=policy.remedy,
        )

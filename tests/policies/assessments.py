"""Assessments that are all about findings, for reports of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from stacks.cost.estimate import CostEstimate
from stacks.demand.demand import Demand
from stacks.policies.policy import Breach, Finding, Policy
from stacks.policies.run import POLICIES
from stacks.preview import Preview
from stacks.report.assessment import Assessment

URN = "urn:pulumi:acme::moorage::moorage:aws:DataDisk$aws:ebs/volume:Volume::acme-data"
BY_ID: Mapping[str, Policy] = {policy.id: policy for policy in POLICIES}
ENCRYPTED, IDLE = "AWS-VOLUME-ENCRYPTED", "AWS-LB-IDLE-TIMEOUT"


def found(
    policy: str = ENCRYPTED,
    *,
    subject: str = URN,
    where: str = "encrypted",
    message: str = "encrypted is false.",
    waived: str | None = None,
) -> Finding:
    return Finding(BY_ID[policy], Breach(subject, message, where), waived)


def assessed(*findings: Finding, name: str = "acme", files: Sequence[str] = ()) -> Assessment:
    return Assessment(
        name=name,
        stage="production",
        preview=Preview("machine-image", (), {}, (), files=dict.fromkeys(files, "")),
        reasons=(),
        findings=findings,
        cost=CostEstimate("us-east-1", (), ()),
        other_stage=None,
        budget=None,
        demand=Demand((), ()),
    )

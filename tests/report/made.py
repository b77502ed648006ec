"""Assessments made by hand, for tests of what is printed about them."""

from __future__ import annotations

from typing import Any

from stacks.changes.change import Changes, FileChange, PropertyChange, ResourceChange
from stacks.cost.estimate import CostEstimate, CostLine, Price
from stacks.demand.demand import Demand, QuotaDemand, SubnetDemand
from stacks.policies.policy import Breach, Finding, Policy
from stacks.preview import Preview, Resource
from stacks.report.assessment import Assessment, OtherStage


def assessment(preview: Preview, **fields: Any) -> Assessment:
    """One with nothing to say, but for what is given."""
    nothing: dict[str, Any] = {
        "name": "acme",
        "stage": "production",
        "preview": preview,
        "reasons": ("Its scale fits one machine.",),
        "findings": (),
        "cost": CostEstimate("", (), ()),
        "other_stage": None,
        "budget": None,
        "demand": Demand((), ()),
    }
    return Assessment(**(nothing | fields))


def full(preview: Preview, **fields: Any) -> Assessment:
    """One with something in every field."""
    return assessment(
        preview,
        **{
            "findings": findings(preview),
            "cost": cost(preview),
            "base_cost": cost(preview, machine=1.2),
            "other_stage": OtherStage("poc", 412.5, "Without managed databases."),
            "budget": 3000.0,
            "demand": demand(preview),
            "changes": changes(preview),
        }
        | fields,
    )


def finding(resource: str, severity: Any = "error", waived: str | None = None, number: int = 1) -> Finding:
    policy = Policy(
        f"TEST-POLICY-{number}",
        severity,
        "Volumes are encrypted",
        "A copy of a volume tells everything that is on it.",
        "Set `deployment.kms_key`.",
        "docs.aws.amazon.com, read 2026-11-22",
        lambda _scope: (),
    )
    return Finding(policy, Breach(resource, "The volume is not encrypted.", "encrypted"), waived)


def findings(preview: Preview) -> tuple[Finding, ...]:
    first = created(preview)[0].urn
    return (
        finding(first),
        finding(first, "warning", number=2),
        finding(first, "note", number=3),
        finding(first, "error", "It is a trial, until 2026-12-31.", 4),
    )


def cost(preview: Preview, machine: float = 1.3824) -> CostEstimate:
    price = Price("ec2.m6a.8xlarge", machine, "hour", "us-east-1", "AWS price list", "2026-11")
    disk = Price("ebs.gp3", 0.08, "GB-month", "us-east-1", "AWS price list", "2026-11", firm=False)
    subjects = [resource.urn for resource in created(preview)]
    return CostEstimate(
        "us-east-1",
        (
            CostLine(subjects[0], "m6a.8xlarge, on demand", "machines", 730, "hours", price),
            CostLine(subjects[1], "gp3", "disks", 1143, "GB-months", disk, "a tenth changes a day"),
            CostLine(subjects[2], "secret rotation", "keys and secrets", 1, "secrets", None),
        ),
        ("Data out to the internet: USD 0.09 a GB.",),
        2400.0,
    )


def demand(preview: Preview) -> Demand:
    quota = QuotaDemand(
        "ec2",
        "L-1216C47A",
        "Running On-Demand Standard instances",
        "us-east-1",
        32,
        "vCPU",
        5,
        "aws service-quotas get-service-quota --service-code ec2 --quota-code L-1216C47A",
        "aws service-quotas request-service-quota-increase --service-code ec2 --quota-code L-1216C47A --desired-value 64",
        "AWS, read 2026-11-22",
    )
    return Demand((quota,), (SubnetDemand(created(preview)[0].urn, "machine", 12, 11, "with a rolling replacement"),))


def changes(preview: Preview) -> Changes:
    actions = ("replace", "update", "may-replace", "create")
    resources = created(preview)
    found = [
        _change(resource, actions[index] if index < len(actions) else "same")
        for index, resource in enumerate(resources)
    ]
    gone = ResourceChange(
        "urn:pulumi:acme::moorage::aws:ebs/volume:Volume::acme-old",
        "aws:ebs/volume:Volume",
        "acme-old",
        "delete",
        loss="everything on the data disk",
        stateful=True,
    )
    path = next(iter(preview.files), "values.yaml")
    files = (FileChange(path, "update", "--- a\n+++ b\n@@ -1,2 +1,2 @@\n same\n-old: 1\n+new: 2\n"),)
    return Changes("main:acme.yaml", (*found, gone), files, ("What the base's files held.",))


def _change(resource: Resource, action: Any) -> ResourceChange:
    properties = {
        "replace": (
            PropertyChange("availabilityZone", "us-east-1a", "us-east-1b", "replace", "A zone is fixed.", "docs"),
        ),
        "update": (PropertyChange("tags.team", None, "platform", "no"),),
        "may-replace": (PropertyChange("size", 10, {"unknown": True}, "may-replace", "No fact says."),),
    }
    effect = "The machine is away for about 6 minutes; the data disk stays." if action == "replace" else ""
    return ResourceChange(resource.urn, resource.type, resource.name, action, properties.get(action, ()), effect=effect)


def created(preview: Preview) -> list[Resource]:
    """What exists in a cloud or a cluster once it is deployed."""
    return [resource for resource in preview.resources if resource.is_created]

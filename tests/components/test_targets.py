"""The program chooses the component by the plan's target, and says which secrets must exist."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from recommender.host import Software
from recommender.plan import SingleNodePlan
from stacks.program import build
from tests.components import aws, gcp_machine
from tests.components.hosts import SOFTWARE
from tests.plans import aws_plan, gcp_plan
from tests.recording import Recording, record

PLANS = [aws_plan(), gcp_plan(), *map(aws.software, SOFTWARE), *map(gcp_machine.software_plan, SOFTWARE)]
every_plan = pytest.mark.parametrize("plan", PLANS, ids=[f"{plan.provider}-{plan.target}" for plan in PLANS])


def program(plan: SingleNodePlan) -> Recording:
    return record(partial(build, plan, "#cloud-config\n"), preview=True)


def without_secrets(plan: SingleNodePlan, target: Software) -> SingleNodePlan:
    return replace(plan, host=(aws.aws_host if plan.provider == "aws" else gcp_machine.gcp_host)(target, None))


@every_plan
def test_the_target_of_the_plan_is_what_is_made(plan: SingleNodePlan) -> None:
    [component] = [resource for resource in program(plan).resources if resource.component and resource.parent is None]
    assert component.type == (aws if plan.provider == "aws" else gcp_machine).TARGETS[plan.target].component_type
    assert component.name == "acme"


@every_plan
def test_secrets_to_create_are_named_by_reference_and_never_by_value(plan: SingleNodePlan) -> None:
    outputs = program(plan).outputs
    if plan.target == "machine-image":
        assert "secrets" not in outputs
        return
    assert plan.host is not None
    assert outputs["secrets"] == [{"name": secret.name, "reference": secret.reference} for secret in plan.host.secrets]
    assert program(without_secrets(plan, plan.target)).outputs["secrets"] == []


@every_plan
def test_every_target_has_the_outputs_of_the_machine_image(plan: SingleNodePlan) -> None:
    image: Any = program(aws_plan() if plan.provider == "aws" else gcp_plan()).outputs
    assert image.keys() - program(plan).outputs.keys() == set()
    assert program(plan).outputs.keys() - image.keys() <= {"secrets", "next_steps"}


def test_aws_tells_what_is_left_to_do_where_there_is_something() -> None:
    assert "next_steps" not in program(aws_plan()).outputs
    assert program(aws.software("install-script")).outputs["next_steps"]

"""The project may be left to the credentials: a preview then needs no answer that a person might not have yet."""

from __future__ import annotations

from stacks.preview import UNKNOWN
from tests.components.gcp_machine import record_machine
from tests.plans import gcp_plan


def test_without_a_project_the_roles_are_granted_in_the_one_that_the_account_was_made_in():
    preview = record_machine(gcp_plan(project=None), preview=True)
    members = preview.of_type("gcp:projects/iAMMember:IAMMember")
    assert [member.inputs["project"] for member in members] == [UNKNOWN, UNKNOWN]


def test_without_a_project_commands_leave_it_to_gcloud_and_steps_to_the_reader():
    machine = record_machine(gcp_plan(project=None)).named("acme", "moorage:gcp:MachineImage").registered_outputs
    assert "--project" not in machine["connectCommand"]
    assert not [step for step in machine["nextSteps"] if "None" in step]

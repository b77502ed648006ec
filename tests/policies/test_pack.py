"""The pack finds under the engine what the dry run finds, from what the engine hands to a pack."""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from stacks.policies.policy import Scope
from stacks.policies.run import POLICIES
from stacks.preview import SECRET, UNKNOWN, Resource
from tests.policies.aws_faults import CLUSTER, FAULTS, INSTANCE, KEPT_POC, MACHINE, VOLUME, Fault
from tests.policies.previews import clean, set_input, set_option

policy = pytest.importorskip("pulumi_policy", reason="the extra `cloud` brings pulumi-policy")
proxy = pytest.importorskip("pulumi_policy.proxy")

ROOT = Path(__file__).parent.parent.parent
FOLDER = ROOT / "stacks" / "policy_pack"
_EXAMPLES = [f"examples/{name}.yaml" for name in ("acme-script-aws", "globex-gcp", "hooli-eks", "soylent-gke")]
_DEFAULT = "urn:pulumi:acme::moorage::pulumi:providers:random::default_4_21_4"
_LEVELS = {one.id: one.severity for one in POLICIES}
_UNSEEN = {"AWS-STATE-RETAINED", "GENERAL-CLEAR-SECRET"}
_ONE_A_POLICY = {fault.policy: fault for fault in reversed(FAULTS) if fault.policy not in _UNSEEN}.values()
POC = "tests/cases/aws-poc-simple/profile.yaml"


def _wire(value: Any) -> Any:
    """As the engine sends it and the SDK unpacks it: numbers are floats, the unknown a marker, and secrets no more."""
    if value == UNKNOWN:
        return proxy.UNKNOWN_STRING_VALUE
    if value == SECRET:
        return "hunter2"
    if isinstance(value, Mapping):
        return {key: _wire(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_wire(item) for item in value]
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _options(resource: Resource) -> Any:
    timeouts = policy.PolicyCustomTimeouts(0, 0, 0)
    ignored, first = list(resource.ignore_changes), resource.delete_before_replace
    return policy.PolicyResourceOptions(resource.protect, ignored, first, [], timeouts, [], resource.parent)


def _provider(urn: str | None) -> Any:
    urn = urn or _DEFAULT
    return policy.PolicyProviderResource(urn.split("::")[2], {}, urn, urn.split("::")[3])


def _handed(found: Sequence[Resource], outputs: Mapping[str, Any]) -> list[Any]:
    """The resources of a stack policy: outputs for properties, and objects where the wire has URNs."""
    made = {
        one.urn: policy.PolicyResource(
            one.type,
            proxy.unknown_checking_proxy({**_wire(one.inputs), **_wire(outputs)}),
            one.urn,
            one.name,
            _options(one),
            None if one.component else _provider(one.provider),
            None,
            [],
            {},
        )
        for one in found
    }
    for one in found:
        handed = made[one.urn]
        handed.parent = made.get(one.parent or "")
        handed.dependencies = [made[urn] for urn in one.depends_on if urn in made]
        handed.property_dependencies = {
            name: [made[urn] for urn in urns if urn in made] for name, urns in one.property_dependencies.items()
        }
    return list(made.values())


def _run(scope: Scope, *, config: Mapping[str, str] | None = None, outputs: Mapping[str, Any] | None = None) -> Any:
    """What the pack reports but notes: (policy, URN)."""
    from stacks.policy_pack.pack import Pack

    reports: list[tuple[str, str | None]] = []
    for stack in {one.urn.split("::")[0]: None for one in scope.resources}:
        found = [one for one in scope.resources if one.urn.startswith(f"{stack}::")]
        handed = _handed(found, outputs or {})
        recorder, *policies = Pack().policies()
        for one in found:
            inputs = proxy.unknown_checking_proxy(_wire(one.inputs))
            arguments = (one.type, inputs, one.urn, one.name, _options(one), None)
            recorder.validate(policy.ResourceValidationArgs(*arguments), _unexpected)
        for one in policies:
            arguments = policy.StackValidationArgs(handed, config)
            one.validate(arguments, lambda _message, urn, name=one.name: reports.append((name, urn)))
    return [report for report in reports if _LEVELS[report[0]] != "note"]


def _unexpected(message: str, _urn: str | None = None) -> None:
    pytest.fail(f"the recorder reported {message}")


@pytest.mark.parametrize("profile", [*_EXAMPLES, POC, KEPT_POC])
def test_the_pack_finds_nothing_in_a_clean_stack(profile: str) -> None:
    assert _run(clean(profile)) == []


@pytest.mark.parametrize("fault", _ONE_A_POLICY, ids=lambda fault: fault.policy)
def test_the_pack_finds_a_planted_fault_as_the_dry_run_does(fault: Fault) -> None:
    scope = fault.spoil(clean(fault.profile))
    found = {
        (fault.policy, breach.subject) for one in POLICIES if one.id == fault.policy for breach in one.check(scope)
    }
    assert set(_run(scope)) == found


def test_what_the_provider_adds_to_a_resource_is_not_held_against_it() -> None:
    outputs = {"ebsBlockDevices": [{"deviceName": "/dev/sdb"}], "keyName": "", "tagsAll": {}}
    assert _run(clean(MACHINE), outputs=outputs) == []


def test_the_stage_is_in_the_tags_and_the_configuration_overrules_them() -> None:
    assert _run(clean(POC)) == []
    assert ("AWS-STATE-PROTECTED", _urn(POC, VOLUME)) in _run(clean(POC), config={"stage": "production"})


def _urn(profile: str, type_: str) -> str:
    return next(one.urn for one in clean(profile).resources if one.type == type_)


def test_a_value_that_is_not_known_yet_is_not_judged() -> None:
    spoiled = set_input(INSTANCE, "metadataOptions", dict(UNKNOWN))(clean(MACHINE))
    assert {name for name, _ in _run(spoiled)} == {"GENERAL-UNKNOWN-MADE"}


def test_errors_are_mandatory_and_the_rest_is_advice() -> None:
    from stacks.policy_pack.pack import Pack

    _, *policies = Pack().policies()
    levels = {one.name: one.enforcement_level.value for one in policies}
    assert levels == {
        one.id: "mandatory" if one.severity == "error" else "advisory" for one in POLICIES if one.id not in _UNSEEN
    }


def test_a_default_provider_is_none() -> None:
    spoiled = set_option("aws:eks/cluster:Cluster", provider=None)(clean(CLUSTER))
    assert [name for name, _ in _run(spoiled)] == ["GENERAL-PROVIDER"]


def test_a_provider_that_the_engine_made_up_is_no_part_of_the_stack() -> None:
    scope = clean(MACHINE)
    made_up = Resource(_DEFAULT, "pulumi:providers:random", "default_4_21_4", None, None, {"version": "4.21.4"})
    assert _run(replace(scope, resources=(*scope.resources, made_up))) == []


def test_the_project_of_the_pack_fits_the_project_of_the_program() -> None:
    pack = yaml.safe_load((FOLDER / "PulumiPolicy.yaml").read_text())
    program = yaml.safe_load((ROOT / "Pulumi.yaml").read_text())
    theirs = program["runtime"]["options"]["virtualenv"]
    assert (FOLDER / pack["runtime"]["options"]["virtualenv"]).resolve() == (ROOT / theirs).resolve()
    assert pack["version"] == tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]


def test_the_pack_serves_only_when_it_is_started() -> None:
    tree = ast.parse((FOLDER / "__main__.py").read_text())
    calls = [node for statement in tree.body if not isinstance(statement, ast.If) for node in ast.walk(statement)]
    assert not any(isinstance(node, ast.Call) for node in calls)

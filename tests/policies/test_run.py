"""What policies find, in which order, and what exceptions make of it."""

from __future__ import annotations

import datetime
import itertools
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recommender.errors import InputError
from recommender.policy_exceptions import PolicyException
from stacks.policies.policy import Finding, Scope
from stacks.policies.run import POLICIES, RULES, find
from tests.policies.aws_faults import CLUSTER, DATABASE, INSTANCE, MACHINE, VOLUME
from tests.policies.previews import TODAY, both, clean, found_in, profiles, scope_of, set_input

_SPOILED = both(
    set_input(VOLUME, "encrypted", False),
    set_input(INSTANCE, "metadataOptions.httpTokens", "optional"),
    set_input("aws:lb/loadBalancer:LoadBalancer", "idleTimeout", 60),
)


def _exception(**changes: Any) -> PolicyException:
    fields = {"policy": "AWS-VOLUME-ENCRYPTED", "reason": "moved to the new key next week", "until": "2026-11-22"}
    return PolicyException(**(fields | changes))


def _spoiled(*exceptions: PolicyException, today: datetime.date = TODAY) -> tuple[Finding, ...]:
    return find(_SPOILED(clean(MACHINE)), exceptions, today)


def _ids(findings: tuple[Finding, ...]) -> list[tuple[str, bool]]:
    return [(finding.policy.id, finding.waived is not None) for finding in findings]


@pytest.mark.parametrize("profile", profiles())
def test_no_example_and_no_case_breaks_a_policy(profile: str) -> None:
    scope = scope_of(profile)
    findings = found_in(scope) if scope else ()
    assert [(one.policy.id, one.breach) for one in findings if one.policy.severity != "note"] == []


def test_every_policy_has_an_id_of_its_own_a_source_with_a_date_and_whole_sentences() -> None:
    ids = [policy.id for policy in RULES]
    assert len(ids) == len(set(ids))
    assert [policy.id for policy in POLICIES] == sorted(policy.id for policy in POLICIES)
    for policy in RULES:
        assert "2026-1" in policy.source, policy.id
        assert not policy.title.endswith("."), policy.id
        assert policy.because.endswith("."), policy.id
        assert policy.remedy.endswith("."), policy.id
        assert _exception(policy=policy.id)


def test_errors_come_first_then_warnings_then_what_is_waived() -> None:
    assert _ids(_spoiled(_exception())) == [
        ("AWS-IMDSV2", False),
        ("AWS-LB-IDLE-TIMEOUT", False),
        ("AWS-VOLUME-ENCRYPTED", True),
    ]


def test_findings_of_one_policy_are_in_the_order_of_the_resources() -> None:
    scope = clean(CLUSTER)
    databases = [one for one in scope.resources if one.type == DATABASE]
    for database in databases:
        scope = set_input(DATABASE, "multiAz", False, name=database.name)(scope)
    found = [one.breach.subject for one in found_in(scope) if one.policy.id == "AWS-TWO-ZONES"]
    assert found == [database.urn for database in databases]


@pytest.mark.parametrize(
    "resource", [None, "acme-data", "urn:pulumi:acme::moorage::moorage:aws:MachineImage$moorage:aws:DataDisk$aws:ebs/volume:Volume::acme-data"]
)  # fmt: skip
def test_an_exception_names_no_resource_a_logical_name_or_a_urn(resource: str | None) -> None:
    waived = _spoiled(_exception(resource=resource))[-1]
    assert (waived.policy.id, waived.waived) == (
        "AWS-VOLUME-ENCRYPTED",
        "moved to the new key next week (until 2026-11-22)",
    )
    assert not waived.fails


def test_an_exception_names_a_rendered_file() -> None:
    scope = clean(MACHINE)
    path = next(iter(scope.files))
    spoiled = replace(scope, files={**scope.files, path: "ghp_" + "a1B2c3D4e5" * 4})
    waived = find(spoiled, [_exception(policy="GENERAL-CLEAR-SECRET", resource=path)], TODAY)
    assert ("GENERAL-CLEAR-SECRET", True) in _ids(waived)
    assert ("GENERAL-CLEAR-SECRET", False) not in _ids(waived)


def test_an_exception_of_another_resource_waives_nothing_and_is_told_to_be_unused() -> None:
    assert _ids(_spoiled(_exception(resource="acme-dat"))) == [
        ("AWS-IMDSV2", False),
        ("AWS-VOLUME-ENCRYPTED", False),
        ("AWS-LB-IDLE-TIMEOUT", False),
        ("EXCEPTION-UNUSED", False),
    ]


def test_an_exception_holds_on_its_last_day_and_is_an_error_on_the_next() -> None:
    after = _spoiled(_exception(), today=datetime.date(2026, 11, 23))
    assert _ids(after) == [
        ("AWS-IMDSV2", False),
        ("AWS-VOLUME-ENCRYPTED", False),
        ("EXCEPTION-EXPIRED", False),
        ("AWS-LB-IDLE-TIMEOUT", False),
    ]
    assert next(one for one in after if one.policy.id == "EXCEPTION-EXPIRED").fails


def test_a_valid_exception_waives_where_an_older_one_has_expired() -> None:
    found = _spoiled(_exception(until="2026-01-01"), _exception(until="2027-01-01"))
    assert ("AWS-VOLUME-ENCRYPTED", True) in _ids(found)
    assert ("EXCEPTION-EXPIRED", False) in _ids(found)


def test_exceptions_of_policies_that_do_not_exist_are_refused_all_at_once() -> None:
    with pytest.raises(InputError) as refused:
        _spoiled(_exception(policy="AWS-VOLUME-ENCRYPTD"), _exception(), _exception(policy="EXCEPTION-UNUSED"))
    wheres = [problem.where for problem in refused.value.problems]
    assert wheres == ["deployment.policy_exceptions[0].policy", "deployment.policy_exceptions[2].policy"]
    assert "AWS-VOLUME-ENCRYPTED" in refused.value.problems[0].allowed


def test_a_credential_is_never_repeated_in_a_finding() -> None:
    token = "ghp_" + "a1B2c3D4e5" * 4
    scope = set_input("aws:dlm/lifecyclePolicy:LifecyclePolicy", "description", f"x {token}")(clean(MACHINE))
    scope = replace(scope, files={**scope.files, "a": token})
    assert token not in json.dumps([finding.document() for finding in found_in(scope)])


def test_policies_import_no_sdk_and_read_no_clock() -> None:
    folder = Path(__file__).parent.parent.parent / "stacks" / "policies"
    for path in folder.glob("*.py"):
        text = path.read_text()
        assert "import pulumi" not in text, path.name
        assert ".today()" not in text, path.name
        assert ".now(" not in text, path.name


_EVERY_KIND = (
    MACHINE,
    CLUSTER,
    "examples/globex-gcp.yaml",
    "examples/globex-compose-gcp.yaml",
    "examples/soylent-gke.yaml",
    "tests/cases/kubernetes-gcp-production/profile.yaml",
)
_JSON: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(max_size=12)
    | st.sampled_from(
        ["*", "10.0.0.0/8", "0.0.0.0/0", '{"Statement": [{"Effect": "Allow", "Action": [1]}]}', "[", "1.36"]
    )
    | st.sampled_from([{"unknown": True}, {"secret": True}]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


def _deep(value: Any, change: Callable[[Any], Any], depth: int) -> Any:
    """A value whose parts at one depth are changed: what policies look for is below the inputs too."""
    if depth == 0:
        return change(value)
    if isinstance(value, dict) and value:
        return {key: _deep(item, change, depth - 1) for key, item in value.items()}
    if isinstance(value, list) and value:
        return [_deep(item, change, depth - 1) for item in value]
    return change(value)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    place=st.integers(0, 10**6),
    values=st.lists(_JSON, min_size=1, max_size=12),
    depth=st.integers(0, 4),
    data=st.data(),
)
def test_no_policy_fails_on_inputs_of_any_shape(place: int, values: list[Any], depth: int, data: st.DataObject) -> None:
    scope = clean(_EVERY_KIND[place % len(_EVERY_KIND)])
    source = itertools.cycle(values)
    every = data.draw(st.integers(1, 3))
    count = itertools.count()
    resources = [
        replace(
            resource,
            inputs={
                name: _deep(value, lambda _: next(source), depth) if next(count) % every == 0 else value
                for name, value in resource.inputs.items()
            },
        )
        for resource in scope.resources
    ]
    findings = found_in(replace(scope, resources=tuple(resources)))
    json.dumps([finding.document() for finding in findings])


@settings(max_examples=20, deadline=None)
@given(text=st.text(max_size=200))
def test_no_policy_fails_on_files_of_any_content(text: str) -> None:
    scope = clean(CLUSTER)
    for path in list(scope.files)[:3]:
        found_in(Scope((), {path: text, f"{path}.json": text, "compose.yaml": text}, "production"))

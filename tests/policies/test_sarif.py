"""Findings as SARIF: what code hosts ask of it, and what must stay the same from run to run."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from stacks.policies.exceptions import EXPIRED
from stacks.policies.policy import Breach, Finding
from stacks.policies.run import RULES
from stacks.report.sarif import render
from tests.policies.assessments import ENCRYPTED, IDLE, URN, assessed, found

_TEXT = {
    "type": "object",
    "required": ["text"],
    "properties": {"text": {"type": "string", "minLength": 1}, "markdown": {"type": "string", "minLength": 1}},
    "additionalProperties": False,
}
_LEVEL = {"enum": ["none", "note", "warning", "error"]}
_LOCATION = {
    "type": "object",
    "additionalProperties": False,
    "minProperties": 1,
    "properties": {
        "physicalLocation": {
            "type": "object",
            "required": ["artifactLocation"],
            "additionalProperties": False,
            "properties": {
                "artifactLocation": {
                    "type": "object",
                    "required": ["uri"],
                    "properties": {"uri": {"type": "string", "pattern": r"^[A-Za-z0-9._~/%-]+$"}},
                    "additionalProperties": False,
                },
                "region": {
                    "type": "object",
                    "properties": {"startLine": {"type": "integer", "minimum": 1}},
                    "additionalProperties": False,
                },
            },
        },
        "logicalLocations": {
            "type": "array",
            "uniqueItems": True,
            "items": {
                "type": "object",
                "properties": {name: {"type": "string"} for name in ("fullyQualifiedName", "name", "kind")},
                "additionalProperties": False,
            },
        },
    },
}
# What SARIF 2.1.0 says of the parts that we write (oasis-tcs/sarif-spec sarif-schema-2.1.0.json, read 2026-11-22).
_SHAPE: dict[str, Any] = {
    "type": "object",
    "required": ["version", "runs"],
    "additionalProperties": False,
    "properties": {
        "$schema": {"type": "string"},
        "version": {"const": "2.1.0"},
        "runs": {
            "type": "array",
            "minItems": 1,
            "maxItems": 1,
            "items": {
                "type": "object",
                "required": ["tool", "results"],
                "additionalProperties": False,
                "properties": {
                    "columnKind": {"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
                    "tool": {
                        "type": "object",
                        "required": ["driver"],
                        "properties": {
                            "driver": {
                                "type": "object",
                                "required": ["name"],
                                "additionalProperties": False,
                                "properties": {
                                    "name": {"type": "string"},
                                    "rules": {
                                        "type": "array",
                                        "uniqueItems": True,
                                        "items": {
                                            "type": "object",
                                            "required": ["id"],
                                            "additionalProperties": False,
                                            "properties": {
                                                "id": {"type": "string"},
                                                "shortDescription": _TEXT,
                                                "fullDescription": _TEXT,
                                                "help": _TEXT,
                                                "defaultConfiguration": {
                                                    "type": "object",
                                                    "properties": {"level": _LEVEL},
                                                    "additionalProperties": False,
                                                },
                                            },
                                        },
                                    },
                                },
                            }
                        },
                    },
                    "results": {
                        "type": "array",
                        "items": {
                            "type": "object",
                            "required": ["message"],
                            "additionalProperties": False,
                            "properties": {
                                "ruleId": {"type": "string"},
                                "ruleIndex": {"type": "integer", "minimum": 0},
                                "level": _LEVEL,
                                "message": _TEXT,
                                "locations": {"type": "array", "items": _LOCATION},
                                "partialFingerprints": {
                                    "type": "object",
                                    "additionalProperties": {"type": "string"},
                                },
                                "suppressions": {
                                    "type": "array",
                                    "items": {
                                        "type": "object",
                                        "required": ["kind"],
                                        "additionalProperties": False,
                                        "properties": {
                                            "kind": {"enum": ["inSource", "external"]},
                                            "status": {"enum": ["accepted", "underReview", "rejected"]},
                                            "justification": {"type": "string"},
                                        },
                                    },
                                },
                                "properties": {"type": "object"},
                            },
                        },
                    },
                },
            },
        },
    },
}


def _run(*assessments: Any) -> dict[str, Any]:
    document = json.loads(render(assessments))
    Draft202012Validator(_SHAPE).validate(document)
    return document["runs"][0]


def _fingerprints(*assessments: Any) -> list[str]:
    return [result["partialFingerprints"]["moorageFinding/v1"] for result in _run(*assessments)["results"]]


def test_every_policy_is_a_rule_with_help_even_where_nothing_breaks_it() -> None:
    run = _run(assessed())
    assert run["results"] == []
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == [policy.id for policy in RULES]
    rule = next(rule for rule in run["tool"]["driver"]["rules"] if rule["id"] == ENCRYPTED)
    assert rule["defaultConfiguration"] == {"level": "error"}
    assert "deployment.kms_key" in rule["help"]["text"]
    assert "2026-11-22" in rule["help"]["markdown"]


def test_a_finding_names_its_rule_its_level_and_the_resource() -> None:
    run = _run(assessed(found(), found(IDLE)))
    first, second = run["results"]
    assert (first["ruleId"], first["level"]) == (ENCRYPTED, "error")
    assert run["tool"]["driver"]["rules"][first["ruleIndex"]]["id"] == ENCRYPTED
    assert first["locations"] == [
        {"logicalLocations": [{"fullyQualifiedName": URN, "name": "acme-data", "kind": "resource"}]}
    ]
    assert first["message"]["text"].startswith("encrypted is false. Set `encrypted`")
    assert second["level"] == "warning"


def test_a_finding_in_a_rendered_file_names_the_file_and_the_line() -> None:
    finding = found("GENERAL-CLEAR-SECRET", subject="acme/user data.yaml", where="line 12")
    location = _run(assessed(finding, files=["acme/user data.yaml"]))["results"][0]["locations"][0]
    assert location["physicalLocation"] == {
        "artifactLocation": {"uri": "acme/user%20data.yaml"},
        "region": {"startLine": 12},
    }


def test_an_exception_that_has_expired_is_a_finding_of_the_profile() -> None:
    finding = Finding(EXPIRED, Breach("deployment.policy_exceptions[0]", "It ended."))
    (result,) = _run(assessed(finding))["results"]
    assert result["locations"][0]["logicalLocations"][0]["kind"] == "member"


def test_what_an_exception_accepts_is_suppressed_with_its_reason() -> None:
    waived, failing = _run(assessed(found(waived="moves next week (until 2026-12-01)"), found(IDLE)))["results"]
    assert waived["suppressions"] == [
        {"kind": "external", "status": "accepted", "justification": "moves next week (until 2026-12-01)"}
    ]
    assert "suppressions" not in failing


def test_a_fingerprint_does_not_depend_on_the_value_found_nor_on_other_findings() -> None:
    (before,) = _fingerprints(assessed(found()))
    assert _fingerprints(assessed(found(IDLE), found(message="encrypted is not said.")))[1] == before
    assert _fingerprints(assessed(found(waived="for a while")))[0] == before


@pytest.mark.parametrize("change", [{"subject": f"{URN}-2"}, {"where": "kmsKeyId"}, {"policy": IDLE}])
def test_other_findings_have_other_fingerprints(change: dict[str, Any]) -> None:
    assert _fingerprints(assessed(found()))[0] != _fingerprints(assessed(found(**change)))[0]


def test_findings_of_two_profiles_and_two_findings_of_one_place_differ() -> None:
    both = _fingerprints(assessed(found(), found()), assessed(found(), name="globex"))
    assert len(set(both)) == 3


def test_a_fingerprint_is_the_same_in_every_release() -> None:
    # Code hosts know a finding again by it: another number here reopens everything that people have dismissed.
    assert _fingerprints(assessed(found())) == ["f2d07f8decce0429d85dbef89c106e48cd20b946e204e1a45168b813ffc68a4c"]


@settings(max_examples=30, deadline=None)
@given(st.text(), st.text(), st.text())
def test_any_text_makes_a_valid_document(message: str, where: str, path: str) -> None:
    finding = replace(found(waived=where), breach=Breach(f"f/{path}", f"x{message}", where))
    _run(assessed(finding, files=[f"f/{path}"]))


def test_the_same_findings_make_the_same_bytes_in_every_process() -> None:
    program = (
        "from stacks.report.sarif import render; from tests.policies.assessments import *; "
        "print(render([assessed(found(), found(IDLE, waived='x'))]), end='')"
    )
    runs = {
        subprocess.run(
            [sys.executable, "-c", program], check=True, capture_output=True, env={"PYTHONHASHSEED": seed}
        ).stdout
        for seed in ("1", "2")
    }
    assert runs == {render([assessed(found(), found(IDLE, waived="x"))]).encode()}

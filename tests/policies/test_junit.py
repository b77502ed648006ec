"""Findings as JUnit XML."""

from __future__ import annotations

from xml.etree import ElementTree as ET

from hypothesis import given, settings
from hypothesis import strategies as st

from stacks.policies.run import RULES
from stacks.report.assessment import Assessment
from stacks.report.junit import render
from tests.policies.assessments import ENCRYPTED, IDLE, URN, assessed, found


def _suites(*assessments: Assessment) -> list[ET.Element]:
    return ET.fromstring(render(assessments)).findall("testsuite")


def _case(suite: ET.Element, policy: str) -> ET.Element:
    (case,) = [case for case in suite.findall("testcase") if case.get("name") == policy]
    return case


def test_there_is_a_suite_a_profile_and_a_case_a_policy() -> None:
    first, second = _suites(assessed(), assessed(name="globex"))
    assert (first.get("name"), second.get("name")) == ("acme", "globex")
    assert [case.get("name") for case in first.findall("testcase")] == [policy.id for policy in RULES]
    assert {name: first.get(name) for name in ("tests", "failures", "errors", "skipped")} == {
        "tests": str(len(RULES)),
        "failures": "0",
        "errors": "0",
        "skipped": "0",
    }


def test_an_error_fails_its_case_with_every_place_and_what_to_do() -> None:
    (suite,) = _suites(assessed(found(), found(subject=f"{URN}-2")))
    failure = _case(suite, ENCRYPTED).find("failure")
    assert failure is not None
    assert failure.get("message") == "Volumes are encrypted: 2 not"
    assert f"{URN}-2 encrypted: encrypted is false." in (failure.text or "")
    assert "deployment.kms_key" in (failure.text or "")
    assert suite.get("failures") == "1"


def test_a_warning_is_printed_and_fails_nothing() -> None:
    (suite,) = _suites(assessed(found(IDLE, message="idleTimeout is 60.")))
    case = _case(suite, IDLE)
    assert case.find("failure") is None
    assert "idleTimeout is 60." in (case.findtext("system-out") or "")
    assert suite.get("failures") == "0"


def test_a_case_is_skipped_where_all_of_it_is_waived() -> None:
    (suite,) = _suites(assessed(found(waived="moves next week (until 2026-12-01)")))
    skipped = _case(suite, ENCRYPTED).find("skipped")
    assert skipped is not None
    assert skipped.get("message") == "moves next week (until 2026-12-01)"
    assert (suite.get("failures"), suite.get("skipped")) == ("0", "1")


def test_a_case_with_one_breach_waived_and_one_not_fails_and_names_both() -> None:
    (suite,) = _suites(assessed(found(subject=f"{URN}-2"), found(waived="for a while")))
    case = _case(suite, ENCRYPTED)
    assert case.find("skipped") is None
    assert f"waived: {URN} " in (case.findtext("system-out") or "")
    assert f"{URN} " not in (case.findtext("failure") or "")
    assert (suite.get("failures"), suite.get("skipped")) == ("1", "0")


@settings(max_examples=50, deadline=None)
@given(st.text(), st.text(), st.text())
def test_no_text_breaks_the_document(message: str, subject: str, reason: str) -> None:
    (suite,) = _suites(assessed(found(message=message, subject=subject), found(IDLE, message=message, waived=reason)))
    assert len(suite.findall("testcase")) == len(RULES)


def test_what_xml_cannot_hold_is_shown_as_its_number_and_the_rest_as_it_is() -> None:
    text = "a\x00b\x1b[31m<&\"'>\ud800 \n\tü😀\uffff"
    (suite,) = _suites(assessed(found(waived=text)))
    skipped = _case(suite, ENCRYPTED).find("skipped")
    assert skipped is not None
    assert skipped.get("message") == "a\\u0000b\\u001b[31m<&\"'>\\ud800 \n\tü😀\\uffff"


def test_the_same_findings_make_the_same_bytes() -> None:
    assessment = assessed(found(), found(IDLE, waived="x"))
    assert render([assessment]) == render([assessment])
    assert "timestamp" not in render([assessment])
    assert "hostname" not in render([assessment])

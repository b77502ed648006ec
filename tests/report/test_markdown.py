"""A comment on a pull request: what it leads with, that it always fits, and that no value can break out of it."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from stacks.changes.change import Changes, FileChange, PropertyChange, ResourceChange
from stacks.cost.estimate import CostEstimate, CostLine, Price
from stacks.demand.demand import Demand, QuotaDemand
from stacks.policies.policy import Breach, Finding, Policy, Severity
from stacks.preview import Preview, Resource, StackPreview
from stacks.report.assessment import VERSION, Assessment
from stacks.report.markdown import LIMIT, MARKER, render

DATA = "urn:pulumi:acme::moorage::aws:ebs/volume:Volume::acme-data"
TEXT = st.text(max_size=200)


def volume(name: str = "acme-data", **inputs: Any) -> Resource:
    urn = f"urn:pulumi:acme::moorage::aws:ebs/volume:Volume::{name}"
    return Resource(urn, "aws:ebs/volume:Volume", name, None, None, inputs, protect=True)


def finding(message: str = "it is open", severity: Severity = "error", waived: str | None = None) -> Finding:
    policy = Policy(
        "AWS-PLANTED", severity, "Nothing is planted", "it would grow", "Pull it out.", "tests", lambda _: ()
    )
    return Finding(policy, Breach(DATA, message), waived)


def lost(loss: str | None = "the disk and all on it", name: str = "acme-data") -> ResourceChange:
    forced = PropertyChange(
        "availabilityZone", "us-east-1a", "us-east-1b", "replace", "a disk stays in its zone", "docs"
    )
    urn = DATA.replace("acme-data", name)
    return ResourceChange(urn, "aws:ebs/volume:Volume", name, "replace", (forced,), loss=loss, stateful=True)


def changes(*found: ResourceChange, files: tuple[FileChange, ...] = (), allowed: tuple[str, ...] = ()) -> Changes:
    return Changes("origin/main", found, files, (), allowed)


def assessment(name: str = "acme", **fields: Any) -> Assessment:
    price = Price("x", 0.5, "hour", "us-east-1", "a list", "2026-07")
    made = Assessment(
        name=name,
        stage="production",
        preview=Preview("machine-image", (StackPreview(name, (volume(),), {"url": "https://a.example"}),), {}),
        reasons=(),
        findings=(),
        cost=CostEstimate("us-east-1", (CostLine(DATA, "a disk", "disks", 730, "hours", price),), ()),
        other_stage=None,
        budget=None,
        demand=Demand((), ()),
    )
    return replace(made, **fields)


def visible(comment: str) -> list[str]:
    """Lines without the invisible ones."""
    return [line for line in comment.splitlines() if line and not line.startswith("<!--")]


def block(comment: str) -> dict[str, Any]:
    found = re.search(r"^<!-- moorage:v(\d+) (\{.*\}) -->$", comment, re.MULTILINE)
    assert found
    assert int(found[1]) == VERSION
    return json.loads(found[2])


def test_it_begins_with_the_marker_and_the_verdict() -> None:
    comment = render([assessment()])
    assert comment.splitlines()[0] == MARKER
    assert visible(comment)[0] == "## ✅ moorage: acme: fine"
    assert "1 resource to create" in comment
    assert "USD 365 a month" in comment


def test_a_loss_comes_before_everything_else() -> None:
    comment = render([assessment(changes=changes(lost()), findings=(finding(severity="warning"),))])
    lines = visible(comment)
    assert lines[0] == "## ❌ moorage: acme: failed"
    assert lines[1] == "- Data would be lost: the disk and all on it."
    assert comment.index("Destructive changes") < comment.index("Policies that are broken")
    assert "availabilityZone: a disk stays in its zone" in comment
    assert block(comment)["profiles"][0]["losses"] == [DATA]


def test_an_allowed_loss_is_told_and_does_not_fail() -> None:
    comment = render([assessment(changes=changes(lost(), allowed=(DATA,)))])
    assert visible(comment)[0].startswith("## ✅")
    assert "(allowed)" in comment
    assert block(comment)["profiles"][0]["losses"] == []


def test_a_waived_policy_is_counted_and_does_not_fail() -> None:
    comment = render([assessment(findings=(finding(waived="because, until 2027-01-01"),))])
    assert visible(comment)[0].startswith("## ✅")
    assert "none is broken; 1 waived" in comment
    assert block(comment)["profiles"][0]["policies"] == {"waived": 1}


def test_the_change_of_the_cost_is_told() -> None:
    dearer = CostEstimate("us-east-1", (), ())
    comment = render([assessment(changes=changes(), base_cost=dearer, budget=100.0)])
    assert "USD 365 a month; +USD 365 against the base; budget USD 100" in comment
    assert visible(comment)[1] == "- USD 365 a month exceed the budget of USD 100."


def test_what_does_not_fit_falls_away_by_tiers_and_it_says_so() -> None:
    sizes = dict[int, str]()
    for number in (0, 100, 400, 2_000, 20_000):
        file = FileChange("a.yaml", "update", "+ a line of some length that was changed\n" * number)
        comment = render([assessment(changes=changes(lost(), files=(file,)))])
        assert len(comment) <= LIMIT
        sizes[number] = comment
    assert "Left out for length" not in sizes[0] + sizes[100] + sizes[400]
    assert sizes[400].count("a line of some length") == 400
    assert "Left out for length: the list of resources; differences of rendered files" in sizes[2_000]
    assert "the disk and all on it" in sizes[20_000]


@pytest.mark.parametrize("number", [1, 2, 40, 1_000])
def test_any_number_of_profiles_fits(number: int) -> None:
    many = tuple(lost(name=f"acme-data-{index}-{'x' * 60}") for index in range(50))
    each = assessment(changes=changes(*many), findings=tuple(finding("m" * 3_000) for _ in range(50)))
    comment = render([replace(each, name=f"profile-{index}") for index in range(number)])
    assert len(comment) <= LIMIT
    found = block(comment)
    assert found["profiles_total"] == number
    assert found["status"] == "failed"
    assert "profile-0" in visible(comment)[0] + visible(comment)[3]


@settings(max_examples=15, deadline=None)
@given(st.lists(TEXT, max_size=30), TEXT, TEXT, st.integers(1, 30))
def test_it_fits_whatever_was_found(messages: list[str], diff: str, base: str, profiles: int) -> None:
    file = FileChange("a.yaml", "update", diff * 300)
    one = assessment(
        changes=Changes(base, tuple(lost(text, name=text[:30]) for text in messages), (file,), tuple(messages)),
        findings=tuple(finding(text * 20) for text in messages),
    )
    comment = render([one] * profiles)
    assert len(comment) <= LIMIT
    assert block(comment)["profiles_total"] == profiles


HOSTILE = (
    "<script>alert(1)</script>", "--> <img src=x onerror=alert(1)>", "| a | b |", "`` ` ```", "[x](javascript:alert(1))",
    "![x](https://evil.example/x.png)", "@everyone #1", "https://evil.example", "</details>", "# heading", "a\n\n## b", "\u202eabc",
    "```\n</details>\n```", "**bold** _it_ ~~gone~~", "&lt;b&gt;", "\\", "<!-- moorage:v1 {} -->", "- item",
)  # fmt: skip


@pytest.mark.parametrize("hostile", HOSTILE)
def test_no_value_becomes_markup(hostile: str) -> None:
    """Parsed by a real parser of GitHub's Markdown, it has the elements of a harmless one, and nothing else."""

    def shape(text: str) -> list[tuple[str, str]]:
        change = replace(lost(text), effect=text, options=(text,), name=text)
        change = replace(change, properties=(PropertyChange(text, text, text, "replace", text, text),))
        price = Price("x", 0.5, "hour", "us-east-1", "a list", "2026-07")
        lines = (
            CostLine(DATA, text, "disks", 1, "hours", price),
            CostLine(text, text, "machines", 1, "hours", None),
        )
        quota = QuotaDemand("ec2", text, text, text, 9, text, 5, text, text, text)
        preview = Preview("machine-image", (StackPreview("acme", (volume(text),), {"url": text}),), {}, (text,))
        one = assessment(
            preview=preview, changes=Changes(text, (change,), (FileChange(text, "update", f"+{text}"),), (text,)),
            findings=(finding(text), finding(text, "note")), cost=CostEstimate("us-east-1", lines, (text,)),
            demand=Demand((quota,), ()),
        )  # fmt: skip
        comment = render([one])
        assert block(comment)
        parser = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
        found = list[tuple[str, str]]()
        for token in parser.parse(comment):
            for part in [token, *(token.children or [])]:
                if part.type == "html_block" or part.type == "html_inline":
                    # Tags alone: what stands between them in one block is text.
                    found += [(part.type, tag) for tag in re.findall(r"</?[a-z]+|<!--\s\S+", part.content)]
                elif part.type not in ("text", "softbreak", "code_inline", "text_special", "fence"):
                    found.append((part.type, part.tag))
        return found

    assert shape(hostile) == shape("harmless")


def test_the_same_input_gives_the_same_bytes() -> None:
    one = assessment(changes=changes(lost()), findings=(finding(),))
    assert render([one]) == render([one])

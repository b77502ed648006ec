"""The HTML page as text: self-contained, the same every time, and nothing in it but what the template says."""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import json
import re
from collections import Counter
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stacks.cost.estimate import CostEstimate
from stacks.preview import Preview, Resource, StackPreview
from stacks.report.html.page import render
from tests.profiles import ROOT, preview_of
from tests.report.made import assessment, finding, full

ACME = "examples/acme-aws.yaml"
PROFILES = sorted(str(path.relative_to(ROOT)) for path in ROOT.glob("examples/*.yaml") if "hooli-eks" not in path.name)
LARGEST = "examples/hooli-eks.yaml"


class Shape(HTMLParser):
    """Which elements and attributes there are; values of attributes and text apart."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.shape = Counter[tuple[str, str]]()
        self.values: list[tuple[str, str, str]] = []
        self.texts: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            self.shape[tag, name] += 1
            self.values.append((tag, name, value or ""))
        self.shape[tag, ""] += 1

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def values(page: str, attribute: str) -> list[str]:
    return [value for _, name, value in Shape(page).values if name == attribute]


@pytest.fixture(scope="module")
def page() -> str:
    return render([full(preview_of(ACME))])


def test_the_page_loads_nothing(page: str):
    shape = Shape(page)
    loads = {
        (tag, name)
        for tag, name, _ in shape.values
        if name in ("src", "srcset", "action", "data", "poster", "xlink:href")
    }
    assert not loads
    assert all(value.startswith("#") or value == "data:," for value in values(page, "href"))
    styles = re.search(r"<style>(.*?)</style>", page, re.DOTALL)
    assert styles
    assert not re.search(r"url\(|@import|@font-face", styles[1])


def test_the_policy_names_the_style_and_the_script_by_their_digests(page: str):
    policy = next(value for value in values(page, "content") if "default-src" in value)
    for tag in ("style", "script"):
        (inlined,) = re.findall(rf"<{tag}>(.*?)</{tag}>", page, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(inlined.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}';" in policy
    assert policy.startswith("default-src 'none';")
    assert "unsafe" not in policy


def test_no_element_has_a_style_or_a_handler_of_its_own(page: str):
    names = {name for _, name, _ in Shape(page).values}
    assert "style" not in names
    assert not [name for name in names if name.startswith("on")]


@pytest.mark.parametrize("path", PROFILES)
def test_every_link_leads_to_an_element_and_ids_are_unique(path: str):
    preview = preview_of(path)
    made = [full(preview), full(preview)] if preview.stacks else [assessment(preview)]
    page = render(made)
    ids = values(page, "id")
    assert len(ids) == len(set(ids))
    references = [value[1:] for value in values(page, "href") if value.startswith("#")]
    references += [each for value in values(page, "aria-labelledby") for each in value.split()]
    assert not set(references) - set(ids)


def test_the_same_input_makes_the_same_bytes():
    made = [full(preview_of(ACME)), assessment(preview_of("examples/umbrella-questions.yaml"))]
    assert render(made) == render(made)


def test_the_largest_page_is_below_a_megabyte_and_a_half():
    assert len(render([full(preview_of(LARGEST))]).encode()) < 1_500_000


def test_whoever_decides_reads_verdict_and_cost_before_the_resources(page: str):
    wanted = [
        "-verdict-h",
        "-destructive-h",
        "-policies-h",
        "-diagram-h",
        "-resources-h",
        "-changes-h",
        "-files-h",
        "-cost-h",
        "-demand-h",
        "-unchecked-h",
        "-details-h",
    ]
    found = [value.removeprefix("p1") for value in values(page, "id") if value.removeprefix("p1") in wanted]
    assert found == wanted


def test_a_failed_verdict_says_so_with_its_reasons(page: str):
    text = " ".join(Shape(page).texts)
    assert "Must not be deployed as it is" in text
    assert "Data would be lost: everything on the data disk." in text
    assert "USD 1,101" in text
    assert "+USD 133" in text


def test_nothing_to_say_is_said():
    text = " ".join(Shape(render([assessment(preview_of("examples/umbrella-questions.yaml"))])).texts)
    assert "Fine to deploy" in text
    assert "No policy is broken." in text
    assert "nothing is paid to a cloud" in text
    assert "there is nothing to draw" in text


def test_a_waived_finding_stands_apart_with_its_reason():
    preview = preview_of(ACME)
    page = render(
        [assessment(preview, findings=(finding(preview.resources[5].urn, waived="A trial, until 2026-12-31."),))]
    )
    assert "No policy is broken." in page
    assert "1 finding accepted by the profile" in page
    assert "A trial, until 2026-12-31." in page


def test_secret_and_unknown_values_are_words():
    resource = Resource(
        "urn:x::a", "aws:ec2/vpc:Vpc", "a", None, None, {"given": {"secret": True}, "made": [{"unknown": True}]}
    )
    page = render([assessment(Preview("machine-image", (StackPreview("s", (resource,), {}),), {}))])
    assert '<span class="h-k">given</span>: <em class="unknown">secret</em>' in page
    assert '- <em class="unknown">known after creation</em>' in page


HOSTILE = st.one_of(
    st.sampled_from(
        [
            "<script>alert(1)</script>",
            "</script><script>alert(1)</script>",
            "</style><img src=x onerror=alert(1)>",
            "\"'><svg onload=alert(1)>",
            "{{ 7 * 7 }}{% raw %}",
            "a\u2028b\u2029c",
            "\u202egnp.exe",
            "\ud800",
            "\x00\x1b[31m",
            "]]>-->",
            "&lt;b&gt;",
            "--><!--",
            "\\n${PATH}",
        ]
    ),
    st.text(max_size=40),
)


def hostile(text: str) -> str:
    """A page with one text wherever a text can stand."""
    resource = Resource(
        f"urn:pulumi:s::p::aws:ec2/vpc:Vpc::{text}",
        "aws:ec2/vpc:Vpc",
        text,
        None,
        None,
        {"name": text, "list": [text, {"nested": text}], "lines": f"{text}\n{text}"},
    )
    preview = Preview(
        text,
        (StackPreview(text, (resource,) * 1, {"out": text, "told": [f"a {text}"]}),),
        {},
        (text,),
        files={"a.yaml": f"key: {text}\n", "b.sh": text, "c.json": json.dumps(text)},
    )
    made = full(dataclasses.replace(preview, stacks=(StackPreview(text, _three(resource), {}),)))
    changes = dataclasses.replace(made.changes, base=text, unchecked=(text,)) if made.changes else None
    return render(
        [
            dataclasses.replace(
                made,
                name=text,
                stage=text,
                reasons=(text,),
                changes=changes,
                preview=preview,
                cost=CostEstimate(text, made.cost.lines, (text,)),
            )
        ]
    )


def _three(resource: Resource) -> tuple[Resource, ...]:
    return tuple(dataclasses.replace(resource, urn=f"{resource.urn}{end}") for end in ("", "2", "3"))


@settings(max_examples=60, deadline=None)
@given(HOSTILE)
def test_a_hostile_text_adds_no_element_and_no_attribute(text: str):
    def known(page: str) -> Counter[tuple[str, str]]:
        # A highlighted word or a line of a diff is a span more; a cut text in the diagram has its whole as a title.
        counted = Shape(page).shape
        return Counter(
            {
                key: number
                for key, number in counted.items()
                if key not in (("span", ""), ("span", "class"), ("title", ""))
            }
        )

    assert known(hostile(text)) == known(hostile("harmless"))


@given(st.text(max_size=30))
def test_characters_that_turn_the_direction_of_a_name_are_shown_and_do_nothing(text: str):
    page = render([assessment(Preview("cloud", (), {}), name=f"{text}\u202e\u2066")])
    assert "\u202e" not in page
    assert "(U+202E)" in page
    page.encode()

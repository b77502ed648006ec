"""The report for a terminal."""

from __future__ import annotations

from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from stacks.changes.change import Changes, FileChange, PropertyChange, ResourceChange
from stacks.preview import SECRET, UNKNOWN, Preview, Resource, StackPreview
from stacks.report.layout import WIDTH
from stacks.report.text import render
from tests.profiles import preview_of
from tests.report.made import assessment, full

NETWORK = "urn:pulumi:acme::moorage::moorage:aws:Network::core"


def resource(type_: str, name: str, parent: str | None = None, **options: Any) -> Resource:
    urn = NETWORK if type_ == "moorage:aws:Network" else f"urn:{type_}:{name}"
    return Resource(urn=urn, type=type_, name=name, parent=parent, provider=None, inputs={}, **options)


PREVIEW = Preview(
    target="machine-image",
    stacks=(
        StackPreview(
            name="acme",
            resources=(
                resource("pulumi:providers:aws", "aws"),
                resource("moorage:aws:Network", "core", component=True, protect=True),
                resource("aws:ec2/vpc:Vpc", "core-vpc", NETWORK),
                resource("aws:ec2/subnet:Subnet", "core-a", NETWORK),
                resource("aws:ebs/volume:Volume", "core-data", protect=True, retain_on_delete=True),
                resource("aws:kms/key:Key", "core-key", retain_on_delete=True),
            ),
            outputs={"vpc": UNKNOWN, "password": SECRET, "url": "https://a.b", "all": {"ids": [1, UNKNOWN]}},
        ),
    ),
    overlays={"user-data.yaml": "0123456789abcdef" * 4},
    unchecked=("Prices.",),
)

TEXT = """\
acme: fine
  machine-image, production: 4 resources to create in 1 stack; nothing is changed yet

Stack acme
├─ + pulumi:providers:aws  aws
├─ moorage:aws:Network     core
│  ├─ + aws:ec2:Vpc        core-vpc
│  └─ + aws:ec2:Subnet     core-a
├─ + aws:ebs:Volume        core-data  [protected, kept]
└─ + aws:kms:Key           core-key  [kept]

6 resources: 4 to create in 1 component; 1 protected; 2 kept
  2 aws:ec2, 1 aws:ebs, 1 aws:kms

Outputs
  vpc       (known after creation)
  password  (secret)
  url       https://a.b
  all       {"ids": [1, "(known after creation)"]}

Protected and kept
  core-data  aws:ebs:Volume  [protected, kept]
  core-key   aws:kms:Key  [kept]
  protected: the engine refuses to delete it until somebody lifts the protection
  kept: stays in the cloud after the stack is destroyed, until somebody deletes it

Files
  user-data.yaml  0123456789ab

Policies
  none is broken

Not checked by this preview
  - Prices.
"""


def test_the_text_shows_the_tree_what_is_kept_the_outputs_and_what_is_unchecked() -> None:
    assert render([assessment(PREVIEW)]) == TEXT


def test_a_target_without_stacks_shows_only_what_there_is() -> None:
    text = render([assessment(Preview("docker-compose", (), {"override.yaml": "00" * 32}, ("Prices.",)))])
    assert "docker-compose, production: nothing is created in a cloud, 1 file for a machine of yours" in text
    titles = [line for line in text.splitlines() if line and not line.startswith(" ")]
    assert titles == ["acme: fine", "Files", "Policies", "Not checked by this preview"]


long_names = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=150)


@example(name="n" * 150, type_="aws:ec2/vpc:Vpc", value="v", sentence="a")
@given(
    name=long_names, type_=long_names, value=st.text(max_size=300), sentence=st.text("ab ", min_size=1, max_size=400)
)
def test_no_line_is_wider_than_a_terminal_whatever_the_names(name: str, type_: str, value: str, sentence: str) -> None:
    kept = resource(type_, name, protect=True)
    stack = StackPreview(name="acme", resources=(kept,), outputs={name: value})
    text = render([assessment(Preview("kubernetes", (stack,), {name: "0" * 64}, (f"A {sentence}",)))])
    assert max(map(len, text.split("\n"))) <= WIDTH
    assert "Outputs" in text


def test_against_a_base_it_shows_what_changes_and_not_the_tree() -> None:
    forced = PropertyChange(
        "availabilityZone", "us-east-1a", "us-east-1b", "replace", "a disk stays in its zone", "docs"
    )
    urn = PREVIEW.resources[4].urn
    lost = ResourceChange(
        urn,
        "aws:ebs/volume:Volume",
        "core-data",
        "replace",
        (forced,),
        (),
        True,
        "It is away.",
        "all repositories",
        True,
    )
    file = FileChange("user-data.yaml", "update", "--- a\n+++ b\n-old\n+new")
    text = render([assessment(PREVIEW, changes=Changes("main:acme.yaml", (lost,), (file,), ()))])
    assert text.startswith(
        """\
acme: failed
  - Data would be lost: all repositories.
  machine-image, production: 1 to replace in 1 stack; nothing is changed yet

Changes against main:acme.yaml
  ± replace      core-data  (aws:ebs:Volume, deleted first)
      LOSS: all repositories
"""
    )
    assert f"--allow-loss '{urn}'" in text
    assert "availabilityZone: us-east-1a -> us-east-1b\n        replace: a disk stays in its zone" in text
    assert "  ~ user-data.yaml\n      --- a\n      +++ b\n      -old\n      +new" in text
    assert "Stack acme" not in text


def test_it_tells_policies_with_their_remedies_the_cost_and_the_quotas() -> None:
    text = render([full(preview_of("examples/acme-aws.yaml"), changes=None)])
    assert "error: TEST-POLICY-1" in text
    assert "Set `deployment.kms_key`." in text
    assert "It is a trial, until 2026-12-31." in text
    assert "As a POC: USD 412 a month. Without managed databases." in text
    assert "Cost a month" in text
    assert "Quotas" in text

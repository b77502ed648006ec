"""The preview for people."""

from __future__ import annotations

from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from stacks.preview import SECRET, UNKNOWN, Preview, Resource, StackPreview
from stacks.preview_text import WIDTH, render

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
Preview of machine-image: 4 resources to create in 1 stack, nothing is changed yet

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

Not checked by this preview
  - Prices.
"""


def test_the_text_shows_the_tree_what_is_kept_the_outputs_and_what_is_unchecked() -> None:
    assert render(PREVIEW) == TEXT


def test_a_target_without_stacks_shows_only_what_there_is() -> None:
    text = render(Preview("docker-compose", (), {"override.yaml": "00" * 32}, ("Prices.",)))
    assert [line for line in text.splitlines() if line and not line.startswith(" ")] == [
        "Preview of docker-compose: nothing is created in a cloud, 1 file for a machine of yours",
        "Files",
        "Not checked by this preview",
    ]


long_names = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=150)


@example(name="n" * 150, type_="aws:ec2/vpc:Vpc", value="v", sentence="a")
@given(
    name=long_names, type_=long_names, value=st.text(max_size=300), sentence=st.text("ab ", min_size=1, max_size=400)
)
def test_no_line_is_wider_than_a_terminal_whatever_the_names(name: str, type_: str, value: str, sentence: str) -> None:
    kept = resource(type_, name, protect=True)
    stack = StackPreview(name="acme", resources=(kept,), outputs={name: value})
    text = render(Preview("kubernetes", (stack,), {name: "0" * 64}, (f"A {sentence}",)))
    assert max(map(len, text.split("\n"))) <= WIDTH
    assert "Outputs" in text

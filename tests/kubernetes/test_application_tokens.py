"""Tokens in values and manifests are replaced, all of them, and nothing else is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pulumi
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.kubernetes.tokens import replaced
from recommender.errors import MoorageError
from tests.recording import record

MADE = {"bucket": "acme-uploads", "hosts.pgsql": "db.internal", "secrets.pgsql-password": "arn:aws:secret/x"}

plain_text = st.text(max_size=8)
documents = st.dictionaries(
    plain_text,
    st.recursive(
        st.none() | st.booleans() | st.integers() | plain_text,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(plain_text, inner, max_size=3),
        max_leaves=8,
    ),
    max_size=3,
)


def resolved(document: Mapping[str, Any], made: Mapping[str, str | None]) -> Mapping[str, Any]:
    """What an engine would see, with every output of the cluster stack read."""

    def program() -> None:
        outputs = {path: pulumi.Output.from_input(value) for path, value in made.items()}
        pulumi.export("document", replaced(document, outputs, "it"))

    return record(program).outputs["document"]


@given(document=documents)
def test_what_holds_no_token_is_not_touched(document: dict[str, Any]) -> None:
    assert replaced(document, MADE, "it") == document


@settings(max_examples=50, deadline=None)
@given(
    parts=st.lists(st.sampled_from(["a", "{}", "$", "{0}", "${", "}", " ", *[f"${{cluster.{p}}}" for p in MADE]])),
)
def test_text_around_tokens_stays_as_it_is(parts: list[str]) -> None:
    text = "".join(parts)
    expected = text
    for path, value in MADE.items():
        expected = expected.replace(f"${{cluster.{path}}}", value)
    assert resolved({"deep": [{"text": text}]}, MADE) == {"deep": [{"text": expected}]}


def test_a_string_that_is_a_token_becomes_the_output_itself() -> None:
    assert replaced({"a": "${cluster.bucket}"}, MADE, "it") == {"a": "acme-uploads"}


@pytest.mark.parametrize(
    ("document", "problem"),
    [
        ({"a": "${cluster.nothing}"}, r"it\.a names \$\{cluster\.nothing\}, which is unknown"),
        ({"a": "${cluster.absent}"}, r"it\.a names \$\{cluster\.absent\}, which is unknown"),
        ({"a": ["x", "${cluster}"]}, r"it\.a\[1\]: '\$\{cluster\}' is no token"),
        ({"a": "${cluster.bad path}"}, "is no token"),
        ({"a": "${cluster.bucket"}, "is no token"),
        ({"a": {"${cluster.bucket}": 1}}, r"it\.a: the key .* holds a token"),
    ],
)
def test_nothing_with_a_token_is_left(document: dict[str, Any], problem: str) -> None:
    with pytest.raises(MoorageError, match=problem) as refusal:
        replaced(document, {**MADE, "absent": None}, "it")
    assert refusal.value.fix


def test_the_error_names_what_is_known() -> None:
    with pytest.raises(MoorageError) as refusal:
        replaced({"a": "${cluster.buckets}"}, MADE, "it")
    assert refusal.value.fix == "Known here: bucket, hosts.pgsql, secrets.pgsql-password."
    with pytest.raises(MoorageError) as refusal:
        replaced({"a": "${cluster.bucket}"}, {}, "it")
    assert "has no tokens" in refusal.value.fix


def test_an_output_that_the_cluster_stack_left_empty_is_refused() -> None:
    with pytest.raises(MoorageError, match=r"it\.a needs \$\{cluster\.certificate\}"):
        resolved({"a": "${cluster.certificate}"}, {"certificate": None})

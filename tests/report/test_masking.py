"""Secrets in Helm values and in saved previews, in the ways in which people write them, are in no report."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from stacks.preview import SECRET
from stacks.report.masking import masked, secrets_in, secrets_of
from tests.changes.previews import preview, resource

WORD = "swordfish-and-chips"
WRITTEN: list[Any] = [
    {"frontend": {"env": {"OAUTH_SECRET": {"value": WORD}}}},
    {"frontend": {"env": {"API_TOKEN_2": {"value": WORD}}}},
    {"frontend": {"env": {"PGPASS": {"value": WORD}}}},
    {"frontend": {"env": {"ENCRYPTION_KEY": {"value": WORD}}}},
    {"frontend": {"env": {"MY_PWD": {"value": WORD}}}},
    {"frontend": {"env": [{"name": "MY_PASSWORD", "value": WORD}]}},
    {"auth": {"clientSecret": WORD}},
    {"auth": {"api-key": WORD}},
    {"passwords": [WORD]},
    {"tokens": {"github": WORD}},
    {"credentials": {"user": "bob", "value": WORD}},
    {"extra": [{"kind": "Secret", "stringData": {"x": WORD}}]},
]
SHAPED = ["redis://:swordfish-and-chips@redis.example:6379", "Bearer swordfish-and-chips", "AKIAIOSFODNN7CANARY1"]


@pytest.mark.parametrize("values", WRITTEN, ids=str)
def test_what_is_called_a_secret_is_one(values: Any):
    assert WORD in secrets_of(values)


@pytest.mark.parametrize("text", SHAPED)
def test_what_looks_like_a_secret_is_one(text: str):
    assert text in secrets_of({"anything": text})


@pytest.mark.parametrize(
    "values",
    [
        {"pgsql": {"auth": {"existingSecret": "acme-pgsql"}}},
        {"imagePullSecrets": [{"name": "acme-registry"}]},
        {"ingress": {"tlsSecret": "acme-tls"}},
        {"credentials": {"existingSecret": "acme", "user": "bob", "enabled": "yes"}},
        {"env": {"PASSWORD": {"valueFrom": {"secretKeyRef": {"name": "acme", "key": "password"}}}}},
        {"extra": [{"kind": "ConfigMap", "data": {"x": "plain"}}]},
    ],
    ids=str,
)
def test_the_name_of_a_secret_is_none(values: Any):
    assert secrets_of(values) == frozenset()


def test_a_secret_as_kubernetes_encodes_it_is_one_too():
    assert base64.b64encode(WORD.encode()).decode() in secrets_of({"password": WORD})


TOKEN = "sgp_0123456789abcdef0123456789abcdef01234567"


@pytest.mark.parametrize("inputs", [{"password": WORD}, {"a": {"secretString": WORD}}, {"text": TOKEN}])
def test_a_saved_preview_with_a_secret_is_not_repeated(inputs: dict[str, Any]):
    found = preview(resource("aws:ec2/vpc:Vpc", inputs=inputs), files={"x.env": f"A={TOKEN}\n"})
    shown = masked(found, secrets_in(found))
    assert WORD not in repr(shown)
    assert TOKEN not in repr(shown)
    assert "A=(secret)\n" in shown.files["x.env"]


def test_a_saved_release_is_masked_as_its_values_are():
    values = {"auth": {"clientSecret": WORD}}
    found = preview(resource("kubernetes:helm.sh/v3:Release", inputs={"values": values}))
    (release,) = masked(found, secrets_in(found)).resources
    assert release.inputs["values"]["auth"]["clientSecret"] == SECRET


def test_without_a_secret_nothing_changes():
    found = preview(resource("aws:ec2/vpc:Vpc", inputs={"cidrBlock": "10.0.0.0/16"}))
    assert masked(found, secrets_in(found)) is found

"""Keeps secrets that stand in the customer's own Helm values out of every report.

A profile refuses secrets, so these values are the only way in, and previews that were saved with them. A policy fails
for them; no report repeats them.
"""

from __future__ import annotations

import base64
from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

from recommender.secrets import looks_secret
from stacks.policies.general import spelled_out as credentials
from stacks.policies.kubernetes.values import leaves, spelled_out
from stacks.policies.kubernetes.view import RELEASE
from stacks.policies.policy import Scope
from stacks.preview import SECRET, Preview

_SHOWN = "(secret)"


def secrets_of(values: Mapping[str, Any] | None) -> frozenset[str]:
    """Every text of Helm values that is called a secret, or looks like one; and each as Kubernetes encodes it."""
    named = {text for _, text in spelled_out(values)}
    shaped = {value for _, _, value in leaves(values) if isinstance(value, str) and looks_secret(value)}
    plain = named | shaped
    return frozenset(plain | {base64.b64encode(text.encode("utf-8", "replace")).decode() for text in plain})


def secrets_in(saved: Preview) -> frozenset[str]:
    """Every credential in a preview that somebody saved, perhaps with an older release or by hand."""
    found = {text for _, text in credentials(Scope.of(saved))}
    releases = (each.inputs.get("values") for each in saved.resources if each.type == RELEASE)
    return frozenset(found.union(*(secrets_of(values) for values in releases if isinstance(values, Mapping))))


def masked(preview: Preview, secrets: Collection[str]) -> Preview:
    """The preview with `SECRET` in place of each input that is a secret, and `(secret)` wherever a text holds one."""
    if not secrets:
        return preview
    stacks = tuple(
        replace(
            stack,
            resources=tuple(replace(each, inputs=_masked(each.inputs, secrets)) for each in stack.resources),
            outputs=_masked(stack.outputs, secrets),
        )
        for stack in preview.stacks
    )
    files = {path: _without(text, secrets) for path, text in preview.files.items()}
    return replace(preview, stacks=stacks, files=files)


def _masked(value: Any, secrets: Collection[str]) -> Any:  # noqa: ANN401 - any JSON value
    if isinstance(value, str):
        return SECRET if value in secrets else _without(value, secrets)
    if isinstance(value, Mapping):
        return {key: _masked(item, secrets) for key, item in value.items()}
    return [_masked(item, secrets) for item in value] if isinstance(value, list) else value


def _without(text: str, secrets: Collection[str]) -> str:
    for secret in sorted(secrets, key=len, reverse=True):
        text = text.replace(secret, _SHOWN)
    return text

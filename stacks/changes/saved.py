"""Previews that somebody saved: the documents of `moorage preview --json`, read back.

Older documents lack the keys that a report adds (`version`, `files`, `claims`, what inputs are made of); newer ones may
have more, which are left alone. Only a document whose `version` is higher than ours is refused.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from recommender.errors import InputError, Problem
from recommender.secrets import shown
from stacks.preview import ClaimedVolume, Preview, Resource, StackPreview
from stacks.report.assessment import VERSION

_KINDS: Final[Mapping[str, str]] = {
    "bool_type": "true or false",
    "dict_type": "an object",
    "greater_than_equal": "a number of at least 0",
    "int_type": "a whole number",
    "less_than_equal": "a number of at most 1,000,000,000",
    "list_type": "a list",
    "missing": "a value",
    "model_type": "an object",
    "string_pattern_mismatch": "urn:pulumi:STACK::PROJECT::TYPES::NAME",
    "string_type": "a text",
}
_COMPONENT: Final = "moorage:"
"""Package of our components: the only resources that exist in no cloud, which the document does not say."""
_FIX: Final = "Save it again with `moorage preview --json`."


@dataclass(frozen=True, slots=True)
class Saved:
    """One document."""

    name: str
    """Of the profile; "" in a document of an older release."""
    stage: str
    """Of the profile; "" in a document of an older release."""
    preview: Preview


class _Part(BaseModel):
    model_config = ConfigDict(strict=True, extra="ignore", frozen=True)


_Urn = Annotated[str, Field(pattern=r"^urn:pulumi:[^:]+::[^:]+::[^:](.|\n)*::")]
"""The engine's form, see `Resource.urn`: stack, project, types and name are asked of it everywhere."""
_Number = Annotated[int, Field(ge=0, le=1_000_000_000)]
"""Far more than any cluster has, and few enough to reckon with."""


class _Resource(_Part):
    urn: _Urn
    type: str
    name: str
    parent: str | None
    provider: str | None
    inputs: dict[str, Any]
    depends_on: list[str] = Field(default_factory=list)
    protect: bool = False
    retain_on_delete: bool = False
    ignore_changes: list[str] = Field(default_factory=list)
    delete_before_replace: bool = False


class _Stack(_Part):
    name: str
    resources: list[_Resource]
    outputs: dict[str, Any]


class _Claim(_Part):
    stack: str
    name: str
    count: _Number
    size_gib: _Number


class _Document(_Part):
    version: int = VERSION
    name: str = ""
    stage: str = ""
    target: str
    stacks: list[_Stack]
    overlays: dict[str, str]
    unchecked: list[str] = Field(default_factory=list)
    files: dict[str, str] = Field(default_factory=dict)
    claims: list[_Claim] = Field(default_factory=list)
    property_dependencies: dict[str, dict[str, list[str]]] = Field(default_factory=dict)
    aliases: dict[str, list[str]] = Field(default_factory=dict)
    replace_on_changes: dict[str, list[str]] = Field(default_factory=dict)


def is_saved(text: str) -> bool:
    """Whether the text begins with a saved preview; a profile has neither of the two keys."""
    start = text.lstrip("\ufeff \t\r\n")
    if not start.startswith("{"):
        return False
    try:
        value, _ = json.JSONDecoder().raw_decode(start)
    except (ValueError, RecursionError):
        return False
    return isinstance(value, dict) and {"target", "stacks"} <= value.keys()


def parse(text: str, where: str) -> list[Saved]:
    """Reads every document of a text: one a line, or one over many lines.

    Args:
        text: of a file.
        where: what to call it in a problem.

    Raises:
        InputError: something in it is not such a document, or is of a newer release.
    """
    found = list[Saved]()
    problems = list[Problem]()
    for place, value in _values(text, where):
        try:
            document = _Document.model_validate(value)
        except ValidationError as error:
            problems += _problems(error, place)
            continue
        if document.version > VERSION:
            given, allowed = f"version {document.version}", f"up to {VERSION}"
            problems.append(
                Problem(f"{place}: version", given, allowed, "Use the release that saved it, or a newer one.")
            )
            continue
        found.append(Saved(document.name, document.stage, _preview(document)))
    if problems:
        raise InputError(problems)
    if not found:
        raise InputError([Problem(where, "nothing", "documents of `moorage preview --json`", _FIX)])
    return found


def _values(text: str, where: str) -> Iterator[tuple[str, object]]:
    """JSON values that follow each other, each with the line it begins at."""
    decoder, position, several = json.JSONDecoder(), 0, None
    text = text.removeprefix("\ufeff")
    while position < len(text):
        if text[position].isspace():
            position += 1
            continue
        line = text.count("\n", 0, position) + 1
        try:
            value, position = decoder.raw_decode(text, position)
        except json.JSONDecodeError as error:
            place = f"{where}:{error.lineno}:{error.colno}"
            raise InputError([Problem(place, f"text that is not JSON: {error.msg}", "JSON", _FIX)]) from error
        except (ValueError, RecursionError) as error:
            problem = Problem(f"{where}:{line}", "nesting or a number without end", "a saved preview", _FIX)
            raise InputError([problem]) from error
        if several is None:
            several = bool(text[position:].strip())
        yield f"{where}:{line}" if several else where, value


def _problems(error: ValidationError, where: str) -> Iterator[Problem]:
    for each in error.errors(include_url=False, include_context=False):
        path = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in each["loc"]).lstrip(".")
        given = (
            "nothing"
            if each["type"] == "missing"
            else shown(each["input"], str(each["loc"][-1]) if each["loc"] else "")
        )
        yield Problem(f"{where}: {path}" if path else where, given, _KINDS.get(each["type"], each["msg"]), _FIX)


def _preview(document: _Document) -> Preview:
    stacks = tuple(
        StackPreview(stack.name, tuple(_resource(resource, document) for resource in stack.resources), stack.outputs)
        for stack in document.stacks
    )
    claims = tuple(ClaimedVolume(**claim.model_dump()) for claim in document.claims)
    return Preview(
        document.target,
        stacks,
        document.overlays,
        tuple(document.unchecked),
        files=document.files,
        claims=claims,
    )


def _resource(resource: _Resource, document: _Document) -> Resource:
    made_of = document.property_dependencies.get(resource.urn, {})
    return Resource(
        urn=resource.urn,
        type=resource.type,
        name=resource.name,
        parent=resource.parent,
        provider=resource.provider,
        inputs=resource.inputs,
        depends_on=tuple(resource.depends_on),
        protect=resource.protect,
        retain_on_delete=resource.retain_on_delete,
        ignore_changes=tuple(resource.ignore_changes),
        delete_before_replace=resource.delete_before_replace,
        component=resource.type.startswith(_COMPONENT),
        property_dependencies={name: tuple(urns) for name, urns in made_of.items()},
        aliases=tuple(document.aliases.get(resource.urn, ())),
        replace_on_changes=tuple(document.replace_on_changes.get(resource.urn, ())),
    )

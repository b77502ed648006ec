"""What the model refuses, in words: where, what was given, what is allowed, what to do."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from typing import Any, cast

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from recommender.errors import Problem
from recommender.profile import Profile
from recommender.secrets import looks_secret, shown

_TYPES = {
    "string_type": "text",
    "string_unicode": "text without broken characters",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "list_type": "a list",
    "dict_type": "a mapping",
    "model_type": "a mapping",
    "model_attributes_type": "a mapping",
    "finite_number": "a number (not NaN or infinity)",
    "secret": "words without a password, key or token in them",
    "control_character": "text on one line, without control characters",
    "invalid_key": "keys that are text",
}
# What a pattern means, in words; a pattern that is not here is shown as it is.
_PATTERNS = {
    "name": "3 to 32 lower-case letters, digits and hyphens, starting with a letter and not ending with a hyphen",
    "sourcegraph_version": "three numbers such as 6.12.5040, without a leading v or zeros",
    "certifications": "a name in lower case, such as iso27001",
    "domain": "a DNS name in lower case, such as sourcegraph.example.com",
    "tags": "letters, digits, spaces and ._:/=+@- , at most 128",
    "email": "a mail address",
    "project": "a GCP project id: 6 to 30 lower-case letters, digits and hyphens",
    "start_utc": "a time such as 04:00",
    "policy": "the id of a policy, such as AWS-VOLUME-ENCRYPTED",
    "resource": "a URN, a logical name, or the path of a rendered file",
    "until": "a day, as YYYY-MM-DD",
}


def problems_of(error: ValidationError, document: object, source: str) -> list[Problem]:
    """Every refusal of the model as a problem, in the order of the document."""
    return [_problem(detail, document, source) for detail in error.errors(include_url=False)]


def _problem(detail: ErrorDetails, document: object, source: str) -> Problem:
    location = [part for part in detail["loc"] if part != "[key]"]
    where = f"{source}: {_path(location)}" if location else source
    key = str(location[-1]) if location else ""
    kind = detail["type"]
    if not isinstance(document, dict):
        return Problem(source, shown(document), "a mapping with at least `name`", "Write a profile; see examples/.")
    if kind == "missing":
        return Problem(where, "nothing", _allowed(detail, location), f"Add `{key}`.")
    if kind == "extra_forbidden":
        return _unknown_key(location, where)
    if kind == "initial_users":
        context = detail.get("ctx", {})
        return Problem(
            f"{where}.initial_users",
            f"{context.get('given'):,}",
            f"at most the {context.get('users'):,} of users",
            "Lower initial_users, or raise users.",
        )
    secret = kind == "secret"
    given = "words that look like a secret, not repeated here" if secret else shown(detail["input"], key)
    return Problem(where, given, _allowed(detail, location), _remedy(detail, key))


def _path(location: Sequence[int | str]) -> str:
    text = ""
    for part in location:
        text += f"[{part}]" if isinstance(part, int) else f"{'.' if text else ''}{_key(part)}"
    return text


def _key(part: str) -> str:
    """A key as it stands in the document, but short, printable, and no secret."""
    plain = len(part) <= 40 and part.replace("-", "_").isidentifier() and not looks_secret(part)
    return part if plain else shown(part)


def _unknown_key(location: Sequence[int | str], where: str) -> Problem:
    known = _known_keys(location[:-1])
    key = str(location[-1])
    close = difflib.get_close_matches(key, known, n=1)
    elsewhere = _elsewhere(key)
    fix = f"Did you mean `{close[0]}`?" if close else f"It belongs at {elsewhere}." if elsewhere else "Remove it."
    return Problem(where, "a key that the profile does not know", f"one of {', '.join(known)}", fix)


def _model_at(location: Sequence[int | str]) -> type[BaseModel]:
    model: type[BaseModel] = Profile
    for part in location:
        if isinstance(part, str):
            fields = {field.alias or name: field for name, field in model.model_fields.items()}
            field = fields.get(part)
            found = None if field is None else _model_in(field.annotation)
            if found is None:
                return model
            model = found
    return model


def _model_in(annotation: Any) -> type[BaseModel] | None:  # noqa: ANN401 - any type expression
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    arguments = cast(tuple[Any, ...], getattr(cast(Any, annotation), "__args__", ()))
    return next((model for model in map(_model_in, arguments) if model is not None), None)


def _known_keys(location: Sequence[int | str]) -> list[str]:
    return [field.alias or name for name, field in _model_at(location).model_fields.items()]


def _elsewhere(key: str) -> str | None:
    """Where a key that stands in the wrong section belongs."""
    for section in Profile.model_fields:
        if key in _known_keys([section]) and key not in Profile.model_fields:
            return f"{section}.{key}"
    return None


def _allowed(detail: ErrorDetails, location: Sequence[int | str]) -> str:
    kind, context = detail["type"], detail.get("ctx", {})
    names = [part for part in location if isinstance(part, str)]
    key = names[-1] if names else ""
    if kind in ("string_pattern_mismatch", "missing") and key in _PATTERNS:
        return _PATTERNS[key]
    words = {
        "literal_error": lambda: f"one of {str(context.get('expected')).replace(' or ', ', ')}".replace("'", ""),
        "string_pattern_mismatch": lambda: f"text that matches {context.get('pattern')}",
        "greater_than_equal": lambda: f"at least {_number(context.get('ge'))}",
        "less_than_equal": lambda: f"at most {_number(context.get('le'))}",
        "too_short": lambda: f"at least {context.get('min_length')}",
        "too_long": lambda: f"at most {context.get('max_length')}",
        "string_too_short": lambda: "words",
        "string_too_long": lambda: f"at most {context.get('max_length')} characters",
    }
    if kind in words:
        return words[kind]()
    return _TYPES.get(kind) or detail["msg"]


def _number(bound: object) -> str:
    return f"{int(bound):,}" if isinstance(bound, float) and bound.is_integer() else f"{bound:,}"


def _remedy(detail: ErrorDetails, key: str) -> str:
    kind, given = detail["type"], detail["input"]
    if kind == "secret":
        return "Take the secret out, and change it: it has been in a file. Profiles hold references only."
    if kind == "string_type" and given is not None and not isinstance(given, (dict, list)):
        return f'Put it in quotes: {key}: "…".'
    if kind in ("int_type", "float_type", "bool_type") and isinstance(given, str):
        return (
            "Take the quotes away, and write digits without separators."
            if kind != "bool_type"
            else "Write true or false."
        )
    if kind == "list_type":
        return "Write it as a list: [one, two]; [] means none, null means not answered."
    if kind == "too_short":
        return "Name at least one, or use null while it is unanswered."
    return "Correct it, or leave it out while it is unknown." if key != "name" else "Choose another name."

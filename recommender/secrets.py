"""A profile carries references to secrets, never a secret. This module keeps one that strays in from being repeated."""

from __future__ import annotations

import re
from typing import cast

from pydantic_core import PydanticCustomError

# Shapes that issuers document for their own credentials, and the ways people paste one into free text. A false alarm
# costs a person one reworded sentence; a miss prints a credential in a pull request.
_SECRET = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY"  # PEM
    r"|\b(?:AKIA|ASIA)[0-9A-Z]{12,}"  # AWS access key id
    r"|\bgh[pousr]_[A-Za-z0-9]{20,}|\bgithub_pat_\w{20,}"  # GitHub
    r"|\bglpat-[\w-]{16,}"  # GitLab
    r"|\bsg[pmt]?_[A-Za-z0-9_]{20,}"  # Sourcegraph
    r"|\bxox[abposr]-[\w-]{10,}"  # Slack
    r"|\bAIza[\w-]{30,}|\bya29\.[\w-]{10,}"  # Google
    r"|\beyJ[\w-]{5,}\.[\w-]{5,}\.[\w-]*"  # JSON Web Token
    r"|\bBearer [\w.~+/-]{16,}"  # of an HTTP header
    r"|://[^/\s:@]*:[^/\s@]+@"  # credentials in a URL; those of Redis have no user
    r"|\b(?:password|passwd|secret|token|api[_-]?key|access[_-]?key|private[_-]?key|credential)s?\b\s*[:=]\s*\S+",
    re.IGNORECASE,
)
# Unbroken runs that no word, name or id of a cloud looks like: long mixed-case ones with digits, and long hexadecimal.
_TOKEN = re.compile(r"\b(?=[a-z0-9+]*[A-Z])(?=[A-Z0-9+]*[a-z])(?=[A-Za-z+]*\d)[A-Za-z0-9+]{24,}|\b[0-9a-f]{32,}\b")
# What every shape above has at least one of; most words have none, and are spared the search for each shape.
_SUSPICIOUS = re.compile(r"[:=_\d]|-----|glpat|xox|bearer |[A-Za-z+]{16}", re.IGNORECASE)
_SECRET_KEY = re.compile(r"passw|secret|token|private|credential|licen[cs]e|api.?key|access.?key|pem\b", re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
_SHOWN = 60


def looks_secret(text: str) -> bool:
    """Whether a text has the shape of a credential."""
    return bool(_SUSPICIOUS.search(text) and (_SECRET.search(text) or _TOKEN.search(text)))


def refuse_secret(text: str) -> str:
    """A validator for free text: refuses credentials and control characters."""
    if looks_secret(text):
        raise PydanticCustomError("secret", "words without a password, key or token in them")
    if _CONTROL.search(text):
        raise PydanticCustomError("control_character", "text on one line, without control characters")
    return text


def plain_words(text: str) -> str:
    """A validator for free text: white space folded, so that any way of quoting it in YAML means the same."""
    folded = " ".join(text.split())
    if not folded:
        raise PydanticCustomError("string_too_short", "words")
    return refuse_secret(folded)


def shown(value: object, key: str = "") -> str:
    """How an error names a value: short, on one line, and never a secret.

    Args:
        value: what stands in the input.
        key: the key it stands under; under a key such as `license_key` nothing is repeated.
    """
    if value is None:
        return "nothing"
    if isinstance(value, dict):
        return f"a mapping with {_count(len(cast(dict[object, object], value)), 'key')}"
    if isinstance(value, list):
        return f"a list of {_count(len(cast(list[object], value)), 'item')}"
    if _SECRET_KEY.search(key) or (isinstance(value, str) and looks_secret(value)):
        return f"{_kind(value)}, not repeated here because it may be a secret"
    if isinstance(value, bool):
        return "true" if value else "false"
    text = str(value) if not isinstance(value, int) or value.bit_length() < 200 else "a number of over 60 digits"
    text = _CONTROL.sub(lambda match: f"\\x{ord(match[0]):02x}", text)
    if len(text) > _SHOWN:
        text = f"{text[:_SHOWN]}… ({len(text):,} characters)"
    return f'"{text}"' if isinstance(value, str) else text


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _kind(value: object) -> str:
    return "a text" if isinstance(value, str) else "a value"

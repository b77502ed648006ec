"""Ids of elements that others link to: they stay the same for as long as the thing has its name."""

from __future__ import annotations

import hashlib
from functools import cache


@cache
def anchor(prefix: str, key: str) -> str:
    """The id of what `key` (a URN, a path) names, in the profile that `prefix` stands for."""
    return f"{prefix}-{hashlib.sha256(key.encode(errors='surrogatepass')).hexdigest()[:12]}"

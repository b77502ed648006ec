"""Physical names that must be fixed, or that Google keeps short."""

from __future__ import annotations

import hashlib


def short(name: str, limit: int) -> str:
    """`name` itself where it has at most `limit` characters; else its beginning and a digest of the whole.

    The digest keeps two long names with the same beginning apart.
    """
    if len(name) <= limit:
        return name
    digest = hashlib.sha256(name.encode()).hexdigest()[:8]
    return f"{name[: limit - len(digest) - 1].rstrip('-')}-{digest}"

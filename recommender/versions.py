"""Versions as numbers that compare."""

from __future__ import annotations


def version_key(version: str) -> tuple[int, ...]:
    """`6.12.5040` as numbers that compare."""
    return tuple(int(part) for part in version.split("."))

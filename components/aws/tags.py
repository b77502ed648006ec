"""Tags shared by all AWS resources."""

from __future__ import annotations

from collections.abc import Mapping


def named(tags: Mapping[str, str], name: str) -> dict[str, str]:
    """The plan's tags and `Name`, which the console shows in its first column."""
    return {**tags, "Name": name}

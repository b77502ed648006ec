"""Where policies come from, written once."""

from __future__ import annotations

from typing import Final

_READ: Final = "read 2026-11-22"


def hub(*controls: str) -> str:
    """Controls of AWS Security Hub, in the list of docs.aws.amazon.com/securityhub."""
    return f"AWS Security Hub CSPM, {' and '.join(controls)} (securityhub-controls-reference), {_READ}"


def ours(document: str) -> str:
    """A decision of this project, by the path of its document below `docs/`."""
    return f"moorage, docs/{document}, {_READ}"


def vendor(page: str) -> str:
    """A page of a vendor."""
    return f"{page}, {_READ}"

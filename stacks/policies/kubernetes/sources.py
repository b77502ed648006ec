"""Where policies over Kubernetes come from, written once."""

from __future__ import annotations

_READ = "read 2026-11-22"
_UNVERIFIED = "unverified, 2026-11-22"


def kubernetes(page: str) -> str:
    """A page of Kubernetes' documentation, named from memory."""
    return f"Kubernetes documentation, {page}, {_UNVERIFIED}"


def helm(page: str) -> str:
    """A page of Helm's documentation, named from memory."""
    return f"Helm documentation, {page}, {_UNVERIFIED}"


def chart(what: str) -> str:
    """Something of the vendor's charts."""
    return f"sourcegraph/deploy-sourcegraph-helm@v7.6.0 {what}, {_READ}"

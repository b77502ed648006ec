"""Where policies over GCP come from, written once."""

from __future__ import annotations

_READ = "read 2026-11-22"
_UNVERIFIED = "unverified, 2026-11-22"


def cis(recommendation: str) -> str:
    """A recommendation of the CIS Google Cloud Platform Foundation Benchmark 4.0.0."""
    where = "turbot/steampipe-mod-gcp-compliance@3ac6530 cis_v400"
    return f"CIS Google Cloud Platform Foundation Benchmark 4.0.0, {recommendation} ({where}), {_READ}"


_PAGES_READ = frozenset(
    (
        "compute/docs/disks/about-snapshot-schedules",
        "kubernetes-engine/docs/concepts/network-isolation",
        "kubernetes-engine/docs/how-to/hardening-your-cluster",
        "memorystore/docs/redis/about-in-transit-encryption",
        "storage/docs/soft-delete",
    )
)


def google(page: str) -> str:
    """A page of Google Cloud's documentation, by its path below docs.cloud.google.com; most are named from memory."""
    return f"Google Cloud documentation, {page}, {_READ if page in _PAGES_READ else _UNVERIFIED}"


def provider(what: str) -> str:
    """What the provider's own schema says."""
    return f"pulumi-gcp 10.2, {what}, {_READ}"

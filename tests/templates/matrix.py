"""Every combination that changes what is rendered: target, provider, size, TLS, disk, services of their own, and the rest.

Profiles, not plans: what cannot be asked for is not rendered.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from functools import cache
from typing import Any

from recommender.errors import InputError
from recommender.planning import make_plan
from recommender.profile_file import parse_profile
from recommender.recommend import recommend
from templates.overlays import Plan

_REGIONS = {"aws": "eu-west-1", "gcp": "europe-west3", "on-premises": None}
_USERS = {"XS": 400, "S": 900, "M": 4_000, "L": 9_000, "XL": 19_000}
_REFERENCES = {
    "aws": "arn:aws:secretsmanager:eu-west-1:123456789012:secret:acme/{}-AbCdEf",
    "gcp": "projects/acme-project/secrets/{}",
}
_DISKS: dict[str, dict[str, Any]] = {
    "found": {},
    "named": {"data_disk_device": "/dev/disk/by-id/wwn-0x5000c500a1b2c3d4"},
    "larger": {"data_disk_gb": 9_000},
}
_NETWORKS: dict[str, dict[str, Any]] = {
    "direct": {},
    "fenced": {
        "proxy": {"url": "http://proxy.acme.example:3128", "no_proxy": ["git.acme.example"]},
        "downloads": {"mirror": "https://artifacts.acme.example/moorage", "registry": "registry.acme.example:5000"},
    },
}
_RULED_OUT = {
    "machine-image": [],
    "install-script": ["machine-image", "kubernetes"],
    "docker-compose": ["machine-image", "kubernetes", "install-script"],
}
_EXTERNAL = ((), ("postgres",), ("redis",), ("s3",), ("gcs",), ("postgres", "redis", "s3"))


def _named(provider: str, **fields: str) -> dict[str, str]:
    """Each field with a reference to its secret, where the provider has a store; else nothing."""
    return {field: _REFERENCES[provider].format(name) for field, name in fields.items() if provider in _REFERENCES}


def _tls(provider: str, mode: str) -> dict[str, Any]:
    secrets = _named(provider, certificate="tls-chain", key="tls-key") if mode == "certificate" else {}
    return {"mode": mode, **({"email": "ops@acme.example"} if mode == "lets-encrypt" else {}), **secrets}


def _external(provider: str, wanted: tuple[str, ...]) -> dict[str, Any]:
    made: dict[str, Any] = {"use": sorted({"object-storage" if one in ("s3", "gcs") else one for one in wanted})}
    if "postgres" in wanted:
        made["postgres"] = {
            key: {"host": f"{key}.acme.example", **_named(provider, password=f"{key}-password")}
            for key in ("pgsql", "codeintel", "codeinsights")
        }
    if "redis" in wanted:
        made["redis"] = _named(provider, cache="redis-cache", store="redis-store")
    if "s3" in wanted:
        made["object_storage"] = {"kind": "s3", "bucket": "acme-uploads", "region": "eu-west-1", **_named(provider, access_key="s3-id", secret_key="s3-key")}  # fmt: skip
    if "gcs" in wanted:
        made["object_storage"] = {"kind": "gcs", "bucket": "acme-uploads", "project": "acme-project", **_named(provider, credentials="gcs-key")}  # fmt: skip
    return made


def _profile(target: str, provider: str, size: str, tls: str, disk: str, network: str, wanted: tuple[str, ...]) -> dict[str, Any]:  # fmt: skip
    deployment: dict[str, Any] = {"domain": "sourcegraph.acme.example", **_DISKS[disk]}
    if provider in ("aws", "gcp"):
        deployment["dns_zone"] = "Z0123456789EXAMPLE" if provider == "aws" else "acme-zone"
    if target != "machine-image":
        deployment |= {"tls": _tls(provider, tls), "external": _external(provider, wanted), **_NETWORKS[network]}
    if target == "docker-compose" and network == "fenced":
        deployment["executors"] = {"jobs": 1, **_named(provider, password="executors")}
    return {
        "name": "acme",
        "scale": {"users": _USERS[size], "repositories": 900, "code_gb": 20},
        "cloud": {"accepts_admin_access": False},
        "hosting": {
            "provider": provider,
            "region": _REGIONS[provider],
            "restrictions": {name: ["not wanted"] for name in _RULED_OUT[target]},
        },
        "deployment": deployment,
    }


def _combinations() -> Iterator[tuple[Any, ...]]:
    for target, provider, size, disk in itertools.product(_RULED_OUT, _REGIONS, _USERS, _DISKS):
        if target == "machine-image":
            yield target, provider, size, "self-signed", disk, "direct", ()
            continue
        if disk != "found":
            yield target, provider, size, "self-signed", disk, "direct", ()
            continue
        modes = ("self-signed", "certificate", "lets-encrypt", "none")
        for tls, network, wanted in itertools.product(modes, _NETWORKS, _EXTERNAL):
            yield target, provider, size, tls, disk, network, wanted


@cache
def plans() -> dict[str, Plan]:
    """Plan by the words of its combination. What a profile may not ask for (Let's Encrypt behind a load balancer) is left out."""
    made: dict[str, Plan] = {}
    for combination in _combinations():
        try:
            profile = parse_profile(_profile(*combination))
            recommendation = recommend(profile)
            if recommendation.target == combination[0]:
                made[" ".join(map(str, combination))] = make_plan(profile, recommendation)
        except InputError:
            continue
    return made

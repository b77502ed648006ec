"""Profiles over everything that a Kubernetes deployment has a branch for."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

from recommender.kubernetes.plan import KubernetesPlan
from tests.kubernetes.test_planner import plan

SIZES = ("S", "XL")
NETWORKS = ("new", "existing")
INGRESS = ("none", "internal", "internet")
SERVICES = ("bundled", "managed", "own")
EXECUTORS = ("none", "dind", "native")
VERSIONS = ("7.6.0", "6.12.5040")

_SECRETS = {
    "aws": "arn:aws:secretsmanager:us-east-1:123456789012:secret:acme/{}",
    "gcp": "projects/acme-prod/secrets/acme-{}",
}
_NETWORKS: dict[str, dict[str, Any]] = {
    "aws": {
        "id": "vpc-0a1b2c3d",
        "node_subnets": ["subnet-0a1b2c3d", "subnet-1a1b2c3d", "subnet-2a1b2c3d"],
        "load_balancer_subnets": ["subnet-3a1b2c3d", "subnet-4a1b2c3d"],
    },
    "gcp": {
        "id": "projects/acme-prod/global/networks/shared",
        "machine_subnet": "projects/acme-prod/regions/us-central1/subnetworks/nodes",
        "pods_range": "pods",
        "services_range": "services",
    },
}
_CERTIFICATES = {
    "aws": "arn:aws:acm:us-east-1:123456789012:certificate/0f0e0d0c-0b0a-0908-0706-050403020100",
    "gcp": "projects/acme-prod/regions/us-central1/sslCertificates/code",
}

Combination = tuple[str, str, str, str, str, str, str]


def combinations() -> Iterator[Combination]:
    """All that can be planned: (provider, size, network, ingress, services, executors, version)."""
    for each in itertools.product(("aws", "gcp"), SIZES, NETWORKS, INGRESS, SERVICES, EXECUTORS, VERSIONS):
        *_, executors, version = each
        if (executors, version) != ("dind", "6.12.5040"):  # that chart cannot be installed
            yield each


def planned(combination: Combination) -> KubernetesPlan:
    """The plan of one combination."""
    provider, size, network, ingress, services, executors, version = combination
    changes: dict[str, Any] = {"size": size, "version": version}
    if network == "existing":
        changes["network"] = dict(_NETWORKS[provider])
        if (provider, ingress) == ("gcp", "internal"):
            changes["network"]["proxy_only_cidr"] = "10.129.0.0/23"
    if ingress != "none":
        changes["domain"] = "sourcegraph.acme.example"
        changes["access"] = "internet" if ingress == "internet" else "private"
    if ingress == "internal":
        changes["certificate"] = _CERTIFICATES[provider]
    if ingress == "internet":
        changes |= {"allowed_cidrs": ["0.0.0.0/0"], "dns_zone": "Z0123456789" if provider == "aws" else "acme"}
    if services == "managed":
        changes["managed"] = {"use": ["postgres", "redis", "object-storage"]}
    if services == "own":
        changes["external"] = _own_services(provider)
    if executors != "none":
        changes["executors"] = {"jobs": 3, "kind": executors, "password": _SECRETS[provider].format("executors")}
    return plan(provider, **changes)


def _own_services(provider: str) -> dict[str, Any]:
    def reference(name: str) -> str:
        return _SECRETS[provider].format(name)

    databases = {
        key: {"host": f"{key}.acme.example", "password": reference(key)}
        for key in ("pgsql", "codeintel", "codeinsights")
    }
    bucket: dict[str, Any] = {"kind": "s3", "bucket": "acme-code", "region": "us-east-1"}
    bucket |= {"access_key": reference("access-key"), "secret_key": reference("secret-key")}
    if provider == "gcp":
        bucket = {"kind": "gcs", "bucket": "acme-code", "project": "acme-prod", "credentials": reference("bucket")}
    return {
        "use": ["postgres", "redis", "object-storage"],
        "postgres": databases,
        "redis": {"cache": reference("redis-cache"), "store": reference("redis-store")},
        "object_storage": bucket,
    }

"""Application plans of every kind, by name; and a strategy that mixes their options."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any

import yaml
from hypothesis import strategies as st

from recommender.host import Database, DatabaseKey, External, ObjectStorage, Proxy, Redis, Secret
from recommender.kubernetes.chart import BUNDLED
from recommender.kubernetes.executor_charts import executor_secret_name
from recommender.kubernetes.identities import storage_service_accounts
from recommender.kubernetes.plan import (
    ApplicationPlan,
    BucketPlan,
    ExecutorKind,
    ExecutorsPlan,
    IngressPlan,
    KubernetesSecret,
    Resources,
    SecretKey,
    SizedService,
    StorageClass,
)
from recommender.plan import Provider
from tests.kubernetes.plans import PROJECT, application_plan, existing_cluster, storage_annotation

VERSIONS = ("7.6.0", "6.12.5040")
CANARY = "canary-of-a-secret"
"""What no text may hold: it stands in the words that a person is asked by."""
QUEUES = ("batches", "codeintel")
REFERENCES: Mapping[str, str] = {
    "aws": "arn:aws:secretsmanager:us-east-1:123456789012:secret:acme/executors",
    "gcp": f"projects/{PROJECT}/secrets/acme-executors/versions/3",
}
KEYS: tuple[DatabaseKey, ...] = ("pgsql", "codeintel", "codeinsights")


def load(text: str) -> Any:
    """As YAML 1.1 has it, like every tool that will read it."""
    return yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))


def secret(name: str, reference: str | None = None) -> Secret:
    return Secret(name, CANARY, reference)


DATABASES = tuple(
    Database(key, f"{key}.db.acme.example", 5432, "sg", "sg", "verify-full", secret(f"{key}-password")) for key in KEYS
)
REDIS = Redis(secret("redis-cache-endpoint"), secret("redis-store-endpoint"))
MINIO = ObjectStorage(
    "s3",
    "acme-uploads",
    "eu-west-1",
    "https://minio.acme.example:9000",
    None,
    secret("access-key"),
    secret("secret-key"),
    None,
)
PROXY = Proxy("http://proxy.acme.example:3128", ("git.acme.example", "10.1.0.0/16"))
S3 = BucketPlan("s3", "acme-uploads", "eu-west-1", "https://minio.acme.example:9000", None, by_identity=False)
GCS = BucketPlan("gcs", "acme-uploads", None, None, PROJECT, by_identity=False)

STATEFUL = tuple(
    SizedService(key, None, Resources("4", "4", "8G", "8G"), storage)
    for key, storage in (
        ("pgsql", 300),
        ("codeIntelDB", 300),
        ("codeInsightsDB", 200),
        ("redisCache", 100),
        ("redisStore", 100),
        ("blobstore", 120),
    )
)
SYNTACTIC = SizedService("syntacticCodeIntel", 2, Resources("500m", "2", "2G", "4G"), 0)


def executors(kind: ExecutorKind, provider: str = "aws") -> ExecutorsPlan:
    password = SecretKey(
        "EXECUTOR_FRONTEND_PASSWORD", source=secret("executors-password", REFERENCES.get(provider, REFERENCES["aws"]))
    )
    named = KubernetesSecret(executor_secret_name(kind, QUEUES), (password,))
    return ExecutorsPlan(kind, "sourcegraph-executors", 3, QUEUES, named)


def ingress(plan: ApplicationPlan, **changes: Any) -> IngressPlan:
    assert plan.ingress is not None
    return replace(plan.ingress, **changes)


def larger(plan: ApplicationPlan) -> tuple[SizedService, ...]:
    """Its services, with more replicas of all that can have them."""
    return tuple(
        replace(service, replicas=None if service.replicas is None else service.replicas + 2)
        for service in plan.services
    )


@lru_cache
def variants(version: str = "7.6.0") -> Mapping[str, ApplicationPlan]:
    """Every kind of plan at a release."""
    return {**_on(version, "aws"), **_on(version, "gcp"), **_on_existing_clusters(version)}


def _on(version: str, provider: Provider) -> dict[str, ApplicationPlan]:
    kind: ExecutorKind = "dind" if version.startswith("7") else "native"
    plan = application_plan(provider, version=version, executors=executors(kind, provider))
    changes: dict[str, dict[str, Any]] = {
        "all": {},
        "bundled": {"managed": None, "bucket": None, "secrets": (), "services": (*plan.services, *STATEFUL)},
        "syntactic": {"services": (*plan.services, SYNTACTIC), "bundled": (*plan.bundled, "syntacticCodeIntel")},
        "without-ingress": {"ingress": None},
        "internal": {
            "ingress": ingress(
                plan,
                scheme="internal",
                allowed_cidrs=("10.0.0.0/8",),
                certificate="arn:aws:acm:us-east-1:123456789012:certificate/abc" if provider == "aws" else "acme-cert",
            )
        },
        "proxy": {"proxy": PROXY, "private_ca_secret": "acme-ca"},
        "registry": {"proxy": PROXY, "registry": "registry.acme.example:5000", "image_pull_secret": "pull"},
        "large": {"services": larger(plan), "keep": False},
        "without-policies": {"network_policies": False},
        "native": {"executors": executors("native", provider), "registry": "registry.acme.example/mirror"},
    }
    accounts, annotation = storage_service_accounts(version, frozenset(plan.bundled)), storage_annotation(provider)
    changes["identities"] = {"service_account_annotations": tuple((key, (annotation,)) for key in accounts)}
    if provider == "gcp":
        changes["tls"] = {"ingress": ingress(plan, tls_secret="sourcegraph-tls")}
    else:
        subnets = ("subnet-0a1b2c3d", "subnet-1a1b2c3d")
        changes["edges"] = {"ingress": ingress(plan, edge_subnets=subnets)}
        changes["existing-class"] = {
            "own_cluster": False,
            "charts": (),
            "ingress": ingress(plan, class_name="alb", edge_subnets=subnets),
        }
    return {
        f"{provider}-{name}": application_plan(provider, **{"version": version, "executors": plan.executors, **change})
        for name, change in changes.items()
    }


def _on_existing_clusters(version: str) -> dict[str, ApplicationPlan]:
    plan = existing_cluster(version=version)
    kind: ExecutorKind = "dind" if version.startswith("7") else "native"
    azure = StorageClass("sourcegraph-acme", True, "disk.csi.azure.com", (("storageaccounttype", "Premium_LRS"),))
    everything = External(DATABASES, REDIS, MINIO)
    ranges = ("10.0.0.0/8", "192.0.2.0/24")
    changes: dict[str, dict[str, Any]] = {
        "bundled": {},
        "issuer": {"ingress": ingress(plan, cluster_issuer="letsencrypt", allowed_cidrs=ranges)},
        "class": {"ingress": ingress(plan, kind="class", class_name="traefik")},
        "azure": {
            "flavor": "aks",
            "provider": "azure",
            "storage_class": azure,
            "ingress": ingress(plan, kind="class", class_name="azure-application-gateway"),
        },
        "openshift": {
            "flavor": "openshift",
            "services": (*plan.services, *STATEFUL),
            "ingress": ingress(plan, kind="class", class_name="openshift-default", allowed_cidrs=ranges),
        },
        "auto-mode": {"flavor": "eks-auto", "provider": "aws", "region": "us-east-1"},
        "external-s3": {"external": everything, "bucket": S3},
        "external-gcs": {"external": replace(everything, redis=None), "bucket": GCS},
        "external-redis": {"external": External((), REDIS, None)},
        "china": {"bucket": replace(S3, endpoint=None, region="cn-north-1"), "external": External((), None, MINIO)},
        "everything": {
            "external": everything,
            "bucket": S3,
            "proxy": PROXY,
            "private_ca_secret": "acme-ca",
            "registry": "registry.acme.example",
            "image_pull_secret": "pull",
            "executors": executors(kind),
            "services": (*larger(plan), SYNTACTIC),
            "bundled": tuple(
                sorted((BUNDLED | {"syntacticCodeIntel"}) - {service.key for service in STATEFUL}),
            ),
        },
    }
    return {f"existing-{name}": existing_cluster(**{"version": version, **change}) for name, change in changes.items()}


@st.composite
def plans(draw: st.DrawFn) -> ApplicationPlan:
    """A plan with any mixture of the options that do not hang together."""
    version = draw(st.sampled_from(VERSIONS))
    plan = draw(st.sampled_from(sorted(variants(version).items())))[1]
    kinds: list[ExecutorKind | None] = [None, "native", *(["dind"] if version.startswith("7") else [])]
    kind = draw(st.sampled_from(kinds))
    options: dict[str, Any] = {
        "executors": executors(kind, plan.provider) if kind else None,
        "proxy": draw(st.sampled_from((None, PROXY))),
        "registry": draw(st.sampled_from((None, "registry.acme.example:5000", "registry.acme.example/mirror"))),
        "image_pull_secret": draw(st.sampled_from((None, "pull"))),
        "private_ca_secret": draw(st.sampled_from((None, "acme-ca"))),
        "network_policies": draw(st.booleans()),
        "keep": draw(st.booleans()),
        "services": tuple(
            replace(service, replicas=draw(st.integers(1, 9)) if service.replicas else None)
            for service in plan.services
        ),
    }
    if plan.ingress and draw(st.booleans()):
        options["ingress"] = None
    return replace(plan, **options)

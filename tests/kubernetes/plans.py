"""Kubernetes plans with realistic values, for tests of what reads them.

`cluster_plan("aws", disposable=True)` and `application_plan(ingress=None)` change fields by name.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from recommender.fact import Fact
from recommender.host import External, Secret
from recommender.kubernetes.chart import BUNDLED, chart_facts, runs
from recommender.kubernetes.cluster_outputs import KMS_KEY, STORAGE_ROLE
from recommender.kubernetes.identities import gcp_email
from recommender.kubernetes.plan import (
    Addon,
    ApplicationPlan,
    BucketPlan,
    ClusterPlan,
    ExecutorsPlan,
    ExistingClusterNetwork,
    IngressPlan,
    KubernetesSecret,
    KubernetesVersion,
    ManagedDatabase,
    ManagedRedis,
    ManagedServices,
    NewClusterNetwork,
    NodeGroup,
    Nodes,
    PinnedChart,
    Resources,
    SecretKey,
    SizedService,
    StorageClass,
    WorkloadIdentity,
    Zone,
)
from recommender.kubernetes.pods import NodeShape
from recommender.kubernetes.workloads import executor_workloads, sourcegraph_workloads
from recommender.plan import Provider, Snapshots

FACT = Fact("a table of the tests", "2026-11-22")
PROJECT = "acme-prod"
REGIONS: dict[Provider, str] = {"aws": "us-east-1", "gcp": "us-central1"}
TAGS: dict[Provider, tuple[tuple[str, str], ...]] = {
    "aws": (("moorage:name", "acme"), ("moorage:stage", "production")),
    "gcp": (("moorage-name", "acme"), ("moorage-stage", "production")),
}

NO_SERVICES = ManagedServices((), (), False, False, 14, True)
ALL_SERVICES = ManagedServices(
    databases=(
        ManagedDatabase("pgsql", "db.m6i.xlarge", 200, 1000, "sg", "sg"),
        ManagedDatabase("codeintel", "db.m6i.xlarge", 200, 1000, "sg", "sg"),
        ManagedDatabase("codeinsights", "db.m6i.large", 200, 1000, "sg", "sg"),
    ),
    redis=(
        ManagedRedis("cache", "cache.m7g.large", 6, "allkeys-lru"),
        ManagedRedis("store", "cache.m7g.large", 6, "noeviction"),
    ),
    bucket=True,
    high_availability=True,
    backup_days=14,
    keep=True,
)


def services(provider: Provider) -> ManagedServices:
    """Everything that a cloud can run for Sourcegraph."""
    if provider == "aws":
        return ALL_SERVICES
    return replace(
        ALL_SERVICES,
        databases=tuple(replace(each, machine="db-custom-4-16384") for each in ALL_SERVICES.databases),
        redis=tuple(replace(each, machine="") for each in ALL_SERVICES.redis),
        backup_days=7,
    )


def new_network(provider: Provider) -> NewClusterNetwork:
    """Three zones, one NAT each where that is possible."""
    if provider == "aws":
        zones = tuple(
            Zone(f"us-east-1{letter}", zone_id, f"10.64.{16 * number}.0/20", f"10.64.{240 + number}.0/24")
            for number, (letter, zone_id) in enumerate((("a", "use1-az6"), ("b", "use1-az1"), ("c", "use1-az2")))
        )
        return NewClusterNetwork("10.64.0.0/16", zones, "per-zone", "", "172.20.0.0/16", "", "")
    zones = tuple(Zone(f"us-central1-{letter}", f"us-central1-{letter}", "", "") for letter in "abc")
    return NewClusterNetwork(
        "10.64.0.0/20", zones, "one", "10.68.0.0/17", "10.69.0.0/20", "10.64.16.0/28", "10.64.18.0/23"
    )


def existing_network(provider: Provider) -> ExistingClusterNetwork:
    """A network of the customer's."""
    if provider == "aws":
        subnets = ("subnet-0a1b2c3d", "subnet-1a1b2c3d", "subnet-2a1b2c3d")
        edges = ("subnet-3a1b2c3d", "subnet-4a1b2c3d")
        return ExistingClusterNetwork("vpc-0a1b2c3d", subnets, edges, "", "", "172.20.0.0/16")
    base = f"projects/{PROJECT}"
    return ExistingClusterNetwork(
        f"{base}/global/networks/shared",
        (f"{base}/regions/us-central1/subnetworks/nodes",),
        (),
        "pods",
        "services",
        "",
    )


def nodes(provider: Provider, keys: tuple[str, ...]) -> Nodes:
    """Four nodes, as many a zone as are left."""
    groups = tuple(NodeGroup(key, 2 if number == 0 else 1, 3) for number, key in enumerate(sorted(keys)))
    if provider == "aws":
        shape = NodeShape("m6a.4xlarge", 16, 64, 15_890, 57_900, 110, 80, 24)
        return Nodes(shape, groups, 100, "1.36.2-20260714", FACT)
    return Nodes(NodeShape("n2-standard-16", 16, 64, 15_890, 58_760, 110, 80, 120), groups, 100, None, None)


def identities(provider: Provider) -> tuple[WorkloadIdentity, ...]:
    """Who pods are to the cloud."""
    found = (
        WorkloadIdentity("object-storage", "sourcegraph", ("sourcegraph-frontend", "worker")),
        WorkloadIdentity("external-secrets", "external-secrets", ("external-secrets",)),
    )
    if provider == "gcp":
        return found
    return (
        *found,
        WorkloadIdentity("load-balancer", "kube-system", ("aws-load-balancer-controller",)),
        WorkloadIdentity("autoscaler", "kube-system", ("cluster-autoscaler",)),
    )


def cluster_plan(provider: Provider = "aws", **changes: Any) -> ClusterPlan:
    """A production cluster of `acme` on the internet, with all managed services, in a network of its own."""
    aws, region = provider == "aws", REGIONS[provider]
    network = changes.get("network") or new_network(provider)
    keys = (
        tuple(zone.name for zone in network.zones) if isinstance(network, NewClusterNetwork) else network.node_subnets
    )
    if not aws:
        keys = tuple(f"{region}-{letter}" for letter in "abc")
    plan = ClusterPlan(
        name="acme",
        stage="production",
        disposable=False,
        provider=provider,
        project=None if aws else PROJECT,
        region=region,
        cluster_name="acme",
        version=KubernetesVersion("1.36" if aws else "1.35", None if aws else "REGULAR", "2027-08-02", FACT),
        network=network,
        api_cidrs=("192.0.2.0/24",),
        admins=("arn:aws:iam::123456789012:role/platform",) if aws else (),
        nodes=nodes(provider, keys),
        addons=tuple(
            Addon(name, version, FACT)
            for name, version in (
                ("vpc-cni", "v1.22.4-eksbuild.3"),
                ("kube-proxy", "v1.36.0-eksbuild.25"),
                ("coredns", "v1.14.3-eksbuild.23"),
                ("eks-pod-identity-agent", "v1.3.10-eksbuild.3"),
                ("metrics-server", "v0.9.0-eksbuild.11"),
                ("aws-ebs-csi-driver", "v1.63.0-eksbuild.1"),
                ("snapshot-controller", "v8.5.0-eksbuild.5"),
            )
        )
        if aws
        else (),
        identities=identities(provider),
        managed=services(provider),
        secret_references=(
            "arn:aws:secretsmanager:us-east-1:123456789012:secret:acme/executors"
            if aws
            else f"projects/{PROJECT}/secrets/acme-executors/versions/latest",
        ),
        domain="sourcegraph.acme.example",
        certificate=None,
        dns_zone="Z0123456789ABCDEFGHIJ" if aws else "acme-zone",
        scheme="internet-facing",
        allowed_cidrs=("0.0.0.0/0",),
        kms_key=None,
        volume_backups=Snapshots("04:00", 14),
        log_days=90,
        deletion_protection=True,
        tags=TAGS[provider],
        volume_tag=("moorage:volumes", "acme") if aws else ("moorage-volumes", "acme"),
    )
    return replace(plan, **changes)


def application_plan(provider: Provider = "aws", **changes: Any) -> ApplicationPlan:
    """Sourcegraph 7.6.0 on the cluster of `cluster_plan`, with all managed services and executors."""
    aws = provider == "aws"
    managed = services(provider)
    database_secrets = tuple(
        KubernetesSecret(
            f"sourcegraph-{each.key}",
            (
                SecretKey("host", output=f"hosts.{each.key}"),
                SecretKey("port", value="5432"),
                SecretKey("user", value=each.user),
                SecretKey("password", output=f"secrets.{each.key}-password", property="password" if aws else None),
                SecretKey("database", value=each.database),
                SecretKey("sslmode", value="require"),
            ),
        )
        for each in managed.databases
    )
    redis_secrets = tuple(
        KubernetesSecret(
            f"sourcegraph-redis-{each.key}", (SecretKey("endpoint", output=f"secrets.redis-{each.key}-endpoint"),)
        )
        for each in managed.redis
    )
    reference = cluster_plan(provider).secret_references[0]
    executors_secret = KubernetesSecret(
        "sourcegraph-executors",
        (SecretKey("EXECUTOR_FRONTEND_PASSWORD", source=Secret("executors-password", "the password", reference)),),
    )
    parameters = (
        (
            ("type", "gp3"),
            ("encrypted", "true"),
            ("kmsKeyId", KMS_KEY),
            ("tagSpecification_1", "moorage:volumes=acme"),
        )
        if aws
        else (("type", "pd-ssd"), ("disk-encryption-kms-key", KMS_KEY), ("labels", "moorage-volumes=acme"))
    )
    charts = [
        PinnedChart(
            "external-secrets",
            "https://charts.external-secrets.io",
            "2.0.0",
            "external-secrets",
            "external-secrets",
            "external-secrets",
            FACT,
        )
    ]
    if aws:
        charts.append(
            PinnedChart(
                "aws-load-balancer-controller",
                "https://aws.github.io/eks-charts",
                "3.5.0",
                "kube-system",
                "aws-load-balancer-controller",
                "load-balancer",
                FACT,
            )
        )
    plan = ApplicationPlan(
        name="acme",
        stage="production",
        size="M",
        version="7.6.0",
        provider=provider,
        flavor="eks" if aws else "gke",
        region=REGIONS[provider],
        project=None if aws else PROJECT,
        own_cluster=True,
        cluster_name="acme",
        context=None,
        kubernetes_minor="1.36" if aws else "1.35",
        namespace="sourcegraph",
        chart_repository="https://helm.sourcegraph.com/release",
        chart_file=None,
        charts=tuple(charts),
        storage_class=StorageClass(
            "sourcegraph-acme", True, "ebs.csi.aws.com" if aws else "pd.csi.storage.gke.io", parameters
        ),
        ingress=IngressPlan(
            kind="alb" if aws else "gce",
            class_name="sourcegraph-acme" if aws else "",
            domain="sourcegraph.acme.example",
            scheme="internet-facing",
            allowed_cidrs=("0.0.0.0/0",),
            certificate=None,
            tls_secret=None,
            cluster_issuer=None,
            address_name=None if aws else "acme-sourcegraph",
            edge_subnets=(),
        ),
        services=tuple(
            SizedService(key, replicas, Resources("500m", "2", "2Gi", "4Gi"), storage)
            for key, replicas, storage in (
                ("frontend", 2, 0),
                ("gitserver", 1, 200),
                ("indexedSearch", 1, 200),
                ("indexedSearchIndexer", None, 0),
                ("preciseCodeIntel", 2, 0),
                ("searcher", 1, 26),
                ("worker", 1, 0),
                ("syntectServer", 1, 0),
                ("prometheus", None, 200),
            )
        ),
        external=External(),
        managed=managed,
        bucket=BucketPlan(
            "s3" if aws else "gcs", None, REGIONS[provider] if aws else None, None, None if aws else PROJECT, True
        ),
        secrets=(*database_secrets, *redis_secrets),
        external_secrets=True,
        executors=ExecutorsPlan("dind", "sourcegraph-executors", 4, ("batches", "codeintel"), executors_secret),
        proxy=None,
        registry=None,
        image_pull_secret=None,
        private_ca_secret=None,
        network_policies=True,
        bundled=("cadvisor", "grafana", "nodeExporter", "openTelemetry", "openTelemetry.agent", "prometheus"),
        identities=identities(provider),
        service_account_annotations=tuple((key, (storage_annotation(provider),)) for key in ("frontend", "worker")),
        workloads=(),
        keep=True,
        tags=TAGS[provider],
    )
    return _consistent(replace(plan, **changes), changes)


def storage_annotation(provider: Provider) -> tuple[str, str]:
    """What lets pods of a service account into the managed bucket."""
    if provider == "aws":
        return "eks.amazonaws.com/role-arn", STORAGE_ROLE
    return "iam.gke.io/gcp-service-account", gcp_email("acme", "object-storage", PROJECT)


def existing_cluster(**changes: Any) -> ApplicationPlan:
    """Sourcegraph on a cluster that the customer runs on premises, everything bundled, behind nginx."""
    plan = application_plan(
        provider="aws",
        own_cluster=False,
        cluster_name=None,
        context="office",
        flavor="other",
        region=None,
        charts=(),
        storage_class=StorageClass("fast", False, "", ()),
        managed=None,
        bucket=None,
        secrets=(),
        service_account_annotations=(),
        external_secrets=False,
        executors=None,
        bundled=tuple(sorted(BUNDLED)),
        identities=(),
        tags=(),
    )
    assert plan.ingress is not None
    ingress = replace(plan.ingress, kind="nginx", class_name="nginx", tls_secret="sourcegraph-tls", scheme="internal")
    return _consistent(replace(plan, **{"provider": "on-premises", "ingress": ingress, **changes}), changes)


def _consistent(plan: ApplicationPlan, changes: dict[str, Any]) -> ApplicationPlan:
    """What runs and what is scheduled follows from the rest of the plan, as in the planner."""
    off: set[str] = set()
    managed = plan.managed or NO_SERVICES
    if managed.databases or plan.external.databases:
        off |= {"pgsql", "codeIntelDB", "codeInsightsDB"}
    if managed.redis or plan.external.redis:
        off |= {"redisCache", "redisStore"}
    if plan.bucket:
        off.add("blobstore")
    if plan.flavor == "openshift":
        off |= {"cadvisor", "nodeExporter", "openTelemetry", "openTelemetry.agent"}
    bundled, version = frozenset(changes.get("bundled", BUNDLED - off)), plan.version
    services = tuple(each for each in plan.services if runs(chart_facts(version).workload(each.key), bundled))
    found = sourcegraph_workloads(services, version=version, namespace=plan.namespace, bundled=bundled)
    if plan.executors:
        found += executor_workloads(plan.executors, version=version)
    derived = {"bundled": tuple(sorted(bundled)), "services": services, "workloads": found}
    return replace(plan, **{**derived, **{key: value for key, value in changes.items() if key in derived}})

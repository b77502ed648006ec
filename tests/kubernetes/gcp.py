"""Recordings of GKE clusters, with the outputs that Google would compute."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import Any

import pulumi
import pulumi_gcp as gcp

from components.gcp.kubernetes.cluster import Cluster
from recommender.kubernetes.plan import ClusterPlan, NewClusterNetwork
from tests.kubernetes.plans import NO_SERVICES, cluster_plan, existing_network, services
from tests.recording import Recording, record

TOP = "moorage:gcp:Cluster"
CLUSTER = "gcp:container/cluster:Cluster"
NODE_POOL = "gcp:container/nodePool:NodePool"
SQL = "gcp:sql/databaseInstance:DatabaseInstance"
REDIS = "gcp:redis/instance:Instance"
BUCKET = "gcp:storage/bucket:Bucket"
SECRET = "gcp:secretmanager/secret:Secret"
VERSION = "gcp:secretmanager/secretVersion:SecretVersion"
KEY = "gcp:kms/cryptoKey:CryptoKey"
FIREWALL = "gcp:compute/firewall:Firewall"
STATEFUL = {
    CLUSTER,
    SQL,
    "gcp:sql/database:Database",
    REDIS,
    BUCKET,
    SECRET,
    KEY,
    "gcp:kms/keyRing:KeyRing",
    "gcp:gkebackup/backupPlan:BackupPlan",
}
"""Types that hold what cannot be made again."""

OWN_KEY = "projects/acme-keys/locations/us-central1/keyRings/moorage/cryptoKeys/cluster"
NUMBER = "123456789012"


def poc() -> ClusterPlan:
    """A cluster that may be thrown away, without a domain or anything managed."""
    return cluster_plan(
        "gcp",
        stage="poc",
        disposable=True,
        managed=NO_SERVICES,
        domain=None,
        dns_zone=None,
        scheme="internal",
        allowed_cidrs=(),
        volume_backups=None,
        deletion_protection=False,
        secret_references=(),
        identities=(),
        network=without_proxies(),
    )


def without_proxies() -> NewClusterNetwork:
    network = cluster_plan("gcp").network
    assert isinstance(network, NewClusterNetwork)
    return replace(network, proxy_only_cidr="")


PLANS: Mapping[str, ClusterPlan] = {
    "internet-facing": cluster_plan("gcp", network=without_proxies()),
    "internal": cluster_plan("gcp", scheme="internal", allowed_cidrs=("10.0.0.0/8",), certificate="acme", api_cidrs=()),
    "poc": poc(),
    "disposable-with-services": replace(poc(), managed=replace(services("gcp"), keep=False, high_availability=False)),
    "existing-network": cluster_plan("gcp", network=existing_network("gcp"), dns_zone=None),
    "own-key": cluster_plan("gcp", kms_key=OWN_KEY),
    "nothing-managed": cluster_plan("gcp", managed=replace(NO_SERVICES, keep=True), network=without_proxies()),
}


def computed(type_: str, name: str, inputs: Mapping[str, object]) -> Mapping[str, object]:
    """Generated names, and what the wiring reads."""
    generated = {} if "name" in inputs else {"name": f"{name}-1a2b3c4"}
    return {**generated, **_outputs(type_, inputs)}


def _outputs(type_: str, inputs: Mapping[str, object]) -> Mapping[str, object]:
    if type_ == "gcp:projects/serviceIdentity:ServiceIdentity":
        # As the API answers: without an address for Cloud Storage (hashicorp/terraform-provider-google#18649).
        known = inputs["service"] != "storage.googleapis.com"
        return {"email": f"service-{NUMBER}@some-agent.iam.gserviceaccount.com"} if known else {}
    if type_ == "gcp:serviceaccount/account:Account":
        email = f"{inputs['accountId']}@acme-prod.iam.gserviceaccount.com"
        path = f"projects/acme-prod/serviceAccounts/{email}"
        return {"email": email, "member": f"serviceAccount:{email}", "name": path}
    if type_ == CLUSTER:
        return {"controlPlaneEndpointsConfig": {"dnsEndpointConfig": {"endpoint": "gke-1a2b.us-central1.gke.goog"}}}
    return _BY_TYPE.get(type_, {})


_BY_TYPE: Mapping[str, Mapping[str, object]] = {
    SQL: {"privateIpAddress": "10.90.0.3"},
    REDIS: {"host": "10.90.1.4", "port": 6379, "authString": "canary-of-redis"},
    "random:index/randomPassword:RandomPassword": {"result": "canary-of-a-password"},
}


@cache
def record_cluster(plan: ClusterPlan, *, preview: bool = False) -> Recording:
    """What `moorage up` would register for this plan, under an explicit provider. Nobody changes a recording."""

    def program() -> None:
        provider = gcp.Provider("gcp", project=plan.project, region=plan.region)
        Cluster(plan.name, {"plan": plan}, pulumi.ResourceOptions(provider=provider))

    return record(program, preview=preview, computed=computed)


def outputs(plan: ClusterPlan, *, preview: bool = False) -> Mapping[str, Any]:
    """What the component registered."""
    return record_cluster(plan, preview=preview).named(plan.name, TOP).registered_outputs


def cluster(recording: Recording) -> Mapping[str, Any]:
    """Inputs of the GKE cluster."""
    (found,) = recording.of_type(CLUSTER)
    return found.inputs

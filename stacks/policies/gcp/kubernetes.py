"""GCP: clusters of GKE."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from stacks.policies.gcp.identity import NODE_POOL
from stacks.policies.gcp.sources import google, provider
from stacks.policies.inputs import at, blocks, breach, given, hidden, keeps_data, said
from stacks.policies.policy import Breach, Policy, Scope
from stacks.policies.required import Check, every, is_world, not_off, one_of, switched, together

CLUSTER: Final = "gcp:container/cluster:Cluster"
BACKUP_PLAN: Final = "gcp:gkebackup/backupPlan:BackupPlan"

_HARDENING: Final = google("kubernetes-engine/docs/how-to/hardening-your-cluster")


def _control_plane(scope: Scope) -> Iterator[Breach]:
    where = "masterAuthorizedNetworksConfig"
    for cluster in scope.of_type(CLUSTER):
        allowed = cluster.inputs.get(where)
        inside = at(cluster.inputs, "privateClusterConfig.enablePrivateEndpoint")
        if allowed is None and inside is not True and not hidden(inside):
            yield breach(cluster, f"`{where}` is not set, so every address may connect.", where)
        if at(allowed, "gcpPublicCidrsAccessEnabled") is True:
            path = f"{where}.gcpPublicCidrsAccessEnabled"
            yield breach(cluster, f"`{path}` is true: so may every machine at Google, also of others.", path)
        for place, block in blocks(at(allowed, "cidrBlocks")):
            if is_world(block.get("cidrBlock")):
                path = f"{where}.cidrBlocks[{place}].cidrBlock"
                yield breach(cluster, f"{said(block['cidrBlock'])} may connect.", path)


def _network_policies(scope: Scope) -> Iterator[Breach]:
    for cluster in scope.of_type(CLUSTER):
        path, older = cluster.inputs.get("datapathProvider"), at(cluster.inputs, "networkPolicy.enabled")
        if hidden(path) or path == "ADVANCED_DATAPATH" or older is True or hidden(older):
            continue
        yield breach(cluster, f"`datapathProvider` is {said(path)}, which enforces none.", "datapathProvider")


def _versions(scope: Scope) -> Iterator[Breach]:
    for cluster in scope.of_type(CLUSTER):
        channel, pinned = at(cluster.inputs, "releaseChannel.channel"), cluster.inputs.get("minMasterVersion")
        if channel == "RAPID":
            yield breach(
                cluster, "`releaseChannel.channel` is RAPID, which has no service level.", "releaseChannel.channel"
            )
        elif channel in (None, "UNSPECIFIED") and not given(pinned):
            message = f"`releaseChannel.channel` is {said(channel)}, and `minMasterVersion` is not set."
            yield breach(cluster, message, "releaseChannel.channel")


def _backups(scope: Scope) -> Iterator[Breach]:
    if not keeps_data(scope, "gcp:"):
        return
    if not any(scope.of_type(BACKUP_PLAN)):
        for cluster in scope.of_type(CLUSTER):
            yield breach(cluster, "There is no plan for backups of its volumes.")
    yield from every(BACKUP_PLAN, "backupConfig.includeVolumeData", switched(on=True))(scope)
    yield from every(BACKUP_PLAN, "backupSchedule.cronSchedule", given)(scope)
    yield from every(BACKUP_PLAN, "deactivated", switched(on=False))(scope)


_identity: Check = together(
    every(CLUSTER, "workloadIdentityConfig.workloadPool", given),
    every(NODE_POOL, "nodeConfig.workloadMetadataConfig.mode", one_of("GKE_METADATA")),
)
_shielded: Check = together(
    # Nodes are shielded where nothing is said; secure boot is not.
    every(CLUSTER, "enableShieldedNodes", not_off),
    every(NODE_POOL, "nodeConfig.shieldedInstanceConfig.enableSecureBoot", switched(on=True)),
    every(NODE_POOL, "nodeConfig.shieldedInstanceConfig.enableIntegrityMonitoring", not_off),
)
_legacy: Check = together(
    every(CLUSTER, "enableLegacyAbac", switched(on=False)),
    every(CLUSTER, "masterAuth.clientCertificateConfig.issueClientCertificate", switched(on=False)),
    every(NODE_POOL, "nodeConfig.metadata.disable-legacy-endpoints", switched(on=True)),
    every(NODE_POOL, "nodeConfig.kubeletConfig.insecureKubeletReadonlyPortEnabled", switched(on=False)),
)

POLICIES: Final[tuple[Policy, ...]] = (
    Policy(
        id="GCP-GKE-PRIVATE-NODES",
        severity="error",
        title="Nodes have no address on the internet",
        because="Whatever listens on a node would answer everybody that a firewall rule forgets.",
        remedy="Set `privateClusterConfig.enablePrivateNodes`; Cloud NAT is the way out.",
        source=_HARDENING,
        check=together(
            every(CLUSTER, "privateClusterConfig.enablePrivateNodes", switched(on=True)),
            every(CLUSTER, "networkConfig.defaultEnablePrivateNodes", not_off),
            # A pool's own word wins over its cluster's.
            every(NODE_POOL, "networkConfig.enablePrivateNodes", not_off),
        ),
    ),
    Policy(
        id="GCP-GKE-CONTROL-PLANE",
        severity="error",
        title="Only named ranges reach the addresses of the control plane",
        because="Whoever gets past its login rules over everything in the cluster.",
        remedy="Name the ranges in `deployment.kubernetes.api_cidrs`; none means from inside the network.",
        source=_HARDENING,
        check=_control_plane,
    ),
    Policy(
        id="GCP-GKE-DNS-ENDPOINT",
        severity="note",
        title="The control plane's DNS name answers inside the network alone",
        because="It answers from everywhere and asks IAM first, so that no bastion is needed to deploy.",
        remedy="Nothing, if IAM is enough; a perimeter of VPC Service Controls limits where it may be used from.",
        source=google("kubernetes-engine/docs/concepts/network-isolation"),
        check=every(CLUSTER, "controlPlaneEndpointsConfig.dnsEndpointConfig.allowExternalTraffic", switched(on=False)),
    ),
    Policy(
        id="GCP-GKE-WORKLOAD-IDENTITY",
        severity="error",
        title="Pods act as accounts of their own, and see no credentials of their node",
        because="Any pod could otherwise read whatever the node's account may.",
        remedy="Set `workloadIdentityConfig.workloadPool`, and the metadata mode GKE_METADATA on every node pool.",
        source=_HARDENING,
        check=_identity,
    ),
    Policy(
        id="GCP-GKE-SHIELDED-NODES",
        severity="error",
        title="Nodes are Shielded VMs with secure boot",
        because="A machine that only says that it is a node could take its credentials.",
        remedy="Leave `enableShieldedNodes` on, and set `enableSecureBoot` on every node pool.",
        source=_HARDENING,
        check=_shielded,
    ),
    Policy(
        id="GCP-GKE-NETWORK-POLICIES",
        severity="error",
        title="The cluster enforces network policies",
        because="Without an enforcer they are accepted and do nothing.",
        remedy="Set `datapathProvider` to ADVANCED_DATAPATH when the cluster is made.",
        source=google("kubernetes-engine/docs/concepts/dataplane-v2"),
        check=_network_policies,
    ),
    Policy(
        id="GCP-GKE-VERSION",
        severity="warning",
        title="A release channel with a service level, or a pinned version, decides the cluster's version",
        because="Otherwise the day of the deployment does.",
        remedy="Set `releaseChannel.channel` to REGULAR or STABLE.",
        source=google("kubernetes-engine/docs/concepts/release-channels"),
        check=_versions,
    ),
    Policy(
        id="GCP-GKE-SECRETS-ENCRYPTED",
        severity="error",
        title="Kubernetes' secrets are encrypted with a key of the organization",
        because="Who copies the control plane's store would have every password.",
        remedy="Set `databaseEncryption` to ENCRYPTED with a key.",
        source=google("kubernetes-engine/docs/how-to/encrypting-secrets"),
        check=every(
            CLUSTER,
            "databaseEncryption.state",
            one_of("ENCRYPTED", "ALL_OBJECTS_ENCRYPTION_ENABLED"),
            lasting=True,
        ),
    ),
    Policy(
        id="GCP-GKE-LEGACY-ACCESS",
        severity="error",
        title="Ways in from before RBAC are closed: old metadata, the open kubelet port, ABAC, client certificates",
        because="None of them asks what the caller may do.",
        remedy="Set the metadata `disable-legacy-endpoints`, and leave the other three off.",
        source=_HARDENING,
        check=_legacy,
    ),
    Policy(
        id="GCP-GKE-BACKUPS",
        severity="error",
        title="Volumes of clusters that last are backed up on a schedule",
        because="Repositories, indexes and bundled databases are in those volumes alone.",
        remedy="Keep the Backup for GKE plan, with volume data and a schedule; `deployment.snapshots` says when.",
        source=google("kubernetes-engine/docs/add-on/backup-for-gke/concepts/backup-for-gke"),
        check=_backups,
    ),
    Policy(
        id="GCP-GKE-NODE-UPGRADES",
        severity="warning",
        title="Nodes are repaired and upgraded by themselves",
        because="Nodes that nobody upgrades keep the holes of the day on which they were made.",
        remedy="Leave `management.autoRepair` and `management.autoUpgrade` on.",
        source=provider("documentation of container.NodePool"),
        check=together(
            every(NODE_POOL, "management.autoRepair", not_off), every(NODE_POOL, "management.autoUpgrade", not_off)
        ),
    ),
)

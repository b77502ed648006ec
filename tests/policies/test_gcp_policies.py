"""Planted faults on GCP are caught, each by the right policy and by no other."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recommender.profile_file import parse_profile
from stacks.policies.policy import Scope
from stacks.preview_profile import preview_profile
from tests.policies.planted import (
    ALL,
    GCP,
    Fault,
    breaches,
    breaches_of_profile,
    edit,
    made,
    newly_broken,
    with_json_somewhere,
)
from tests.policies.previews import clean, profiles, remove, set_input, set_option

MACHINE = "examples/globex-gcp.yaml"
INTERNET = "tests/cases/gcp-production-internet/profile.yaml"
UBUNTU = "examples/globex-compose-gcp.yaml"
POC = "tests/cases/gcp-poc-simple/profile.yaml"
CLUSTER = "tests/cases/kubernetes-gcp-production/profile.yaml"
PRIVATE = "tests/cases/kubernetes-gcp-private/profile.yaml"

BACKEND = "gcp:compute/backendService:BackendService"
BACKUP_PLAN = "gcp:gkebackup/backupPlan:BackupPlan"
BUCKET = "gcp:storage/bucket:Bucket"
DISK = "gcp:compute/disk:Disk"
FIREWALL = "gcp:compute/firewall:Firewall"
GKE = "gcp:container/cluster:Cluster"
GRANT = "gcp:projects/iAMMember:IAMMember"
INSTANCE = "gcp:compute/instance:Instance"
KEY = "gcp:kms/cryptoKey:CryptoKey"
NAT = "gcp:compute/routerNat:RouterNat"
NODES = "gcp:container/nodePool:NodePool"
PROVIDER = "pulumi:providers:gcp"
REDIS = "gcp:redis/instance:Instance"
SCHEDULE = "gcp:compute/resourcePolicy:ResourcePolicy"
SQL = "gcp:sql/databaseInstance:DatabaseInstance"
SUBNET = "gcp:compute/subnetwork:Subnetwork"
TLS = "gcp:compute/sSLPolicy:SSLPolicy"

WORLD = ["0.0.0.0/0"]

FAULTS = [
    Fault("GCP-FIREWALL-WORLD", MACHINE, "a port for everybody", edit(FIREWALL, lambda rule: rule.update(sourceRanges=WORLD, allows=[{"protocol": "tcp", "ports": ["9090"]}]))),
    Fault("GCP-FIREWALL-WORLD", MACHINE, "half of the internet", edit(FIREWALL, lambda rule: rule.update(sourceRanges=["128.0.0.0/1"], allows=[{"protocol": "tcp", "ports": ["5432"]}]))),
    Fault("GCP-FIREWALL-WORLD", MACHINE, "every port", edit(FIREWALL, lambda rule: rule.update(sourceRanges=["::/0"], allows=[{"protocol": "all"}]))),
    Fault("GCP-FIREWALL-WORLD", INTERNET, "a rule without a source", edit(FIREWALL, lambda rule: (rule.pop("sourceRanges"), rule.update(allows=[{"protocol": "tcp", "ports": ["8000-8100"]}])))),
    Fault("GCP-FIREWALL-SHELL", MACHINE, "SSH for everybody", set_input(FIREWALL, "sourceRanges", WORLD, name="-iap")),
    Fault("GCP-FIREWALL-SHELL", MACHINE, "SSH from an office", set_input(FIREWALL, "sourceRanges", ["35.235.240.0/20", "203.0.113.7/32"], name="-iap")),
    Fault("GCP-FIREWALL-SHELL", MACHINE, "remote desktops in a range of ports", edit(FIREWALL, lambda rule: rule.update(sourceRanges=["10.0.0.0/8"], allows=[{"protocol": "tcp", "ports": ["3000-4000"]}]))),
    Fault("GCP-NETWORK-CUSTOM", MACHINE, "an auto-mode network", set_input("gcp:compute/network:Network", "autoCreateSubnetworks", True)),
    Fault("GCP-SUBNET-FLOW-LOGS", MACHINE, "no flow logs", set_input(SUBNET, "logConfig", ...)),
    Fault("GCP-SUBNET-PRIVATE-GOOGLE-ACCESS", CLUSTER, "Google's APIs over NAT", set_input(SUBNET, "privateIpGoogleAccess", False)),
    Fault("GCP-NAT-LOGS", MACHINE, "a silent NAT", set_input(NAT, "logConfig.enable", False)),
    Fault("GCP-TLS-VERSION", INTERNET, "TLS 1.0", set_input(TLS, "minTlsVersion", "TLS_1_0")),
    Fault("GCP-TLS-VERSION", CLUSTER, "weak ciphers", set_input(TLS, "profile", "COMPATIBLE")),
    Fault("GCP-TLS-POLICY", INTERNET, "a proxy with Google's default", set_input("gcp:compute/targetHttpsProxy:TargetHttpsProxy", "sslPolicy", ...)),
    Fault("GCP-HTTP-REDIRECT", INTERNET, "plain HTTP is served", edit("gcp:compute/uRLMap:URLMap", lambda found: (found.pop("defaultUrlRedirect"), found.update(defaultService="x")), name="-http")),
    Fault("GCP-BACKEND-TIMEOUT", INTERNET, "half a minute", set_input(BACKEND, "timeoutSec", 30)),
    Fault("GCP-BACKEND-HTTPS", INTERNET, "clear text to the machine", set_input(BACKEND, "protocol", "HTTP")),
    Fault("GCP-BACKEND-ARMOR", INTERNET, "no Cloud Armor", set_input(BACKEND, "securityPolicy", ...)),
    Fault("GCP-ARMOR-DENIES", UBUNTU, "everybody else may pass", edit("gcp:compute/regionSecurityPolicy:RegionSecurityPolicy", lambda found: found["rules"][-1].update(action="allow"))),
    Fault("GCP-IAM-WHOLE-PROJECT", MACHINE, "every secret", set_input(GRANT, "role", "roles/secretmanager.secretAccessor")),
    Fault("GCP-IAM-WHOLE-PROJECT", CLUSTER, "every object", set_input(GRANT, "role", "roles/storage.objectAdmin")),
    Fault("GCP-GKE-PRIVATE-NODES", CLUSTER, "one pool on the internet", set_input(NODES, "networkConfig", {"enablePrivateNodes": False})),
    Fault("GCP-GKE-PRIVATE-NODES", CLUSTER, "pools on the internet by default", set_input(GKE, "networkConfig", {"defaultEnablePrivateNodes": False})),
    Fault("GCP-ENCRYPTION-KEY", INTERNET, "a data disk under Google's key", set_input(DISK, "diskEncryptionKey", ...)),
    Fault("GCP-ENCRYPTION-KEY", INTERNET, "a boot disk under Google's key", set_input(INSTANCE, "bootDisk.kmsKeySelfLink", None)),
    Fault("GCP-ENCRYPTION-KEY", CLUSTER, "a database under Google's key", set_input(SQL, "encryptionKeyName", ...)),
    Fault("GCP-ENCRYPTION-KEY", CLUSTER, "backups under Google's key", set_input(BACKUP_PLAN, "backupConfig.encryptionKey", ...)),
    Fault("GCP-DISK-SNAPSHOTS", MACHINE, "a schedule that is attached to nothing", remove("gcp:compute/diskResourcePolicyAttachment:DiskResourcePolicyAttachment")),
    Fault("GCP-SNAPSHOTS-KEPT", MACHINE, "snapshots for a day", set_input(SCHEDULE, "snapshotSchedulePolicy.retentionPolicy.maxRetentionDays", 1)),
    Fault("GCP-SNAPSHOTS-KEPT", MACHINE, "snapshots that go with their disk", set_input(SCHEDULE, "snapshotSchedulePolicy.retentionPolicy.onSourceDiskDelete", "APPLY_RETENTION_POLICY")),
    Fault("GCP-MACHINE-PRIVATE", MACHINE, "an address on the internet", set_input(INSTANCE, "networkInterfaces.0.accessConfigs", [{}])),
    Fault("GCP-MACHINE-ADDRESS", POC, "a second address", set_input(INSTANCE, "networkInterfaces.0.ipv6AccessConfigs", [{}])),
    Fault("GCP-MACHINE-OS-LOGIN", MACHINE, "no OS Login", set_input(INSTANCE, "metadata.enable-oslogin", "FALSE")),
    Fault("GCP-MACHINE-PROJECT-KEYS", MACHINE, "keys of the project", set_input(INSTANCE, "metadata.block-project-ssh-keys", ...)),
    Fault("GCP-MACHINE-SERIAL-PORT", MACHINE, "a serial console", set_input(INSTANCE, "metadata.serial-port-enable", "1")),
    Fault("GCP-MACHINE-SHIELDED", UBUNTU, "no secure boot", set_input(INSTANCE, "shieldedInstanceConfig.enableSecureBoot", False)),
    Fault("GCP-MACHINE-SHIELDED", UBUNTU, "no virtual TPM", set_input(INSTANCE, "shieldedInstanceConfig.enableVtpm", ...)),
    Fault("GCP-MACHINE-UNSHIELDED", UBUNTU, "an image of unknown kind", edit(INSTANCE, lambda found: (found.pop("shieldedInstanceConfig"), found["bootDisk"]["initializeParams"].update(image="projects/acme/global/images/base-3")))),
    Fault("GCP-MACHINE-FORWARDING", MACHINE, "packets of others", set_input(INSTANCE, "canIpForward", True)),
    Fault("GCP-IMAGE-PINNED", UBUNTU, "the newest of a family", set_input(INSTANCE, "bootDisk.initializeParams.image", "projects/ubuntu-os-cloud/global/images/family/ubuntu-2404-lts-amd64")),
    Fault("GCP-IMAGE-SOURCE", MACHINE, "another moving archive", made("gcp:compute/image:Image", labels={"moorage-name": "a", "moorage-stage": "b"}, rawDisk={"source": "https://storage.example/latest/x.tar.gz"})),
    Fault("GCP-SERVICE-ACCOUNT", MACHINE, "the default account", set_input(INSTANCE, "serviceAccount.email", "123456789012-compute@developer.gserviceaccount.com")),
    Fault("GCP-SERVICE-ACCOUNT", CLUSTER, "nodes without an account of their own", set_input(NODES, "nodeConfig.serviceAccount", ...)),
    Fault("GCP-IAM-BASIC-ROLES", MACHINE, "an editor", set_input(GRANT, "role", "roles/editor")),
    Fault("GCP-IAM-PUBLIC", CLUSTER, "a bucket for everybody", set_input("gcp:storage/bucketIAMMember:BucketIAMMember", "member", "allUsers")),
    Fault("GCP-IAM-PUBLIC", CLUSTER, "a secret for every Google account", set_input("gcp:secretmanager/secretIamMember:SecretIamMember", "member", "allAuthenticatedUsers")),
    Fault("GCP-IAM-IMPERSONATION", MACHINE, "every account of the project", set_input(GRANT, "role", "roles/iam.serviceAccountTokenCreator")),
    Fault("GCP-IAM-ADDITIVE", MACHINE, "a binding that replaces others", made("gcp:projects/iAMBinding:IAMBinding", role="roles/logging.logWriter", members=["group:a@b.example"])),
    Fault("GCP-SERVICE-ACCOUNT-KEYS", MACHINE, "a key that leaves Google", made("gcp:serviceaccount/key:Key", serviceAccountId={"unknown": True})),
    Fault("GCP-KEY-ROTATION", CLUSTER, "a key that is never rotated", set_input(KEY, "rotationPeriod", ...)),
    Fault("GCP-KEY-ROTATION", CLUSTER, "a key of ten years", set_input(KEY, "rotationPeriod", "315360000s")),
    Fault("GCP-PROJECT-NAMED", CLUSTER, "whichever project", set_input(PROVIDER, "project", ...)),
    Fault("GCP-SQL-PRIVATE", CLUSTER, "a public database", set_input(SQL, "settings.ipConfiguration.ipv4Enabled", True)),
    Fault("GCP-SQL-PRIVATE", CLUSTER, "a database for everybody", set_input(SQL, "settings.ipConfiguration.authorizedNetworks", [{"value": "0.0.0.0/0"}])),
    Fault("GCP-SQL-TLS", CLUSTER, "clear text", set_input(SQL, "settings.ipConfiguration.sslMode", "ALLOW_UNENCRYPTED_AND_ENCRYPTED")),
    Fault("GCP-SQL-BACKUPS", CLUSTER, "no backups", set_input(SQL, "settings.backupConfiguration.enabled", False)),
    Fault("GCP-SQL-BACKUPS", CLUSTER, "no way back to a minute", set_input(SQL, "settings.backupConfiguration.pointInTimeRecoveryEnabled", ...)),
    Fault("GCP-SQL-LAST-BACKUP", CLUSTER, "backups that go with the server", set_input(SQL, "settings.retainBackupsOnDelete", False)),
    Fault("GCP-DELETION-PROTECTION", CLUSTER, "a database that the provider deletes", set_input(SQL, "deletionProtection", False)),
    Fault("GCP-DELETION-PROTECTION", CLUSTER, "a database that the console deletes too", set_input(SQL, "settings.deletionProtectionEnabled", ...)),
    Fault("GCP-DELETION-PROTECTION", PRIVATE, "a cluster that the provider deletes", set_input(GKE, "deletionProtection", False)),
    Fault("GCP-MANAGED-HIGH-AVAILABILITY", CLUSTER, "a database in one zone", set_input(SQL, "settings.availabilityType", "ZONAL")),
    Fault("GCP-REDIS-AUTH", CLUSTER, "Redis without a password", set_input(REDIS, "authEnabled", False)),
    Fault("GCP-REDIS-TLS", CLUSTER, "a third Redis", made(REDIS, authEnabled=True, tier="STANDARD_HA", customerManagedKey="k", labels={"unknown": True})),
    Fault("GCP-BUCKET-PRIVATE", CLUSTER, "lists on objects", set_input(BUCKET, "uniformBucketLevelAccess", False)),
    Fault("GCP-BUCKET-PRIVATE", CLUSTER, "a bucket that may become public", set_input(BUCKET, "publicAccessPrevention", "inherited")),
    Fault("GCP-BUCKET-RECOVERY", CLUSTER, "deleted is gone", set_input(BUCKET, "softDeletePolicy.retentionDurationSeconds", 0)),
    Fault("GCP-BUCKET-RECOVERY", CLUSTER, "deleted with its content", set_input(BUCKET, "forceDestroy", True)),
    Fault("GCP-STATE-PROTECTED", MACHINE, "an unprotected disk", set_option(DISK, protect=False)),
    Fault("GCP-STATE-RETAINED", MACHINE, "a disk that goes with the stack", set_option(DISK, retain_on_delete=False)),
    Fault("GCP-LABELLED", CLUSTER, "a cluster of nobody", set_input(GKE, "resourceLabels", {"moorage-name": "globex"})),
    Fault("GCP-GKE-PRIVATE-NODES", CLUSTER, "nodes on the internet", set_input(GKE, "privateClusterConfig.enablePrivateNodes", False)),
    Fault("GCP-GKE-CONTROL-PLANE", CLUSTER, "a control plane for everybody", set_input(GKE, "masterAuthorizedNetworksConfig.cidrBlocks", [{"cidrBlock": "0.0.0.0/0"}])),
    Fault("GCP-GKE-CONTROL-PLANE", CLUSTER, "a public control plane without a list", edit(GKE, lambda found: (found.pop("masterAuthorizedNetworksConfig"), found["privateClusterConfig"].update(enablePrivateEndpoint=False)))),
    Fault("GCP-GKE-CONTROL-PLANE", CLUSTER, "everybody's machines at Google", set_input(GKE, "masterAuthorizedNetworksConfig.gcpPublicCidrsAccessEnabled", True)),
    Fault("GCP-GKE-WORKLOAD-IDENTITY", CLUSTER, "the node's credentials for every pod", set_input(NODES, "nodeConfig.workloadMetadataConfig.mode", "GCE_METADATA")),
    Fault("GCP-GKE-SHIELDED-NODES", CLUSTER, "nodes that nobody verifies", set_input(GKE, "enableShieldedNodes", False)),
    Fault("GCP-GKE-NETWORK-POLICIES", CLUSTER, "nobody enforces policies", set_input(GKE, "datapathProvider", "LEGACY_DATAPATH")),
    Fault("GCP-GKE-VERSION", CLUSTER, "no release channel", set_input(GKE, "releaseChannel.channel", "UNSPECIFIED")),
    Fault("GCP-GKE-SECRETS-ENCRYPTED", CLUSTER, "secrets under Google's key", set_input(GKE, "databaseEncryption.state", "DECRYPTED")),
    Fault("GCP-GKE-LEGACY-ACCESS", CLUSTER, "old metadata", set_input(NODES, "nodeConfig.metadata.disable-legacy-endpoints", "false")),
    Fault("GCP-GKE-LEGACY-ACCESS", CLUSTER, "the open kubelet port", set_input(NODES, "nodeConfig.kubeletConfig.insecureKubeletReadonlyPortEnabled", "TRUE")),
    Fault("GCP-GKE-BACKUPS", CLUSTER, "no plan for backups", remove(BACKUP_PLAN)),
    Fault("GCP-GKE-BACKUPS", CLUSTER, "backups without volumes", set_input(BACKUP_PLAN, "backupConfig.includeVolumeData", False)),
    Fault("GCP-GKE-DNS-ENDPOINT", CLUSTER, "a second cluster with a name", made(GKE, controlPlaneEndpointsConfig={"dnsEndpointConfig": {"allowExternalTraffic": True}}, privateClusterConfig={"enablePrivateNodes": True, "enablePrivateEndpoint": True}, workloadIdentityConfig={"workloadPool": "p"}, datapathProvider="ADVANCED_DATAPATH", releaseChannel={"channel": "STABLE"}, databaseEncryption={"state": "ENCRYPTED"}, resourceLabels={"unknown": True})),
    Fault("GCP-GKE-NODE-UPGRADES", CLUSTER, "nodes that nobody upgrades", set_input(NODES, "management.autoUpgrade", False)),
]  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: f"{fault.policy}: {fault.what}")
def test_a_planted_fault_is_caught_by_its_policy_alone(fault: Fault) -> None:
    assert newly_broken(fault.profile, fault.spoil) == {fault.policy}


def test_every_policy_for_gcp_has_a_planted_fault() -> None:
    assert {policy.id for policy in GCP} == {fault.policy for fault in FAULTS}


@pytest.mark.parametrize(
    ("profile", "spoil"),
    [
        (MACHINE, set_input(FIREWALL, "sourceRanges", {"unknown": True}, name="-iap")),
        (MACHINE, edit(FIREWALL, lambda rule: rule.update(sourceRanges=WORLD, allows=[{"protocol": "tcp", "ports": ["443"]}]))),
        (MACHINE, edit(FIREWALL, lambda rule: rule.update(sourceRanges=WORLD, direction="EGRESS", allows=[{"protocol": "all"}]))),
        (MACHINE, edit(FIREWALL, lambda rule: (rule.pop("sourceRanges"), rule.update(sourceTags=["edge"], allows=[{"protocol": "tcp", "ports": ["9090"]}])))),
        (CLUSTER, set_input(SQL, "settings.ipConfiguration", {"unknown": True})),
        (CLUSTER, set_input(SQL, "deletionProtection", ...)),
        (CLUSTER, set_input(GKE, "masterAuthorizedNetworksConfig.cidrBlocks", [{"cidrBlock": "203.0.113.0/24"}])),
        (CLUSTER, set_input(BUCKET, "softDeletePolicy", ...)),
        (INTERNET, set_input(TLS, "profile", "RESTRICTED")),
        (UBUNTU, set_input(INSTANCE, "bootDisk.initializeParams.image", {"unknown": True})),
        (POC, set_option(DISK, protect=False, retain_on_delete=False, depends_on=("x",))),
    ],
)  # fmt: skip
def test_what_is_in_order_or_not_to_be_seen_is_no_breach(profile: str, spoil) -> None:
    assert newly_broken(profile, spoil) <= {"GCP-MACHINE-UNSHIELDED"}


@pytest.mark.parametrize("profile", profiles())
def test_examples_and_cases_have_notes_at_most(profile: str) -> None:
    assert [
        (policy.id, breach.message) for policy, breach in breaches_of_profile(profile) if policy.severity != "note"
    ] == []


def test_policies_have_ids_of_their_own_and_say_everything() -> None:
    assert len({policy.id for policy in ALL}) == len(ALL)
    for policy in ALL:
        assert policy.title
        assert not policy.title.endswith(".")
        assert policy.because.endswith(".")
        assert policy.remedy.endswith((".", ")"))
        assert "2026-11-22" in policy.source
        assert policy.id.startswith(("GCP-", "KUBERNETES-", "COMPOSE-", "MACHINE-"))


def test_a_stack_of_which_nobody_knows_the_stage_is_judged_as_one_that_lasts() -> None:
    scope = replace(clean(MACHINE), stage=None, files={})
    unprotected = set_option(DISK, protect=False, retain_on_delete=False)(scope)
    assert {policy.id for policy, _ in breaches(unprotected)} >= {"GCP-STATE-PROTECTED", "GCP-STATE-RETAINED"}


def test_a_poc_that_keeps_nothing_needs_no_protection() -> None:
    assert not {policy.id for policy, _ in breaches(clean(POC))} & {
        "GCP-STATE-PROTECTED",
        "GCP-DISK-SNAPSHOTS",
        "GCP-SUBNET-FLOW-LOGS",
    }


@given(data=st.data())
@settings(max_examples=150, deadline=None)
def test_no_policy_raises_whatever_an_input_holds(data: st.DataObject) -> None:
    scope: Scope = clean(data.draw(st.sampled_from([MACHINE, INTERNET, UBUNTU, POC, CLUSTER])))
    breaches(with_json_somewhere(data, scope))


DISPOSABLE = [
    {"provider": "gcp", "region": "europe-west3"},
    {"provider": "gcp", "region": "europe-west3", "requires_cluster": True},
]


@pytest.mark.parametrize("hosting", DISPOSABLE, ids=["machine", "cluster"])
def test_a_poc_that_keeps_nothing_needs_no_keeping_although_it_shares_its_metrics(hosting: dict[str, Any]) -> None:
    more = {} if "requires_cluster" in hosting else {"alarms": {"email": "ops@acme.example"}}
    profile = parse_profile(
        {
            "name": "acme",
            "stage": "poc",
            "scale": {"users": 100, "repositories": 100, "code_gb": 5},
            "cloud": {"accepts_admin_access": False},
            "hosting": hosting,
            "implementation": {"evaluated": True, "contextual_need": True},
            "deployment": {"project": "acme-project"} | more,
        }
    )
    scope = Scope.of(preview_profile(profile), "poc")
    assert [policy.id for policy, _ in breaches(scope) if policy.severity != "note"] == []

"""What a resource is to a reader: its noun, its family, and its place in the diagram."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final

FAMILIES: Final = ("network", "compute", "data", "identity and secrets", "observability", "Kubernetes", "other")
"""Of the filter, in the order in which it shows them."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of node in the diagram."""

    noun: str
    icon: str
    """Name of a symbol in `diagram.svg.j2`."""
    family: str
    column: int
    """0 who comes in, 1 the front, 2 workloads, 3 machines, 4 data and the ways out, 5 services beside the network."""
    merges: bool = False
    """Nodes of this kind that stand in one place and talk to the same others become one with several lines."""
    as_one: bool = False
    """With `merges`: whoever they talk to, all in one place are one."""
    counts: bool = False
    """A merged node shows only how many there are, since their names tell a reader nothing."""
    plural: str = ""
    in_network: bool = True
    """Whether it is drawn within the network's box, where there is one."""


def _service(noun: str, icon: str, family: str, plural: str = "", counts: bool = False) -> Kind:
    return Kind(noun, icon, family, 5, merges=True, counts=counts, plural=plural, in_network=False)


USERS: Final = Kind("People", "users", "network", 0, in_network=False)
INTERNET: Final = Kind("Internet", "internet", "network", 5, in_network=False)
CLAIMS: Final = Kind("Volumes of claims", "disk", "data", 4)
SERVICE: Final = Kind("Service", "app", "compute", 3)
MACHINE: Final = Kind("Virtual machine", "machine", "compute", 3)
DISK: Final = Kind("Disk", "disk", "data", 4)
NODES: Final = Kind("Node group", "nodes", "compute", 3, merges=True, plural="Node groups")
CONTROL_PLANE: Final = Kind("Control plane", "cluster", "compute", 3)
DATABASE: Final = Kind("Database", "database", "data", 4, merges=True, plural="Databases")
CACHE: Final = Kind("Redis", "cache", "data", 4, merges=True, plural="Redis")
RELEASE: Final = Kind("Helm release", "app", "Kubernetes", 2)
INGRESS: Final = Kind("Ingress", "balancer", "network", 1)
BALANCER: Final = Kind("Load balancer", "balancer", "network", 1)
FRONT: Final = Kind("Load balancer", "balancer", "network", 1, merges=True, as_one=True, in_network=False)
INTERNAL_FRONT: Final = Kind("Load balancer", "balancer", "network", 1, merges=True, as_one=True)
ADDRESS: Final = Kind("Address of the ingress", "balancer", "network", 1, in_network=False)
DNS_NAME: Final = Kind("DNS name", "dns", "network", 0, merges=True, plural="DNS names", in_network=False)
NAT: Final = Kind("NAT gateway", "nat", "network", 4)
ENDPOINT: Final = Kind("Private endpoint", "nat", "network", 4, merges=True, plural="Private endpoints")
BUCKET: Final = _service("Bucket", "bucket", "data", "Buckets")
ROLE: Final = _service("Role", "identity", "identity and secrets", "Roles")
ACCOUNT: Final = _service("Service account", "identity", "identity and secrets", "Service accounts")
SECRET: Final = _service("Secret", "secret", "identity and secrets", "Secrets")
KEY: Final = _service("Encryption key", "key", "identity and secrets", "Encryption keys")
BACKUP: Final = _service("Snapshot schedule", "backup", "data", "Snapshot schedules")
ALARMS: Final = _service("Alarm", "alarm", "observability", "alarms", counts=True)
LOGS: Final = _service("Log group", "logs", "observability", "Log groups")
POLICIES: Final = Kind("Network policy", "shield", "Kubernetes", 2, merges=True, counts=True, plural="network policies")
EXTERNAL_SECRETS: Final = Kind(
    "External secret", "secret", "Kubernetes", 2, merges=True, counts=True, plural="external secrets"
)

DRAWN: Final[Mapping[str, Kind]] = {
    "aws:cloudwatch/logGroup:LogGroup": LOGS,
    "aws:cloudwatch/metricAlarm:MetricAlarm": ALARMS,
    "aws:dlm/lifecyclePolicy:LifecyclePolicy": BACKUP,
    "aws:ebs/volume:Volume": DISK,
    "aws:ec2/instance:Instance": MACHINE,
    "aws:ec2/natGateway:NatGateway": NAT,
    "aws:ec2/vpcEndpoint:VpcEndpoint": ENDPOINT,
    "aws:eks/cluster:Cluster": CONTROL_PLANE,
    "aws:eks/nodeGroup:NodeGroup": NODES,
    "aws:elasticache/replicationGroup:ReplicationGroup": CACHE,
    "aws:iam/role:Role": ROLE,
    "aws:kms/key:Key": KEY,
    "aws:lb/loadBalancer:LoadBalancer": BALANCER,
    "aws:rds/instance:Instance": DATABASE,
    "aws:s3/bucket:Bucket": BUCKET,
    "aws:secretsmanager/secret:Secret": SECRET,
    "gcp:compute/disk:Disk": DISK,
    "gcp:compute/forwardingRule:ForwardingRule": INTERNAL_FRONT,
    "gcp:compute/globalForwardingRule:GlobalForwardingRule": FRONT,
    "gcp:compute/instance:Instance": MACHINE,
    "gcp:compute/resourcePolicy:ResourcePolicy": BACKUP,
    "gcp:compute/routerNat:RouterNat": NAT,
    "gcp:container/cluster:Cluster": CONTROL_PLANE,
    "gcp:container/nodePool:NodePool": NODES,
    "gcp:gkebackup/backupPlan:BackupPlan": BACKUP,
    "gcp:kms/cryptoKey:CryptoKey": KEY,
    "gcp:logging/projectBucketConfig:ProjectBucketConfig": LOGS,
    "gcp:monitoring/alertPolicy:AlertPolicy": ALARMS,
    "gcp:redis/instance:Instance": CACHE,
    "gcp:secretmanager/secret:Secret": SECRET,
    "gcp:serviceaccount/account:Account": ACCOUNT,
    "gcp:sql/databaseInstance:DatabaseInstance": DATABASE,
    "gcp:storage/bucket:Bucket": BUCKET,
    "kubernetes:elbv2.k8s.aws/v1beta1:IngressClassParams": INGRESS,
    "kubernetes:external-secrets.io/v1:ExternalSecret": EXTERNAL_SECRETS,
    "kubernetes:helm.sh/v3:Release": RELEASE,
    "kubernetes:networking.k8s.io/v1:NetworkPolicy": POLICIES,
}
"""Types that are nodes wherever they appear. DNS records and addresses are some of the time (`links`)."""

_FAMILY_OF_MODULE: Final[Mapping[str, str]] = {
    "aws:acm": "network",
    "aws:cloudwatch": "observability",
    "aws:dlm": "data",
    "aws:ebs": "data",
    "aws:ec2": "network",
    "aws:eks": "compute",
    "aws:elasticache": "data",
    "aws:iam": "identity and secrets",
    "aws:kms": "identity and secrets",
    "aws:lb": "network",
    "aws:rds": "data",
    "aws:route53": "network",
    "aws:s3": "data",
    "aws:secretsmanager": "identity and secrets",
    "aws:sns": "observability",
    "aws:vpc": "network",
    "gcp:certificatemanager": "network",
    "gcp:compute": "network",
    "gcp:container": "compute",
    "gcp:dns": "network",
    "gcp:gkebackup": "data",
    "gcp:kms": "identity and secrets",
    "gcp:logging": "observability",
    "gcp:monitoring": "observability",
    "gcp:projects": "identity and secrets",
    "gcp:redis": "data",
    "gcp:secretmanager": "identity and secrets",
    "gcp:serviceaccount": "identity and secrets",
    "gcp:servicenetworking": "network",
    "gcp:sql": "data",
    "gcp:storage": "data",
    "random:index": "identity and secrets",
}

_FAMILY_OF_TYPE: Final[Mapping[str, str]] = {
    "aws:ec2/flowLog:FlowLog": "observability",
    "aws:ec2/launchTemplate:LaunchTemplate": "compute",
    "aws:ec2/volumeAttachment:VolumeAttachment": "data",
    "gcp:compute/diskResourcePolicyAttachment:DiskResourcePolicyAttachment": "data",
    "gcp:compute/image:Image": "compute",
    "gcp:compute/instanceGroup:InstanceGroup": "compute",
}


def family(type_: str) -> str:
    """Which of `FAMILIES` a type token belongs to."""
    if type_.startswith("kubernetes:"):
        return "Kubernetes"
    if type_ in DRAWN:
        return DRAWN[type_].family
    package, _, rest = type_.partition(":")
    return _FAMILY_OF_TYPE.get(type_) or _FAMILY_OF_MODULE.get(f"{package}:{rest.partition('/')[0]}", "other")


_INITIALS: Final = {"acl", "dns", "ebs", "eip", "http", "https", "iam", "id", "ip", "nat", "ssl", "url", "vpc"}


@cache
def noun(type_: str) -> str:
    """A type token in words: `Security group ingress rule` for `aws:vpc/securityGroupIngressRule:...`."""
    last = type_.rpartition(":")[2]
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", last).split()
    cased = [word.upper() if word.lower() in _INITIALS else word.lower() for word in words]
    text = " ".join(cased)
    return text[:1].upper() + text[1:]


def within(noun_: str) -> str:
    """A noun as it stands within a sentence."""
    return noun_ if noun_[:2].isupper() else noun_[:1].lower() + noun_[1:]

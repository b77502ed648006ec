"""The one line below a node's name: what one compares, such as a machine's type or a disk's size."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from stacks.preview import Resource
from stacks.report.html.scene import Scene, at, strings

_FORMS: Final[Mapping[str, tuple[str, ...]]] = {
    "aws:ebs/volume:Volume": ("{size} GiB", "{type}", "{availabilityZone}"),
    "aws:ec2/instance:Instance": ("{instanceType}",),
    "aws:ec2/vpcEndpoint:VpcEndpoint": ("{serviceName}",),
    "aws:eks/cluster:Cluster": ("EKS {version}",),
    "aws:eks/nodeGroup:NodeGroup": (
        "{scalingConfig.minSize} to {scalingConfig.maxSize}",
        "{instanceTypes.0}",
    ),
    "aws:elasticache/replicationGroup:ReplicationGroup": ("{numCacheClusters} nodes", "{nodeType}"),
    "aws:rds/instance:Instance": ("{engine} {engineVersion}", "{instanceClass}"),
    "gcp:compute/disk:Disk": ("{size} GB", "{type}", "{zone}"),
    "gcp:compute/instance:Instance": ("{machineType}", "{zone}"),
    "gcp:container/cluster:Cluster": ("GKE {minMasterVersion}",),
    "gcp:container/nodePool:NodePool": (
        "{autoscaling.minNodeCount} to {autoscaling.maxNodeCount}",
        "{nodeConfig.machineType}",
    ),
    "gcp:gkebackup/backupPlan:BackupPlan": ("kept {retentionPolicy.backupRetainDays} days",),
    "gcp:redis/instance:Instance": ("{memorySizeGb} GB", "{tier}"),
    "gcp:sql/databaseInstance:DatabaseInstance": ("{databaseVersion}", "{settings.tier}"),
    "kubernetes:helm.sh/v3:Release": ("{chart} {version}",),
}
"""Type to parts. A part with a path that the inputs lack, or leave to the cloud, is left out."""


def detail(scene: Scene, resource: Resource) -> str:
    """What to say of a resource below its name; "" where nothing is worth a line."""
    if resource.type == "aws:lb/loadBalancer:LoadBalancer":
        return "internal" if resource.inputs.get("internal") else "internet-facing"
    if resource.type == "kubernetes:elbv2.k8s.aws/v1beta1:IngressClassParams":
        return str(at(resource.inputs, "spec.scheme") or "")
    if resource.type in ("aws:kms/key:Key", "gcp:kms/cryptoKey:CryptoKey"):
        number = len({referrer.urn for referrer, _ in scene.referrers(resource)})
        return f"used by {number} resources"
    if resource.type in ("gcp:compute/globalForwardingRule:GlobalForwardingRule",):
        return "global"
    parts = [_filled(form, resource) for form in _FORMS.get(resource.type, ())]
    return " · ".join(part for part in parts if part)


def _filled(form: str, resource: Resource) -> str:
    text = form
    while "{" in text:
        before, _, rest = text.partition("{")
        path, _, after = rest.partition("}")
        value = at(resource.inputs, path)
        if not isinstance(value, str | int | float):
            return ""
        text = f"{before}{str(value).replace('{', '(').rpartition('amazonaws.')[2]}{after}"
    return text


def addressed(alarm_resources: Scene) -> str:
    """Whom alarms reach."""
    told = [
        *(text for each in alarm_resources.of_type("aws:sns/topicSubscription:TopicSubscription")
          for text in strings(each.inputs.get("endpoint"))),
        *(text for each in alarm_resources.of_type("gcp:monitoring/notificationChannel:NotificationChannel")
          for text in strings(at(each.inputs, "labels.email_address"))),
    ]  # fmt: skip
    return f"to {', '.join(dict.fromkeys(told))}" if told else ""

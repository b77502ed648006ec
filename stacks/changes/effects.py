"""What people notice of a change, in one sentence or two for each resource; "" where nobody would.

A duration is given only where a source states one; elsewhere the sentence tells the order of the steps. Sources: the
facts on the same types (files in `replacement/`), and what is cited here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

from stacks.changes.dependencies import label
from stacks.changes.losses import is_kept
from stacks.changes.walk import REPLACING, Fate, Walk
from stacks.preview import Resource

_MACHINES: Final = frozenset({"aws:ec2/instance:Instance", "gcp:compute/instance:Instance"})
_DISKS: Final = frozenset({"aws:ebs/volume:Volume", "gcp:compute/disk:Disk"})
_START: Final = "starting Sourcegraph takes about 5 minutes (estimate)"
"""sourcegraph/docs@3499c087 docs/self-hosted/deploy/machine-images/aws-ami.mdx, read 2026-08-21, says so of the
vendor's image; of other machines it is an estimate."""

_STOPS: Final[Mapping[str, frozenset[str]]] = {
    "aws:ec2/instance:Instance": frozenset({"instanceType", "userData", "userDataBase64"}),
    "gcp:compute/instance:Instance": frozenset(
        {"machineType", "minCpuPlatform", "serviceAccount", "shieldedInstanceConfig", "networkInterfaces"}
    ),
}
"""Inputs whose change in place stops and starts the machine."""

_SIZES: Final = frozenset({"instanceType", "machineType"})
_USER_DATA: Final = re.compile(r'userData(Base64)?$|metadata\["user-data"\]$')

_NODES: Final[Mapping[str, frozenset[str]]] = {
    "aws:eks/nodeGroup:NodeGroup": frozenset({"version", "releaseVersion", "launchTemplate"}),
    "gcp:container/nodePool:NodePool": frozenset({"version", "nodeConfig"}),
}
"""Inputs whose change in place makes every node anew."""

_ADDRESS_CHANGES: Final = "The address changes: allow-lists and DNS records that name it must follow."
_DATABASE_REPLACED: Final = "The databases are away until a new, empty one runs and a backup is restored into it."
_REDIS_REPLACED: Final = "Redis is away until the new one runs; sessions and queues in it are lost."

_REPLACED: Final[Mapping[str, str]] = {
    "aws:acm/certificate:Certificate": "A new certificate is validated by DNS before listeners take it.",
    "aws:ec2/eip:Eip": _ADDRESS_CHANGES,
    "aws:ec2/natGateway:NatGateway": "Connections to the internet through it break off and are made anew.",
    "aws:ec2/subnet:Subnet": "What is in the subnet is made anew in the new one.",
    "aws:ec2/volumeAttachment:VolumeAttachment": "The disk is detached, then attached again.",
    "aws:ec2/vpc:Vpc": "The network and everything in it are made anew.",
    "aws:eks/addon:Addon": "The add-on is removed from the cluster and installed again.",
    "aws:eks/cluster:Cluster": "Everything in the cluster goes; a new, empty cluster is made.",
    "aws:eks/nodeGroup:NodeGroup": "All pods of its nodes move to new nodes.",
    "aws:elasticache/replicationGroup:ReplicationGroup": _REDIS_REPLACED,
    "aws:iam/instanceProfile:InstanceProfile": "The machine is without permissions until it has the new one.",
    "aws:lb/listener:Listener": "Requests on its port are refused until the new listener is there.",
    "aws:lb/loadBalancer:LoadBalancer": "The load balancer's DNS name changes: DNS records must follow it.",
    "aws:lb/targetGroup:TargetGroup": "Requests are refused until the machine is healthy in the new target group.",
    "aws:rds/instance:Instance": _DATABASE_REPLACED,
    "aws:sns/topic:Topic": "Subscriptions of the old topic go with it; those by e-mail must be confirmed again.",
    "aws:sns/topicSubscription:TopicSubscription": "A subscription by e-mail must be confirmed again.",
    "gcp:certificatemanager/certificate:Certificate": "A new certificate is validated before it serves.",
    "gcp:compute/address:Address": _ADDRESS_CHANGES,
    "gcp:compute/forwardingRule:ForwardingRule": "Requests are refused until the new rule is there.",
    "gcp:compute/globalAddress:GlobalAddress": _ADDRESS_CHANGES,
    "gcp:compute/globalForwardingRule:GlobalForwardingRule": "Requests are refused until the new rule is there.",
    "gcp:compute/managedSslCertificate:ManagedSslCertificate": "A new certificate is validated before it serves.",
    "gcp:compute/network:Network": "The network and everything in it are made anew.",
    "gcp:compute/routerNat:RouterNat": "Connections to the internet through it break off and are made anew.",
    "gcp:compute/subnetwork:Subnetwork": "What is in the subnet is made anew in the new one.",
    "gcp:container/cluster:Cluster": "Everything in the cluster goes; a new, empty cluster is made.",
    "gcp:container/nodePool:NodePool": "All pods of its nodes move to new nodes.",
    "gcp:redis/instance:Instance": _REDIS_REPLACED,
    "gcp:sql/databaseInstance:DatabaseInstance": _DATABASE_REPLACED,
    "kubernetes:core/v1:Namespace": "Everything in the namespace goes with it.",
    "kubernetes:helm.sh/v3:Release": "Helm removes everything of the release, then installs it again.",
    "random:index/randomPassword:RandomPassword": "The password changes: whoever uses it needs the new one.",
}

_DELETED: Final[Mapping[str, str]] = {
    "aws:ec2/eip:Eip": "The public address is given back, and cannot be had again.",
    "aws:ec2/instance:Instance": "The machine is terminated: what ran on it is gone.",
    "aws:lb/loadBalancer:LoadBalancer": "Nobody reaches Sourcegraph through it any more.",
    "gcp:compute/address:Address": "The address is given back, and cannot be had again.",
    "gcp:compute/globalAddress:GlobalAddress": "The address is given back, and cannot be had again.",
    "gcp:compute/globalForwardingRule:GlobalForwardingRule": "Nobody reaches Sourcegraph through it any more.",
    "gcp:compute/instance:Instance": "The machine is deleted: what ran on it is gone.",
    "kubernetes:helm.sh/v3:Release": "Helm removes everything of the release.",
}


def effect(fate: Fate, walk: Walk) -> str:
    """What people notice, as sentences."""
    return " ".join(_sentences(fate, walk))


def refusal(fate: Fate) -> str | None:
    """Why the engine itself would refuse, in words; None: it would not.

    Source: pulumi/pulumi@1b4949891 pkg/resource/deploy/step_generator.go, read 2026-11-22: a deletion is refused where
    BASE protects, a replacement where both sides do, since a release may lift the protection and replace.
    """
    before, after = fate.before, fate.after
    if before is None or not before.protect:
        return None
    if after is None:
        return "protected in BASE: the engine refuses to delete it until a deployment has lifted the protection"
    if fate.action in REPLACING and after.protect:
        return "protected: the engine refuses to replace it until the protection is lifted"
    return None


def _sentences(fate: Fate, walk: Walk) -> Iterator[str]:
    resource = fate.resource
    if fate.action in REPLACING:
        if fate.action == "may-replace":
            yield "If it is replaced:"
        yield from _of_replacement(fate, walk)
    elif fate.action == "update":
        yield from _of_update(fate, walk)
    elif fate.action == "delete" and is_kept(resource):
        yield "It stays in the cloud, and is paid for, until somebody deletes it there."
    elif fate.action == "delete":
        yield from filter(None, [_DELETED.get(resource.type)])
    elif fate.action == "forget":
        yield "It leaves the stack and stays in the cloud, and is paid for, until somebody deletes it there."
    elif fate.action == "same" and fate.ignored and resource.type in _MACHINES:
        yield "The machine keeps what it was made with; only a replacement brings the new one."


def _of_replacement(fate: Fate, walk: Walk) -> Iterator[str]:
    resource = fate.resource
    if resource.type in _MACHINES:
        order = (
            "The machine is terminated, then a new one is made"
            if fate.delete_first
            else "A new machine is made, then the old one is terminated"
        )
        yield f"{order}: Sourcegraph is away until it has booted; {_START}."
        if fate.ignored:
            paths = ", ".join(each.path for each in fate.ignored)
            yield f"The new machine also takes what updates leave alone: {paths}."
        yield from _disks_of(fate, walk)
        return
    if sentence := _REPLACED.get(resource.type):
        yield sentence
    elif fate.delete_first:
        yield "It is away from its deletion until the new one is there."


def _of_update(fate: Fate, walk: Walk) -> Iterator[str]:
    resource = fate.resource
    changed = {change.path.partition(".")[0].partition("[")[0] for change in fate.properties}
    if changed & _STOPS.get(resource.type, frozenset()):
        yield f"The machine is stopped, changed and started again: Sourcegraph is away meanwhile; {_START}."
        yield from _disks_of(fate, walk)
        if changed & _SIZES and any(_USER_DATA.match(each.path) for each in fate.ignored):
            yield "The services' own sizes follow only when the machine is rolled (`deployment.machine.roll_image`)."
    elif changed & _NODES.get(resource.type, frozenset()):
        yield "Its nodes are made anew, one after the other, and their pods move."
    elif resource.type in _DISKS and "size" in changed:
        yield "The disk grows while it is in use; the file system follows at the next start of the machine."
    elif resource.type == "kubernetes:helm.sh/v3:Release":
        yield "Helm updates the release: pods whose template changes are made anew, and what has one replica is away."
    elif resource.type in _VERSIONED and any(path.lower().endswith("version") for path in changed):
        yield _VERSIONED[resource.type]


_VERSIONED: Final[Mapping[str, str]] = {
    "aws:eks/cluster:Cluster": "The control plane is upgraded in place; nodes follow with their own groups.",
    "aws:elasticache/replicationGroup:ReplicationGroup": "Redis is upgraded in place.",
    "aws:rds/instance:Instance": "The database is upgraded in place, in its maintenance window, and away meanwhile.",
    "gcp:container/cluster:Cluster": "The control plane is upgraded in place.",
    "gcp:sql/databaseInstance:DatabaseInstance": "The database is upgraded in place and away meanwhile.",
}


def _disks_of(fate: Fate, walk: Walk) -> Iterator[str]:
    """What becomes of the disks that are attached to a machine, followed through attachments."""
    if fate.after is None:
        return
    for urn in dict.fromkeys(_attached(fate.after, walk)):
        disk = walk.fates[urn]
        if disk.action in ("same", "update"):
            yield f"The data disk {disk.resource.name} stays."
        elif disk.action != "create":
            yield f"{label(disk.resource)} does not stay: see there."


def _attached(machine: Resource, walk: Walk) -> Iterator[str]:
    holders = [machine, *(user for user, _ in walk.head.users_of(machine.urn) if user.type.endswith("Attachment"))]
    for holder in holders:
        for key in holder.inputs:
            for urn in walk.head.made_of(holder, key):
                if urn in walk.fates and walk.head.by_urn[urn].type in _DISKS:
                    yield urn

"""Kubernetes: the disks of claims, and what is said of a cluster that is in no stack."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from stacks.cost import aws_disks, gcp_disks
from stacks.cost.charges import ByUse, Charge, Charges, Payer
from stacks.cost.index import Index, number, record, text
from stacks.preview import ClaimedVolume

_CLASS: Final = "kubernetes:storage.k8s.io/v1:StorageClass"
_RELEASE: Final = "kubernetes:helm.sh/v3:Release"
_EKS: Final = "aws:eks/cluster:Cluster"
_GKE: Final = "gcp:container/cluster:Cluster"
_PROVISIONERS: Final = {"ebs.csi.aws.com": "aws", "pd.csi.storage.gke.io": "gcp"}
_DEFAULT_TYPE: Final = {"aws": "gp3", "gcp": "pd-ssd"}
"""Of the storage classes that moorage itself makes."""


def claims(index: Index) -> Charges:
    """The disks that Kubernetes makes: as the storage class of their stack says, else as the cluster's cloud."""
    for claim in index.preview.claims:
        cloud, parameters = _storage(index, claim.stack)
        if cloud is None:
            yield ByUse("Disks of the organization's own cluster: not priced.")
            continue
        payer = Payer(f"{claim.stack}/{claim.name}", index.region_of_stack(claim.stack))
        yield from _disks(payer, claim, cloud, parameters)


def _disks(payer: Payer, claim: ClaimedVolume, cloud: str, parameters: Mapping[str, Any]) -> Iterator[Charge]:
    kind = text(parameters.get("type")) or _DEFAULT_TYPE[cloud]
    item = f"{claim.count} x {claim.size_gib} GiB" if claim.count != 1 else f"{claim.size_gib} GiB"
    block = {"size": claim.size_gib, "type": kind}
    if cloud == "gcp":
        yield from gcp_disks.disk(payer, item, block, claim.count)
        return
    speed = {name: number(parameters.get(name)) for name in ("iops", "throughput")}
    yield from aws_disks.disk(payer, item, {**block, **speed}, claim.count)


def _storage(index: Index, stack: str) -> tuple[str | None, Mapping[str, Any]]:
    classes = index.of_type(_CLASS, stack=stack)
    if classes:
        inputs = classes[0].inputs
        return _PROVISIONERS.get(text(inputs.get("provisioner"))), record(inputs.get("parameters"))
    if index.of_type(_EKS):
        return "aws", {}
    return ("gcp", {}) if index.of_type(_GKE) else (None, {})


def existing_cluster(index: Index) -> Charges:
    """What is not counted where the cluster is in no stack."""
    if index.of_type(_RELEASE) and not index.of_type(_EKS, _GKE):
        yield ByUse("Nodes and control plane of the cluster, which exists already: not priced.")

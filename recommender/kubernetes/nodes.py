"""Node types, and what one node of each can give to pods.

Every figure errs on the side of less room: a plan that reserves a little too much still runs, and one that reserves too
little leaves pods pending.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Final

from recommender.errors import MoorageError
from recommender.fact import Fact
from recommender.kubernetes.pods import NodeShape
from recommender.sizing.machine_types import CHART_FAMILIES, FAMILIES_BY_REGION, MACHINE_TYPES

BOOT_DISK_GB: Final = 100
"""Of every node: sourcegraph/docs@3499c087 docs/self-hosted/deploy/instance-size.mdx, read 2026-11-22."""

VENDOR_NODE_VCPU: Final = 16
"""The vendor's node has 16 vCPU at every provider: the same page."""

OTHER_NODE: Final = "16-vcpu-60-gib"
"""What the same page asks for where it names no machine type."""

EKS_FACT: Final = Fact(
    "awslabs/amazon-eks-ami@81fec2e8 (2026-07-23) nodeadm/internal/kubelet/config.go, eni_max_pods.go and "
    "instance-info.jsonl; the cap of 110 or 250 pods: awsdocs/amazon-eks-user-guide create-managed-node-group.adoc",
    "2026-11-22",
)
EKS_MEMORY_FACT: Final = Fact(
    "aws/karpenter-provider-aws vmMemoryOverheadPercent, default 0.075", "2026-11-22", verified=False
)
"""Unverified: how much less than its nominal memory a machine reports; 7.5 % is what Karpenter assumes."""
EKS_VOLUMES_FACT: Final = Fact(
    "moto 5.2.5 ec2/resources/instance_types.json.gz EbsInfo: m6a and m6i share 28 attachments with their network "
    "interfaces, m7i has its own limit; kubernetes-sigs/aws-ebs-csi-driver@429e202e docs/faq.md (2026-08-19)",
    "2026-11-22",
)
GKE_FACT: Final = Fact(
    "kubernetes/autoscaler@55c37cd5 (2026-08-22) cluster-autoscaler/cloudprovider/gce/gce_reserved.go; the same "
    "brackets at cloud.google.com/kubernetes-engine/docs/concepts/plan-node-sizes",
    "2026-11-22",
)
GKE_NODE_FACT: Final = Fact(
    "kubectl describe node of an n2-standard-4 on GKE 1.36.3, in public notes of 2026-10-08: 3920m, 13591652Ki and "
    "47060071478 bytes of disk allocatable",
    "2026-11-22",
)
"""A real node offered 52 MiB less than the formula without its newest term, which the source puts at 0.175 % of the
memory: 0.4 % are taken off."""
GKE_VOLUMES_FACT: Final = Fact(
    "kubernetes-sigs/gcp-compute-persistent-disk-csi-driver@b560165c (2026-08-18) pkg/gce-pd-csi-driver/node.go",
    "2026-11-22",
)
OTHER_FACT: Final = Fact(
    "GKE's reservation, the strictest of those published, on any node", "2026-11-22", verified=False
)
"""Unverified by nature: a cluster that we do not know keeps what its operator decided."""

_VOLUMES_ELSEWHERE = 16
"""Disks a node of an unknown cluster takes: the least that the in-tree limits of the big clouds allowed."""


@dataclass(frozen=True, slots=True)
class NodeType:
    """A machine type as a node: its nominal figures, and the family that says where it can be had."""

    name: str
    family: str
    vcpu: int
    memory_gb: int
    """GiB, nominal."""


_EXTRA = (
    *(
        NodeType(f"{family}.{size}", family, vcpu, 4 * vcpu)
        for family in ("m6a", "m6i", "m7i")
        for size, vcpu in (("xlarge", 4), ("16xlarge", 64))
    ),
    NodeType("n2-standard-4", "n2-standard", 4, 16),
    NodeType("n2-standard-80", "n2-standard", 80, 320),
    NodeType("n2-standard-128", "n2-standard", 128, 512),
    NodeType(OTHER_NODE, "other", 16, 60),
    NodeType("32-vcpu-120-gib", "other", 32, 120),
    NodeType("64-vcpu-240-gib", "other", 64, 240),
)
"""Nodes that no size of the single machine names. The same sources as recommender/sizing/machine_types.py; at an
unknown provider, multiples of the vendor's own figure."""

NODE_TYPES: Final[Mapping[str, NodeType]] = MappingProxyType(
    {
        row.name: row
        for row in sorted(
            (*_EXTRA, *(NodeType(row.name, row.family, row.vcpu, row.memory_gb) for row in MACHINE_TYPES)),
            key=lambda row: (row.family, row.vcpu),
        )
    }
)

_FAMILIES = MappingProxyType(
    {"aws": ("m6a", "m6i", "m7i"), "gcp": CHART_FAMILIES["gcp"], "azure": CHART_FAMILIES["azure"]}
)

_ENIS = MappingProxyType({4: (4, 15), 8: (4, 15), 16: (8, 30), 32: (8, 30), 48: (8, 30)})
"""vCPU to the network interfaces of the default card and the IPv4 addresses of each: m6a, m6i and m7i alike
(EKS_FACT's instance-info.jsonl). Larger machines have 15 with 50."""
_ENIS_OF_LARGE = (15, 50)

_M7I_VOLUMES = MappingProxyType({4: 32, 8: 32, 16: 32, 32: 32, 48: 32, 64: 48, 96: 64, 192: 128})
"""vCPU of an m7i to its own limit of attached disks, the boot disk among them (EKS_VOLUMES_FACT)."""


def node_types(provider: str, region: str | None) -> tuple[str, ...]:
    """Names of the node types to be had in a region, of the preferred family first, the smallest first."""
    families = FAMILIES_BY_REGION.get(provider, {}).get(region or "", CHART_FAMILIES.get(provider, ("other",)))
    rows = [row for row in NODE_TYPES.values() if row.family in families]
    return tuple(row.name for row in sorted(rows, key=lambda row: (families.index(row.family), row.vcpu)))


def default_node_type(provider: str, region: str | None) -> str:
    """The vendor's node in a region: 16 vCPU of the preferred family."""
    return next(name for name in node_types(provider, region) if NODE_TYPES[name].vcpu == VENDOR_NODE_VCPU)


@lru_cache(maxsize=256)
def node_shape(provider: str, machine_type: str) -> NodeShape:
    """What one node gives to pods.

    Args:
        provider: `aws` (EKS), `gcp` (GKE), or any other, whose nodes keep what GKE's do.
        machine_type: A row of `NODE_TYPES`.

    Raises:
        MoorageError: The machine type is not in the table, or not the provider's.
    """
    row = NODE_TYPES.get(machine_type)
    families = _FAMILIES.get(provider, ("other",))
    if row is None or row.family not in families:
        allowed = [name for name, known in NODE_TYPES.items() if known.family in families]
        raise MoorageError(
            f"no figures for a node of type {machine_type} at {provider}", fix="choose one of: " + ", ".join(allowed)
        )
    if provider == "aws":
        return _eks_node(row)
    return _gke_node(row, pods=110, volumes=127 if provider == "gcp" else _VOLUMES_ELSEWHERE)


def reserved_cpu_millis(vcpu: int) -> int:
    """What the kubelet keeps of the processors: 6 % of the first, 1 % of the second, 0.5 % of two more, then 0.25 %.

    EKS and GKE use the same steps (EKS_FACT, GKE_FACT).
    """
    hundredths_of_a_milli = (6_000, 1_000, 500, 500)
    return (sum(hundredths_of_a_milli[:vcpu]) + 250 * max(0, vcpu - 4)) // 100


def network_interfaces(vcpu: int) -> tuple[int, int]:
    """How many network interfaces a node of EKS has, and how many IPv4 addresses each of them."""
    return _ENIS.get(vcpu, _ENIS_OF_LARGE)


def eni_pods(row: NodeType) -> int:
    """How many pods the network interfaces of an EC2 machine have addresses for."""
    interfaces, addresses = network_interfaces(row.vcpu)
    return interfaces * (addresses - 1) + 2


def eks_reserved_memory_mib(row: NodeType) -> int:
    """What the kubelet of an EKS node keeps: 11 MiB for each pod that its interfaces could serve, and 255 MiB.

    The cap of the managed node group arrives after this reservation is made, and so does not lower it.
    """
    return 11 * eni_pods(row) + 255


def _eks_node(row: NodeType) -> NodeShape:
    reported = row.memory_gb * 1024 * 925 // 1000
    return NodeShape(
        machine_type=row.name,
        vcpu=row.vcpu,
        memory_gb=row.memory_gb,
        cpu_millis=row.vcpu * 1000 - reserved_cpu_millis(row.vcpu),
        memory_mib=reported - eks_reserved_memory_mib(row) - 100,  # the eviction threshold
        pods=min(eni_pods(row), 110 if row.vcpu < 30 else 250),
        ephemeral_gib=BOOT_DISK_GB * 97 // 100 * 9 // 10 - 1,  # file system, eviction at 10 %, kube-reserved
        volumes=_ebs_volumes(row),
    )


def _ebs_volumes(row: NodeType) -> int:
    """Disks beside the boot disk. Interfaces attached later count against the shared limit, so all are counted now."""
    if row.family == "m7i":
        return _M7I_VOLUMES[row.vcpu] - 1
    interfaces, _ = network_interfaces(row.vcpu)
    return 28 - interfaces - 1


def gke_reserved_memory_mib(memory_gb: int) -> int:
    """What the kubelet of a GKE node keeps, by brackets of its memory.

    The source counts 1000 MiB to the GB of a bracket, on purpose.
    """
    left, reserved = memory_gb * 1024, 0.0
    for width, share in ((4_000, 0.25), (4_000, 0.20), (8_000, 0.10), (112_000, 0.06)):
        step = min(left, width)
        reserved, left = reserved + step * share, left - step
    return int(reserved + left * 0.02)


def gke_kernel_memory_mib(memory_gb: int) -> int:
    """What the kernel of Container-Optimized OS takes before the kubelet sees the memory."""
    nominal = memory_gb * 1024
    return nominal // 64 + 16 + 64


def _gke_node(row: NodeType, *, pods: int, volumes: int) -> NodeShape:
    nominal = row.memory_gb * 1024
    kept = gke_kernel_memory_mib(row.memory_gb) + gke_reserved_memory_mib(row.memory_gb) + 100  # eviction threshold
    return NodeShape(
        machine_type=row.name,
        vcpu=row.vcpu,
        memory_gb=row.memory_gb,
        cpu_millis=row.vcpu * 1000 - reserved_cpu_millis(row.vcpu),
        memory_mib=nominal - kept - nominal * 4 // 1000,  # GKE_NODE_FACT
        pods=pods,
        ephemeral_gib=gke_ephemeral_gib(BOOT_DISK_GB),
        volumes=volumes,
    )


def gke_ephemeral_gib(disk_gb: int) -> int:
    """What is left of a boot disk after the partitions of the system, the eviction threshold and GKE's own share."""
    capacity = disk_gb - (0.015635 * disk_gb + 4.148 + 0.1)
    kept = min(0.5 * disk_gb, 6 + 0.35 * disk_gb, 100)
    return int(capacity * 0.9 - kept)

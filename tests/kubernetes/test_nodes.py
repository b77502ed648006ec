"""What nodes give: the formulas against the vendors' figures and against a node that was seen."""

from __future__ import annotations

import pytest

from recommender.errors import MoorageError
from recommender.kubernetes.nodes import (
    NODE_TYPES,
    default_node_type,
    eks_reserved_memory_mib,
    eni_pods,
    gke_kernel_memory_mib,
    gke_reserved_memory_mib,
    node_shape,
    node_types,
    reserved_cpu_millis,
)
from recommender.sizing.machine_types import FAMILIES_BY_REGION, MACHINE_TYPES

# awslabs/amazon-eks-ami@81fec2e8, worked out by hand from its formulas (2026-11-22):
# size, interface pods, pods of a managed group, CPU allocatable, memory reserved, and what nominal memory would leave.
EKS_ROWS = [
    ("xlarge", 58, 58, 3920, 893, 15391),
    ("2xlarge", 58, 58, 7910, 893, 31775),
    ("4xlarge", 234, 110, 15890, 2829, 62607),
    ("8xlarge", 234, 234, 31850, 2829, 128143),
    ("12xlarge", 234, 234, 47810, 2829, 193679),
    ("16xlarge", 737, 250, 63770, 8362, 253682),
    ("24xlarge", 737, 250, 95690, 8362, 384754),
]

# kubernetes/autoscaler cloudprovider/gce, worked out by hand: vCPU, GiB, CPU reserved, memory reserved, kernel.
GKE_ROWS = [
    (2, 8, 70, 1819, 208),
    (4, 16, 80, 2623, 336),
    (8, 32, 90, 3606, 592),
    (16, 64, 110, 5572, 1104),
    (32, 128, 150, 9381, 2128),
    (48, 192, 190, 10692, 3152),
    (64, 256, 230, 12002, 4176),
    (80, 320, 270, 13313, 5200),
    (96, 384, 310, 14624, 6224),
    (128, 512, 390, 17245, 8272),
]


@pytest.mark.parametrize("family", ["m6a", "m6i", "m7i"])
@pytest.mark.parametrize(("size", "interface_pods", "pods", "cpu", "reserved", "most_memory"), EKS_ROWS)
def test_an_eks_node_keeps_what_nodeadm_keeps(family, size, interface_pods, pods, cpu, reserved, most_memory):
    row = NODE_TYPES[f"{family}.{size}"]
    shape = node_shape("aws", row.name)
    assert eni_pods(row) == interface_pods
    assert eks_reserved_memory_mib(row) == reserved
    assert (shape.pods, shape.cpu_millis) == (pods, cpu)
    assert row.memory_gb * 1024 - reserved - 100 == most_memory
    assert shape.memory_mib == row.memory_gb * 1024 * 925 // 1000 - reserved - 100


@pytest.mark.parametrize(("vcpu", "memory_gb", "cpu", "memory", "kernel"), GKE_ROWS)
def test_a_gke_node_keeps_what_the_autoscaler_reckons(vcpu, memory_gb, cpu, memory, kernel):
    assert reserved_cpu_millis(vcpu) == cpu
    assert gke_reserved_memory_mib(memory_gb) == memory
    assert gke_kernel_memory_mib(memory_gb) == kernel
    if vcpu > 2:
        shape = node_shape("gcp", f"n2-standard-{vcpu}")
        assert shape.cpu_millis == vcpu * 1000 - cpu
        assert shape.memory_mib <= memory_gb * 1024 - memory - kernel - 100
        assert (shape.pods, shape.volumes) == (110, 127)


def test_no_figure_is_above_what_a_real_gke_node_offered():
    """kubectl describe node of an n2-standard-4 on GKE 1.36.3, 2026-10-08."""
    shape = node_shape("gcp", "n2-standard-4")
    assert shape.cpu_millis == 3920
    assert 13591652 // 1024 - 30 < shape.memory_mib <= 13591652 // 1024
    assert shape.ephemeral_gib == 47060071478 // 2**30


@pytest.mark.parametrize(
    ("machine_type", "volumes"), [("m6a.xlarge", 23), ("m6a.4xlarge", 19), ("m6i.16xlarge", 12), ("m7i.4xlarge", 31)]
)
def test_disks_of_an_eks_node_share_their_limit_with_interfaces_but_not_on_m7i(machine_type, volumes):
    assert node_shape("aws", machine_type).volumes == volumes


@pytest.mark.parametrize("name", sorted(NODE_TYPES))
def test_a_node_keeps_a_part_of_everything(name):
    provider = {"n2-standard": "gcp", "Dv3": "azure", "other": "on-premises"}.get(NODE_TYPES[name].family, "aws")
    shape = node_shape(provider, name)
    assert 0 < shape.cpu_millis < shape.vcpu * 1000
    assert shape.memory_gb * 1024 * 0.8 < shape.memory_mib < shape.memory_gb * 1024
    assert 0 < shape.ephemeral_gib < 100
    assert shape.volumes >= 12


def test_node_types_are_the_same_machines_as_elsewhere():
    for row in MACHINE_TYPES:
        node = NODE_TYPES[row.name]
        assert (node.family, node.vcpu, node.memory_gb) == (row.family, row.vcpu, row.memory_gb)


@pytest.mark.parametrize(
    ("provider", "region", "default"),
    [
        ("aws", "us-east-1", "m6a.4xlarge"),
        ("aws", "eu-north-1", "m6i.4xlarge"),
        ("aws", "ap-southeast-4", "m7i.4xlarge"),
        ("gcp", "europe-west1", "n2-standard-16"),
        ("azure", "westeurope", "D16_v3"),
        ("on-premises", None, "16-vcpu-60-gib"),
    ],
)
def test_the_vendors_node_has_16_processors_everywhere(provider, region, default):
    assert default_node_type(provider, region) == default
    assert NODE_TYPES[default].vcpu == 16


def test_every_region_offers_the_vendors_node():
    for provider, regions in FAMILIES_BY_REGION.items():
        for region in regions:
            assert default_node_type(provider, region) in node_types(provider, region)


@pytest.mark.parametrize(("provider", "name"), [("aws", "m6a.huge"), ("aws", "n2-standard-16"), ("gcp", "m6a.4xlarge")])
def test_an_unknown_type_is_refused_with_those_that_are_known(provider, name):
    with pytest.raises(MoorageError) as caught:
        node_shape(provider, name)
    assert name in str(caught.value)
    assert default_node_type(provider, None) in caught.value.fix

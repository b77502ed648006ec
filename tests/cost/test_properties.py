"""What holds of every estimate, whatever the inputs."""

from __future__ import annotations

import dataclasses
import math
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stacks.cost.of_preview import estimate
from stacks.cost.resource_types import PRICED
from stacks.preview import SECRET, UNKNOWN, ClaimedVolume, Preview, Resource, StackPreview
from tests.cost.previews import preview, priced, resource
from tests.profiles import preview_of

NODE_GROUP = "aws:eks/nodeGroup:NodeGroup"
NODE_POOL = "gcp:container/nodePool:NodePool"
PROFILES = (
    "examples/acme-aws.yaml",
    "examples/hooli-eks.yaml",
    "tests/cases/kubernetes-gcp-production/profile.yaml",
    "tests/cases/kubernetes-aws-poc/profile.yaml",
)
CATEGORIES = {
    "machines",
    "disks",
    "snapshots",
    "load balancing",
    "network",
    "databases",
    "caches",
    "control planes",
    "storage",
    "keys and secrets",
    "logs and alarms",
}
SIZES = st.integers(0, 5000)
ODD = st.recursive(
    st.sampled_from([None, True, False, dict(UNKNOWN), dict(SECRET), "", "x", "-1", "1e999", "nan"])
    | st.integers()
    | st.floats(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(sorted(["size", "type"])), inner),
    max_leaves=5,
)


def _group(count: int, most: int | None = None) -> Resource:
    scaling = {"desiredSize": count, "minSize": 0, "maxSize": count if most is None else most}
    return resource(NODE_GROUP, {"instanceTypes": ["m6a.4xlarge"], "scalingConfig": scaling})


def _pool(count: int) -> Resource:
    return resource(NODE_POOL, {"initialNodeCount": count, "nodeConfig": {"machineType": "n2-standard-16"}})


@given(st.integers(0, 50), st.integers(0, 50), st.sampled_from([(_group, "us-east-1"), (_pool, "us-central1")]))
def test_more_nodes_never_cost_less(one, other, kind):
    group, region = kind
    few, many = sorted((one, other))
    assert priced(group(few), region=region).monthly <= priced(group(many), region=region).monthly


@given(SIZES, SIZES, st.sampled_from(["gp3", "io2"]), st.integers(0, 64000), st.integers(0, 1000))
def test_a_larger_or_faster_disk_never_costs_less(one, other, kind, iops, throughput):
    small, large = sorted((one, other))
    volume = "aws:ebs/volume:Volume"
    slow = priced(resource(volume, {"type": kind, "size": small}))
    fast = priced(resource(volume, {"type": kind, "size": large, "iops": iops, "throughput": throughput}))
    assert slow.monthly <= fast.monthly


@given(st.integers(0, 20), st.integers(0, 20))
def test_the_maximum_is_never_below_the_sum(count, most):
    found = priced(_group(count, most))
    assert found.high is None if most <= count else found.high >= found.monthly


@pytest.mark.parametrize("path", PROFILES)
def test_the_sum_is_that_of_the_lines_and_no_line_is_negative(path):
    found = estimate(preview_of(path))
    assert found.monthly == pytest.approx(sum(line.quantity * line.price.usd for line in found.lines if line.price))
    assert all(line.quantity >= 0 and (line.monthly is None or line.monthly >= 0) for line in found.lines)
    assert {line.category for line in found.lines} <= CATEGORIES


@pytest.mark.parametrize("path", PROFILES)
def test_every_line_belongs_to_a_resource_or_a_claim(path):
    found = preview_of(path)
    known = {item.urn for item in found.resources} | {f"{claim.stack}/{claim.name}" for claim in found.claims}
    assert {line.subject for line in estimate(found).lines} <= known


@settings(max_examples=20, deadline=None)  # the first example of a profile makes its preview
@given(path=st.sampled_from(PROFILES), chance=st.randoms())
def test_the_order_of_resources_changes_nothing_in_the_sums(path, chance):
    found = preview_of(path)
    stacks = tuple(
        StackPreview(stack.name, tuple(chance.sample(stack.resources, len(stack.resources))), stack.outputs)
        for stack in found.stacks
    )
    one, other = estimate(found), estimate(dataclasses.replace(found, stacks=stacks))
    assert one.monthly == pytest.approx(other.monthly)
    assert one.high == pytest.approx(other.high)
    assert set(one.by_use) == set(other.by_use)
    assert one.region == other.region


@settings(max_examples=50, deadline=None)
@given(path=st.sampled_from(PROFILES), data=st.data())
def test_whatever_input_is_unknown_nothing_fails(path, data):
    found = preview_of(path)
    urn = data.draw(st.sampled_from([item.urn for item in found.resources if item.type in PRICED and item.inputs]))
    stacks = tuple(_with_an_unknown(stack, urn, data) for stack in found.stacks)
    changed = estimate(dataclasses.replace(found, stacks=stacks))
    assert all(line.quantity >= 0 for line in changed.lines)
    changed.document()


def _with_an_unknown(stack: StackPreview, urn: str, data: st.DataObject) -> StackPreview:
    resources = []
    for item in stack.resources:
        if item.urn == urn:
            name = data.draw(st.sampled_from(sorted(item.inputs)))
            item = dataclasses.replace(item, inputs={**item.inputs, name: dict(UNKNOWN)})
        resources.append(item)
    return StackPreview(stack.name, tuple(resources), stack.outputs)


INPUTS = (
    "instanceType", "rootBlockDevice", "ebsBlockDevices", "scalingConfig", "instanceTypes", "size", "type", "iops",
    "machineType", "bootDisk", "networkInterfaces", "nodeConfig", "autoscaling", "nodeLocations", "nodeCount",
    "settings", "tier", "memorySizeGb", "spec", "rules", "subnets", "policyDetails", "multiAz", "allocatedStorage",
    "nodeType", "numCacheClusters", "period", "namespace", "vpcEndpointType", "subnetIds", "region", "zone",
    "availabilityZone", "location", "retentionPolicy", "replication", "addressType", "upgradePolicy", "tags",
)  # fmt: skip


@given(st.sampled_from(sorted(PRICED)), st.dictionaries(st.sampled_from(INPUTS), ODD, max_size=6))
def test_no_input_makes_it_fail(type_, inputs):
    found = priced(resource(type_, inputs))
    assert all(line.quantity >= 0 for line in found.lines)
    assert 0 <= found.monthly < math.inf
    found.document()


@pytest.mark.parametrize("type_", sorted(PRICED))
def test_without_inputs_and_region_it_is_never_zero_by_ignorance(type_):
    found = priced(resource(type_), region="")
    free = [line for line in found.lines if line.price is not None and line.price.usd and not line.quantity]
    assert free == []


def test_nothing_costs_nothing():
    found = estimate(Preview("cloud", (), {}))
    assert (found.lines, found.by_use, found.high, found.region, found.monthly) == ((), (), None, "", 0)


def test_the_same_preview_gives_the_same_estimate():
    found = preview_of(PROFILES[1])
    assert estimate(found) == estimate(found)


def test_an_estimate_takes_less_than_10_ms():
    found = preview_of(PROFILES[1])

    def once() -> float:
        start = time.perf_counter()
        estimate(found)
        return time.perf_counter() - start

    assert min(once() for _ in range(5)) < 0.010


@given(st.integers(1, 10), st.integers(1, 3000))
def test_claims_cost_what_so_many_disks_cost(count, size):
    class_ = resource(
        "kubernetes:storage.k8s.io/v1:StorageClass", {"provisioner": "ebs.csi.aws.com", "parameters": {"type": "gp3"}}
    )
    claims = [ClaimedVolume("stack", "gitserver/repos", count, size)]
    assert estimate(preview(class_, claims=claims)).monthly == pytest.approx(count * size * 0.08)

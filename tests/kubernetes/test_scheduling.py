"""The scheduler's model: nothing is placed beyond capacity, and a count of nodes is proven from both sides."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recommender.kubernetes.node_choice import choose_nodes
from recommender.kubernetes.placement import NodeLoad, Placement, Pod
from recommender.kubernetes.pods import Claim, NodeShape, PodKind, Workload
from recommender.kubernetes.scheduling import ORDERS, NodeCount, nodes_needed, schedule, sequence

SHAPE = NodeShape("test", 16, 64, 15890, 57691, 30, 40, 8)


def workload(name, replicas=1, cpu=1000, memory=1024, *, kind: PodKind = "Deployment", ephemeral=0, volumes=0):
    claims = tuple(Claim(f"data-{number}", 200) for number in range(volumes))
    return Workload(name, kind, "sourcegraph", replicas, cpu, memory, ephemeral, claims)


@st.composite
def workloads(draw, *, daemons=True):
    """Workloads that each fit on an empty node."""
    count = draw(st.integers(1, 8))
    found = [
        workload(
            f"service-{number}",
            draw(st.integers(0, 5)),
            draw(st.sampled_from([0, 250, 500, 1000, 2000, 4000, 7000, 8000])),
            draw(st.sampled_from([0, 128, 512, 2048, 8192, 16384, 30000])),
            kind=draw(st.sampled_from(["Deployment", "StatefulSet", "headroom"])),
            ephemeral=draw(st.sampled_from([0, 0, 4, 15])),
            volumes=draw(st.sampled_from([0, 0, 1, 3])),
        )
        for number in range(count)
    ]
    if daemons and draw(st.booleans()):
        found.append(workload("daemon", 0, 450, 400, kind="DaemonSet"))
    return found


def fits(placement):
    """Counts again, apart from the product's own counting."""
    shape = placement.shape
    for node in placement.nodes:
        loads = [pod.workload for pod in node.pods]
        assert sum(load.cpu_millis for load in loads) == node.cpu_millis <= shape.cpu_millis
        assert sum(load.memory_mib for load in loads) == node.memory_mib <= shape.memory_mib
        assert sum(load.ephemeral_gib for load in loads) == node.ephemeral_gib <= shape.ephemeral_gib
        assert sum(len(load.claims) for load in loads) == node.volumes <= shape.volumes
        assert len(loads) <= shape.pods
    return True


@given(workloads(), st.integers(1, 6), st.sampled_from(ORDERS), st.integers(1, 3))
@settings(deadline=None)
def test_every_placement_respects_capacity_and_loses_no_pod(loads, nodes, order, zones):
    placement = schedule(loads, SHAPE, nodes, order, zones=zones)
    assert fits(placement)
    assert placement.check() == ()
    placed = [pod.name for node in placement.nodes for pod in node.pods if pod.workload.kind != "DaemonSet"]
    everything = [pod.name for pod in sequence(loads, order)]
    assert sorted(placed + [pod.name for pod in placement.pending]) == sorted(everything)
    assert len(set(everything)) == len(everything)
    for load in loads:
        on_nodes = [sum(pod.workload is load for pod in node.pods) for node in placement.nodes]
        if load.kind == "DaemonSet":
            assert on_nodes == [1] * nodes


@given(workloads(), st.integers(1, 3))
@settings(deadline=None)
def test_the_count_places_everything_in_every_order_and_one_node_fewer_does_not(loads, zones):
    count = nodes_needed(loads, SHAPE, zones=zones)
    assert count.too_large is None
    assert count.nodes >= count.floor >= 1
    for order in ORDERS:
        assert schedule(loads, SHAPE, count.nodes, order, zones=zones).complete
    if count.nodes == 1:
        assert count.fails_with_one_fewer is None
    else:
        assert count.fails_with_one_fewer is not None
        assert not schedule(loads, SHAPE, count.nodes - 1, count.fails_with_one_fewer, zones=zones).complete
    if 1 < count.nodes == count.floor:
        assert not any(schedule(loads, SHAPE, count.nodes - 1, order, zones=zones).complete for order in ORDERS)


@given(workloads(), st.randoms(use_true_random=False))
@settings(deadline=None)
def test_the_order_in_which_workloads_are_listed_does_not_matter(loads, shuffler: random.Random):
    shuffled = list(loads)
    shuffler.shuffle(shuffled)
    assert nodes_needed(shuffled, SHAPE) == nodes_needed(loads, SHAPE)
    for order in ORDERS:
        assert [pod.name for pod in sequence(shuffled, order)] == [pod.name for pod in sequence(loads, order)]


@given(workloads(), st.data())
@settings(deadline=None)
def test_more_load_never_lowers_the_floor(loads, data):
    victim = data.draw(st.integers(0, len(loads) - 1))
    grown = list(loads)
    grown[victim] = data.draw(
        st.sampled_from(
            [
                replace(loads[victim], replicas=loads[victim].replicas + (loads[victim].kind != "DaemonSet")),
                replace(loads[victim], cpu_millis=min(8000, loads[victim].cpu_millis + 500)),
                replace(loads[victim], memory_mib=loads[victim].memory_mib + 512),
            ]
        )
    )
    assert nodes_needed(grown, SHAPE).floor >= nodes_needed(loads, SHAPE).floor


def test_a_larger_load_may_by_chance_pack_better():
    """The documented exception: it fits nowhere else than where it does least harm."""
    others = [workload("s0", 2, 6000), workload("s2", 3, 7000), workload("s3", 1, 4000)]
    assert nodes_needed([*others, workload("s1", 2, 2000)], SHAPE).nodes == 4
    assert nodes_needed([*others, workload("s1", 2, 2500)], SHAPE).nodes == 3


def test_a_pod_larger_than_a_node_is_named():
    giant = workload("gitserver", 1, 16000)
    assert nodes_needed([workload("small"), giant], SHAPE) == NodeCount(0, 0, None, giant)


def test_what_daemonsets_take_makes_a_pod_too_large():
    large = workload("gitserver", 1, 15500)
    assert nodes_needed([large], SHAPE).nodes == 1
    daemon = workload("agent", 0, 400, kind="DaemonSet")
    assert nodes_needed([large, daemon], SHAPE).too_large == large
    assert nodes_needed([workload("agent", 0, 16000, kind="DaemonSet")], SHAPE).too_large is not None


@pytest.mark.parametrize(
    ("load", "nodes"),
    [
        (workload("cpu", 4, 7000), 2),
        (workload("memory", 3, 0, 28000), 2),
        (workload("pods", 31, 0, 0), 2),
        (workload("volumes", 3, 0, 0, volumes=4), 2),
        (workload("disk", 3, 0, 0, ephemeral=20), 2),
        (workload("nothing", 0), 1),
    ],
)
def test_each_of_the_five_limits_counts(load, nodes):
    assert nodes_needed([load], SHAPE).nodes == nodes


def test_replicas_are_spread_over_nodes_and_zones():
    placement = schedule([workload("frontend", 6)], SHAPE, 6, zones=3)
    assert [len(node.pods) for node in placement.nodes] == [1] * 6
    placement = schedule([workload("frontend", 3)], SHAPE, 6, zones=3)
    assert sorted(node.zone for node in placement.nodes if node.pods) == [0, 1, 2]


def test_a_lone_pod_goes_where_most_is_free():
    placement = schedule([workload("large", 1, 8000), workload("small", 1, 500)], SHAPE, 2, "largest first, draw 1")
    assert sorted(pod.workload.name for node in placement.nodes for pod in node.pods[:1]) == ["large", "small"]


def test_check_names_what_is_exceeded():
    pods = (Pod(workload("a", 1, 10000), 0), Pod(workload("b", 1, 10000), 0))
    broken = Placement(SHAPE, "by name", (NodeLoad("node-0", 0, pods, 0, 0, 0, 0),), ())
    assert broken.check() == ("node-0: CPU millis 20000 of 15890",)


def test_orders_are_the_same_on_every_machine_and_differ_from_each_other():
    loads = [workload(f"service-{number}", 2, 1000 + number, 9000 - number) for number in range(6)]
    orders = {order: tuple(pod.name for pod in sequence(loads, order)) for order in ORDERS}
    assert len({orders[f"shuffled, draw {draw}"] for draw in (1, 2, 3)}) == 3
    assert orders["by name, draw 1"] == orders["by name reversed, draw 1"][::-1] == tuple(sorted(orders[ORDERS[0]]))
    assert orders["smallest first, draw 1"] == orders["smallest first, draw 2"]
    assert orders["shuffled, draw 1"][0] == "sourcegraph/service-5-0"


@given(workloads())
@settings(max_examples=30, deadline=None)
def test_node_choices_spread_evenly_and_leave_room_to_grow(loads):
    for zones in (1, 2, 3):
        chosen = choose_nodes(loads, "aws", "us-east-1", None, zones)
        assert chosen.too_large is None
        assert sum(chosen.per_zone) == chosen.needed.nodes == chosen.minimum
        assert len(chosen.per_zone) == zones
        assert max(chosen.per_zone) - min(chosen.per_zone) <= 1
        assert chosen.maximum >= chosen.needed.nodes + zones
        assert chosen.maximum >= 1.5 * chosen.needed.nodes


def test_four_nodes_over_three_zones():
    chosen = choose_nodes([workload("big", 4, 14000)], "gcp", "us-central1", None, 3)
    assert (chosen.per_zone, chosen.minimum, chosen.maximum) == ((2, 1, 1), 4, 7)
    assert chosen.shape.machine_type == "n2-standard-16"


def test_a_pod_that_the_vendors_node_cannot_hold_gets_the_next_larger_type():
    chosen = choose_nodes([workload("gitserver", 2, 20000), workload("web", 4)], "aws", "us-east-1", None, 3)
    assert chosen.shape.machine_type == "m6a.8xlarge"
    assert chosen.passed_over == (("m6a.4xlarge", "a pod of gitserver does not fit on it"),)


HUNGRY = [workload("gitserver", 4, 2000, 47000), *(workload(f"web-{n}", 6, 1500, 5000) for n in range(4))]
"""Each gitserver nearly fills a node of 64 GiB, and small pods are quick to take their room."""


def test_three_larger_nodes_stand_in_for_many_that_lie_half_idle():
    chosen = choose_nodes(HUNGRY, "aws", "us-east-1", None, 3)
    vendors = choose_nodes(HUNGRY, "aws", "us-east-1", "m6a.4xlarge", 3)
    assert chosen.shape.machine_type == "m6a.8xlarge"
    assert chosen.needed.nodes >= 3
    assert chosen.needed.nodes * 32 < vendors.needed.nodes * 16
    assert chosen.passed_over == (
        ("m6a.4xlarge", f"it would take {vendors.needed.nodes} nodes with {vendors.needed.nodes * 16} vCPU in all"),
    )


@given(workloads())
@settings(max_examples=30, deadline=None)
def test_no_larger_type_is_chosen_without_gain(loads):
    chosen = choose_nodes(loads, "aws", "us-east-1", None, 3)
    vendors = choose_nodes(loads, "aws", "us-east-1", "m6a.4xlarge", 3)
    assert vendors.too_large is None
    if chosen.shape != vendors.shape:
        assert chosen.needed.nodes >= 3
        assert chosen.needed.nodes * chosen.shape.vcpu < vendors.needed.nodes * vendors.shape.vcpu
    else:
        assert chosen.needed == vendors.needed


def test_a_wanted_type_is_never_swapped_for_another():
    chosen = choose_nodes([workload("gitserver", 1, 20000)], "aws", "us-east-1", "m6a.4xlarge", 3)
    assert chosen.too_large is not None
    assert (chosen.shape.machine_type, chosen.per_zone, chosen.maximum) == ("m6a.4xlarge", (), 0)
    small = choose_nodes([workload("web", 2)], "aws", "us-east-1", "m6a.xlarge", 1)
    assert small.shape.machine_type == "m6a.xlarge"


def test_a_pod_for_which_no_type_is_large_enough_is_said():
    chosen = choose_nodes([workload("giant", 1, 500_000)], "on-premises", None, None, 1)
    assert chosen.too_large is not None
    assert [name for name, _ in chosen.passed_over] == ["16-vcpu-60-gib", "32-vcpu-120-gib"]
    assert chosen.shape.machine_type == "64-vcpu-240-gib"

"""The diagram: what it says of each target, and that nothing in it lies over anything else."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stacks.preview import Preview
from stacks.report.html import kinds
from stacks.report.html.diagram import graph, not_drawn
from stacks.report.html.graph import Edge, Graph, Line, Node
from stacks.report.html.layers import Block, Slot, spread
from stacks.report.html.layout import layout
from stacks.report.html.picture import Picture, Rect
from stacks.report.html.text_width import fitted, text_width
from tests.profiles import ROOT, preview_of

STAND_NOTHING_UP = {"exception", "jointly-deployed-unevaluated", "kubernetes-ce-owned", "sunset-pin"}
PROFILES = sorted(
    str(path.relative_to(ROOT))
    for path in (*ROOT.glob("examples/*.yaml"), *ROOT.glob("tests/cases/*/profile.yaml"))
    if path.parent.name not in STAND_NOTHING_UP and "refused" not in path.parent.name
)


def drawn(path: str) -> Graph:
    found = graph(preview_of(path), "p1", {})
    assert found is not None
    return found


def said(shown: Graph) -> set[tuple[str, str, str]]:
    """Each arrow as the first lines of both ends, and its label."""
    names = {node.key: node.lines[0].text for node in shown.nodes}
    return {(names[edge.source], names[edge.target], edge.label) for edge in shown.edges}


def overlap(first: tuple[float, ...], second: tuple[float, ...]) -> bool:
    return first[0] < second[2] and second[0] < first[2] and first[1] < second[3] and second[1] < first[3]


def box(rect: Rect) -> tuple[float, float, float, float]:
    return rect.x, rect.y, rect.x + rect.width, rect.y + rect.height


def assert_clear(picture: Picture) -> None:
    texts = picture.texts
    for index, text in enumerate(texts):
        assert not [other for other in texts[:index] if overlap(text.box, other.box)], text
        assert text.box[0] >= 0
        assert text.box[2] <= picture.width
        assert text.box[1] >= 0
        assert text.box[3] <= picture.height
    for index, node in enumerate(picture.nodes):
        assert not [other for other in picture.nodes[:index] if overlap(box(node), box(other))], node.title
        assert all(node.x <= text.box[0] and text.box[2] <= node.x + node.width for text in node.texts), node.title
    labels = [arrow.label for arrow in picture.arrows if arrow.label]
    for label in labels:
        assert not [node.title for node in picture.nodes if overlap(label.box, box(node))], label


@pytest.mark.parametrize("path", PROFILES)
def test_no_text_lies_over_another_on_any_target(path: str):
    preview = preview_of(path)
    shown = graph(preview, "p1", {})
    if shown is None:
        assert not preview.stacks
        assert not preview.files
        return
    assert_clear(layout(shown))


@pytest.mark.parametrize("path", PROFILES)
def test_every_resource_is_drawn_or_an_arrow_or_counted(path: str):
    preview = preview_of(path)
    shown = graph(preview, "p1", {})
    if shown is None or not preview.stacks:
        return
    created = {resource.urn for resource in preview.resources if resource.is_created}
    assert sum(number for _, number in not_drawn(preview, shown)) == len(created - shown.drawn - shown.arrows)
    assert not shown.drawn - created
    assert not shown.arrows - created


def test_on_aws_people_reach_the_machine_through_the_load_balancer():
    found = said(drawn("examples/acme-aws.yaml"))
    assert {
        ("198.51.100.0/24", "edge", "80, 443"),
        ("sourcegraph.acme.example.com", "edge", ""),
        ("edge", "machine", "443"),
        ("machine", "data", ""),
        ("machine", "identity", ""),
        ("machine", "nat", ""),
        ("nat", "out of the network", ""),
        ("data", "data-snapshots", ""),
    } <= found


def test_on_gcp_the_way_follows_the_forwarding_rules():
    found = said(drawn("tests/cases/gcp-production-internet/profile.yaml"))
    assert ("who use it", "port 443", "80, 443") in found
    assert ("port 443", "machine", "443") in found
    assert ("who use it", "machine", "tunnel") in found
    assert ("machine", "nat", "") in found


def test_on_eks_nodes_reach_databases_by_the_rules_of_their_groups():
    found = said(drawn("examples/hooli-eks.yaml"))
    for zone in "abc":
        assert (f"nodes-us-east-1{zone}", "postgres-codeinsights", "5432") in found
        assert (f"nodes-us-east-1{zone}", "redis-cache", "6379") in found
        assert (f"nodes-us-east-1{zone}", f"nat-us-east-1{zone}", "") in found
        assert ("sourcegraph", f"nodes-us-east-1{zone}", "") in found
    assert ("pods-object-storage", "storage", "") in found


def test_a_machine_of_ones_own_is_read_off_its_files():
    shown = drawn("examples/hooli-compose-own-machine.yaml")
    assert [line.text for line in shown.network] == ["Your machine"]
    assert ("who use it", "Caddy", "443") in said(shown)
    assert ("Sourcegraph on Docker", "db.hooli.example", "5432") in said(shown)


def test_a_cluster_of_ones_own_is_named_as_such():
    shown = drawn("examples/stark-own-cluster.yaml")
    assert [line.text for line in shown.network] == ["Existing cluster"]
    assert ("who use it", "sourcegraph", "443") in said(shown)


def test_an_existing_network_is_named_by_its_id():
    shown = drawn("tests/cases/aws-existing-network/profile.yaml")
    assert shown.network[0].text == "Existing network · vpc-0123456789abcdef0"
    assert any("subnet-0123456789abcdef0" in line.text for lines in shown.boxes.values() for line in lines)


def test_nothing_is_drawn_of_nothing():
    assert graph(Preview("cloud", (), {}), "p1", {}) is None


def test_a_node_bears_the_gravest_action_of_its_members():
    preview = preview_of("examples/acme-aws.yaml")
    machine = next(resource for resource in preview.resources if resource.type == "aws:ec2/instance:Instance")
    shown = graph(preview, "p1", {machine.urn: "replace"})
    assert shown is not None
    assert [node.lines[0].text for node in shown.nodes if node.mark == "replace"] == ["machine"]


def test_the_drawing_is_the_same_every_time():
    path = "examples/acme-aws.yaml"
    assert layout(drawn(path)) == layout(drawn(path))


KINDS = (kinds.USERS, kinds.BALANCER, kinds.RELEASE, kinds.MACHINE, kinds.DATABASE, kinds.ROLE, kinds.INTERNET)


@st.composite
def graphs(draw: st.DrawFn) -> Graph:
    count = draw(st.integers(1, 14))
    nodes = [
        Node(
            str(number),
            draw(st.sampled_from(KINDS)),
            [Line(draw(st.text(max_size=60))) for _ in range(draw(st.integers(1, 4)))],
            draw(st.text(max_size=60)),
            draw(st.sampled_from(["", "a", "b"])),
        )
        for number in range(count)
    ]
    nodes = [dataclasses.replace(node, in_network=node.kind.in_network) for node in nodes]
    ends = st.integers(0, count - 1)
    pairs = draw(st.sets(st.tuples(ends, ends).filter(lambda pair: pair[0] != pair[1]), max_size=20))
    columns = [node.kind.column for node in nodes]
    edges = [
        Edge(str(source), str(target), draw(st.sampled_from(["", "443", "80, 443", "all ports"])))
        for source, target in sorted(pairs)
        if columns[source] <= columns[target]
    ]
    return Graph(
        nodes,
        edges,
        {"a": [Line("one")], "b": [Line("two"), Line("three")]},
        draw(st.sampled_from([[], [Line("Network")]])),
        set(),
    )


@settings(max_examples=150, deadline=None)
@given(graphs())
def test_no_graph_makes_texts_or_nodes_overlap(shown: Graph):
    assert_clear(layout(shown))


@given(st.lists(st.tuples(st.floats(-500, 500), st.floats(10, 200)), min_size=1, max_size=12))
def test_blocks_keep_their_order_and_distance_and_stay_near_their_wishes(given_: list[tuple[float, float]]):
    blocks = [Block([Slot(str(index), 0, height)]) for index, (_, height) in enumerate(given_)]
    wishes = [wish for wish, _ in given_]
    tops = spread(wishes, blocks)
    for (top, block), below in zip(zip(tops, blocks, strict=True), tops[1:], strict=False):
        assert top + block.height <= below + 1e-6
    apart = all(
        wish + block.height + 14 <= other for wish, block, other in zip(wishes, blocks, wishes[1:], strict=False)
    )
    if apart:
        assert tops == pytest.approx(wishes)


@given(st.text(max_size=80), st.floats(20, 300))
def test_a_text_is_cut_to_its_room(text: str, width: float):
    assert text_width(fitted(text, width, 12), 12) <= max(width, text_width("…", 12))


def test_what_tells_names_apart_is_kept_when_a_name_is_cut():
    cut = fitted("managed-postgres-codeinsights-of-production", 120, 12)
    assert cut.startswith("man")
    assert cut.endswith("production"[-4:])

"""What the rendered charts come to, for people: lines for the text of a preview."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from stacks.chart_preview.objects import Pods, Requests
from stacks.chart_preview.report import ChartPreview, Rendered


def chart_lines(chart: ChartPreview, width: int) -> Iterator[str]:
    """The section: releases and their objects, pods, sums, claims, images, and what is not as planned.

    Args:
        chart: what was rendered.
        width: columns that no line exceeds but one with an image, which is worth nothing when it is cut.
    """
    yield f"Charts, as Helm renders them for Kubernetes {chart.kubernetes}"
    for release in chart.releases:
        yield from _release(release, width)
    yield from _pods(chart, width)
    yield from _sums(chart)
    yield f"  Images: {len(chart.images)}"
    yield from (f"    {image}" for image in chart.images)
    yield from _differences(chart, width)


def _release(release: Rendered, width: int) -> Iterator[str]:
    count = sum(map(len, release.objects.values()))
    chart = f"{release.chart} {release.version}"
    yield f"  Release {release.release} in {release.namespace}: chart {chart}, {count} objects"
    column = max((len(kind) for kind in release.objects), default=0)
    for kind, names in release.objects.items():
        yield from _hanging(f"    {kind:{column}}  ", ", ".join(names), width)
    if release.unread:
        yield from _hanging("    No template reads these values: ", ", ".join(release.unread), width)
    for warning in release.warnings:
        yield from _hanging("    Helm says: ", warning, width)


def _pods(chart: ChartPreview, width: int) -> Iterator[str]:
    yield "  Pods, and what each requests"
    column = max((len(each.name) for each in chart.pods), default=0)
    for each in chart.pods:
        claims = "".join(f", claim {claim.name} {claim.size_gib} GiB" for claim in each.claims)
        row = f"    {each.name:{column}}  {_count(each):8}  {_amounts(each.requests)}{claims}"
        yield row if len(row) <= width else f"{row[: width - 1]}…"


def _count(each: Pods) -> str:
    return "per node" if each.kind == "DaemonSet" else f"{each.replicas} x"


def _sums(chart: ChartPreview) -> Iterator[str]:
    if chart.total:
        yield f"  Requests in all, on {chart.nodes} nodes: {_amounts(chart.total)}"
    else:
        yield f"  Requests in all: {_amounts(chart.replicas)}; on each node beside that: {_amounts(chart.each_node)}"
    for name, (count, size) in chart.claims.items():
        yield f"  Claims of the storage class {name or '(the default)'}: {count} with {size:,} GiB together"


def _differences(chart: ChartPreview, width: int) -> Iterator[str]:
    if not chart.differences:
        yield "  Pods and claims are as planned"
        return
    yield "  Not as planned: nodes were counted for the plan"
    for sentence in chart.differences:
        yield from _hanging("  - ", sentence, width)


def _amounts(requests: Requests) -> str:
    if requests == Requests(0, 0, 0):
        return "nothing"
    found = f"{requests.cpu_millis / 1000:,g} CPU, {requests.memory_mib / 1024:,.1f} GiB"
    return f"{found}, {requests.ephemeral_gib} GiB of the node's disk" if requests.ephemeral_gib else found


def _hanging(first: str, text: str, width: int) -> list[str]:
    """Wrapped at blanks alone: a name is one word."""
    return textwrap.wrap(text, width, initial_indent=first, subsequent_indent=" " * len(first), break_on_hyphens=False)

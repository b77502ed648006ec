"""Where the rendered charts and the plan disagree about pods: nodes were counted for the plan's."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from recommender.kubernetes.pods import Claim, Workload
from stacks.chart_preview.objects import Pods


def differences(found: Sequence[Pods], planned: Sequence[Workload]) -> tuple[str, ...]:
    """A sentence for each difference; headroom, which the plan keeps for a while only, is nobody's object.

    Args:
        found: in the rendered manifests.
        planned: in the plan, for the same releases.
    """
    rendered = {(each.namespace, each.kind, each.name): each for each in found}
    expected = {(each.namespace, each.kind, each.name): each for each in planned if each.kind != "headroom"}
    sentences = [
        f"{kind} {name} in {namespace}: the chart makes it, the plan has none"
        for namespace, kind, name in sorted(rendered.keys() - expected.keys())
    ]
    sentences += [
        f"{kind} {name} in {namespace}: the plan has it, the chart makes none"
        for namespace, kind, name in sorted(expected.keys() - rendered.keys())
    ]
    for key in sorted(rendered.keys() & expected.keys()):
        told = ", ".join(_between(rendered[key], expected[key]))
        if told:
            sentences.append(f"{key[1]} {key[2]} in {key[0]}: {told}")
    return tuple(sentences)


def _between(found: Pods, planned: Workload) -> Iterator[str]:
    pairs = (
        ("replicas", found.replicas, planned.replicas, ""),
        ("CPU", found.requests.cpu_millis, planned.cpu_millis, "m"),
        ("memory", found.requests.memory_mib, planned.memory_mib, "Mi"),
        ("ephemeral storage", found.requests.ephemeral_gib, planned.ephemeral_gib, "Gi"),
    )
    for what, rendered, expected, unit in pairs:
        if rendered != expected:
            yield f"{what} {rendered}{unit} where the plan has {expected}{unit}"
    if sorted(map(_claim, found.claims)) != sorted(map(_claim, planned.claims)):
        yield f"claims {_claims(found.claims)} where the plan has {_claims(planned.claims)}"


def _claims(claims: Sequence[Claim]) -> str:
    return " and ".join(sorted(map(_claim, claims))) or "none"


def _claim(claim: Claim) -> str:
    return f"{claim.name} {claim.size_gib}Gi"

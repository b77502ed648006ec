"""values.yaml of the vendor's charts: small layers, each with one purpose, merged into one text that names them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, cast

from recommender.kubernetes.chart import CHART
from recommender.kubernetes.plan import ApplicationPlan
from recommender.yaml_reader import read_yaml
from templates.context import NAME, VERSION, checked
from templates.kubernetes import executors, layers, outbound
from templates.kubernetes.external import external_services
from templates.kubernetes.ingress import ingress
from templates.kubernetes.merge import Layer, Line, lines, merged, origins
from templates.render import render

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

__all__ = ["Layer", "Values", "executor_values", "merged", "values"]

Contexts = Sequence[tuple[str, "DataclassInstance | None"]]

_PURPOSES: Mapping[str, str] = {
    "size": "replicas, resources and claims",
    "provider": "what the kind of cluster asks for",
    "storage": "the storage class of every claim",
    "ingress": "how requests get in",
    "external-services": "what runs outside of the chart",
    "executors": "where executors get their work, and how much",
    "scheduling": "replicas apart, data first",
    "registry": "where images come from; by tag alone, because a copy may have another digest",
    "proxy": "the way out, and what does not take it",
    "security": "an authority of your own; git has it from tls.external.certificates of the site configuration",
}


@dataclass(frozen=True, slots=True)
class Values:
    """Values of one chart."""

    layers: tuple[Layer, ...]
    document: Mapping[str, Any]
    """Merged as Helm merges. A null is kept: it takes away what the chart would say."""
    origins: Mapping[str, str]
    """Dotted path of each leaf, and its layer."""
    text: str
    """values.yaml: parses to `document`, and names the layer of each leaf."""


@dataclass(frozen=True, slots=True)
class ValuesContext:
    """The merged text."""

    chart: str
    version: str
    name: str
    layers: tuple[str, ...]
    lines: tuple[Line, ...]


@lru_cache(maxsize=8)  # a preview asks for the files and for the program
def values(plan: ApplicationPlan) -> Values:
    """Values of the chart `sourcegraph`.

    Raises:
        MoorageError: a value of the plan that has no business in YAML, or a plan that contradicts itself.
    """
    contexts: Contexts = (
        ("size", layers.size(plan)),
        ("provider", layers.provider(plan)),
        ("storage", layers.storage(plan)),
        ("ingress", ingress(plan)),
        ("external-services", external_services(plan)),
        ("scheduling", layers.scheduling(plan)),
        ("registry", outbound.registry(plan)),
        ("proxy", outbound.proxy(plan)),
        ("security", outbound.security(plan)),
    )
    return _values(plan, CHART, "values", contexts)


@lru_cache(maxsize=8)
def executor_values(plan: ApplicationPlan) -> Values | None:
    """Values of the chart of executors; None without executors.

    Raises:
        MoorageError: as `values`; also where the release's chart cannot be used.
    """
    wanted = plan.executors
    if wanted is None:
        return None
    chart = executors.chart(plan, wanted)
    contexts: Contexts = (
        ("executors", executors.executors(plan, wanted)),
        ("provider", executors.provider(plan)),
        ("storage", executors.storage(plan, chart)),
        ("registry", executors.registry(plan, wanted)),
        ("proxy", executors.proxy(plan, wanted)),
    )
    return _values(plan, chart.name, "executors", contexts)


def _values(plan: ApplicationPlan, chart: str, folder: str, contexts: Contexts) -> Values:
    made = tuple(
        Layer(name, render(f"kubernetes/text/{folder}/{name}.yaml.j2", context))
        for name, context in contexts
        if context is not None
    )
    said = [(layer.name, cast("dict[str, Any]", read_yaml(layer.text))) for layer in made]
    document: dict[str, Any] = {}
    for _, each in said:
        document = merged(document, each)
    origin = origins(said)
    width = max(len(layer.name) for layer in made)
    context = ValuesContext(
        chart=chart,
        version=checked("version", plan.version, VERSION),
        name=checked("name", plan.name, NAME),
        layers=tuple(f"{layer.name:<{width}}  {_PURPOSES[layer.name]}" for layer in made),
        lines=tuple(lines(document, origin)),
    )
    return Values(
        layers=made,
        document=document,
        origins={".".join(path): name for path, name in origin.items()},
        text=render("kubernetes/text/values.yaml.j2", context),
    )

"""Manifests beside the vendor's charts, in the order in which they are applied."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, cast

from recommender.kubernetes.charts import EXTERNAL_SECRETS, LOAD_BALANCER_CONTROLLER
from recommender.kubernetes.plan import ApplicationPlan
from recommender.yaml_reader import read_yaml
from templates.kubernetes.context import namespace
from templates.kubernetes.objects import budgets, google, ingress_class, namespaces, storage_class
from templates.kubernetes.policies import policies
from templates.kubernetes.secrets import external_secrets, stores
from templates.render import render

if TYPE_CHECKING:
    from _typeshed import DataclassInstance


@dataclass(frozen=True, slots=True)
class Manifest:
    """One object of the cluster."""

    name: str
    """Logical name without the plan's; unique, and never an index: storage-class, secret-pgsql, budget-searcher."""
    text: str
    """One YAML document."""
    document: Mapping[str, Any]
    needs: str | None
    """Pinned chart that brings its kind; None: Kubernetes, the cloud or the customer's cluster has it."""
    after: bool
    """Only once Sourcegraph's chart is there."""
    keep: bool
    """It outlives the stack: its deletion would take data along."""


@lru_cache(maxsize=8)  # a preview asks for the files and for the program
def manifests(plan: ApplicationPlan) -> tuple[Manifest, ...]:
    """Every object that the plan needs beside the charts; what the cluster has in common and namespaces first.

    Raises:
        MoorageError: a value of the plan that has no business in a manifest, or a plan that contradicts itself.
    """
    return (*_base(plan), *_access(plan), *_secrets(plan), *_running(plan))


def _base(plan: ApplicationPlan) -> Iterator[Manifest]:
    for suffix, context in namespaces(plan):
        yield _manifest(f"namespace{suffix}", "namespace", context, keep=plan.keep)
    if found := storage_class(plan):
        yield _manifest("storage-class", "storage-class", found, keep=plan.keep)


def _access(plan: ApplicationPlan) -> Iterator[Manifest]:
    controller = _pinned(plan, LOAD_BALANCER_CONTROLLER.name)
    if found := ingress_class(plan):
        yield _manifest("ingress-class-params", "ingress-class-params", found, needs=controller)
        yield _manifest("ingress-class", "ingress-class", found)
    if plan.ingress and plan.ingress.kind == "gce":
        context = google(plan, plan.ingress)
        yield _manifest("backend-config", "backend-config", context)
        if plan.ingress.scheme != "internal":
            yield _manifest("frontend-config", "frontend-config", context)
        if plan.ingress.google_certificate:
            yield _manifest("managed-certificate", "managed-certificate", context)


def _secrets(plan: ApplicationPlan) -> Iterator[Manifest]:
    operator = _pinned(plan, EXTERNAL_SECRETS.name)
    for suffix, store in stores(plan):
        yield _manifest(f"secret-store{suffix}", "secret-store", store, needs=operator)
    for suffix, secret in external_secrets(plan):
        yield _manifest(f"secret{suffix}", "external-secret", secret, needs=operator)


def _running(plan: ApplicationPlan) -> Iterator[Manifest]:
    for budget in budgets(plan):
        yield _manifest(f"budget-{budget.app}", "budget", budget)
    for policy in policies(plan):
        where = "" if policy.namespace == namespace(plan) else "executors-"
        yield _manifest(f"policy-{where}{policy.name}", "policy", policy)


def _manifest(
    name: str, template: str, context: DataclassInstance, *, needs: str | None = None, keep: bool = False
) -> Manifest:
    text = render(f"kubernetes/text/manifests/{template}.yaml.j2", context)
    document = cast("dict[str, Any]", read_yaml(text))
    return Manifest(name, text, document, needs=needs, after=False, keep=keep)


def _pinned(plan: ApplicationPlan, name: str) -> str | None:
    """The chart's name, where the plan installs it."""
    return name if any(chart.name == name for chart in plan.charts) else None

"""Sourcegraph in a Kubernetes cluster, with what it needs around it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypedDict

import pulumi
from pulumi_kubernetes.helm.v3 import Release

from components.kubernetes.commands import port_forward_command
from components.kubernetes.manifest import Manifest
from components.kubernetes.next_steps import next_steps
from components.kubernetes.objects import Objects
from components.kubernetes.platform import install_platform
from components.kubernetes.sourcegraph import install_executors, install_sourcegraph
from components.kubernetes.tokens import Made, replaced
from recommender.kubernetes.plan import ApplicationPlan


class ApplicationArgs(TypedDict):
    """What the application stack is made of. Values and manifests may hold tokens: see `tokens`."""

    plan: ApplicationPlan
    """Every number and name. A plain value: what is created depends on it."""
    values: Mapping[str, Any]
    """Of the chart, the user's own merged in."""
    executor_values: Mapping[str, Any] | None
    """Of the executors' chart; None exactly where the plan has none."""
    platform: Mapping[str, Mapping[str, Any]]
    """Values of each of the plan's pinned charts, by the chart's name."""
    manifests: Sequence[Manifest]
    """Objects outside of the charts."""
    made: Made
    """Outputs of the cluster stack, by the path of their token; empty for a cluster that exists."""


class Application(pulumi.ComponentResource):
    """Sourcegraph on one cluster. Takes its provider, which says which cluster, from `opts`, and looks nothing up.

    Namespaces come first, then controllers, then what needs the kinds that they bring, then Sourcegraph, then
    executors; all of it is removed in the opposite order, so that a controller outlives what it has to clean up.
    """

    url: pulumi.Output[str | None]
    """Where people open Sourcegraph; None: only through `port_forward_command`."""
    namespace: pulumi.Output[str]
    """Where it runs."""
    release_name: pulumi.Output[str]
    """Helm's name of it, as in `helm status NAME`."""
    release_status: pulumi.Output[str | None]
    """What Helm says of it: `deployed` when all is well."""
    port_forward_command: pulumi.Output[str]
    """Makes Sourcegraph answer on http://localhost:3080."""
    next_steps: list[str]
    """What a person has to do beside the deployment."""

    def __init__(self, name: str, args: ApplicationArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("moorage:kubernetes:Application", name, opts=opts)
        self._name, self._plan, self._args = name, args["plan"], args
        self._objects = Objects(name, args["made"], self)
        charts = self._prepare()
        sourcegraph = install_sourcegraph(
            name,
            self._plan,
            replaced(args["values"], args["made"], "The values of Sourcegraph's chart"),
            self,
            [*charts.values(), *self._objects.resources],
        )
        self._objects.add([each for each in args["manifests"] if each.after], charts, [sourcegraph])
        self._add_executors(sourcegraph)
        self._describe(sourcegraph)

    def _prepare(self) -> Mapping[str, pulumi.Resource]:
        """All that must be there before Sourcegraph; returns the releases of controllers."""
        plan, args = self._plan, self._args
        before = [each for each in args["manifests"] if not each.after]
        namespaces = [each for each in before if each.document["kind"] == "Namespace"]
        self._objects.add(namespaces, {})
        charts = install_platform(self._name, plan.charts, args["platform"], args["made"], self._objects, self)
        self._objects.add([each for each in before if each not in namespaces], charts)
        return charts

    def _add_executors(self, sourcegraph: Release) -> None:
        executors, values = self._plan.executors, self._args["executor_values"]
        if executors is None:
            return
        assert values is not None, "a plan with executors has values for their chart"
        install_executors(
            self._name,
            self._plan,
            executors,
            replaced(values, self._args["made"], "The values of the executors' chart"),
            self,
            # Which has all of their namespace's objects before it.
            [sourcegraph],
        )

    def _describe(self, sourcegraph: Release) -> None:
        plan = self._plan
        self.url = pulumi.Output.from_input(f"https://{plan.ingress.domain}" if plan.ingress else None)
        self.namespace = pulumi.Output.from_input(plan.namespace)
        self.release_name = sourcegraph.name.apply(str)
        self.release_status = sourcegraph.status.apply(lambda status: status.status if status else None)
        self.port_forward_command = pulumi.Output.from_input(port_forward_command(plan))
        self.next_steps = next_steps(plan)
        self.register_outputs(
            {
                "url": self.url,
                "namespace": self.namespace,
                "releaseName": self.release_name,
                "releaseStatus": self.release_status,
                "portForwardCommand": self.port_forward_command,
                "nextSteps": self.next_steps,
            }
        )

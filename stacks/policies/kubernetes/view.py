"""What policies over Kubernetes look at: objects and Helm values, as resources of the stack and as rendered files.

The files say the same as the resources, for whoever applies them by hand, so what breaks a policy in both is told once,
of the resource.
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from stacks.policies.inputs import at, hidden
from stacks.policies.policy import Breach, Scope
from stacks.preview import Resource

RELEASE: Final = "kubernetes:helm.sh/v3:Release"
EXECUTORS: Final = "executors"
SOURCEGRAPH: Final = "sourcegraph"

_MANIFESTS: Final = "kubernetes/manifests/"
_PLATFORM: Final = "kubernetes/platform/"
_VALUES: Final = "values.yaml"
_LAYERS: Final = "/layers/"


@dataclass(frozen=True, slots=True)
class Thing:
    """An object, or the values of a chart."""

    subject: str
    """URN, or path of the file."""
    root: str
    """What precedes paths within it: empty, or `values.`."""
    kind: str
    """Kubernetes' kind, or a chart: `sourcegraph`, `executors` for any of theirs, or a chart's own name."""
    namespace: str
    name: str
    body: Mapping[str, Any]
    machine: bool = False
    """Values for the k3s of a single machine, which has one node and an ingress of its own."""


@dataclass(frozen=True, slots=True)
class View:
    """One telling of what there is."""

    objects: tuple[Thing, ...]
    charts: tuple[Thing, ...]

    def of_kind(self, *kinds: str) -> Iterator[Thing]:
        """Objects of some kinds."""
        return (thing for thing in self.objects if thing.kind in kinds)

    def values_of(self, *charts: str) -> Iterator[Thing]:
        """The values of some charts."""
        return (thing for thing in self.charts if thing.kind in charts)


@dataclass(frozen=True, slots=True)
class Fault:
    """What a rule says of a thing."""

    thing: Thing
    message: str
    where: str = ""


Rule = Callable[[View], Iterator[Fault]]


def over(rule: Rule) -> Callable[[Scope], Iterator[Breach]]:
    """The check of a policy that looks at a view: of what is deployed, then of what the files add to that."""

    def check(scope: Scope) -> Iterator[Breach]:
        told = set[tuple[str, str, str, str, str]]()
        for view in (_resources(scope), _files(scope)):
            for fault in rule(view):
                thing = fault.thing
                key = (thing.kind, thing.namespace, thing.name, fault.where, fault.message)
                if key not in told:
                    told.add(key)
                    yield Breach(thing.subject, fault.message, f"{thing.root}{fault.where}" if fault.where else "")

    return check


def read(text: str) -> Mapping[str, Any]:
    """The mapping that a YAML file holds; of one that is broken, or holds something else, an empty one."""
    found = _parsed(text)
    return found if isinstance(found, Mapping) else {}


@lru_cache(maxsize=512)
def _parsed(text: str) -> object:
    from recommender.yaml_reader import DuplicateKeyError, NestingError, YAMLError, read_yaml

    try:
        return read_yaml(text)
    except (DuplicateKeyError, NestingError, YAMLError):
        return None


def _resources(scope: Scope) -> View:
    releases = [_release(resource) for resource in scope.of_type(RELEASE)]
    objects = [
        _object(resource.urn, resource.type.rpartition(":")[2], resource.inputs)
        for resource in scope.resources
        if resource.type.startswith("kubernetes:") and resource.type != RELEASE
    ]
    return View(tuple(objects), tuple(releases))


def _files(scope: Scope) -> View:
    objects, charts = list[Thing](), list[Thing]()
    for path, text in scope.files.items():
        if path.startswith(_MANIFESTS):
            body = read(text)
            objects.append(_object(path, _text(body.get("kind")), body))
        elif (chart := _chart_of_file(path)) and _LAYERS not in path:
            machine = not path.startswith("kubernetes/")
            charts.append(Thing(path, "", chart, "", chart, read(text), machine))
    return View(tuple(objects), tuple(charts))


def _chart_of_file(path: str) -> str:
    """The chart that a file has values for; empty: it has none."""
    folder, name = posixpath.split(path)
    if f"{folder}/" == _PLATFORM:
        return name.removesuffix(".yaml")
    if name == f"executors-{_VALUES}":
        return EXECUTORS
    return SOURCEGRAPH if name == _VALUES else ""


def chart_of(release: Resource) -> str:
    """What `Thing.kind` calls the chart of a release, wherever it comes from."""
    name = posixpath.basename(_text(release.inputs.get("chart")).rstrip("/"))
    if name.startswith("sourcegraph-executor"):
        return EXECUTORS
    return SOURCEGRAPH if name.startswith(SOURCEGRAPH) else name


def _release(resource: Resource) -> Thing:
    chart, values = chart_of(resource), resource.inputs.get("values")
    body = values if isinstance(values, Mapping) and not hidden(values) else {}
    return Thing(resource.urn, "values.", chart, "", chart, body)


def _object(subject: str, kind: str, body: Mapping[str, Any]) -> Thing:
    metadata = body.get("metadata")
    return Thing(subject, "", kind, _text(at(metadata, "namespace")), _text(at(metadata, "name")), body)


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""

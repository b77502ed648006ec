"""Component tests in one line: `network = record(lambda: Network("core", {...})).named("core-vpc")`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from stacks.dry_run import dry_run
from stacks.preview import Resource, StackPreview
from stacks.recording import Computed

ACCOUNT = "123456789012"
REGION = "us-east-1"


@dataclass(frozen=True, slots=True)
class Recording:
    """What a program registered, with the questions that component tests ask."""

    preview: StackPreview

    @property
    def resources(self) -> tuple[Resource, ...]:
        """In the order of construction."""
        return self.preview.resources

    @property
    def outputs(self) -> Mapping[str, Any]:
        """What the program exported."""
        return self.preview.outputs

    @property
    def names(self) -> list[tuple[str, str]]:
        """(type, logical name) of every resource: the public API of a component."""
        return [(resource.type, resource.name) for resource in self.resources]

    def of_type(self, token: str) -> list[Resource]:
        """Every resource of this type token; none is an empty list."""
        return [resource for resource in self.resources if resource.type == token]

    def named(self, name: str, token: str | None = None) -> Resource:
        """The one resource of this logical name; `token` chooses among types that share a name."""
        found = [r for r in self.resources if r.name == name and token in (None, r.type)]
        assert len(found) == 1, f"{len(found)} resources are called {name!r}; there are {self.names}"
        return found[0]

    def children_of(self, name: str) -> list[Resource]:
        """The direct children of the resource of this name."""
        urn = self.named(name).urn
        return [resource for resource in self.resources if resource.parent == urn]

    def outputs_of(self, name: str) -> Mapping[str, Any]:
        """What the component of this name passed to `register_outputs`."""
        return self.named(name).registered_outputs


def record(program: Callable[[], object], *, preview: bool = False, computed: Computed | None = None) -> Recording:
    """Runs `program` without an engine.

    `preview=False` invents ids (`NAME-id`) and the outputs of `invented`, so that wiring can be asserted.
    `preview=True` leaves them unknown, as `moorage preview` does. `computed` adds to `invented`, and wins.
    """

    def outputs(type_: str, name: str, inputs: Mapping[str, Any]) -> Mapping[str, Any]:
        return {**invented(type_, name, inputs), **(computed(type_, name, inputs) if computed else {})}

    return Recording(dry_run("test", program, preview=preview, computed=outputs))


def invented(type_: str, name: str, _inputs: Mapping[str, Any]) -> Mapping[str, Any]:
    """Outputs that a cloud would compute, shaped like the real ones."""
    package, _, rest = type_.partition(":")
    module = rest.partition("/")[0]
    outputs: dict[str, Any] = {}
    if package == "aws":
        outputs["arn"] = f"arn:aws:{module}:{REGION}:{ACCOUNT}:{name}"
    if package == "gcp":
        outputs["selfLink"] = f"https://www.googleapis.com/compute/v1/projects/test/{name}"
    return {**outputs, **_BY_TYPE.get(type_, {})}


_BY_TYPE: Mapping[str, Mapping[str, Any]] = {
    "aws:ec2/eip:Eip": {"publicIp": "203.0.113.10"},
    "aws:ec2/instance:Instance": {"privateIp": "10.0.0.10"},
    "aws:lb/loadBalancer:LoadBalancer": {"dnsName": "lb.us-east-1.elb.amazonaws.com", "zoneId": "Z35SXDOTRQ7X7K"},
    "gcp:compute/address:Address": {"address": "203.0.113.20"},
    "gcp:compute/globalAddress:GlobalAddress": {"address": "203.0.113.21"},
    "gcp:serviceaccount/account:Account": {"email": "moorage@test.iam.gserviceaccount.com"},
}

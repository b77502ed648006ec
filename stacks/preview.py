"""What a dry run found: value types, and the JSON document that `moorage preview --json` prints.

The document holds what the engine would be asked to do, in the order in which the program asked. Nothing in it depends
on the machine, the clock, the working directory or the timing of the registrations.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from stacks.chart_preview.report import ChartPreview

Document = dict[str, Any]

UNKNOWN: Final[Mapping[str, bool]] = {"unknown": True}
"""Stands for a value that the cloud decides while the resource is being created."""

SECRET: Final[Mapping[str, bool]] = {"secret": True}
"""Stands for a value that the program marked secret. The value itself is never in a preview."""

UNCHECKED: Final = (
    "Defaults and generated names that the provider adds to what is shown here.",
    "The provider's own validation of inputs: value ranges, combinations, names already taken.",
    "What the account or project has left of its quotas: only the demand is known.",
    "Whether whoever runs the deployment has the permissions: `moorage permissions` says which.",
    "Resources that exist already, and drift from an earlier deployment: every resource counts as new.",
    "Whether images, certificates, DNS zones, networks and keys that the profile names exist.",
    "Today's prices: the table is dated, and knows no discounts, taxes, or what is paid for by use.",
)
"""What an embedded dry run cannot know. A preview by the engine adds the defaults, the provider's validation and what
exists already; the rest only a deployment shows."""


@dataclass(frozen=True, slots=True)
class Resource:
    """One registration below the stack, as it goes over the wire to the engine."""

    urn: str
    """The engine's form: `urn:pulumi:STACK::PROJECT::PARENT TYPES$TYPE::NAME`, the root stack not among the types."""
    type: str
    """The type token, such as `aws:ec2/vpc:Vpc` or `moorage:aws:Network`."""
    name: str
    """The logical name."""
    parent: str | None
    """URN of the parent; None: directly below the stack."""
    provider: str | None
    """URN of the explicit provider; None: the default provider, or a component."""
    inputs: Mapping[str, Any]
    """Wire names (camelCase) to JSON values, `UNKNOWN` or `SECRET`, in the program's order."""
    depends_on: tuple[str, ...] = ()
    """URNs that the engine creates first, in the order of construction: of the inputs, and as declared; a component
    stands for the resources within it."""
    protect: bool = False
    retain_on_delete: bool = False
    ignore_changes: tuple[str, ...] = ()
    delete_before_replace: bool = False
    component: bool = False
    """True: groups other resources and exists in no cloud. Not part of the document."""
    registered_outputs: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """What a component passed to `register_outputs`, keys sorted. Not part of the document."""
    property_dependencies: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    """Input to the URNs of the resources whose outputs it is made of, in the order of construction; inputs made of none
    are left out. Not part of the document."""
    aliases: tuple[str, ...] = ()
    """URNs under which an earlier release knew this resource. Not part of the document."""
    replace_on_changes: tuple[str, ...] = ()
    """Paths of inputs whose change replaces the resource, since the program asks for it; paths as in `ignore_changes`.
    Not part of the document."""

    @property
    def is_created(self) -> bool:
        """Whether it will exist in a cloud or a cluster.

        Components group resources, providers configure them, references read other stacks.
        """
        return not self.component and not self.type.startswith("pulumi:")

    def document(self) -> Document:
        """The JSON-able form."""
        return {
            "urn": self.urn,
            "type": self.type,
            "name": self.name,
            "parent": self.parent,
            "provider": self.provider,
            "inputs": dict(self.inputs),
            "depends_on": list(self.depends_on),
            "protect": self.protect,
            "retain_on_delete": self.retain_on_delete,
            "ignore_changes": list(self.ignore_changes),
            "delete_before_replace": self.delete_before_replace,
        }


@dataclass(frozen=True, slots=True)
class ClaimedVolume:
    """A disk that Kubernetes makes for a claim: in no stack, and yet paid for and counted by quotas."""

    stack: str
    """The stack whose application claims it."""
    name: str
    """`WORKLOAD/CLAIM`; of each replica."""
    count: int
    """How many: one a replica."""
    size_gib: int
    """Of one."""


@dataclass(frozen=True, slots=True)
class StackPreview:
    """One Pulumi stack: its resources, parents before children, in the order of construction; and its outputs."""

    name: str
    resources: tuple[Resource, ...]
    outputs: Mapping[str, Any]
    """What the program exported, in the order of the exports."""

    def document(self) -> Document:
        """The JSON-able form."""
        return {
            "name": self.name,
            "resources": [resource.document() for resource in self.resources],
            "outputs": dict(self.outputs),
        }


@dataclass(frozen=True, slots=True)
class Preview:
    """Everything that one recommendation would put in place."""

    target: str
    stacks: tuple[StackPreview, ...]
    overlays: Mapping[str, str]
    """Path of each rendered file to the SHA-256 of its bytes, in hexadecimal."""
    unchecked: tuple[str, ...] = UNCHECKED
    chart: ChartPreview | None = None
    """What Helm would create, where the vendor's charts were given."""
    files: Mapping[str, str] = field(default_factory=dict[str, str])
    """Path of each rendered file to its text. Not part of the document."""
    claims: tuple[ClaimedVolume, ...] = ()
    """Disks that Kubernetes makes beside the stacks. Not part of the document."""

    @property
    def resources(self) -> tuple[Resource, ...]:
        """Those of all stacks, in order."""
        return tuple(resource for stack in self.stacks for resource in stack.resources)

    def document(self) -> Document:
        """The JSON-able form: the keys are those of `moorage preview --json`, `chart` only where charts were given."""
        found: Document = {
            "target": self.target,
            "stacks": [stack.document() for stack in self.stacks],
            "overlays": dict(self.overlays),
            "unchecked": list(self.unchecked),
        }
        return found | {"chart": self.chart.document()} if self.chart else found

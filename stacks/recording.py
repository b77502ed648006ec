"""The engine's place in a dry run: answers registrations, remembers them, and refuses everything else.

Works on the requests that the SDK sends to the engine, so what is recorded is what goes over the wire.
"""

# ruff: noqa: N802 (the names of the methods are those of the engine's gRPC service)

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NoReturn

import pulumi
from google.protobuf import empty_pb2, struct_pb2
from pulumi.runtime import rpc
from pulumi.runtime.proto import resource_pb2

from recommender.errors import MoorageError
from stacks.preview import Resource
from stacks.wire import in_given_order, in_key_order, plain, with_unknown_members

Computed = Callable[[str, str, Mapping[str, Any]], Mapping[str, Any]]
"""(type token, logical name, inputs) to the outputs that a cloud would compute, by wire name."""

_ROOT_TYPE = "pulumi:pulumi:Stack"
_REFERENCE_TYPE = "pulumi:pulumi:StackReference"

# An engine of today can do all that the SDK knows of. Left out is what calls back into the program, since that needs a
# server listening on a port: transforms, hooks and state migrations, which the SDK then refuses.
_FEATURES = tuple(
    feature
    for name, feature in resource_pb2.ResourceMonitorFeature.items()
    if not name.endswith(("TRANSFORMS", "HOOKS", "MIGRATIONS"))
)


def nothing_computed(_type: str, _name: str, _inputs: Mapping[str, Any]) -> Mapping[str, Any]:
    """Computes no outputs."""
    return {}


@dataclass(frozen=True, slots=True)
class _Construction:
    """What the program gave to one constructor, before anything was serialized."""

    resource: pulumi.Resource
    properties: Mapping[str, Any]


@dataclass(slots=True)
class Recorder:
    """Stands where the SDK expects the engine's resource monitor; the methods in CamelCase are that protocol.

    Args:
        stack: Name of the stack, part of every URN.
        project: Name of the project, part of every URN.
        preview: True: ids and outputs that are not inputs are unknown. False: they are invented.
        computed: Outputs to invent when not previewing.
    """

    stack: str
    project: str
    preview: bool
    computed: Computed = nothing_computed
    root_urn: str = ""
    _constructions: list[_Construction] = field(default_factory=list[_Construction])
    _classes: dict[str, type[pulumi.Resource]] = field(default_factory=dict[str, type[pulumi.Resource]])
    _requests: dict[str, resource_pb2.RegisterResourceRequest] = field(
        default_factory=dict[str, resource_pb2.RegisterResourceRequest]
    )
    _outputs: dict[str, struct_pb2.Struct] = field(default_factory=dict[str, struct_pb2.Struct])

    def constructed(self, args: pulumi.ResourceTransformationArgs) -> None:
        """A stack transformation that changes nothing: it runs in every constructor, in the program's order."""
        self._classes[args.type_] = type(args.resource)
        self._constructions.append(_Construction(args.resource, args.props))

    def GetDeploymentInfo(self, _request: empty_pb2.Empty) -> resource_pb2.DeploymentInfo:
        """Says what this engine can do."""
        return resource_pb2.DeploymentInfo(supportedFeatures=_FEATURES)

    def RegisterResource(self, request: resource_pb2.RegisterResourceRequest) -> resource_pb2.RegisterResourceResponse:
        """Records one resource, and answers as the engine would."""
        urn = self._urn(request.parent, request.type, request.name)
        if request.type == _ROOT_TYPE:
            self.root_urn = urn
            return resource_pb2.RegisterResourceResponse(urn=urn)
        if request.remote:
            _refuse(f"the remote component {request.type}", "Construct its resources in the program.")
        if urn in self._requests:
            raise MoorageError(f"Two resources have the URN {urn}.", fix="Give one of them another logical name.")
        self._requests[urn] = request
        return self._answer(urn, request)

    def _answer(self, urn: str, request: resource_pb2.RegisterResourceRequest) -> resource_pb2.RegisterResourceResponse:
        """The inputs are outputs too; what the cloud decides is unknown, or invented."""
        if not request.custom:
            return resource_pb2.RegisterResourceResponse(urn=urn, object=request.object)
        if self.preview:
            outputs = with_unknown_members(request.object, self._classes[request.type])
            return resource_pb2.RegisterResourceResponse(urn=urn, object=outputs)
        outputs = struct_pb2.Struct()
        outputs.CopyFrom(request.object)
        outputs.update(self.computed(request.type, request.name, in_key_order(plain(request.object))))
        return resource_pb2.RegisterResourceResponse(urn=urn, id=f"{request.name}-id", object=outputs)

    def RegisterResourceOutputs(self, request: resource_pb2.RegisterResourceOutputsRequest) -> empty_pb2.Empty:
        """Records the outputs of a component, or of the stack."""
        self._outputs[request.urn] = request.outputs
        return empty_pb2.Empty()

    def SignalAndWaitForShutdown(self, _request: empty_pb2.Empty) -> empty_pb2.Empty:
        """Nothing to wait for."""
        return empty_pb2.Empty()

    def Invoke(self, request: resource_pb2.ResourceInvokeRequest) -> NoReturn:
        """Refuses a look-up."""
        _refuse(f"the look-up {request.tok}", "Put what it would find in the plan.")

    def Call(self, request: resource_pb2.ResourceCallRequest) -> NoReturn:
        """Refuses a resource method."""
        _refuse(f"the call {request.tok}", "Put what it would return in the plan.")

    def ReadResource(self, request: resource_pb2.ReadResourceRequest) -> resource_pb2.ReadResourceResponse:
        """Records a reference to another stack, whose outputs are unknown, or invented; refuses any other reading."""
        if request.type != _REFERENCE_TYPE:
            _refuse(f"reading {request.type} {request.name}", "Pass its id or ARN as text instead.")
        urn = self._urn(request.parent, request.type, request.name)
        name = struct_pb2.Struct()
        name.update({"name": request.id})
        self._requests[urn] = resource_pb2.RegisterResourceRequest(
            type=request.type, name=request.name, parent=request.parent, custom=True, object=name
        )
        outputs = struct_pb2.Struct()
        outputs.update({"name": request.id, "outputs": rpc.UNKNOWN, "secretOutputNames": rpc.UNKNOWN})
        if not self.preview:
            outputs.update({"outputs": {}, "secretOutputNames": []})
            outputs.update(self.computed(request.type, request.name, {"name": request.id}))
        return resource_pb2.ReadResourceResponse(urn=urn, properties=outputs)

    def _urn(self, parent: str, type_: str, name: str) -> str:
        chain = "" if parent in ("", self.root_urn) else f"{_qualified_type(parent)}$"
        return f"urn:pulumi:{self.stack}::{self.project}::{chain}{type_}::{name}"

    async def resources(self) -> tuple[Resource, ...]:
        """Every resource in the order of construction, so parents come before children."""
        given: dict[str, _Construction] = {}
        for construction in self._constructions:
            urn = await construction.resource.urn.future()
            if urn in self._requests:
                given[urn] = construction
        return tuple([await self._resource(urn, given) for urn in given])

    async def stack_outputs(self, exports: Mapping[str, object]) -> dict[str, Any]:
        """What the program exported, in the order of `exports`."""
        return await in_given_order(self._registered_outputs(self.root_urn), exports)

    def _registered_outputs(self, urn: str) -> dict[str, Any]:
        outputs = self._outputs.get(urn)
        return in_key_order(plain(outputs)) if outputs else {}

    async def _resource(self, urn: str, given: Mapping[str, _Construction]) -> Resource:
        request = self._requests[urn]
        of_properties = {name: set(found.urns) for name, found in sorted(request.propertyDependencies.items())}
        return Resource(
            urn=urn,
            type=request.type,
            name=request.name,
            parent=None if request.parent == self.root_urn else request.parent,
            provider=request.provider.rpartition("::")[0] or None,
            inputs=await in_given_order(plain(request.object), given[urn].properties),
            # A set on the wire; the order of construction is the only one that every run has in common.
            depends_on=tuple(other for other in given if other in set(request.dependencies)),
            protect=request.protect,
            retain_on_delete=request.retainOnDelete,
            ignore_changes=tuple(request.ignoreChanges),
            delete_before_replace=request.deleteBeforeReplace,
            component=not request.custom,
            property_dependencies={
                name: tuple(other for other in given if other in urns) for name, urns in of_properties.items() if urns
            },
            aliases=tuple(alias.urn for alias in request.aliases if alias.urn),
            replace_on_changes=tuple(request.replaceOnChanges),
            registered_outputs=self._registered_outputs(urn),
        )


def _refuse(what: str, fix: str) -> NoReturn:
    raise MoorageError(
        f"The program asks for {what}, but a preview needs no account, so components must not look anything up.",
        fix=fix,
    )


def _qualified_type(urn: str) -> str:
    return urn.split("::", 3)[2]

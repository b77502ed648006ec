"""Values as they go over the wire to the engine, turned into JSON values of a preview.

Protobuf maps have no order, so the order of keys comes from what the program gave; the values never do.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar, cast, get_args, get_origin

import pulumi
from google.protobuf import struct_pb2
from pulumi import _types  # the only place that knows the members of a provider's output types
from pulumi.runtime import rpc

from stacks.preview import SECRET, UNKNOWN

T = TypeVar("T")


def plain(struct: struct_pb2.Struct) -> dict[str, Any]:
    """A wire object as JSON: unknowns and secrets marked, whole numbers (doubles on the wire) as integers."""
    return {key: _plain_value(value) for key, value in struct.fields.items()}


def _plain_value(value: struct_pb2.Value) -> object:
    match value.WhichOneof("kind"):
        case "struct_value":
            return _plain_object(value.struct_value)
        case "list_value":
            return [_plain_value(item) for item in value.list_value.values]
        case "number_value":
            number = value.number_value
            return int(number) if number.is_integer() else number
        case "string_value":
            return dict(UNKNOWN) if value.string_value == rpc.UNKNOWN else value.string_value
        case "bool_value":
            return value.bool_value
        case _:
            return None


def _plain_object(struct: struct_pb2.Struct) -> object:
    """The SDK marks secrets, assets and references to resources by a key that no provider uses."""
    members = plain(struct)
    signature = members.pop(rpc._special_sig_key, None)
    if signature == rpc._special_secret_sig:
        return dict(SECRET)
    if signature == rpc._special_resource_sig:
        return {"resource": members["urn"]}
    if signature == rpc._special_asset_sig:
        return {"asset": in_key_order(members)}
    if signature == rpc._special_archive_sig:
        return {"archive": in_key_order(members)}
    return members


def in_key_order(value: T) -> T:
    """`value` with the keys of every dictionary sorted: for what comes from the wire alone."""
    if isinstance(value, dict):
        return cast(T, {key: in_key_order(value[key]) for key in sorted(value)})
    if isinstance(value, list):
        return cast(T, [in_key_order(item) for item in value])
    return value


async def in_given_order(wire: Mapping[str, object], given: Mapping[str, object]) -> dict[str, Any]:
    """`wire` with its keys, and those of every dictionary within, in the order of `given`.

    `given` has Python or wire names. What it does not name comes last, sorted.
    """
    unnamed = {_bare(key): key for key in wire if key not in given}
    ordered: dict[str, object] = {}
    for key, value in given.items():
        name = key if key in wire else unnamed.get(_bare(str(key)))
        if name is not None and name not in ordered:
            ordered[name] = await _value_in_given_order(wire[name], value)
    for name in sorted(wire.keys() - ordered.keys()):
        ordered[name] = in_key_order(wire[name])
    return ordered


async def _value_in_given_order(wire: object, given: object) -> object:
    given = await resolved(given)
    if isinstance(wire, list) and isinstance(given, Sequence) and len(wire) == len(given):
        return [await _value_in_given_order(item, each) for item, each in zip(wire, given, strict=True)]
    if isinstance(wire, dict) and isinstance(given, Mapping):
        return await in_given_order(wire, given)
    if isinstance(wire, dict) and hasattr(given, "__dict__"):  # an instance of a provider's input type
        return await in_given_order(wire, vars(given))
    return in_key_order(wire)


def _bare(name: str) -> str:
    """Equal for the Python and the wire name of a property: `cidr_block` and `cidrBlock`, `from_` and `from`."""
    return name.replace("_", "").lower()


async def resolved(given: object) -> object:
    """The value of an output, or `given` itself."""
    return await given.future(with_unknowns=True) if isinstance(given, pulumi.Output) else given


def with_unknown_members(struct: struct_pb2.Struct, resource: type[pulumi.Resource]) -> struct_pb2.Struct:
    """A copy in which every member of a nested output type that is not given is unknown.

    Without this, `cluster.vpc_config.cluster_security_group_id`, which the cloud computes inside an object that the
    program gave, would be None, and an input made from it would be missing from the preview without a word.
    """
    filled = struct_pb2.Struct()
    filled.CopyFrom(struct)
    nested = [value for value in filled.fields.values() if value.WhichOneof("kind") in ("struct_value", "list_value")]
    if nested:
        types = _types.resource_types(resource)
        for name, value in filled.fields.items():
            _fill(value, types.get(name))
    return filled


def _fill(value: struct_pb2.Value, declared: type | None) -> None:
    declared = _types.unwrap_type(declared) if declared else None
    kind = value.WhichOneof("kind")
    if kind == "list_value" and get_origin(declared) in (list, Sequence):
        for item in value.list_value.values:
            _fill(item, get_args(declared)[0])
    elif kind == "struct_value" and isinstance(declared, type) and _types.is_output_type(declared):
        fields = value.struct_value.fields
        if rpc._special_sig_key in fields:
            return
        for name, member in _types.output_type_types(declared).items():
            if name in fields:
                _fill(fields[name], member)
            else:
                fields[name].string_value = rpc.UNKNOWN

"""What the engine hands to a policy pack, as the resources that policies look at."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from pulumi_policy import PolicyProviderResource, PolicyResource
from pulumi_policy.proxy import UnknownValueError

from stacks.preview import UNKNOWN, Resource

_STACK: Final = "pulumi:pulumi:Stack"
_STAGES: Final = ("poc", "trial", "production")
_STAGE_INPUTS: Final = (("tags", "moorage:stage"), ("labels", "moorage-stage"), ("resourceLabels", "moorage-stage"))
_COMPONENT: Final = "moorage:"

Inputs = Mapping[str, Mapping[str, Any]]
"""URN to the inputs that the program gave."""


def plain(value: object) -> Any:  # noqa: ANN401 - inputs may be anything
    """A value without the proxies that raise on what is unknown: that becomes `UNKNOWN`.

    The SDK has unwrapped secrets by then: here nothing tells them from other values.
    """
    if isinstance(value, Mapping):
        return {key: _item(value, key) for key in value}
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        return [_item(value, place) for place in range(len(value))]
    # JSON has one kind of number: counts arrive as 3.0.
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _item(container: Any, key: object) -> Any:  # noqa: ANN401
    try:
        return plain(container[key])
    except UnknownValueError:
        return dict(UNKNOWN)


def resources(found: Iterable[PolicyResource], inputs: Inputs) -> tuple[Resource, ...]:
    """The resources of a stack.

    Args:
        found: all of them, as a stack policy gets them, with outputs for properties.
        inputs: of those that the engine showed one by one before; others are judged by their outputs.
    """
    return tuple(_resource(one, inputs) for one in found if one.resource_type != _STACK and not _is_default(one))


def _is_default(found: PolicyResource | PolicyProviderResource) -> bool:
    """Whether it is a provider that the engine made up, since the program named none."""
    return found.resource_type.startswith("pulumi:providers:") and found.name.startswith("default_")


def _resource(found: PolicyResource, inputs: Inputs) -> Resource:
    provider = found.provider
    parent, component = found.parent, found.resource_type.startswith(_COMPONENT)
    return Resource(
        urn=found.urn,
        type=found.resource_type,
        name=found.name,
        parent=parent.urn if parent is not None and parent.resource_type != _STACK else None,
        provider=provider.urn if provider is not None and not _is_default(provider) else None,
        inputs={} if component else inputs[found.urn] if found.urn in inputs else plain(found.props),
        depends_on=tuple(other.urn for other in found.dependencies),
        protect=found.opts.protect,
        # The engine does not tell packs of it; our components set both or neither, and what is unseen is no breach.
        retain_on_delete=found.opts.protect,
        ignore_changes=tuple(found.opts.ignore_changes),
        delete_before_replace=bool(found.opts.delete_before_replace),
        component=component,
        property_dependencies={
            name: tuple(other.urn for other in others) for name, others in found.property_dependencies.items()
        },
    )


def stage_of(found: Iterable[Resource], configured: object = None) -> str | None:
    """The stage: what the pack is told, or what the tags and labels of the resources say; None: neither does."""
    if configured in _STAGES:
        return str(configured)
    for resource in found:
        for name, key in _STAGE_INPUTS:
            tags = resource.inputs.get(name)
            stage = tags.get(key) if isinstance(tags, Mapping) else None
            if stage in _STAGES:
                return str(stage)
    return None

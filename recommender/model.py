"""What the sections of a profile have in common: strict, frozen, no unknown keys, and null for "not given"."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, core_schema


class Section(BaseModel):
    """A mapping in a profile."""

    # Deferred: a section is only ever validated as a part of the profile, so its own validator need not be built.
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, defer_build=True)


class Or:
    """An explicit null means the documented default, as an absent key does; for a section: nothing answered."""

    def __init__(self, default: object) -> None:
        self._default = default

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:  # noqa: ANN401
        default = self._default
        return core_schema.no_info_before_validator_function(
            lambda given: default if given is None else given, handler(source)
        )

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {"anyOf": [handler(schema), {"type": "null"}]}


def at(model: Section, path: str) -> Any:  # noqa: ANN401 - whatever stands there
    """What stands at a dotted path below a section."""
    value: Any = model
    for part in path.split("."):
        value = getattr(value, part)
    return value


def section() -> Any:  # noqa: ANN401 - stands for a field of any section
    """An absent section is validated like a null one, which `Or({})` makes an empty one: nothing is built apart."""
    return Field(default=None, validate_default=True)

"""What the mappings of a rollout file have in common, and the values that may be a mapping or one text."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, GetCoreSchemaHandler, GetJsonSchemaHandler, JsonValue
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

from rollset.core.errors import UsageError
from rollset.faces.rolloutfile.scalars import Kind, wrong
from rollset.faces.wishes import ImageFlags, PaceFlags, SelectionFlags

T = TypeVar("T", ImageFlags, SelectionFlags, PaceFlags)


def key(description: str, usual: JsonValue = None) -> Any:
    """A key that may be left out; `usual` is what it is then, as it would be written."""
    return Field(None, description=description, json_schema_extra={} if usual is None else {"default": usual})


class Part(BaseModel):
    """A mapping in which every key is known."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    def flags(self, into: type[T]) -> T:
        """The same as if it had been given in flags."""
        return into(**{one.name: getattr(self, one.name) for one in fields(into)})

    @classmethod
    def given_in(cls, flags: ImageFlags | SelectionFlags | PaceFlags, name: str) -> Any:
        """What stands under the key `name` where these flags were given, the other way round."""
        return getattr(flags, name)


def keys_of(part: type[BaseModel]) -> tuple[str, ...]:
    """The keys as they are written."""
    return tuple(field.alias or name for name, field in part.model_fields.items())


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Keyed(Kind):
    """A value that is written as a mapping of the form `part`, or in one text as the flag is.

    `build` makes the value from the mapping, and may refuse it with a `UsageError`.
    """

    part: type[Part]
    build: Callable[[Any], object]

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_wrap_validator_function(self.read_either, handler.generate_schema(self.part))

    def __get_pydantic_json_schema__(self, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {"anyOf": [handler(core), dict(self.schema)]}

    def read_either(self, value: object, read_part: Callable[[object], Any]) -> object:
        """The value, whichever way it is written."""
        if not isinstance(value, dict):
            return self.read(value)
        part = read_part(value)
        try:
            return self.build(part)
        except UsageError as error:
            raise wrong(str(error)) from error

"""The kinds of value that a rollout file has: how each is read, which are the parsers of the flags, and its schema.

A kind stands beside the type in an annotation: `bake: Annotated[float | None, TIME]`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import chain
from typing import Any, get_args

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.fields import FieldInfo
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from rollset.core.amount import Amount
from rollset.core.errors import UsageError
from rollset.core.ids import InstanceId, natural
from rollset.core.pace import Checkpoint
from rollset.faces.checkpoints import APPROVE, parse_checkpoint
from rollset.faces.durations import duration_text, parse_bound, parse_duration
from rollset.faces.rolloutfile.faulty import clipped, nearest

FAULT = "rollset"
"""The type of every fault that is found here; its words are under `why`."""

CHARACTERS_MAX = 4096
"""No value is longer; lists have their own bound, which is that of the file."""

NUMBER_MAX = 1_000_000


def wrong(why: str) -> PydanticCustomError:
    """A fault, for pydantic to put beside the others."""
    return PydanticCustomError(FAULT, "{why}", {"why": why})


class Given:
    """Beside a type of any shape: the key may be left out, but not stand there without a value."""

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_before_validator_function(self.refuse_nothing, handler(source))

    def __get_pydantic_json_schema__(self, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        schema = handler(core)
        (kept,) = [one for one in schema.get("anyOf", [schema]) if one != {"type": "null"}]
        return dict(kept)

    @staticmethod
    def refuse_nothing(value: object) -> object:
        if value is None:
            raise wrong("has no value; write one, or leave the key out")
        return value


GIVEN = Given()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Kind:
    """One kind: `parse` reads the text or refuses it with a `UsageError`; `example` is a text that it reads.

    `write` makes of the value what would be read as it again: a text, a number, a truth value, or a list of such.
    """

    parse: Callable[[str], object]
    schema: Mapping[str, Any]
    example: str
    write: Callable[[Any], object] = str

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(self.read)

    def __get_pydantic_json_schema__(self, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return dict(self.schema)

    def read(self, value: object) -> object:
        """The value that a text stands for."""
        text = self.text(value)
        try:
            return self.parse(text)
        except UsageError as error:
            raise wrong(str(error)) from error

    def text(self, value: object) -> str:
        """The text, if it is one."""
        match value:
            case str() if len(value) > CHARACTERS_MAX:
                raise wrong(f"{clipped(value)} has {len(value)} characters; write one value such as {self.example}")
            case str():
                return value
            case None:
                raise wrong(f"has no value; write one such as {self.example}, or leave the key out")
            case _:
                raise wrong(f"{_shape(value)} stands here; write one value such as {self.example}")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Listed(Kind):
    """The same where several values may stand, as a list or in one text with commas."""

    def text(self, value: object) -> str:
        if isinstance(value, dict) or (isinstance(value, list) and not all(isinstance(one, str) for one in value)):
            raise wrong(f"holds something else than plain values; write a list such as [{self.example}]")
        if value == []:
            raise wrong(f"is an empty list; write one such as [{self.example}], or leave the key out")
        return ",".join(value) if isinstance(value, list) else Kind.text(self, value)


def _shape(value: object) -> str:
    return "a list" if isinstance(value, list) else "a mapping"


def _truth(text: str) -> bool:
    if text not in ("true", "false"):
        raise UsageError(f"{clipped(text)} is neither true nor false; write one of the two")
    return text == "true"


def _count(text: str, least: int = 1) -> int:
    """A whole number from 1 on; `least` is what the sentence names.

    Raises:
        UsageError: it is none.
    """
    if not (text.isascii() and text.isdecimal() and 0 < len(text.lstrip("0")) <= len(str(NUMBER_MAX))):
        raise UsageError(f"{clipped(text)} is no whole number from {least} to {NUMBER_MAX}; write one such as 1")
    return int(text)


def kind_in(field: FieldInfo) -> Kind | None:
    """The kind that a key is of, or the values in its list are; `None` for a part with keys of its own."""
    own = [one for one in field.metadata if isinstance(one, Kind)]
    return next(chain(own, _kinds(field.annotation)), None)


def _kinds(annotation: Any) -> Iterator[Kind]:
    yield from (one for one in getattr(annotation, "__metadata__", ()) if isinstance(one, Kind))
    for inner in get_args(annotation):
        yield from _kinds(inner)


def _tries(text: str) -> int:
    return 0 if text == "0" else _count(text, least=0)


def one_of(words: type[StrEnum]) -> Kind:
    """One word out of a few."""
    known = tuple(word.value for word in words)

    def parse(text: str) -> StrEnum:
        if text not in known:
            near = nearest(text, known)
            advice = near if near.startswith("did you mean") else "write one of them"
            raise UsageError(f"{clipped(text)} is none of {', '.join(known)}; {advice}")
        return words(text)

    return Kind(parse=parse, schema={"enum": list(known)}, example=known[0], write=lambda one: words(one).value)


def text_kind(
    parse: Callable[[str], object], example: str, write: Callable[[Any], object] = str, **schema: Any
) -> Kind:
    """A text with a form of its own."""
    return Kind(parse=parse, schema={"type": "string", **schema}, example=example, write=write)


def list_kind(
    parse: Callable[[str], object], example: str, pattern: str, write: Callable[[Any], object] | None = None
) -> Listed:
    """Several values, as a list or in one text."""
    one = {"anyOf": [{"type": "integer", "minimum": 0}, {"type": "string", "pattern": pattern}]}
    several = {"type": "array", "items": one, "minItems": 1}
    return Listed(parse=parse, schema={"anyOf": [several, *one["anyOf"]]}, example=example, write=write or _sorted)


def _sorted(values: Iterable[object]) -> list[object]:
    return [plain_id(one) for one in sorted((InstanceId(str(one)) for one in values), key=natural)]


def plain_id(one: InstanceId) -> object:
    """A number where it is one."""
    return int(one) if one.isdecimal() and str(int(one)) == one else str(one)


def _amount(amount: Amount) -> object:
    return str(amount) if amount.percent else amount.number


def checkpoint_text(checkpoint: Checkpoint) -> str:
    """What `parse_checkpoint` reads as this one."""
    seconds = checkpoint.wait_seconds
    return f"{checkpoint.share}:{APPROVE if seconds is None else duration_text(seconds)}"


_AMOUNT_PATTERN = r"^\s*([1-9][0-9]{0,8}|([1-9][0-9]?|100)%)\s*$"
_TIME_PATTERN = r"^\s*[0-9]{1,7}[smh]?\s*$"
_BOUND_PATTERN = r"^\s*0*[1-9][0-9]{0,6}[smh]?\s*$"

AMOUNT = Kind(
    parse=Amount.parse,
    schema={"anyOf": [{"type": "integer", "minimum": 1}, {"type": "string", "pattern": _AMOUNT_PATTERN}]},
    example="10%",
    write=_amount,
)
TIME = Kind(
    parse=parse_duration,
    schema={"anyOf": [{"type": "integer", "minimum": 0}, {"type": "string", "pattern": _TIME_PATTERN}]},
    example="5m",
    write=duration_text,
)
BOUND = Kind(
    parse=parse_bound,
    schema={"anyOf": [{"type": "integer", "minimum": 1}, {"type": "string", "pattern": _BOUND_PATTERN}]},
    example="10m",
    write=duration_text,
)
SIZES = Listed(
    parse=Amount.parse_sizes,
    schema={"anyOf": [{"type": "array", "items": dict(AMOUNT.schema), "minItems": 1}, *AMOUNT.schema["anyOf"]]},
    example="1, 5%, 20%",
    write=_amount,
)
TOLERANCE = Kind(
    parse=Amount.parse_tolerance,
    schema={"anyOf": [{"type": "integer", "minimum": 0}, {"type": "string", "pattern": r"^\s*[0-9]{1,9}%?\s*$"}]},
    example="2%",
    write=_amount,
)
TRIES = Kind(parse=_tries, schema={"type": "integer", "minimum": 0, "maximum": NUMBER_MAX}, example="1", write=int)
COUNT = Kind(parse=_count, schema={"type": "integer", "minimum": 1, "maximum": NUMBER_MAX}, example="1", write=int)
TRUTH = Kind(parse=_truth, schema={"type": "boolean"}, example="true", write=bool)
CHECKPOINT = text_kind(
    parse_checkpoint,
    "25%:approve",
    write=checkpoint_text,
    pattern=r"^\s*[0-9]{1,9}%?\s*:\s*(approve|[0-9]{1,7}[smh]?)\s*$",
)

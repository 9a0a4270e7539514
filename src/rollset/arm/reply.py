"""One answer from Azure, still as bytes, and how it becomes a shape or an error."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar

import msgspec

from rollset.arm.errors import ArmError, NotFound, Unreadable, error_class
from rollset.arm.retry_after import seconds_told

Shape = TypeVar("Shape")
Item = TypeVar("Item")

_SUCCESS = range(200, 300)

DETAILS_DEEP_MAX = 10
"""How deep a message is looked for in an error; Azure's own lie one or two levels down."""

_NO_SHAPE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""What decoding ends with where there is no such shape; the last for a body that is nested beyond all reason."""

_REQUEST_IDS = ("x-ms-request-id", "x-ms-correlation-request-id")


class Page(msgspec.Struct, Generic[Item], rename="camel"):
    """One page of any list. Pages may be of any size, none included; only a missing `nextLink` is the end."""

    value: list[Item] | None = None
    next_link: str | None = None


class ErrorShape(msgspec.Struct):
    """`error`, from ARM and from compute alike; everything but `code` and `message` is left out."""

    code: str | int | None = None
    message: str | None = None
    details: list[ErrorShape] | None = None

    @property
    def text(self) -> str:
        """The message, or else the outermost that the details have."""
        level = [self]
        for _ in range(DETAILS_DEEP_MAX):
            if said := next((one.message for one in level if one.message), None):
                return said
            level = [detail for one in level for detail in one.details or ()]
        return ""


class _Envelope(msgspec.Struct):
    """Usually `{"error": {...}}`; compute's throttling is documented bare, and token endpoints put a word there."""

    error: ErrorShape | str | None = None
    error_description: str | None = None
    code: str | int | None = None
    message: str | None = None
    details: list[ErrorShape] | None = None

    @property
    def inner(self) -> ErrorShape:
        match self.error:
            case ErrorShape():
                return self.error
            case str():
                return ErrorShape(code=self.error, message=self.error_description)
            case _:
                return ErrorShape(code=self.code, message=self.message, details=self.details)


_ENVELOPE = msgspec.json.Decoder(_Envelope)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What came back when `attempted` was tried. `headers` finds names in either case."""

    attempted: str
    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)

    @property
    def succeeded(self) -> bool:
        return self.status in _SUCCESS

    @property
    def request_id(self) -> str | None:
        return next((self.headers[name] for name in _REQUEST_IDS if name in self.headers), None)

    @property
    def retry_after(self) -> float | None:
        """Seconds that Azure asks to wait; `None` where it says nothing that can be read, or zero."""
        return seconds_told(self.headers)

    def decode(self, decoder: msgspec.json.Decoder[Shape]) -> Shape:
        """The body as the decoder's shape.

        Raises:
            Unreadable: it is not JSON, or a member has the wrong type; the message holds the path to it.
        """
        return self.decode_part(decoder, self.body)

    def decode_part(self, decoder: msgspec.json.Decoder[Shape], part: bytes | msgspec.Raw) -> Shape:
        """The same of a part of the body, such as one item of a list."""
        try:
            return decoder.decode(part)
        except _NO_SHAPE as error:
            raise self.unreadable(str(error)) from error

    def unreadable(self, why: str) -> Unreadable:
        return Unreadable(self.attempted, self.status, None, why, self.request_id)

    def error(self, missing: type[NotFound]) -> ArmError:
        """The error that this answer is; `missing` is what a plain 404 means here."""
        try:
            inner = _ENVELOPE.decode(self.body).inner
        except _NO_SHAPE:
            inner = ErrorShape()
        code = None if inner.code is None else str(inner.code)
        cls = error_class(self.status, code, missing)
        return cls(self.attempted, self.status, code, inner.text, self.request_id, self.retry_after)

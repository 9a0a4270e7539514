"""Bodies of requests: read whole, within a bound and a time, and of a kind that something here takes."""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from urllib.parse import parse_qs

from starlette.datastructures import Headers
from starlette.types import Message, Receive

from rollset.web.access.csrf import FIELD
from rollset.web.access.refusal import Refused

BYTES_MAX = 1024 * 1024
"""A rollout file has 256 KiB at most; nothing that is sent here is larger."""

HEARD_OUT_MAX = 4 * BYTES_MAX
"""Up to here a request is read to its end before it is refused: who is still sending does not hear the refusal."""

SECONDS_MAX = 30.0
FIELDS_MAX = 1000

FORM = "application/x-www-form-urlencoded"
JSON = "application/json"
YAML = "application/yaml"
KINDS = (FORM, JSON, YAML)


class Gone(Exception):  # noqa: N818 (reads as the fact it states)
    """Whoever asked has hung up in the middle of the request."""


async def read(receive: Receive, headers: Headers) -> bytes:
    """The whole body.

    Raises:
        Refused: it is too long, takes too long, or is of a kind that nothing here takes.
        Gone: it ends in the middle.
    """
    _check_length(headers.get("content-length"))
    try:
        async with asyncio.timeout(SECONDS_MAX):
            body = await _collect(receive)
    except TimeoutError as error:
        why = f"The request was not there after {SECONDS_MAX:.0f} s; send it again."
        raise Refused(HTTPStatus.REQUEST_TIMEOUT, why, headers={"connection": "close"}) from error
    if body:
        _check_kind(headers)
    return body


def again(body: bytes, receive: Receive) -> Receive:
    """Gives a body that was read once more, then whatever comes."""
    given = False

    async def receive_again() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return receive_again


def field(body: bytes, headers: Headers, name: str = FIELD) -> str:
    """A field of a form; empty where there is none, or more than one."""
    if _kind(headers) != FORM:
        return ""
    try:
        values = parse_qs(body.decode("latin-1"), max_num_fields=FIELDS_MAX).get(name, [])
    except ValueError:
        return ""
    return values[0] if len(values) == 1 else ""


async def _collect(receive: Receive) -> bytes:
    pieces: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Gone
        piece = message.get("body", b"")
        size += len(piece)
        if size <= BYTES_MAX:
            pieces.append(piece)
        if size > HEARD_OUT_MAX:
            raise _too_long()
        if not message.get("more_body", False):
            if size > BYTES_MAX:
                raise _too_long()
            return b"".join(pieces)


def _check_length(told: str | None) -> None:
    if told is not None and (not told.isascii() or not told.isdecimal() or int(told[:20]) > HEARD_OUT_MAX):
        raise _too_long()


def _too_long() -> Refused:
    why = f"The request has more than {BYTES_MAX // 1024} KiB, which nothing here takes; send less."
    return Refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, why, headers={"connection": "close"})


def _check_kind(headers: Headers) -> None:
    if _kind(headers) not in KINDS:
        raise Refused(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
            f"The request is of a kind that nothing here takes; send one of {', '.join(KINDS)}.",
        )


def _kind(headers: Headers) -> str:
    return headers.get("content-type", "").partition(";")[0].strip().lower()

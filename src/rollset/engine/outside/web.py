"""One HTTP request and its answer, with errors as words."""

from __future__ import annotations

import ipaddress
import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp
from aiohttp.connector import AddrInfoType

from rollset.core.errors import RollsetError

BODY_BYTES_MAX = 256 * 1024
"""So much of an answer is read."""

PLAIN = {"Accept-Encoding": "identity"}
"""What is packed small may be a thousand times as large as it looks: it is not asked for, and not unpacked."""


OWN = "that address is of the worker's machine alone, and is not asked"

WIRE_SERVER = ipaddress.ip_address("168.63.129.16")
"""Azure's own on every machine: https://learn.microsoft.com/azure/virtual-network/what-is-ip-address-168-63-129-16."""


class Unanswered(RollsetError):  # noqa: N818 (reads as the fact it states)
    """There was no answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """An answer, whatever it says."""

    status: int
    body: bytes

    @property
    def good(self) -> bool:
        return 200 <= self.status < 300  # noqa: PLR2004 (the class of success)

    @property
    def text(self) -> str:
        return self.body.decode(errors="replace")


def why(error: OSError) -> str:
    """In the system's own words: those of asyncio hold the address."""
    if error.errno is not None and error.errno > 0:
        return os.strerror(error.errno)
    return error.strerror or type(error).__name__


async def request(
    method: str,
    url: str,
    seconds: float,
    *,
    headers: Mapping[str, str] | None = None,
    body: str | None = None,
    params: Mapping[str, str] | None = None,
    verify: bool = True,
) -> Answered:
    """Sends it, follows no redirect, and reads the answer.

    Raises:
        Unanswered: nobody answered in time, or not in HTTP.
    """
    # A fresh connection each time: one that was opened before an upgrade says nothing about what came after it.
    options: dict[str, Any] = {
        "timeout": aiohttp.ClientTimeout(total=seconds),
        "headers": PLAIN,
        "auto_decompress": False,
        "connector": aiohttp.TCPConnector(ssl=verify, socket_factory=_socket),
    }
    try:
        async with (
            aiohttp.ClientSession(**options) as session,
            session.request(method, url, headers=headers, data=body, params=params, allow_redirects=False) as response,
        ):
            return Answered(status=response.status, body=await _begun(response.content))
    except TimeoutError as error:
        raise Unanswered(f"no answer within {seconds:g} s") from error
    except aiohttp.InvalidURL as error:
        raise Unanswered("the address cannot be read") from error
    except aiohttp.ClientConnectorError as error:
        raise Unanswered(f"cannot connect: {why(error.os_error)}") from error
    except (aiohttp.ClientError, OSError, ValueError) as error:
        raise Unanswered(f"no sound answer: {type(error).__name__}") from error


def _socket(found: AddrInfoType) -> socket.socket:
    """For an address that a name or a number has led to.

    The instance metadata service (169.254.169.254) hands out the worker's identity to whoever asks from its machine; a
    gate that somebody else wrote must not be the one who asks.
    """
    family, kind, protocol, _, address = found
    if _is_own(str(address[0])):
        raise OSError(-1, OWN)
    return socket.socket(family, kind, protocol)


def _is_own(address: str) -> bool:
    known = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(known, ipaddress.IPv6Address) and known.ipv4_mapped is not None:
        known = known.ipv4_mapped
    return known.is_link_local or known == WIRE_SERVER


async def _begun(stream: aiohttp.StreamReader) -> bytes:
    """All of it, or as much as is read at most: what comes in drops is no answer before the last has come."""
    body = b""
    while len(body) < BODY_BYTES_MAX and (piece := await stream.read(BODY_BYTES_MAX - len(body))):
        body += piece
    return body

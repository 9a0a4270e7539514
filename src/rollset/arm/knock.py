"""Is anybody there? Asked before signing in, so that a mistyped endpoint is not mistaken for a missing sign-in.

Finding a credential can take seconds and fail in its own way; a connection tells in milliseconds. Nothing is sent on
it.
"""

from __future__ import annotations

import asyncio
import os
import re
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from azure.core.exceptions import ServiceRequestError, ServiceRequestTimeoutError
from azure.core.pipeline.policies import AsyncHTTPPolicy
from azure.core.rest import AsyncHttpResponse, HttpRequest

from rollset.arm.endpoint import Endpoint
from rollset.arm.retry import Request, Response

KNOCK_SECONDS_MAX = 10.0
HAPPY_EYEBALLS_SECONDS = 0.25
"""After this the next address of the host is tried as well (RFC 8305), as aiohttp does."""

_ERRNO = re.compile(r"\[Errno (\d+)\]")


class KnockPolicy(AsyncHTTPPolicy[HttpRequest, AsyncHttpResponse]):
    """Opens a connection before the first request, and closes it again; the retry policy before it does the rest."""

    def __init__(self, endpoint: Endpoint) -> None:
        super().__init__()
        self._endpoint = endpoint
        self._open = goes_through_proxy(endpoint)

    async def send(self, request: Request) -> Response:
        if not self._open:
            await knock(self._endpoint)
            self._open = True
        response: Response = await self.next.send(request)
        return response


async def knock(endpoint: Endpoint) -> None:
    """Connects to the endpoint and hangs up.

    Raises:
        ServiceRequestError: nobody is there.
    """
    try:
        async with asyncio.timeout(KNOCK_SECONDS_MAX):
            _, writer = await asyncio.open_connection(
                endpoint.host, endpoint.port, happy_eyeballs_delay=HAPPY_EYEBALLS_SECONDS
            )
    except TimeoutError as error:
        raise ServiceRequestTimeoutError(f"no connection within {KNOCK_SECONDS_MAX:.0f} s", error=error) from error
    except OSError as error:
        raise ServiceRequestError(words(error), error=error) from error
    writer.transport.abort()


def words(error: OSError) -> str:
    """What the system calls it; asyncio joins the failures of several addresses into one text with their numbers."""
    if number := _ERRNO.search(str(error)):
        return os.strerror(int(number[1]))
    return error.strerror or str(error)


def goes_through_proxy(endpoint: Endpoint) -> bool:
    """Whether the environment sends requests there to a proxy, which alone then needs to be reachable."""
    if endpoint.loopback:
        return False
    proxies = getproxies()
    scheme = urlsplit(endpoint.url).scheme
    return bool(proxies.get(scheme) or proxies.get("all")) and not proxy_bypass(endpoint.host)

"""Faults of requests: what is answered in place of Azure, late, or not at all."""

from typing import Annotated, Any

import msgspec

from rollset.emulator.faultbase import Count, Fault, Seconds, Share, Times

Status = Annotated[int, msgspec.Meta(ge=200, le=599)]


class RequestFault(Fault, frozen=True, kw_only=True):
    """A fault of requests: by method and a part of the path, letting the first few pass, for so many times.

    With a `share` it strikes that part of the requests that fit, drawn one by one.
    """

    method: str | None = None
    path_contains: str | None = None
    times: Times | None = None
    skip: Count = 0
    share: Share = 1.0

    def meets(self, method: str, path: str) -> bool:
        return (self.method is None or self.method.upper() == method) and (
            self.path_contains is None or self.path_contains.lower() in path.lower()
        )


class Http(RequestFault, frozen=True, kw_only=True, tag="http"):
    """The request is answered with this status, and nothing is done."""

    status: Status = 503
    retry_after: Count | None = None
    body: dict[str, Any] | None = None


class Storm(RequestFault, frozen=True, kw_only=True, tag="storm"):
    """Requests are answered with one of these statuses, drawn for each, and nothing is done."""

    share: Share = 0.5
    statuses: Annotated[tuple[Status, ...], msgspec.Meta(min_length=1, max_length=20)] = (429, 500, 503)
    retry_after: Count | None = None


class Forbid(RequestFault, frozen=True, kw_only=True, tag="forbid"):
    """The request is answered with 403 AuthorizationFailed."""


class LostReply(RequestFault, frozen=True, kw_only=True, tag="lost-reply"):
    """The work is done, then the connection is closed without an answer."""

    times: Times | None = 1


class Dropped(RequestFault, frozen=True, kw_only=True, tag="dropped"):
    """The connection is closed before anything is done."""

    times: Times | None = 1


class Slow(RequestFault, frozen=True, kw_only=True, tag="slow"):
    """The work is done at once, the answer comes so many emulated seconds later; with `most`, drawn between the two."""

    seconds: Seconds = 30.0
    most: Seconds | None = None


Answering = Http | Storm | Forbid | Dropped

"""Stands before every page: nothing behind it is asked by anybody who may not.

It is closed unless it says otherwise: a path that is not open needs somebody who is signed in, and a method that
changes anything needs an acting role, whether or not the page remembers to ask for one; but for the few paths that
only ask what would be done.
"""

from __future__ import annotations

import logging
import math
import secrets
from contextlib import nullcontext
from http import HTTPStatus
from typing import Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rollset.core.errors import RollsetError
from rollset.engine.durable.access.audit import Act
from rollset.web.access import bodies, csrf, paths, refusal, sites
from rollset.web.access.access import Access
from rollset.web.access.headers import be_strict
from rollset.web.access.refusal import Refused
from rollset.web.access.roles import ACTING, Role
from rollset.web.access.streams import while_signed_in
from rollset.web.access.who import Who

log = logging.getLogger("rollset.web.access")

ADDRESS_BYTES_MAX = 8 * 1024
"""Path and query of the longest address: a set, an act, and a selection of many instances."""

BEARER = "bearer "


class Guard:
    """The outermost middleware."""

    def __init__(self, app: ASGIApp, access: Access) -> None:
        self._app = app
        self._access = access

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1008})
            return
        answering = _Answering(send, secure=self._access.settings.secure, request_id=secrets.token_hex(8))
        request = Request(scope, receive)
        request.state.request_id = answering.request_id
        try:
            await self._answer(request, answering)
        except Refused as refused:
            await refusal.answer(request, refused)(scope, receive, answering.send)
        except bodies.Gone:
            return
        except Exception as error:
            # A bug can raise anything, and whoever asked must get a sentence, the strict headers, and no traceback.
            log.exception("request %s failed: %s %s", answering.request_id, request.method, scope["path"])
            if answering.begun:
                raise
            await refusal.answer(request, _failed(error))(scope, receive, answering.send)

    async def _answer(self, request: Request, answering: _Answering) -> None:
        behind, who = await self._admit(request)
        counted = None if who is None or not paths.is_stream(request.scope["path"]) else who
        with nullcontext() if counted is None else self._access.open_streams.one_more(counted):
            await while_signed_in(self._app, request.scope, behind, answering.send, access=self._access, who=who)

    async def _admit(self, request: Request) -> tuple[Receive, Who | None]:
        """Who asks, and the body to read, once it is clear that the request may pass."""
        headers = request.headers
        sites.check_host(headers, self._access.settings.hosts)
        _check_line(request.scope)
        sites.check_origin(request.method, headers, self._own_origin(request))
        who = await self._who(request)
        request.state.who = who
        request.state.csrf = "" if who is None else self._access.new_csrf(who)
        path = request.scope["path"]
        if who is None and not paths.is_open(path):
            raise _not_signed_in(request)
        if request.method in sites.SAFE:
            return request.receive, who
        body = await bodies.read(request.receive, headers)
        if who is not None:
            self._check_form(who, body, headers)
            if not paths.only_asks(path) and not who.roles & ACTING:
                await note_refusal(self._access, request, who, Role.OPERATOR)
                raise lacking(who, Role.OPERATOR)
        return bodies.again(body, request.receive), who

    async def _who(self, request: Request) -> Who | None:
        shown = request.headers.get("authorization")
        if shown is None:
            return await self._access.who_holds_cookie(request.cookies)
        # Whoever shows a token is nobody else, also where the browser adds a cookie.
        is_bearer = shown[: len(BEARER)].lower() == BEARER
        who = await self._access.who_holds_token(shown[len(BEARER) :].strip()) if is_bearer else None
        if who is None:
            check_rate(self._access, request)
            raise Refused(
                HTTPStatus.UNAUTHORIZED,
                "The token that was sent opens nothing: it never did, has ended, or was removed; make one with "
                "'rollset serve token add'.",
                headers={"www-authenticate": 'Bearer realm="rollset", error="invalid_token"'},
            )
        return who

    def _check_form(self, who: Who, body: bytes, headers: Headers) -> None:
        """A cookie is sent by the browser, whoever has it ask; only our own pages know the token."""
        if who.session is None:
            return
        token = headers.get(csrf.HEADER) or bodies.field(body, headers)
        if not self._access.is_csrf(who, token):
            raise Refused(
                HTTPStatus.FORBIDDEN,
                "What was sent does not come from a page of this session, so it was not done; load the page anew and "
                "do it again.",
            )

    def _own_origin(self, request: Request) -> str:
        return self._access.settings.origin or f"{request.scope['scheme']}://{request.headers['host']}"


class _Answering:
    """Puts the strict headers on an answer, and knows whether it has begun."""

    def __init__(self, send: Send, *, secure: bool, request_id: str) -> None:
        self._send = send
        self._secure = secure
        self.request_id = request_id
        self.begun = False

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.begun = True
            be_strict(MutableHeaders(raw=message["headers"]), secure=self._secure, request_id=self.request_id)
        await self._send(message)


def check_rate(access: Access, request: Request) -> None:
    """Counts an attempt to sign in.

    Raises:
        Refused: there were too many.
    """
    wait = access.limit.take(address_of(request))
    if wait > 0:
        log.warning("too many attempts to sign in, the last from %s", address_of(request))
        seconds = math.ceil(wait)
        raise Refused(
            HTTPStatus.TOO_MANY_REQUESTS,
            f"There were too many attempts to sign in; try again in {seconds} s.",
            headers={"retry-after": str(seconds)},
        )


def address_of(request: Request) -> str:
    """From where somebody comes, as far as we can know."""
    return "" if request.client is None else request.client.host


def _check_line(scope: Scope) -> None:
    """Method and address, as they were sent."""
    method: Any = scope["method"]
    if method not in sites.METHODS:
        allowed = ", ".join(sorted(sites.METHODS))
        raise Refused(
            HTTPStatus.METHOD_NOT_ALLOWED, f"Nothing here knows this method; use {allowed}.", headers={"allow": allowed}
        )
    raw: bytes = scope.get("raw_path") or b""
    if len(raw) + len(scope.get("query_string", b"")) > ADDRESS_BYTES_MAX:
        raise Refused(HTTPStatus.REQUEST_URI_TOO_LONG, "The address is longer than any here; shorten it.")
    if raw.startswith(b"//") or not str(scope["path"]).isprintable():
        raise Refused(HTTPStatus.BAD_REQUEST, "The address cannot be one of a page here; begin at the fleet.")


def _line_of(scope: Scope) -> str:
    """Path and query, as they were sent."""
    raw: bytes = scope.get("raw_path") or str(scope["path"]).encode()
    query: bytes = scope.get("query_string", b"")
    return (raw + b"?" + query if query else raw).decode("latin-1")


async def note_refusal(access: Access, request: Request, who: Who, role: Role) -> None:
    """Writes down that somebody asked for what his roles do not allow."""
    act = Act(
        person=who.person,
        address=address_of(request),
        verb=request.method.lower(),
        target=request.scope["path"],
        request=refusal.request_id(request),
    )
    await access.threads.run(access.audit.note, act, f"refused: needs the role {role}", access.clock())


def lacking(who: Who, role: Role) -> Refused:
    has = ", ".join(sorted(who.roles)) or "no role"
    return Refused(
        HTTPStatus.FORBIDDEN,
        f"This takes the role {role}, and {who.name} has {has}; ask whoever gives out roles, or somebody who has it.",
    )


def _not_signed_in(request: Request) -> Refused:
    # Only a look can be repeated after signing in; what was sent along would be lost.
    is_look = request.method == "GET"
    return Refused(
        HTTPStatus.UNAUTHORIZED,
        "You are not signed in, or your session has ended; sign in, or send a token as 'Authorization: Bearer TOKEN'.",
        headers={"www-authenticate": 'Bearer realm="rollset"'},
        to=paths.sign_in_for(_line_of(request.scope)) if is_look else None,
    )


def _failed(error: Exception) -> Refused:
    if isinstance(error, RollsetError):
        why = "What the dashboard keeps cannot be read just now; try again, and if that does not help, see its log."
        return Refused(HTTPStatus.SERVICE_UNAVAILABLE, why)
    why = "The dashboard itself failed on this request; its log says where, under the id of the request."
    return Refused(HTTPStatus.INTERNAL_SERVER_ERROR, why)

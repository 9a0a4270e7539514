"""Signing in and out."""

from __future__ import annotations

import secrets
from http import HTTPStatus

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from rollset.engine.durable.access.audit import Act
from rollset.engine.durable.access.person import Person
from rollset.web.access import paths
from rollset.web.access.access import Access
from rollset.web.access.asking import DONE, access_of, acting
from rollset.web.access.door import SignIn, door
from rollset.web.access.guard import address_of, check_rate
from rollset.web.access.oidc.faults import ProviderAway, SignInFailed
from rollset.web.access.oidc.provider import Provider
from rollset.web.access.refusal import Refused, request_id
from rollset.web.access.roles import Role
from rollset.web.access.who import How

router = APIRouter(include_in_schema=False)

LINKED = frozenset(Role)
"""Whoever opens a one-time link runs the dashboard, or shares its machine and account: nothing is kept from him."""


@router.get(paths.SIGN_IN)
async def sign_in_page(request: Request, to: str | None = None, out: str | None = None) -> Response:
    """How to sign in here."""
    access, back = access_of(request), paths.back_to(to)
    if request.state.who is not None:
        return _to(back)
    settings = access.settings
    begin = paths.sign_in_for(back).replace(paths.SIGN_IN, paths.PROVIDER, 1)
    model = SignIn(
        provider=None if settings.provider is None else settings.provider.title,
        begin=begin,
        links=settings.links,
        left=out is not None,
        link_command=access.link_command,
    )
    return HTMLResponse(door("sign_in.html", model))


@router.get(paths.LINK)
async def open_link(request: Request, key: str = "", to: str | None = None) -> Response:
    """Lets in whoever is the first to come with a link."""
    access = access_of(request)
    if request.headers.get("sec-purpose", "").startswith("prefetch"):
        # A browser that looks ahead must not use the link up; it asks again when it is meant.
        raise Refused(HTTPStatus.SERVICE_UNAVAILABLE, "This link works once, so it is not opened ahead of time.")
    if not access.settings.links:
        raise Refused(HTTPStatus.NOT_FOUND, "Links let nobody in here; sign in at the provider.")
    check_rate(access, request)
    name = await access.threads.run(access.links.use, key, access.clock())
    if name is None:
        raise Refused(
            HTTPStatus.FORBIDDEN,
            f"This link was used already, or is too old; for a fresh one run '{access.link_command}' on that machine.",
        )
    person = Person(name=name, subject=name, how=How.LINK, roles=LINKED)
    return await _let_in(request, access, person, paths.back_to(to))


@router.get(paths.PROVIDER)
async def to_provider(request: Request, to: str | None = None) -> Response:
    """Sends the browser to the provider."""
    access, provider = _with_provider(request)
    check_rate(access, request)
    try:
        journey = await provider.begin(paths.back_to(to))
    except SignInFailed as error:
        raise _failed(error) from error
    response = _to(journey.url)
    browser = access.keep_browser(request.cookies, response, secrets.token_urlsafe(32))
    await access.threads.run(access.attempts.begin, journey.state, browser, journey.attempt, access.clock())
    return response


@router.get(paths.BACK)
async def from_provider(request: Request) -> Response:
    """Takes a browser back from the provider."""
    access, provider = _with_provider(request)
    check_rate(access, request)
    answer = dict(request.query_params)
    browser = access.browser_cookie.read(request.cookies)
    attempt = None
    if browser is not None and len(request.query_params.getlist("state")) == 1:
        attempt = await access.threads.run(access.attempts.take, answer["state"], browser, access.clock())
    if attempt is None:
        raise Refused(
            HTTPStatus.FORBIDDEN,
            "This sign-in was not begun in this browser, took too long, or is over; begin anew at the dashboard.",
        )
    try:
        person = await provider.finish(attempt, answer)
    except SignInFailed as error:
        raise _failed(error) from error
    return await _let_in(request, access, person, attempt.back_to)


@router.post(paths.SIGN_OUT)
async def sign_out(request: Request) -> Response:
    """Ends the session."""
    response = _to(f"{paths.SIGN_IN}?out=1")
    await end_session(request, response)
    return response


async def end_session(request: Request, response: Response) -> None:
    """Signs out whoever asks, and has the browser forget its cookie."""
    async with acting(request, "sign out", "dashboard"):
        await access_of(request).sign_out(request.cookies, response)


async def _let_in(request: Request, access: Access, person: Person, back: str) -> Response:
    response = _to(back)
    await access.sign_in(person, address_of(request), request.cookies, response)
    act = Act(
        person=person,
        address=address_of(request),
        verb="sign in",
        target="dashboard",
        request=request_id(request),
        detail=f"roles: {', '.join(sorted(person.roles))}",
    )
    await access.threads.run(access.audit.note, act, DONE, access.clock())
    return response


def _with_provider(request: Request) -> tuple[Access, Provider]:
    access = access_of(request)
    if access.provider is None:
        raise Refused(
            HTTPStatus.NOT_FOUND, "No provider is configured here; open the link that 'rollset serve' printed."
        )
    return access, access.provider


def _failed(error: SignInFailed) -> Refused:
    status = HTTPStatus.BAD_GATEWAY if isinstance(error, ProviderAway) else HTTPStatus.FORBIDDEN
    sentence = str(error)
    return Refused(status, f"{sentence[:1].upper()}{sentence[1:]}.")


def _to(url: str) -> Response:
    return RedirectResponse(url, status_code=HTTPStatus.SEE_OTHER)

"""Who may: finds out who asks, lets people in and out, and writes down what they do."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Self

from starlette.responses import Response

from rollset.engine.durable.access.attempts import ATTEMPT_SECONDS_MAX, Attempts
from rollset.engine.durable.access.audit import AuditLog
from rollset.engine.durable.access.links import Links
from rollset.engine.durable.access.person import Person
from rollset.engine.durable.access.sessions import Sessions
from rollset.engine.durable.access.signing import signing_key
from rollset.engine.durable.access.tokens import Tokens
from rollset.engine.durable.database import Database
from rollset.engine.durable.threads import Threads
from rollset.web.access import csrf
from rollset.web.access.cookies import Cookie
from rollset.web.access.limits import LookLimit, SignInLimit
from rollset.web.access.oidc.provider import Provider
from rollset.web.access.openstreams import OpenStreams
from rollset.web.access.settings import AccessSettings
from rollset.web.access.who import How, Who, who_of_session, who_of_token

STREAM_SECONDS = 15.0
"""Between two looks whether whoever follows a stream is still signed in."""


class Access:
    """Who may use one dashboard. `async with` it: it holds threads, and a line to the provider."""

    def __init__(self, database: Database, settings: AccessSettings, clock: Callable[[], float] = time.time) -> None:
        self.settings = settings
        self.clock = clock
        self.stream_seconds = STREAM_SECONDS
        self.sessions = Sessions(database, settings.lifetime)
        self.links = Links(database)
        self.attempts = Attempts(database)
        self.tokens = Tokens(database)
        self.audit = AuditLog(database)
        self.limit = SignInLimit(time.monotonic)
        self.looks = LookLimit(time.monotonic)
        self.open_streams = OpenStreams()
        self.provider = None if settings.provider is None else Provider(settings.provider, clock)
        self.threads = Threads(database)
        self.link_command = database.state.command("serve link")
        """What makes a link on the machine of the dashboard."""
        self._key = signing_key(database, clock())

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *error: object) -> None:
        if self.provider is not None:
            await self.provider.close()
        await self.threads.end()

    @property
    def cookie(self) -> Cookie:
        """The one that holds the secret of a session."""
        return self._cookie("session")

    @property
    def browser_cookie(self) -> Cookie:
        """The one that ties a sign-in at the provider to the browser that began it."""
        return self._cookie("browser")

    def _cookie(self, word: str) -> Cookie:
        return Cookie(word=word, key=self._key, secure=self.settings.secure, port=self.settings.port)

    async def who_holds_token(self, token: str) -> Who | None:
        """The machine that shows this token."""
        found = await self.threads.run(self.tokens.find, token, self.clock())
        return None if found is None else who_of_token(found)

    async def who_holds_cookie(self, cookies: Mapping[str, str]) -> Who | None:
        """The person whose browser shows these cookies."""
        secret = self.cookie.read(cookies)
        if secret is None:
            return None
        session = await self.threads.run(self.sessions.find, secret, self.clock())
        who = None if session is None else who_of_session(session)
        # Links are for one machine: what one began there ends where the same state is opened to others.
        return None if who is not None and who.how is How.LINK and not self.settings.links else who

    async def sign_in(self, person: Person, address: str, cookies: Mapping[str, str], response: Response) -> None:
        """Begins a session, in place of the one that the browser had; its secret is new in any case."""
        await self._end(cookies)
        secret = await self.threads.run(self.sessions.begin, person, address, self.clock())
        self.cookie.write(response, secret, self.settings.lifetime.seconds_max)

    async def sign_out(self, cookies: Mapping[str, str], response: Response) -> None:
        """Ends the session here, not only in the browser: a copy of the cookie opens nothing either."""
        await self._end(cookies)
        self.cookie.clear(response)

    async def _end(self, cookies: Mapping[str, str]) -> None:
        secret = self.cookie.read(cookies)
        if secret is not None:
            await self.threads.run(self.sessions.end, secret)

    def new_csrf(self, who: Who) -> str:
        """For a form or a script of a page that `who` is shown; machines need none."""
        return "" if who.session is None else csrf.new_token(self._key, who.session)

    def is_csrf(self, who: Who, token: str) -> bool:
        return who.session is not None and csrf.is_right(self._key, who.session, token)

    def keep_browser(self, cookies: Mapping[str, str], response: Response, fresh: str) -> str:
        """What ties sign-ins to this browser: what it holds already, for several may be under way, or `fresh`."""
        held = self.browser_cookie.read(cookies) or fresh
        self.browser_cookie.write(response, held, ATTEMPT_SECONDS_MAX)
        return held

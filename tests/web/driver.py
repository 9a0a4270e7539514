"""The dashboard over an emulator, in a thread of this process, and a real Chromium to look at it."""

from __future__ import annotations

import asyncio
import shutil
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, ConsoleMessage, Locator, Page, expect, sync_playwright

from rollset.cli.demo import environment
from rollset.cli.options import ConnectionFlags
from rollset.cli.serve import Serving, dashboard
from rollset.emulator.server import Ready
from rollset.engine.durable.place import SqliteState
from rollset.engine.durable.ready import open_database
from rollset.web.access.linking import new_link
from rollset.web.settings import ServeSettings
from tests.cli.driver import Ran, run

NAMES = ("chromium", "chromium-browser", "google-chrome")
START_SECONDS_MAX = 60
ANSWERS = ("ERR_CONNECTION_REFUSED", *(f"the server responded with a status of {one}" for one in ("4", "502", "504")))
"""What Chromium complains of, and no script can help."""

DOORS: dict[str, Callable[[], str]] = {}
"""What makes a link to sign in with, for each dashboard that was started."""

SIGNED_IN: dict[str, list[Any]] = {}
"""The cookies of the browsers that signed in to each dashboard."""

SIGN_INS_MAX = 6
"""After so many, further browsers take over the last one's session: signing in is rationed to ten a minute."""

WITHIN = 30_000
"""Milliseconds that a page has to show something; these machines are slow at times."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """A dashboard that listens, the emulator behind it, and the set that a test is about."""

    address: str
    ready: Ready
    state: Path
    name: str = "myrg/web"

    def of_set(self, name: str = "", below: str = "") -> str:
        return f"{self.address}sets/{self.ready.subscription_id}/{name or self.name}{f'/{below}' if below else ''}"


@contextmanager
def served(ready: Ready, state: Path, *, worker: bool = False, port: int = 0) -> Iterator[Served]:
    """The dashboard over the emulator `ready`, with its own worker if asked."""
    listening: Future[str] = Future()
    leaving = threading.Event()

    async def serve() -> None:
        connection = ConnectionFlags(subscription=None, endpoint=ready.http)
        serving = Serving(
            settings=ServeSettings(port=port),
            subscriptions=(ready.subscription_id,),
            connection=connection,
            worker=worker,
        )
        with open_database(SqliteState(directory=state)) as database:
            async with dashboard(serving, database) as address:
                SIGNED_IN.pop(address, None)
                DOORS[address] = partial(new_link, database, address, "tester@desk")
                listening.set_result(address)
                await asyncio.to_thread(leaving.wait)

    def run() -> None:
        try:
            asyncio.run(serve())
        except BaseException as error:
            if listening.done():
                raise
            listening.set_exception(error)

    with environment(ready.env):
        thread = threading.Thread(target=run, name="dashboard")
        thread.start()
        try:
            yield Served(address=listening.result(START_SECONDS_MAX), ready=ready, state=state)
        finally:
            leaving.set()
            thread.join(START_SECONDS_MAX)
            assert not thread.is_alive(), "the dashboard does not end"


@contextmanager
def chromium() -> Iterator[Browser]:
    """A real one, without a window."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    assert found is not None, "the tests of the dashboard need Chromium: scripts/need-chromium installs it"
    with sync_playwright() as playwright:
        # In a container there is no sandbox, and little shared memory.
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox", "--disable-dev-shm-usage"])
        yield browser
        browser.close()


@contextmanager
def opened(browser: Browser, **options: object) -> Iterator[Page]:
    """A page of a browser profile of its own; whatever a script complains about fails the test, as does any request
    to another host. That a server which has ended does not answer, or refuses, is no complaint."""
    context = browser.new_context(**options)
    context.set_default_timeout(WITHIN)
    expect.set_options(timeout=WITHIN)
    page = context.new_page()
    page.goto = partial(_goto, page, page.goto)
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda told: complaints.append(told.text) if _is_fault(told) else None)
    page.on("request", lambda asked: complaints.append(asked.url) if "//127.0.0.1" not in asked.url else None)
    yield page
    context.close()
    assert not complaints, complaints


def follow(link: Locator) -> None:
    """To where a link or a button leads, until that page has its scripts: what is pressed before is done without them."""
    with link.page.expect_event("load"):
        link.click()


def _goto(page: Page, goto: Callable[..., object], url: str, **options: object) -> object:
    """Goes there, after having signed in as a user does, if it is a dashboard where this browser has not yet."""
    address = next((one for one in DOORS if url.startswith(one)), None)
    if address is not None and not page.context.cookies(address):
        known = SIGNED_IN.setdefault(address, [])
        if len(known) < SIGN_INS_MAX:
            goto(DOORS[address]())
            known.append(page.context.cookies(address))
        else:
            page.context.add_cookies(known[-1])
    return goto(url, **options)


def _is_fault(told: ConsoleMessage) -> bool:
    return told.type == "error" and not any(words in told.text for words in ANSWERS)


def command(*argv: str, ready: Ready | None = None, **variables: str) -> Ran:
    """Runs `rollset argv`, which succeeds; in a thread, for Playwright has an event loop in this one."""
    with ThreadPoolExecutor(1) as thread:
        ran = thread.submit(partial(run, *argv, ready=ready, **variables)).result()
    assert ran.status == 0, ran.err
    return ran

"""The application of `rollset serve` itself over an emulator, for callers as careless as attackers are."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from pathlib import Path

from fastapi import FastAPI

from rollset.cli.demo import environment
from rollset.emulator.server import Ready
from rollset.engine.durable.database import Database
from rollset.web.access.access import Access
from rollset.web.access.settings import AccessSettings
from rollset.web.app import create_app
from tests.web.apiserved import site_over
from tests.web.guarded import Guarded, guarded


@contextmanager
def real_site(ready: Ready, state: Path, settings: AccessSettings | None = None) -> Iterator[Guarded]:
    """It, for as long as the block lasts; no worker carries out what is begun."""

    async def build(stack: AsyncExitStack, database: Database, access: Access) -> FastAPI:
        site = await site_over(stack, database, ready)
        stack.callback(site.closing.set)
        return create_app(site, access)

    with environment(ready.env), guarded(state, settings, build=build) as one:
        yield one

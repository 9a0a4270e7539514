"""The acts: all of them, and one with what comes of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, StreamingResponse

from rollset.core.ids import ScaleSetAddress, ScaleSetId
from rollset.core.selection import spoken_ids
from rollset.engine.acts.result import ActResult
from rollset.engine.durable.acts.ledger import ActRow, ActState
from rollset.web import addresses
from rollset.web.live import Message, Parts, stream
from rollset.web.pages.asked import TheSite
from rollset.web.render import page, part
from rollset.web.site import Site

router = APIRouter()

LOOK_SECONDS = 0.4
"""Between two looks at an act that somebody looks at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ActsPage:
    """The newest acts."""

    rows: tuple[ActRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ActPage:
    """One act; `result` once it has ended."""

    row: ActRow
    result: ActResult | None

    @property
    def id(self) -> ScaleSetId:
        return set_of(self.row)

    @property
    def live(self) -> str:
        return addresses.of_act(self.row.id, "live")

    @property
    def instances(self) -> str:
        return spoken_ids(self.row.instances)


def set_of(row: ActRow) -> ScaleSetId:
    """The set that the act is done to."""
    return ScaleSetAddress.parse(row.scale_set).within("")


@router.get(addresses.ACTS)
async def acts(request: Request, site: TheSite) -> HTMLResponse:
    """The newest acts of all sets."""
    return page(request, "acts.html", ActsPage(rows=tuple(await asyncio.to_thread(site.acts.acts))))


@router.get(f"{addresses.ACTS}/{{act}}")
async def act(request: Request, site: TheSite, act: str) -> HTMLResponse:
    """One act."""
    return page(request, "act.html", await asyncio.to_thread(_read, site, act))


@router.get(f"{addresses.ACTS}/{{act}}/live")
async def live(site: TheSite, act: str) -> StreamingResponse:
    """What changes on that page."""
    return stream(site, _messages(site, act))


async def _messages(site: Site, act: str) -> AsyncGenerator[list[Message]]:
    parts = Parts()
    while True:  # As long as the act, which has bounds of its own, or the reader.
        model = await asyncio.to_thread(_read, site, act)
        yield parts.part("act", part("act.html", model))
        if model.row.state is ActState.ENDED:
            return
        await asyncio.sleep(LOOK_SECONDS)


def _read(site: Site, act: str) -> ActPage:
    row = site.acts.act(act)
    return ActPage(row=row, result=site.acts.result(row.id) if row.state is ActState.ENDED else None)

"""The acts: all of them, and one with what comes of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from http import HTTPStatus

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from rollset.core.ids import ScaleSetAddress, ScaleSetId, together
from rollset.core.selection import spoken_ids
from rollset.engine.acts.present import ActStage
from rollset.engine.acts.result import ActResult, InstanceEnd
from rollset.engine.durable.acts.ledger import ActRow, ActState
from rollset.engine.durable.acts.stop import told_to_stop
from rollset.web import addresses
from rollset.web.access.asking import who_of
from rollset.web.access.roles import Role
from rollset.web.access.who import Who
from rollset.web.doing import stop_told
from rollset.web.live import Message, Parts
from rollset.web.pages.asked import TheSite, TheUser
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
    told_to_stop: str | None = None
    """Who has told it to stop."""
    may_stop: bool = False
    """Whether whoever looks may."""

    @property
    def stop(self) -> str | None:
        """What a button to stop it would say; none where there is nothing to stop."""
        if self.row.state is ActState.ENDED or self.told_to_stop is not None or self.is_asked_for:
            return None
        return "Withdraw" if self.row.state is ActState.QUEUED else "Stop"

    @property
    def is_asked_for(self) -> bool:
        """Whether Azure has been asked for all of it."""
        shown = self.row.present
        return shown is not None and shown.stage in (ActStage.WATCHING, ActStage.SETTLING)

    @property
    def told(self) -> tuple[tuple[str, str], ...]:
        """What came of it: those of which the same is to be said together."""
        said = [] if self.result is None else [(one.id, _said(one)) for one in self.result.instances]
        return tuple((spoken_ids(ids), words) for words, ids in together(said).items())

    @property
    def stop_words(self) -> str:
        """What can be done about it, and what would come of that."""
        if self.row.state is ActState.ENDED:
            return ""
        if self.told_to_stop is not None:
            return f"{self.told_to_stop} has told it to stop: Azure is asked for nobody else."
        if self.is_asked_for:
            return "Azure has been asked for all of it, and nobody can take that back; here is told what comes of it."
        if self.row.state is ActState.QUEUED:
            return "No worker has begun it: withdrawn, nothing is sent."
        return "Stopped, it leaves alone whom Azure was not asked for yet; what Azure was asked for goes on."

    @property
    def id(self) -> ScaleSetId:
        return set_of(self.row)

    @property
    def live(self) -> str:
        return addresses.of_stream(addresses.of_act(self.row.id))

    @property
    def instances(self) -> str:
        return spoken_ids(self.row.instances)


def set_of(row: ActRow) -> ScaleSetId:
    """The set that the act is done to."""
    return ScaleSetAddress.parse(row.scale_set).within("")


def _said(one: InstanceEnd) -> str:
    return f"{one.word.value} ({one.why})" if one.why else one.word.value


@router.get(addresses.ACTS)
async def acts(request: Request, site: TheSite) -> HTMLResponse:
    """The newest acts of all sets."""
    return page(request, "acts.html", ActsPage(rows=tuple(await asyncio.to_thread(site.acts.acts))))


@router.get(f"{addresses.ACTS}/{{act}}")
async def act(request: Request, site: TheSite, act: str) -> HTMLResponse:
    """One act."""
    return page(request, "act.html", await asyncio.to_thread(_read, site, act, who_of(request)))


@router.post(f"{addresses.ACTS}/{{act}}/stop")
async def stop(request: Request, site: TheSite, act: str, user: TheUser) -> Response:
    """Has Azure asked for nobody else."""
    return RedirectResponse(addresses.of_act(await stop_told(request, site, act, user)), HTTPStatus.SEE_OTHER)


async def changes_of_act(site: Site, act: str, who: Who) -> AsyncGenerator[list[Message]]:
    """What changes on that page."""
    parts = Parts()
    while True:  # As long as the act, which has bounds of its own, or the reader.
        model = await asyncio.to_thread(_read, site, act, who)
        yield parts.part("act", part("act.html", model))
        if model.row.state is ActState.ENDED:
            return
        await asyncio.sleep(LOOK_SECONDS)


def _read(site: Site, act: str, who: Who) -> ActPage:
    row = site.acts.act(act)
    ended = row.state is ActState.ENDED
    return ActPage(
        row=row,
        result=site.acts.result(row.id) if ended else None,
        told_to_stop=None if ended else told_to_stop(site.database, row.id),
        may_stop=who.may(Role.OPERATOR),
    )

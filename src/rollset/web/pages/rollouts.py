"""The rollouts: all of them, and one with what it does."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import dataclass

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, StreamingResponse

from rollset.engine.durable.ledger import RolloutRow
from rollset.faces.report import Report
from rollset.web import addresses
from rollset.web.live import Message, Parts, stream
from rollset.web.pages.asked import TheSite
from rollset.web.render import page, part
from rollset.web.site import Site

router = APIRouter()


@dataclass(frozen=True, slots=True, kw_only=True)
class RolloutsPage:
    """The newest rollouts."""

    rows: tuple[RolloutRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RolloutPage:
    """One rollout."""

    report: Report

    @property
    def live(self) -> str:
        return addresses.of_rollout(self.report.account.id, "live")


@router.get("/rollouts")
async def rollouts(request: Request, site: TheSite) -> HTMLResponse:
    """All rollouts."""
    return page(request, "rollouts.html", RolloutsPage(rows=tuple(await site.accounts.rows())))


@router.get("/rollouts/{rollout}")
async def rollout(request: Request, site: TheSite, rollout: str) -> HTMLResponse:
    """One rollout."""
    return page(request, "rollout.html", RolloutPage(report=await site.accounts.report(rollout)))


@router.get("/rollouts/{rollout}/live")
async def live(site: TheSite, rollout: str) -> StreamingResponse:
    """What changes on that page."""
    return stream(site, _messages(site, rollout))


async def _messages(site: Site, rollout: str) -> AsyncGenerator[list[Message]]:
    parts = Parts()
    async for report in site.accounts.follow(rollout):
        yield parts.part("standing", part("standing.html", RolloutPage(report=report)))

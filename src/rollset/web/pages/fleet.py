"""The fleet page: every scale set of the chosen subscriptions."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from rollset.core.fleet import ScaleSet
from rollset.web.pages.asked import TheSite
from rollset.web.render import page

router = APIRouter()


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetPage:
    """All sets."""

    sets: tuple[ScaleSet, ...]


@router.get("/")
async def fleet(request: Request, site: TheSite) -> HTMLResponse:
    """All scale sets."""
    found = await asyncio.gather(*(site.azure.scale_sets(one) for one in site.subscriptions))
    sets = sorted((one for some in found for one in some), key=lambda one: one.id.short.lower())
    return page(request, "fleet.html", FleetPage(sets=tuple(sets)))

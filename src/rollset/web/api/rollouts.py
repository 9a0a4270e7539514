"""Rollouts: all of them, one, its history, and orders."""

from __future__ import annotations

import asyncio
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse
from starlette.responses import Response as AnyResponse

from rollset.engine.durable.ledger import Ledger
from rollset.faces.agreed import parse_hash
from rollset.faces.availability import availability_document
from rollset.faces.documents import Json
from rollset.faces.journals import Reading, reading_document
from rollset.faces.known import find_rollout
from rollset.faces.orders import Wanted
from rollset.faces.report import report_document
from rollset.faces.status import status_document
from rollset.faces.timeline import timeline_document
from rollset.faces.undoing import find_way_home
from rollset.faces.words import facts
from rollset.web.access.asking import needs, who_of
from rollset.web.access.who import Who
from rollset.web.api.asked import Operator, example, problems
from rollset.web.api.documents.journals import Journal, WayBack
from rollset.web.api.documents.rollouts import (
    Availability,
    Events,
    Offers,
    Rollouts,
    RolloutsOfSet,
    RolloutStatus,
    Timeline,
)
from rollset.web.api.documents.wishes import OrderWish
from rollset.web.doing import give_order
from rollset.web.pages.asked import SET, TheSet, TheSite
from rollset.web.pages.rollouts import chronicle_document, report_of
from rollset.web.site import Site
from rollset.web.watching.listing import Listing
from rollset.web.watching.orders import Offered, role_for
from rollset.web.watching.sheets import FIND_MAX, PAGE_MAX, sheets
from rollset.web.watching.view import RolloutPage

router = APIRouter(tags=["rollouts"])

ROLLOUT = "/rollouts/{rollout}"
PAGES_MAX = 1000
NAME_MAX = 1000

LIST_EXAMPLE = {"rollouts": [], "page": 1, "pages": 1, "total": 0}
SHORT = {"id": "web-7k2m", "state": "rolling", "done": 2, "total": 5}
TIMELINE_EXAMPLE = {
    "begin": "2026-03-01T22:00:00.000+00:00",
    "end": "2026-03-01T22:10:00.000+00:00",
    "bars": [{"instance": "0", "phase": "done", "sent_at": None, "out_seconds": 240.0, "spans": []}],
}
AVAILABILITY_EXAMPLE = {
    "begin": "2026-03-01T22:00:00.000+00:00",
    "end": "2026-03-01T22:10:00.000+00:00",
    "total": 5,
    "floor": 4,
    "least": 4,
    "levels": [{"at": "2026-03-01T22:00:00.000+00:00", "serving": 5}],
}
WAY_BACK_EXAMPLE = {"scale_set": "myrg/web: ...", "lines": ["back to 4.0.20160126: 0-4"], "count": 5}
JOURNAL_EXAMPLE: Json = {"row": {"id": "web-7k2m"}, "order": None, "entries": [], "present": None, "signals": []}
OFFER = {
    "verb": "pause",
    "rollout": "web-7k2m",
    "label": "Pause",
    "text": "Nothing new is started until it is resumed.",
    "ask_first": False,
}
OFFERS_EXAMPLE: Json = {"offers": [{**OFFER, "checkpoint": None, "plan": None}], "withheld": None}
ORDER_EXAMPLE = {"requestBody": {"content": {"application/json": {"example": {"verb": "pause"}}}}}


def wanted_listing(
    state: Literal["all", "going", "ended", "failed"] = "all",
    find: Annotated[str, Query(max_length=FIND_MAX)] = "",
    page: Annotated[int, Query(ge=1, le=PAGES_MAX)] = 1,
) -> Listing:
    """Which rollouts an address asks for."""
    return Listing(state=state, find=find, page=page)


TheListing = Annotated[Listing, Depends(wanted_listing)]


@router.get("/rollouts", response_model=Rollouts, responses={**problems(), **example(LIST_EXAMPLE)})
async def list_rollouts(site: TheSite, wanted: TheListing) -> Json:
    """The rollouts of all sets, newest first, each as `rollset rollouts -o json` prints it."""
    return await listed(site, wanted)


@router.get(f"{SET}/rollouts", response_model=RolloutsOfSet, responses={**problems(), **example({"rollouts": []})})
async def list_rollouts_of_set(
    site: TheSite, scale_set: TheSet, limit: Annotated[int, Query(ge=1, le=PAGE_MAX)] = PAGE_MAX
) -> Json:
    """The newest rollouts of one set."""
    rows = await site.accounts.of_set(scale_set, limit)
    return {"rollouts": [report_document(await site.accounts.report(row.id)) for row in rows]}


async def listed(site: Site, wanted: Listing) -> Json:
    """One page of those that match."""
    total = await site.accounts.count(wanted.which)
    rows = await site.accounts.rows(PAGE_MAX, wanted.which, skip=(wanted.page - 1) * PAGE_MAX)
    reports = [await site.accounts.report(row.id) for row in rows]
    told = list(map(report_document, reports))
    return {"rollouts": told, "page": wanted.page, "pages": sheets(total), "total": total}


@router.get(ROLLOUT, response_model=RolloutStatus, responses={**problems(404), **example(SHORT)})
async def show_rollout(site: TheSite, rollout: str) -> Json:
    """How a rollout stands, as `rollset status -o json` prints it. `GROUP/NAME` of a set means its newest."""
    return await asyncio.to_thread(status_document, await site.accounts.report(rollout))


@router.get(f"{ROLLOUT}/events", response_model=Events, responses={**problems(404), **example({"events": []})})
async def list_events(site: TheSite, rollout: str, after: Annotated[int, Query(ge=-1)] = -1) -> Json:
    """Its whole history, each fact as `rollset events -o json` prints it; or what came `after` an entry."""
    events = chronicle_document(await site.accounts.chronicle(rollout))["events"]
    assert isinstance(events, list)
    return {"events": [one for one in events if one["entry"] > after]}


@router.get(f"{ROLLOUT}/timeline", response_model=Timeline, responses={**problems(404), **example(TIMELINE_EXAMPLE)})
async def show_timeline(site: TheSite, rollout: str) -> Json:
    """When each instance waited, was out, baked, was done or failed, as the page draws it.

    It is read from the journal, and from the last look. Times are null where the rollout never began.
    """
    return timeline_document((await site.accounts.chronicle(rollout)).timeline)


@router.get(
    f"{ROLLOUT}/availability",
    response_model=Availability,
    responses={**problems(404), **example(AVAILABILITY_EXAMPLE)},
)
async def show_availability(site: TheSite, rollout: str) -> Json:
    """How many instances served, moment by moment, against the floor that the rollout keeps, as the page draws it."""
    return availability_document((await site.accounts.chronicle(rollout)).availability)


@router.get(
    f"{ROLLOUT}/report",
    response_class=HTMLResponse,
    responses={**problems(404), 200: {"content": {"text/html": {"example": "<!doctype html>..."}}}},
)
async def keep_report(site: TheSite, rollout: str) -> AnyResponse:
    """All of it as one HTML file, with no script in it, which asks for nothing when it is opened."""
    return report_of(await site.accounts.chronicle(rollout))


@router.get(f"{ROLLOUT}/way-back", response_model=WayBack, responses={**problems(404), **example(WAY_BACK_EXAMPLE)})
async def show_way_back(site: TheSite, _who: Operator, rollout: str) -> Json:
    """Who would go back to what, were a rollout that has ended undone now."""
    way = await find_way_home(site.azure, (await site.accounts.report(rollout)).account)
    return {"scale_set": facts(way.fleet.scale_set), "lines": list(way.lines()), "count": way.count}


@router.get("/journal", response_model=Journal, responses={**problems(404), **example(JOURNAL_EXAMPLE)})
async def read_journal(
    site: TheSite,
    of: Annotated[str, Query(max_length=NAME_MAX, description="An id, its beginning, or GROUP/NAME of a set.")],
    after: Annotated[int, Query(ge=0, description="The number of the last entry that is known.")] = 0,
    subscription: Annotated[str, Query(max_length=FIND_MAX, description="Of sets with one name, the one in it.")] = "",
) -> Json:
    """One rollout as the engine keeps it: what `rollset` reads to tell it on another machine.

    For other programs there are the documents; the texts in here belong to rollset.
    """
    return await asyncio.to_thread(_read_journal, site, of, after, subscription)


def _read_journal(site: Site, of: str, after: int, subscription: str) -> Json:
    ledger = Ledger(site.database)
    row = find_rollout(ledger, of, subscription)
    return reading_document(Reading.now(ledger, site.presence, row, after, workers=site.count_workers()))


@router.get(f"{ROLLOUT}/orders", response_model=Offers, responses={**problems(404), **example(OFFERS_EXAMPLE)})
async def list_orders(request: Request, site: TheSite, rollout: str) -> Json:
    """The orders that make sense now and that whoever asks may give, with what would come of each."""
    view = RolloutPage(chronicle=await site.accounts.chronicle(rollout), who=who_of(request))
    return {"offers": [_offer_document(one) for one in view.offers], "withheld": view.withheld or None}


def _offer_document(one: Offered) -> Json:
    return {
        "verb": one.verb.value,
        "rollout": one.rollout,
        "label": one.label,
        "text": one.consequence,
        "ask_first": one.asked_first,
        "checkpoint": one.checkpoint,
        "plan": one.plan_hash,
    }


async def may_order(request: Request, wish: OrderWish) -> Who:
    """Who may give this order."""
    return await needs(role_for(wish.verb))(request)


@router.post(
    f"{ROLLOUT}/orders",
    response_model=RolloutStatus,
    responses={**problems(404, 409), **example(SHORT)},
    openapi_extra=ORDER_EXAMPLE,
)
async def order(
    request: Request, site: TheSite, rollout: str, wish: OrderWish, who: Annotated[Who, Depends(may_order)]
) -> Json:
    """Leaves an order: pause, resume, stop, undo or approve; answers with how the rollout stands.

    To undo a rollout that has ended begins a rollout of its own, and that one is answered.
    """
    plan_hash = None if wish.plan is None else parse_hash(wish.plan)
    wanted = Wanted(verb=wish.verb, checkpoint=wish.checkpoint, plan_hash=plan_hash)
    given = await give_order(request, site, rollout, wanted, who.name)
    return await asyncio.to_thread(status_document, await site.accounts.report(given))

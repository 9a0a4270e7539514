"""Rollouts: all of them, one, its history, and orders."""

from __future__ import annotations

import asyncio
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Request

from rollset.faces.agreed import parse_hash
from rollset.faces.documents import Json
from rollset.faces.orders import Wanted
from rollset.faces.report import report_document
from rollset.faces.status import status_document
from rollset.web.access.asking import needs
from rollset.web.access.who import Who
from rollset.web.api.asked import example, problems
from rollset.web.api.documents.rollouts import Events, Rollouts, RolloutStatus
from rollset.web.api.documents.wishes import OrderWish
from rollset.web.doing import give_order
from rollset.web.pages.asked import TheSite
from rollset.web.pages.rollouts import chronicle_document
from rollset.web.watching.listing import FIND_MAX, PAGE_MAX, Listing
from rollset.web.watching.orders import role_for

router = APIRouter(tags=["rollouts"])

ROLLOUT = "/rollouts/{rollout}"
PAGES_MAX = 1000

LIST_EXAMPLE = {"rollouts": [], "page": 1, "pages": 1, "total": 0}
SHORT = {"id": "web-7k2m", "state": "rolling", "done": 2, "total": 5}
ORDER_EXAMPLE = {"requestBody": {"content": {"application/json": {"example": {"verb": "pause"}}}}}


@router.get("/rollouts", response_model=Rollouts, responses={**problems(), **example(LIST_EXAMPLE)})
async def list_rollouts(
    site: TheSite,
    state: Literal["all", "going", "ended", "failed"] = "all",
    find: Annotated[str, Query(max_length=FIND_MAX)] = "",
    page: Annotated[int, Query(ge=1, le=PAGES_MAX)] = 1,
) -> Json:
    """The rollouts of all sets, newest first, each as `rollset rollouts -o json` prints it."""
    which = Listing(state=state, find=find).which
    total = await site.accounts.count(which)
    rows = await site.accounts.rows(PAGE_MAX, which, skip=(page - 1) * PAGE_MAX)
    reports = [await site.accounts.report(row.id) for row in rows]
    pages = max(1, -(-total // PAGE_MAX))
    return {"rollouts": list(map(report_document, reports)), "page": page, "pages": pages, "total": total}


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

"""The rollouts: all of them, and one with what it does, how it came to that, and what can be ordered of it."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from rollset.core.control import Verb
from rollset.core.errors import UsageError
from rollset.faces.agreed import parse_hash
from rollset.faces.facts import fact_document, order_document
from rollset.faces.orders import Wanted as WantedOrder
from rollset.faces.status import status_document
from rollset.faces.undoing import find_way_home
from rollset.web import addresses
from rollset.web.access.asking import who_of
from rollset.web.access.who import Who
from rollset.web.doing import give_order
from rollset.web.live import Message, Parts
from rollset.web.pages.asked import TheSite, user_with
from rollset.web.pages.roll import TheForm
from rollset.web.render import page, part, self_contained
from rollset.web.rolling.both import Sent
from rollset.web.site import Site
from rollset.web.watching.chronicle import Chronicle
from rollset.web.watching.history import Sort, Wanted, everything
from rollset.web.watching.listing import Listing, listing
from rollset.web.watching.orders import Offered, role_for
from rollset.web.watching.sheets import FIND_MAX
from rollset.web.watching.tables import tables
from rollset.web.watching.view import RolloutPage

router = APIRouter()

ROLLOUT = "/rollouts/{rollout}"

DRAWN_SECONDS = 5.0
"""Bars and line are drawn anew when something has happened, and else so often, for time goes on."""

DRAWN_SECONDS_MANY = 15.0
MANY = 200
"""Instances of which the bars take a while to send."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderPage:
    """The question before an order that cannot be taken back. `lines` are who would go back to what."""

    id: str
    offered: Offered
    set_words: str
    lines: tuple[str, ...] = ()


@router.get("/rollouts")
async def rollouts(request: Request, site: TheSite, sent: TheForm) -> HTMLResponse:
    """All rollouts."""
    return page(request, "rollouts.html", await listing(site.accounts, Listing.asked(sent)))


@router.get(f"{ROLLOUT}.json")
async def document(site: TheSite, rollout: str) -> JSONResponse:
    """What `status -o json` prints, with every fact of its history under `events`."""
    chronicle = await site.accounts.chronicle(rollout)
    return JSONResponse(chronicle_document(chronicle))


def wanted_history(
    sort: Annotated[Sort, Query()] = Sort.ALL,
    find: Annotated[str, Query(max_length=FIND_MAX)] = "",
    events: Annotated[int, Query(ge=1)] = 1,
) -> Wanted:
    """What of the history an address asks for."""
    return Wanted(sort=sort, find=find, page=events)


@router.get(ROLLOUT)
async def rollout(
    request: Request, site: TheSite, rollout: str, wanted: Annotated[Wanted, Depends(wanted_history)]
) -> HTMLResponse:
    """One rollout."""
    return page(
        request,
        "rollout.html",
        RolloutPage(chronicle=await site.accounts.chronicle(rollout), wanted=wanted, who=who_of(request)),
    )


@router.get(f"{ROLLOUT}/tables")
async def as_tables(request: Request, site: TheSite, rollout: str) -> HTMLResponse:
    """Bars and line in words and numbers."""
    return page(request, "tables.html", tables(await site.accounts.chronicle(rollout)))


@router.get(f"{ROLLOUT}/report.html")
async def report(site: TheSite, rollout: str) -> Response:
    """All of it in one file, which needs no network and no script."""
    return report_of(await site.accounts.chronicle(rollout))


def report_of(chronicle: Chronicle) -> Response:
    """All of a rollout, as one file to keep."""
    text = self_contained(
        "report.html",
        RolloutPage(chronicle=chronicle),
        tables=tables(chronicle),
        happenings=everything(chronicle),
        written=f"{datetime.now().astimezone():%Y-%m-%d at %H:%M %Z}",
    )
    name = f"{chronicle.report.account.id}.html"
    return HTMLResponse(text, headers={"Content-Disposition": f'attachment; filename="{name}"'})


async def orderer(request: Request, verb: Verb) -> str:
    """Who may give this order."""
    return await user_with(role_for(verb))(request)


@router.get(f"{ROLLOUT}/{{verb}}", dependencies=[Depends(orderer)])
async def ask(request: Request, site: TheSite, rollout: str, verb: Verb) -> Response:
    """What would come of an order, before it is given."""
    chronicle = await site.accounts.chronicle(rollout)
    view = RolloutPage(chronicle=chronicle, who=who_of(request))
    found = next((one for one in view.offers if one.verb is verb and one.asked_first), None)
    if found is None:
        return RedirectResponse(addresses.of_rollout(view.id), status_code=HTTPStatus.SEE_OTHER)
    lines: tuple[str, ...] = ()
    if view.ended and verb is Verb.UNDO:
        lines = tuple((await find_way_home(site.azure, chronicle.report.account)).lines())
    return page(request, "order.html", OrderPage(id=view.id, offered=found, set_words=view.set_words, lines=lines))


@router.post(f"{ROLLOUT}/{{verb}}")
async def order(
    request: Request, site: TheSite, rollout: str, sent: TheForm, user: Annotated[str, Depends(orderer)]
) -> Response:
    """Gives the order; the way back of a rollout that has ended is a rollout of its own."""
    verb = Verb(request.path_params["verb"])
    return _to(await give_order(request, site, rollout, _wanted(verb, sent), user))


def _wanted(verb: Verb, sent: Sent) -> WantedOrder:
    plan_hash = "".join(sent.get("hash", ())[:1])
    return WantedOrder(
        verb=verb,
        checkpoint=_number("".join(sent.get("checkpoint", ())[:1])),
        plan_hash=parse_hash(plan_hash) if plan_hash else None,
    )


def _to(rollout: str) -> RedirectResponse:
    return RedirectResponse(addresses.of_rollout(rollout), status_code=HTTPStatus.SEE_OTHER)


def _number(text: str) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdecimal() and int(text[:9]) > 0):
        raise UsageError(f"cannot read {text[:20]!r} as the number of a checkpoint; name one from 1 on")
    return int(text[:9])


def chronicle_document(chronicle: Chronicle) -> dict[str, object]:
    """One rollout and its history, for machines."""
    state = chronicle.report.account.state
    facts = [fact_document(told.number, event) for told in chronicle.told for event in told.entry.events]
    begun = [] if state is None else [order_document(state.order)]
    return {**status_document(chronicle.report), "events": [*begun, *facts]}


async def changes_of_rollout(
    site: Site, rollout: str, places: str, *, who: Who, wanted: Wanted
) -> AsyncGenerator[list[Message]]:
    """What changes on the page of a rollout, which shows `places` and that page of the history."""
    parts, known, drawn_at = Parts(), -1, 0.0
    async for chronicle in site.accounts.follow_chronicle(rollout):
        view = RolloutPage(chronicle=chronicle, who=who, wanted=wanted)
        messages = parts.part("standing", part("standing.html", view))
        if view.places != places:  # Whoever came or went, the grids are others.
            places = view.places
            messages += parts.part("marks", part("marks.html", view))
        messages += parts.cells({one: [cell.style, cell.kind.sign, cell.text, ""] for one, cell in view.cells.items()})
        messages += parts.part("legend", part("legend.html", view))
        wait = DRAWN_SECONDS_MANY if len(view.cells) > MANY else DRAWN_SECONDS
        fresh = len(chronicle.told) != known
        if fresh or view.ended or chronicle.at - drawn_at >= wait:
            drawn_at = chronicle.at
            for name in ("bars", "served"):
                messages += parts.part(name, part(f"{name}.html", view))
        if fresh:
            known = len(chronicle.told)
            for name in ("failures", *(("history",) if wanted.is_the_newest else ())):
                messages += parts.part(name, part(f"{name}.html", view))
        messages += parts.part("facts", part("rollout_facts.html", view))
        yield messages


async def changes_of_list(site: Site, wanted: Listing) -> AsyncGenerator[list[Message]]:
    """What changes on the page of all rollouts."""
    parts = Parts()
    async for found in site.accounts.every(lambda: listing(site.accounts, wanted)):
        yield parts.part("listed", part("listed.html", found))

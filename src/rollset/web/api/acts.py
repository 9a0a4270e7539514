"""Acts: first the price, then yes to it; and what came of them."""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from starlette.responses import Response as AnyResponse

from rollset.engine.acts.agree import NotNamed, PriceChanged, check_agreed
from rollset.engine.acts.prepare import Prepared
from rollset.engine.durable.acts.ledger import LIST_MAX
from rollset.faces.actform import read_act
from rollset.faces.acts import act_document, act_with_result, acts_of, facts_of_act, price_document
from rollset.faces.documents import Json
from rollset.web.access.asking import A_PLAN, asks_azure
from rollset.web.access.refusal import problem
from rollset.web.api.asked import Operator, Viewer, example, problems
from rollset.web.api.documents import acts as documents
from rollset.web.api.documents.wishes import ActWish, Yes
from rollset.web.doing import begin_priced, stop_told, take_price
from rollset.web.pages.act import prepared_act, proposal_lines
from rollset.web.pages.asked import SET, TheSet, TheSite
from rollset.web.shown_prices import Proposal
from rollset.web.site import Site
from rollset.web.statuses import status_of

router = APIRouter(tags=["acts"])

PRICE_EXAMPLE = {
    "key": "Jx3...",
    "price": {"act": "restart 1 instance", "dangerous": False, "token": "5f0c..."},
    "lines": [],
}
ACT_EXAMPLE = {"id": "3k2x...", "kind": "restart", "state": "waiting", "by": "token ci"}
WISH_EXAMPLE = {
    "requestBody": {
        "content": {"application/json": {"example": {"act": "restart", "selection": {"update_domains": [2]}}}}
    }
}
YES_EXAMPLE = {"requestBody": {"content": {"application/json": {"example": {"key": "Jx3...", "token": "5f0c..."}}}}}


@router.post(
    f"{SET}/acts/price",
    dependencies=[Depends(asks_azure(A_PLAN))],
    response_model=documents.Proposal,
    responses={**problems(404, 409), **example(PRICE_EXAMPLE)},
    openapi_extra=WISH_EXAMPLE,
)
async def tell_price(site: TheSite, who: Viewer, scale_set: TheSet, wish: ActWish) -> Json:
    """What an act on instances, a new capacity or an edit of the model would cost. Changes nothing.

    The price holds for whoever asked, and can be said yes to once, which takes the role operator.
    """
    act = read_act(wish.model_dump(mode="json", exclude_none=True))
    proposal = Proposal(scale_set=scale_set, act=act, user=who.name)
    return _kept(site, proposal, await prepared_act(site, proposal))


@router.post(
    f"{SET}/acts",
    status_code=HTTPStatus.CREATED,
    response_model=documents.Act,
    responses={**problems(404, 409), **example(ACT_EXAMPLE, 201)},
    openapi_extra=YES_EXAMPLE,
)
async def begin_agreed_act(  # noqa: PLR0917 (FastAPI gives them by name)
    request: Request, response: Response, site: TheSite, who: Operator, scale_set: TheSet, yes: Yes
) -> Json | AnyResponse:
    """Begins what was said yes to, if it still costs the same; a worker carries it out.

    Where the price is another by now, or the name is missing, the problem has a `proposal` to say yes to.
    """
    proposal = take_price(site, scale_set, yes.key, who.name)
    prepared = await prepared_act(site, proposal)
    try:
        check_agreed(prepared, agreed=yes.token, typed=yes.name)
    except (PriceChanged, NotNamed) as error:
        return problem(request, status_of(error), str(error), more=_anew(site, proposal, prepared, error))
    begun = await begin_priced(request, site, prepared, who.name)
    response.headers["location"] = f"/api/acts/{begun}"
    return act_document(await asyncio.to_thread(site.acts.act, begun))


def _anew(site: Site, proposal: Proposal, prepared: Prepared, error: PriceChanged | NotNamed) -> Json:
    return {"proposal": _kept(site, proposal, prepared), "exit_status": error.exit_status}


def _kept(site: Site, proposal: Proposal, prepared: Prepared) -> Json:
    exact = Proposal(scale_set=proposal.scale_set, act=prepared.act, user=proposal.user)
    price = price_document(prepared.price)
    return {"key": site.prices.keep(exact), "price": price, "lines": proposal_lines(price)}


@router.get(f"{SET}/acts", response_model=documents.Acts, responses={**problems(), **example({"acts": []})})
async def list_acts_of_set(site: TheSite, scale_set: TheSet) -> Json:
    """The newest acts on one set."""
    rows = await asyncio.to_thread(site.acts.acts, scale_set.path)
    return {"acts": [act_document(row) for row in rows]}


@router.get("/acts", response_model=documents.Acts, responses={**problems(), **example({"acts": []})})
async def list_acts(
    site: TheSite,
    of: Annotated[str | None, Query(max_length=1000, description="A set, as GROUP/NAME or by its id.")] = None,
    limit: Annotated[int, Query(ge=1, le=10_000)] = LIST_MAX,
) -> Json:
    """The newest acts on all sets, or on one, as `rollset acts -o json` prints them."""
    rows = await asyncio.to_thread(acts_of, site.acts, of, limit)
    return {"acts": [act_document(row) for row in rows]}


@router.get("/acts/{act}", response_model=documents.ActWithResult, responses={**problems(404), **example(ACT_EXAMPLE)})
async def show_act(site: TheSite, act: str) -> Json:
    """One act, by its id or the beginning of it; what came of it for each instance, once it has ended."""
    return await asyncio.to_thread(read_whole_act, site, act)


def read_whole_act(site: Site, act: str) -> Json:
    """One act, and what came of it."""
    return act_with_result(site.acts, site.acts.act(act))


@router.post(
    "/acts/{act}/stop", response_model=documents.ActWithResult, responses={**problems(404, 409), **example(ACT_EXAMPLE)}
)
async def stop(request: Request, site: TheSite, act: str, who: Operator) -> Json:
    """Stops an act: whom Azure was not asked for yet is not touched. Answers with how it stands now.

    What no worker has begun is withdrawn; what Azure was asked for goes on.
    """
    return await asyncio.to_thread(read_whole_act, site, await stop_told(request, site, act, who.name))


@router.get("/acts/{act}/facts", response_model=documents.Facts, responses={**problems(404), **example({"facts": []})})
async def list_facts(site: TheSite, act: str) -> Json:
    """Everything that was done for an act, in order."""
    return await asyncio.to_thread(_facts, site, act)


def _facts(site: Site, act: str) -> Json:
    return {"facts": facts_of_act(site.acts, site.acts.act(act))}

"""Acting on a scale set or on chosen instances: first the price, then, once somebody has said yes to it, the act."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import BaseModel, Field

from rollset.core.acts.act import Act, Action, OnInstances, Scale
from rollset.core.acts.price import Price
from rollset.core.errors import UsageError
from rollset.core.ids import InstanceId, ScaleSetId, natural
from rollset.core.selection import Selection, spoken_ids
from rollset.engine.acts.agree import NotNamed, PriceChanged, check_agreed
from rollset.engine.acts.prepare import Prepared
from rollset.engine.durable.acts.asking import price_act
from rollset.faces.acts import price_document, small_print
from rollset.web import addresses
from rollset.web.doing import begin_priced, take_price
from rollset.web.heatmap import Show, heatmap, ids_in
from rollset.web.looks import Look
from rollset.web.pages.asked import SET, TheSet, TheSite, TheUser
from rollset.web.render import page
from rollset.web.shown_prices import Proposal
from rollset.web.site import Site

router = APIRouter()

SCALE = "scale"
ROLL = "roll"
CAPACITY_MAX = 1000


class ActForm(BaseModel):
    """What the forms of the set page say: the action, and whom it means."""

    action: str
    instance: tuple[str, ...] = ()
    row: tuple[str, ...] = ()
    column: tuple[str, ...] = ()
    map: tuple[str, ...] = ()
    whole: bool = False
    capacity: int | None = Field(default=None, ge=0, le=CAPACITY_MAX)


class YesForm(BaseModel):
    """What says yes to a price."""

    key: str
    token: str
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PricePage:
    """What an act would cost, and the form that says yes to it. `why` is why it is shown again."""

    id: ScaleSetId
    price: Price
    key: str
    why: str = ""

    @property
    def lines(self) -> list[str]:
        return proposal_lines(price_document(self.price))


def proposal_lines(price: Mapping[str, Any]) -> list[str]:
    """Whom a price concerns, and what else there is to know before saying yes to it."""
    return [*([f"instances: {spoken_ids(price['instances'])}"] if price["instances"] else []), *small_print(price)]


@router.post(f"{SET}/act")
async def ask(
    request: Request, site: TheSite, scale_set: TheSet, form: Annotated[ActForm, Form()], user: TheUser
) -> Response:
    """The price of what the form asks for; to roll the chosen instances is a page of its own."""
    look = await site.looks.look(scale_set)
    if form.action == ROLL:
        chosen = urlencode([("instance", one) for one in sorted(chosen_in(form, look), key=natural)])
        return RedirectResponse(f"{addresses.of_set(scale_set, 'roll')}?{chosen}", status_code=HTTPStatus.SEE_OTHER)
    act = act_of(form, look)
    return await tell_price(request, site, Proposal(scale_set=scale_set, act=act, user=user))


@router.post(f"{SET}/act/yes")
async def say_yes(
    request: Request, site: TheSite, scale_set: TheSet, form: Annotated[YesForm, Form()], user: TheUser
) -> Response:
    """Begins what was said yes to, if it still costs the same."""
    proposal = take_price(site, scale_set, form.key, user)
    prepared = await prepared_act(site, proposal)
    try:
        check_agreed(prepared, agreed=form.token, typed=form.name)
    except (PriceChanged, NotNamed) as error:
        return _price(request, site, proposal, prepared, why=str(error))
    begun = await begin_priced(request, site, prepared, user)
    return RedirectResponse(addresses.of_act(begun), status_code=HTTPStatus.SEE_OTHER)


async def tell_price(request: Request, site: Site, proposal: Proposal) -> HTMLResponse:
    """The page with the price of an act, of whatever kind."""
    return _price(request, site, proposal, await prepared_act(site, proposal))


async def prepared_act(site: Site, proposal: Proposal) -> Prepared:
    """The act as it would be carried out now."""
    return await price_act(site.azure, site.acts, proposal.scale_set, proposal.act)


def _price(request: Request, site: Site, proposal: Proposal, prepared: Prepared, why: str = "") -> HTMLResponse:
    exact = Proposal(scale_set=proposal.scale_set, act=prepared.act, user=proposal.user)
    model = PricePage(id=proposal.scale_set, price=prepared.price, key=site.prices.keep(exact), why=why)
    return page(request, "price.html", model, status=HTTPStatus.CONFLICT if why else HTTPStatus.OK)


def act_of(form: ActForm, look: Look) -> Act:
    """The act that the form asks for.

    Raises:
        UsageError: nothing was chosen, or the form asks for something that is none.
    """
    if form.action == SCALE:
        if form.capacity is None:
            raise UsageError("name the capacity that the set is to have")
        return Scale(capacity=form.capacity)
    try:
        action = Action(form.action)
    except ValueError as error:
        raise UsageError(f"{form.action[:40]!r} is nothing that can be done to instances") from error
    if form.whole:
        return OnInstances(action=action)
    chosen = chosen_in(form, look)
    if not chosen:
        raise UsageError(f"nothing is chosen: choose the instances to {action}, then ask again")
    return OnInstances(action=action, selection=Selection(instances=frozenset(chosen)))


def chosen_in(form: ActForm, look: Look) -> set[InstanceId]:
    """The instances that the form chooses, one by one or by whole rows, columns and grids."""
    maps = heatmap(look, Show.STATE).maps
    return {*map(InstanceId, form.instance), *ids_in(maps, rows=form.row, columns=form.column, whole=form.map)}

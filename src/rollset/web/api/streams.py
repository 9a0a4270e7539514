"""Streams: what changes, as server-sent events whose data are the documents of the other operations.

Each has a second form: the parts of its page as HTML, which the pages themselves listen to.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from dataclasses import replace
from enum import StrEnum
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import StreamingResponse
from pydantic import Field

from rollset.core.ids import ScaleSetId
from rollset.engine.durable.acts.ledger import ActState
from rollset.faces.documents import Json, image_document, instance_document, scale_set_document
from rollset.faces.status import status_document
from rollset.web.access.asking import A_LOOK, asks_azure, who_of
from rollset.web.api.acts import read_whole_act
from rollset.web.api.asked import problems
from rollset.web.api.rollouts import ROLLOUT, TheListing, listed
from rollset.web.api.scalesets import WindowFields, window_document
from rollset.web.heatmap import Show
from rollset.web.live import Message, stream
from rollset.web.pages.acts import LOOK_SECONDS, changes_of_act
from rollset.web.pages.asked import SET, TheSet, TheSite
from rollset.web.pages.fleet import changes_of_fleet, wanted_of
from rollset.web.pages.rollouts import changes_of_list, changes_of_rollout, chronicle_document, wanted_history
from rollset.web.pages.scale_set import changes_of_set
from rollset.web.site import Site
from rollset.web.watching.history import Wanted

router = APIRouter(tags=["streams"])

DIGITS_MAX = 64


class Form(StrEnum):
    """What the data of the events are."""

    JSON = "json"
    HTML = "html"


FORMS = (
    "`json`: documents. `html`: what the pages of the dashboard listen to. There `part` has the `id` of an element and "
    "the `html` that takes its place, and `cells` those of a heatmap that look otherwise now: style, sign, text, and "
    "what else is to be said."
)

TheForm = Annotated[Form, Query(description=FORMS)]


def _events(example: str) -> dict[int | str, dict[str, Any]]:
    told = {"schema": {"type": "string"}, "example": example}
    return {200: {"description": "Server-sent events.", "content": {"text/event-stream": told}}}


class FleetFields(WindowFields):
    """The fields of a list of sets, and the form of its stream."""

    form: Form = Field(default=Form.JSON, description=FORMS)


@router.get(
    "/sets/stream",
    response_class=StreamingResponse,
    responses={**problems(), **_events('event: sets\ndata: {"scale_sets":[],"offset":0,"matched":0,"total":0}\n\n')},
)
async def stream_sets(site: TheSite, fields: Annotated[FleetFields, Query()]) -> StreamingResponse:
    """What changes in a window of the fleet; asks Azure for nothing.

    `sets` is the whole window, as `GET /sets` answers it, whenever it is another one.
    """
    if fields.form is Form.HTML:
        return stream(site, changes_of_fleet(site, wanted_of(fields)))
    wanted = replace(wanted_of(fields), limit=fields.limit)
    return stream(site, _news("sets", _looks(site, lambda: window_document(site.inventory, wanted))), banner=False)


async def _looks(site: Site, look: Callable[[], Json]) -> AsyncGenerator[Json]:
    async for _ in site.inventory.follow(-1):
        yield look()


async def _news(name: str, documents: AsyncIterator[Json]) -> AsyncGenerator[list[Message]]:
    """Each document that is another one than the last."""
    last: Json | None = None
    async for document in documents:
        if document != last:
            last = document
            yield [Message(event=name, data=document)]


@router.get(
    f"{SET}/stream",
    dependencies=[Depends(asks_azure(A_LOOK))],
    response_class=StreamingResponse,
    responses={**problems(), **_events('event: instances\ndata: {"changed":[{"id":"0"}],"gone":[]}\n\n')},
)
async def stream_set(
    site: TheSite,
    scale_set: TheSet,
    form: TheForm = Form.JSON,
    show: Annotated[Show, Query(description="What the cells of the heatmap show, as HTML.")] = Show.STATE,
) -> StreamingResponse:
    """What changes on a set.

    `set` has its model, first and whenever it changes; `instances` those that look otherwise now, all of them at
    first, and the ids of those that are gone; `trouble` why nothing newer is known. `gone`: nothing more comes.
    """
    if form is Form.HTML:
        return stream(site, changes_of_set(site, scale_set, show))
    return stream(site, _of_set(site, scale_set), banner=False)


async def _of_set(site: Site, scale_set: ScaleSetId) -> AsyncGenerator[list[Message]]:
    model: Json = {}
    known: dict[str, Json] = {}
    trouble = ""
    async for look in site.looks.follow(scale_set):
        messages = []
        told = {**scale_set_document(look.fleet.scale_set), "exact_image": image_document(look.exact)}
        if told != model:
            model = told
            messages.append(Message(event="set", data=told))
        now: dict[str, Json] = {one.id: instance_document(one) for one in look.instances}
        changed = [one for name, one in now.items() if known.get(name) != one]
        gone = sorted(set(known) - set(now))
        if changed or gone:
            messages.append(Message(event="instances", data={"changed": changed, "gone": gone}))
        known = now
        if look.trouble != trouble:
            trouble = look.trouble
            messages.append(Message(event="trouble", data={"text": trouble}))
        yield messages


@router.get(
    "/rollouts/stream",
    response_class=StreamingResponse,
    responses={**problems(), **_events('event: rollouts\ndata: {"rollouts":[],"page":1,"pages":1,"total":0}\n\n')},
)
async def stream_rollouts(site: TheSite, wanted: TheListing, form: TheForm = Form.JSON) -> StreamingResponse:
    """What changes in a page of the list of rollouts.

    `rollouts` is the whole page, as `GET /rollouts` answers it, whenever something in it is new.
    """
    if form is Form.HTML:
        return stream(site, changes_of_list(site, wanted))
    return stream(site, _of_list(site.accounts.every(lambda: listed(site, wanted))), banner=False)


async def _of_list(documents: AsyncIterator[Json]) -> AsyncGenerator[list[Message]]:
    shown: list[Json] | None = None
    async for document in documents:
        rows = document["rollouts"]
        assert isinstance(rows, list)
        timeless = [_timeless(one) for one in rows]
        if timeless != shown:
            shown = timeless
            yield [Message(event="rollouts", data=document)]


def _timeless(status: Json) -> Json:
    """Without what is another one at each look."""
    return {name: value for name, value in status.items() if name != "age_seconds"}


@router.get(
    f"{ROLLOUT}/stream",
    response_class=StreamingResponse,
    responses={**problems(404), **_events('event: status\ndata: {"id":"web-7k2m","state":"rolling"}\n\n')},
)
async def stream_rollout(  # noqa: PLR0917 (FastAPI gives them by name)
    request: Request,
    site: TheSite,
    rollout: str,
    history: Annotated[Wanted, Depends(wanted_history)],
    form: TheForm = Form.JSON,
    places: Annotated[
        str, Query(max_length=DIGITS_MAX, description="The instances that the page shows already, as HTML.")
    ] = "",
) -> StreamingResponse:
    """What happens in a rollout, until it has ended.

    `status` is how it stands whenever that changes, `event` each fact of its history, from the first on. `gone`:
    nothing more comes. `sort`, `find` and `events` choose what of the history is shown, as HTML.
    """
    await site.accounts.report(rollout)  # Once the stream has begun, that there is none cannot be told.
    if form is Form.HTML:
        return stream(site, changes_of_rollout(site, rollout, places, who=who_of(request), wanted=history))
    return stream(site, _of_rollout(site, rollout), banner=False)


async def _of_rollout(site: Site, rollout: str) -> AsyncGenerator[list[Message]]:
    shown: Json = {}
    known, told = -1, 0
    async for chronicle in site.accounts.follow_chronicle(rollout):
        messages = []
        if len(chronicle.told) != known:
            known = len(chronicle.told)
            events = (await asyncio.to_thread(chronicle_document, chronicle))["events"]
            assert isinstance(events, list)
            messages = [Message(event="event", data=one) for one in events[told:]]
            told = len(events)
        status = await asyncio.to_thread(status_document, chronicle.report)
        if (timeless := _timeless(status)) != shown:
            shown = timeless
            messages.append(Message(event="status", data=status))
        yield messages


@router.get(
    "/acts/{act}/stream",
    response_class=StreamingResponse,
    responses={**problems(404), **_events('event: act\ndata: {"id":"3k2x...","state":"running","done":1}\n\n')},
)
async def stream_act(request: Request, site: TheSite, act: str, form: TheForm = Form.JSON) -> StreamingResponse:
    """How an act goes, until it has ended.

    `act` is the whole of it, as `GET /acts/ID` answers it, whenever something is new. `gone`: nothing more comes.
    """
    row = await asyncio.to_thread(site.acts.act, act)  # Once the stream has begun, that there is none cannot be told.
    if form is Form.HTML:
        return stream(site, changes_of_act(site, row.id, who_of(request)))
    return stream(site, _news("act", _of_act(site, row.id)), banner=False)


async def _of_act(site: Site, act: str) -> AsyncGenerator[Json]:
    while True:  # As long as the act, which has bounds of its own, or the reader.
        document = await asyncio.to_thread(read_whole_act, site, act)
        yield document
        if document["state"] == ActState.ENDED.value:
            return
        await asyncio.sleep(LOOK_SECONDS)

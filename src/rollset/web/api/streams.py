"""Streams: what changes, as server-sent events whose data are the documents of the other operations."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

from fastapi import APIRouter, Depends
from fastapi.responses import StreamingResponse

from rollset.core.ids import ScaleSetId
from rollset.faces.documents import Json, image_document, instance_document, scale_set_document
from rollset.faces.status import status_document
from rollset.web.access.asking import A_LOOK, asks_azure
from rollset.web.api.asked import SET, problems
from rollset.web.api.rollouts import ROLLOUT
from rollset.web.live import Message, stream
from rollset.web.pages.asked import TheSet, TheSite
from rollset.web.pages.rollouts import chronicle_document
from rollset.web.site import Site

router = APIRouter(tags=["streams"])


def _events(example: str) -> dict[int | str, dict[str, Any]]:
    told = {"schema": {"type": "string"}, "example": example}
    return {200: {"description": "Server-sent events.", "content": {"text/event-stream": told}}}


@router.get(
    f"{SET}/stream",
    dependencies=[Depends(asks_azure(A_LOOK))],
    response_class=StreamingResponse,
    responses={**problems(), **_events('event: instances\ndata: {"changed":[{"id":"0"}],"gone":[]}\n\n')},
)
async def stream_set(site: TheSite, scale_set: TheSet) -> StreamingResponse:
    """What changes on a set.

    `set` has its model, first and whenever it changes; `instances` those that look otherwise now, all of them at
    first, and the ids of those that are gone; `trouble` why nothing newer is known. `gone`: nothing more comes.
    """
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
    f"{ROLLOUT}/stream",
    response_class=StreamingResponse,
    responses={**problems(404), **_events('event: status\ndata: {"id":"web-7k2m","state":"rolling"}\n\n')},
)
async def stream_rollout(site: TheSite, rollout: str) -> StreamingResponse:
    """What happens in a rollout, until it has ended.

    `status` is how it stands whenever that changes, `event` each fact of its history, from the first on. `gone`:
    nothing more comes.
    """
    await site.accounts.report(rollout)
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
        timeless = {name: value for name, value in status.items() if name != "age_seconds"}
        if timeless != shown:
            shown = timeless
            messages.append(Message(event="status", data=status))
        yield messages

"""Scale sets: those of the fleet, one with its instances, and what its region offers."""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress
from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import Field

from rollset.engine.records import encode
from rollset.faces.documents import Json, image_document, moment, scale_set_document
from rollset.faces.offer import offer_document, offer_of, offered_versions
from rollset.faces.sight import see, sight_document
from rollset.fleet.inventory import Inventory
from rollset.fleet.query import Query as Wanted
from rollset.fleet.row import Row
from rollset.web.access.asking import A_LISTING, asks_azure
from rollset.web.api.asked import example, problems
from rollset.web.api.documents.scalesets import Choices, Filters, FleetWindow, Offer, ScaleSet, Sighted
from rollset.web.pages.asked import SET, TheSet, TheSite
from rollset.web.pages.edit import paths_read
from rollset.web.pages.fleet import Fields, wanted_of
from rollset.web.rolling.choices import choices

router = APIRouter(tags=["scale sets"])

ROWS_MAX = 1000

LISTING_SECONDS_MAX = 20.0
"""So long the first answer waits: a script must not take a fleet that nobody has listed yet for an empty one."""

EXAMPLE: Json = {"scale_sets": [], "offset": 0, "matched": 0, "total": 0, "troubles": []}
FILTERS_EXAMPLE: Json = {"subscriptions": {}, "regions": {"westus2": 3}, "images": {}, "tags": {}, "states": {}}
OFFER_EXAMPLE: Json = {"scale_set": "/subscriptions/...", "location": "westus2", "image": None, "versions": []}
SHORT = {"id": "/subscriptions/...", "name": "web", "capacity": 5, "instances": []}


class WindowFields(Fields):
    """The fields of the fleet page, and how many sets are wanted at once."""

    limit: int = Field(default=50, ge=1, le=ROWS_MAX)


@router.get("/sets", response_model=FleetWindow, responses={**problems(), **example(EXAMPLE)})
async def list_sets(site: TheSite, fields: Annotated[WindowFields, Query()]) -> Json:
    """The scale sets of all subscriptions that are watched, filtered and sorted, a window at a time.

    It answers from what the inventory has seen, and asks Azure for nothing; `looked_at` says how old that is.
    Just after the start it waits until they have been listed.
    """
    await _once_listed(site.inventory)
    return window_document(site.inventory, replace(wanted_of(fields), limit=fields.limit))


def window_document(inventory: Inventory, wanted: Wanted) -> Json:
    """The sets that were asked for, as the inventory knows them now; they are looked at more often from now on."""
    window = inventory.select(wanted)
    inventory.want(row.key for row in window.rows)
    return {
        "scale_sets": [row_document(row) for row in window.rows],
        "offset": window.offset,
        "matched": window.matched,
        "total": window.total,
        "troubles": list(inventory.troubles),
    }


@router.get("/sets/filters", response_model=Filters, responses={**problems(), **example(FILTERS_EXAMPLE)})
async def list_filters(site: TheSite) -> Json:
    """What the list of sets can be filtered by, and how many sets each would show."""
    await _once_listed(site.inventory)
    known = site.inventory.choices()
    return {
        "subscriptions": dict(known.subscriptions),
        "regions": dict(known.regions),
        "images": dict(known.images),
        "tags": dict(known.tags),
        "states": {state.value: count for state, count in known.states.items()},
    }


async def _once_listed(inventory: Inventory) -> None:
    """Returns when each subscription has been listed, or has said why it cannot be."""
    with suppress(TimeoutError):
        async with asyncio.timeout(LISTING_SECONDS_MAX):
            async for _ in inventory.follow(-1):
                known = inventory.subscriptions
                if inventory.trouble or (known and all(one.listed_at or one.troubles for one in known)):
                    return


@router.get(
    SET,
    dependencies=[Depends(asks_azure(A_LISTING))],
    response_model=ScaleSet,
    responses={**problems(404), **example(SHORT)},
)
async def show_set(site: TheSite, scale_set: TheSet) -> Json:
    """One scale set with its properties and instances, as `rollset show -o json` prints it."""
    return sight_document(await see(site.azure, scale_set))


@router.get(
    f"{SET}/sight",
    dependencies=[Depends(asks_azure(A_LISTING))],
    response_model=Sighted,
    responses={**problems(404), **example({"sight": "1:..."})},
)
async def show_sight(site: TheSite, scale_set: TheSet) -> Json:
    """The same as `rollset` keeps it: what it reads to show the set on another machine. Programs take the document."""
    return {"sight": encode(await see(site.azure, scale_set))}


@router.get(
    f"{SET}/images",
    dependencies=[Depends(asks_azure(A_LISTING))],
    response_model=Offer,
    responses={**problems(404), **example(OFFER_EXAMPLE)},
)
async def list_images(site: TheSite, scale_set: TheSet) -> Json:
    """The versions of its image that its region offers, as `rollset images -o json` prints them."""
    model = await site.azure.scale_set(scale_set)
    offered, instances = await asyncio.gather(offered_versions(site.azure, model), site.azure.instances(model))
    return offer_document(offer_of(model, offered, instances))


@router.get(
    f"{SET}/choices",
    dependencies=[Depends(asks_azure(A_LISTING))],
    response_model=Choices,
    responses={**problems(404, 504), **example({"choices": {}, "troubles": [], "read": []})},
)
async def list_choices(
    site: TheSite, scale_set: TheSet, sku: Annotated[str | None, Query(max_length=200)] = None
) -> Json:
    """What there is to choose from in a rollout file or an edit: versions, SKUs, sizes, domains and zones."""
    look = await site.looks.look(scale_set)
    found = await choices(site.azure, look, sku)
    return {
        "choices": {
            name: [{"value": one.value, "text": one.words} for one in known] for name, known in found.of.items()
        },
        "troubles": list(found.trouble),
        "read": [{"path": path, "value": value} for path, value in json.loads(paths_read(look.fleet.scale_set))],
    }


def row_document(row: Row) -> Json:
    """A set as the inventory knows it."""
    counts = row.counts
    return {
        **scale_set_document(row.scale_set),
        "exact_image": image_document(row.exact),
        "outdated": row.outdated,
        "behind": row.behind,
        "oldest_version": row.oldest,
        "oldest_behind": row.oldest_behind,
        "instances": None if counts is None else counts.total,
        "running": None if counts is None else counts.running,
        "unhealthy": None if counts is None else counts.unhealthy,
        "states": sorted(one.value for one in row.states),
        "rollout": None if row.rollout is None else row.rollout.id,
        "remark": None if row.trouble is None else row.trouble.words,
        "looked_at": moment(None if row.look is None else row.look.at),
    }

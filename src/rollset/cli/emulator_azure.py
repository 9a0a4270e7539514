"""Reads the shape of a subscription for the emulator: plain GETs, and nothing else."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from typing import Any

import msgspec

from rollset.arm import api_versions
from rollset.arm.endpoint import Endpoint
from rollset.arm.errors import ArmError, NotFound
from rollset.arm.image_versions import platform_path
from rollset.arm.line import Line
from rollset.arm.pauses import OnPause
from rollset.arm.reply import Page
from rollset.cli.emulator_shape import Images, set_entry
from rollset.emulator.documents import Json, at

ANY_PAGE = msgspec.json.Decoder(Page[dict[str, Any]])
LOOKS_AT_ONCE = 4
"""So many sets are read together: a list of instances is a costly read for Azure."""


async def read_fleet(
    endpoint: Endpoint, subscription: str, groups: Sequence[str], on_pause: OnPause, *, tags: bool
) -> Json:
    """A fleet file in the shape of a subscription's scale sets, or of those in some resource groups.

    Raises:
        ArmError: Azure does not answer as asked.
    """
    wanted = {group.lower() for group in groups}
    async with Line(endpoint, None, None, on_pause) as line:
        path = f"/subscriptions/{subscription}/providers/Microsoft.Compute/virtualMachineScaleSets"
        found = await _all(line, f"listing the scale sets of subscription {subscription}", path)
        sets = [one for one in found if not wanted or _group(one).lower() in wanted]
        gate = asyncio.Semaphore(LOOKS_AT_ONCE)
        instances = await asyncio.gather(*(_instances(line, one, gate) for one in sets))
        images = Images()
        entries = [set_entry(one, listed, images, tags=tags) for one, listed in zip(sets, instances, strict=True)]
        await _add_offers(line, subscription, sets, images)
    return {**images.document(), "scale_sets": entries}


async def _instances(line: Line, scale_set: Json, gate: asyncio.Semaphore) -> list[Json]:
    attempted = f"listing the instances of {_group(scale_set)}/{scale_set.get('name')}"
    flexible = str(at(scale_set, "properties", "orchestrationMode")).lower() == "flexible"
    query = {} if flexible else {"$expand": "instanceView"}
    async with gate:
        return await _all(line, attempted, f"{scale_set['id']}/virtualMachines", query)


async def _add_offers(line: Line, subscription: str, sets: Sequence[Json], images: Images) -> None:
    """What else is on offer of each platform image, so that there is something to move to."""
    for location in sorted({str(one.get("location", "")) for one in sets}):
        for urn, versions in images.versions.items():
            path = platform_path(subscription, location, *urn.split(":"))
            try:
                reply = await line.ask(f"listing the versions of {urn}", "GET", path, api_versions.PLATFORM_IMAGES)
            except ArmError:
                continue  # It may be withdrawn by now; what the sets run is known all the same.
            versions.update(str(one["name"]) for one in json.loads(reply.body) if "name" in one)


async def _all(line: Line, attempted: str, path: str, query: Json | None = None) -> list[Json]:
    first = await line.ask(attempted, "GET", path, api_versions.SCALE_SETS, query=query)
    return [one async for one, _ in line.all(first, ANY_PAGE, NotFound)]


def _group(scale_set: Json) -> str:
    return str(scale_set["id"]).strip("/").split("/")[3]

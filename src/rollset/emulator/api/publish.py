"""`POST /emulator/publish`: a new version of a platform image comes out while the emulator runs."""

import re
from typing import Literal

import msgspec

from rollset.emulator import imagereference, osschedule
from rollset.emulator.api.call import Call
from rollset.emulator.documents import Json
from rollset.emulator.errors import EmulatorError
from rollset.emulator.http import Reply
from rollset.emulator.images import Urn
from rollset.emulator.model import os_of_publisher
from rollset.emulator.refusal import bad_request
from rollset.emulator.timestamps import azure_time

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}")
VERSION = re.compile(r"\d{1,12}(\.\d{1,12}){1,3}")
LOCATION = re.compile(r"[A-Za-z0-9 ]{1,40}")
LOCATIONS_MAX = 100


class Publication(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What comes out, where (everywhere, if nothing is said), and for which OS if the sku is new."""

    image: str
    locations: list[str] | None = None
    os: Literal["Windows", "Linux"] | None = None


def publish(call: Call) -> Reply:
    """201 with what is on offer now, whether its sku is new, and the sets that Azure will upgrade to it by itself."""
    world = call.world
    try:
        wanted = msgspec.json.decode(call.request.body, type=Publication)
        urn, version = _parsed(wanted)
    except (msgspec.MsgspecError, EmulatorError) as error:
        raise bad_request(f"not a publication: {error}") from error
    locations = None if wanted.locations is None else frozenset(wanted.locations)
    is_new = urn not in world.images
    world.images.publish(urn, wanted.os or os_of_publisher(urn.publisher), version, locations)
    osschedule.foresee_all(world)
    body: Json = {"image": wanted.image, "locations": wanted.locations, "new_sku": is_new}
    return Reply.json({**body, "upgrades": _upgrades(call, urn)}, 201)


def _upgrades(call: Call, urn: Urn) -> list[Json]:
    return [
        {"set": f"{one.group}/{one.name}", "starts_at": azure_time(one.os_upgrade_planned_at)}
        for one in call.world.sets.values()
        if one.os_upgrade_planned_at is not None and imagereference.platform_sku(one.model) == urn.key
    ]


def _parsed(wanted: Publication) -> tuple[Urn, str]:
    names = wanted.image.split(":")
    match names:
        case [publisher, offer, sku, version] if all(NAME.fullmatch(one) for one in (publisher, offer, sku)):
            if not VERSION.fullmatch(version):
                raise EmulatorError(f"image: expected a version such as 4.0.20160229, got {version[:80]!r}")
        case _:
            raise EmulatorError(f"image: expected PUBLISHER:OFFER:SKU:VERSION, got {wanted.image[:80]!r}")
    locations = wanted.locations
    if locations is not None and not (0 < len(locations) <= LOCATIONS_MAX and all(map(LOCATION.fullmatch, locations))):
        raise EmulatorError("locations: expected names of regions, or nothing for everywhere")
    return Urn(publisher, offer, sku), version

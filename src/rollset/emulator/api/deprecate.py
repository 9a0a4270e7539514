"""`POST /emulator/deprecate`: the publisher of a platform image says how near its end a version is."""

from typing import Literal

import msgspec

from rollset.emulator.api.call import Call
from rollset.emulator.documents import Json
from rollset.emulator.errors import EmulatorError
from rollset.emulator.http import Reply
from rollset.emulator.images import Deprecation, Urn
from rollset.emulator.refusal import bad_request


class Announcement(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which version, how near its end it is, and what its publisher offers instead."""

    image: str
    state: Literal["Active", "ScheduledForDeprecation", "Deprecated"] = "Deprecated"
    at: str | None = None
    instead: str | None = None


def deprecate(call: Call) -> Reply:
    """200 with what the answer for that version says from now on."""
    try:
        told = msgspec.json.decode(call.request.body, type=Announcement)
        urn, version = _offered(call, told.image)
    except (msgspec.MsgspecError, EmulatorError) as error:
        raise bad_request(f"not an announcement: {error}") from error
    deprecation = Deprecation(told.state, told.at, told.instead)
    call.world.images.deprecate(urn, version, deprecation)
    body: Json = {"image": told.image, "imageDeprecationStatus": deprecation.document()}
    return Reply.json(body)


def _offered(call: Call, image: str) -> tuple[Urn, str]:
    names = image.split(":")
    if len(names) != 4:  # noqa: PLR2004  The words of a URN.
        raise EmulatorError(f"image: expected PUBLISHER:OFFER:SKU:VERSION, got {image[:80]!r}")
    publisher, offer, sku, version = names
    known = next((one for one in call.world.images if one.urn.key == Urn(publisher, offer, sku).key), None)
    if known is None or version not in known.versions:
        raise EmulatorError(f"image: {image[:200]!r} is not on offer")
    return known.urn, version

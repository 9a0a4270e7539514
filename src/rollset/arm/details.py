"""What a set's own page asks about: its properties, and what its region offers to change them to."""

from __future__ import annotations

import msgspec

from rollset.arm import api_versions
from rollset.arm.errors import NoSuchImage, NoSuchScaleSet, NotFound
from rollset.arm.image_versions import skus_path
from rollset.arm.line import Line
from rollset.arm.properties import DESCRIBED, to_properties
from rollset.arm.reply import Page
from rollset.arm.scale_sets import SCALE_SET, to_scale_set
from rollset.arm.sizes import SIZE_PAGE, sizes_path, to_size
from rollset.core.fleet import ScaleSet
from rollset.core.ids import ScaleSetId
from rollset.core.preflight.around import SizeFacts
from rollset.core.properties import Described

_MACHINES = "virtualmachines"


class _Named(msgspec.Struct):
    name: str | None = None


class _SetSku(msgspec.Struct):
    sku: _Named | None = None


_NAMES = msgspec.json.Decoder(list[_Named])
_SET_SKUS = msgspec.json.Decoder(Page[_SetSku])


class Details:
    """Reads, and nothing else; where Azure does not answer, methods raise `ArmError`."""

    def __init__(self, line: Line) -> None:
        self._line = line

    async def described(self, id: ScaleSetId) -> Described:  # noqa: A002 (it is the set's id)
        """A set with all of its properties, in one request."""
        reply = await self._line.ask(
            f"reading scale set {id}", "GET", id.path, api_versions.SCALE_SETS, missing=NoSuchScaleSet
        )
        return Described(
            scale_set=to_scale_set(reply.decode(SCALE_SET), reply), properties=to_properties(reply.decode(DESCRIBED))
        )

    async def skus(self, subscription: str, location: str, publisher: str, offer: str) -> tuple[str, ...]:
        """The SKUs of an offer that a region has, in the order of their names; there is at least one.

        Raises:
            NoSuchImage: it has no such publisher or offer.
        """
        attempted = f"listing the SKUs of {publisher}:{offer} in {location}"
        path = skus_path(subscription, location, publisher, offer)
        reply = await self._line.ask(attempted, "GET", path, api_versions.PLATFORM_IMAGES, missing=NoSuchImage)
        names = [one.name for one in reply.decode(_NAMES) if one.name]
        if not names:
            raise NoSuchImage(reply.attempted, azure_message="that region has none")
        return tuple(sorted(names, key=str.lower))

    async def sizes(self, scale_set: ScaleSet) -> tuple[str, ...]:
        """The VM sizes that this set may be changed to, in the order of their names, as Azure tells them."""
        attempted = f"listing the sizes that {scale_set.id} may have"
        path = f"{scale_set.id.path}/skus"
        reply = await self._line.ask(attempted, "GET", path, api_versions.SCALE_SETS, missing=NoSuchScaleSet)
        pages = self._line.all(reply, _SET_SKUS, NoSuchScaleSet)
        names = {shape.sku.name async for shape, _ in pages if shape.sku and shape.sku.name}
        return tuple(sorted(names, key=str.lower))

    async def region_sizes(self, subscription: str, location: str) -> tuple[SizeFacts, ...]:
        """Every VM size of a region with its cores and its zones, those that the subscription may not have as well.

        It is an answer of megabytes; keep it.
        """
        reply = await self._line.ask(
            f"reading the sizes of {location}",
            "GET",
            sizes_path(subscription),
            api_versions.SIZES,
            query={"$filter": f"location eq '{location}'"},
        )
        found = [
            to_size(shape)
            async for shape, _ in self._line.all(reply, SIZE_PAGE, NotFound)
            if shape.name and (shape.resource_type or "").lower() == _MACHINES
        ]
        return tuple(sorted(found, key=lambda one: one.name.lower()))

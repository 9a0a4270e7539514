"""What lies around a scale set, read before a rollout: its images, locks, quotas, size, autoscale, terms.

The bytes are read in the files named after each; here stands which request is made.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from rollset.arm import api_versions
from rollset.arm.autoscale import AUTOSCALE_PAGE, settings_path, to_autoscale
from rollset.arm.errors import ArmError, NoSuchImage, NotAllowed, NotFound, NotSignedIn
from rollset.arm.image_facts import IMAGE, NOTHING, ImageShape, gallery_facts, managed_facts, platform_facts
from rollset.arm.image_versions import image_path, platform_path
from rollset.arm.line import Line
from rollset.arm.locks import LOCK_PAGE, locks_path, to_lock
from rollset.arm.quotas import USAGE_PAGE, to_usage, usages_path
from rollset.arm.sizes import SIZE_PAGE, sizes_path, to_size
from rollset.arm.terms import TERMS, terms_path
from rollset.core.fleet import PurchasePlan, ScaleSet
from rollset.core.image import CustomImage, CustomKind, PlatformImage
from rollset.core.preflight.around import Autoscale, ImageFacts, Lock, SizeFacts, Unread, Usage

_REPLICATION = {"$expand": "ReplicationStatus"}
"""Told of own galleries alone: what is shared is listed only where it has arrived."""


def unread(what: str, error: ArmError) -> Unread:
    """`error` as something that could not be read."""
    return Unread(what=what, why=error.answer, remedy=error.what_to_do, forbidden=isinstance(error, NotAllowed))


class Surroundings:
    """Reads, and nothing else; where Azure does not answer, methods raise `ArmError`."""

    def __init__(self, line: Line) -> None:
        self._line = line

    async def platform_image(self, scale_set: ScaleSet, image: PlatformImage) -> ImageFacts:
        """One version of a platform image, in the set's region.

        Raises:
            NoSuchImage: the region does not offer it.
        """
        where = scale_set.id.subscription, scale_set.location
        reply = await self._line.ask(
            f"reading image {image} in {scale_set.location}",
            "GET",
            f"{platform_path(*where, image.publisher, image.offer, image.sku)}/{image.version}",
            api_versions.PLATFORM_IMAGES,
            missing=NoSuchImage,
        )
        return platform_facts(image, reply.decode(IMAGE))

    async def custom_image(self, scale_set: ScaleSet, image: CustomImage) -> ImageFacts:
        """A managed image, or a version of a gallery image with the image above it.

        Raises:
            NoSuchImage: it does not exist.
        """
        location = scale_set.location
        if image.gallery_image is None:
            path = image_path(scale_set.id.subscription, location, image)
            reply = await self._image(path, image, api_versions.MANAGED_IMAGES)
            return managed_facts(image, reply, location)
        # An instance may name the gallery image alone, and say apart which version it got.
        version = image.at(image.version) if image.version else image
        above = CustomImage(kind=image.kind, resource_id=image.gallery_image)
        shape, (above_shape, unknown) = await asyncio.gather(
            self._image(
                image_path(scale_set.id.subscription, location, version),
                version,
                api_versions.GALLERIES,
                _REPLICATION if image.kind is CustomKind.ID else None,
            ),
            self._above(image_path(scale_set.id.subscription, location, above), above),
        )
        facts = gallery_facts(image, shape, above_shape, location)
        return facts if unknown is None else replace(facts, unread=unknown)

    async def locks(self, scale_set: ScaleSet) -> tuple[Lock, ...]:
        """The locks that hold for the set, wherever they were put."""
        reply = await self._line.ask(
            f"reading the locks of {scale_set.id}",
            "GET",
            locks_path(scale_set.id),
            api_versions.LOCKS,
        )
        found = [to_lock(shape, scale_set.id) async for shape, _ in self._line.all(reply, LOCK_PAGE, NotFound)]
        return tuple(one for one in found if one is not None)

    async def usages(self, scale_set: ScaleSet) -> tuple[Usage, ...]:
        """The quotas of the set's region."""
        reply = await self._line.ask(
            f"reading the quotas of {scale_set.location}",
            "GET",
            usages_path(scale_set.id.subscription, scale_set.location),
            api_versions.SCALE_SETS,
        )
        found = [to_usage(shape) async for shape, _ in self._line.all(reply, USAGE_PAGE, NotFound)]
        return tuple(one for one in found if one is not None)

    async def sizes(self, scale_set: ScaleSet, names: Sequence[str]) -> tuple[SizeFacts, ...]:
        """What the set's region tells of these sizes; only its name is known of one that it does not list."""
        reply = await self._line.ask(
            f"reading the sizes of {scale_set.location}",
            "GET",
            sizes_path(scale_set.id.subscription),
            api_versions.SIZES,
            query={"$filter": f"location eq '{scale_set.location}'"},
        )
        found = {name: SizeFacts(name=name, listed=False) for name in names}
        async for shape, _ in self._line.all(reply, SIZE_PAGE, NotFound):
            found |= {name: to_size(shape) for name in names if shape.means(name)}
        return tuple(found[name] for name in names)

    async def autoscale(self, scale_set: ScaleSet) -> tuple[Autoscale, ...]:
        """The autoscale settings in force for the set."""
        reply = await self._line.ask(
            f"reading the autoscale settings of resource group {scale_set.id.resource_group}",
            "GET",
            settings_path(scale_set.id),
            api_versions.AUTOSCALE,
        )
        found = [shape async for shape, _ in self._line.all(reply, AUTOSCALE_PAGE, NotFound)]
        return tuple(to_autoscale(shape) for shape in found if shape.scales(scale_set.id))

    async def terms_accepted(self, scale_set: ScaleSet, plan: PurchasePlan) -> bool:
        """Whether somebody has accepted the terms of a plan for the subscription."""
        reply = await self._line.ask(
            f"reading the terms of {plan}",
            "GET",
            terms_path(scale_set.id.subscription, plan),
            api_versions.MARKETPLACE,
        )
        return reply.decode(TERMS).accepted

    async def _above(self, path: str, image: CustomImage) -> tuple[ImageShape, Unread | None]:
        """The gallery image; whoever may not read it still has the version."""
        try:
            return await self._image(path, image, api_versions.GALLERIES), None
        except NotSignedIn:
            raise
        except ArmError as error:
            return NOTHING, unread(f"gallery image {image.gallery_image}", error)

    async def _image(
        self, path: str, image: CustomImage, api_version: str, query: dict[str, str] | None = None
    ) -> ImageShape:
        reply = await self._line.ask(
            f"reading image {image}", "GET", path, api_version, query=query, missing=NoSuchImage
        )
        return reply.decode(IMAGE)

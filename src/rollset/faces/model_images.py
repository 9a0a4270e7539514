"""The exact images that models mean: `latest` in a model is the newest version that its region offers now."""

from __future__ import annotations

import asyncio

from rollset.arm.azure import Azure
from rollset.core.fleet import ScaleSet
from rollset.core.image import Image, follows_latest
from rollset.engine.prepare import resolve


class ModelImages:
    """Asks Azure once for each image and region, however many sets share them."""

    def __init__(self, azure: Azure) -> None:
        self._azure = azure
        self._asked: dict[tuple[str, str, str], asyncio.Task[Image]] = {}

    async def exact(self, scale_set: ScaleSet) -> Image | None:
        """The image of the model at one exact version; `None` where the model names no image.

        Raises:
            RollsetError: it means the latest version, and none is offered or Azure does not tell.
        """
        image = scale_set.image
        if image is None or not follows_latest(image):
            return image
        key = (scale_set.id.subscription.lower(), scale_set.location, str(image).lower())
        if key not in self._asked:
            self._asked[key] = asyncio.create_task(resolve(self._azure, scale_set, image))
        return await self._asked[key]

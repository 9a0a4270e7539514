"""One scale set with its instances, as somebody sees it who asks: what it is, what runs on it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace

from rollset.arm.azure import Azure
from rollset.core.decide import Situation, survey
from rollset.core.errors import RollsetError
from rollset.core.fleet import Fleet
from rollset.core.ids import ScaleSetId
from rollset.core.image import Image, same_image
from rollset.core.pace import Job
from rollset.core.progress import Progress
from rollset.core.properties import Properties
from rollset.faces.documents import Json, image_document, instance_document, properties_document, scale_set_document
from rollset.faces.model_images import ModelImages


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """What was seen. `exact` is what the model means; `None` where nobody can tell, and then `why` says why."""

    fleet: Fleet
    properties: Properties
    exact: Image | None
    why: str = ""

    @property
    def situation(self) -> Situation | None:
        """The fleet as an upgrade to its own model would see it."""
        return None if self.exact is None else survey(self.fleet, Job(image=self.exact), Progress())


async def see(azure: Azure, scale_set_id: ScaleSetId) -> Sight:
    """Looks now.

    Raises:
        RollsetError: Azure does not tell.
    """
    described = await azure.details.described(scale_set_id)
    scale_set = described.scale_set
    fleet = Fleet(scale_set=scale_set, instances=await azure.instances(scale_set))
    sight = Sight(fleet=fleet, properties=described.properties, exact=None)
    try:
        exact = await ModelImages(azure).exact(scale_set)
    except RollsetError as error:
        return replace(sight, why=str(error))
    return replace(sight, exact=exact, why="" if exact else "the model names no image")


def images_run(sight: Sight) -> Counter[str]:
    """How many instances run each image."""
    return Counter(str(one.image or "an image that Azure does not tell") for one in sight.fleet.instances)


def sight_document(sight: Sight) -> Json:
    """What `show -o json` prints."""
    return {
        **scale_set_document(sight.fleet.scale_set),
        "properties": properties_document(sight.properties),
        "exact_image": image_document(sight.exact),
        "remark": sight.why or None,
        "images": dict(images_run(sight)),
        "instances": [
            instance_document(one)
            | {"outdated": None if sight.exact is None else not same_image(one.image, sight.exact)}
            for one in sight.fleet.instances
        ],
    }

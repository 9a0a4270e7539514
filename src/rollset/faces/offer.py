"""The versions that the image of a scale set is offered in, and how many instances run each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from rollset.arm.azure import Azure
from rollset.arm.image_versions import GalleryVersion
from rollset.core.errors import UsageError
from rollset.core.fleet import Instance, ScaleSet
from rollset.core.image import (
    CustomImage,
    Image,
    PlatformImage,
    UnmanagedImage,
    follows_latest,
    same_image,
    version_key,
)
from rollset.faces.documents import Json, image_document


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """One version. `gallery` is what a gallery tells of it; versions still run, but not offered any more, have none."""

    name: str
    instances: int
    in_model: bool
    offered: bool = True
    gallery: GalleryVersion | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What there is to choose from, newest first."""

    scale_set: ScaleSet
    versions: Sequence[Version] = field(default_factory=tuple)


async def offered_versions(azure: Azure, scale_set: ScaleSet) -> dict[str, GalleryVersion | None]:
    """Each version offered in the region, with what a gallery tells of it.

    Raises:
        UsageError: the model names an image that has no versions.
    """
    subscription, location, image = scale_set.id.subscription, scale_set.location, scale_set.image
    match image:
        case PlatformImage():
            names = await azure.platform_versions(subscription, location, image.publisher, image.offer, image.sku)
            return dict.fromkeys(names)
        case CustomImage(gallery_image=str()):
            return {one.version: one for one in await azure.gallery_versions(subscription, location, image)}
        case CustomImage():
            raise UsageError(f"{scale_set.id} runs a managed image ({image}), which has no versions")
        case UnmanagedImage():
            raise UsageError(f"{scale_set.id} runs an unmanaged image ({image}), which has no versions")
        case None:
            raise UsageError(f"the model of {scale_set.id} names no image")


def offer_of(scale_set: ScaleSet, offered: Mapping[str, GalleryVersion | None], instances: Sequence[Instance]) -> Offer:
    """What is offered beside what is run: versions that instances still run are there as well."""
    found = _versions(scale_set, offered, instances)
    return Offer(scale_set=scale_set, versions=sorted(found, key=lambda one: version_key(one.name), reverse=True))


def _versions(
    scale_set: ScaleSet, offered: Mapping[str, GalleryVersion | None], instances: Sequence[Instance]
) -> list[Version]:
    model = scale_set.image
    assert isinstance(model, PlatformImage | CustomImage), "others have no versions"
    running = Counter(
        one.image.version
        for one in instances
        if isinstance(one.image, type(model)) and one.image.version and same_image(_at(one.image), _at(model))
    )
    named = None if follows_latest(model) else model.version
    names = {*offered, *running, *([named] if named else [])}
    return [
        Version(
            name=name,
            instances=running[name],
            in_model=name == named,
            offered=name in offered,
            gallery=offered.get(name),
        )
        for name in names
    ]


def _at(image: PlatformImage | CustomImage) -> Image:
    """The image as if it were at one agreed version, to compare all but the version."""
    if isinstance(image, PlatformImage):
        return PlatformImage(publisher=image.publisher, offer=image.offer, sku=image.sku, version="any")
    return image.at("any")


def offer_document(offer: Offer) -> Json:
    """What `images -o json` prints."""
    return {
        "scale_set": offer.scale_set.id.path,
        "location": offer.scale_set.location,
        "image": image_document(offer.scale_set.image),
        "versions": [_version_document(one) for one in offer.versions],
    }


def read_offer(scale_set: ScaleSet, told: Mapping[str, Any]) -> Offer:
    """What `offer_document` has told of the set.

    Raises:
        KeyError: it did not.
    """
    return Offer(scale_set=scale_set, versions=[_read_version(one) for one in told["versions"]])


def _read_version(told: Mapping[str, Any]) -> Version:
    gallery = GalleryVersion(
        version=told["version"],
        published=told["published"],
        replicated=told["replicated"],
        excluded_from_latest=told["excluded_from_latest"],
        end_of_life=told["end_of_life"],
    )
    return Version(
        name=told["version"],
        instances=told["instances"],
        in_model=told["in_model"],
        offered=told["offered"],
        gallery=None if told["replicated"] is None else gallery,
    )


def _version_document(version: Version) -> Json:
    told = version.gallery
    return {
        "version": version.name,
        "instances": version.instances,
        "in_model": version.in_model,
        "offered": version.offered,
        "published": told.published if told else None,
        "replicated": told.replicated if told else None,
        "excluded_from_latest": told.excluded_from_latest if told else None,
        "end_of_life": told.end_of_life if told else None,
    }

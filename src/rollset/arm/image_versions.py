"""Which versions of an image exist, and where they are asked for: platform images and galleries of three kinds."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

import msgspec

from rollset.arm.plain import folded
from rollset.arm.reply import Page, Reply
from rollset.core.errors import UsageError
from rollset.core.image import CustomImage, CustomKind, version_key

_IMAGE_SEGMENTS = 5  # "", SharedGalleries, GALLERY, Images, IMAGE


class _PlatformVersion(msgspec.Struct):
    name: str | None = None


class _Region(msgspec.Struct, rename="camel"):
    name: str | None = None
    exclude_from_latest: bool | None = None


class _Publishing(msgspec.Struct, rename="camel"):
    target_regions: list[_Region] | None = None
    exclude_from_latest: bool | None = None
    published_date: str | None = None
    end_of_life_date: str | None = None


class _Properties(msgspec.Struct, rename="camel"):
    """Own galleries nest these dates in `publishingProfile`, shared and community ones have them here."""

    publishing_profile: _Publishing | None = None
    provisioning_state: str | int | None = None
    exclude_from_latest: bool | None = None
    published_date: str | None = None
    end_of_life_date: str | None = None


class GalleryVersionShape(msgspec.Struct):
    """A version of a gallery image."""

    name: str | None = None
    properties: _Properties | None = None


PLATFORM_VERSIONS = msgspec.json.Decoder(list[_PlatformVersion])
GALLERY_PAGE = msgspec.json.Decoder(Page[GalleryVersionShape])


@dataclass(frozen=True, slots=True, kw_only=True)
class GalleryVersion:
    """One version of a gallery image, as seen from one region."""

    version: str
    published: str | None
    replicated: bool
    excluded_from_latest: bool
    end_of_life: str | None


def platform_path(subscription: str, location: str, publisher: str, offer: str, sku: str) -> str:
    """Where the versions of a platform image are listed."""
    return f"{skus_path(subscription, location, publisher, offer)}/{quote(sku, safe='')}/versions"


def skus_path(subscription: str, location: str, publisher: str, offer: str) -> str:
    """Where the SKUs of an offer are listed."""
    publisher, offer = (quote(word, safe="") for word in (publisher, offer))
    return f"{_location_path(subscription, location)}/publishers/{publisher}/artifacttypes/vmimage/offers/{offer}/skus"


def image_path(subscription: str, location: str, image: CustomImage) -> str:
    """Where `image` itself is read: at its id, or, if it is shared with us, in our own subscription and region."""
    resource_id = image.resource_id.rstrip("/")
    if image.kind is CustomKind.ID:
        return resource_id
    kind = "sharedGalleries" if image.kind is CustomKind.SHARED_GALLERY else "communityGalleries"
    segments = [quote(segment, safe="") for segment in resource_id.split("/")]
    if len(segments) < _IMAGE_SEGMENTS:
        raise UsageError(f"the image id {image.resource_id!r} names no image; it ends after the gallery")
    path = f"{_location_path(subscription, location)}/{kind}/{segments[2]}/images/{segments[4]}"
    return path + "".join(f"/versions/{version}" for version in segments[6:7])


def versions_path(subscription: str, location: str, image: CustomImage) -> str:
    """Where the versions of a gallery image are listed.

    Raises:
        UsageError: it is a managed image, which has none.
    """
    gallery_image = image.gallery_image
    if gallery_image is None:
        raise UsageError(f"{image} is a managed image, which has no versions; name another image by its id")
    return image_path(subscription, location, CustomImage(kind=image.kind, resource_id=gallery_image)) + "/versions"


def to_platform_versions(reply: Reply) -> tuple[str, ...]:
    """The versions, oldest first; Azure's own order is by name as text."""
    return tuple(sorted((entry.name for entry in reply.decode(PLATFORM_VERSIONS) if entry.name), key=version_key))


def to_gallery_version(shape: GalleryVersionShape, location: str, reply: Reply) -> GalleryVersion:
    """The version as seen from `location`. What is shared is only listed where it is; our own names its regions."""
    if not shape.name:
        raise reply.unreadable("a gallery version has no name")
    properties = shape.properties or _Properties()
    own = properties.publishing_profile
    if own is None:
        return GalleryVersion(
            version=shape.name,
            published=properties.published_date,
            replicated=True,
            excluded_from_latest=properties.exclude_from_latest is True,
            end_of_life=properties.end_of_life_date,
        )
    here = next((region for region in own.target_regions or () if folded(region.name or "") == folded(location)), None)
    return GalleryVersion(
        version=shape.name,
        published=own.published_date,
        replicated=here is not None and str(properties.provisioning_state or "Succeeded").lower() == "succeeded",
        excluded_from_latest=own.exclude_from_latest is True or (here is not None and here.exclude_from_latest is True),
        end_of_life=own.end_of_life_date,
    )


def _location_path(subscription: str, location: str) -> str:
    return f"/subscriptions/{subscription}/providers/Microsoft.Compute/locations/{quote(location, safe='')}"

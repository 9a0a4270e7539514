"""The image that a user asks for, held against the model: what Azure would refuse is refused here, in words.

Two steps, because only Azure knows what a region offers: `requested` is what the words mean, perhaps still `latest`;
`settled` is the one exact image that the offered versions make of it. The rules are those of Azure's documentation
"Modify a Virtual Machine Scale Set": version, and SKU where no plan is attached, may change; publisher, offer and the
kind of image may not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import assert_never

from rollset.core.errors import Misnamed, NotAllowedByAzure
from rollset.core.fleet import ScaleSet
from rollset.core.image import (
    LATEST,
    CustomImage,
    Image,
    PlatformImage,
    UnmanagedImage,
    version_key,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionChange:
    """`--image-version`, `--image-sku`, or both; the rest stays as the model has it."""

    version: str | None = None
    sku: str | None = None


UNCHANGED = VersionChange()
"""No other image than the model's own, at the version that it comes to now."""

ImageChange = VersionChange | PlatformImage | CustomImage | UnmanagedImage
"""What a user asks for: other words for the model's own image, or an image of any kind in full."""


def requested(change: ImageChange, scale_set: ScaleSet) -> Image:
    """The image that `change` makes of the set's model; its version may still be `latest`.

    Raises:
        NotAllowedByAzure: Azure refuses such a change on an existing set.
    """
    current = scale_set.image
    if current is None:
        raise NotAllowedByAzure(f"the model of {scale_set.id} names no image at all, so there is none to change")
    if change == UNCHANGED:
        return current
    match change, current:
        case VersionChange(), PlatformImage():
            # Another SKU has versions of its own, so without a version its newest is meant.
            version = change.version or LATEST
            return _platform(replace(current, sku=change.sku or current.sku, version=version), current, scale_set)
        case VersionChange(sku=None, version=str() as version), CustomImage(gallery_image=str()):
            return _gallery(current, version)
        case VersionChange(sku=None), CustomImage() | UnmanagedImage():
            raise NotAllowedByAzure(
                f"{scale_set.id} runs a custom image without versions ({current}); name the new one with --image-id or "
                "--image-uri"
            )
        case VersionChange(), CustomImage() | UnmanagedImage():
            raise NotAllowedByAzure(f"{scale_set.id} runs a custom image ({current}), which has no SKU to change")
        case PlatformImage(), PlatformImage():
            return _platform(change, current, scale_set)
        case CustomImage(), CustomImage():
            return change if change.gallery_image is None else _gallery(change, change.version or LATEST)
        case UnmanagedImage(), UnmanagedImage():
            return change
        case _:
            raise NotAllowedByAzure(
                f"Azure does not let a scale set move from {_kind(current)} ({current}) to {_kind(change)} ({change}); "
                "create a new set for that"
            )


def settled(image: Image, offered: Sequence[str], where: str) -> Image:
    """`image` at one exact version out of `offered` (any order); `where` names the region for the message.

    Raises:
        Misnamed: the version is not offered there, or none is.
    """
    wanted = image.version if isinstance(image, PlatformImage | CustomImage) else None
    if isinstance(image, UnmanagedImage) or (isinstance(image, CustomImage) and image.gallery_image is None):
        return image
    ordered = sorted(offered, key=version_key)
    if not ordered:
        raise Misnamed(f"no version of {_without_version(image)} is offered in {where}; nothing was changed", "image")
    exact = ordered[-1] if wanted is None or wanted.lower() == LATEST else wanted
    if exact not in ordered:
        raise Misnamed(
            f"version {exact} of {_without_version(image)} is not offered in {where}; the newest there are "
            f"{', '.join(ordered[:-6:-1])}",
            "image",
        )
    return replace(image, version=exact) if isinstance(image, PlatformImage) else image.at(exact)


def _platform(wanted: PlatformImage, current: PlatformImage, scale_set: ScaleSet) -> PlatformImage:
    for word in ("publisher", "offer"):
        if getattr(wanted, word).lower() != getattr(current, word).lower():
            raise NotAllowedByAzure(
                f"Azure does not let {scale_set.id} change the {word} of its image from {getattr(current, word)} to "
                f"{getattr(wanted, word)}; create a new set for that"
            )
    same_sku = wanted.sku.lower() == current.sku.lower()
    if not same_sku and scale_set.has_plan:
        raise NotAllowedByAzure(
            f"Azure does not let {scale_set.id} change the SKU of its image from {current.sku} to {wanted.sku}, "
            "because a marketplace plan is attached to it"
        )
    return replace(current, sku=current.sku if same_sku else wanted.sku, version=wanted.version)


def _gallery(image: CustomImage, version: str) -> CustomImage:
    return CustomImage(kind=image.kind, resource_id=f"{image.gallery_image}/versions/{version}")


def _without_version(image: PlatformImage | CustomImage) -> str:
    match image:
        case PlatformImage():
            return f"{image.publisher}:{image.offer}:{image.sku}"
        case CustomImage():
            return f"gallery image {image.gallery_image}"
        case _:
            assert_never(image)


def _kind(image: ImageChange) -> str:
    match image:
        case PlatformImage():
            return "a platform image"
        case CustomImage():
            return "a custom image"
        case UnmanagedImage():
            return "an unmanaged image"
        case VersionChange():
            return "another version"
        case _:
            assert_never(image)

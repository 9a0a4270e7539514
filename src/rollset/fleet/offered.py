"""The versions that a region offers of an image, and how far behind them somebody is."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass

from rollset.core.image import LATEST, CustomImage, Image, PlatformImage, UnmanagedImage, version_key


@dataclass(frozen=True, slots=True, kw_only=True)
class Offered:
    """What a region offers of one image: exact versions, oldest first; `at` is when that was read."""

    versions: tuple[str, ...]
    at: float

    @property
    def newest(self) -> str | None:
        return self.versions[-1] if self.versions else None

    def newer_than(self, version: str) -> int:
        """How many are newer; `version` itself need not be offered any more.

        >>> Offered(versions=("1.9.0", "1.10.0", "2.0.0"), at=0).newer_than("1.9.5")
        2
        """
        return len(self.versions) - bisect_right(self.versions, version_key(version), key=version_key)


def family_of(image: Image | None) -> str | None:
    """The image whatever its version, to compare by: what versions are offered of. None where there are no versions."""
    match image:
        case PlatformImage(publisher=publisher, offer=offer, sku=sku):
            return f"{publisher}:{offer}:{sku}".lower()
        case CustomImage(gallery_image=str() as gallery):
            return gallery.lower()
        case CustomImage() | UnmanagedImage() | None:
            return None


def version_of(image: Image | None) -> str | None:
    """The version that it names or runs; none where it follows `latest`, or has no versions."""
    if not isinstance(image, PlatformImage | CustomImage) or family_of(image) is None:
        return None
    version = image.version
    return None if version is None or version.lower() == LATEST else version


def newest_of(image: Image | None) -> Image:
    """The same image at whatever version is newest; it has versions."""
    match image:
        case PlatformImage(publisher=publisher, offer=offer, sku=sku):
            return PlatformImage(publisher=publisher, offer=offer, sku=sku, version=LATEST)
        case CustomImage(kind=kind, gallery_image=str() as gallery):
            return CustomImage(kind=kind, resource_id=gallery)
        case _:
            raise AssertionError("nobody asks for versions of an image that has none")


def exactly(image: Image, version: str) -> Image:
    """The same image at this version."""
    match image:
        case PlatformImage(publisher=publisher, offer=offer, sku=sku):
            return PlatformImage(publisher=publisher, offer=offer, sku=sku, version=version)
        case CustomImage(gallery_image=str()):
            return image.at(version)
        case CustomImage() | UnmanagedImage():
            return image

"""OS images, as a model asks for them and as an instance runs them.

Three kinds, which Azure never lets a set move between: a platform (or marketplace) image, a custom image with a
resource id (managed image, gallery, shared or community gallery), and an unmanaged blob.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from rollset.core.errors import UsageError

LATEST = "latest"


def version_key(version: str) -> tuple[tuple[int, int, str], ...]:
    """Orders versions by their numbers, not as text.

    >>> max(["4.0.9", "4.0.20160229", "4.0.20160126"], key=version_key)
    '4.0.20160229'
    """
    parts = re.split(r"[.\-+]", version)
    return tuple(_number_key(part) if part.isdecimal() else (0, 0, part) for part in parts)


def _number_key(digits: str) -> tuple[int, int, str]:
    """Of two numbers the longer is the larger: no number is too long to be compared so."""
    bare = digits.lstrip("0")
    return (1, len(bare), bare)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlatformImage:
    """`imageReference.{publisher, offer, sku, version}`; `version` may be `latest` in a model, never on an instance."""

    publisher: str
    offer: str
    sku: str
    version: str

    def __str__(self) -> str:
        return f"{self.publisher}:{self.offer}:{self.sku}:{self.version}"


class CustomKind(StrEnum):
    """Which member of `imageReference` holds the id."""

    ID = "id"
    SHARED_GALLERY = "sharedGalleryImageId"
    COMMUNITY_GALLERY = "communityGalleryImageId"


_GALLERY_ID = re.compile(
    r"(?P<image>.*/(?:galleries|sharedgalleries|communitygalleries)/[^/]+/images/[^/]+)(?:/versions/(?P<version>[^/]+))?",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomImage:
    """An image with a resource id. `exact_version` is what an instance says when the id itself names no version."""

    kind: CustomKind
    resource_id: str
    exact_version: str | None = None

    @property
    def gallery_image(self) -> str | None:
        """The gallery image without its version; `None` for a managed image."""
        found = _GALLERY_ID.fullmatch(self.resource_id.rstrip("/"))
        return found["image"] if found else None

    @property
    def version(self) -> str | None:
        """The gallery version it stands for, if it names or reports one; never `latest`."""
        found = _GALLERY_ID.fullmatch(self.resource_id.rstrip("/"))
        named: str | None = found["version"] if found else None
        return named if named and named.lower() != LATEST else self.exact_version

    def at(self, version: str) -> CustomImage:
        """The same gallery image at one exact version."""
        return CustomImage(kind=self.kind, resource_id=f"{self.gallery_image}/versions/{version}")

    def __str__(self) -> str:
        parts = self.resource_id.rstrip("/").split("/")
        named = self.gallery_image.split("/") if self.gallery_image else parts
        name = "/".join(named[-3::2]) if self.gallery_image else parts[-1]
        return f"{name}:{self.version or LATEST}" if self.gallery_image else name


@dataclass(frozen=True, slots=True, kw_only=True)
class UnmanagedImage:
    """A blob: `storageProfile.osDisk.image.uri`, without whatever in that may be a secret (`without_secrets`)."""

    uri: str

    def __str__(self) -> str:
        return self.uri


Image = PlatformImage | CustomImage | UnmanagedImage


def same_image(left: Image | None, right: Image | None) -> bool:
    """Whether both name exactly the same bits; Azure compares ids and names without regard to case."""
    match left, right:
        case PlatformImage(), PlatformImage():
            return str(left).lower() == str(right).lower()
        case CustomImage(gallery_image=None), CustomImage(gallery_image=None):
            return _normal(left.resource_id) == _normal(right.resource_id)
        case CustomImage(gallery_image=str() as one), CustomImage(gallery_image=str() as other):
            return _normal(one) == _normal(other) and left.version == right.version
        case UnmanagedImage(), UnmanagedImage():
            return left.uri == right.uri
        case _:
            return False


def follows_latest(image: Image | None) -> bool:
    """Whether a model that names it means whatever is newest."""
    match image:
        case PlatformImage(version=version):
            return version.lower() == LATEST
        case CustomImage(gallery_image=str(), version=version):
            return version is None or version.lower() == LATEST
        case CustomImage() | UnmanagedImage() | None:
            return False


def without_secrets(uri: str) -> str:
    """The address of a blob alone: a shared access signature opens its storage account to whoever reads it.

    >>> without_secrets("https://a.blob.core.windows.net/vhds/one.vhd?sv=2024-11-04&sig=c2VjcmV0")
    'https://a.blob.core.windows.net/vhds/one.vhd'
    >>> without_secrets("https://user:secret@a.blob.core.windows.net/one.vhd#sig")
    'https://a.blob.core.windows.net/one.vhd'
    """
    bare = re.split(r"[?#]", uri, maxsplit=1)[0]
    return re.sub(r"^([^/]*//)[^/]*@", r"\1", bare)


def _normal(resource_id: str) -> str:
    return resource_id.rstrip("/").lower()


def parse_urn(urn: str) -> PlatformImage:
    """Reads `PUBLISHER:OFFER:SKU:VERSION`.

    Raises:
        UsageError: it has not four parts, or one is empty.
    """
    parts = urn.strip().split(":")
    if len(parts) != 4 or not all(parts):  # noqa: PLR2004 (the four words of the form)
        raise UsageError(f"cannot read {urn!r} as an image; write PUBLISHER:OFFER:SKU:VERSION")
    publisher, offer, sku, version = parts
    return PlatformImage(publisher=publisher, offer=offer, sku=sku, version=version)


def parse_image_id(resource_id: str) -> CustomImage:
    """Reads the id of a managed image, gallery image or version, or of a shared or community gallery's.

    Raises:
        UsageError: it is no such id.
    """
    text = resource_id.strip().rstrip("/")
    lowered = text.lower()
    if not text.startswith("/"):
        raise UsageError(f"cannot read {resource_id!r} as an image id; a resource id begins with a slash")
    if lowered.startswith("/sharedgalleries/"):
        return CustomImage(kind=CustomKind.SHARED_GALLERY, resource_id=text)
    if lowered.startswith("/communitygalleries/"):
        return CustomImage(kind=CustomKind.COMMUNITY_GALLERY, resource_id=text)
    if re.fullmatch(
        r"/subscriptions/[^/]+/resourcegroups/[^/]+/providers/microsoft\.compute"
        r"/(images/[^/]+|galleries/[^/]+/images/[^/]+(/versions/[^/]+)?)",
        lowered,
    ):
        return CustomImage(kind=CustomKind.ID, resource_id=text)
    raise UsageError(
        f"cannot read {resource_id!r} as an image id; give that of a managed image (.../images/NAME), a gallery image "
        "or version (.../galleries/GALLERY/images/IMAGE[/versions/VERSION]), or one that begins with /SharedGalleries/ "
        "or /CommunityGalleries/"
    )

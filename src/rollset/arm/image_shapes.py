"""OS images in a storage profile, read and written; the same members in a scale set's model and in an instance."""

from __future__ import annotations

import msgspec

from rollset.core.image import LATEST, CustomImage, CustomKind, Image, PlatformImage, UnmanagedImage, without_secrets


class ImageReference(msgspec.Struct, rename="camel"):
    """`imageReference`. Only instances have `exactVersion`, which differs from `version` where that is `latest`."""

    publisher: str | None = None
    offer: str | None = None
    sku: str | None = None
    version: str | None = None
    exact_version: str | None = None
    id: str | None = None
    shared_gallery_image_id: str | None = None
    community_gallery_image_id: str | None = None


class Blob(msgspec.Struct):
    """A disk that is a blob in a storage account."""

    uri: str | None = None


class OsDisk(msgspec.Struct, rename="camel"):
    """`osDisk`; with `image`, the disk is made from an unmanaged blob."""

    os_type: str | None = None
    image: Blob | None = None


class StorageProfile(msgspec.Struct, rename="camel"):
    """`storageProfile`, as far as images go."""

    image_reference: ImageReference | None = None
    os_disk: OsDisk | None = None


def model_image(storage: StorageProfile | None) -> Image | None:
    """What a model asks for: `latest` stays `latest`."""
    return _image(storage, exact=False)


def running_image(storage: StorageProfile | None) -> Image | None:
    """What an instance runs: the exact version wherever Azure tells it."""
    return _image(storage, exact=True)


def _image(storage: StorageProfile | None, *, exact: bool) -> Image | None:
    if storage is None:
        return None
    reference = storage.image_reference
    if reference is not None:
        exact_version = reference.exact_version if exact else None
        for kind, resource_id in (
            (CustomKind.SHARED_GALLERY, reference.shared_gallery_image_id),
            (CustomKind.COMMUNITY_GALLERY, reference.community_gallery_image_id),
            (CustomKind.ID, reference.id),
        ):
            if resource_id:
                return CustomImage(kind=kind, resource_id=resource_id, exact_version=exact_version)
        if reference.publisher and reference.offer and reference.sku:
            return PlatformImage(
                publisher=reference.publisher,
                offer=reference.offer,
                sku=reference.sku,
                version=exact_version or reference.version or LATEST,
            )
    if storage.os_disk is not None and storage.os_disk.image is not None and storage.os_disk.image.uri:
        return UnmanagedImage(uri=without_secrets(storage.os_disk.image.uri))
    return None


def storage_patch(image: Image) -> dict[str, object]:
    """The part of a `storageProfile` that names an image.

    A platform reference is written whole: its four members only make sense together.
    """
    match image:
        case PlatformImage(publisher=publisher, offer=offer, sku=sku, version=version):
            return {"imageReference": {"publisher": publisher, "offer": offer, "sku": sku, "version": version}}
        case CustomImage(kind=kind, resource_id=resource_id):
            return {"imageReference": {kind.value: resource_id}}
        case UnmanagedImage(uri=uri):
            return {"osDisk": {"image": {"uri": uri}}}

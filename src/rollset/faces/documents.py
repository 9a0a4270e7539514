"""What `-o json` prints: core values as plain data. Names of members are a promise to scripts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from datetime import UTC, datetime
from typing import assert_never

from rollset.core.fleet import AzureError, Instance, ScaleSet
from rollset.core.image import CustomImage, Image, PlatformImage, UnmanagedImage
from rollset.core.model.change import Difference
from rollset.core.properties import Properties

Json = dict[str, object]


def moment(at: float | None) -> str | None:
    """A point in time for machines."""
    return None if at is None else datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds")


def image_document(image: Image | None) -> Json | None:
    """An image with the members that ARM gives it, and as one line of text."""
    match image:
        case None:
            return None
        case PlatformImage():
            return {
                "kind": "platform",
                "text": str(image),
                "publisher": image.publisher,
                "offer": image.offer,
                "sku": image.sku,
                "version": image.version,
            }
        case CustomImage():
            kind = "gallery" if image.gallery_image else "managed"
            return {"kind": kind, "text": str(image), "id": image.resource_id, "version": image.version}
        case UnmanagedImage():
            return {"kind": "unmanaged", "text": str(image), "uri": image.uri}
        case _:
            assert_never(image)


def change_documents(changes: Iterable[Difference]) -> list[Json]:
    """Members of a model from what to what; what may be secret stands there by its fingerprint."""
    return [{"path": one.path, "before": one.before, "after": one.after} for one in changes]


def scale_set_document(scale_set: ScaleSet) -> Json:
    """The model of a set, as far as rollset looks at it."""
    return {
        "id": scale_set.id.path,
        "subscription": scale_set.id.subscription,
        "resource_group": scale_set.id.resource_group,
        "name": scale_set.id.name,
        "location": scale_set.location,
        "zones": list(scale_set.zones),
        "vm_size": scale_set.vm_size,
        "capacity": scale_set.capacity,
        "os_type": scale_set.os_type,
        "orchestration": scale_set.orchestration.value,
        "provisioning": scale_set.provisioning.value,
        "upgrade_policy": scale_set.upgrade_mode.value,
        "automatic_os_upgrade": scale_set.automatic_os_upgrade,
        "health_source": scale_set.health_source.value,
        "image": image_document(scale_set.image),
        "tags": scale_set.tags,
    }


def properties_document(properties: Properties) -> Json:
    """What else the model of a set says."""
    told: Json = {**asdict(properties), "created_at": moment(properties.created_at)}
    return told


def instance_document(instance: Instance) -> Json:
    """One instance as last seen."""
    return {
        "id": instance.id,
        "update_domain": instance.place.update_domain,
        "fault_domain": instance.place.fault_domain,
        "zone": instance.place.zone,
        "placement_group": instance.place.placement_group,
        "image": image_document(instance.image),
        "latest_model_applied": instance.latest_model_applied,
        "provisioning": instance.provisioning.value,
        "power": instance.power.value,
        "health": None if instance.health is None else instance.health.value,
        "protected": instance.protected,
        "error": error_document(instance.error),
    }


def error_document(error: AzureError | None) -> Json | None:
    """Azure's own words."""
    return None if error is None else {"code": error.code, "message": error.message}

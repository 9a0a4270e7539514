"""When Azure last noted a provisioning state of an instance, as its view says: of Uniform and of Flexible sets."""

from __future__ import annotations

import msgspec

from rollset.arm.reply import Page
from rollset.core.ids import InstanceId

_GROUP = "provisioningstate/"


class _Status(msgspec.Struct):
    code: str | None = None
    time: str | None = None


class _View(msgspec.Struct):
    statuses: list[_Status] | None = None


class _Properties(msgspec.Struct, rename="camel"):
    instance_view: _View | None = None


class StampedShape(msgspec.Struct, rename="camel"):
    """An instance, or a virtual machine, as far as this is told."""

    instance_id: str | None = None
    name: str | None = None
    properties: _Properties | None = None


STAMPED_PAGE = msgspec.json.Decoder(Page[StampedShape])


def stamp_of(shape: StampedShape) -> tuple[InstanceId, str]:
    """The instance, and its provisioning state with its time in Azure's words; empty where there is none."""
    view = (shape.properties or _Properties()).instance_view or _View()
    stamps = [
        f"{one.code} {one.time or ''}" for one in view.statuses or () if (one.code or "").lower().startswith(_GROUP)
    ]
    return InstanceId(shape.instance_id or shape.name or ""), " ".join(stamps)

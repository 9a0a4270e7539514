"""Autoscale settings (`Microsoft.Insights/autoscaleSettings`) of the resource group that a set is in.

A setting could stand in another group; the portal and the templates put it beside its target.
"""

from __future__ import annotations

import msgspec

from rollset.arm.plain import number_of
from rollset.arm.reply import Page
from rollset.core.ids import ScaleSetId
from rollset.core.preflight.around import Autoscale


class _Capacity(msgspec.Struct):
    minimum: str | int | None = None
    maximum: str | int | None = None


class _Profile(msgspec.Struct):
    capacity: _Capacity | None = None


class _Properties(msgspec.Struct, rename="camel"):
    enabled: bool | None = None
    target_resource_uri: str | None = None
    profiles: list[_Profile] | None = None


class AutoscaleShape(msgspec.Struct):
    """A setting."""

    name: str | None = None
    properties: _Properties | None = None

    def scales(self, scale_set: ScaleSetId) -> bool:
        """Whether it is in force for the set; `enabled` that is left out counts as true."""
        properties = self.properties or _Properties()
        target = (properties.target_resource_uri or "").rstrip("/").lower()
        return properties.enabled is not False and target == scale_set.path.lower()


AUTOSCALE_PAGE = msgspec.json.Decoder(Page[AutoscaleShape])


def settings_path(scale_set: ScaleSetId) -> str:
    group = f"/subscriptions/{scale_set.subscription}/resourceGroups/{scale_set.resource_group}"
    return f"{group}/providers/Microsoft.Insights/autoscaleSettings"


def to_autoscale(shape: AutoscaleShape) -> Autoscale:
    profiles = (shape.properties or _Properties()).profiles or ()
    capacities = [one.capacity for one in profiles if one.capacity is not None]
    least = [int(number) for one in capacities if (number := number_of(one.minimum)) is not None]
    most = [int(number) for one in capacities if (number := number_of(one.maximum)) is not None]
    return Autoscale(name=shape.name or "", least=min(least, default=None), most=max(most, default=None))

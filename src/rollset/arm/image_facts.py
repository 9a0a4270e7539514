"""What ARM tells of one image: where it is, when it ends, what it boots on, what has to be bought.

A platform version says all of it in one answer, a managed image as well. Of a gallery the version knows regions and
dates, and the image above it what it boots on; shared and community galleries have the same members elsewhere.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from rollset.arm.plain import folded, moment_of
from rollset.core.fleet import PurchasePlan
from rollset.core.image import CustomImage, PlatformImage
from rollset.core.preflight.around import ImageEnd, ImageFacts, Replication


class _Plan(msgspec.Struct):
    name: str | None = None
    publisher: str | None = None
    product: str | None = None


class _Alternative(msgspec.Struct):
    type: str | None = None
    value: str | None = None


class _Deprecation(msgspec.Struct, rename="camel"):
    image_state: str | None = None
    scheduled_deprecation_time: str | None = None
    alternative_option: _Alternative | None = None


class _OsDisk(msgspec.Struct, rename="camel"):
    operating_system: str | None = None
    os_type: str | None = None


class _Storage(msgspec.Struct, rename="camel"):
    os_disk: _OsDisk | None = None


class _Region(msgspec.Struct):
    name: str | None = None


class _RegionState(msgspec.Struct):
    region: str | None = None
    state: str | None = None


class _Replication(msgspec.Struct):
    summary: list[_RegionState] | None = None


class _Publishing(msgspec.Struct, rename="camel"):
    target_regions: list[_Region] | None = None
    exclude_from_latest: bool | None = None
    end_of_life_date: str | None = None


class _Properties(msgspec.Struct, rename="camel"):
    hyper_v_generation: str | None = msgspec.field(name="hyperVGeneration", default=None)
    architecture: str | None = None
    os_type: str | None = None
    os_disk_image: _OsDisk | None = None
    storage_profile: _Storage | None = None
    plan: _Plan | None = None
    purchase_plan: _Plan | None = None
    image_deprecation_status: _Deprecation | None = None
    publishing_profile: _Publishing | None = None
    replication_status: _Replication | None = None
    provisioning_state: str | int | None = None
    exclude_from_latest: bool | None = None
    end_of_life_date: str | None = None


class ImageShape(msgspec.Struct):
    """A platform version, a managed image, a gallery image or a version of it."""

    location: str | None = None
    properties: _Properties | None = None


IMAGE = msgspec.json.Decoder(ImageShape)
NOTHING = ImageShape()


def platform_facts(image: PlatformImage, shape: ImageShape) -> ImageFacts:
    """Of a version that the region offers."""
    properties = shape.properties or _Properties()
    return ImageFacts(
        image=image,
        generation=properties.hyper_v_generation,
        architecture=properties.architecture,
        os_type=properties.os_disk_image.operating_system if properties.os_disk_image else None,
        plan=_plan(properties.plan),
        end=_deprecation(properties.image_deprecation_status),
    )


def managed_facts(image: CustomImage, shape: ImageShape, location: str) -> ImageFacts:
    """Of a managed image, which is in one region alone."""
    properties = shape.properties or _Properties()
    disk = properties.storage_profile.os_disk if properties.storage_profile else None
    here = shape.location is None or folded(shape.location) == folded(location)
    return ImageFacts(
        image=image,
        generation=properties.hyper_v_generation,
        architecture=properties.architecture,
        os_type=disk.os_type if disk else None,
        replication=Replication.HERE if here else Replication.NOWHERE,
        elsewhere=() if here else (shape.location or "",),
    )


def gallery_facts(image: CustomImage, version: ImageShape, above: ImageShape, location: str) -> ImageFacts:
    """Of a version and the gallery image `above` it; the nearer of two ends counts."""
    properties, kind = version.properties or _Properties(), above.properties or _Properties()
    own = properties.publishing_profile
    published = own or _Publishing()
    replication, elsewhere = (Replication.HERE, ()) if own is None else _replication(properties, own, location)
    ends = (properties.end_of_life_date, published.end_of_life_date, kind.end_of_life_date)
    moments = [moment for one in ends if (moment := moment_of(one)) is not None]
    return ImageFacts(
        image=image,
        generation=kind.hyper_v_generation,
        architecture=kind.architecture,
        os_type=kind.os_type,
        plan=_plan(kind.purchase_plan),
        end=ImageEnd(at=min(moments, default=None)),
        excluded_from_latest=properties.exclude_from_latest is True or published.exclude_from_latest is True,
        replication=replication,
        elsewhere=elsewhere,
    )


def _plan(plan: _Plan | None) -> PurchasePlan | None:
    if plan is None or not plan.name:
        return None
    return PurchasePlan(name=plan.name, publisher=plan.publisher or "", product=plan.product or "")


def _deprecation(status: _Deprecation | None) -> ImageEnd:
    if status is None:
        return ImageEnd()
    instead = status.alternative_option.value if status.alternative_option else None
    ended = (status.image_state or "").lower() == "deprecated"
    return ImageEnd(ended=ended, at=moment_of(status.scheduled_deprecation_time), instead=instead)


def _replication(properties: _Properties, own: _Publishing, location: str) -> tuple[Replication, tuple[str, ...]]:
    regions = [folded(one.name) for one in own.target_regions or () if one.name]
    if folded(location) not in regions:
        return Replication.NOWHERE, tuple(regions)
    told = _state(properties.replication_status.summary or () if properties.replication_status else (), location)
    if told is None:
        told = "completed" if str(properties.provisioning_state or "succeeded").lower() == "succeeded" else "unknown"
    return _STATES.get(told, Replication.UNDER_WAY), ()


_STATES = {"completed": Replication.HERE, "failed": Replication.FAILED}


def _state(summary: Sequence[_RegionState], location: str) -> str | None:
    here = (one.state for one in summary if folded(one.region or "") == folded(location))
    state = next(here, None)
    return None if state is None else state.lower()

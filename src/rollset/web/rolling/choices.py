"""What there is to choose from: versions, SKUs and sizes that the region offers, and where instances stand."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field

from rollset.arm.azure import Azure
from rollset.core.errors import RollsetError
from rollset.core.fleet import Instance, ScaleSet
from rollset.core.ids import InstanceId, natural
from rollset.core.image import LATEST, CustomImage, Image, PlatformImage
from rollset.faces.offer import Offer, offer_of, offered_versions
from rollset.faces.words import plural
from rollset.web.looks import Look


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One value, and what is to be said of it."""

    value: str
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """By name of the field. `trouble` is why Azure did not tell some of them."""

    of: dict[str, tuple[Choice, ...]] = field(default_factory=dict)
    trouble: tuple[str, ...] = ()


async def choices(azure: Azure, look: Look, sku: str | None) -> Choices:
    """Everything that can be chosen for a set; `sku` is that of the versions, where another than its own is meant."""
    scale_set = look.fleet.scale_set
    parts = await asyncio.gather(
        _told("image.version", _versions(azure, look, sku)),
        _told("image.sku", _skus(azure, scale_set)),
        _told("model.vm_size", _sizes(azure, scale_set)),
    )
    found = {name: known for name, known, _ in parts if known}
    return Choices(of={**found, **_places(look)}, trouble=tuple(why for *_, why in parts if why))


def has_versions(image: Image | None) -> bool:
    """Whether another version of the same image can be meant."""
    match image:
        case PlatformImage() | CustomImage(gallery_image=str()):
            return True
        case _:
            return False


async def _told(name: str, asking: Awaitable[tuple[Choice, ...]]) -> tuple[str, tuple[Choice, ...], str]:
    try:
        return name, await asking, ""
    except RollsetError as error:
        return name, (), str(error)


async def _versions(azure: Azure, look: Look, sku: str | None) -> tuple[Choice, ...]:
    scale_set = look.fleet.scale_set
    image = scale_set.image
    if isinstance(image, PlatformImage):
        subscription, location = scale_set.id.subscription, scale_set.location
        if sku and sku.lower() != image.sku.lower():
            names = await azure.platform_versions(subscription, location, image.publisher, image.offer, sku)
            return (_latest(names[-1:]), *(Choice(value=one, words=one) for one in reversed(names)))
    if not has_versions(image):
        return ()
    offer = offer_of(scale_set, await offered_versions(azure, scale_set), look.instances)
    newest = [one.name for one in offer.versions if one.offered][:1]
    return (_latest(newest), *_of_offer(offer))


def _latest(newest: Iterable[str]) -> Choice:
    return Choice(value=LATEST, words=" ".join(["the newest:", *newest]))


def _of_offer(offer: Offer) -> Iterable[Choice]:
    for one in offer.versions:
        words = [one.name]
        words += ["in the model"] if one.in_model else []
        words += [f"run by {plural(one.instances, 'instance')}"] if one.instances else []
        words += [] if one.offered else ["not offered any more"]
        yield Choice(value=one.name, words="; ".join(words))


async def _skus(azure: Azure, scale_set: ScaleSet) -> tuple[Choice, ...]:
    image = scale_set.image
    if not isinstance(image, PlatformImage):
        return ()
    where = (scale_set.id.subscription, scale_set.location)
    names = await azure.details.skus(*where, image.publisher, image.offer)
    return tuple(Choice(value=one, words=one) for one in names)


async def _sizes(azure: Azure, scale_set: ScaleSet) -> tuple[Choice, ...]:
    return tuple(Choice(value=one, words=one) for one in await azure.details.sizes(scale_set))


Facet = Callable[[Instance], object]

FACETS: tuple[tuple[str, str, Facet], ...] = (
    ("select.update_domains", "update domain", lambda one: one.place.update_domain),
    ("select.fault_domains", "fault domain", lambda one: one.place.fault_domain),
    ("select.zones", "zone", lambda one: one.place.zone),
    ("select.placement_groups", "placement group", lambda one: (one.place.placement_group or "").lower() or None),
)


def _places(look: Look) -> dict[str, tuple[Choice, ...]]:
    """A facet of which there is one value alone chooses nothing."""
    found = {}
    for name, word, read in FACETS:
        counts = Counter(str(value) for one in look.instances if (value := read(one)) is not None)
        if len(counts) > 1:
            found[name] = tuple(
                Choice(value=one, words=f"{word} {one[:8]}, {plural(counts[InstanceId(one)], 'instance')}")
                for one in sorted(map(InstanceId, counts), key=natural)
            )
    return found

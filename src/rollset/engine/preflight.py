"""Collects what findings are made from: reads Azure, writes nothing, and takes what it may not read for a finding.

Two depths. `examine_set` (`rollset doctor`) reads everything. `examine_plan` (`rollset upgrade`, once its plan is made)
reads what may stop a rollout: the new image, those it replaces, locks, and whether Azure rolls by itself; the size only
where the images differ in what they boot on, and with the quotas where it changes or a surge needs more of it. All else
is left to the doctor.
"""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Awaitable, Iterable
from dataclasses import dataclass, replace
from typing import TypeVar

from rollset.arm.azure import Azure
from rollset.arm.errors import ArmError, NotFound, NotSignedIn
from rollset.arm.surroundings import unread
from rollset.core.change import UNCHANGED, requested
from rollset.core.errors import NotAllowedByAzure, UsageError
from rollset.core.fleet import Fleet, ScaleSet
from rollset.core.image import LATEST, CustomImage, Image, PlatformImage, same_image
from rollset.core.plan import Plan
from rollset.core.preflight.around import Absent, Around, ImageFacts, Looked, SizeFacts, Unread
from rollset.core.preflight.examine import examine
from rollset.core.preflight.facts import Facts
from rollset.core.preflight.finding import Finding
from rollset.core.preflight.hardware import needs_size
from rollset.core.preflight.programs import programs_of
from rollset.engine.prepare import Wish, resolve

T = TypeVar("T")

OLD_IMAGES_MAX = 4
"""So many of the images that instances run are read; a set that runs more is in the middle of something."""


@dataclass(frozen=True, kw_only=True)
class Examined:
    """What was read, and what follows from it."""

    facts: Facts
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Target:
    """The image that is asked for, as exact as it could be made; `looked` where it could not, `refusal` why not."""

    image: Image
    looked: Absent | Unread | None = None
    refusal: str | None = None


async def examine_set(azure: Azure, wish: Wish, *, budget_named: bool, now: float) -> Examined:
    """Everything about a set and a wish; also where the wish cannot be fulfilled.

    Raises:
        UsageError: the selection matches nothing, or the set cannot be looked into.
        ArmError: the set or its instances could not be read.
    """
    scale_set = await azure.scale_set(wish.scale_set, wish.model.read_by_path)
    target, instances, around = await asyncio.gather(
        _target(azure, scale_set, wish),
        azure.instances(scale_set),
        _around(azure, scale_set, wish.model.vm_size, sized=True, thorough=True),
    )
    plan = wish.plan(target.image, Fleet(scale_set=scale_set, instances=instances))
    around = await _with_images(azure, plan, target, around)
    facts = Facts(
        plan=plan,
        now=now,
        around=replace(around, missing_programs=_missing_programs(plan)),
        budget_named=budget_named,
        refusal=target.refusal,
        any_image=wish.change == UNCHANGED,
    )
    return Examined(facts=facts, findings=examine(facts))


async def examine_plan(azure: Azure, plan: Plan, *, budget_named: bool, now: float) -> Examined:
    """What may stop a plan that is made, at the price of a few requests.

    Raises:
        NotSignedIn: Azure does not accept the credential any more.
    """
    new_size = plan.job.model.vm_size
    sized = new_size is not None or plan.job.surge is not None
    around = await _around(azure, plan.fleet.scale_set, new_size, sized=sized, thorough=False)
    around = await _with_images(azure, plan, _Target(image=plan.job.image), around)
    around = replace(around, missing_programs=_missing_programs(plan))
    facts = Facts(plan=plan, now=now, around=around, budget_named=budget_named)
    return Examined(facts=facts, findings=examine(facts))


async def _target(azure: Azure, scale_set: ScaleSet, wish: Wish) -> _Target:
    try:
        wanted = requested(wish.change, scale_set)
    except NotAllowedByAzure as error:
        if scale_set.image is None:
            raise
        return _Target(image=scale_set.image, refusal=str(error))
    try:
        return _Target(image=await resolve(azure, scale_set, wanted))
    except NotSignedIn:
        raise
    except NotFound as error:
        return _Target(image=wanted, looked=Absent(image=wanted, why=error.answer))
    except ArmError as error:
        return _Target(image=wanted, looked=unread(f"image {wanted}", error))
    except UsageError as error:
        # A version that is not offered may be there all the same, and only not in this region.
        named = isinstance(wanted, CustomImage) and (wanted.version or LATEST) != LATEST
        return _Target(image=wanted, looked=None if named else Absent(image=wanted, why=str(error)))


async def _around(azure: Azure, scale_set: ScaleSet, new_size: str | None, *, sized: bool, thorough: bool) -> Around:
    """What has nothing to do with images."""
    around = azure.around
    names = (scale_set.vm_size, *(() if new_size is None else (new_size,)))
    locks, rolls, usages, sizes, autoscale = await asyncio.gather(
        _read(f"the locks of {scale_set.id}", around.locks(scale_set)),
        _read(f"the rolling upgrade of {scale_set.id}", azure.rolls_by_itself(scale_set)),
        _read(f"the quotas of {scale_set.location}", around.usages(scale_set) if sized else _nothing()),
        _read(f"the sizes of {scale_set.location}", around.sizes(scale_set, names) if sized else _nothing()),
        _read(
            f"the autoscale settings of {scale_set.id.resource_group}",
            around.autoscale(scale_set) if thorough else _nothing(),
        ),
    )
    size, further = _each(sizes, len(names))
    return Around(
        locks=locks,
        rolls_by_itself=rolls,
        usages=usages,
        size=size,
        new_size=further,
        autoscale=autoscale,
    )


def _each(
    sizes: tuple[SizeFacts, ...] | Unread | None, count: int
) -> tuple[SizeFacts | Unread | None, SizeFacts | Unread | None]:
    """What is known of the set's own size and, where another was asked about too, of that one."""
    if not isinstance(sizes, tuple):
        return sizes, sizes if count > 1 else None
    return sizes[0], sizes[1] if count > 1 else None


async def _with_images(azure: Azure, plan: Plan, target: _Target, around: Around) -> Around:
    """The same, with the new image and those that it replaces."""
    scale_set = plan.fleet.scale_set
    asked = target.image if target.looked is None and target.refusal is None else None
    image, *before = await asyncio.gather(
        _look(azure, scale_set, asked), *(_look(azure, scale_set, one) for one in _replaced(plan, target.image))
    )
    looked = image if target.looked is None else target.looked
    around = replace(around, image=looked, before=tuple(one for one in before if one is not None))
    if not isinstance(looked, ImageFacts):
        return around
    if around.size is None and _boots_otherwise(looked, around.before):
        sizes = await _read(f"the sizes of {scale_set.location}", azure.around.sizes(scale_set, (scale_set.vm_size,)))
        around = replace(around, size=_each(sizes, 1)[0])
    if looked.plan is not None:
        accepted = await _read(f"the terms of {looked.plan}", azure.around.terms_accepted(scale_set, looked.plan))
        around = replace(around, terms_accepted=accepted)
    return around


def _replaced(plan: Plan, target: Image) -> list[Image]:
    """The images that chosen instances run and would leave, each once."""
    found: list[Image] = []
    for one in plan.situation.chosen:
        running = one.image
        if running is None or same_image(running, target) or any(same_image(running, other) for other in found):
            continue
        found.append(running)
    return found[:OLD_IMAGES_MAX]


def _boots_otherwise(image: ImageFacts, before: Iterable[Looked]) -> bool:
    return any(isinstance(one, ImageFacts) and needs_size(image, one) for one in before)


async def _look(azure: Azure, scale_set: ScaleSet, image: Image | None) -> Looked | None:
    """`None` for what cannot be looked at: a blob, or a version that is not known."""
    match image:
        case PlatformImage() if image.version.lower() != LATEST:
            asking = azure.around.platform_image(scale_set, image)
        case CustomImage() if image.gallery_image is None or image.version is not None:
            asking = azure.around.custom_image(scale_set, image)
        case _:
            return None
    try:
        return await asking
    except NotFound as error:
        return Absent(image=image, why=error.answer)
    except NotSignedIn:
        raise
    except ArmError as error:
        return unread(f"image {image}", error)


def _missing_programs(plan: Plan) -> tuple[str, ...]:
    """What this machine does not have of what is called; where a worker carries it out, that one may have it."""
    return tuple(one for one in programs_of(plan.job) if shutil.which(one) is None)


async def _read(what: str, asking: Awaitable[T]) -> T | Unread:
    try:
        return await asking
    except NotSignedIn:
        raise
    except ArmError as error:
        return unread(what, error)


async def _nothing() -> None:
    """Stands for what is not asked about."""

"""From what an operator asks for to an act with its price: reads Azure, writes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from rollset.arm.azure import Azure
from rollset.core.acts.act import Act, Edit, OnInstances, Scale, Underway
from rollset.core.acts.editing import EditConflict, clashes, ground
from rollset.core.acts.price import Case, Price
from rollset.core.acts.pricing import price
from rollset.core.change import ImageChange, VersionChange, requested
from rollset.core.fleet import Fleet, Instance, ScaleSet
from rollset.core.ids import ScaleSetId
from rollset.core.image import LATEST, CustomImage, Image, follows_latest
from rollset.core.model.rules import check_allowed
from rollset.engine.prepare import resolve


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """An act as it would be carried out on the set as it was seen."""

    fleet: Fleet
    price: Price

    @property
    def act(self) -> Act:
        """Exactly what would be done; of an edit with what it stands on."""
        return self.price.act

    @property
    def targets(self) -> tuple[Instance, ...]:
        """Whom it would touch, as they were seen."""
        return tuple(self.fleet.by_id[one] for one in self.price.touched)


async def prepare(
    azure: Azure,
    scale_set: ScaleSetId,
    act: Act,
    *,
    underway: Sequence[Underway] = (),
    took: Sequence[float] = (),
) -> Prepared:
    """Looks at the set and tells what the act would cost, and why it would be refused.

    Args:
        azure: whom to ask.
        scale_set: the set.
        act: as the operator put it.
        underway: what of ours has not ended on the set (`durable.acts.ActLedger.underway`).
        took: how long such acts took before on the set (`durable.acts.ActLedger.took`).

    Raises:
        UsageError: the image is not offered there, Azure would refuse the change, or the set has no such instances.
        EditConflict: the set says something else than the author of the edit read.
        ArmError: Azure could not be asked.
    """
    seen = await azure.scale_set(scale_set, act.model.read_by_path if isinstance(act, Edit) else ())
    if not isinstance(act, OnInstances):
        act = await _grounded(azure, act, seen)
    fleet = Fleet(scale_set=seen, instances=await azure.instances(seen))
    case = Case(fleet=fleet, underway=tuple(underway), took=took)
    return Prepared(fleet=fleet, price=price(act, case))


async def _grounded(azure: Azure, act: Edit | Scale, seen: ScaleSet) -> Edit | Scale:
    """The change with what it stands on, and exactly as it will be written."""
    if found := clashes(act.read, seen, act):
        raise EditConflict(str(seen.id), found)
    edit = await _exact(azure, act, seen) if isinstance(act, Edit) else act
    return replace(edit, read=ground(seen, edit))


async def _exact(azure: Azure, edit: Edit, seen: ScaleSet) -> Edit:
    check_allowed(edit.model, seen)
    image = None if edit.image is None else await _image(azure, edit.image, seen)
    return replace(edit, image=image)


async def _image(azure: Azure, change: ImageChange, seen: ScaleSet) -> Image:
    """The image as it is to be written: a model that is to follow the newest version says so, others name one."""
    wanted = requested(change, seen)
    exact = await resolve(azure, seen, wanted)
    if not _follows_latest(change):
        return exact
    if isinstance(wanted, CustomImage) and wanted.gallery_image is not None:
        return replace(wanted, resource_id=wanted.gallery_image)
    return wanted


def _follows_latest(change: ImageChange) -> bool:
    if isinstance(change, VersionChange):
        return change.version is not None and change.version.lower() == LATEST
    return follows_latest(change)

"""An edit of the model held against the set: what it changes, what it stands on, and whether somebody else was faster.

An edit stands on what its author saw: the members that it changes, and those that decide what a change does (image,
size and upgrade mode). The etag alone is no measure, for it rises with every action on an instance as well.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rollset.core.acts.act import Edit, Scale
from rollset.core.change import ImageChange, VersionChange
from rollset.core.errors import UnsafeError
from rollset.core.fleet import ScaleSet, Setting
from rollset.core.image import CustomImage, Image, PlatformImage, UnmanagedImage, same_image
from rollset.core.model.change import SIZE, Difference, said, same_value, spoken
from rollset.core.model.form import HIDDEN

IMAGE = "virtualMachineProfile.storageProfile.imageReference"
CAPACITY = "sku.capacity"
MODE = "upgradePolicy.mode"


@dataclass(frozen=True, slots=True, kw_only=True)
class Clash:
    """One member that somebody else has changed: what was read, what is there now, and what the edit wanted there.

    `wanted` is none where the edit only stands on it.
    """

    path: str
    read: str
    now: str
    wanted: str | None

    def __str__(self) -> str:
        wish = "" if self.wanted is None else f", and the edit wants {self.wanted}"
        return f"{self.path} was {self.read} when it was read, is {self.now} now{wish}"


class EditConflict(UnsafeError):  # noqa: N818 (reads as the fact it states)
    """Somebody else has changed the set since its author read it; nothing was written. `clashes` has both sides."""

    def __init__(self, scale_set: str, clashes: tuple[Clash, ...]) -> None:
        super().__init__(scale_set, clashes)
        self.scale_set = scale_set
        self.clashes = clashes

    def __str__(self) -> str:
        told = "; ".join(str(one) for one in self.clashes)
        return f"{self.scale_set} was changed by somebody else meanwhile: {told}; nothing was written; look again"


def as_edit(act: Edit | Scale) -> Edit:
    """Scaling is an edit of the capacity."""
    return Edit(capacity=act.capacity, read=act.read) if isinstance(act, Scale) else act


def exact_name(image: Image | None) -> str | None:
    """An image so that nothing of it is left out."""
    match image:
        case CustomImage():
            return image.resource_id
        case PlatformImage() | UnmanagedImage():
            return str(image)
        case None:
            return None


def ground(scale_set: ScaleSet, edit: Edit | Scale) -> tuple[Setting, ...]:
    """What the set says where the edit changes it, or stands on it; scaling stands on the capacity alone."""
    if isinstance(edit, Scale):
        return (_said(scale_set, CAPACITY),)
    paths = dict.fromkeys((IMAGE, SIZE, MODE, *(path for path in edit.model.paths if path not in HIDDEN)))
    paths |= {} if edit.capacity is None else {CAPACITY: None}
    return tuple(_said(scale_set, path) for path in paths)


def clashes(read: Iterable[Setting], now: ScaleSet, edit: Edit | Scale) -> tuple[Clash, ...]:
    """Where the set says something else now than was `read`."""
    edit = as_edit(edit)
    wanted = {one.path: spoken(one) for one in edit.model.wanted}
    wanted |= {} if edit.image is None else {IMAGE: str(edit.image)}
    wanted |= {} if edit.capacity is None else {CAPACITY: str(edit.capacity)}
    return tuple(
        Clash(path=one.path, read=spoken(one), now=spoken(here), wanted=wanted.get(one.path))
        for one in read
        if not same_value(here := _said(now, one.path), one)
    )


def differences(edit: Edit, before: ScaleSet) -> tuple[Difference, ...]:
    """Exactly what an edit with an exact image makes another: what says the same already is left out."""
    found = []
    if changes_image(edit, before):
        found.append(Difference(path=IMAGE, before=str(before.image or "nothing"), after=str(edit.image)))
    found += [
        change
        for one, change in zip(edit.model.wanted, edit.model.differences(before), strict=True)
        if one.path in HIDDEN or not same_value(said(before, one.path), one)
    ]
    if edit.capacity is not None and edit.capacity != before.capacity:
        found.append(Difference(path=CAPACITY, before=str(before.capacity), after=str(edit.capacity)))
    return tuple(found)


def changes_image(edit: Edit, before: ScaleSet) -> bool:
    """Whether the model would name another image."""
    return edit.image is not None and not same_image(before.image, written_image(edit.image))


def written_image(image: ImageChange) -> Image:
    """The image of an edit that was prepared."""
    assert not isinstance(image, VersionChange), "an edit names its image exactly before it is priced"
    return image


def is_said_by(edit: Edit, scale_set: ScaleSet) -> bool:
    """Whether the set says all of the edit, as far as it can be read."""
    capacity = edit.capacity is None or edit.capacity == scale_set.capacity
    return capacity and not changes_image(edit, scale_set) and edit.model.is_said_by(scale_set)


def _said(scale_set: ScaleSet, path: str) -> Setting:
    values: dict[str, Sequence[str] | str | int | None] = {
        IMAGE: exact_name(scale_set.image),
        CAPACITY: scale_set.capacity,
        MODE: scale_set.upgrade_mode.value,
    }
    if path not in values:
        return said(scale_set, path)
    return Setting(path=path, value=None if values[path] is None else json.dumps(values[path]))

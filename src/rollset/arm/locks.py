"""Management locks that hold for a resource: its own, and those of its resource group and subscription."""

from __future__ import annotations

import msgspec

from rollset.arm.reply import Page
from rollset.core.ids import ScaleSetId
from rollset.core.preflight.around import Lock, LockLevel

_PLACE = "/providers/Microsoft.Authorization/locks"
_LEVELS = {level.lower(): level for level in LockLevel}


class _Properties(msgspec.Struct):
    level: str | None = None


class LockShape(msgspec.Struct):
    """A lock resource; its id begins with what it was put on."""

    id: str | None = None
    name: str | None = None
    properties: _Properties | None = None


LOCK_PAGE = msgspec.json.Decoder(Page[LockShape])


def locks_path(scale_set: ScaleSetId) -> str:
    return scale_set.path + _PLACE


def to_lock(shape: LockShape, scale_set: ScaleSetId) -> Lock | None:
    """The lock, if it holds for the set: the list has those of what is below it too, such as one instance.

    `None` as well for a level that we do not know, such as `NotSpecified`.
    """
    level = _LEVELS.get(((shape.properties.level if shape.properties else None) or "").lower())
    lock_id = shape.id or ""
    above = lock_id[: max(0, lock_id.lower().rfind(_PLACE.lower()))].strip("/")
    if level is None or not above or not f"{scale_set.path.strip('/')}/".lower().startswith(f"{above}/".lower()):
        return None
    return Lock(name=shape.name or "", level=level, scope=_spoken(above))


def _spoken(above: str) -> str:
    """What the lock was put on, in words.

    >>> _spoken("subscriptions/s/resourceGroups/g")
    'resource group g'
    """
    segments = above.split("/")
    if "/providers/" in above.lower():
        return f"scale set {segments[-1]}"
    return f"resource group {segments[3]}" if len(segments) > 3 else "subscription"  # noqa: PLR2004 (.../GROUP)

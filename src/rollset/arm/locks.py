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

AT_SCOPE = {"$filter": "atScope()"}
"""Leaves out the locks of what is below."""


def locks_path(scale_set: ScaleSetId) -> str:
    return scale_set.path + _PLACE


def to_lock(shape: LockShape) -> Lock | None:
    """The lock; `None` for a level that we do not know, such as `NotSpecified`."""
    level = _LEVELS.get(((shape.properties.level if shape.properties else None) or "").lower())
    if level is None:
        return None
    return Lock(name=shape.name or "", level=level, scope=_scope(shape.id or ""))


def _scope(lock_id: str) -> str:
    """What the lock was put on, in words.

    >>> _scope("/subscriptions/s/resourceGroups/g/providers/Microsoft.Authorization/locks/l")
    'resource group g'
    """
    above = lock_id[: lock_id.lower().rfind(_PLACE.lower())]
    segments = above.strip("/").split("/")
    if "/providers/" in above.lower():
        return f"scale set {segments[-1]}"
    return f"resource group {segments[3]}" if len(segments) > 3 else "subscription"  # noqa: PLR2004 (.../GROUP)

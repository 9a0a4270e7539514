"""What there is: the subscriptions that the credential sees, and all scale sets of one, page by page.

What stands in a list is read one by one, so that a set that cannot be read hides no other.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass

import msgspec

from rollset.arm import api_versions
from rollset.arm.errors import NoSuchSubscription, NotFound, Unreadable
from rollset.arm.line import Line
from rollset.arm.reply import Page, Reply
from rollset.arm.scale_sets import SCALE_SET, to_scale_set
from rollset.core.errors import UsageError
from rollset.core.fleet import ScaleSet
from rollset.core.ids import ScaleSetAddress, ScaleSetId

_RAW_PAGE = msgspec.json.Decoder(Page[msgspec.Raw])

_USABLE = frozenset({"enabled", "warned", "pastdue"})
"""States in which a subscription's resources can be read (Azure documentation, "Azure subscription states")."""


class _SubscriptionShape(msgspec.Struct, rename="camel"):
    subscription_id: str | None = None
    display_name: str | None = None
    state: str | None = None


class _Named(msgspec.Struct):
    id: str | None = None


_ID = msgspec.json.Decoder(_Named)
_SUBSCRIPTION_PAGE = msgspec.json.Decoder(Page[_SubscriptionShape])


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """A subscription; its name is its id where Azure tells none."""

    id: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UnreadableSet:
    """A set in a list that cannot be read, but perhaps for its id."""

    id: ScaleSetId | None
    error: Unreadable


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """One page of a list of scale sets."""

    scale_sets: tuple[ScaleSet, ...]
    unreadable: tuple[UnreadableSet, ...] = ()


class Listing:
    """Reads lists, and nothing else; where Azure does not answer, methods raise `ArmError`."""

    def __init__(self, line: Line) -> None:
        self._line = line

    async def subscriptions(self) -> tuple[Subscription, ...]:
        """Those that the credential sees and that are in use, in the order of their names."""
        reply = await self._line.ask("listing the subscriptions", "GET", "/subscriptions", api_versions.SUBSCRIPTIONS)
        found = [
            Subscription(id=shape.subscription_id, name=shape.display_name or shape.subscription_id)
            async for shape, _ in self._line.all(reply, _SUBSCRIPTION_PAGE, NotFound)
            if shape.subscription_id and (shape.state or "enabled").lower() in _USABLE
        ]
        return tuple(sorted(found, key=lambda one: (one.name.lower(), one.id)))

    async def scale_sets(self, subscription: str) -> AsyncIterator[Listed]:
        """All sets of a subscription, as many at a time as Azure sends together."""
        reply = await self._line.ask(
            f"listing the scale sets of subscription {subscription}",
            "GET",
            f"/subscriptions/{subscription}/providers/Microsoft.Compute/virtualMachineScaleSets",
            api_versions.SCALE_SETS,
            missing=NoSuchSubscription,
        )
        async for items, page in self._line.pages(reply, _RAW_PAGE, NoSuchSubscription):
            yield _listed(page, items)


def _listed(page: Reply, items: list[msgspec.Raw]) -> Listed:
    scale_sets: list[ScaleSet] = []
    unreadable: list[UnreadableSet] = []
    for item in items:
        try:
            scale_sets.append(to_scale_set(page.decode_part(SCALE_SET, item), page))
        except Unreadable as error:
            unreadable.append(_unreadable(item, error))
    return Listed(scale_sets=tuple(scale_sets), unreadable=tuple(unreadable))


def _unreadable(item: msgspec.Raw, error: Unreadable) -> UnreadableSet:
    """By name, where at least that can be read."""
    try:
        named = ScaleSetAddress.parse(_ID.decode(item).id or "").within("")
    except (msgspec.DecodeError, UsageError):
        return UnreadableSet(id=None, error=error)
    attempted = f"reading scale set {named} in a list of scale sets"
    told = Unreadable(attempted, error.status, error.code, error.azure_message, error.request_id)
    return UnreadableSet(id=named, error=told)

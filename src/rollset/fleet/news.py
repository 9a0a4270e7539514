"""What an inventory tells of a subscription, beside its sets."""

from __future__ import annotations

from dataclasses import dataclass

from rollset.fleet.row import Trouble


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionNews:
    """A subscription: how fresh the list of its sets is, and what stands in the way of looking at them."""

    id: str
    name: str
    listed_at: float | None = None
    """When the last list of its sets was complete; none yet."""
    sets: int = 0
    looked_at: int = 0
    """So many of them have been looked at by now."""
    trouble: Trouble | None = None
    """Why the list is old or missing."""
    held: Trouble | None = None
    """Why none of its sets is looked at for now."""
    unreadable: tuple[str, ...] = ()
    """Sets in its list that cannot be read, a sentence each."""

    @property
    def key(self) -> str:
        """By which the feed tells of it."""
        return f"/subscriptions/{self.id}".lower()

    @property
    def troubles(self) -> tuple[str, ...]:
        """All that is wrong with it, a sentence each."""
        told = [one.words for one in (self.trouble, self.held) if one is not None]
        return (*told, *self.unreadable)

"""What has changed since somebody looked: one number for each change, kept for all readers together.

Each thing that changed is kept once, with the number of its latest change. So a reader who was slow gets it once, as it
is now, and what is kept is bounded by what there is. What went is remembered for a while; whoever was away for longer
is told to read everything anew.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator, Hashable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import Generic, TypeVar

GONE_MAX = 10_000
"""So many things that went are remembered."""

Name = TypeVar("Name", bound=Hashable)


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes(Generic[Name]):
    """What changed after a version, the latest last. With `whole`, everything may have: read it all."""

    version: int
    changed: tuple[Name, ...] = ()
    gone: tuple[Name, ...] = ()
    whole: bool = False

    def __bool__(self) -> bool:
        return bool(self.changed or self.gone or self.whole)


class Feed(Generic[Name]):
    """Changes by number. `first` must lie beyond every number that an earlier process gave out."""

    def __init__(self, first: int = 0) -> None:
        self.version = first
        self._forgotten = first
        """Of what went up to this version, not all is known any more."""
        self._changed: OrderedDict[Name, int] = OrderedDict()
        self._gone: OrderedDict[Name, int] = OrderedDict()
        self._stir = asyncio.Event()

    def note(self, changed: Iterable[Name] = (), gone: Iterable[Name] = ()) -> None:
        """These have changed, or went, together."""
        changed, gone = tuple(changed), tuple(gone)
        if not changed and not gone:
            return
        self.version += 1
        for one in changed:
            self._gone.pop(one, None)
            self._changed[one] = self.version
            self._changed.move_to_end(one)
        for one in gone:
            self._changed.pop(one, None)
            self._gone[one] = self.version
            self._gone.move_to_end(one)
        while len(self._gone) > GONE_MAX:
            self._forgotten = self._gone.popitem(last=False)[1]
        self._stir.set()
        self._stir = asyncio.Event()

    def since(self, version: int) -> Changes[Name]:
        """What changed after that version; all of it, for a version that is not one of ours."""
        if not self._forgotten <= version <= self.version:
            return Changes(version=self.version, changed=tuple(self._changed), whole=True)
        return Changes(
            version=self.version,
            changed=_after(self._changed, version),
            gone=_after(self._gone, version),
        )

    async def wait(self, version: int) -> Changes[Name]:
        """What changed after that version, as soon as anything has."""
        while self.version == version:
            await self._stir.wait()
        return self.since(version)

    async def follow(
        self, version: int, *, gap_seconds: float = 0.0, seconds_max: float | None = None
    ) -> AsyncIterator[Changes[Name]]:
        """Changes, each time that there are any; what comes while the reader is busy comes together.

        `gap_seconds` lie between two at least. With `seconds_max` a reader hears at the latest after so long, then
        of no change at all.
        """
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds_max):
                    await self.wait(version)
            changes = self.since(version)
            version = changes.version
            yield changes
            if gap_seconds:
                await asyncio.sleep(gap_seconds)


def _after(versions: OrderedDict[Name, int], version: int) -> tuple[Name, ...]:
    """Those with a later number, which stand at the end."""
    found = []
    for one in reversed(versions):
        if versions[one] <= version:
            break
        found.append(one)
    return tuple(reversed(found))

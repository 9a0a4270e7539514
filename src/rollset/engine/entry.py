"""What one turn adds to the journal: its facts, and what it changed in what is known of the instances.

A change leads from one `Progress` to the next: what `between` finds, `applied` does again. Each field of `Progress` is
of one of three kinds: its entries come and go (`_changed`), only come (`_added`), or are appended.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from rollset.core.comparing.compare import Comparison
from rollset.core.comparing.flaps import Flaps
from rollset.core.ids import InstanceId, natural
from rollset.core.outside.gates import Streak
from rollset.core.progress import Attempt, Failure, Progress, Took
from rollset.core.relapses import Spell
from rollset.core.standing import Standing
from rollset.engine import events


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What a turn changed in `Progress`; `None` in a mapping means that the entry is gone.

    When an instance was last seen to be out is left out: it moves with every look, and matters to estimates alone. What
    a surge owes is left out too, for facts of its own tell it; and what is known of before, for the order has that.
    """

    asked: Mapping[InstanceId, Attempt | None] = field(default_factory=dict)
    since: Mapping[InstanceId, tuple[Standing, float] | None] = field(default_factory=dict)
    proven: Mapping[InstanceId, float] = field(default_factory=dict)
    took: Mapping[InstanceId, Took] = field(default_factory=dict)
    spells: Mapping[InstanceId, Spell | None] = field(default_factory=dict)
    unbegun: Mapping[InstanceId, int] = field(default_factory=dict)
    reached: Mapping[int, float] = field(default_factory=dict)
    retries: Mapping[InstanceId, int] = field(default_factory=dict)
    failures: tuple[Failure, ...] = ()
    blocked_since: float | None = None
    gated: Mapping[InstanceId, Mapping[str, Streak] | None] = field(default_factory=dict)
    baselines: Mapping[InstanceId, Mapping[str, float] | None] = field(default_factory=dict)
    released: Mapping[InstanceId, float | None] = field(default_factory=dict)
    parked: Mapping[InstanceId, str] = field(default_factory=dict)
    watched_from: float | None = None
    flaps: Mapping[InstanceId, int | None] = field(default_factory=dict)
    down: Mapping[InstanceId, float | None] = field(default_factory=dict)
    shown: Mapping[InstanceId, float | None] = field(default_factory=dict)
    restless: tuple[InstanceId, ...] = ()
    compared: tuple[Comparison, ...] = ()

    @classmethod
    def between(cls, before: Progress, after: Progress) -> Change:
        """What leads from one to the other."""
        return cls(
            asked={
                one: attempt
                for one, attempt in _changed(before.asked, after.asked).items()
                if attempt is None or one not in before.asked or not _same_attempt(before.asked[one], attempt)
            },
            since=_changed(before.since, after.since),
            proven=_added(before.proven, after.proven),
            took=_added(before.took, after.took),
            spells=_changed(before.spells, after.spells),
            unbegun=_added(before.unbegun, after.unbegun),
            reached=_added(before.reached, after.reached),
            retries=_added(before.retries, after.retries),
            failures=after.failures[len(before.failures) :],
            blocked_since=after.blocked_since,
            gated=_changed(before.gated, after.gated),
            baselines=_changed(before.baselines, after.baselines),
            released=_changed(before.released, after.released),
            parked=_added(before.parked, after.parked),
            watched_from=after.flaps.begun_at if before.flaps.begun_at is None else None,
            flaps=_changed(before.flaps.counts, after.flaps.counts),
            down=_changed(before.flaps.down, after.flaps.down),
            shown=_changed(before.flaps.shown, after.flaps.shown),
            restless=tuple(sorted(after.flaps.restless - before.flaps.restless, key=natural)),
            compared=after.compared[len(before.compared) :],
        )

    def applied(self, before: Progress) -> Progress:
        """`before`, changed."""
        return Progress(
            asked=_applied(before.asked, self.asked),
            since=_applied(before.since, self.since),
            proven={**before.proven, **self.proven},
            took={**before.took, **self.took},
            spells=_applied(before.spells, self.spells),
            unbegun={**before.unbegun, **self.unbegun},
            reached={**before.reached, **self.reached},
            retries={**before.retries, **self.retries},
            failures=(*before.failures, *self.failures),
            blocked_since=self.blocked_since,
            gated=_applied(before.gated, self.gated),
            baselines=_applied(before.baselines, self.baselines),
            released=_applied(before.released, self.released),
            parked={**before.parked, **self.parked},
            flaps=Flaps(
                begun_at=before.flaps.begun_at if self.watched_from is None else self.watched_from,
                counts=_applied(before.flaps.counts, self.flaps),
                down=_applied(before.flaps.down, self.down),
                shown=_applied(before.flaps.shown, self.shown),
                restless=before.flaps.restless.union(self.restless),
            ),
            compared=(*before.compared, *self.compared),
            former=before.former,
            surge=before.surge,
            model_ready=before.model_ready,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What one turn adds to the journal."""

    at: float
    events: tuple[events.Kept, ...]
    change: Change = field(default_factory=Change)
    arm_requests: int = 0
    """Made to Azure since the entry before."""


def _same_attempt(left: Attempt, right: Attempt) -> bool:
    return left.at == right.at and left.stale_failure == right.stale_failure


K = TypeVar("K")
V = TypeVar("V")


def _changed(before: Mapping[K, V], after: Mapping[K, V]) -> dict[K, V | None]:
    gone: dict[K, V | None] = {one: None for one in before if one not in after}
    return {**gone, **_added(before, after)}


def _added(before: Mapping[K, V], after: Mapping[K, V]) -> dict[K, V]:
    return {one: value for one, value in after.items() if one not in before or before[one] != value}


def _applied(before: Mapping[K, V], change: Mapping[K, V | None]) -> dict[K, V]:
    merged: dict[K, V | None] = {**before, **change}
    return {one: value for one, value in merged.items() if value is not None}

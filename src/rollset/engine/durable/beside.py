"""What runs beside the rollouts and acts of a process: signals in, views out, and nothing left behind."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass

from rollset.engine.durable.body import Body
from rollset.engine.durable.desk import attend
from rollset.engine.durable.faults import StateError
from rollset.engine.durable.presence import Presence
from rollset.engine.durable.threads import Threads
from rollset.engine.durable.upkeep import Upkeep

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Ward:
    """One kind of work of this process: what runs of it, and what keeps it from being left behind."""

    body: Body
    upkeep: Upkeep
    shared: bool
    """Whether others take from the same queue: then what is left behind goes back to it."""


class Beside:
    """Two tasks, which live as long as the process runs rollouts."""

    def __init__(self, presence: Presence, threads: Threads, wards: Sequence[Ward]) -> None:
        self._presence = presence
        self._timing = presence.database.timing
        self._threads = threads
        self._wards = wards
        self._is_warned = False
        self.tasks: tuple[asyncio.Task[None], ...] = ()

    def begin(self) -> None:
        self.tasks = (asyncio.create_task(self._attend()), asyncio.create_task(self._look_after()))

    def check(self) -> None:
        """They never end by themselves; if one did, that must not pass in silence."""
        for task in self.tasks:
            if task.done():
                task.result()

    async def _attend(self) -> None:
        """Brings signals to the desks, and writes what they show."""
        while True:
            await asyncio.sleep(self._timing.signals_seconds)
            if any(ward.body.running for ward in self._wards):
                await self._attend_once()

    async def _attend_once(self) -> None:
        desks = {name: one.desk for ward in self._wards for name, one in ward.body.running.items()}
        shown = {desk: present for desk in desks.values() if (present := desk.unwritten()) is not None}
        try:
            known = await self._threads.ask("reading signals", attend, self._presence.executor, shown)
        except StateError as fault:
            self._warn_once(fault)
            return
        self._is_warned = False
        for desk, present in shown.items():
            desk.written(present)
        for rollout, signals in known.items():
            if rollout in desks:
                desks[rollout].hear(signals)

    async def _look_after(self) -> None:
        """Finds what dead processes have left, and what this one has and does not run."""
        while True:
            await asyncio.sleep(self._timing.judge_seconds)
            try:
                for ward in self._wards:
                    await self._look_after_own(ward)
                    if ward.shared:
                        await self._threads.run(ward.upkeep.look_after_dead)
            except StateError as fault:
                self._warn_once(fault)
            else:
                self._is_warned = False

    async def _look_after_own(self, ward: Ward) -> None:
        if self._presence.hold.holds:
            lost = frozenset(ward.body.lost)
            await self._threads.run(ward.upkeep.look_after_own, frozenset(ward.body.running), lost)
            ward.body.lost -= lost

    def _warn_once(self, fault: StateError) -> None:
        """Once for each time that the database is away; what waits for it goes on by itself."""
        if not self._is_warned:
            log.warning("%s; trying again until it answers", fault)
        self._is_warned = True

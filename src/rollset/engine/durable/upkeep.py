"""What keeps rollouts from being left behind: those of dead processes, and those of this one that it does not run.

All of it runs in threads, since it waits for the database.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Sequence

import sqlalchemy as sa
from dbos import DBOSClient

from rollset.engine.durable.presence import Presence
from rollset.engine.durable.queueing import open_client
from rollset.engine.durable.runs import Status
from rollset.engine.durable.tables import workflows

EXECUTORS_MAX = 100
"""So many dead processes are looked after at once; the others' turn comes with the next look."""


class Upkeep:
    """Puts rollouts, or acts, back into `queue`, from where a living process takes them."""

    def __init__(self, presence: Presence, queue: str, workflow: str) -> None:
        self._is_left = (workflows.c.status == Status.PENDING, workflows.c.name == workflow)
        self._presence = presence
        self._database = presence.database
        self._queue = queue
        self._client: DBOSClient = open_client(presence.database)
        self._free_since: dict[str, float] = {}
        self._stray_since: dict[str, float] = {}

    def requeue(self, rollouts: Sequence[str]) -> None:
        """They begin anew, here or elsewhere; whatever of them still runs somewhere is not obeyed any more."""
        self._client.resume_workflows(list(rollouts), queue_name=self._queue)

    def look_after_dead(self) -> None:
        """Finds the processes that died with rollouts of this queue, and puts those back."""
        holders = self._holders()
        now = time.monotonic()
        self._free_since = {one: self._free_since.get(one, now) for one in holders if self._presence.hold.is_dead(one)}
        for executor, since in self._free_since.items():
            if self._database.is_sqlite or now - since >= self._database.timing.free_seconds:
                self._bury(executor)

    def look_after_own(self, running: Collection[str], lost: Collection[str]) -> None:
        """Puts back what this process has and does not run.

        What it has `lost` is known to run no more: its hold was away for a moment, and nobody took it over. Else DBOS
        may only have taken more than it could start at once, so that is given time before it is called a stray.
        """
        now = time.monotonic()
        strays = set(self._pending(self._presence.executor)).difference(running)
        self._stray_since = {one: self._stray_since.get(one, now) for one in strays}
        ripe = {one for one, since in self._stray_since.items() if now - since >= self._database.timing.stray_seconds}
        if back := ripe | strays.intersection(lost):
            self.requeue(sorted(back))
            self._stray_since = {one: since for one, since in self._stray_since.items() if one not in back}

    def hand_back(self) -> None:
        """At the end of this process: what it has, others may take at once."""
        if self._presence.hold.holds and (left := self._pending(self._presence.executor)):
            self.requeue(left)

    def _bury(self, executor: str) -> None:
        """Under the dead one's own lock: of two that find it only one acts, and it cannot come back meanwhile.

        What is put back is read under that lock too: whatever another has put back and taken is not pending with the
        dead one any more.
        """
        with self._presence.hold.instead_of(executor) as alone:
            if alone and (left := self._pending(executor)):
                self.requeue(left)

    def _holders(self) -> list[str]:
        query = (
            sa.select(workflows.c.executor_id)
            .distinct()
            .where(
                *self._is_left,
                workflows.c.queue_name == self._queue,
                workflows.c.executor_id != self._presence.executor,
            )
            .limit(EXECUTORS_MAX)
        )
        return list(self._database.run("looking for dead processes", lambda one: one.execute(query).scalars().all()))

    def _pending(self, executor: str) -> list[str]:
        query = sa.select(workflows.c.workflow_uuid).where(*self._is_left, workflows.c.executor_id == executor)
        return list(self._database.run(f"reading what {executor} has", lambda one: one.execute(query).scalars().all()))

"""A wish that becomes a rollout of a dashboard: planned there, agreed to here, left to a worker there."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence

from rollset.cli import faults
from rollset.cli.asking_there import PlannedThere, path_of, plan_there
from rollset.cli.beginning import Rolled
from rollset.cli.face import face_for
from rollset.cli.follow import follow
from rollset.cli.rolling import Wanting
from rollset.cli.there import There
from rollset.client.faults import Lost, Refusal
from rollset.client.line import Line
from rollset.core.errors import UnsafeError
from rollset.core.ids import ScaleSetId
from rollset.core.plan import Plan
from rollset.core.preflight.finding import Finding
from rollset.faces.account import Account
from rollset.faces.durations import spoken_duration
from rollset.faces.known import worker_command
from rollset.faces.rolloutfile.writing import wish_text

BEGUN_SECONDS_MAX = 30.0
"""So long a rollout is looked for whose beginning was not answered: the dashboard looks at the set before that."""

LOOK_SECONDS = 1.0

CLOCKS_APART_MAX = 60.0
"""Between the dashboard's clock and that of this machine, in seconds."""


class RollingThere:
    """A `Yard` at the end of a line."""

    def __init__(self, wanting: Wanting, line: Line) -> None:
        self._wanting = wanting
        self._line = line
        self._office = There(line, flagged=wanting.where.server is not None)
        self._file = wish_text(wanting.wish.scale_set, wanting.flags)
        self._planned: PlannedThere | None = None
        self._sent_at = 0.0

    async def go_on(self) -> Rolled | None:
        """A dashboard's worker goes on by itself."""
        return None

    async def plan(self) -> Plan:
        self._planned = planned = await plan_there(self._line, self._wanting.wish.scale_set, self._file)
        if planned.going is not None:
            watch = self._office.place.command(f"watch {planned.going}")
            raise UnsafeError(
                f"{self._wanting.wish.scale_set} is being rolled already ({planned.going}); follow it with: {watch}"
            )
        return planned.plan

    async def findings(self, _plan: Plan) -> Sequence[Finding]:
        assert self._planned is not None, "what is examined was planned"
        return self._planned.findings

    async def begin(self, plan: Plan) -> Rolled:
        path = f"{path_of(self._wanting.wish.scale_set)}/rollouts"
        try:
            accepted = list(self._wanting.accepted)
            self._sent_at = time.time()
            first = "true" if self._wanting.start_only else None
            told = await self._line.send(path, self._file.encode(), plan=plan.hash, accept=accepted, start_only=first)
        except Lost as error:
            account = await self._find_begun(plan, error)
        else:
            account = await self._office.account(str(told["id"]))
        if not await self._office.workers():
            command = worker_command(self._office.place)
            faults.say(f"no worker is running: the rollout waits until one is started with: {command}")
        if self._wanting.detach:
            return Rolled(rollout=account.named)
        outcome = await follow(self._office, account, face_for(self._wanting.console))
        return Rolled(rollout=account.named, outcome=outcome)

    async def _find_begun(self, plan: Plan, lost: Lost) -> Account:
        """The rollout whose beginning was not answered: the newest of the set, if it is of this plan.

        The dashboard may be looking at the set still, so it is asked for a while.

        Raises:
            Lost: it has not been seen to begin.
        """
        scale_set, until = self._wanting.wish.scale_set, time.monotonic() + BEGUN_SECONDS_MAX
        faults.say(f"{lost}; looking for {spoken_duration(BEGUN_SECONDS_MAX)} whether the rollout has begun")
        while True:
            account = await self._newest(scale_set)
            if account is not None and self._is_begun(account, plan):
                return account
            if time.monotonic() > until:
                listed = self._office.place.command("rollouts")
                raise Lost(
                    f"no rollout of {scale_set} by this plan has begun, and it may yet: look again with {listed}, then "
                    "begin again; it never goes twice at once"
                ) from lost
            await asyncio.sleep(LOOK_SECONDS)

    def _is_begun(self, account: Account, plan: Plan) -> bool:
        """Whether that is what was asked for; one that has ended may be an earlier one by the same plan."""
        if account.state is None or account.state.order.plan_hash != plan.hash:
            return False
        return not account.ended or account.row.begun_at > self._sent_at - CLOCKS_APART_MAX

    async def _newest(self, scale_set: ScaleSetId) -> Account | None:
        try:
            return await self._office.account(scale_set.path)
        except Refusal:  # There is none.
            return None

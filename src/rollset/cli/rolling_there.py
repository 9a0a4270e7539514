"""A wish that becomes a rollout of a dashboard: planned there, agreed to here, left to a worker there."""

from __future__ import annotations

from collections.abc import Sequence

import click

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
from rollset.core.plan import Plan
from rollset.core.preflight.finding import Finding
from rollset.faces.account import Account
from rollset.faces.known import worker_command
from rollset.faces.rolloutfile.writing import wish_text


class RollingThere:
    """A `Yard` at the end of a line."""

    def __init__(self, wanting: Wanting, line: Line) -> None:
        if wanting.start_only:
            raise click.UsageError("--no-wait cannot go with a dashboard, whose worker always waits; write --detach")
        if wanting.flags is None:
            raise click.UsageError("--plan FILE is for this machine; at a dashboard, -f FILE --hash HASH says the same")
        self._wanting = wanting
        self._line = line
        self._office = There(line, flagged=wanting.where.server is not None)
        self._file = wish_text(wanting.wish.scale_set, wanting.flags)
        self._planned: PlannedThere | None = None

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
            told = await self._line.send(path, self._file.encode(), plan=plan.hash, accept=accepted)
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
        """The rollout whose beginning was not answered: the set has no more than one that has not ended.

        Raises:
            Lost: it has not begun.
        """
        scale_set = self._wanting.wish.scale_set
        try:
            account = await self._office.account(scale_set.path)
        except Refusal as error:
            raise Lost(f"{lost}; {scale_set} is not being rolled: begin again") from error
        begun = account.state is not None and account.state.order.plan_hash == plan.hash
        if account.ended or not begun:
            raise Lost(f"{lost}; {scale_set} is not being rolled by this plan: look at it, then begin again") from lost
        return account

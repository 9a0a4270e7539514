"""Runs rollouts in this process, each as a workflow of DBOS that `carry` fills with turns.

Who may act for a rollout is settled three times over: DBOS alone gives it to a process, at its start or from a queue;
before every request to Azure the process has to prove that it holds its lock and still has the rollout
(`Desk.check_ours`); and DBOS takes turns only from the run that has the workflow now.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from types import TracebackType
from typing import Any, Self

from dbos import DBOS, SetWorkflowID
from sqlalchemy.exc import DBAPIError

from rollset.engine.durable import launch, runs, takeover
from rollset.engine.durable.beside import Beside, Ward
from rollset.engine.durable.body import Body, Carry, Running
from rollset.engine.durable.claims import Claim, held
from rollset.engine.durable.faults import Elsewhere, StateError
from rollset.engine.durable.presence import Kind, Presence
from rollset.engine.durable.queueing import open_client, queue_here, queue_of, queue_of_acts
from rollset.engine.durable.shelf import ACTS, ROLLOUTS
from rollset.engine.durable.tables import ACT, WORKFLOW
from rollset.engine.durable.threads import Threads
from rollset.engine.durable.upkeep import Upkeep

LOOK_SECONDS = 0.02
"""Between looks at whether DBOS has noted the end of a rollout: it takes that long."""

REGAIN_SECONDS = 0.5
"""Between looks at whether a rollout that was let go of is still this process's."""

log = logging.getLogger(__name__)


class Runtime:
    """DBOS in this process, as long as the `async with` block lasts. There can be one at a time."""

    def __init__(self, presence: Presence, carry: Carry, *, endpoint: str, act: Carry | None = None) -> None:
        """`carry` carries out rollouts; `act` acts, if this process takes any.

        Rollouts a foreground process takes for itself alone; acts it shares with the workers.
        """
        self._presence = presence
        self._database = presence.database
        self._timing = presence.database.timing
        is_worker = presence.kind is Kind.WORKER
        self._queue = queue_of(endpoint) if is_worker else queue_here(presence.executor)
        self._threads = Threads(presence.database)
        self._upkeep = Upkeep(presence, self._queue, WORKFLOW)
        self._body = Body(presence, self._threads, carry, ROLLOUTS)
        self._wards = [Ward(self._body, self._upkeep, shared=is_worker)]
        self._queues = {self._queue: self._timing.rollouts_max}
        if act is not None:
            acts = queue_of_acts(endpoint)
            self._queues[acts] = self._timing.acts_max
            body = Body(presence, self._threads, act, ACTS)
            self._wards.append(Ward(body, Upkeep(presence, acts, ACT), shared=True))
        self._beside = Beside(presence, self._threads, self._wards)

    async def __aenter__(self) -> Self:
        self._workflow = _register(WORKFLOW, self._body)
        for ward in self._wards[1:]:
            _register(ACT, ward.body)
        await self._threads.run(self._register_queues)
        launch.launch(self._presence, list(self._queues))
        self._beside.begin()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        await self._stop_all()
        await self._threads.run(launch.leave)
        launch.give_threads_back(asyncio.get_running_loop())
        try:
            async with asyncio.timeout(self._timing.leave_seconds_max):
                await self._threads.run(self._clear_queues)
                await self._threads.end()
        except (StateError, DBAPIError, TimeoutError) as fault:
            log.warning("what this process leaves behind, others will find by themselves: %s", fault)

    async def start_here(self, claimed: Claim, order: str) -> str:
        """Runs the rollout in this process, and returns what `carry` returned.

        Who cancels this leaves the rollout as it is, to be continued; ending it is up to `carry`.

        Raises:
            Elsewhere: another process has taken it over meanwhile.
            StateError: its state could not be kept; the same command continues.
        """
        awaited = self._body.await_end(claimed.id)
        try:
            with SetWorkflowID(claimed.id):
                await DBOS.start_workflow_async(self._workflow, claimed.id, order)
            return await self._follow(claimed.id, awaited)
        finally:
            self._body.forget(claimed.id)

    async def take_over(self, rollout: str) -> str:
        """Continues in this process a rollout whose process has died; otherwise as `start_here`.

        Raises:
            Held: its process lives, or it waits for a worker.
            NoSuchRollout: it has ended, or there is none.
        """
        run = await self._threads.run(takeover.find_dead, self._presence, rollout)
        if not self._database.is_sqlite:
            await asyncio.sleep(self._timing.free_seconds)
            if await self._threads.run(takeover.find_dead, self._presence, rollout) != run:
                raise await self._threads.run(held, self._presence, rollout)
        awaited = self._body.await_end(rollout)
        try:
            await self._threads.run(takeover.take_over, self._presence, rollout, run)
            return await self._follow(rollout, awaited)
        finally:
            self._body.forget(rollout)

    async def serve(self) -> None:
        """Runs what comes, until this is cancelled."""
        await asyncio.wait(self._beside.tasks, return_when=asyncio.FIRST_COMPLETED)
        self._beside.check()

    async def _follow(self, rollout: str, awaited: asyncio.Future[str | None]) -> str:
        while (text := await self._ended(rollout, awaited)) is None:
            # A run that this process has lost. Regaining it has a bound; how often that happens is not ours.
            awaited = await self._regain(rollout)
        await self._noted(rollout)
        return text

    async def _ended(self, rollout: str, awaited: asyncio.Future[str | None]) -> str | None:
        either: list[asyncio.Future[Any]] = [awaited, *self._beside.tasks]
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        self._beside.check()
        try:
            return await awaited
        except StateError:
            raise
        except Exception:
            await self._noted(rollout)
            raise

    async def _noted(self, rollout: str) -> None:
        """Waits until DBOS has the end as well, so that this process may end."""
        async with asyncio.timeout(self._timing.patience_seconds):
            while True:
                if await self._threads.ask(f"reading {rollout}", runs.is_over, rollout):
                    return
                await asyncio.sleep(LOOK_SECONDS)

    async def _regain(self, rollout: str) -> asyncio.Future[str | None]:
        """Begins the rollout anew here, once this process holds its lock again and nobody has taken it meanwhile."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self._timing.patience_seconds
        while loop.time() < deadline:
            if self._presence.hold.holds:
                run = await self._threads.ask(f"reading {rollout}", runs.find_run, rollout)
                if run is None or run.status in runs.OVER or runs.process_of(run) != self._presence.executor:
                    raise Elsewhere(
                        f"{rollout} was taken over by another process; see it with: "
                        f"{self._database.state.command(f'watch {rollout}')}"
                    )
                awaited = self._body.await_end(rollout)
                if run.status is runs.Status.PENDING:
                    await self._threads.run(self._upkeep.requeue, [rollout])
                return awaited
            await asyncio.sleep(REGAIN_SECONDS)
        raise StateError(
            f"{self._database.state} was out of reach for {self._timing.patience_seconds:.0f} s; "
            f"{rollout} can be continued: {self._database.state.command(f'resume {rollout}')}"
        )

    async def _stop_all(self) -> None:
        """Rollouts are cut off where they stand; nothing of that is kept."""
        running: list[Running] = []
        for ward in self._wards:
            ward.body.is_leaving = True
            running += ward.body.running.values()
        tasks: list[asyncio.Task[Any]] = [*self._beside.tasks, *(one.task for one in running)]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=self._timing.leave_seconds_max)

    def _register_queues(self) -> None:
        for queue, most in self._queues.items():
            open_client(self._database).register_queue(
                queue, worker_concurrency=most, polling_interval_sec=self._timing.queue_seconds
            )

    def _clear_queues(self) -> None:
        for ward in self._wards:
            if ward.shared:
                ward.upkeep.hand_back()
        if self._presence.kind is not Kind.WORKER:
            open_client(self._database).delete_queue(self._queue)


def _register(workflow: str, body: Body) -> Callable[[str, str], Coroutine[Any, Any, str]]:
    """Has DBOS know the workflow by its name."""

    @DBOS.workflow(name=workflow, max_recovery_attempts=None)
    async def run(name: str, order: str) -> str:
        return await body.run(name, order)

    return run

"""Runs rollouts in this process, each as a workflow of DBOS that `carry` fills with turns.

Who may act for a rollout is settled three times over: DBOS alone gives it to a process, at its start or from a queue;
before every request to Azure the process has to prove that it holds its lock and still has the rollout
(`Desk.check_ours`); and DBOS takes turns only from the run that has the workflow now.
"""

from __future__ import annotations

import asyncio
import functools
import json
import logging
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self, TypeVar

from dbos import DBOS, SetWorkflowID

from rollset.core.errors import RollsetError
from rollset.engine.durable import launch, runs, takeover
from rollset.engine.durable.claims import Claim, held
from rollset.engine.durable.desk import DurableDesk, attend
from rollset.engine.durable.faults import Elsewhere, StateError
from rollset.engine.durable.journal import DurableJournal
from rollset.engine.durable.presence import Kind, Presence
from rollset.engine.durable.queueing import open_client, queue_here, queue_of
from rollset.engine.durable.tables import WORKFLOW
from rollset.engine.durable.upkeep import Upkeep
from rollset.engine.journal import Desk, Journal, NotOurs

Carry = Callable[[str, Journal, Desk], Awaitable[str]]
"""Carries out an order, turn by turn. What it returns is a JSON object with at least `ending` and `exit_status`."""

THREADS_MAX = 4
"""For asking the database; no rollout keeps one while it waits."""

LOOK_SECONDS = 0.02
"""Between looks at whether DBOS has noted the end of a rollout: it takes that long."""

REGAIN_SECONDS = 0.5
"""Between looks at whether a rollout that was let go of is still this process's."""

BROKEN = "broken"
"""The ending of a rollout that an error nobody foresaw has ended."""

log = logging.getLogger(__name__)
T = TypeVar("T")


@dataclass(slots=True)
class _Running:
    """A rollout that runs in this process now."""

    desk: DurableDesk
    task: asyncio.Task[Any]
    token: str


class Runtime:
    """DBOS in this process, as long as the `async with` block lasts. There can be one at a time."""

    def __init__(self, presence: Presence, carry: Carry, *, endpoint: str) -> None:
        self._presence = presence
        self._database = presence.database
        self._timing = presence.database.timing
        self._carry = carry
        is_worker = presence.kind is Kind.WORKER
        self._queue = queue_of(endpoint) if is_worker else queue_here(presence.executor)
        self._upkeep = Upkeep(presence, self._queue)
        self._running: dict[str, _Running] = {}
        self._awaited: dict[str, asyncio.Future[str | None]] = {}
        """For each rollout that is followed here, how its run will end: with a text, or with none where it was lost."""
        self._background: list[asyncio.Task[None]] = []
        self._pool = ThreadPoolExecutor(THREADS_MAX, thread_name_prefix="rollset-state")
        self._is_leaving = False
        self._is_warned = False

    async def __aenter__(self) -> Self:
        @DBOS.workflow(name=WORKFLOW, max_recovery_attempts=None)
        async def rollout(name: str, order: str) -> str:
            return await self._run(name, order)

        self._workflow = rollout
        await self._in_thread(self._register_queue)
        launch.launch(self._presence, self._queue)
        self._background = [asyncio.create_task(self._attend()), asyncio.create_task(self._look_after())]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        self._is_leaving = True
        await self._stop_all()
        await self._in_thread(launch.leave)
        loop = asyncio.get_running_loop()
        launch.give_threads_back(loop)
        try:
            async with asyncio.timeout(self._timing.leave_seconds_max):
                await self._in_thread(self._clear_queue)
                # What is still asked of the database in a thread has to end before the database is closed.
                await loop.run_in_executor(None, self._pool.shutdown)
        except (StateError, TimeoutError) as fault:
            log.warning("what this process leaves behind, others will find by themselves: %s", fault)

    async def start_here(self, claimed: Claim, order: str) -> str:
        """Runs the rollout in this process, and returns what `carry` returned.

        Who cancels this leaves the rollout as it is, to be continued; ending it is up to `carry`.

        Raises:
            Elsewhere: another process has taken it over meanwhile.
            StateError: its state could not be kept; the same command continues.
        """
        self._await(claimed.id)
        with SetWorkflowID(claimed.id):
            await DBOS.start_workflow_async(self._workflow, claimed.id, order)
        return await self._follow(claimed.id)

    async def take_over(self, rollout: str) -> str:
        """Continues in this process a rollout whose process has died; otherwise as `start_here`.

        Raises:
            Held: its process lives, or it waits for a worker.
            NoSuchRollout: it has ended, or there is none.
        """
        run = await self._in_thread(takeover.find_dead, self._presence, rollout)
        if not self._database.is_sqlite:
            await asyncio.sleep(self._timing.free_seconds)
            if await self._in_thread(takeover.find_dead, self._presence, rollout) != run:
                raise await self._in_thread(held, self._presence, rollout)
        self._await(rollout)
        await self._in_thread(takeover.take_over, self._presence, rollout, run)
        return await self._follow(rollout)

    async def serve(self) -> None:
        """Runs what comes, until this is cancelled."""
        await asyncio.wait(self._background, return_when=asyncio.FIRST_COMPLETED)
        self._check_background()

    # The workflow.

    async def _run(self, rollout: str, order: str) -> str:
        """The body of the workflow: never changes, and does nothing that a run after a crash could not do again."""
        awaited = self._awaited.get(rollout)
        try:
            text = await self._run_to_the_end(rollout, order)
        except asyncio.CancelledError:
            # DBOS notes no end of a workflow that is cancelled like this: it goes on, here or elsewhere.
            _settle(awaited, None)
            raise
        except StateError as fault:
            _settle(awaited, fault)
            log.error("%s is let go of: %s", rollout, fault)  # noqa: TRY400 (it is said in a sentence)
            raise asyncio.CancelledError from fault
        except Exception as fault:
            _settle(awaited, fault)
            raise
        _settle(awaited, text)
        return text

    async def _run_to_the_end(self, rollout: str, order: str) -> str:
        executor = self._presence.executor
        taken = None if self._is_leaving else await self._ask(f"taking {rollout}", runs.take, rollout, executor)
        if taken is None:
            raise NotOurs(f"{rollout} was given to another process")
        if taken.is_void:
            raise RollsetError(f"the claim {rollout} was void before it began; run the same command again")
        running = self._enter(rollout, taken.token)
        try:
            text = await self._carry(order, DurableJournal(rollout), running.desk)
            await self._close(running, rollout, _closing(text, running.desk.present()))
        except StateError:
            raise
        except Exception:
            closing = runs.Closing(ending=BROKEN, exit_status=1, present=running.desk.present())
            await self._close(running, rollout, closing)
            raise
        finally:
            if self._running.get(rollout) is running:
                del self._running[rollout]
        return text

    def _enter(self, rollout: str, token: str) -> _Running:
        if (former := self._running.get(rollout)) is not None:
            # Put back and taken again by this very process, while the former run had not noticed that it was over.
            former.task.cancel()
        task = asyncio.current_task()
        assert task is not None
        owns = functools.partial(self._in_thread, self._presence.hold.owns, rollout, token)
        desk = DurableDesk(rollout, self._presence.executor, token, owns)
        running = _Running(desk=desk, task=task, token=token)
        self._running[rollout] = running
        return running

    async def _close(self, running: _Running, rollout: str, closing: runs.Closing) -> None:
        executor = self._presence.executor
        if not await self._ask(f"closing {rollout}", runs.close, rollout, executor, running.token, closing):
            raise NotOurs(f"{rollout} has been taken over")

    # Following one from here.

    def _await(self, rollout: str) -> None:
        self._awaited[rollout] = asyncio.get_running_loop().create_future()

    async def _follow(self, rollout: str) -> str:
        try:
            while True:  # Each round is a run that this process has lost and regained; `_regain` has a bound.
                text = await self._ended(rollout)
                if text is not None:
                    await self._noted(rollout)
                    return text
                await self._regain(rollout)
        finally:
            self._awaited.pop(rollout).cancel()

    async def _ended(self, rollout: str) -> str | None:
        awaited = self._awaited[rollout]
        either: list[asyncio.Future[Any]] = [awaited, *self._background]
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        self._check_background()
        return await awaited

    async def _noted(self, rollout: str) -> None:
        """Waits until DBOS has the end as well, so that this process may end."""
        async with asyncio.timeout(self._timing.patience_seconds):
            while True:
                run = await self._ask(f"reading {rollout}", runs.find_run, rollout)
                if run is None or run.stage in runs.OVER:
                    return
                await asyncio.sleep(LOOK_SECONDS)

    async def _regain(self, rollout: str) -> None:
        """Begins the rollout anew here, once this process holds its lock again and nobody has taken it meanwhile."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self._timing.patience_seconds
        while loop.time() < deadline:
            if self._presence.hold.holds:
                run = await self._ask(f"reading {rollout}", runs.find_run, rollout)
                if run is None or runs.process_of(run) != self._presence.executor:
                    raise Elsewhere(f"{rollout} goes on in another process; follow it with: rollset watch {rollout}")
                self._await(rollout)
                if run.stage is runs.Stage.PENDING:
                    await self._in_thread(self._upkeep.requeue, [rollout])
                return
            await asyncio.sleep(REGAIN_SECONDS)
        raise StateError(
            f"{self._database.state} was out of reach for {self._timing.patience_seconds:.0f} s; "
            f"{rollout} can be continued: rollset resume {rollout}"
        )

    # Beside the rollouts.

    async def _attend(self) -> None:
        """Brings signals to the desks and writes what they show, as long as this process runs rollouts."""
        while True:
            await asyncio.sleep(self._timing.signals_seconds)
            if not self._running:
                continue
            desks = {rollout: one.desk for rollout, one in self._running.items()}
            shown = {desk: present for desk in desks.values() if (present := desk.unwritten()) is not None}
            updates = [desk.overwrite(present) for desk, present in shown.items()]
            try:
                known = await self._ask("reading signals", attend, self._presence.executor, updates)
            except StateError as fault:
                self._warn_once(fault)
                continue
            self._is_warned = False
            for desk, present in shown.items():
                desk.written(present)
            for rollout, signals in known.items():
                if rollout in desks:
                    desks[rollout].hear(signals)

    async def _look_after(self) -> None:
        """Lets nothing be left behind."""
        while True:
            await asyncio.sleep(self._timing.judge_seconds)
            try:
                await self._in_thread(self._upkeep.look_after_own, set(self._running))
                if self._presence.kind is Kind.WORKER:
                    await self._in_thread(self._upkeep.look_after_dead)
            except StateError as fault:
                self._warn_once(fault)
            else:
                self._is_warned = False

    def _warn_once(self, fault: StateError) -> None:
        """Once for each time that the database is away; what waits for it goes on by itself."""
        if not self._is_warned:
            log.warning("%s; trying again until it answers", fault)
        self._is_warned = True

    def _check_background(self) -> None:
        """What runs beside the rollouts never ends by itself; if it did, that must not pass in silence."""
        for task in self._background:
            if task.done():
                task.result()

    async def _stop_all(self) -> None:
        tasks: list[asyncio.Task[Any]] = [*self._background, *(one.task for one in self._running.values())]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=self._timing.leave_seconds_max)

    def _register_queue(self) -> None:
        open_client(self._database).register_queue(
            self._queue,
            worker_concurrency=self._timing.rollouts_max,
            polling_interval_sec=self._timing.queue_seconds,
        )

    def _clear_queue(self) -> None:
        if self._presence.kind is Kind.WORKER:
            self._upkeep.hand_back()
        else:
            open_client(self._database).delete_queue(self._queue)

    async def _ask(self, doing: str, work: Callable[..., T], *values: object) -> T:
        patience = self._timing.patience_seconds
        return await self._in_thread(
            lambda: self._database.run(doing, lambda connection: work(connection, *values), patience=patience)
        )

    def _in_thread(self, work: Callable[..., T], *values: object) -> asyncio.Future[T]:
        return asyncio.get_running_loop().run_in_executor(self._pool, functools.partial(work, *values))


def _settle(awaited: asyncio.Future[str | None] | None, end: str | Exception | None) -> None:
    if awaited is None or awaited.done():
        return
    if isinstance(end, Exception):
        awaited.set_exception(end)
    else:
        awaited.set_result(end)


def _closing(text: str, present: str | None) -> runs.Closing:
    told = json.loads(text)
    return runs.Closing(ending=str(told["ending"]), exit_status=int(told["exit_status"]), present=present)

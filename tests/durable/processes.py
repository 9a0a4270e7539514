"""Real processes for the tests to kill. They are forked from one that has imported everything, so they start at once."""

import asyncio
import multiprocessing
from multiprocessing.process import BaseProcess

from rollset.engine.durable.faults import Held, Holder
from rollset.engine.durable.ledger import Ledger
from rollset.engine.durable.presence import Kind, Presence
from rollset.engine.durable.ready import open_database
from rollset.engine.durable.runtime import Runtime
from tests.durable.quick import ENDPOINT, QUICK, SECONDS_MAX, carry, claimed

CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload(["tests.durable.processes"])


def start(target, *arguments) -> BaseProcess:
    process = CONTEXT.Process(target=target, args=arguments, daemon=True)
    process.start()
    return process


def ended(process: BaseProcess) -> int | None:
    """How it ended."""
    process.join(SECONDS_MAX)
    return process.exitcode


def kill(process: BaseProcess) -> None:
    process.kill()
    process.join(SECONDS_MAX)


# What such a process does.


def open_and_list(state, together) -> None:
    together.wait(SECONDS_MAX)
    with open_database(state, QUICK) as database, Presence(database):
        assert Ledger(database).rollouts() == []


def claim_and_wait(state, together, told) -> None:
    """Claims the set, tells the id or what it was refused with, and lives on."""
    with open_database(state, QUICK) as database, Presence(database) as presence:
        together.wait(SECONDS_MAX)
        try:
            told.put(claimed(presence).id)
        except Held as held:
            told.put(held)
        asyncio.run(asyncio.sleep(SECONDS_MAX))


def run_or_continue(state, work) -> None:
    """What `rollset upgrade` does in the foreground: claims and runs, or continues what a dead process left."""

    async def main() -> None:
        with open_database(state, QUICK) as database, Presence(database) as presence:
            async with Runtime(presence, carry, endpoint=ENDPOINT) as runtime:
                await start_or_take_over(presence, runtime, work)

    asyncio.run(main())


async def start_or_take_over(presence, runtime, work) -> None:
    deadline = asyncio.get_running_loop().time() + SECONDS_MAX
    while asyncio.get_running_loop().time() < deadline:
        try:
            await runtime.start_here(claimed(presence), work.order())
        except Held as held:
            if held.holder is Holder.DEAD:
                await runtime.take_over(held.rollout)
            else:
                # That it was killed is not known at once everywhere.
                await asyncio.sleep(0.05)
                continue
        return


def serve(state, timing=QUICK) -> None:
    """What `rollset worker` does."""

    async def main() -> None:
        with open_database(state, timing) as database, Presence(database, Kind.WORKER) as presence:
            async with Runtime(presence, carry, endpoint=ENDPOINT) as runtime:
                await runtime.serve()

    asyncio.run(main())

"""What keeping a rollout costs: time and rows of a turn, and the memory of a rollout that waits.

Each figure comes from a process of its own, over SQLite and over a PostgreSQL that is started for it. CPU time is that
of the process that keeps, without the server's. Bytes are those of the tables that grow with turns.
"""

from __future__ import annotations

import asyncio
import json
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import sqlalchemy as sa
from tests.support.postgres import Postgres

from rollset.engine.durable.claims import Wanted, claim
from rollset.engine.durable.database import Database
from rollset.engine.durable.place import find_state
from rollset.engine.durable.presence import Kind, Presence
from rollset.engine.durable.queueing import enqueue
from rollset.engine.durable.ready import open_database
from rollset.engine.durable.runtime import Runtime
from rollset.engine.durable.tables import steps
from rollset.engine.durable.timing import DEFAULT
from rollset.engine.journal import Desk, Journal

ENDPOINT = "management.azure.com"
TURNS = 200
ENTRY_BYTES = 1500
"""About what the entry of a batch takes."""
WAITING = 500
WAITING_SECONDS_MAX = 300.0

TURN_CPU_MS_MAX = 20.0
WAITING_KB_MAX = 100.0


def run() -> None:
    """Prints the figures, for each database."""
    with tempfile.TemporaryDirectory() as directory:
        measure("SQLite", {"ROLLSET_STATE": directory})
    server = Postgres()
    server.start()
    try:
        measure("PostgreSQL", {"ROLLSET_DATABASE_URL": server.url(server.new_database())})
    finally:
        server.remove()


def measure(name: str, place: dict[str, str]) -> None:
    turn = json.loads(_in_process("turns", place))
    print(
        f"keeping a turn, {name}: {turn['cpu_ms']:.1f} ms of CPU (at most {TURN_CPU_MS_MAX:.0f}), "
        f"{turn['rows']:.0f} row, {turn['bytes']:.0f} bytes for {ENTRY_BYTES}"
    )
    waiting = json.loads(_in_process("waiting", place))
    print(
        f"waiting rollouts, {name}: {WAITING} in one process take {waiting['kb']:.0f} KB each "
        f"(at most {WAITING_KB_MAX:.0f}) and {waiting['cpu']:.1%} of a CPU together"
    )


def _in_process(what: str, place: dict[str, str]) -> str:
    command = [sys.executable, "-m", "bench.durable", what, json.dumps(place)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


async def turns(database: Database) -> dict[str, float]:
    """One rollout of many turns."""

    async def carry(_order: str, journal: Journal, _desk: Desk) -> str:
        async def make() -> str:
            return "x" * ENTRY_BYTES

        for _ in range(TURNS):
            await journal.keep(make)
        return json.dumps({"ending": "done", "exit_status": 0})

    with Presence(database) as presence:
        claimed = claim(presence, Wanted(scale_set="/set/turns", image="", started_by=""))
        async with Runtime(presence, carry, endpoint=ENDPOINT) as runtime:
            began = time.process_time()
            await runtime.start_here(claimed, "")
            spent = time.process_time() - began
    query = sa.select(sa.func.count(), sa.func.sum(sa.func.length(steps.c.output)))
    rows, size = database.run(
        "counting", lambda one: one.execute(query.where(steps.c.workflow_uuid == claimed.id)).one()
    )
    return {"cpu_ms": spent * 1000 / TURNS, "rows": rows / TURNS, "bytes": size / TURNS}


async def waiting(database: Database) -> dict[str, float]:
    """Many rollouts in one worker, each in the middle of a turn that waits."""
    arrived = 0

    async def carry(_order: str, journal: Journal, desk: Desk) -> str:
        async def make() -> str:
            nonlocal arrived
            arrived += 1
            desk.show(lambda: "waiting")
            await desk.wait(WAITING_SECONDS_MAX)
            return ""

        await journal.keep(make)
        return json.dumps({"ending": "done", "exit_status": 0})

    with Presence(database, Kind.WORKER) as presence:
        async with Runtime(presence, carry, endpoint=ENDPOINT):
            await asyncio.sleep(3)
            before = _resident()
            for number in range(WAITING):
                wanted = Wanted(scale_set=f"/set/{number}", image="", started_by="")
                enqueue(presence, claim(presence, wanted), "", ENDPOINT)
            async with asyncio.timeout(WAITING_SECONDS_MAX):
                while arrived < WAITING:  # noqa: ASYNC110 (a worker takes them by itself)
                    await asyncio.sleep(0.1)
            await asyncio.sleep(3)
            grown = _resident() - before
            began, spent = time.monotonic(), time.process_time()
            await asyncio.sleep(5)
            share = (time.process_time() - spent) / (time.monotonic() - began)
    return {"kb": grown / WAITING, "cpu": share}


def _resident() -> float:
    """In KB, now; where the system does not tell, the most that it ever was."""
    status = Path("/proc/self/status")
    if not status.exists():
        return float(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
    (line,) = [one for one in status.read_text().splitlines() if one.startswith("VmRSS")]
    return float(line.split()[1])


def main() -> None:
    what, place = sys.argv[1:]
    timing = replace(DEFAULT, leave_seconds_max=60.0)
    with open_database(find_state(None, json.loads(place)), timing) as database:
        print(json.dumps(asyncio.run((turns if what == "turns" else waiting)(database))))


if __name__ == "__main__":
    main()

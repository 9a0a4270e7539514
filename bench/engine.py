"""What it costs to keep a rollout: CPU, rows and bytes for each batch, beyond the same rollout in memory alone.

A rollout is played once, with the real client and the real emulator in virtual time, over a journal in memory. Then all
that the durable engine adds is done for it, entry by entry, as fast as it goes: each entry is made, kept as a step of a
workflow, read, and folded, and before each write to Azure the database is asked whether the rollout is still ours.
Looks at the fleet cost what they cost under any engine, and write nothing; they are left out on both sides. So is what
a waiting process costs by the second, which has a line of its own.

CPU time grows on a machine that others use as well: beside it stands how fast this one counts.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from tests.support.emulated import emulated, fleet
from tests.support.virtual import run_virtual, virtual_loop

from bench.engine_states import rows_and_bytes, states
from rollset.core.ahead.forecast import Tempo
from rollset.core.amount import Amount
from rollset.core.change import VersionChange
from rollset.core.pace import Batches, Pace
from rollset.engine import events
from rollset.engine.carry import Carrier
from rollset.engine.durable.claims import Wanted, claim
from rollset.engine.durable.place import State as Place
from rollset.engine.durable.presence import Presence
from rollset.engine.durable.ready import open_database
from rollset.engine.durable.runtime import Runtime
from rollset.engine.entry import Entry
from rollset.engine.journal import Desk, Journal, MemoryDesk, MemoryJournal
from rollset.engine.order import Order
from rollset.engine.prepare import Wish, prepare
from rollset.engine.records import decode_entry, decode_order, encode_entry, encode_order
from rollset.engine.state import State

SIZES = (20, 100, 1000)
ROUNDS = 3
MILLISECONDS_AIM = 20

IDLE_SECONDS = 5.0
COUNT = 5_000_000

ENDPOINT = "management.azure.com"


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """A rollout as it went."""

    order: str
    entries: tuple[Entry, ...]
    result: str
    requests: int

    @property
    def batches(self) -> int:
        return sum(isinstance(event, events.Asked) for entry in self.entries for event in entry.events)


async def play(instances: int, tempo: Tempo) -> Played:
    """Rolls a set in batches of a tenth of it."""
    tenth = Amount(number=10, percent=True)
    async with emulated(fleet("web", capacity=instances, single_placement_group=instances <= 100)) as azure:
        pace = Pace(max_unavailable=tenth, style=Batches(size=tenth))
        plan = await prepare(
            azure.client, Wish(scale_set=azure.id("web"), change=VersionChange(version="latest"), pace=pace)
        )
        clock = virtual_loop().now
        order = encode_order(Order.of(plan, id="bench", by="bench", begun_at=clock()))
        journal = MemoryJournal()
        before = azure.client.requests
        carrier = Carrier(azure=azure.client, clock=clock, by="bench", tempo=tempo)
        result = await carrier.carry(order, journal, MemoryDesk())
        entries = tuple(map(decode_entry, journal.kept))
        return Played(order=order, entries=entries, result=result, requests=azure.client.requests - before)


def carrying(played: Played) -> Callable[[str, Journal, Desk], Awaitable[str]]:
    """Carries it out again, without Azure."""

    async def carry(order: str, journal: Journal, desk: Desk) -> str:
        state = State.begin(decode_order(order))
        for entry in played.entries:

            async def make(entry: Entry = entry) -> str:
                if any(isinstance(event, events.Answered) for event in entry.events):
                    await desk.check_ours()
                return encode_entry(entry)

            state = state.after(decode_entry(await journal.keep(make)))
        assert state.result is not None
        return played.result

    return carry


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What one rollout cost."""

    seconds: float
    rows: int = 0
    bytes: int = 0
    idle_share: float = 0.0
    """Of one CPU, while nothing happens."""


async def in_memory(played: Played) -> Cost:
    began = time.process_time()
    await carrying(played)(played.order, MemoryJournal(), MemoryDesk())
    return Cost(seconds=time.process_time() - began)


async def kept(played: Played, place: Place) -> Cost:
    """The least of some rounds: what else the machine does is not the rollout's."""
    with open_database(place) as database, Presence(database) as presence:
        async with Runtime(presence, carrying(played), endpoint=ENDPOINT) as runtime:
            idle, costs = await _idle_share(), []
            for _ in range(ROUNDS):
                rows, size = rows_and_bytes(database)
                claimed = claim(presence, Wanted(scale_set="/rg/web", image="latest", started_by="bench"))
                began, began_at = time.process_time(), time.monotonic()
                await runtime.start_here(claimed, played.order)
                seconds = time.process_time() - began - idle * (time.monotonic() - began_at)
                rows_after, size_after = rows_and_bytes(database)
                grown = {"rows": rows_after - rows, "bytes": size_after - size}
                costs.append(Cost(seconds=seconds, **grown, idle_share=idle))
            return min(costs, key=lambda one: one.seconds)


async def _idle_share() -> float:
    began = time.process_time()
    await asyncio.sleep(IDLE_SECONDS)
    return (time.process_time() - began) / IDLE_SECONDS


def counting_seconds() -> float:
    """How long this machine takes to count, in CPU time."""
    began, left = time.process_time(), COUNT
    while left:
        left -= 1
    return time.process_time() - began


def run() -> None:
    """Prints a line for each size and database, and one on looks."""
    played = {instances: run_virtual(play(instances, Tempo())) for instances in SIZES}
    with states() as places:
        for instances, one in played.items():
            memory = min((asyncio.run(in_memory(one)) for _ in range(ROUNDS)), key=lambda cost: cost.seconds)
            for name, place in places.items():
                _print(f"{instances:,} instances, {name}", one, asyncio.run(kept(one, place)), memory)
    print(f"{'this machine':<28} counts to {COUNT:,} in {counting_seconds():.2f} s of CPU", flush=True)
    _print_looks()


def _print(name: str, played: Played, cost: Cost, memory: Cost) -> None:
    batches = played.batches
    own, all_of_it = (cost.seconds - memory.seconds) * 1000 / batches, cost.seconds * 1000 / batches
    print(
        f"{name:<28} {all_of_it:.1f} ms of CPU a batch (aim: at most {MILLISECONDS_AIM}), {own:.1f} more than in memory"
        f"; {cost.rows / batches:.1f} rows and {cost.bytes / batches / 1024:.1f} KiB a batch; {batches} batches, "
        f"{len(played.entries)} entries; {cost.idle_share:.1%} of a CPU while it waits",
        flush=True,
    )


def _print_looks() -> None:
    """The same rollout with looks as rare, and ten times as often."""
    rare, often = (run_virtual(play(20, Tempo(seconds_min=one, seconds_max=one))) for one in (60.0, 6.0))
    sizes = [sum(len(encode_entry(entry)) for entry in one.entries) for one in (rare, often)]
    print(
        f"{'looks ten times as often':<28} {often.requests / rare.requests:.1f} times the requests, "
        f"{len(often.entries) / len(rare.entries):.2f} times the rows, {sizes[1] / sizes[0]:.2f} times the bytes "
        "(aim: 1)",
        flush=True,
    )


if __name__ == "__main__":
    run()

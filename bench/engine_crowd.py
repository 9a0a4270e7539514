"""Five hundred rollouts at once, on one worker and on two: wall time, CPU, and the memory of one that waits.

Emulator, workers and database are processes of their own. All rollouts are paused when they are ordered. What the
workers grow by, from holding the first tenth to holding all of them, is the memory of those that wait; then all are
resumed, and run to their end. Each set has twenty instances, of which each rollout upgrades a few.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from bench.engine_states import states
from rollset.arm.azure import Azure
from rollset.arm.endpoint import Endpoint
from rollset.cli.foreground import TEMPO
from rollset.core.amount import Amount
from rollset.core.change import VersionChange
from rollset.core.control import Verb
from rollset.core.ids import InstanceId, ScaleSetId
from rollset.core.pace import Pace
from rollset.core.selection import Selection
from rollset.engine.carry import Carrier
from rollset.engine.clock import epoch_clock
from rollset.engine.durable.claims import Wanted, claim
from rollset.engine.durable.ledger import Ledger
from rollset.engine.durable.place import State, find_state
from rollset.engine.durable.presence import Kind, Presence
from rollset.engine.durable.queueing import enqueue
from rollset.engine.durable.ready import open_database
from rollset.engine.order import Order
from rollset.engine.prepare import Wish, prepare
from rollset.engine.records import encode_order

ROLLOUTS = int(os.environ.get("ROLLSET_BENCH_ROLLOUTS", "500"))
CAPACITY, CHOSEN = 20, ("0", "1", "2")
TIME_SCALE = 60.0
SECONDS_MAX = 3600.0
LOOK_SECONDS = 1.0
KILOBYTES_AIM = 100

GROUP, VERSION = "rg", "4.0.20160229"
TOKEN_SECONDS = 3600
QUEUE = "bench"
PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """The emulated Azure."""

    url: str
    subscription: str
    token: str


class _Token:
    """A credential that has its token already."""

    def __init__(self, token: str) -> None:
        self._token = token

    async def get_token_info(self, *_: str, **__: object) -> object:
        from azure.core.credentials import AccessTokenInfo  # noqa: PLC0415

        return AccessTokenInfo(self._token, int(time.time()) + TOKEN_SECONDS)

    async def close(self) -> None: ...


# The processes


def _emulate() -> None:
    """An emulator with all sets, until it is ended from outside; its address is the first line of output."""
    import msgspec  # noqa: PLC0415

    from rollset.emulator.fleet import Fleet  # noqa: PLC0415
    from rollset.emulator.server import EmulatorServer  # noqa: PLC0415

    sets = [{"resource_group": GROUP, "name": f"web{number}", "capacity": CAPACITY} for number in range(ROLLOUTS)]
    fleet = msgspec.convert({"scale_sets": sets}, Fleet)
    server = EmulatorServer(fleet=fleet, seed=1, time_scale=TIME_SCALE, https_port=None, throttle=False)
    with server as ready:
        known = {"url": ready.http, "subscription": ready.subscription_id, "token": server.world.tokens.issue()[0]}
        print(json.dumps(known), flush=True)
        signal.pause()


def _work() -> None:
    """What `rollset worker` does."""
    target = Target(**json.loads(sys.stdin.readline()))
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_serve(target))


async def _serve(target: Target) -> None:
    from rollset.engine.durable.runtime import Runtime  # noqa: PLC0415

    async with _open(target) as azure:
        carrier = Carrier(azure=azure, clock=epoch_clock(), by="bench", tempo=TEMPO)
        with open_database(find_state(None, os.environ)) as database, Presence(database, Kind.WORKER) as presence:
            async with Runtime(presence, carrier.carry, endpoint=QUEUE) as runtime:
                print("ready", flush=True)
                await runtime.serve()


def _open(target: Target) -> Azure:
    return Azure.open(Endpoint.parse(target.url), credential=_Token(target.token))  # type: ignore[arg-type]


@contextlib.contextmanager
def _process(word: str, **environ: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "bench.engine_crowd", word]
    environment = {**os.environ, **environ}
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
    ) as process:
        try:
            yield process
        finally:
            process.kill()


# The measurement


def run() -> None:
    """Prints a line for one worker and one for two, on PostgreSQL, and one for one worker on SQLite."""
    for name, workers in (("SQLite", 1), ("PostgreSQL", 1), ("PostgreSQL", 2)):
        with states() as places, _process("emulate") as emulator:
            assert emulator.stdout is not None
            target = Target(**json.loads(emulator.stdout.readline()))
            _measure(places[name], target, f"{ROLLOUTS} rollouts, {workers} on {name}", workers)


def _measure(place: State, target: Target, name: str, workers: int) -> None:
    with open_database(place) as database, contextlib.ExitStack() as stack:
        ledger = Ledger(database)
        presence = stack.enter_context(Presence(database))
        running = [stack.enter_context(_process("work", **_environ(place))) for _ in range(workers)]
        for one in running:
            _begin(one, target)
        first = asyncio.run(_order_all(presence, ledger, target, range(ROLLOUTS // 10)))
        _until_held(ledger, first)
        before = sum(_resident(one) for one in running)
        others = asyncio.run(_order_all(presence, ledger, target, range(len(first), ROLLOUTS)))
        _until_held(ledger, others)
        each = (sum(_resident(one) for one in running) - before) / len(others) / 1024
        rollouts = first + others
        cpu, began = sum(_cpu(one) for one in running), time.monotonic()
        for rollout in rollouts:
            ledger.signal(rollout, Verb.RESUME, "bench")
        _until(lambda: all(row.ended_at for row in ledger.rollouts(len(rollouts))))
        wall, cpu = time.monotonic() - began, sum(_cpu(one) for one in running) - cpu
        endings = {row.ending for row in ledger.rollouts(len(rollouts))}
        assert endings == {"done"}, endings
    batch = cpu * 1000 / len(rollouts) / len(CHOSEN)
    print(
        f"{name:<28} {each:.0f} kB of memory for each that waits (aim: under {KILOBYTES_AIM}); {wall:.0f} s from the "
        f"resume to the last end, {cpu:.0f} s of CPU in workers: {batch:.0f} ms a batch, looks and all",
        flush=True,
    )


def _begin(process: subprocess.Popen[str], target: Target) -> None:
    """Lets a worker start, and waits until it is ready."""
    assert process.stdin is not None
    assert process.stdout is not None
    known = {"url": target.url, "subscription": target.subscription, "token": target.token}
    process.stdin.write(json.dumps(known) + "\n")
    process.stdin.flush()
    assert process.stdout.readline() == "ready\n"


def _until_held(ledger: Ledger, rollouts: list[str]) -> None:
    """Waits until each has taken its pause, and sleeps."""
    for rollout in rollouts:
        _until(lambda rollout=rollout: bool(ledger.entries(rollout)))  # type: ignore[misc]
    time.sleep(LOOK_SECONDS)


async def _order_all(presence: Presence, ledger: Ledger, target: Target, numbers: range) -> list[str]:
    """Orders these, paused."""
    async with _open(target) as azure:
        return [await _order(presence, ledger, azure, target, f"web{number}") for number in numbers]


async def _order(presence: Presence, ledger: Ledger, azure: Azure, target: Target, name: str) -> str:
    wish = Wish(
        scale_set=ScaleSetId(subscription=target.subscription, resource_group=GROUP, name=name),
        change=VersionChange(version=VERSION),
        selection=Selection(instances=frozenset(map(InstanceId, CHOSEN))),
        pace=Pace(max_unavailable=Amount(number=1)),
    )
    plan = await prepare(azure, wish)
    claimed = claim(presence, Wanted(scale_set=wish.scale_set.path, image=VERSION, started_by="bench"))
    ledger.signal(claimed.id, Verb.PAUSE, "bench")
    order = Order.of(plan, id=claimed.id, by="bench", begun_at=claimed.begun_at, wish=wish)
    enqueue(presence, claimed, encode_order(order), QUEUE)
    return claimed.id


def _environ(place: State) -> dict[str, str]:
    url = getattr(place, "url", "")
    return {"ROLLSET_DATABASE_URL": url, "ROLLSET_STATE": str(getattr(place, "directory", ""))}


def _resident(process: subprocess.Popen[str]) -> int:
    """Bytes in memory now."""
    return int(Path(f"/proc/{process.pid}/statm").read_text().split()[1]) * PAGE_BYTES


def _cpu(process: subprocess.Popen[str]) -> float:
    """Seconds of CPU so far."""
    words = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")


def _until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + SECONDS_MAX
    while not true():
        assert time.monotonic() < deadline, f"it took longer than {SECONDS_MAX:.0f} s"
        time.sleep(LOOK_SECONDS)


if __name__ == "__main__":
    {"emulate": _emulate, "work": _work}.get("".join(sys.argv[1:]), functools.partial(run))()

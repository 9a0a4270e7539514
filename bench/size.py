"""How large an emulated Azure may be: 2,000 sets of 100 instances, and one set of 1,000 that is upgraded.

Everything happens in one process of its own, which calls the emulator's application without a socket; times are that
process's CPU time, so that a busy machine does not show. A page is a list of 100 instances with their views.
"""

from __future__ import annotations

import asyncio
import json
import resource
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

# Imports stand inside functions: the process that is measured loads what it needs, and no more.
# ruff: noqa: PLC0415

SETS, CAPACITY, GROUPS = 2000, 100, 40
PAGES = 400
LARGE = 1000
VIEWED = "$expand=instanceView&api-version=2024-07-01"

START_SECONDS_MAX = 5.0
GIGABYTES_MAX = 2.0
PAGES_A_SECOND_MIN = 200
PAUSE_SECONDS_MAX = 0.25

Ask = Callable[..., Awaitable[Any]]


def run() -> None:
    """Prints the figures beside their aims."""
    fleet = _measured("fleet")
    pages = _measured("pages")
    large = _measured("large")
    print(f"2,000 sets of 100 start      in {fleet['start']:.1f} s of CPU time (aim: below {START_SECONDS_MAX:g})")
    print(
        f"2,000 sets of 100 take       {fleet['gigabytes']:.2f} GB once every instance was listed with its view "
        f"(aim: below {GIGABYTES_MAX:g})"
    )
    print(
        f"a page of 100 instances      {pages['again']:.0f} a second of CPU time; {pages['anew']:.0f} where every "
        f"instance of it has changed (aim: at least {PAGES_A_SECOND_MIN})"
    )
    print(
        f"1,000 instances upgraded     longest answer {large['longest'] * 1000:.0f} ms of CPU time, of "
        f"{large['answers']} (aim: below {PAUSE_SECONDS_MAX * 1000:.0f})",
        flush=True,
    )


def _measured(what: str) -> dict[str, float]:
    ran = subprocess.run([sys.executable, "-m", "bench.size", what], stdout=subprocess.PIPE, text=True, check=True)
    found: dict[str, float] = json.loads(ran.stdout)
    return found


class _Clock:
    """Stands still until it is moved."""

    time = 1_750_000_000.0

    def now(self) -> float:
        return self.time


def _world(sets: Iterator[dict[str, Any]]) -> Any:
    import msgspec

    from rollset.emulator.fleet import Fleet
    from rollset.emulator.world import World

    return World(_Clock(), fleet=msgspec.convert({"scale_sets": list(sets)}, Fleet))


def _fleet() -> Iterator[dict[str, Any]]:
    for number in range(SETS):
        yield {
            "resource_group": f"group{number % GROUPS}",
            "name": f"set{number}",
            "capacity": CAPACITY,
            "os": "Linux",
            "zones": ["1", "2", "3"],
            "health": "extension",
        }


def _asker(world: Any) -> Ask:
    from rollset.emulator.app import create_app

    app, token = create_app(world), world.tokens.issue()[0]

    async def ask(method: str, below: str, query: str = VIEWED, body: Any = None) -> Any:
        path = f"/subscriptions/{world.subscription_id}{below}"
        data = b"" if body is None else json.dumps(body).encode()
        sent: list[Any] = []

        async def receive() -> Any:
            return {"type": "http.request", "body": data, "more_body": False}

        async def send(message: Any) -> None:
            sent.append(message)

        headers = [(b"host", b"localhost"), (b"authorization", f"Bearer {token}".encode())]
        scope = {"type": "http", "method": method, "scheme": "http", "path": path, "query_string": query.encode()}
        await app({**scope, "raw_path": path.encode(), "headers": headers}, receive, send)
        assert sent[0]["status"] in (200, 202), sent[1]["body"]
        return sent[1]["body"]

    return ask


def _of(group: str, name: str) -> str:
    return f"/resourceGroups/{group}/providers/Microsoft.Compute/virtualMachineScaleSets/{name}"


async def _whole_fleet() -> dict[str, float]:
    """Start, and then the most that a client can ask for: every instance with its view."""
    begun = time.process_time()
    world = _world(_fleet())
    start = time.process_time() - begun
    ask = _asker(world)
    for one in _fleet():
        await ask("GET", f"{_of(one['resource_group'], one['name'])}/virtualMachines")
    return {"start": start, "gigabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024 / 1024}


async def _pages() -> dict[str, float]:
    """A page again and again, and a page of which every instance has changed each time."""
    world = _world(one for one, _ in zip(_fleet(), range(1), strict=False))
    ask = _asker(world)
    path = f"{_of('group0', 'set0')}/virtualMachines"
    assert len(json.loads(await ask("GET", path))["value"]) == CAPACITY
    scale_set = next(iter(world.sets.values()))

    async def seconds(pages: int, *, anew: bool) -> float:
        begun = time.process_time()
        for _ in range(pages):
            if anew:
                for instance in scale_set.instances.values():
                    instance.fragments.clear()
            await ask("GET", path)
        return time.process_time() - begun

    return {
        "again": PAGES / await seconds(PAGES, anew=False),
        "anew": PAGES / 10 / await seconds(PAGES // 10, anew=True),
    }


async def _large_set() -> dict[str, float]:
    """One set of 1,000 is moved onto another version at once; it is looked at every five emulated seconds."""
    one = {"resource_group": "g", "name": "n", "capacity": LARGE, "single_placement_group": False}
    world = _world(iter([one]))
    ask, path = _asker(world), _of("g", "n")
    longest, answers = 0.0, 0

    async def timed(*words: Any, **more: Any) -> Any:
        nonlocal longest, answers
        begun = time.process_time()
        answer = await ask(*words, **more)
        longest, answers = max(longest, time.process_time() - begun), answers + 1
        return answer

    model = {"virtualMachineProfile": {"storageProfile": {"imageReference": {"version": "4.0.20160229"}}}}
    await timed("PATCH", path, body={"properties": model})
    await timed("POST", f"{path}/manualupgrade", body={"instanceIds": ["*"]})
    done = False
    while not done:
        world.clock.time += 5
        listed = await timed("GET", f"{path}/virtualMachines")
        await timed("GET", f"{path}/instanceView")
        done = all(one["properties"]["latestModelApplied"] for one in json.loads(listed)["value"])
    return {"longest": longest, "answers": answers}


if __name__ == "__main__":
    parts = {"fleet": _whole_fleet, "pages": _pages, "large": _large_set}
    if sys.argv[1:]:
        print(json.dumps(asyncio.run(parts[sys.argv[1]]())))
    else:
        run()

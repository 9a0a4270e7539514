"""What the tests of the durable engine share: short times, a small order, and one carrier that any process can run."""

import asyncio
import functools
import itertools
import json
import os
import signal
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from rollset.engine.durable.claims import Claim, Wanted, claim
from rollset.engine.durable.presence import Presence
from rollset.engine.durable.timing import Timing

ENDPOINT = "management.azure.com"
WEB = "/subscriptions/S/resourceGroups/myrg/providers/Microsoft.Compute/virtualMachineScaleSets/Web"

SECONDS_MAX = 240.0
"""No test takes so long, unless what it waits for never happens."""

QUICK = Timing(
    ping_seconds=0.2,
    judge_seconds=0.1,
    free_seconds=0.3,
    grace_seconds=1.0,
    signals_seconds=0.05,
    queue_seconds=0.1,
    patience_seconds=SECONDS_MAX,
    leave_seconds_max=5.0,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """So many turns, each of which acts once: it writes its number and its process into the file `acts`.

    Whoever comes first to the turn `freezes_at` freezes there: `before` it asks whether it may act, or `after` the act.
    """

    turns: int
    acts: str
    pause: float = 0.0
    freezes: str = ""
    freezes_at: int = -1

    def order(self) -> str:
        return json.dumps(asdict(self))

    @property
    def is_frozen(self) -> bool:
        return Path(self.acts + ".frozen").exists()

    def acted(self) -> list[tuple[int, int]]:
        """Turn and process of each act, in order."""
        path = Path(self.acts)
        lines = path.read_text().splitlines() if path.exists() else []
        return [(int(turn), int(pid)) for turn, pid in (line.split() for line in lines)]


async def carry(order, journal, desk):
    """Turns that act, and check in a run after a crash that what was kept is what they did."""
    work = json.loads(order)
    for turn in range(work["turns"]):
        kept = json.loads(await journal.keep(functools.partial(act, work, turn, desk)))
        assert kept["turn"] == turn
    return json.dumps({"ending": "done", "exit_status": 0, "turns": work["turns"]})


async def act(work, turn, desk):
    await asyncio.sleep(work["pause"])
    freeze(work, turn, "before")
    await desk.check_ours()
    note(work, turn)
    freeze(work, turn, "after")
    desk.show(lambda: f"after turn {turn}")
    return json.dumps({"turn": turn, "pid": os.getpid()})


def note(work, turn):
    with Path(work["acts"]).open("a") as file:
        file.write(f"{turn} {os.getpid()}\n")


def freeze(work, turn, where):
    if (work["freezes"], work["freezes_at"]) == (where, turn):
        try:
            Path(work["acts"] + ".frozen").touch(exist_ok=False)
        except FileExistsError:
            return
        os.kill(os.getpid(), signal.SIGSTOP)


def wanted(scale_set: str = WEB, **changes) -> Wanted:
    return Wanted(**{"scale_set": scale_set, "image": "version 2.0.0", "started_by": "anna@desk", **changes})


def claimed(presence: Presence, scale_set: str = WEB) -> Claim:
    return claim(presence, wanted(scale_set))


async def eventually(true: Callable[[], object]) -> None:
    """As `tests.support.patience.until`, within the event loop that makes it true."""
    async with asyncio.timeout(SECONDS_MAX):
        for _ in itertools.takewhile(lambda _: not true(), itertools.count()):
            await asyncio.sleep(0.01)

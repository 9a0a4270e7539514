"""How fast a rollout is, and what it costs: 1,000 instances in 10 placement groups, 100 out at once, in virtual time.

The real engine and the real ARM client drive the real emulator in this process, so hours pass in seconds and the
figures are the same on every machine. Two figures for each pace:

* ARM requests for each instance, everything included;
* wall time over the least possible: the same order and budget, every place filled in the instant in which it falls
  free, with the durations that the emulator drew. It is given twice: under the pace's own rules (update domains one at
  a time), and under the budget alone.
"""

from __future__ import annotations

import heapq
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from azure.core.rest import HttpRequest
from tests.support.inprocess import AppTransport, StaticCredential
from tests.support.virtual import run_virtual, virtual_loop

from rollset.arm.azure import Azure
from rollset.arm.endpoint import Endpoint
from rollset.core.amount import Amount
from rollset.core.change import VersionChange
from rollset.core.pace import Batches, Pace
from rollset.core.plan import Plan
from rollset.emulator.app import create_app
from rollset.emulator.fleet import parse_fleet
from rollset.emulator.world import World
from rollset.engine.events import Outcome
from rollset.engine.prepare import Wish, prepare
from rollset.engine.rollout import Rollout

INSTANCES = 1000
AT_ONCE = 100

REQUESTS_AIM_BATCHES, REQUESTS_AIM_WINDOW = 0.5, 1.5
WALL_TIME_AIM = 1.05

FLEET = f"""
scale_sets:
  - resource_group: bench
    name: thousand
    capacity: {INSTANCES}
    image: MicrosoftWindowsServer:WindowsServer:2012-R2-Datacenter:4.0.20160126
    single_placement_group: false
    fault_domains: 5
"""


@dataclass(frozen=True, slots=True)
class Run:
    """One rollout: what was planned, what came of it, and how long each instance was out, in seconds."""

    plan: Plan
    outcome: Outcome
    seconds_out: dict[str, float]


async def roll(pace: Pace, seed: int) -> Run:
    """Rolls the thousand at this pace."""
    world = World(clock=virtual_loop(), seed=seed, fleet=parse_fleet(FLEET))
    transport = AppTransport(create_app(world))
    token = await _ask(transport, "/metadata/identity/oauth2/token?resource=x", {"Metadata": "true"})
    credential = StaticCredential(str(token["access_token"]))
    async with Azure.open(Endpoint.parse("http://localhost"), credential=credential, transport=transport) as azure:
        (scale_set,) = await azure.scale_sets(world.subscription_id)
        plan = await prepare(azure, Wish(scale_set=scale_set.id, change=VersionChange(version="latest"), pace=pace))
        before = azure.requests
        outcome = await Rollout(azure, plan, lambda _: None).run()
        assert outcome.ending == "done", outcome.reason
        assert azure.requests - before == outcome.arm_requests
    history = await _ask(transport, "/emulator/sets/bench/thousand/history", {})
    return Run(plan=plan, outcome=outcome, seconds_out=_seconds_out(history))


async def _ask(transport: AppTransport, path: str, headers: dict[str, str]) -> dict[str, object]:
    answer = await transport.send(HttpRequest("GET", f"http://localhost{path}", headers=headers))
    found: dict[str, object] = json.loads(answer.content)
    return found


def _seconds_out(history: dict[str, object]) -> dict[str, float]:
    left: dict[str, datetime] = {}
    out: dict[str, float] = {}
    changes = history["value"]
    assert isinstance(changes, list)
    for change in changes:
        at, one = datetime.fromisoformat(change["time"]), change["instance"]
        if change["change"] == "out":
            left[one] = at
        elif one in left:
            out[one] = (at - left[one]).total_seconds()
    return out


def least_seconds(run: Run, *, domains: bool) -> float:
    """The canary alone, then every place filled at once; a domain begins when the one before is done, if so wanted."""
    canary, *others = run.plan.steps
    groups: dict[str | None, list[float]] = {}
    for step in others:
        groups.setdefault(step.domain if domains else None, []).extend(run.seconds_out[one] for one in step.instances)
    return max(run.seconds_out[one] for one in canary.instances) + sum(map(_list_schedule, groups.values()))


def _list_schedule(durations: Sequence[float]) -> float:
    places = [0.0] * AT_ONCE
    for one in durations:
        heapq.heapreplace(places, places[0] + one)
    return max(places)


def measure(name: str, pace: Pace, seed: int) -> None:
    """Prints a line for one pace."""
    run = run_virtual(roll(pace, seed))
    batches = isinstance(pace.style, Batches)
    each, aim = run.outcome.arm_requests / INSTANCES, REQUESTS_AIM_BATCHES if batches else REQUESTS_AIM_WINDOW
    words = f"{name:<28} {each:.2f} requests an instance (aim: at most {aim})"
    if not batches:
        own = run.outcome.seconds / least_seconds(run, domains=not pace.across_domains)
        free = run.outcome.seconds / least_seconds(run, domains=False)
        words += (
            f"; wall time {own:.3f} of the least under its own rules (aim: at most {WALL_TIME_AIM}), {free:.3f} of the "
            "least under the budget alone"
        )
    print(f"{words}; {run.outcome.seconds / 60:.0f} min", flush=True)


SEEDS = (1, 2, 3)


def run() -> None:
    """Prints all lines, one a pace and seed."""
    budget = Amount(number=AT_ONCE)
    paces = {
        "batches of 100": Pace(max_unavailable=budget, style=Batches(size=budget)),
        "window": Pace(max_unavailable=budget),
        "window, across domains": Pace(max_unavailable=budget, across_domains=True),
    }
    for name, pace in paces.items():
        for seed in SEEDS:
            measure(name, pace, seed)


if __name__ == "__main__":
    run()

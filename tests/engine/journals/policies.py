"""Recorded the journals of rollouts with policies beside it: python -m tests.engine.journals.policies

Sibling of record.py, whose rules hold here too: what is there is never recorded again.
"""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from azure.core.rest import HttpRequest

from rollset.core.amount import Amount
from rollset.core.care import Care, Protected
from rollset.core.change import VersionChange
from rollset.core.comparing.compare import Compare
from rollset.core.failing import Tolerance
from rollset.core.model.change import gather, parse_setting
from rollset.core.others import OtherActors, WhileRolling
from rollset.core.outside.calls import Command, WebCall
from rollset.core.outside.gates import Answer, Bounds, Gate
from rollset.core.outside.hooks import Hook, Moment
from rollset.core.pace import Batches, Engine, Pace
from rollset.core.surging.surge import Surge
from rollset.core.when.calendar import Calendar
from rollset.core.when.windows import MaintenanceWindow
from rollset.engine import events
from rollset.engine.carry import Carrier
from rollset.engine.journal import MemoryDesk, MemoryJournal
from rollset.engine.order import Order
from rollset.engine.prepare import Wish, prepare
from rollset.engine.records import decode_entry, decode_order, encode_order
from rollset.engine.state import State
from tests.engine.journals import HERE
from tests.engine.journals.record import NEW, OLD
from tests.engine.outsiders import Outsiders, yes
from tests.support.emulated import ENDPOINT, emulated, fleet
from tests.support.virtual import run_virtual, virtual_loop

ONE, TWO = Amount(number=1), Amount(number=2)
SMALL, LARGE = "Standard_D2s_v3", "Standard_D4s_v3"
MEMBERS = {
    "capacity": 8,
    "image": f"MicrosoftWindowsServer:WindowsServer:2012-R2-Datacenter:{OLD}",
    "fault_domains": 5,
    "health": "extension",
    "size": SMALL,
}
REPAIRS = {"automaticRepairsPolicy": {"enabled": True, "gracePeriod": "PT30M"}}

GATE = Gate(name="web", question=WebCall(url="http://{ip}/healthz"), bounds=Bounds(within=0.5))
DRAIN = Hook(moment=Moment.BEFORE_INSTANCE, name="drain", call=Command(argv=("drain", "{id}")))
UNDRAIN = Hook(moment=Moment.AFTER_INSTANCE, name="undrain", call=Command(argv=("undrain", "{id}")))


def steady(_about, _now):
    return Answer(yes=True, words="HTTP 200", number=10.0)


def stuck(about, now):
    """One cannot be drained."""
    return Answer(yes=False, words="no route") if about.facts["id"] == "6" else yes(about, now)


@dataclass(frozen=True, kw_only=True)
class Scene:
    """A rollout, what goes wrong in it, and when it is cut off."""

    wish: dict[str, Any]
    cut: Callable[[State, list[object]], bool]
    members: dict[str, Any] = field(default_factory=dict)
    faults: tuple[dict[str, Any], ...] = ()
    properties: dict[str, Any] = field(default_factory=dict)


def _has(facts: list[object], kind: type) -> bool:
    return any(isinstance(one, kind) for one in facts)


SCENES = {
    "policies": Scene(
        wish={
            "pace": Pace(
                max_unavailable=Amount(number=3),
                min_healthy=TWO,
                style=Batches(size=TWO, growth=(ONE,)),
                bake_seconds=60.0,
                across_domains=True,
            ),
            "gates": (GATE,),
            "hooks": (DRAIN, UNDRAIN),
            "care": Care(protected=Protected.FORCE),
            "tolerance": Tolerance(max_failures=ONE, retries=1),
            "calendar": Calendar(windows=(MaintenanceWindow(cron="0 0 * * *", seconds=86_400.0, zone="UTC"),)),
            "compare": Compare(),
            "model": gather(LARGE, parse_setting("virtualMachineProfile.licenseType=Windows_Server")),
            "others": OtherActors(repairs=WhileRolling.SUSPEND, os_upgrade=WhileRolling.SUSPEND),
        },
        members={"instances": {"5": {"protected": True}, "7": {"protected": True}}},
        faults=({"kind": "upgrade-fails", "times": 1, "set": "rg/web", "instances": ["1"]},),
        properties=REPAIRS,
        cut=lambda state, facts: _has(facts, events.Parked) and "7" in state.progress.asked,
    ),
    "surging": Scene(
        wish={"surge": Surge(add=ONE), "pace": Pace()},
        members={"capacity": 4},
        cut=lambda state, _: len(state.progress.surge.retired) == 2 and state.progress.surge.surplus == 1,
    ),
    "by-azure": Scene(
        wish={"engine": Engine.AZURE, "pace": Pace(max_unavailable=TWO, style=Batches(size=TWO), canary=0)},
        members={"upgrade_policy": "Rolling"},
        cut=lambda state, _: len(state.progress.took) >= 3,
    ),
}


def an_outside() -> Outsiders:
    """Gates say yes, and hooks go well, but for one."""
    return Outsiders(answers={str(GATE.question): steady}, calls={str(DRAIN.call): stuck})


async def record(scene: Scene) -> dict[str, object]:
    """The rollout up to where it is cut off."""
    async with emulated(fleet("web", **{**MEMBERS, **scene.members})) as azure:
        await _prepare(azure, scene)
        wish = Wish(scale_set=azure.id("web"), change=VersionChange(version=NEW), **scene.wish)
        clock = virtual_loop().now
        made = Order.of(
            await prepare(azure.client, wish), id="web-20260101-0000-def", by="ann@ops", begun_at=clock(), wish=wish
        )
        order, journal = encode_order(made), MemoryJournal()
        carrier = Carrier(azure=azure.client, clock=clock, by="ann@ops", outside=an_outside())
        running = asyncio.ensure_future(carrier.carry(order, journal, MemoryDesk()))
        while not running.done() and not scene.cut(*_standing(order, journal)):  # noqa: ASYNC110 (time is virtual)
            await asyncio.sleep(5.0)
        assert not running.done(), running.result()
        running.cancel()
        return {"order": order, "entries": journal.kept}


async def _prepare(azure, scene: Scene) -> None:
    for one in scene.faults:
        await azure.fault(**one)
    if scene.properties:
        url = f"{ENDPOINT}{azure.id('web').path}?api-version=2024-07-01"
        headers = {"Authorization": f"Bearer {azure.world.tokens.issue()[0]}"}
        request = HttpRequest("PATCH", url, json={"properties": scene.properties}, headers=headers)
        answer = await azure.transport.send(request)
        assert answer.status_code == 200, answer.text()


def _standing(order: str, journal: MemoryJournal) -> tuple[State, list[object]]:
    state, facts = State.begin(decode_order(order)), []
    for text in journal.kept:
        entry = decode_entry(text)
        state = state.after(entry)
        facts += entry.events
    return state, facts


def main() -> None:
    """Records those that are missing."""
    for name, scene in SCENES.items():
        path = HERE / f"{name}.json"
        if not path.exists():
            path.write_text(json.dumps(run_virtual(record(scene)), indent=1) + "\n")


if __name__ == "__main__":
    main()

"""Recorded the journals beside it: python -m tests.engine.journals.record

A journal that is there is never recorded again: it stands for the rollouts that are in flight, somewhere, under the
rollset that wrote it. Whoever changes the form of the journal records another one, under another name.
"""

import asyncio
import json

from rollset.core.amount import Amount
from rollset.core.change import VersionChange
from rollset.core.control import Signal, Verb
from rollset.core.pace import Batches, Checkpoint, Pace
from rollset.engine import events
from rollset.engine.carry import Carrier
from rollset.engine.journal import MemoryDesk, MemoryJournal
from rollset.engine.order import Order
from rollset.engine.prepare import Wish, prepare
from rollset.engine.records import decode_entry, encode_order
from tests.engine.journals import HERE
from tests.support.emulated import emulated, fleet
from tests.support.virtual import run_virtual, virtual_loop

OLD, NEW = "4.0.20160126", "4.0.20160229"
CAPACITY = 10
MEMBERS = {
    "capacity": CAPACITY,
    "image": f"MicrosoftWindowsServer:WindowsServer:2012-R2-Datacenter:{OLD}",
    "fault_domains": 5,
    "upgrade_policy": "Automatic",
}

ORDERS = {
    "rolling": {3: (Verb.PAUSE, Verb.RESUME), 4: (Verb.APPROVE,)},
    "undoing": {3: (Verb.PAUSE, Verb.UNDO)},
}
"""After so many requests, what operators order."""

CUT_AFTER = {"rolling": 5, "undoing": 4}
"""So many requests were answered when the journal was cut off."""


async def record(name: str) -> dict[str, object]:
    """A rollout up to where it is cut off."""
    async with emulated(fleet("web", **MEMBERS)) as azure:
        pace = Pace(
            max_unavailable=Amount(number=2),
            style=Batches(size=Amount(number=2), pause_seconds=30.0),
            bake_seconds=60.0,
            checkpoints=(Checkpoint(share=Amount(number=50, percent=True), wait_seconds=None),),
        )
        wish = Wish(scale_set=azure.id("web"), change=VersionChange(version=NEW), pace=pace, switch_policy=True)
        plan = await prepare(azure.client, wish)
        clock = virtual_loop().now
        order = encode_order(Order.of(plan, id="web-20260101-0000-abc", by="ann@ops", begun_at=clock(), wish=wish))
        journal, desk = MemoryJournal(), MemoryDesk()
        carrier = Carrier(azure=azure.client, clock=clock, by="ann@ops")
        running = asyncio.ensure_future(carrier.carry(order, journal, desk))
        given = 0
        while _answered(journal) < CUT_AFTER[name]:
            await asyncio.sleep(10.0)
            for after, verbs in ORDERS[name].items():
                if given < after <= _answered(journal):
                    given = after
                    _order(desk, verbs)
        running.cancel()
        return {"order": order, "entries": journal.kept}


def _answered(journal: MemoryJournal) -> int:
    kept = [event for text in journal.kept for event in decode_entry(text).events]
    return sum(isinstance(event, events.Answered) for event in kept)


def _order(desk: MemoryDesk, verbs: tuple[Verb, ...]) -> None:
    for verb in verbs:
        checkpoint = 1 if verb is Verb.APPROVE else None
        number, now = len(desk.left) + 1, virtual_loop().now()
        desk.leave(Signal(number=number, verb=verb, by="bert@ops", at=now, checkpoint=checkpoint))


def main() -> None:
    """Records those that are missing."""
    for name in ORDERS:
        path = HERE / f"{name}.json"
        if not path.exists():
            path.write_text(json.dumps(run_virtual(record(name)), indent=1) + "\n")


if __name__ == "__main__":
    main()

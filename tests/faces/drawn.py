"""Journals drawn by hand: an order for a healthy set, and entries that say what happened when."""

from collections.abc import Iterable
from dataclasses import replace

from rollset.core.amount import Amount
from rollset.core.fleet import Fleet
from rollset.core.pace import Deadlines, Pace
from rollset.engine import events
from rollset.engine.entry import Change, Entry
from rollset.engine.order import Order
from rollset.engine.records import decode_order
from rollset.faces.availability import Attendance, Availability
from rollset.faces.timeline import Timeline, Timeliner
from tests.engine.journals import load

BEGIN = 1000.0


def order(*, capacity=4, bake=0.0, allowed=2, surge=None, **members) -> Order:
    """So many healthy instances named from 0, all on the old image; the rollout begins at 1000."""
    known = decode_order(load("rolling").order)
    fleet = Fleet(
        scale_set=replace(known.fleet.scale_set, capacity=capacity), instances=known.fleet.instances[:capacity]
    )
    pace = Pace(max_unavailable=Amount(number=allowed), bake_seconds=bake)
    job = replace(known.job, pace=pace, deadlines=Deadlines(), surge=surge)
    return replace(known, fleet=fleet, job=job, begun_at=BEGIN, wish=None, **members)


def entry(*facts, at=None, **change) -> Entry:
    """One turn: what it tells, and what of `Progress` it changes."""
    return Entry(at=facts[-1].at if at is None else at, events=facts, change=Change(**change))


def asked(at, *ones) -> events.Asked:
    return events.Asked(at=at, instances=ones, reason="2 of 2 free")


def proven(at, one, **members) -> events.Proven:
    return events.Proven(at=at, instance=one, seconds=60.0, **members)


def timeline_of(order: Order, entries: Iterable[Entry], now: float) -> Timeline:
    """The bars of a rollout with that journal."""
    reading = Timeliner.of(order, order.plan)
    for one in entries:
        reading.take(one)
    return reading.timeline(now)


def availability_of(order: Order, entries: Iterable[Entry], now: float) -> Availability:
    """The line of a rollout with that journal."""
    reading = Attendance.of(order, order.plan)
    for one in entries:
        reading.take(one)
    return reading.availability(now)

"""Reads from the journal of an earlier rollout how long it took to bring instances to the image that they run now."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from rollset.core.comparing.former import unlike
from rollset.core.fleet import Fleet
from rollset.core.ids import InstanceId
from rollset.core.image import same_image
from rollset.core.pace import Job
from rollset.engine import events
from rollset.engine.entry import Entry
from rollset.engine.order import Order
from rollset.engine.state import State


@dataclass(frozen=True, slots=True, kw_only=True)
class Upgraded:
    """An instance that was asked for, and seen healthy so many seconds later, as `job` has it."""

    instance: InstanceId
    seconds: float
    job: Job


def times_of(order: Order, entries: Iterable[Entry]) -> Iterator[Upgraded]:
    """Every upgrade of a rollout that was seen through; no reimage, which is another thing, and nobody left stopped."""
    state, reimaged = State.begin(order), set[InstanceId]()
    for entry in entries:
        for event in entry.events:
            match event:
                case events.Asked(instances=instances):
                    (reimaged.update if event.reimage else reimaged.difference_update)(instances)
                case events.Proven(instance=one, seconds=float(took), off=False) if one not in reimaged:
                    yield Upgraded(instance=one, seconds=took, job=state.job)
        state = state.after(entry)


@dataclass(frozen=True, slots=True, kw_only=True)
class Timed:
    """What one earlier rollout tells of the instances there are now; `why` it tells nothing that can be compared."""

    took: dict[InstanceId, float]
    why: str | None = None


def timed(fleet: Fleet, job: Job, order: Order, entries: Iterable[Entry]) -> Timed:
    """Of those that are there still, on the image to which that rollout brought them."""
    took, reasons = dict[InstanceId, float](), dict[str, None]()
    for one in times_of(order, entries):
        seen = fleet.by_id.get(one.instance)
        took.pop(one.instance, None)
        if seen is None or not same_image(seen.image, one.job.image):
            continue
        if (why := unlike(job, fleet.scale_set, one.job, order.fleet.scale_set)) is not None:
            reasons[why] = None
            continue
        took[one.instance] = one.seconds
    return Timed(took=took, why=next(iter(reasons), None))

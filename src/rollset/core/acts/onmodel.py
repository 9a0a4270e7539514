"""The price of a change of the set itself: another capacity, another model, or both."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import ceil

from rollset.core.acts.act import TRAITS, Action, Edit, Scale
from rollset.core.acts.editing import as_edit, changes_image, differences
from rollset.core.acts.price import Case, Price
from rollset.core.acts.service import serves
from rollset.core.acts.typical import Lasts, lasts
from rollset.core.fleet import Fleet, Instance, Orchestration, UpgradeMode

INSTANCES_MAX = 1000
"""Of one set, in Azure (documentation, "Azure subscription and service limits")."""

INSTANCES_MAX_SINGLE = 100
"""The same with a single placement group."""


def price_of_scaling(act: Scale, case: Case) -> Price:
    fleet, staying = case.fleet, case.staying
    serving = sum(map(serves, staying))
    refusals = [*_capacity_refusals(act.capacity, fleet), *case.beside(act)]
    if act.capacity == fleet.scale_set.capacity:
        refusals.insert(0, f"the capacity of {fleet.scale_set.id} is {act.capacity} already")
    return Price(
        act=act,
        words=_capacity_words(act.capacity, fleet, serving),
        total=len(staying),
        out=_fewer(fleet, act.capacity, serving),
        serving=serving,
        loses=_lost_by(act.capacity, fleet),
        differences=differences(as_edit(act), fleet.scale_set),
        notes=tuple(_capacity_notes(act.capacity, fleet)),
        refusals=tuple(refusals),
    )


def price_of_edit(act: Edit, case: Case) -> Price:
    """Of an edit whose image is exact."""
    fleet, staying = case.fleet, case.staying
    changed = differences(act, fleet.scale_set)
    reached = [one for one in staying if not one.protected] if _reaches_instances(act, fleet) else []
    known = lasts(Action.UPGRADE, fleet.scale_set.os_type, case.took) if reached else None
    serving, out = sum(map(serves, staying)), _out_by_policy(fleet, reached)
    touches_model = bool(act.model) or changes_image(act, fleet.scale_set)
    words = [_policy_words(fleet, reached, serving - out, known)] if touches_model else []
    capacity = act.capacity if act.capacity != fleet.scale_set.capacity else None
    fewer = 0
    if capacity is not None:
        words.append(_capacity_words(capacity, fleet, serving - out))
        fewer = _fewer(fleet, capacity, serving - out)
    return Price(
        act=act,
        words="; ".join(words) or "nothing changes",
        total=len(staying),
        out=out + fewer,
        serving=serving,
        lasts=known,
        loses=TRAITS[Action.UPGRADE].loses if reached else "" if capacity is None else _lost_by(capacity, fleet),
        differences=changed,
        notes=() if capacity is None else tuple(_capacity_notes(capacity, fleet)),
        refusals=(
            *(() if changed else (f"the model of {fleet.scale_set.id} says all of that already",)),
            *(() if capacity is None else _capacity_refusals(capacity, fleet)),
            *case.beside(act),
        ),
    )


def _fewer(fleet: Fleet, capacity: int, serving: int) -> int:
    """How many that serve go, at most: Azure chooses who."""
    return min(serving, max(0, fleet.scale_set.capacity - capacity))


def _lost_by(capacity: int, fleet: Fleet) -> str:
    return TRAITS[Action.DELETE].loses if capacity < fleet.scale_set.capacity else ""


def _capacity_words(capacity: int, fleet: Fleet, serving: int) -> str:
    before = fleet.scale_set.capacity
    if capacity >= before:
        more = capacity - before
        return f"{more} instance{'' if more == 1 else 's'} more, {capacity} in all; nobody leaves service"
    fewer = before - capacity
    gone = "is deleted, Azure chooses which" if fewer == 1 else "are deleted, Azure chooses which"
    return f"{fewer} of {before} instances {gone}; {serving - _fewer(fleet, capacity, serving)} serve then"


def _capacity_notes(capacity: int, fleet: Fleet) -> Iterable[str]:
    kept = sum(one.protected or one.protected_from_scale_in for one in fleet.instances)
    if capacity < min(kept, fleet.scale_set.capacity):
        yield f"{kept} instances are protected from scale-in, so Azure may not get down to {capacity}"
    if capacity == 0:
        yield "no instance is left"


def _capacity_refusals(capacity: int, fleet: Fleet) -> Iterable[str]:
    scale_set = fleet.scale_set
    flexible = scale_set.orchestration is Orchestration.FLEXIBLE
    if capacity < 0:
        yield f"a capacity is a number from 0 up, and {capacity} is none"
    elif capacity > INSTANCES_MAX:
        yield f"no scale set has more than {INSTANCES_MAX} instances"
    elif capacity > INSTANCES_MAX_SINGLE and scale_set.single_placement_group and not flexible:
        yield f"{scale_set.id} has a single placement group, which holds {INSTANCES_MAX_SINGLE} instances at most"


def _reaches_instances(edit: Edit, fleet: Fleet) -> bool:
    """Whether Azure brings the instances onto the model by itself."""
    by_itself = fleet.scale_set.upgrade_mode is not UpgradeMode.MANUAL
    return by_itself and (changes_image(edit, fleet.scale_set) or edit.model.reaches_instances)


def _out_by_policy(fleet: Fleet, reached: Sequence[Instance]) -> int:
    """How many that serve are out at once, at most: all of them, or a batch of Azure's rolling upgrade."""
    serving = sum(map(serves, reached))
    if fleet.scale_set.upgrade_mode is not UpgradeMode.ROLLING:
        return serving
    return min(serving, _batch(fleet, reached))


def _batch(fleet: Fleet, reached: Sequence[Instance]) -> int:
    return max(1, len(reached) * fleet.scale_set.rolling_policy.batch_percent // 100)


def _policy_words(fleet: Fleet, reached: Sequence[Instance], left: int, known: Lasts | None) -> str:
    mode = fleet.scale_set.upgrade_mode
    if not reached:
        follow = ": instances follow when they are upgraded" if mode is UpgradeMode.MANUAL else ""
        return f"nobody leaves service{follow}"
    follow = f"the upgrade policy is {mode.value}, so {len(reached)} instances follow by themselves"
    if mode is UpgradeMode.ROLLING:
        batch = _batch(fleet, reached)
        batches = f"about {ceil(len(reached) / batch)} batches of {batch}"
        return f"{follow}, in {batches}, each out of service for {known}; {left} serve meanwhile"
    return f"{follow}, perhaps all at once, out of service for {known}; {left} serve meanwhile"

"""What a surge may do now: make more instances, delete old ones that others stand in for, give back what is too much.

An old instance goes only when a new one has taken its place: it is on the image, healthy, and has baked. So the set
never serves with fewer than it would without the rollout, whatever the budget says.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from rollset.core.care import Stopped
from rollset.core.decision import Blocked, Grow, Halt, Retire, Wait
from rollset.core.fleet import Instance, Provisioning
from rollset.core.ids import InstanceId, natural
from rollset.core.order import Order
from rollset.core.pace import Batches
from rollset.core.selection import spoken_ids
from rollset.core.situation import Situation
from rollset.core.standing import Standing
from rollset.core.surging.surge import Fallback, capacity_limit, is_shortage
from rollset.core.waiting import spoken_parked

ZONES_TO_BALANCE = 2

LEAVING_LOOK_SECONDS = 10.0
"""Between looks for instances that are being deleted: Azure takes about half a minute."""

BIRTH_LOOK_SECONDS = 15.0
"""Between looks for instances that were asked for and do not show yet."""


def unborn(situation: Situation) -> Wait | None:
    """What was added has to be seen before anything else is decided."""
    if not situation.unborn:
        return None
    words = f"{situation.unborn} new instances were asked for and do not show yet"
    return Wait(reason=words, until=situation.now + BIRTH_LOOK_SECONDS)


def drop_what_found_no_room(situation: Situation) -> Retire | None:
    """Instances that Azure could not place are nothing but capacity that is too much."""
    lost = [one.id for one in situation.made if _found_no_room(one)]
    if not lost:
        return None
    return Retire(instances=tuple(lost), made=True, reason=f"Azure has no room for {spoken_ids(lost)}")


def drop_failed(situation: Situation) -> Retire | None:
    """A new instance that failed, where the rollout puts up with that, makes room for another."""
    ours = {one.id for one in situation.made} & situation.failed.keys() - set(situation.to_retry)
    if not ours or situation.surplus <= 0:
        return None
    chosen = sorted(ours, key=natural)[: situation.surplus]
    return Retire(instances=tuple(chosen), made=True, reason=f"{spoken_ids(chosen)} failed")


def shortage(situation: Situation) -> str | None:
    """In Azure's words, why no more can be added, if an instance that was added says so."""
    found = next((one for one in situation.made if _found_no_room(one)), None)
    return None if found is None else f"instance {found.id} could not be made: {found.error}"


def no_room(situation: Situation) -> str | None:
    """Why nothing more can be added, if that is so."""
    limit = capacity_limit(situation.fleet)
    if situation.progress.surge.fallen is not None:
        return situation.progress.surge.fallen
    if situation.owed <= 0 and situation.fleet.scale_set.capacity >= limit:
        kind = "in one placement group" if situation.fleet.scale_set.single_placement_group else "of one set"
        return f"there may be no more than {limit} instances {kind}"
    return None


def give_back(situation: Situation, why: str) -> Retire | None:
    """What the set holds too much, when nothing follows that needs it."""
    chosen = too_many(situation)
    if not chosen:
        return None
    return Retire(instances=chosen, made=True, reason=f"{why}: giving back {spoken_ids(chosen)}, which was added")


def too_many(situation: Situation) -> tuple[InstanceId, ...]:
    """Those made by this rollout that have to go for the capacity to be as it would be without it, useless first."""
    standings, kept = situation.standings, situation.kept
    made = [one.id for one in situation.made if one.id not in kept]
    here = sorted(made, key=lambda one: (standings[one] is not Standing.PROVEN, natural(one)))
    return tuple(reversed(here[max(0, len(here) - situation.owed) :])) if situation.owed > 0 else ()


def replace_old(situation: Situation) -> Retire | None:
    """Deletes as many old instances as new ones stand ready for; the useless first, so that zones stay balanced."""
    count = min(situation.ready, len(situation.candidates))
    if count <= 0:
        return None
    useless = [one for one in situation.candidates if situation.standings[one.id] is Standing.FIRST]
    chosen = _balanced(useless or situation.candidates, count, situation.staying)
    new = "1 new instance serves" if situation.ready == 1 else f"{situation.ready} new instances serve"
    words = f"{new} in their place; {situation.capacity_words}"
    return Retire(instances=tuple(one.id for one in chosen), reason=words)


def grow(situation: Situation, limit: int | None) -> Grow | Wait | Blocked | Halt:
    """Asks for more, as far as pace and room allow; `limit` is that of the next checkpoint."""
    surge = situation.job.surge
    assert surge is not None, "who replaces has a policy for it"
    if (leaving := _unbalancing(situation)) is not None:
        return leaving
    count = min(_limits(situation, surge.add.of(situation.budget.total), limit))
    if count > 0:
        words = ["canary, alone"] if situation.canaries_left else []
        words.append(f"at most {surge.add.of(situation.budget.total)} more than the capacity")
        return Grow(by=count, reason="; ".join([*words, situation.capacity_words]))
    if situation.awaited:
        until = min(situation.baking.values(), default=None)
        reason = f"{situation.surplus} more than the capacity, waiting until they are healthy"
        return Wait(reason=reason, instances=situation.awaited, until=until, barrier=False)
    return _at_an_end(situation, surge.add.of(situation.budget.total))


def _at_an_end(situation: Situation, most: int) -> Blocked | Halt:
    """Nothing may be added, and nobody is on the way."""
    if len(situation.parked) >= most:
        # Nobody but an operator brings them back, as in place.
        return Halt(reason=f"{spoken_parked(situation)}; no more than {most} may be added")
    if situation.lost and situation.owed <= 0:
        failed = tuple(situation.failed.values())
        end = f"{situation.tally}; {situation.lost} new instances failed, and none is left to try"
        return Halt(reason=end, failures=failed)
    why = f"{situation.surplus} instances were added, and {spoken_ids(situation.lame) or 'none of them'} cannot serve"
    since, patience = situation.progress.blocked_since, situation.job.deadlines.health
    if since is not None and situation.now - since >= patience:
        return Halt(reason=why)
    return Blocked(reason=why, until=None if since is None else since + patience)


def halted_for_room(situation: Situation) -> Halt | None:
    """The end of a surge without room, where that is what was asked for; what was added before is put to use."""
    why, surge = no_room(situation), situation.job.surge
    if why is None or situation.owed > 0 or surge is None or surge.fallback is not Fallback.STOP:
        return None
    return Halt(
        reason=f"no room for more instances ({why}); make room, or go on with --surge-fallback in-place; "
        f"{situation.tally}"
    )


def is_swapping(situation: Situation) -> bool:
    """Whether instances are replaced, and not upgraded where they stand."""
    surge = situation.job.surge
    if surge is None:
        return False
    return no_room(situation) is None or situation.owed > 0 or surge.fallback is Fallback.STOP


def surge_notes(situation: Situation) -> Iterator[str]:
    """What an operator should know before instances are replaced."""
    surge, total = situation.job.surge, situation.budget.total
    if surge is None:
        return
    add, room = surge.add.of(total), max(0, capacity_limit(situation.fleet) - situation.fleet.scale_set.capacity)
    many = "one more" if add == 1 else f"{add} more"
    yield f"new instances are made and old ones deleted: up to {many} than {total}, with new ids; their disks are lost"
    then = "the rollout ends" if surge.fallback is Fallback.STOP else f"at most {situation.budget.allowed} go in place"
    yield f"where Azure has no room for more instances, {then}"
    if room < add:
        yield f"there is room for {room} more instances at most ({capacity_limit(situation.fleet)} are possible)"
    behind = [one.id for one in situation.chosen if one.protected_from_scale_in and not one.protected]
    if behind:
        yield f"protected from scale-in, so not replaced: {spoken_ids(behind)}"
    yield from _unheeded(situation)


def _unheeded(situation: Situation) -> Iterator[str]:
    """What is asked for beside the surge and goes otherwise with one: where new instances are made is up to Azure."""
    pace, zones = situation.job.pace, situation.fleet.scale_set.zones
    if situation.job.care.stopped is Stopped.UPGRADE:
        yield "policy.stopped: upgrade does nothing here: a surge replaces no stopped instance, and upgrades none"
    if len(zones) >= ZONES_TO_BALANCE and (pace.order is not Order.UPDATE_DOMAIN or pace.first):
        yield (
            "zones are not gone through one at a time: Azure makes new instances in whichever zone has the fewest, the "
            "next to be deleted is of the zone that has the most, and policy.order and policy.first decide within it"
        )
    elif pace.order is not Order.UPDATE_DOMAIN and pace.order.by_domain:
        yield f"no {pace.order.words} waits for another, for none lacks an instance; the order is that of deleting"


def _unbalancing(situation: Situation) -> Wait | None:
    """Azure puts new ones into the zone with the fewest, and may count those that are still being deleted there."""
    leaving = situation.progress.surge.gone & situation.fleet.by_id.keys()
    if len(situation.fleet.scale_set.zones) < ZONES_TO_BALANCE or not leaving:
        return None
    words = (
        f"{spoken_ids(sorted(leaving, key=natural))} must be gone before more are added, so that zones stay balanced"
    )
    return Wait(reason=words, until=situation.now + LEAVING_LOOK_SECONDS)


def _limits(situation: Situation, most: int, checkpoint: int | None) -> Iterable[int]:
    budget, style = situation.budget, situation.job.pace.style
    yield most - situation.surplus if situation.progress.surge.fallen is None else 0
    yield len(situation.candidates) - (situation.surplus - len(situation.parked)) - situation.lost
    yield capacity_limit(situation.fleet) - situation.fleet.scale_set.capacity
    if isinstance(style, Batches):
        yield style.size_after(situation.done, budget.total)
    if situation.canaries_left:
        yield situation.canaries_left
    if checkpoint is not None:
        yield checkpoint


def _balanced(candidates: Sequence[Instance], count: int, staying: Iterable[Instance]) -> list[Instance]:
    """The first `count`, each from the zone that holds the most then: new ones went to the emptiest."""
    zones = Counter(one.place.zone for one in staying)
    left, chosen = list(candidates), []
    for _ in range(min(count, len(left))):
        one = max(enumerate(left), key=lambda item: (zones[item[1].place.zone], -item[0]))[1]
        left.remove(one)
        zones[one.place.zone] -= 1
        chosen.append(one)
    return chosen


def _found_no_room(instance: Instance) -> bool:
    failed = instance.provisioning is Provisioning.FAILED
    return failed and instance.error is not None and is_shortage(instance.error)

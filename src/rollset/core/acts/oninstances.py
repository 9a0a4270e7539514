"""The price of an action on instances."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from rollset.core.acts.act import TRAITS, Action, OnInstances, Trait, is_done
from rollset.core.acts.price import Case, Price
from rollset.core.acts.service import serves
from rollset.core.acts.typical import Lasts, lasts
from rollset.core.errors import UsageError
from rollset.core.fleet import Instance, Orchestration, Power
from rollset.core.ids import InstanceId, together
from rollset.core.selection import spoken_ids


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sum:
    """What the sentence is made of: `count` of `total` are touched, and `out` of those serve now."""

    count: int
    total: int
    out: int
    serving: int
    known: Lasts | None

    @property
    def left(self) -> int:
        return self.serving - self.out

    @property
    def some(self) -> str:
        return f"{self.count} of {self.total} instances"

    @property
    def are(self) -> str:
        return "is" if self.count == 1 else "are"


def price_on_instances(act: OnInstances, case: Case) -> Price:
    """The price of the action on those that are meant.

    Raises:
        UsageError: it means somebody whom the set does not have.
    """
    act.selection.check_names(case.fleet)
    trait, staying = TRAITS[act.action], case.staying
    reasons = {one.id: why_not(act.action, one) for one in staying if act.selection.matches(one)}
    touched = [one for one in staying if reasons.get(one.id) == ""]
    over = together((one, why) for one, why in reasons.items() if why)
    known = lasts(act.action, case.fleet.scale_set.os_type, case.took) if trait.comes_back and touched else None
    reckoned = _Sum(
        count=len(touched),
        total=len(staying),
        out=sum(map(serves, touched)) if trait.takes_out else 0,
        serving=sum(map(serves, staying)),
        known=known,
    )
    return Price(
        act=act,
        words=_words(act.action, trait, reckoned),
        total=reckoned.total,
        touched=tuple(one.id for one in touched),
        passed_over={why: tuple(ids) for why, ids in over.items()},
        out=reckoned.out,
        serving=reckoned.serving,
        lasts=known,
        loses=trait.loses if touched else "",
        notes=tuple(_notes(act, case, reckoned)),
        refusals=tuple(_refusals(act, case, touched, over)),
    )


def why_not(action: Action, seen: Instance) -> str:
    """Why an instance that is meant is not touched; empty where it is."""
    if TRAITS[action].by_set and seen.protected:
        return "protected from actions of the set"
    if is_done(action, seen):
        return _ALREADY.get(action, "so already")
    if action in _NEEDS_A_HOST and seen.power is Power.DEALLOCATED:
        return f"deallocated, so there is nothing to {action}"
    return ""


_NEEDS_A_HOST = (Action.RESTART, Action.REDEPLOY, Action.REIMAGE)

_ALREADY = {
    Action.START: "running already",
    Action.POWER_OFF: "off already",
    Action.DEALLOCATE: "deallocated already",
    Action.UPGRADE: "on the model already",
}


def _refusals(
    act: OnInstances, case: Case, touched: Sequence[Instance], over: Mapping[str, Sequence[InstanceId]]
) -> Iterable[str]:
    try:
        act.selection.check(case.fleet)
    except UsageError as error:
        yield str(error)
        return
    if not touched and not over:
        yield f"every instance that is meant is being deleted, so there is nobody to {act.action}"
    elif not touched:
        told = "; ".join(f"{spoken_ids(ids)} {'are' if len(ids) > 1 else 'is'} {why}" for why, ids in over.items())
        yield f"there is nothing to {act.action}: {told}"
    kept = [one.id for one in touched if one.protected or one.protected_from_scale_in]
    if act.action is Action.DELETE and kept:
        are = "are" if len(kept) > 1 else "is"
        yield f"{spoken_ids(kept)} {are} protected, and is not deleted so: unprotect first, or leave out"
    yield from case.beside(act, (one.id for one in touched))


def _notes(act: OnInstances, case: Case, reckoned: _Sum) -> Iterable[str]:
    trait, scale_set = TRAITS[act.action], case.fleet.scale_set
    if reckoned.out and reckoned.left == 0:
        yield "no instance serves meanwhile" if trait.comes_back else "no instance serves then"
    for one in case.underway:
        if trait.takes_out and one.exclusive and not act.exclusive:
            yield f"{one.words} goes on, and counts who is out of service"
    if act.action is Action.DELETE and reckoned.count:
        yield f"the capacity falls from {scale_set.capacity} to {scale_set.capacity - reckoned.count}"
    if act.action is Action.UPGRADE and scale_set.orchestration is Orchestration.FLEXIBLE:
        yield "nobody tells which machines of a Flexible set are on the model: all that are meant are asked for"
    if act.action is Action.REIMAGE:
        yield "each gets a fresh disk of the image that it runs now; another image comes by an upgrade"


def _words(action: Action, trait: Trait, reckoned: _Sum) -> str:
    if not reckoned.count:
        return f"nobody is touched; {reckoned.serving} of {reckoned.total} instances serve"
    if action is Action.START:
        starts = "starts" if reckoned.count == 1 else "start"
        return f"{reckoned.some} {starts}, which takes {reckoned.known}; {reckoned.left} serve meanwhile"
    if action is Action.DELETE:
        disks = "its disks" if reckoned.count == 1 else "their disks"
        return f"{reckoned.some} {reckoned.are} deleted with {disks}; {reckoned.left} serve then"
    if not trait.takes_out:
        return f"{reckoned.some} {reckoned.are} {_PROTECTED[action]}; nobody leaves service"
    return _out_words(action, trait, reckoned)


_PROTECTED = {
    Action.PROTECT: "protected from actions of the set and from scale-in",
    Action.PROTECT_FROM_SCALE_IN: "protected from scale-in alone",
    Action.UNPROTECT: "protected no longer",
}


def _out_words(action: Action, trait: Trait, reckoned: _Sum) -> str:
    started = "it is started" if reckoned.count == 1 else "they are started"
    until = f"for {reckoned.known}" if trait.comes_back else f"until {started}"
    left = f"{reckoned.left} serve {'meanwhile' if trait.comes_back else 'then'}"
    if reckoned.out == reckoned.count:
        return f"{reckoned.some} out of service {until}; {left}"
    already = reckoned.count - reckoned.out
    those = "" if not reckoned.out else f"{already} of them "
    return f"{reckoned.some} to {action}, {those}out of service already, {until}; {left}"

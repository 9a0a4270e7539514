"""Surge: new instances are made first, and as many old ones go when those have proven themselves.

The ledger counts what this rollout owes the set. Capacity is never compared with what it once was: others may move it
while the rollout runs, and what they want stays as they want it.

    surplus  = added - retired - dropped      what the set holds because of us
    capacity - surplus                        what the set would hold without us: that must be in service
    ready    = added and proven - retired     so many old ones may go now

    capacity  added  retired  surplus  without us
           3      0        0        0           3   before
           4      1        0        1           3   one new instance is being made
           3      1        1        0           3   it serves, and an old one has gone in its place
           4      1        1        0           4   somebody scaled out by one: that one is to stay
           2      1        0        1           1   somebody scaled in by two while the new one was being made
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

from rollset.core.amount import Amount
from rollset.core.fleet import AzureError, Fleet, Instance, Provisioning
from rollset.core.ids import InstanceId


class Fallback(StrEnum):
    """What follows when Azure has no room for more instances."""

    STOP = "stop"
    """The rollout ends: whoever asked for a surge wanted no instance to leave before another serves."""
    IN_PLACE = "in-place"
    """The rest is upgraded where it stands, within `--max-unavailable`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Surge:
    """`add` instances more than the capacity may exist at once; a percentage is one of the capacity."""

    add: Amount
    fallback: Fallback = Fallback.STOP


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """What this rollout has added to the set and taken from it. Only what Azure has taken stands here."""

    added: int = 0
    """By how much the capacity was raised, in all."""
    made: frozenset[InstanceId] = frozenset()
    """New instances that were seen since and are counted as ours; Azure does not tell them from those of others."""
    missed: frozenset[InstanceId] = frozenset()
    """Of those, the ones that vanished unproven while another was there: Azure makes some to spare."""
    retired: frozenset[InstanceId] = frozenset()
    """Old instances that went in favour of new ones."""
    dropped: frozenset[InstanceId] = frozenset()
    """Of those that were made, the ones that went again."""
    strangers: frozenset[InstanceId] = frozenset()
    """New instances that were there before the last growth: others made them."""
    grown_at: float | None = None
    fallen: str | None = None
    """Why there is no surge any more."""
    left: int = 0
    """How many of a job before this one, on the same set, serve for others that are parked."""

    @property
    def surplus(self) -> int:
        return self.added - len(self.retired) - len(self.dropped)

    @property
    def gone(self) -> frozenset[InstanceId]:
        """Deleted by this rollout, even if a late list still shows them."""
        return (self.retired | self.dropped) - self.standing_in

    @property
    def standing_in(self) -> frozenset[InstanceId]:
        """Made by this rollout, as far as they were neither to spare nor dropped."""
        return self.made - self.missed - self.dropped

    @property
    def unseen(self) -> int:
        """How many were added and not seen yet."""
        return self.added - len(self.made - self.missed)

    def grown(self, by: int, strangers: Iterable[InstanceId], at: float) -> Ledger:
        """Azure has raised the capacity."""
        return replace(self, added=self.added + by, strangers=self.strangers.union(strangers), grown_at=at)

    def seen(self, instances: Iterable[InstanceId], missed: Iterable[InstanceId] = ()) -> Ledger:
        """These have appeared; those in `missed` have vanished in their favour."""
        fresh = frozenset(instances)
        return replace(self, made=self.made | fresh, missed=(self.missed - fresh).union(missed))

    def without(self, instances: Iterable[InstanceId]) -> Ledger:
        """Azure has taken these away, and lowered the capacity by as many."""
        leaving = frozenset(instances)
        dropped = leaving & self.standing_in
        return replace(self, retired=self.retired | (leaving - dropped), dropped=self.dropped | dropped)

    def fell_back(self, why: str) -> Ledger:
        """There is no room for more."""
        return replace(self, fallen=why)

    def renewed(self) -> Ledger:
        """For another job on the same set, with nothing owed; where there was no room there will be none."""
        return Ledger(fallen=self.fallen, left=self.left + max(0, self.surplus))


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrivals:
    """What a look at all instances shows of those that were added."""

    made: tuple[InstanceId, ...] = ()
    missed: tuple[InstanceId, ...] = ()


IsThere = Callable[[Instance], bool]
"""Whether an instance is what the job wants: made of the model as it is now."""


def newcomers(ledger: Ledger, before: Fleet, now: Fleet, is_there: IsThere) -> list[InstanceId]:
    """Instances that are there and are neither of the fleet `before` nor counted yet; an id may be used again.

    But not while the one that had it before is still being deleted.
    """
    taken_away = ledger.retired | ledger.dropped
    going = {one.id for one in now.instances if one.provisioning is Provisioning.DELETING and one.id in taken_away}
    known = ((before.by_id.keys() | ledger.made | ledger.strangers) - taken_away) | going
    return [one.id for one in now.instances if one.id not in known and is_there(one)]


def arrivals(ledger: Ledger, before: Fleet, now: Fleet, is_there: IsThere, proven: Iterable[InstanceId]) -> Arrivals:
    """Who of the newcomers counts as ours: as many as were added. Who vanished unproven gives his place to another."""
    fresh = newcomers(ledger, before, now, is_there)
    vanished = sorted(ledger.standing_in - now.by_id.keys() - frozenset(proven))
    wanted = max(0, ledger.unseen)
    missed = vanished[: max(0, len(fresh) - wanted)]
    return Arrivals(made=tuple(fresh[: wanted + len(missed)]), missed=tuple(missed))


SHORTAGES = frozenset(
    {
        "allocationfailed",
        "zonalallocationfailed",
        "overconstrainedallocationrequest",
        "overconstrainedzonalallocationrequest",
        "skunotavailable",
        "quotaexceeded",
        "subnetisfull",
        "insufficientsubnetsize",
        "publicipcountlimitreached",
        "networkinterfacecountlimitreached",
    }
)
"""Codes with which Azure says that there is no room, of machines, cores or addresses (Azure documentation, "Understand
common error messages when you manage virtual machines" and "Troubleshoot allocation failures")."""


def is_shortage(error: AzureError) -> bool:
    """Whether Azure has no room. `OperationNotAllowed` stands for many things, so its words tell."""
    code, words = error.code.lower(), error.message.lower()
    return code in SHORTAGES or (code == "operationnotallowed" and "quota" in words)


LIMIT_ONE_GROUP, LIMIT_MANY_GROUPS = 100, 1000
"""Instances of one placement group, and of a set (Azure documentation, "Working with large scale sets")."""


def capacity_limit(fleet: Fleet) -> int:
    return LIMIT_ONE_GROUP if fleet.scale_set.single_placement_group else LIMIT_MANY_GROUPS

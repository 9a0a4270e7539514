"""How fast and in what order a rollout goes: the part of a job that the user chooses beside image and instances."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from rollset.core.amount import Amount
from rollset.core.calendar import ALWAYS, Calendar
from rollset.core.fleet import Instance
from rollset.core.gates import Gate
from rollset.core.hooks import Hook
from rollset.core.ids import natural
from rollset.core.image import Image
from rollset.core.selection import Selection


class Order(StrEnum):
    """By which domain instances are grouped; domains go one after another, in the order of their names."""

    UPDATE_DOMAIN = "update-domain"
    FAULT_DOMAIN = "fault-domain"
    ZONE = "zone"

    @property
    def words(self) -> str:
        """For sentences: `update domain`."""
        return self.value.replace("-", " ")

    def domain(self, instance: Instance) -> str | None:
        """The domain that an instance belongs to, `None` where Azure names none."""
        place = instance.place
        value: int | str | None
        match self:
            case Order.UPDATE_DOMAIN:
                value = place.update_domain
            case Order.FAULT_DOMAIN:
                value = place.fault_domain
            case Order.ZONE:
                value = place.zone
        return None if value is None else str(value)

    def key(self, instance: Instance) -> tuple[int, int, str, tuple[int, int, str, str]]:
        """Sorts instances by domain, then by id; those without a domain come last, as a domain of their own."""
        domain = self.domain(instance)
        if domain is None:
            return (1, 0, "", natural(instance.id))
        return (0, int(domain) if domain.isdecimal() else 0, domain, natural(instance.id))


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """As soon as one instance has proven itself the next may leave."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Batches:
    """`size` instances leave together; the next batch goes when all have proven themselves and the pause is over."""

    size: Amount
    pause_seconds: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """Hold when `share` of the chosen instances have proven themselves: for `wait_seconds`, or until approved.

    An approval opens a timed one before its time.
    """

    share: Amount
    wait_seconds: float | None = None

    def __str__(self) -> str:
        return str(self.share)


class OnFailure(StrEnum):
    """What follows when an instance has failed, after what is in flight has ended."""

    STOP = "stop"
    UNDO = "undo"
    """Bring back what this run changed."""


DEFAULT_MAX_UNAVAILABLE = Amount(number=10, percent=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """`across_domains` lets the next domain begin while the last instances of the one before are still out.

    An upgraded instance keeps its place in the budget until it has been proven for `bake_seconds` without a break;
    `bake_end_seconds` is how long all must have been proven before the rollout is done.
    """

    order: Order = Order.UPDATE_DOMAIN
    max_unavailable: Amount = DEFAULT_MAX_UNAVAILABLE
    style: Window | Batches = field(default_factory=Window)
    canary: int = 1
    across_domains: bool = False
    bake_seconds: float = 0.0
    bake_end_seconds: float = 0.0
    checkpoints: tuple[Checkpoint, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadlines:
    """Bounds on waiting, in seconds. `health` runs from the moment an instance is on the new image."""

    health: float = 600.0
    upgrade: float = 5400.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What is to be done: this exact image, on these instances, at this pace."""

    image: Image
    selection: Selection = field(default_factory=Selection)
    pace: Pace = field(default_factory=Pace)
    deadlines: Deadlines = field(default_factory=Deadlines)
    on_failure: OnFailure = OnFailure.STOP
    calendar: Calendar = ALWAYS
    gates: tuple[Gate, ...] = ()
    hooks: tuple[Hook, ...] = ()

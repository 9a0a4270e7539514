"""How fast and in what order a rollout goes: the part of a job that the user chooses beside image and instances."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from rollset.core.amount import Amount
from rollset.core.care import Care
from rollset.core.comparing.compare import Compare
from rollset.core.failing import OnFailure, Tolerance
from rollset.core.fleet import Instance
from rollset.core.ids import InstanceId
from rollset.core.image import Image, same_image
from rollset.core.model.change import NO_CHANGE, ModelChange, Says
from rollset.core.order import Line, Order
from rollset.core.others import UNTOUCHED, OtherActors
from rollset.core.outside.gates import Gate
from rollset.core.outside.hooks import Hook
from rollset.core.selection import Selection
from rollset.core.surging.surge import Surge
from rollset.core.when.calendar import ALWAYS, Calendar


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """As soon as one instance has proven itself the next may leave."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Batches:
    """So many leave together; the next batch goes when all have proven themselves and the pause is over.

    `growth` are the sizes of the first batches, `size` is that of all others.
    """

    size: Amount
    pause_seconds: float = 0.0
    growth: tuple[Amount, ...] = ()

    def size_after(self, done: int, total: int) -> int:
        """How many the batch may have that follows when `done` have been upgraded.

        >>> batches = Batches(size=Amount.parse("20%"), growth=(Amount.parse("1"), Amount.parse("5%")))
        >>> [batches.size_after(done, 100) for done in (0, 1, 4, 6, 26)]
        [1, 5, 2, 20, 20]
        """
        for amount in self.growth:
            size = amount.of(total)
            if done < size:
                return size - done
            done -= size
        return self.size.of(total)

    def __str__(self) -> str:
        return ", then ".join(map(str, (*self.growth, self.size)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """Hold when `share` of the chosen instances have proven themselves: for `wait_seconds`, or until approved.

    An approval opens a timed one before its time.
    """

    share: Amount
    wait_seconds: float | None = None

    def __str__(self) -> str:
        return str(self.share)


class Engine(StrEnum):
    """Who sends the instances off."""

    ROLLSET = "rollset"
    AZURE = "azure"
    """Azure's own rolling upgrade; rollset writes its policy, starts it, and watches."""


DEFAULT_MAX_UNAVAILABLE = Amount(number=10, percent=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """`across_domains` lets the next domain begin while the last instances of the one before are still out.

    Those named `first` go before all others. Of `max_unavailable` and `min_healthy` the stricter holds.
    An upgraded instance keeps its place in the budget until it has been proven for `bake_seconds` without a break;
    `bake_end_seconds` is how long all must have been proven before the rollout is done.
    """

    order: Order = Order.UPDATE_DOMAIN
    first: tuple[InstanceId, ...] = ()
    max_unavailable: Amount = DEFAULT_MAX_UNAVAILABLE
    min_healthy: Amount | None = None
    style: Window | Batches = field(default_factory=Window)
    canary: int = 1
    across_domains: bool = False
    bake_seconds: float = 0.0
    bake_end_seconds: float = 0.0
    checkpoints: tuple[Checkpoint, ...] = ()

    @property
    def line(self) -> Line:
        return Line(order=self.order, first=self.first)

    @property
    def bake_longest(self) -> float:
        return max(self.bake_seconds, self.bake_end_seconds)

    def allowed(self, total: int) -> int:
        """How many of `total` may be out of service at once: a percentage that must be healthy is rounded up."""
        out = self.max_unavailable.of(total)
        return out if self.min_healthy is None else max(0, min(out, total - self.min_healthy.at_least(total)))

    @property
    def limits(self) -> str:
        """In the user's words."""
        healthy = "" if self.min_healthy is None else f", {self.min_healthy} healthy"
        return f"{self.max_unavailable}{healthy}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadlines:
    """Bounds on waiting, in seconds. `health` runs from the moment an instance is on the new image."""

    health: float = 600.0
    upgrade: float = 5400.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What is to be done: this exact image, and what else the model has to say, on these instances, at this pace."""

    image: Image
    selection: Selection = field(default_factory=Selection)
    pace: Pace = field(default_factory=Pace)
    deadlines: Deadlines = field(default_factory=Deadlines)
    care: Care = field(default_factory=Care)
    on_failure: OnFailure = OnFailure.STOP
    calendar: Calendar = ALWAYS
    others: OtherActors = UNTOUCHED
    gates: tuple[Gate, ...] = ()
    hooks: tuple[Hook, ...] = ()
    tolerance: Tolerance = field(default_factory=Tolerance)
    keep_one: bool = False
    """Never take out the last instance in service: so where the plan leaves one, however the set shrinks since."""
    ailing: frozenset[InstanceId] = frozenset()
    """Outdated and out of service before the rollout, which is meant to repair them: they do not count as out."""
    compare: Compare | None = None
    """Given where the upgraded are held against the rest."""
    surge: Surge | None = None
    """Given where instances are replaced by new ones, and not upgraded where they stand."""
    engine: Engine = Engine.ROLLSET
    model_stays: bool = False
    """Whether the model says `latest` and goes on saying it: then Azure brings the instances to what that means now."""
    model: ModelChange = NO_CHANGE

    @property
    def says(self) -> Says:
        """What the model has to say while instances go."""
        return Says(image=self.image, change=self.model)

    @property
    def aim(self) -> str:
        """What instances are brought to, in words."""
        return str(self.says)

    def is_reached_by(self, instance: Instance) -> bool:
        """Whether an instance is there, under a model that says what it has to.

        The image is read from the instance itself.
        """
        return same_image(instance.image, self.image) and self.model.is_followed_by(instance)

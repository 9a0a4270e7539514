"""What an act costs, and why it is refused: from one look at the set, before anything is done.

20 instances, all serving              the price of it
restart update domain 2                4 of 20 instances out of service for about 2 minutes; 16 serve meanwhile
power off instances 0-3                4 of 20 instances out of service until they are started; 16 serve then
delete instance 7                      1 of 20 instances is deleted with its disks; 19 serve then
restart instance 7, which is sick      1 of 20 instances to restart, out of service already, ...; 19 serve meanwhile
scale to 12                            8 of 20 instances are deleted, Azure chooses which; 12 serve then
edit of the image, policy Manual       nobody leaves service: instances follow when they are upgraded
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256

from rollset.core.acts.act import Act, Underway
from rollset.core.acts.typical import Lasts
from rollset.core.fleet import Fleet, Instance, Provisioning
from rollset.core.ids import InstanceId
from rollset.core.model.change import Difference

TOKEN_DIGITS = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """What it costs. Where there are `refusals` it may not be done, and the rest tells as much as is known."""

    act: Act
    words: str
    """In one sentence, for whoever has to say yes."""
    total: int
    touched: tuple[InstanceId, ...] = ()
    """Whom it reaches; empty for a change of the set."""
    passed_over: Mapping[str, tuple[InstanceId, ...]] = field(default_factory=dict)
    """Who is meant and not touched, under the reason."""
    out: int = 0
    """How many that serve now will not, at most."""
    serving: int = 0
    """How many serve now."""
    lasts: Lasts | None = None
    """Until they serve again; none where they do not by themselves, or where nobody leaves service."""
    loses: str = ""
    """What is gone for good."""
    differences: tuple[Difference, ...] = ()
    """Of a change of the set: exactly what becomes another."""
    notes: tuple[str, ...] = ()
    refusals: tuple[str, ...] = ()

    @property
    def serving_meanwhile(self) -> int:
        return self.serving - self.out

    @property
    def dangerous(self) -> bool:
        """Whether somebody who serves is taken out, or something is lost: then the set's name has to be typed."""
        return bool(self.out or self.loses)

    @property
    def token(self) -> str:
        """Tells this price from another: whoever says yes says it to this one."""
        # Not the time that it takes: another act may just have measured it anew.
        numbers = (self.total, self.serving, self.out)
        told = (str(self.act), self.loses, *map(str, numbers), *self.touched, *map(str, self.differences))
        return sha256("\n".join(told).encode()).hexdigest()[:TOKEN_DIGITS]


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What a price is reckoned from."""

    fleet: Fleet
    underway: tuple[Underway, ...] = ()
    """What of ours has not ended on the set."""
    took: Sequence[float] = ()
    """How many seconds the same action took before on this set."""

    @property
    def staying(self) -> list[Instance]:
        """All instances but those that are going."""
        return [one for one in self.fleet.instances if one.provisioning is not Provisioning.DELETING]

    def beside(self, act: Act, touched: Iterable[InstanceId] = ()) -> Iterable[str]:
        """Why the act may not begin beside what has not ended."""
        ids = tuple(touched)
        return (why for one in self.underway if (why := one.refuses(act, ids)))

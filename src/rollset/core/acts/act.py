"""What an operator does to a scale set or to some of its instances, outside of any rollout.

An act is a value: what it costs stands in `price`, how it is carried out in `engine.acts`. What is known of each
action on instances is one row of a table: whether it takes who serves out of service, whether it comes back by itself,
whether asking twice does harm, and what is lost for good.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from rollset.core.acts.service import UNDER_WAY
from rollset.core.change import ImageChange, VersionChange
from rollset.core.fleet import Instance, Power, Setting
from rollset.core.ids import InstanceId
from rollset.core.model.change import NO_CHANGE, ModelChange
from rollset.core.selection import Selection


class Action(StrEnum):
    """What is done to instances; the values are what people read and type."""

    START = "start"
    RESTART = "restart"
    POWER_OFF = "power off"
    DEALLOCATE = "deallocate"
    REDEPLOY = "redeploy"
    REIMAGE = "reimage"
    UPGRADE = "upgrade"
    DELETE = "delete"
    PROTECT = "protect"
    """From actions of the set, and so from scale-in too: Azure has not the one without the other."""
    PROTECT_FROM_SCALE_IN = "protect from scale-in"
    """From scale-in alone; whoever was protected from actions of the set is so no longer."""
    UNPROTECT = "unprotect"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trait:
    """What is known of an action."""

    takes_out: bool = False
    """Who serves does not while it lasts."""
    comes_back: bool = True
    """Who was taken out serves again by itself."""
    repeatable: bool = True
    """Asking twice does no more than asking once."""
    exclusive: bool = False
    """It changes which instances there are or what they run: not beside a rollout, nor beside another of its kind."""
    by_set: bool = True
    """It is a call of the set, which passes over who is protected from those."""
    loses: str = ""
    """What is gone afterwards."""


TRAITS: Mapping[Action, Trait] = {
    Action.START: Trait(),
    Action.RESTART: Trait(takes_out=True, repeatable=False),
    Action.POWER_OFF: Trait(takes_out=True, comes_back=False),
    Action.DEALLOCATE: Trait(takes_out=True, comes_back=False, loses="their temporary disks"),
    Action.REDEPLOY: Trait(takes_out=True, repeatable=False, loses="their temporary disks"),
    Action.REIMAGE: Trait(takes_out=True, repeatable=False, loses="what is on their OS disks"),
    Action.UPGRADE: Trait(takes_out=True, exclusive=True, loses="what is on their OS disks, if the image is another"),
    Action.DELETE: Trait(
        takes_out=True, comes_back=False, exclusive=True, by_set=False, loses="the instances with their disks"
    ),
    Action.PROTECT: Trait(by_set=False),
    Action.PROTECT_FROM_SCALE_IN: Trait(by_set=False),
    Action.UNPROTECT: Trait(by_set=False),
}
assert len(TRAITS) == len(Action), "each action has its traits"


@dataclass(frozen=True, slots=True, kw_only=True)
class Protection:
    """`protectionPolicy` of an instance."""

    from_scale_in: bool
    from_set_actions: bool


PROTECTIONS: Mapping[Action, Protection] = {
    Action.PROTECT: Protection(from_scale_in=True, from_set_actions=True),
    Action.PROTECT_FROM_SCALE_IN: Protection(from_scale_in=True, from_set_actions=False),
    Action.UNPROTECT: Protection(from_scale_in=False, from_set_actions=False),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class OnInstances:
    """An action on the instances that the selection matches; without any facet, on all that there are then."""

    action: Action
    selection: Selection = field(default_factory=Selection)

    @property
    def exclusive(self) -> bool:
        return TRAITS[self.action].exclusive

    @property
    def kind(self) -> str:
        return self.action.value

    def __str__(self) -> str:
        return f"{self.action} {self.selection}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """Another capacity, and nothing else. `read` is as that of an edit."""

    capacity: int
    read: tuple[Setting, ...] = ()

    @property
    def exclusive(self) -> bool:
        return True

    @property
    def kind(self) -> str:
        return "scale"

    def __str__(self) -> str:
        return f"scale to {self.capacity}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """A change of the model, all of it in one request.

    Before it is priced, `image` is in the user's words; after it, the image exactly as it will be written. `read` is
    what the set said when its author decided (`core.editing.ground`), empty where he was shown nothing.
    """

    image: ImageChange | None = None
    model: ModelChange = NO_CHANGE
    capacity: int | None = None
    read: tuple[Setting, ...] = ()

    @property
    def exclusive(self) -> bool:
        return True

    @property
    def kind(self) -> str:
        return "edit"

    def __str__(self) -> str:
        words = [] if self.image is None else [f"image {_image(self.image)}"]
        words += [str(self.model)] if self.model else []
        words += [] if self.capacity is None else [f"capacity {self.capacity}"]
        return f"edit the model: {', '.join(words) or 'nothing'}"


Act = OnInstances | Scale | Edit


def _image(image: ImageChange) -> str:
    if isinstance(image, VersionChange):
        return " ".join(word for word in (image.sku, image.version) if word) or "as it is"
    return str(image)


def is_done(action: Action, seen: Instance) -> bool:
    """Whether the instance is where the action would bring it; of those that bring it nowhere else, never.

    Of members of a Flexible set nobody tells whether they are on the model, so an upgrade of one is never done.
    """
    settled = seen.provisioning not in UNDER_WAY
    match action:
        case Action.START:
            return settled and seen.power is Power.RUNNING
        case Action.POWER_OFF:
            return seen.power in (Power.STOPPED, Power.DEALLOCATED)
        case Action.DEALLOCATE:
            return seen.power is Power.DEALLOCATED
        case Action.UPGRADE:
            return settled and seen.tells_model and seen.latest_model_applied
        case Action.PROTECT | Action.PROTECT_FROM_SCALE_IN | Action.UNPROTECT:
            wanted = PROTECTIONS[action]
            # The one kind of protection includes the other.
            stays = seen.protected or seen.protected_from_scale_in
            return (stays, seen.protected) == (wanted.from_scale_in, wanted.from_set_actions)
        case _:
            return False


@dataclass(frozen=True, slots=True, kw_only=True)
class Underway:
    """Something of ours that has not ended on the set: a rollout, or an act.

    `instances` are those that an act was asked for; none of a rollout, which takes its instances one after another.
    """

    id: str
    words: str
    exclusive: bool
    instances: frozenset[InstanceId] = frozenset()

    def refuses(self, act: Act, touched: Iterable[InstanceId]) -> str | None:
        """Why the act may not begin beside it."""
        if self.exclusive and act.exclusive:
            return f"{self.words} has not ended, and {act.kind} must not go on beside it; wait for it, or end it first"
        if both := self.instances.intersection(touched):
            who = f"instance {min(both)}" if len(both) == 1 else f"{len(both)} of these instances"
            return f"{self.words} has not ended on {who}; wait for it"
        return None

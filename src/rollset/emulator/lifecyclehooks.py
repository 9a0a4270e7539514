"""Lifecycle hooks: before Azure upgrades an OS image by itself, it asks, and waits for the answer.

A set names its hooks in `lifecycleHooksProfile`: one kind is asked once, of the set as a whole, before an upgrade is
begun; the other before each batch, of its instances. What is not answered in time has the hook's default action. As the
models of azure-mgmt-compute 39 describe it; `choices.py` says what they leave open.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from functools import partial
from typing import TYPE_CHECKING

from rollset.emulator import choices
from rollset.emulator.documents import Json, objects, section
from rollset.emulator.isodurations import seconds_of

if TYPE_CHECKING:
    from rollset.emulator.scaleset import ScaleSet
    from rollset.emulator.world import World


class HookType(Enum):
    """What a hook is asked before."""

    SCHEDULING = "UpgradeAutoOSScheduling"
    BATCH = "UpgradeAutoOSRollingBatchStarting"


class ActionState(Enum):
    """What was answered of a target."""

    WAITING = "Waiting"
    APPROVED = "Approved"
    REJECTED = "Rejected"


# `defaultAction`, and what it makes of a target.
ACTIONS = {"Approve": ActionState.APPROVED, "Reject": ActionState.REJECTED}


@dataclass(frozen=True, slots=True, kw_only=True)
class Hook:
    """A hook that a set wants to be asked by."""

    type: HookType
    wait_seconds: float
    default_action: str


@dataclass(slots=True, kw_only=True, eq=False)
class HookEvent:
    """One question, and what has been answered."""

    name: str
    type: HookType
    created_at: float
    wait_until: float
    max_wait_until: float
    default_action: str
    # By the resource ids that were asked about.
    targets: dict[str, ActionState]
    then: "Callable[[HookEvent], None]"
    closed: bool = False

    def approves(self, resource_id: str) -> bool:
        return self.targets.get(resource_id) is ActionState.APPROVED


@dataclass(slots=True)
class HookEvents:
    """The questions of a set, the latest last; those that are over are forgotten in time."""

    by_name: dict[str, HookEvent] = field(default_factory=dict)

    def add(self, event: HookEvent) -> None:
        self.by_name[event.name] = event
        over = [name for name, one in self.by_name.items() if one.closed]
        for name in over[: max(0, len(self.by_name) - choices.HOOK_EVENTS_REMEMBERED)]:
            del self.by_name[name]

    def is_asking(self, kind: HookType) -> bool:
        return any(not one.closed and one.type is kind for one in self.by_name.values())


def hooks_of(properties: Json) -> list[Hook]:
    """The hooks of a set's properties, which have been checked."""
    return [
        Hook(
            type=HookType(one["type"]),
            wait_seconds=seconds_of(one.get("waitDuration")) or choices.HOOK_WAIT_SECONDS,
            default_action=one.get("defaultAction") or choices.HOOK_DEFAULT_ACTION,
        )
        for one in objects(section(properties, "lifecycleHooksProfile"), "lifecycleHooks")
    ]


def before_upgrades(scale_set: "ScaleSet") -> Hook | None:
    return next((one for one in hooks_of(scale_set.properties) if one.type is HookType.SCHEDULING), None)


def before_batches(scale_set: "ScaleSet") -> Hook | None:
    return next((one for one in hooks_of(scale_set.properties) if one.type is HookType.BATCH), None)


def ask(
    world: "World", scale_set: "ScaleSet", hook: Hook, resource_ids: list[str], then: Callable[[HookEvent], None]
) -> HookEvent:
    """Asks about these resources; `then` follows when all are answered or the time is up."""
    event = HookEvent(
        name=world.guid(),
        type=hook.type,
        created_at=world.now,
        wait_until=world.now + hook.wait_seconds,
        max_wait_until=world.now + max(hook.wait_seconds, choices.HOOK_WAIT_SECONDS_MAX),
        default_action=hook.default_action,
        targets=dict.fromkeys(resource_ids, ActionState.WAITING),
        then=then,
    )
    scale_set.hook_events.add(event)
    world.schedule.at(event.wait_until, partial(_look, world, event))
    return event


def answer(world: "World", event: HookEvent, answers: dict[str, ActionState], wait_until: float | None) -> None:
    """Some targets are answered, or the answer will take longer; when none is left to wait for, the event is over."""
    event.targets |= answers
    if wait_until is not None:
        event.wait_until = wait_until
        world.schedule.at(wait_until, partial(_look, world, event))
    if ActionState.WAITING not in event.targets.values():
        _conclude(event)


def close(event: HookEvent) -> None:
    """Nobody needs the answer any more."""
    event.closed = True


def _look(world: "World", event: HookEvent) -> None:
    """The time may be up; whoever waits longer than he first said is looked at again then."""
    if event.closed or world.now < event.wait_until:
        return
    for resource_id, state in event.targets.items():
        if state is ActionState.WAITING:
            event.targets[resource_id] = ACTIONS[event.default_action]
    _conclude(event)


def _conclude(event: HookEvent) -> None:
    event.closed = True
    event.then(event)

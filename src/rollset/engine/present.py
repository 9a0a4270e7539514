"""A rollout as it stands now, small enough to be written again and again: what those who watch from afar are shown."""

from __future__ import annotations

from dataclasses import dataclass, field

import msgspec

from rollset.core.azureroll.decide import RollDecision
from rollset.core.decide import Hold, Situation
from rollset.core.fleet import Place
from rollset.core.ids import InstanceId
from rollset.core.standing import Standing
from rollset.engine.state import State

GONE = "-"
"""Stands for an instance of the plan that exists no more."""

LETTERS = {
    Standing.LEAVING: "L",
    Standing.PARKED_BY_HOOK: "A",
    Standing.HELD: "H",
    Standing.PROVEN: "P",
    Standing.MOVING: "M",
    Standing.SETTLING: "S",
    Standing.PARKED: "K",
    Standing.FIRST: "F",
    Standing.LAST: "Z",
    Standing.PENDING: "o",
}
STANDINGS = {letter: stands for stands, letter in LETTERS.items()}
assert len(STANDINGS) == len(Standing), "each standing has a letter of its own"


@dataclass(frozen=True, slots=True, kw_only=True)
class Newcomer:
    """An instance that the plan did not know."""

    standing: str
    place: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Present:
    """`standings` has a letter (`LETTERS`) for each instance of the order's fleet, in its order."""

    at: float
    stage: str
    reason: str
    """The decision in words: what is done, or why nothing starts."""
    until: float | None
    hold: str | None
    """The kind of a `Hold`, if it is one."""
    standings: str
    newcomers: dict[InstanceId, Newcomer] = field(default_factory=dict)
    asked: tuple[InstanceId, ...] = ()
    baking: tuple[InstanceId, ...] = ()
    failed: tuple[InstanceId, ...] = ()
    total: int = 0
    in_service: int = 0
    allowed: int = 0
    in_flight: int = 0
    leg: int | None = None
    """Which part of the way back this is, from 1."""


_ENCODER = msgspec.json.Encoder()
_DECODER = msgspec.json.Decoder(Present)


def present_of(state: State, situation: Situation, decision: RollDecision, now: float) -> str:
    """The text for whoever keeps it."""
    standings, budget = situation.standings, situation.budget
    known = [one.id for one in state.order.fleet.instances]
    letters = "".join(LETTERS[standings[one]] if one in standings else GONE for one in known)
    newcomers = situation.fleet.by_id.keys() - set(known)
    present = Present(
        at=now,
        stage=state.stage.name.lower(),
        reason=decision.reason,
        until=getattr(decision, "until", None),
        hold=decision.kind.value if isinstance(decision, Hold) else None,
        standings=letters,
        newcomers={
            one: Newcomer(standing=LETTERS[standings[one]], place=situation.fleet.by_id[one].place)
            for one in sorted(newcomers)
        },
        asked=tuple(situation.progress.asked),
        baking=tuple(situation.baking),
        failed=tuple(situation.failed),
        total=budget.total,
        in_service=budget.in_service,
        allowed=budget.allowed,
        in_flight=budget.in_flight,
        leg=None if state.undo is None else state.leg + 1,
    )
    return _ENCODER.encode(present).decode()


def read_present(text: str) -> Present:
    """What `present_of` wrote."""
    return _DECODER.decode(text)

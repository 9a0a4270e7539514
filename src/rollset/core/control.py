"""What operators have ordered of a rollout while it runs, and what of it holds now.

Orders are numbered as they arrive and taken one by one. The strongest are `stop` and `undo`: of the two the latest
holds, so a stop sweeps away everything queued before it, an undo that is under way included, and an undo ordered after
a stop brings back. Either of them ends a pause.

    orders, oldest first        what holds
    pause                       paused
    pause, resume               nothing
    undo, stop                  stopped
    stop, undo                  undo
    stop, resume, approve 1     stopped: after a stop nothing but an undo has an effect
    pause, undo, pause          undo, and the way back is paused
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum


class Verb(StrEnum):
    """What an operator may order."""

    PAUSE = "pause"
    """Finish what is in flight, start nothing until resumed."""
    RESUME = "resume"
    STOP = "stop"
    """Start nothing ever again."""
    UNDO = "undo"
    """Bring back what this run changed."""
    APPROVE = "approve"
    """Let the rollout go beyond one checkpoint."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Signal:
    """One order: which, by whom, when (epoch seconds). Only `approve` names a checkpoint, numbered from 1."""

    number: int
    verb: Verb
    by: str
    at: float
    checkpoint: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Control:
    """The orders in force, each as the signal that gave it; never a stop and an undo together."""

    paused: Signal | None = None
    stopped: Signal | None = None
    undo: Signal | None = None
    approved: Mapping[int, Signal] = field(default_factory=dict)
    """By number of the checkpoint."""
    taken: int = 0
    """The number of the last signal taken."""

    def after(self, signal: Signal) -> Control:
        """What holds once `signal` is taken; one that was taken already changes nothing."""
        if signal.number <= self.taken:
            return self
        return replace(self._obeying(signal), taken=signal.number)

    def _obeying(self, signal: Signal) -> Control:
        match signal.verb:
            case Verb.STOP if self.stopped is None:
                return replace(self, stopped=signal, undo=None, paused=None)
            case Verb.UNDO if self.undo is None:
                return replace(self, undo=signal, stopped=None, paused=None)
            case Verb.PAUSE if self.stopped is None and self.paused is None:
                return replace(self, paused=signal)
            case Verb.RESUME:
                return replace(self, paused=None)
            case Verb.APPROVE if self.stopped is None and signal.checkpoint is not None:
                return replace(self, approved={signal.checkpoint: signal, **self.approved})
            case _:
                return self

    def after_all(self, signals: Iterable[Signal]) -> Control:
        """What holds once all of these are taken, in the order of their numbers."""
        control = self
        for signal in sorted(signals, key=lambda one: one.number):
            control = control.after(signal)
        return control

    @property
    def starts_nothing(self) -> bool:
        """Whether an order is in force with which nothing that leads forward may be started."""
        return self.stopped is not None or self.undo is not None or self.paused is not None

    @property
    def on_the_way_back(self) -> Control:
        """What of it governs the legs of an undo: a stop ends them, a pause holds them, the undo itself is obeyed."""
        return replace(self, undo=None)


NO_ORDERS = Control()

"""What the journal of an act keeps: one fact a turn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from rollset.arm.operations import Operation
from rollset.core.fleet import AzureError
from rollset.core.ids import InstanceId
from rollset.engine.acts.result import ActResult


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Azure's no, for one instance or for the whole set."""

    words: str
    error: AzureError
    request_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Intended:
    """A request is about to be sent: on these instances, or to the set under this etag."""

    at: float
    instances: tuple[InstanceId, ...] = ()
    left_out: Mapping[InstanceId, str] = field(default_factory=dict)
    """Who is not touched after all, and why."""
    etag: str | None = None
    stamps: Mapping[InstanceId, str] = field(default_factory=dict)
    """What Azure says of when each was last changed, where asking twice would do harm."""
    one_by_one: bool = False
    """Machine by machine, because the set has no such call."""
    stopped_by: str | None = None
    """Who had it stopped: nothing is sent, and nobody else is asked for any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What was answered. Every instance that was intended is in one of the four."""

    at: float
    operations: tuple[Operation, ...] = ()
    begun: tuple[InstanceId, ...] = ()
    refused: Mapping[InstanceId, Refusal] = field(default_factory=dict)
    again: tuple[InstanceId, ...] = ()
    """Azure has certainly not begun, and may be asked again."""
    unanswered: tuple[InstanceId, ...] = ()
    """Nobody knows whether it has begun."""
    is_lost: bool = False
    """Whether any answer was: to a change of the set, too."""
    until: float = 0.0
    """Not to be asked again before this."""
    why: Refusal | None = None
    """What Azure said to those that may be asked again; in the end it is what counts."""
    one_by_one: bool = False
    """From now on machine by machine."""
    tries: int = 0
    """How many tries this answer has cost."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a look showed of a request that nobody answered."""

    at: float
    begun: tuple[InstanceId, ...] = ()
    unseen: tuple[InstanceId, ...] = ()
    written: bool = False
    """Of a change of the set: that it says what was to be written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """The operations have ended, as far as Azure says: with these errors, or forgotten by it."""

    at: float
    errors: tuple[AzureError, ...] = ()
    lost: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Closed:
    """The end."""

    at: float
    result: ActResult


Fact = Intended | Sent | Found | Watched | Closed

"""What came of an act."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from rollset.core.acts.editing import Clash
from rollset.core.fleet import AzureError, Instance
from rollset.core.ids import InstanceId


class ActEnding(StrEnum):
    """How an act ended, with the exit status of a command that waited for it."""

    DONE = "done"
    NOTHING = "nothing to do"
    """Everybody was where the act would have brought him, by the time it began."""
    FAILED = "failed"
    """On some instance at least, or as a whole."""
    REFUSED = "refused"
    """Azure did not take the request: nothing was done."""
    CONFLICT = "conflict"
    """Somebody else has changed the set since it was read: nothing was written."""
    STOPPED = "stopped"
    """By an operator: for some instance at least, or for the set, Azure was not asked any more."""
    UNCERTAIN = "uncertain"
    """A request was sent whose answer was lost, and of some instance nobody knows whether it was reached."""

    @property
    def exit_status(self) -> int:
        return {ActEnding.DONE: 0, ActEnding.NOTHING: 0, ActEnding.CONFLICT: 4, ActEnding.STOPPED: 3}.get(self, 1)


class Word(StrEnum):
    """What became of one instance."""

    DONE = "done"
    FAILED = "failed"
    REFUSED = "refused"
    """Azure did not take the request for it."""
    UNCHANGED = "unchanged"
    """Azure says that it is done, and the instance is not where it should be."""
    UNKNOWN = "unknown"
    """The answer was lost, and nothing is to be seen of it: it was not asked for again."""
    UNFINISHED = "unfinished"
    """Still at it when nobody waited any longer."""
    GONE = "gone"
    """It is no more, by somebody else's doing."""
    STOPPED = "not touched"
    """The act was stopped before Azure was asked for it."""
    LEFT_OUT = "left out"
    """By the time the act began it was so already, or protected."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InstanceEnd:
    """One instance at the end; `seen` is how it was last seen, if it still is."""

    id: InstanceId
    word: Word
    why: str = ""
    seen: Instance | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ActResult:
    """The end of an act. `words` tells it in one sentence, Azure's own errors included."""

    ending: ActEnding
    words: str
    at: float
    instances: tuple[InstanceEnd, ...] = ()
    request_ids: tuple[str, ...] = ()
    """What Azure calls the requests that it took or refused: what its support asks for."""
    errors: tuple[AzureError, ...] = ()
    clashes: tuple[Clash, ...] = ()
    took_seconds: float | None = None
    """From the request until whoever was taken out served again; none where that was not seen."""

"""An act as it stands now, small enough to be written again and again: what those who watch from afar are shown."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import msgspec

from rollset.engine.acts.result import ActResult, Word


class ActStage(StrEnum):
    """What is being done."""

    LOOKING = "looking"
    """At whom it is still to be done to."""
    SENDING = "sending"
    POSTPONED = "postponed"
    """Azure would not take it now; it is asked again."""
    FINDING_OUT = "finding out"
    """An answer was lost: what is to be seen of the request?"""
    WATCHING = "watching"
    """Azure is at it."""
    SETTLING = "settling"
    """Azure says that it is done; until whoever was taken out serves again."""
    ENDED = "ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class ActPresent:
    """`words` says what is awaited, and in the end what came of it."""

    at: float
    stage: ActStage
    words: str
    done: int = 0
    """How many of the instances are through."""
    total: int = 0
    request_ids: tuple[str, ...] = ()
    took_seconds: float | None = None


_ENCODER = msgspec.json.Encoder()
_DECODER = msgspec.json.Decoder(ActPresent)


def present_of_act(present: ActPresent) -> str:
    """The text for whoever keeps it."""
    return _ENCODER.encode(present).decode()


def present_at_end(result: ActResult) -> str:
    """The same of an act that has ended."""
    return present_of_act(
        ActPresent(
            at=result.at,
            stage=ActStage.ENDED,
            words=result.words,
            done=sum(one.word is Word.DONE for one in result.instances),
            total=len(result.instances),
            request_ids=result.request_ids,
            took_seconds=result.took_seconds,
        )
    )


def read_act_present(text: str) -> ActPresent:
    """What `present_of_act` wrote."""
    return _DECODER.decode(text)

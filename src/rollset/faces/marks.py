"""How an instance looks at a glance: a sign, a colour and a word for each state, so that it can be read in grey."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum

from rollset.core.decide import Situation
from rollset.core.fleet import Health, Provisioning
from rollset.core.ids import InstanceId
from rollset.core.standing import Standing


class Mark(Enum):
    """One state of an instance, in the order in which a legend names them.

    `sign` is for terminals that know Unicode, `ascii_sign` for the others; both are one column wide.
    """

    DONE = ("●", "#", "up to date", "black on green", "green")
    SETTLING = ("◐", "~", "settling", "black on cyan", "cyan")
    BAKING = ("◉", "%", "baking", "black on bright_green", "bright_green")
    OUT = ("▲", "^", "being upgraded", "black on bright_yellow", "bright_yellow")
    OUTDATED = ("○", "o", "outdated", "bright_white on bright_black", "bright_black")
    UNHEALTHY = ("!", "!", "unhealthy", "black on bright_magenta", "bright_magenta")
    FAILED = ("✗", "x", "failed", "bright_white on red", "red")
    PROTECTED = ("◆", "P", "protected", "bright_white on blue", "blue")
    PARKED = ("▼", "v", "parked by a hook", "bright_white on magenta", "magenta")
    STOPPED = ("■", "-", "stopped", "white on grey19", "white")
    LEAVING = ("·", ".", "being deleted", "white on grey19", "white")

    def __init__(self, sign: str, ascii_sign: str, words: str, tile: str, ink: str) -> None:
        self.sign = sign
        self.ascii_sign = ascii_sign
        self.words = words
        self.tile = tile
        """The style of a cell that is filled."""
        self.ink = ink
        """The style of a sign that stands alone."""


MARKS = {
    Standing.LEAVING: Mark.LEAVING,
    Standing.PARKED_BY_HOOK: Mark.PARKED,
    Standing.HELD: Mark.PROTECTED,
    Standing.PROVEN: Mark.DONE,
    Standing.MOVING: Mark.OUT,
    Standing.SETTLING: Mark.SETTLING,
    Standing.PARKED: Mark.STOPPED,
    Standing.FIRST: Mark.UNHEALTHY,
    Standing.LAST: Mark.STOPPED,
    Standing.PENDING: Mark.OUTDATED,
}


def marks_of(situation: Situation) -> Mapping[InstanceId, Mark]:
    """The mark of every instance."""
    failed = {
        *situation.failed,
        *(
            one.id
            for one in situation.fleet.instances
            if one.provisioning is Provisioning.FAILED and one.id not in situation.progress.asked
        ),
    }
    marks = {one: MARKS[stands] for one, stands in situation.standings.items()}
    # Fresh from an upgrade, an instance is not yet healthy; without one, it is just not healthy.
    marks.update(
        {
            one.id: Mark.UNHEALTHY
            for one in situation.fleet.instances
            if marks[one.id] is Mark.SETTLING
            and one.health is Health.UNHEALTHY
            and one.id not in situation.progress.asked
        }
    )
    marks.update(dict.fromkeys(failed & marks.keys(), Mark.FAILED))
    return marks

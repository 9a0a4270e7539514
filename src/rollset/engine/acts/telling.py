"""What came of an act, in one sentence."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rollset.core.acts.act import Action
from rollset.core.acts.service import serves
from rollset.core.fleet import Fleet
from rollset.core.ids import together
from rollset.core.selection import spoken_ids
from rollset.engine.acts.result import ActEnding, InstanceEnd, Word

PARTICIPLES = {
    Action.START: "started",
    Action.RESTART: "restarted",
    Action.POWER_OFF: "powered off",
    Action.DEALLOCATE: "deallocated",
    Action.REDEPLOY: "redeployed",
    Action.REIMAGE: "reimaged",
    Action.UPGRADE: "upgraded",
    Action.DELETE: "deleted",
    Action.PROTECT: "protected",
    Action.PROTECT_FROM_SCALE_IN: "protected from scale-in",
    Action.UNPROTECT: "protected no longer",
}

UNKNOWN_WORDS = (
    "the answer to the request was lost, and nothing is to be seen of it; it was not sent again: look, and ask again "
    "if it is still wanted"
)


def ending_of(ends: Sequence[InstanceEnd]) -> ActEnding:
    """The ending of an action, from that of each instance: the first of these that fits."""
    words = {one.word for one in ends}
    if Word.UNKNOWN in words:
        return ActEnding.UNCERTAIN
    if words == {Word.LEFT_OUT}:
        return ActEnding.NOTHING
    if words and words <= {Word.REFUSED, Word.LEFT_OUT}:
        return ActEnding.REFUSED
    if Word.STOPPED in words and words <= {Word.DONE, Word.LEFT_OUT, Word.STOPPED}:
        return ActEnding.STOPPED
    return ActEnding.DONE if words <= {Word.DONE, Word.LEFT_OUT} else ActEnding.FAILED


def tell_instances(action: Action, ends: Sequence[InstanceEnd], fleet: Fleet) -> str:
    """How many are through, what became of the others and why, and how many serve now."""
    done = sum(one.word is Word.DONE for one in ends)
    words = [f"{done} of {len(ends)} instances {PARTICIPLES[action]}", *_others(ends), serving(fleet)]
    return "; ".join(words)


def serving(fleet: Fleet) -> str:
    """How many serve now."""
    return f"{sum(map(serves, fleet.instances))} of {len(fleet.instances)} serve now"


def _others(ends: Sequence[InstanceEnd]) -> Iterable[str]:
    rest = (one for one in ends if one.word is not Word.DONE)
    told = together((one.id, f"{one.word} ({one.why})" if one.why else one.word) for one in rest)
    for words, ids in told.items():
        yield f"{spoken_ids(ids)} {words}"

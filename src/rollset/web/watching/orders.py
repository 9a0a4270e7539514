"""What can be ordered of a rollout now, and what would come of it, in words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from rollset.core.control import Verb
from rollset.core.errors import RollsetError
from rollset.core.selection import spoken_ids
from rollset.engine.events import Ending
from rollset.engine.state import State
from rollset.faces.marks import Mark
from rollset.faces.orders import Wanted, check_order
from rollset.faces.report import Report
from rollset.faces.story import Story
from rollset.faces.words import plural
from rollset.web.access.roles import Role
from rollset.web.access.who import Who

ASKED_FIRST = (Verb.STOP, Verb.UNDO)
"""Orders that have a page of their own, which says what would come of them."""

GIVEN = (Verb.APPROVE, Verb.RESUME, Verb.PAUSE, Verb.STOP, Verb.UNDO)
"""In the order in which they are offered."""


def role_for(verb: Verb) -> Role:
    """Who may give it: whoever rolls need not be the one who lets a rollout go beyond its checkpoints."""
    return Role.APPROVER if verb is Verb.APPROVE else Role.OPERATOR


@dataclass(frozen=True, slots=True, kw_only=True)
class Offered:
    """One order that makes sense now. `plan_hash` binds an approval to the plan that is looked at.

    `rollout` is the one to order it of. It is another than that which is looked at where an undo has not come to its
    end: what it undoes can be undone further.
    """

    verb: Verb
    rollout: str
    consequence: str
    checkpoint: int | None = None
    plan_hash: str | None = None
    of_other: bool = False
    """Whether `rollout` is another one than that which is looked at."""

    @property
    def asked_first(self) -> bool:
        return self.verb in ASKED_FIRST

    @property
    def label(self) -> str:
        if self.of_other:
            return f"{self.verb.value.capitalize()} {self.rollout}"
        return self.verb.value.capitalize() if self.checkpoint is None else f"Approve checkpoint {self.checkpoint}"


def withheld(offers: Iterable[Offered], who: Who) -> str:
    """The orders among these that `who` may not give, with the role that each takes; empty where there is none."""
    verbs: dict[Role, list[str]] = {}
    for one in offers:
        if not who.may(role := role_for(one.verb)):
            verbs.setdefault(role, []).append(one.verb.value)
    told = [f"to {_either(words)} it takes the role {role}" for role, words in verbs.items()]
    has = ", ".join(sorted(who.roles))
    return f"T{'; '.join(told)[1:]}; {who.name} has {has}." if told else ""


def _either(words: Sequence[str]) -> str:
    return " or ".join(filter(None, [", ".join(words[:-1]), words[-1]]))


def offered(report: Report) -> tuple[Offered, ...]:
    """The orders that make sense now."""
    if report.account.ended:
        return tuple(_undo_of_ended(report))
    return tuple(one for verb in GIVEN if (one := _offer(report, verb)) is not None)


def _offer(report: Report, verb: Verb) -> Offered | None:
    try:
        meant = check_order(report.account, Wanted(verb=verb))
    except RollsetError:
        return None
    state = report.account.state
    if meant.already or state is None or report.story is None:
        return None
    return Offered(
        verb=verb,
        rollout=report.account.id,
        consequence=_consequence(verb, report.story, meant.checkpoint),
        checkpoint=meant.checkpoint,
        plan_hash=state.order.plan_hash if verb is Verb.APPROVE else None,
    )


def _consequence(verb: Verb, story: Story, checkpoint: int | None) -> str:
    state = story.state
    flying = state.progress.in_flight
    waited = f"; {spoken_ids(flying)}, on the way, {'is' if len(flying) == 1 else 'are'} waited for" if flying else ""
    match verb:
        case Verb.PAUSE:
            return f"Nothing new is started until it is resumed{waited}."
        case Verb.RESUME:
            return "It goes on where it stands."
        case Verb.APPROVE:
            return f"It goes beyond checkpoint {checkpoint}, with the plan that is shown here and no other."
        case Verb.STOP:
            left = story.counts[Mark.OUTDATED]
            stay = f" {plural(left, 'instance')} would stay on the old image." if left else ""
            return f"Nothing is started any more{waited}, and it ends.{stay} What was upgraded stays upgraded."
        case Verb.UNDO:
            return _way_back(state)


def _way_back(state: State) -> str:
    count = len(state.touched)
    if not count:
        return "No instance was upgraded yet; the model gets back the image that it had, and it ends."
    return (
        f"{plural(count, 'instance')} that it upgraded or has begun with would go back to the image they had, and the "
        "model as well, under the same budget. Each is out of service once more for that."
    )


def _undo_of_ended(report: Report) -> Iterator[Offered]:
    state = report.account.state
    if state is None or (state.result is not None and state.result.ending is Ending.UNDONE):
        return
    if (back := state.order.way_back) is not None:
        told = f"A rollout of its own begins: it brings back what {report.account.id} has left undone."
        yield Offered(verb=Verb.UNDO, rollout=back.rollout, consequence=told, of_other=True)
    elif state.touched:
        told = f"A rollout of its own begins. {_way_back(state)}"
        yield Offered(verb=Verb.UNDO, rollout=report.account.id, consequence=told)

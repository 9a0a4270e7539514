"""Where a rollout stands, in words and as a document: what `rollouts`, `status` and the orders say of it."""

from __future__ import annotations

import time
from collections import defaultdict
from dataclasses import dataclass

from rollset.core.decide import Hold, HoldKind
from rollset.core.ids import InstanceId
from rollset.core.image import same_image
from rollset.engine.durable.faults import Holder
from rollset.engine.durable.ledger import RolloutRow
from rollset.engine.durable.presence import Presence
from rollset.engine.state import Stage, State
from rollset.faces.account import Account, holder
from rollset.faces.aims import Aim
from rollset.faces.documents import Json, change_documents, image_document, moment
from rollset.faces.exactly import short_hash
from rollset.faces.marks import Mark
from rollset.faces.seen import caught_up, from_afar
from rollset.faces.story import Story

NOT_RUNNING: dict[Holder | None, str] = {Holder.DEAD: "cut off", Holder.WAITED_FOR: "waits for a worker"}

HELD_WORDS = {
    HoldKind.PAUSED: "paused",
    HoldKind.APPROVAL: "waits for approval",
    HoldKind.CHECKPOINT: "at a checkpoint",
    HoldKind.BAKE: "baking",
    HoldKind.WINDOW: "out of hours",
}

STAGE_WORDS = {
    Stage.MODEL: "writing the model",
    Stage.ROLLING: "rolling",
    Stage.TURNING: "turning back",
    Stage.MODEL_LAST: "writing the model",
    Stage.CLOSING: "ending",
    Stage.ENDED: "ending",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """One rollout, as an operator asks for it. `story` is `None` where it never began."""

    account: Account
    holder: Holder | None
    story: Story | None

    @classmethod
    def of(cls, account: Account, presence: Presence) -> Report:
        return cls.held(account, holder(presence, account.row))

    @classmethod
    def held(cls, account: Account, of: Holder | None) -> Report:
        """With what is known already of the process that has it."""
        return cls(account=account, holder=of, story=story_of(account))

    @property
    def word(self) -> str:
        """Its state in a word or two."""
        row, state = self.account.row, self.account.state
        if row.ended_at is not None:
            return row.ending or "ended"
        if self.holder in NOT_RUNNING:
            return NOT_RUNNING[self.holder]
        if state is None:
            return "beginning"
        if isinstance(state.held, Hold):
            return HELD_WORDS[state.held.kind]
        return ordered_word(state) or STAGE_WORDS[state.stage]

    @property
    def reason(self) -> str:
        """Why nothing new starts, or what was done last."""
        return "" if self.story is None else self.story.said

    @property
    def until(self) -> float | None:
        """When a hold ends by itself."""
        state = self.account.state
        return None if state is None or state.held is None else state.held.until

    @property
    def approve_with(self) -> str | None:
        """The command that opens the checkpoint at which it waits, for this plan alone."""
        account = self.account
        if account.ended or account.state is None or account.checkpoint is None:
            return None
        return f"{account.named.command('approve')} --hash {short_hash(account.state.order.plan_hash)}"

    @property
    def progress(self) -> str:
        """`3/5`."""
        return "-" if self.story is None else f"{self.story.done}/{self.story.total}"

    @property
    def share(self) -> int | None:
        """The same in percent; `None` where there is nobody to upgrade, or nobody knows yet."""
        story = self.story
        return None if story is None or not story.total else round(100 * story.done / story.total)


def ordered_word(state: State) -> str:
    """What it is about by order, while some are still on their way."""
    control = state.control
    words = {
        "stopping": control.stopped is not None,
        "pausing": control.paused is not None,
        "going back": state.undo is not None and state.stage is Stage.ROLLING,
        "turning back": state.undo is None and control.undo is not None,
    }
    return next((word for word, is_so in words.items() if is_so), "")


def story_of(account: Account) -> Story | None:
    """The rollout as its journal and its last look tell it."""
    if account.state is None:
        return None
    story = Story.of(account.state)
    if account.present is not None:
        story.see(from_afar(account.present, account.state), account.present.reason)
    story.seen = caught_up(story.seen, account.state)
    shown_at = 0.0 if account.present is None else account.present.at
    if account.last is not None and account.state.result is None and shown_at < account.last.at:
        # What has happened since it showed itself for the last time.
        story.hear(account.last.events)
    return story


def where(row: RolloutRow, of: Holder | None) -> str:
    """Which process has it."""
    return spoken_where(of, row.host, row.pid)


def spoken_where(of: Holder | None, host: str | None, pid: int | None) -> str:
    """Which process has a rollout."""
    match of:
        case None:
            return "-"
        case Holder.WAITED_FOR:
            return "no worker yet"
        case Holder.DEAD:
            return f"process {pid} on {host}, which is gone" if pid else "nowhere"
        case _:
            return f"process {pid} on {host}" if pid else "a process that is taking it up"


def by_mark(story: Story) -> dict[Mark, list[InstanceId]]:
    """Every instance, under what it looks like now."""
    found: dict[Mark, list[InstanceId]] = defaultdict(list)
    for one, mark in story.marks.items():
        found[mark].append(one)
    return {mark: found[mark] for mark in Mark if mark in found}


def report_document(report: Report) -> Json:
    """The same for machines."""
    row, state, story = report.account.row, report.account.state, report.story
    aim = None if state is None else Aim.of_state(state)
    return {
        "id": row.id,
        "scale_set": row.scale_set,
        "image": row.image if aim is None else image_document(aim.after),
        "onto": onto_words(row, state),
        "changes": [] if aim is None else change_documents(aim.changes),
        "plan_hash": None if state is None else state.order.plan_hash,
        "state": report.word,
        "reason": report.reason,
        "until": moment(report.until),
        "checkpoint": report.account.checkpoint,
        "approve_with": report.approve_with,
        "done": None if story is None else story.done,
        "total": None if story is None else story.total,
        "out": None if story is None else story.out,
        "ends_p50": moment(_ends(report, "p50")),
        "ends_p90": moment(_ends(report, "p90")),
        "begun_at": moment(row.begun_at),
        "begun_by": row.started_by,
        "undoes": row.undoes,
        "holder": None if report.holder is None else report.holder.value,
        "host": row.host,
        "pid": row.pid,
        "ended_at": moment(row.ended_at),
        "ending": row.ending,
        "exit_status": row.exit_status,
        "age_seconds": round(time.time() - row.begun_at, 3),
    }


def onto_words(row: RolloutRow, state: State | None) -> str:
    """What tells rollouts apart: the image, what else of the model changes, and of a way back what it undoes."""
    if row.undoes:
        return f"undoes {row.undoes}"
    image = row.image.rpartition(":")[2].rpartition("/")[2]
    if state is None or not state.order.job.model:
        return image
    job, before = state.order.job, state.order.fleet.scale_set
    return str(job.model) if same_image(before.image, job.image) else f"{image}, {job.model}"


def _ends(report: Report, name: str) -> float | None:
    """None as well where nobody carries it out: then it ends when somebody does."""
    story = report.story
    if story is None or story.state.result is not None or story.seen.estimate is None:
        return None
    if report.holder is not Holder.ALIVE:
        return None
    return story.seen.at + float(getattr(story.seen.estimate, name))

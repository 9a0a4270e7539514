"""The page of a rollout as one value: what its template prints, and its parts as streams send them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import urlencode

from rollset.core.canonical import digest
from rollset.core.ids import InstanceId, natural
from rollset.engine.durable.faults import Holder
from rollset.faces.again import can_go_again, may_hold_secrets
from rollset.faces.aims import Aim
from rollset.faces.durations import spoken_duration
from rollset.faces.ended import outcome_rows
from rollset.faces.exactly import short_hash
from rollset.faces.grid import grids_of
from rollset.faces.known import address_of, worker_command
from rollset.faces.planned import pace_words
from rollset.faces.report import Report, where
from rollset.faces.status import outcome_of
from rollset.faces.telling import clock_time, ordered
from rollset.faces.words import image_change
from rollset.web import addresses
from rollset.web.access.roles import Role
from rollset.web.access.who import Who
from rollset.web.heatmap import STATE, Cell, Heatmap, Show, grids
from rollset.web.watching.chronicle import Chronicle
from rollset.web.watching.drawing import Bars, Line, draw_bars, draw_line
from rollset.web.watching.history import NEWEST, History, Wanted, history
from rollset.web.watching.moods import mood_of
from rollset.web.watching.orders import Offered, offered, role_for, withheld

DIGITS = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """An order that was left for it."""

    at: str
    words: str
    taken: bool


@dataclass(frozen=True, kw_only=True)
class RolloutPage:
    """One rollout."""

    chronicle: Chronicle
    wanted: Wanted = NEWEST
    who: Who | None = None
    """Who looks; nobody in a report, which is kept as a file."""

    @property
    def report(self) -> Report:
        return self.chronicle.report

    @property
    def id(self) -> str:
        return self.report.account.id

    @property
    def live(self) -> str:
        asked = {"places": self.places, **self.wanted.asked}
        return addresses.of_stream(addresses.of_rollout(self.id), asked.items())

    @cached_property
    def places(self) -> str:
        """Changes when an instance comes or goes."""
        return digest(sorted(self.cells))[:DIGITS]

    @property
    def ended(self) -> bool:
        return self.report.account.ended

    @property
    def set_words(self) -> str:
        return str(address_of(self.report.account.row))

    @property
    def set_address(self) -> str | None:
        """The page of its set."""
        state = self.report.account.state
        return None if state is None else addresses.of_set(state.order.fleet.scale_set.id)

    @property
    def undoes(self) -> str | None:
        return self.report.account.row.undoes

    @property
    def title(self) -> str:
        """What becomes of what."""
        state = self.report.account.state
        if state is None:
            return self.report.account.row.image
        if state.order.way_back is not None:
            return f"undo of {state.order.way_back.rollout}: {Aim.of_state(state)}"
        return image_change(state.order.fleet.scale_set.image, state.order.job.image)

    @property
    def mood(self) -> str:
        """How bad it is, as a style."""
        return mood_of(self.report.account.row.ending if self.ended else self.report.word)

    @property
    def reason(self) -> str:
        """Why it waits, until when."""
        report = self.report
        until = f" (until {clock_time(report.until)})" if report.until is not None and not self.ended else ""
        return report.reason + until

    @property
    def share(self) -> int:
        """How much is done, in percent."""
        return self.report.share or 0

    @cached_property
    def numbers(self) -> tuple[tuple[str, str], ...]:
        """The integers that an operator looks for."""
        return tuple(self._numbers())

    def _numbers(self) -> Iterator[tuple[str, str]]:
        story, report = self.report.story, self.report
        if story is None:
            return
        yield "done", f"{story.done} of {story.total}"
        if not self.ended:
            yield "out of service", f"{story.out} of {story.seen.total}"
            yield "may be out", str(story.seen.allowed)
        if story.state.progress.failed:
            yield "failed", str(len(story.state.progress.failed))
        if self.ended and self.chronicle.timeline is not None:
            yield "took", spoken_duration(self.chronicle.timeline.end - self.chronicle.timeline.begin)
        elif story.seen.estimate is not None and report.holder is Holder.ALIVE:
            rest = story.seen.estimate
            yield "ends about", clock_time(story.seen.at + rest.p50)
            yield "nine times in ten by", clock_time(story.seen.at + rest.p90) + ("" if rest.measured else ", guessed")

    @cached_property
    def rows(self) -> tuple[tuple[str, str], ...]:
        """What is said of it beside the numbers."""
        return tuple(self._rows())

    def _rows(self) -> Iterator[tuple[str, str]]:
        row, state = self.report.account.row, self.report.account.state
        yield "Begun", f"{clock_time(row.begun_at)} by {row.started_by}"
        if row.ended_at is not None:
            yield "Ended", clock_time(row.ended_at)
        else:
            yield "Carried out by", where(row, self.report.holder) + self._way_on
        if state is None:
            return
        yield "Instances", str(state.order.job.selection)
        yield "Pace", pace_words(state.plan)
        yield from (("Model", str(change)) for change in Aim.of_state(state).changes)
        yield "Plan", short_hash(state.order.plan_hash)
        yield "Requests of Azure", str(state.arm_requests)
        if state.result is not None:
            told = {"time", "ARM requests", "plan", "failed", "compared"}
            yield from (one for one in outcome_rows(outcome_of(self.report.account)) if one[0] not in told)
            yield from (("Note", remark) for remark in state.result.remarks)

    @property
    def _way_on(self) -> str:
        named = self.report.account.named
        match self.report.holder:
            case Holder.DEAD:
                return f"; carry it on with: {named.command('resume')}"
            case Holder.WAITED_FOR:
                return f"; start one with: {worker_command(named.place)}"
            case _:
                return ""

    @property
    def compared(self) -> tuple[str, ...]:
        """Each comparison of the upgraded with the rest."""
        state = self.report.account.state
        return () if state is None else tuple(str(one) for one in state.compared)

    @property
    def gates(self) -> tuple[tuple[str, str], ...]:
        """What gates say of those that are waited for now."""
        state = self.report.account.state
        if state is None:
            return ()
        return tuple(
            (one, words)
            for one in sorted(state.progress.gated, key=natural)
            if one in state.progress.asked and (words := state.progress.closed(one, state.job))
        )

    @cached_property
    def _offered(self) -> tuple[Offered, ...]:
        return () if self.who is None else offered(self.report)

    @property
    def offers(self) -> tuple[Offered, ...]:
        """The orders that make sense now, and that whoever looks may give."""
        return tuple(one for one in self._offered if self.who is not None and self.who.may(role_for(one.verb)))

    @property
    def withheld(self) -> str:
        """What makes sense as well, and takes a role that whoever looks has not."""
        return "" if self.who is None else withheld(self._offered, self.who)

    @property
    def again(self) -> str | None:
        """The form that asks for the same once more; none where it is done, or cannot be told as a file."""
        address = self.set_address
        account, who = self.report.account, self.who
        known = who is not None and (who.may(Role.OPERATOR) or not may_hold_secrets(account))
        can = known and address is not None and can_go_again(account)
        return f"{address}/roll?{urlencode({'again': self.id})}" if can else None

    @property
    def again_label(self) -> str:
        return "Roll again" if self.who is not None and self.who.may(Role.OPERATOR) else "Plan again"

    @property
    def given(self) -> tuple[Given, ...]:
        """The orders that were left for it, the newest first."""
        account = self.report.account
        return tuple(
            Given(at=clock_time(one.at), words=ordered(one), taken=one.number <= account.control.taken or account.ended)
            for one in reversed(account.signals)
        )

    @cached_property
    def cells(self) -> dict[InstanceId, Cell]:
        story = self.report.story
        if story is None:
            return {}
        marks = story.marks
        return {one: Cell(id=one, kind=STATE[marks[one]], about="") for one in sorted(marks, key=natural)}

    @cached_property
    def heatmap(self) -> Heatmap:
        story = self.report.story
        return grids(() if story is None else grids_of(story.places), self.cells, Show.STATE)

    @cached_property
    def bars(self) -> Bars | None:
        timeline = self.chronicle.timeline
        return None if timeline is None or not timeline.bars else draw_bars(timeline)

    @cached_property
    def line(self) -> Line | None:
        return None if self.chronicle.availability is None else draw_line(self.chronicle.availability)

    @cached_property
    def history(self) -> History:
        return history(self.chronicle, self.wanted)

    @property
    def failures(self) -> tuple[tuple[str, str], ...]:
        """Each with when."""
        return tuple(
            (clock_time(one.at), f"{one.failure.instance}: {one.failure.error}") for one in self.chronicle.failures
        )

    @property
    def troubles(self) -> tuple[tuple[str, str, str | None], ...]:
        """What Azure refused, with its request id."""
        return tuple((clock_time(at), words, request) for at, words, request in self.chronicle.troubles)

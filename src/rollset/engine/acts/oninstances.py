"""Carries out an action on instances, a fact a turn: look, note, send, find out where nobody answered, watch, look."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rollset.arm.errors import ArmError
from rollset.core.acts.act import TRAITS, Action, OnInstances, is_done
from rollset.core.acts.oninstances import why_not
from rollset.core.acts.service import UNDER_WAY
from rollset.core.fleet import Fleet, Instance
from rollset.core.ids import InstanceId
from rollset.engine.acts.facts import Closed, Fact, Found, Intended, Sent
from rollset.engine.acts.means import ActMeans
from rollset.engine.acts.present import ActStage
from rollset.engine.acts.result import ActEnding, ActResult, InstanceEnd, Word
from rollset.engine.acts.sending import send_on_instances
from rollset.engine.acts.settling import SHOWN_SECONDS, Settling, ends_of
from rollset.engine.acts.state import ActState
from rollset.engine.acts.telling import UNKNOWN_WORDS, ending_of, tell_instances
from rollset.engine.requests import UNANSWERED_SECONDS

LOOK_SECONDS_MIN, LOOK_SECONDS_MAX = 2.0, 15.0
"""Between looks after an action; they grow apart the longer it takes."""

LOOK_SHARE = 0.1

LOOKS_MAX = 10_000
"""A bound, not an aim."""


class ActOnInstances:
    """One run of it: knows which intent is its own."""

    def __init__(self, means: ActMeans, act: OnInstances) -> None:
        self._means = means
        self._action = act.action
        self._trait = TRAITS[act.action]
        self._intent_at: float | None = None

    async def turn(self, state: ActState) -> Fact:
        """The next fact."""
        try:
            return await self._turn(state)
        except ArmError as error:
            return _broken_off(state, error, self._means)

    async def _turn(self, state: ActState) -> Fact:
        if state.intended is not None:
            if state.intended.at == self._intent_at:
                return await self._send(state, state.intended)
            return await self._find_out(state, state.intended.instances, state.intended)
        if state.unanswered and state.intent is not None:
            return await self._find_out(state, state.unanswered, state.intent)
        if state.pending and state.may_ask:
            return await self._intend(state)
        if state.operations and state.watched is None:
            words = f"Azure is to {self._action} {len(state.begun)} instances"
            self._means.show(ActStage.WATCHING, words, total=_total(state))
            return await self._means.watch(state.operations, state.sent_at or self._means.clock())
        return await self._settle(state)

    # Before the request

    async def _intend(self, state: ActState) -> Intended:
        """Whom it is still to be sent for, on a fresh look: the mark comes before the request."""
        means, now = self._means, self._means.clock()
        if state.until > now:
            why = "" if state.why is None else f"{state.why.words}; "
            means.show(ActStage.POSTPONED, f"{why}asking again in {state.until - now:.0f} s", total=_total(state))
            await means.postpone_until(state.until)
        if (by := means.stopped_by) is not None:
            return Intended(at=means.clock(), stopped_by=by)
        means.show(ActStage.LOOKING, "looking at whom it is still to be done to", total=_total(state))
        fleet = await means.look(state.order.scale_set, stoppable=True)
        reasons = {one.id: self._why_left_out(one, fleet) for one in state.order.targets if one.id in state.pending}
        chosen = tuple(one for one, why in reasons.items() if not why)
        stamps: Mapping[InstanceId, str] = {}
        if chosen and not self._trait.repeatable:
            known = await means.steadily(lambda: means.azure.acts.stamps(fleet.scale_set))
            stamps = {one: known.get(one, "") for one in chosen}
        self._intent_at = means.clock()
        return Intended(
            at=self._intent_at,
            instances=chosen,
            left_out={one: why for one, why in reasons.items() if why},
            stamps=stamps,
            one_by_one=state.one_by_one,
        )

    def _why_left_out(self, before: Instance, fleet: Fleet) -> str:
        seen = fleet.by_id.get(before.id)
        if seen is None or not _is_same(before, seen):
            return "it is no more"
        protected = seen.protected or seen.protected_from_scale_in
        if self._action is Action.DELETE and protected:
            return "protected meanwhile"
        return why_not(self._action, seen)

    async def _send(self, state: ActState, intent: Intended) -> Sent:
        """Sends what was noted. From here on nobody knows, until the answer is in the journal."""
        self._intent_at = None
        self._means.show(ActStage.SENDING, f"asking Azure to {self._action} {len(intent.instances)} instances")
        await self._means.desk.check_ours()
        return await send_on_instances(self._means, state.order.scale_set, self._action, intent)

    # After a request that nobody answered

    async def _find_out(self, state: ActState, ids: Sequence[InstanceId], intent: Intended) -> Found:
        """What does harm twice is looked for as long as lists may be old; all else may be asked for again sooner."""
        means, known = self._means, {one.id: one for one in state.order.targets}
        means.show(ActStage.FINDING_OUT, f"an answer was lost: looking at {len(ids)} instances", total=_total(state))
        await means.wait_until(intent.at + UNANSWERED_SECONDS)
        for _ in range(LOOKS_MAX):
            fleet = await means.look(state.order.scale_set)
            stamps: Mapping[InstanceId, str] = {}
            if intent.stamps:
                stamps = await means.steadily(lambda: means.azure.acts.stamps(fleet.scale_set))  # noqa: B023 (awaited)
            begun = tuple(one for one in ids if self._shows(known[one], fleet, intent, stamps))
            is_sure = self._trait.repeatable or means.clock() >= intent.at + SHOWN_SECONDS
            if is_sure or len(begun) == len(ids):
                return Found(at=means.clock(), begun=begun, unseen=tuple(one for one in ids if one not in begun))
            await means.wait_until(means.clock() + LOOK_SECONDS_MAX)
        raise AssertionError("there is a time after which lists are not old any more")

    def _shows(self, before: Instance, fleet: Fleet, intent: Intended, stamps: Mapping[InstanceId, str]) -> bool:
        """Whether anything is to be seen of the request on an instance."""
        seen = fleet.by_id.get(before.id)
        if seen is None or not _is_same(before, seen) or seen.provisioning in UNDER_WAY:
            return True
        if self._trait.repeatable:
            return is_done(self._action, seen)
        return stamps.get(before.id) != intent.stamps.get(before.id)

    # After the answer

    async def _settle(self, state: ActState) -> Closed:
        """Tells what each instance is when there is nothing left to wait for."""
        settling = await self._settled(state)
        ends = ends_of(settling, self._begun(state))
        return Closed(at=settling.now, result=self._result(state, settling, ends))

    @staticmethod
    def _begun(state: ActState) -> list[Instance]:
        return [one for one in state.order.targets if one.id in state.begun]

    async def _settled(self, state: ActState) -> Settling:
        """The last look."""
        means, begun = self._means, self._begun(state)
        errors = state.watched.errors if state.watched else ()
        since = state.watched.at if state.watched else means.clock()
        for _ in range(LOOKS_MAX):
            fleet = await means.look(state.order.scale_set)
            settling = Settling(
                action=self._action,
                fleet=fleet,
                since=since,
                doubtful_until=_doubtful_until(state),
                errors=errors,
                now=means.clock(),
            )
            ends = ends_of(settling, begun)
            still = [one for one in begun if settling.is_open(one, ends[one.id])]
            if not still:
                return settling
            out = sum(settling.awaits_service(one, ends[one.id]) for one in still)
            what = "to serve again" if out == len(still) else f"to {self._action}"
            done = len(begun) - len(still)
            means.show(ActStage.SETTLING, f"waiting for {len(still)} instances {what}", done=done, total=_total(state))
            pause = LOOK_SHARE * (settling.now - (state.sent_at or since))
            await means.wait_until(means.clock() + min(LOOK_SECONDS_MAX, max(LOOK_SECONDS_MIN, pause)))
        raise AssertionError("there is a time after which nothing is waited for")

    def _result(self, state: ActState, settling: Settling, ends: Mapping[InstanceId, InstanceEnd]) -> ActResult:
        told = [self._end(one, state, settling.fleet, ends) for one in state.order.targets]
        awaited = any(settling.awaits_service(one, ends[one.id]) for one in state.order.targets if one.id in ends)
        # How long it takes is learnt from what was answered and went well.
        measured = bool(ends) and _is_known(state) and not awaited
        took = settling.now - state.sent_at if measured and state.sent_at is not None else None
        return ActResult(
            ending=ending_of(told),
            words=tell_instances(self._action, told, settling.fleet),
            at=settling.now,
            instances=tuple(told),
            request_ids=state.request_ids,
            errors=settling.errors,
            took_seconds=took if self._trait.comes_back else None,
        )

    def _end(self, one: Instance, state: ActState, fleet: Fleet, ends: Mapping[InstanceId, InstanceEnd]) -> InstanceEnd:
        seen = fleet.by_id.get(one.id)
        if one.id in ends:
            return ends[one.id]
        if self._action is Action.DELETE and (seen is None or not _is_same(one, seen)):
            # Whoever deleted it, and whatever was answered: it is gone.
            return InstanceEnd(id=one.id, word=Word.DONE)
        word, why = _not_begun(one.id, state)
        return InstanceEnd(id=one.id, word=word, why=why, seen=seen)


def _not_begun(one: InstanceId, state: ActState) -> tuple[Word, str]:
    """What became of an instance on which Azure has not begun, as far as anybody knows."""
    if one in state.refused:
        return Word.REFUSED, state.refused[one].words
    if one in state.left_out:
        return Word.LEFT_OUT, state.left_out[one]
    if one in state.stopped:
        return Word.STOPPED, f"stopped by {state.stopped_by} before Azure was asked"
    if one in state.unknown:
        return Word.UNKNOWN, UNKNOWN_WORDS
    return Word.REFUSED, state.why.words if state.why else "Azure did not take the request"


def _is_same(before: Instance, seen: Instance) -> bool:
    """Whether it is that instance still: an id may be given again."""
    return before.created_at == seen.created_at


def _is_known(state: ActState) -> bool:
    """Whether Azure itself said that it took all of it, and when that had ended."""
    return bool(state.operations) and not state.found_out and not (state.watched and state.watched.lost)


def _doubtful_until(state: ActState) -> float:
    """Until when a list may be older than the request, where Azure does not say that it has carried it out."""
    return 0.0 if _is_known(state) or state.intent is None else state.intent.at + SHOWN_SECONDS


def _total(state: ActState) -> int:
    return len(state.order.targets)


def _broken_off(state: ActState, error: ArmError, means: ActMeans) -> Closed:
    """Azure could not be asked any more: what is known by now is told."""
    now = means.clock()
    sent = bool(state.begun or state.unanswered or state.intended)
    after = "what became of the request is not known" if sent else "nothing was sent"
    words = f"{error}; {after}"
    if not sent and (by := means.stopped_by) is not None:
        return Closed(at=now, result=ActResult(ending=ActEnding.STOPPED, words=f"stopped by {by}; {after}", at=now))
    ending = ActEnding.UNCERTAIN if sent else ActEnding.FAILED
    return Closed(at=now, result=ActResult(ending=ending, words=words, at=now, request_ids=state.request_ids))

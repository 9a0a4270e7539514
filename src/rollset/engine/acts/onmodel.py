"""Carries out a change of the set, one turn a fact: read, compare, note, write under the etag, watch, look.

A write is only ever sent on what was just read. Where the etag has moved, the set is read again: if it says what the
author of the change saw, only the etag moved, and the change is written on the new one; otherwise it is a conflict, and
both sides are told.
"""

from __future__ import annotations

from collections.abc import Sequence

from rollset.arm.errors import ArmError
from rollset.core.acts.act import Edit, Scale
from rollset.core.acts.editing import (
    Clash,
    EditConflict,
    as_edit,
    clashes,
    differences,
    is_said_by,
    written_image,
)
from rollset.core.acts.service import UNDER_WAY
from rollset.core.fleet import AzureError, Fleet, ScaleSet
from rollset.engine.acts.facts import Closed, Fact, Found, Intended, Sent
from rollset.engine.acts.means import ActMeans
from rollset.engine.acts.oninstances import LOOK_SECONDS_MAX, LOOKS_MAX
from rollset.engine.acts.present import ActStage
from rollset.engine.acts.refusing import not_now, refusal_of
from rollset.engine.acts.result import ActEnding, ActResult
from rollset.engine.acts.settling import SERVING_SECONDS_MAX, SHOWN_SECONDS
from rollset.engine.acts.state import ActState
from rollset.engine.acts.telling import serving
from rollset.engine.requests import UNANSWERED_SECONDS, UNCERTAIN


class ActOnModel:
    """One run of it: knows which intent is its own, and the set as it was read for it."""

    def __init__(self, means: ActMeans, act: Scale | Edit) -> None:
        self._means = means
        self._edit = as_edit(act)
        self._read: ScaleSet | None = None

    async def turn(self, state: ActState) -> Fact:
        """The next fact."""
        try:
            return await self._turn(state)
        except ArmError as error:
            ending = ActEnding.UNCERTAIN if state.intended or state.is_unanswered else ActEnding.FAILED
            return self._closed(state, ending, str(error), errors=(refusal_of(error).error,))

    async def _turn(self, state: ActState) -> Fact:
        if state.intended is not None:
            if self._read is not None:
                return await self._send(state, self._read)
            return await self._find_out(state, state.intended)
        if state.is_unanswered and state.intent is not None:
            return await self._find_out(state, state.intent)
        if state.wanting:
            return await self._intend(state)
        if state.operations and state.watched is None:
            self._means.show(ActStage.WATCHING, "Azure is at it")
            return await self._means.watch(state.operations, state.sent_at or self._means.clock())
        return await self._settle(state)

    async def _now(self, state: ActState) -> ScaleSet:
        known = state.order.scale_set
        return await self._means.steadily(lambda: self._means.azure.scale_set(known.id, known.paths))

    async def _intend(self, state: ActState) -> Fact:
        means = self._means
        if state.until > means.clock():
            why = "" if state.why is None else f"{state.why.words}; "
            means.show(ActStage.POSTPONED, f"{why}asking again in {state.until - means.clock():.0f} s")
            await means.postpone_until(state.until)
        if (by := means.stopped_by) is not None:
            return self._closed(state, ActEnding.STOPPED, f"stopped by {by} before it was written")
        now = await self._now(state)
        if (closed := self._why_not(state, now)) is not None:
            return closed
        self._read = now
        return Intended(at=means.clock(), etag=now.etag)

    def _why_not(self, state: ActState, now: ScaleSet) -> Closed | None:
        """The end, where nothing is to be written."""
        if now.unique_id != state.order.scale_set.unique_id:
            return self._closed(state, ActEnding.FAILED, f"{now.id} was deleted and made anew meanwhile")
        if is_said_by(self._edit, now) and not self._edit.model.hidden:
            return self._closed(state, ActEnding.NOTHING, f"{now.id} says all of that already: somebody was faster")
        if found := clashes(self._edit.read, now, self._edit):
            return self._closed(state, ActEnding.CONFLICT, str(EditConflict(str(now.id), found)), both=found)
        if now.etag is None:
            why = f"{now.id} has no etag, so it cannot be changed without overruling others"
            return self._closed(state, ActEnding.REFUSED, why)
        if not state.may_ask:
            why = state.why.words if state.why else "Azure did not take the request"
            errors = (state.why.error,) if state.why else ()
            return self._closed(state, ActEnding.REFUSED, why, errors=errors)
        return None

    async def _send(self, state: ActState, read: ScaleSet) -> Fact:
        """Sends what was noted. From here on nobody knows, until the answer is in the journal."""
        means, edit, self._read = self._means, self._edit, None
        means.show(ActStage.SENDING, f"asking Azure to {state.order.act}")
        await means.desk.check_ours()
        image = None if edit.image is None else written_image(edit.image)
        try:
            operation = await means.azure.acts.write(read, image, edit.model.wanted, edit.capacity)
        except UNCERTAIN as error:
            return Sent(at=means.clock(), is_lost=True, why=refusal_of(error))
        except ArmError as error:
            refusal, wait = refusal_of(error), not_now(error)
            if wait is not None:
                return Sent(at=means.clock(), why=refusal, until=means.clock() + wait.seconds, tries=wait.cost)
            ids = (*state.request_ids, *([refusal.request_id] if refusal.request_id else []))
            return self._closed(state, ActEnding.REFUSED, refusal.words, errors=(refusal.error,), request_ids=ids)
        return Sent(at=means.clock(), operations=(operation,))

    async def _find_out(self, state: ActState, intent: Intended) -> Found:
        """Whether the set says it by now; if not, it is read and compared again, and written again if that may be."""
        self._means.show(ActStage.FINDING_OUT, "an answer was lost: reading the set")
        await self._means.wait_until(intent.at + UNANSWERED_SECONDS)
        now = await self._now(state)
        moved = not self._edit.model.hidden or now.etag != intent.etag
        return Found(at=self._means.clock(), written=moved and is_said_by(self._edit, now))

    async def _settle(self, state: ActState) -> Closed:
        errors = state.watched.errors if state.watched else ()
        return self._end(state, await self._settled(state, errors), errors)

    async def _settled(self, state: ActState, errors: Sequence[AzureError]) -> Fleet:
        """The last look."""
        means = self._means
        since = state.watched.at if state.watched else means.clock()
        for _ in range(LOOKS_MAX):
            fleet = await means.look(state.order.scale_set)
            open_for = means.clock() - since
            if errors or not self._awaits(fleet, open_for) or open_for >= SERVING_SECONDS_MAX:
                return fleet
            means.show(ActStage.SETTLING, f"the set says it; {serving(fleet)}")
            await means.wait_until(means.clock() + LOOK_SECONDS_MAX)
        raise AssertionError("there is a time after which nothing is waited for")

    def _awaits(self, fleet: Fleet, open_for: float) -> bool:
        """Whether instances are still to come or to go, or come up."""
        if self._edit.capacity is None:
            return False
        settled = len(fleet.instances) == fleet.scale_set.capacity
        moving = any(one.provisioning in UNDER_WAY for one in fleet.instances)
        return moving or (not settled and open_for < SHOWN_SECONDS)

    def _end(self, state: ActState, fleet: Fleet, errors: Sequence[AzureError]) -> Closed:
        before = state.order.scale_set
        said = is_said_by(self._edit, fleet.scale_set)
        changed = ", ".join(map(str, differences(self._edit, before)))
        if errors:
            how = "the set says what was written all the same" if said else "the set does not say what was written"
            return self._closed(state, ActEnding.FAILED, f"{errors[0]}; {how}", errors=errors)
        if not said:
            words = f"{changed} was written, and the set says something else by now: somebody has changed it since"
            return self._closed(state, ActEnding.FAILED, words)
        return self._closed(state, ActEnding.DONE, f"{changed}; {serving(fleet)}")

    def _closed(
        self,
        state: ActState,
        ending: ActEnding,
        words: str,
        *,
        errors: Sequence[AzureError] = (),
        both: tuple[Clash, ...] = (),
        request_ids: tuple[str, ...] | None = None,
    ) -> Closed:
        now = self._means.clock()
        return Closed(
            at=now,
            result=ActResult(
                ending=ending,
                words=words,
                at=now,
                errors=tuple(errors),
                clashes=both,
                request_ids=state.request_ids if request_ids is None else request_ids,
            ),
        )

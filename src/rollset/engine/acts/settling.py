"""After an action: what each instance is now, and whether there is anything left to wait for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from rollset.core.acts.act import TRAITS, Action, is_done
from rollset.core.acts.service import UNDER_WAY, serves
from rollset.core.fleet import AzureError, Fleet, Instance, Power, Provisioning
from rollset.core.ids import InstanceId
from rollset.engine.acts.result import InstanceEnd, Word

SHOWN_SECONDS = 60.0
"""After an operation has ended, lists of instances may still be old for about so long."""

SERVING_SECONDS_MAX = 600.0
"""So long after the operation has ended it is awaited that who was taken out serves again; then its state is told."""

UNFINISHED_SECONDS_MAX = 3600.0
"""So long after the operation has ended an instance may still show that something is done to it."""

_RUNS_AFTER = (Action.RESTART, Action.REDEPLOY, Action.REIMAGE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settling:
    """One look after an action. `since` is when its operations ended, and `errors` what they ended with.

    Where nobody knows how they ended, lists that may be older than the request prove nothing before `doubtful_until`.
    """

    action: Action
    fleet: Fleet
    since: float
    doubtful_until: float
    errors: tuple[AzureError, ...]
    now: float

    def end_of(self, before: Instance) -> InstanceEnd:
        """What became of an instance that was as `before`."""
        seen = self.fleet.by_id.get(before.id)
        if seen is None or seen.created_at != before.created_at:
            gone = Word.DONE if self.action is Action.DELETE else Word.GONE
            return InstanceEnd(id=before.id, word=gone, why="" if gone is Word.DONE else "it is no more", seen=None)
        if seen.provisioning in UNDER_WAY:
            return InstanceEnd(id=before.id, word=Word.UNFINISHED, why=f"it is {seen.provisioning.value}", seen=seen)
        if seen.provisioning is Provisioning.FAILED:
            why = seen.error or (self.errors[0] if self.errors else None)
            return InstanceEnd(id=before.id, word=Word.FAILED, why=str(why or "Azure gives no reason"), seen=seen)
        if self._is_there(seen):
            return InstanceEnd(id=before.id, word=Word.DONE, seen=seen)
        if self.errors:
            return InstanceEnd(id=before.id, word=Word.FAILED, why=str(self.errors[0]), seen=seen)
        return InstanceEnd(id=before.id, word=Word.UNCHANGED, why=f"it is {seen.power.value}", seen=seen)

    def _is_there(self, seen: Instance) -> bool:
        if self.action in _RUNS_AFTER:
            return seen.power is Power.RUNNING
        # Nobody tells whether a member of a Flexible set is on the model.
        return is_done(self.action, seen) or (self.action is Action.UPGRADE and not seen.tells_model)

    def is_open(self, before: Instance, end: InstanceEnd) -> bool:
        """Whether a later look may show something else that is worth waiting for."""
        if end.word is Word.UNFINISHED:
            return self.now - self.since < UNFINISHED_SECONDS_MAX
        if self._is_doubtful(end):
            return True
        if end.word is Word.UNCHANGED:
            return self.now - self.since < SHOWN_SECONDS
        return self.awaits_service(before, end) and self.now - self.since < SERVING_SECONDS_MAX

    def _is_doubtful(self, end: InstanceEnd) -> bool:
        """Whether it looks as it did before, and is only taken to be done."""
        unproven = end.word is Word.DONE and end.seen is not None and not is_done(self.action, end.seen)
        return unproven and self.now < self.doubtful_until

    def awaits_service(self, before: Instance, end: InstanceEnd) -> bool:
        """Whether it is done, should serve by now, and does not."""
        if end.word is not Word.DONE or end.seen is None or serves(end.seen):
            return False
        trait = TRAITS[self.action]
        return self.action is Action.START or (trait.takes_out and trait.comes_back and serves(before))


def ends_of(settling: Settling, targets: Iterable[Instance]) -> Mapping[InstanceId, InstanceEnd]:
    """What became of each of them."""
    return {one.id: settling.end_of(one) for one in targets}

"""Calls the hooks of a rollout, batch and instance, and parks those for which one fails or is late.

After a crash a hook may be called again for the same instance: that it was called is known when the next entry of the
journal is kept, and not before.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from rollset.core.decide import Situation
from rollset.core.fleet import AzureError
from rollset.core.ids import InstanceId, together
from rollset.core.outside.hooks import Hook, Moment, hooks_at
from rollset.core.outside.judging import to_release
from rollset.core.progress import Failure
from rollset.core.standing import STOPPED_POWER
from rollset.engine import events
from rollset.engine.news import Means, News
from rollset.engine.outside.subject import Subject, about_batch, about_instance, about_rollout
from rollset.engine.watch import Watch

HOOK_FAILED = "HookFailed"
"""The code of a failure that a hook has made of a batch."""


class Hooking:
    """The hooks of one run. What it remembers saves calls, and can be lost without harm."""

    def __init__(self, means: Means, watch: Watch) -> None:
        self._means = means
        self._watch = watch
        self._owed: list[tuple[InstanceId, ...]] = []
        """Batches that are back, and whose hooks have not been called to their end."""
        self._paid: set[float] = set()

    async def before(self, news: News, instances: Sequence[InstanceId]) -> dict[InstanceId, str]:
        """Calls the hooks before a batch, then those before each of its instances; who failed, and why.

        Who is stopped, and left so, serves nobody: there is nothing to drain, and nothing to put back.
        """
        batch = about_batch(news.state.order, instances)
        if why := await self._in_turn(news, Moment.BEFORE_BATCH, batch, tuple(instances)):
            return dict.fromkeys(instances, why)
        if not hooks_at(news.job.hooks, Moment.BEFORE_INSTANCE):
            return {}
        fleet = self._watch.fleet
        running = [one for one in instances if one in fleet.by_id and fleet.by_id[one].power not in STOPPED_POWER]
        said = await asyncio.gather(*(self._about(news, Moment.BEFORE_INSTANCE, one) for one in running))
        return {one: why for one, why in zip(running, said, strict=True) if why}

    async def after(self, news: News, situation: Situation) -> bool:
        """Calls what is due after an upgrade, or after a batch; whether anything was, so that a new look is needed."""
        called = await self._release(news, to_release(situation))
        self._owed += self._back(news)
        while self._owed:
            called = True
            await self.after_batch(news, self._owed[0])
            self._owed.pop(0)
        return called

    async def after_batch(self, news: News, batch: tuple[InstanceId, ...]) -> None:
        """Calls the hooks after a batch; should one fail, all of the batch have."""
        if why := await self._in_turn(news, Moment.AFTER_BATCH, about_batch(news.state.order, batch), batch):
            error = AzureError(code=HOOK_FAILED, message=why)
            failures = [Failure(instance=one, error=error) for one in batch]
            news.progress = news.progress.reported(failures)
            for failure in failures:
                news.add(events.Failed(at=self._means.clock(), failure=failure))

    async def of_rollout(self, news: News, moment: Moment, **more: str) -> str:
        """Calls the hooks of the rollout itself; what went wrong, if anything did."""
        return await self._in_turn(news, moment, about_rollout(news.state.order, **more), ())

    def park(self, news: News, why: dict[InstanceId, str]) -> None:
        """Has these never sent again."""
        for words, ids in together(why.items()).items():
            news.progress = news.progress.parking(ids, words)
            news.add(events.Parked(at=self._means.clock(), instances=tuple(ids), reason=words))

    async def _release(self, news: News, instances: Sequence[InstanceId]) -> bool:
        said = await asyncio.gather(*(self._about(news, Moment.AFTER_INSTANCE, one) for one in instances))
        failed = {one: why for one, why in zip(instances, said, strict=True) if why}
        for one in instances:
            if one not in failed:
                news.progress = news.progress.let_go(one, self._means.clock())
        self.park(news, failed)
        return bool(instances)

    def _back(self, news: News) -> list[tuple[InstanceId, ...]]:
        """Batches of which nobody is on the way any more, and somebody has come back."""
        if not hooks_at(news.job.hooks, Moment.AFTER_BATCH):
            return []
        progress = news.progress
        back = [
            one
            for one in news.state.requests
            if one.answered
            and one.at not in self._paid
            and not any(each in progress.asked for each in one.instances)
            and any(each in progress.took for each in one.instances)
        ]
        self._paid.update(one.at for one in back)
        return [one.instances for one in back]

    async def _about(self, news: News, moment: Moment, one: InstanceId) -> str:
        now = self._means.clock()
        about = about_instance(news.state.order, self._watch.fleet, one, at=now)
        return await self._in_turn(news, moment, about, (one,))

    async def _in_turn(self, news: News, moment: Moment, about: Subject, instances: tuple[InstanceId, ...]) -> str:
        """Calls the hooks of a moment one after another, until one fails; what that one said, or nothing."""
        for hook in hooks_at(news.state.order.job.hooks, moment):
            began = self._means.clock()
            answer = await self._means.outside.call(hook.call, _at(about, moment), hook.deadline_seconds)
            now = self._means.clock()
            why = "" if answer.yes else _spoken(hook, answer.words)
            news.add(
                events.Hooked(
                    at=now, moment=moment, hook=hook.name, instances=instances, seconds=now - began, failed=why
                )
            )
            if why:
                return why
        return ""


def _at(about: Subject, moment: Moment) -> Subject:
    return Subject(
        scale_set=about.scale_set,
        instance=about.instance,
        at=about.at,
        since=about.since,
        facts={**about.facts, "moment": moment.value},
    )


def _spoken(hook: Hook, words: str) -> str:
    return f"hook {hook.name} ({hook.moment}) failed: {words}"

"""Gives back what a surge has added, however a rollout ends: the capacity is to be what it would be without it.

As everywhere, the intent stands in the journal before the request; what a crash left open is found out first.
"""

from __future__ import annotations

import asyncio

from rollset.core.decision import Retire
from rollset.core.errors import RollsetError
from rollset.core.ids import InstanceId
from rollset.core.selection import spoken_ids
from rollset.core.situation import survey
from rollset.core.surging.replacing import BIRTH_LOOK_SECONDS, too_many
from rollset.engine.draining import Draining
from rollset.engine.hooking import Hooking
from rollset.engine.news import Means, News
from rollset.engine.requests import UNANSWERED_SECONDS
from rollset.engine.scaling import Scaling
from rollset.engine.watch import Watch

TRIES_MAX = 12
"""So often Azure is asked before an operator is told to lower the capacity by hand."""

TRY_SECONDS = 10.0


class GivingBack:
    """One for each run. `remarks` are what an operator has to do by hand."""

    def __init__(self, means: Means, watch: Watch, hooking: Hooking) -> None:
        self._means = means
        self._watch = watch
        self._scaling = Scaling(means, watch, Draining(means, watch, hooking))
        self._tries = 0
        self._told = False
        self.remarks: tuple[str, ...] = ()

    async def turn(self, news: News) -> bool:
        """Does one thing at most; whether the journal must know of it before the next. Never raises for Azure."""
        while self._owes(news) and not self._told:
            try:
                if await self._step(news):
                    return True
            except RollsetError as error:
                await self._again(news, str(error), TRY_SECONDS)
        return False

    def _owes(self, news: News) -> bool:
        surge = news.progress.surge
        return news.state.scaling is not None or surge.surplus > 0 or surge.left > 0

    async def _step(self, news: News) -> bool:
        intent = news.state.scaling
        if intent is not None:
            if self._scaling.has_just_noted(intent):
                await self._scaling.send(news, intent)
            else:
                await asyncio.sleep(max(0.0, intent.at + UNANSWERED_SECONDS - self._means.clock()))
                await self._scaling.find_out(news, intent)
            return True
        await self._watch.read_model()
        await self._watch.look_at_all()
        self._scaling.take_in(news)
        situation = survey(self._watch.fleet, news.job, news.progress).at(self._means.clock())
        chosen = too_many(situation)
        if chosen:
            self._scaling.intend(news, Retire(instances=chosen, made=True, reason="giving back what was added"))
            return True
        if situation.unborn and news.progress.surge.surplus > 0:
            await self._again(news, f"{situation.unborn} new instances do not show yet", BIRTH_LOOK_SECONDS)
        elif serving := situation.kept or tuple(one for one in news.state.parked if one in situation.standings):
            self._say_kept(news, serving)
        elif situation.surplus <= 0:
            # Those in whose place they served are no more.
            self._told = True
        else:
            self._say_left(news, "others have deleted new instances in their place")
        return False

    async def _again(self, news: News, why: str, seconds: float) -> None:
        self._tries += 1
        if self._tries >= TRIES_MAX:
            self._say_left(news, why)
        else:
            await asyncio.sleep(seconds)

    def _say_kept(self, news: News, parked: tuple[InstanceId, ...]) -> None:
        """A new instance goes when it is too much; but not the one that serves for another that perhaps does not."""
        self._told = True
        scale_set, surge = news.state.order.fleet.scale_set.id, news.progress.surge
        many = max(0, surge.surplus) + surge.left
        self.remarks = (
            (
                f"{scale_set} has {many} {'instance' if many == 1 else 'instances'} more than without this rollout: "
                f"{spoken_ids(parked)} parked, and perhaps out of service; look there, then delete what is too much, "
                f"which lowers the capacity: az vmss delete-instances -g {scale_set.resource_group} "
                f"-n {scale_set.name} --instance-ids {' '.join(parked)}"
            ),
        )

    def _say_left(self, news: News, why: str) -> None:
        self._told = True
        scale_set, many = news.state.order.fleet.scale_set.id, news.progress.surge.surplus
        what = f"{many} instances more than without this rollout" if many else "perhaps more instances than it should"
        self.remarks = (
            (
                f"{scale_set} has {what} ({why}); look at the set, then lower its capacity: az vmss scale -g "
                f"{scale_set.resource_group} -n {scale_set.name} --new-capacity NUMBER"
            ),
        )

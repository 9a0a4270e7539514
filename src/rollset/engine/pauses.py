"""How long to wait before the next look: what is waited for, what a look costs, and how soon it may matter."""

from __future__ import annotations

from typing import assert_never

from rollset.core.ahead.forecast import BATCH_BARRIER, DOMAIN_BARRIER, Tempo, next_look
from rollset.core.decision import Blocked, Hold, HoldKind, Wait
from rollset.core.pace import Batches
from rollset.engine.news import News
from rollset.engine.watch import Watch

BLOCKED_LOOK_SECONDS = 15.0
"""Between looks while others hold the budget: nothing tells when they will let go."""

HOLD_LOOK_SECONDS = 3600.0
"""Between looks while nothing may start and nothing is on its way: orders wake the rollout at once."""

BAKE_LOOK_SECONDS = 60.0
"""Between looks while instances bake: whoever falls ill is seen in time, at little cost."""

LOOK_SECONDS_MAX = 60.0
"""The longest time between looks, for each request that a look costs: a large set is looked at less often."""


class Pauses:
    """Times the looks of one rollout."""

    def __init__(self, watch: Watch, tempo: Tempo) -> None:
        self._watch = watch
        self._tempo = tempo

    def seconds(self, decision: Wait | Blocked | Hold, news: News, now: float) -> float:
        """From `now` until the next look."""
        until = None if decision.until is None else max(0.0, decision.until - now)
        match decision:
            case Blocked():
                return BLOCKED_LOOK_SECONDS
            case Hold():
                return seconds_held(decision, now)
            case Wait(instances=()):
                return HOLD_LOOK_SECONDS if until is None else until
            case Wait():
                look = self._until_look(decision, news, now)
                return look if until is None else min(until, look, BAKE_LOOK_SECONDS)
            case _:
                assert_never(decision)

    def _until_look(self, decision: Wait, news: News, now: float) -> float:
        asked, since = news.progress.asked, news.progress.since
        started = [
            asked[one].at if one in asked else since[one][1]
            for one in decision.instances
            if one in asked or one in since
        ]
        barrier = BATCH_BARRIER if isinstance(news.job.pace.style, Batches) else DOMAIN_BARRIER
        seconds = next_look(
            started=started,
            seen=news.progress.took.values(),
            now=now,
            barrier=barrier if decision.barrier else None,
            requests=self._watch.price,
            tempo=self._tempo,
        )
        seconds = min(seconds, LOOK_SECONDS_MAX * self._watch.price)
        return max(seconds, self._watch.seconds_until_free(decision.instances))


def seconds_held(hold: Hold, now: float) -> float:
    """How long to sleep before the next look."""
    longest = BAKE_LOOK_SECONDS if hold.kind is HoldKind.BAKE else HOLD_LOOK_SECONDS
    return longest if hold.until is None else min(longest, max(0.0, hold.until - now))

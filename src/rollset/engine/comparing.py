"""Holds the upgraded instances against the rest when that is due, and asks the gates whose numbers are compared."""

from __future__ import annotations

from rollset.core.comparing.sides import comparison, is_due, to_measure
from rollset.core.situation import Situation
from rollset.engine import events
from rollset.engine.gating import Gating
from rollset.engine.news import Means, News
from rollset.engine.watch import Watch


class Comparing:
    """The comparisons of one run; what came of them is kept in the progress."""

    def __init__(self, means: Means, watch: Watch, gating: Gating) -> None:
        self._means = means
        self._watch = watch
        self._gating = gating

    async def compare(self, news: News, situation: Situation) -> bool:
        """Compares if that is due after this look; whether it did, so that a new decision is wanted.

        Asking gates takes a while, and nobody decides on a view from before it: then all are looked at once more.
        """
        if not self._watch.whole or not is_due(situation):
            return False
        wanted = to_measure(situation)
        measured = await self._gating.numbers(news, wanted)
        found = comparison(situation, measured)
        assert found is not None, "one was due"
        news.progress = news.progress.having_compared(found)
        news.add(events.Compared(at=self._means.clock(), comparison=found))
        if wanted:
            await self._watch.look_at_all()
        return True

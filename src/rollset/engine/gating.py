"""Asks the gates of a rollout about its instances while the rollout waits, between the looks at Azure."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from math import isfinite

from rollset.core.comparing.sides import Measure
from rollset.core.ids import InstanceId
from rollset.core.outside.gates import Answer, Gate
from rollset.core.outside.judging import Due, answered, due, peers, with_baseline
from rollset.core.selection import spoken_ids
from rollset.core.situation import survey
from rollset.engine import events
from rollset.engine.news import Means, News
from rollset.engine.outside.subject import about_instance
from rollset.engine.watch import Watch

BASELINE_TRIES = 3
"""So often is an instance measured before it is taken out, until there is a number."""


class Gating:
    """The gates of one run; what they have said is kept in the progress."""

    def __init__(self, means: Means, watch: Watch) -> None:
        self._means = means
        self._watch = watch

    def next_at(self, news: News) -> float | None:
        """When the next gate is to be asked, if any is."""
        return min((one.at for one in self._due(news)), default=None)

    async def ask(self, news: News) -> bool:
        """Asks every gate that is due; whether one has opened or closed, so that a look is worth it."""
        known = self._due(news)
        # After that, for who was never asked is due from the very moment of the question.
        now = self._means.clock()
        asked = [one for one in known if one.at <= now]
        answers = await asyncio.gather(*(self._answer(news, one.gate, one.instance) for one in asked))
        turned = [self._note(news, one, answer) for one, answer in zip(asked, answers, strict=True)]
        return any(turned)

    async def measure(self, news: News, instances: tuple[InstanceId, ...]) -> dict[InstanceId, str]:
        """Measures each just before it is taken out; why there is no baseline of those of which there is none."""
        wanted = [(one, gate) for gate in with_baseline(news.job) for one in instances]
        answers = await asyncio.gather(*(self._baseline(news, gate, one) for one, gate in wanted))
        lacking: dict[InstanceId, str] = {}
        for (one, gate), answer in zip(wanted, answers, strict=True):
            if answer.yes and answer.number is not None:
                news.progress = news.progress.measured(one, gate.name, answer.number)
                now = self._means.clock()
                news.add(events.Measured(at=now, instance=one, gate=gate.name, number=answer.number))
            else:
                lacking[one] = f"gate {gate.name} has no baseline of it: {answer.words}"
        return lacking

    async def numbers(self, news: News, wanted: Sequence[Measure]) -> dict[str, dict[InstanceId, float]]:
        """What the gates say of each now, by gate; who answers with no, or without a number, has none."""
        answers = await asyncio.gather(*(self._answer(news, one.gate, one.instance, since=one.since) for one in wanted))
        found: dict[str, dict[InstanceId, float]] = {}
        for one, answer in zip(wanted, answers, strict=True):
            if answer.yes and answer.number is not None and isfinite(answer.number):
                found.setdefault(one.gate.name, {})[one.instance] = answer.number
        return found

    async def measure_peers(self, news: News) -> str:
        """Measures some that are not upgraded yet, right before others are added; why there is no baseline, if so.

        Where nobody serves there is none either, and nothing to be held against.
        """
        situation = survey(self._watch.fleet, news.job, news.progress, news.control).at(self._means.clock())
        whom, gates = peers(situation), with_baseline(news.job)
        if not gates or not whom:
            return ""
        news.progress = news.progress.forgetting_peers()
        lacking = await self.measure(news, whom)
        known = {gate for one in whom for gate in news.progress.baselines.get(one, {})}
        deaf = next((gate.name for gate in gates if gate.name not in known), None)
        if deaf is None:
            return ""
        return f"gate {deaf} has no number of {spoken_ids(whom)} to hold new instances against: {lacking[whom[0]]}"

    def _due(self, news: News) -> tuple[Due, ...]:
        if not news.job.gates:
            return ()
        situation = survey(self._watch.fleet, news.job, news.progress, news.control)
        return due(situation, self._means.clock())

    async def _answer(self, news: News, gate: Gate, one: InstanceId, *, since: float | None = None) -> Answer:
        began = news.progress.since.get(one)
        fleet, at = self._watch.fleet, self._means.clock()
        about = about_instance(
            news.state.order, fleet, one, at=at, since=began[1] if since is None and began is not None else since
        )
        return await self._means.outside.ask(gate.question, about, gate.timeout_seconds)

    async def _baseline(self, news: News, gate: Gate, one: InstanceId) -> Answer:
        answer = await self._answer(news, gate, one, since=0.0)
        for _ in range(BASELINE_TRIES - 1):
            if answer.yes and answer.number is not None:
                break
            await asyncio.sleep(gate.interval_seconds)
            answer = await self._answer(news, gate, one, since=0.0)
        return answer

    def _note(self, news: News, about: Due, answer: Answer) -> bool:
        one, name, now = about.instance, about.gate.name, self._means.clock()
        before = news.progress.gated.get(one, {}).get(name)
        news.progress = answered(news.progress, about, answer, now)
        streak = news.progress.gated[one][name]
        turned = streak.open != (before is not None and before.open)
        if turned or before is None or before.yes != streak.yes:
            news.add(
                events.GateSaid(at=now, instance=one, gate=name, yes=streak.yes, words=streak.words, open=streak.open)
            )
        return turned

"""When a rollout will end: as likely as not by `p50`, and nine times in ten by `p90`.

What is left is played through many times: domain by domain, place by place, with the canary, batches and their pauses,
bakes and timed checkpoints, and with nothing starting while the calendar is shut. What an upgrade takes is drawn from
those that have ended, and from a stated range as long as none has; what is out already takes at least as long as it has
been out. Holds that an operator opens are not counted: the estimate says how many of them lie ahead, and there is none
while a rollout is held by one.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from heapq import heapify, heappop, heappush
from itertools import islice
from math import ceil, inf, log

from rollset.core.ahead.expected import PRIOR_SECONDS, PRIOR_SECONDS_ANY, expected
from rollset.core.ahead.forecast import OVERDUE_SHARE, SPREAD_PRIOR, Durations
from rollset.core.ahead.steps import Step, places, steps
from rollset.core.checkpoints import Threshold, next_closed, shut
from rollset.core.failing import OnFailure
from rollset.core.pace import Batches
from rollset.core.situation import Situation
from rollset.core.when.openings import Openings

OVERDUE_PRIOR = 1.5
"""What is out for longer than that range may take so many times what it has taken."""

_CHANCE_BITS = 16

SCENARIOS_MIN, SCENARIOS_MAX = 25, 250
"""How often the rest is played: fewer times where there is much of it, for then chance evens out within each."""

DRAWS_TYPICAL = 25_000
"""How many durations are drawn in all, between those bounds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """Seconds from now."""

    p50: float
    p90: float
    measured: int
    """How many upgrades of this run it was drawn from; with none, it was guessed."""
    approvals: int = 0
    """How many checkpoints lie ahead that open by approval: taken to be approved at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stretch:
    """Upgrades that follow one another as places fall free; `alone` is whether all before them must be done first."""

    count: int
    places: int
    alone: bool
    pause: float = 0.0
    """After all before them are done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rest:
    """All that is left, in seconds from now."""

    ages: tuple[float, ...]
    """How long those on their way have been so."""
    baking: tuple[float, ...]
    """When each bake that runs will end."""
    first: float
    """Before this nothing may start."""
    stretches: tuple[_Stretch, ...]
    last_hold: float
    """At a checkpoint that all of them reach."""
    bake: float
    bake_end: float
    last_proven: float
    """When the last was proven of those that are: in the past."""
    start: Callable[[float], float]
    """The first moment at which something may start, from one on."""


def estimate(situation: Situation, now: float) -> Estimate | None:
    """When the rollout ends, if only time stands between now and then."""
    here = situation.at(now)
    if _held(here, now):
        return None
    ahead = [] if here.control.stopped or here.given_up else shut(here, now)
    rest = _rest(here, ahead, now)
    if rest is None:
        return None
    draws = sum(one.count for one in rest.stretches) + len(rest.ages)
    scenarios = min(SCENARIOS_MAX, max(SCENARIOS_MIN, DRAWS_TYPICAL // max(1, draws)))
    ends = sorted(_play(rest, *luck) for luck in _luck(here, rest, scenarios))
    if ends[-1] == inf:
        return None  # The calendar never opens again for long enough.
    return Estimate(
        p50=ends[ceil(0.5 * scenarios) - 1],
        p90=ends[ceil(0.9 * scenarios) - 1],
        measured=len(here.progress.took),
        approvals=sum(one.checkpoint.wait_seconds is None for one in ahead if one.instances <= one.chosen),
    )


def prior_seconds(situation: Situation) -> tuple[float, float]:
    """What an upgrade is taken to need, at least and at most, as long as none has ended."""
    return PRIOR_SECONDS.get((situation.fleet.scale_set.os_type or "").lower(), PRIOR_SECONDS_ANY)


def _held(here: Situation, now: float) -> bool:
    """Whether it waits for an operator, or turns back: then nobody knows its end."""
    if here.control.stopped is not None:
        return False
    if here.control.undo is not None:
        return True
    if here.given_up:
        return here.job.on_failure is OnFailure.UNDO
    closed = next_closed(here, now)
    return here.control.paused is not None or (closed is not None and closed.reached and closed.opens_at is None)


def _rest(here: Situation, ahead: Sequence[Threshold], now: float) -> _Rest | None:
    """What is left to do; `None` where others hold the whole budget, so that nobody knows when it can go on."""
    ending = here.control.stopped is not None or here.given_up
    todo = [] if ending else list(steps(here, ahead))
    if any(step.serving for step in todo) and places(here, serving=True) <= 0:
        return None
    asked, since, pace = here.progress.asked, here.progress.since, here.job.pace
    began = {one: asked[one].at if one in asked else since[one][1] if one in since else now for one in here.unsettled}
    awaited = here.in_flight if ending else here.unsettled
    last = max((here.progress.proven[one] for one in here.upgraded), default=None)
    waits: dict[int, float] = {}
    for threshold in ahead:
        waits[threshold.instances] = waits.get(threshold.instances, 0.0) + (threshold.checkpoint.wait_seconds or 0.0)
    stretches = tuple(_stretches(here, todo, waits))
    behind = bool(stretches or awaited)
    return _Rest(
        ages=tuple(now - began[one] for one in awaited),
        baking=() if ending else tuple(end - now for end in here.baking.values()),
        first=_first(here, ahead, now),
        stretches=stretches,
        last_hold=waits.get(here.going + sum(one.count for one in stretches), 0.0) if behind else 0.0,
        bake=0.0 if ending else pace.bake_seconds,
        bake_end=0.0 if ending else pace.bake_end_seconds,
        last_proven=-pace.bake_end_seconds if last is None else last - now,
        start=_starts(here, now),
    )


def _starts(here: Situation, now: float) -> Callable[[float], float]:
    """What the calendar makes of a moment, in seconds from now."""
    job = here.job
    if not job.calendar.restricts:
        return lambda at: at
    needs = expected(here.progress, here.fleet.scale_set.os_type, job)
    openings = Openings(job.calendar, needs.seconds, now)
    return lambda at: openings.next(now + at) - now


def _first(here: Situation, ahead: Sequence[Threshold], now: float) -> float:
    """How long the pause between batches lasts still, or the checkpoint at which the rollout is held."""
    closed, style = next_closed(here, now) if ahead else None, here.job.pace.style
    held = (closed.opens_at or now) - now if closed is not None and closed.reached else 0.0
    if not isinstance(style, Batches) or not here.progress.took or here.awaited or not here.candidates:
        return held
    back = max(here.progress.proven[one] for one in here.progress.took)
    return max(held, back + here.job.pace.bake_seconds + style.pause_seconds - now)


def _stretches(here: Situation, todo: Sequence[Step], waits: Mapping[int, float]) -> Iterator[_Stretch]:
    """The steps, and what must be over before each. `waits` are the holds, by how many are on the image then."""
    pace, going = here.job.pace, here.going
    batches = isinstance(pace.style, Batches)
    pause = pace.style.pause_seconds if isinstance(pace.style, Batches) else 0.0
    canary, domains = here.canaries_left > 0, {pace.line.domain(here.fleet.by_id[one]) for one in here.awaited}
    room = {serving: places(here, serving=serving) for serving in (False, True)}
    behind = bool(here.awaited)  # Whether the pause and the hold before the next step have not begun yet.
    for step in todo:
        elsewhere = not pace.across_domains and here.job.surge is None and bool(domains - {step.domain})
        yield _Stretch(
            count=len(step.instances),
            places=room[step.serving],
            alone=canary or batches or elsewhere or going in waits,
            pause=max(pause, waits.get(going, 0.0)) if behind else 0.0,
        )
        canary, domains, behind = step.canary, {step.domain}, True
        going += len(step.instances)


def _luck(here: Situation, rest: _Rest, scenarios: int) -> Iterator[tuple[Sequence[float], int]]:
    """For each scenario the durations that it draws from, sorted, and where its draws begin.

    Few that have ended may all have been quick or slow ones: each scenario lies somewhere in what they leave open.
    """
    took = here.progress.took
    measured = Durations.of(took.values()).points
    spread = SPREAD_PRIOR / max(1, len(took)) ** 0.5
    low, high = prior_seconds(here)
    oldest = max(rest.ages, default=0.0)
    low, high = max(low, oldest), max(high, OVERDUE_PRIOR * oldest)
    for number in range(scenarios):
        part = (number + 0.5) / scenarios
        if measured:
            points = [point * (1 + spread * (2 * part - 1)) for point in measured]
        else:
            typical = low * (high / low) ** part
            points = [typical * (1 + SPREAD_PRIOR * (2 * share - 1)) for share in (1 / 8, 3 / 8, 5 / 8, 7 / 8)]
        yield points, number


def _play(rest: _Rest, points: Sequence[float], number: int) -> float:
    """One way in which it may go: seconds from now to the end."""
    drawn = iter(_shuffled(number, len(rest.ages) + sum(stretch.count for stretch in rest.stretches)))
    out = [*(_left(points, age, next(drawn)) + rest.bake for age in rest.ages), *rest.baking]
    heapify(out)
    now, holding = rest.first, [point + rest.bake for point in points]
    for stretch in rest.stretches:
        if stretch.alone:
            now = max(now, max(out, default=now)) + stretch.pause
            out.clear()
        for chance in islice(drawn, stretch.count):
            while len(out) >= stretch.places:
                now = max(now, heappop(out))
            now = rest.start(now)
            heappush(out, now + holding[chance * len(holding) >> _CHANCE_BITS])
    # Whoever fell back into place before was back before one of these left.
    last = max(out, default=None)
    proven = rest.last_proven if last is None else max(rest.last_proven, last - rest.bake)
    return max(0.0, rest.first, (last or 0.0) + rest.last_hold, proven + rest.bake_end)


def _left(points: Sequence[float], age: float, chance: int) -> float:
    """How much longer one takes that has been out for `age`."""
    longer = points[bisect_right(points, age) :]
    if longer:
        return longer[chance * len(longer) >> _CHANCE_BITS] - age
    return -OVERDUE_SHARE * age * log((chance + 0.5) / (1 << _CHANCE_BITS))


def _shuffled(seed: int, count: int) -> list[int]:
    """Numbers of `_CHANCE_BITS` that look drawn, and are the same each time: a linear congruence, its upper bits."""
    state = (seed * 2_654_435_761 + 12_345) & 0xFFFFFFFF
    drawn = []
    for _ in range(count):
        state = (state * 1_664_525 + 1_013_904_223) & 0xFFFFFFFF
        drawn.append(state >> 32 - _CHANCE_BITS)
    return drawn

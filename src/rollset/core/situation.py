"""A fleet sorted out for one decision: where every instance stands, who may go, and what the budget says."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from rollset.core.budget import Budget
from rollset.core.care import Protected
from rollset.core.comparing.compare import Difference
from rollset.core.control import NO_ORDERS, Control
from rollset.core.failing import OnFailure
from rollset.core.fleet import Fleet, Instance
from rollset.core.ids import InstanceId
from rollset.core.image import same_image
from rollset.core.pace import Job
from rollset.core.progress import Failure, Progress, sights_of
from rollset.core.standing import OUTDATED, STOPPED_POWER, Standing, standing

UNSETTLED = (Standing.MOVING, Standing.SETTLING)

BEYOND_RETRY = frozenset({Standing.LEAVING, Standing.PARKED_BY_HOOK, Standing.PARKED, Standing.HELD, Standing.PROVEN})
"""Nobody who has failed and stands here is tried again; who is well has nothing to be tried for."""


@dataclass(frozen=True, kw_only=True)
class Situation:
    """A fleet sorted out for one decision. Who still bakes is known only `at` a moment."""

    fleet: Fleet
    job: Job
    progress: Progress
    standings: Mapping[InstanceId, Standing]
    out: frozenset[InstanceId]
    budget: Budget
    control: Control = NO_ORDERS
    baking: Mapping[InstanceId, float] = field(default_factory=dict)
    """Upgraded by this run and proven, but not for long enough yet: until when each holds its place."""
    now: float = 0.0

    def at(self, now: float) -> Situation:
        """The same at `now`, with those that bake holding their places in the budget."""
        seconds, proven = self.job.pace.bake_seconds, self.progress.proven
        ends = {one: proven[one] + seconds for one in self.upgraded}
        baking = {one: end for one, end in ends.items() if now < end}
        others = self.budget.in_flight - self.budget.baking
        budget = replace(self.budget, baking=len(baking), in_flight=others + len(baking))
        return replace(self, baking=baking, budget=budget, now=now)

    @cached_property
    def chosen(self) -> Sequence[Instance]:
        """The instances that the user means, as far as they exist now."""
        gone, made = self.progress.surge.gone, self.progress.surge.standing_in
        return [
            one
            for one in self.fleet.instances
            if one.id not in gone and (one.id in made or self.job.selection.matches(one))
        ]

    @property
    def size(self) -> int:
        """How many there are of them, but for those that exist only because of a surge."""
        return len(self.chosen) - max(0, self.surplus - max(0, self.progress.surge.unseen))

    @cached_property
    def candidates(self) -> list[Instance]:
        """Who may go, in the order of going: the useless first, then domain by domain, the stopped last."""
        waiting = [one for one in self.chosen if self.standings[one.id] in OUTDATED]
        return sorted(waiting, key=lambda one: (OUTDATED.index(self.standings[one.id]), self.job.pace.line.key(one)))

    @cached_property
    def failed(self) -> Mapping[InstanceId, Failure]:
        """Those that did not make it, and were not tried again since."""
        return self.progress.failed

    @property
    def done(self) -> int:
        """How many this run has upgraded, or has tried to in vain."""
        return len(self.progress.took) + len(self.failed)

    @property
    def held_up(self) -> tuple[InstanceId, ...]:
        """Chosen, outdated and protected, where the job waits for that to end."""
        if self.job.care.protected is not Protected.WAIT:
            return ()
        return tuple(one.id for one in self.chosen if self.standings[one.id] is Standing.HELD)

    @property
    def to_retry(self) -> tuple[InstanceId, ...]:
        """Failed, and may be tried again."""
        tolerance, tried = self.job.tolerance, self.progress.retries
        again = (one for one in self.failed if tried.get(one, 0) < tolerance.retries and one in self.fleet.by_id)
        again = (one for one in again if one not in self.progress.surge.gone)
        return tuple(one for one in again if self.standings[one] not in BEYOND_RETRY and not self._set_aside(one))

    def _set_aside(self, one: InstanceId) -> bool:
        """Whether somebody has protected it from this rollout, perhaps to see why it has failed."""
        return self.fleet.by_id[one].protected and self.job.care.protected is not Protected.FORCE

    @property
    def given_up(self) -> bool:
        """Whether more have failed for good than this rollout puts up with. Nobody puts up with a failed canary."""
        lost = len(self.failed) - len(self.to_retry)
        if lost == 0 or self.job.on_failure is OnFailure.CONTINUE:
            return False
        return bool(self.canaries_left) or lost > self.job.tolerance.failures_max(self.size)

    @property
    def worse(self) -> tuple[Difference, ...]:
        """By what the upgraded were found to be worse than the rest, in any comparison."""
        return tuple(one for comparison in self.progress.compared for one in comparison.worse)

    @cached_property
    def upgraded(self) -> tuple[InstanceId, ...]:
        """Those upgraded by this run that are proven now, whether they still bake or not."""
        return tuple(one for one in self.progress.took if self.standings.get(one) is Standing.PROVEN)

    @property
    def canaries_left(self) -> int:
        """How many upgrades of this run must still be proven before others may follow.

        What somebody else upgraded or made proves nothing here, even if it becomes healthy while this run looks on.
        Where instances bake, only those prove something that have baked and are well now.
        """
        bakes = self.job.pace.bake_seconds > 0
        baked = [one for one in self.upgraded if one not in self.baking and one not in self.failed]
        proven = len(baked) if bakes else len(self.progress.took)
        return max(0, self.job.pace.canary - proven)

    @cached_property
    def unsettled(self) -> tuple[InstanceId, ...]:
        """Chosen or asked by us, and still on the way: nothing is finished before these are. Who failed has ended."""
        return tuple(
            one
            for one, stands in self.standings.items()
            if stands in UNSETTLED
            and one not in self.failed
            and one not in self.progress.surge.gone
            and (one in self.progress.asked or self.is_ours(self.fleet.by_id[one]))
        )

    def is_ours(self, instance: Instance) -> bool:
        """Whether the rollout is about it: chosen by the user, or made in place of such a one."""
        return instance.id in self.progress.surge.standing_in or self.job.selection.matches(instance)

    @property
    def awaited(self) -> tuple[InstanceId, ...]:
        """On the way, or baking: every barrier waits for these. Who failed is waited for by nobody, well or not."""
        return (*self.unsettled, *(one for one in self.baking if one not in self.failed))

    @property
    def in_flight(self) -> tuple[InstanceId, ...]:
        """Asked for by this run and on the way still; one that has failed has ended."""
        return tuple(one for one in self.unsettled if one in self.progress.asked)

    @property
    def proven(self) -> int:
        """How many of the chosen are proven, whether they still bake or not."""
        return self._counts[Standing.PROVEN]

    @property
    def going(self) -> int:
        """How many of the chosen are on the image, parked ones too, or on the way to it, whoever brings them there."""
        there = sum(one.id in self.parked and same_image(one.image, self.job.image) for one in self.chosen)
        return self.proven + sum(self._counts[stands] for stands in UNSETTLED) + there

    @property
    def tally(self) -> str:
        """How far it is, in words."""
        skipped = self._counts[Standing.HELD] + self._counts[Standing.PARKED]
        words = f"{self.proven} of {self.size} chosen instances are on {self.job.aim} and healthy"
        stopped = [one for one in self.chosen if self._left_stopped(one)]
        words += f" ({len(stopped)} of them stopped: not seen to boot)" if stopped else ""
        words += f", {skipped} skipped" if skipped else ""
        return words + (f", {len(self.parked)} parked" if self.parked else "")

    def _left_stopped(self, instance: Instance) -> bool:
        return self.standings[instance.id] is Standing.PROVEN and instance.power in STOPPED_POWER

    @cached_property
    def _counts(self) -> Counter[Standing]:
        return Counter(self.standings[one.id] for one in self.chosen)

    @cached_property
    def stuck(self) -> tuple[InstanceId, ...]:
        """Out of service, and not because of anything that a rollout could mend or has to wait for."""
        coming_back = {*(one.id for one in self.candidates), *self.unsettled}
        return tuple(one.id for one in self.fleet.instances if one.id in self.out and one.id not in coming_back)

    @cached_property
    def parked(self) -> Mapping[InstanceId, str]:
        """Those for which a hook failed, as far as they exist now, and what came of it."""
        return {one: why for one, why in self.progress.parked.items() if one in self.standings}

    @property
    def ever_parked(self) -> Mapping[InstanceId, str]:
        """The same, with those that were made for this rollout and are deleted by now."""
        dropped = self.progress.surge.dropped
        return {**{one: why for one, why in self.progress.parked.items() if one in dropped}, **self.parked}

    @property
    def missing(self) -> int:
        """How many instances the capacity asks for that do not exist."""
        budget = self.budget
        return max(0, budget.total + self.surplus - budget.in_service - len(self.out))

    # A surge

    @property
    def surplus(self) -> int:
        """How many instances the set holds because of this rollout."""
        return self.progress.surge.surplus

    @property
    def kept(self) -> tuple[InstanceId, ...]:
        """Parked by a hook, and not deleted although others were made in their place: nobody knows whether they serve.

        A new one is kept as well, where it has served and could not be drained.
        """
        surge, served = self.progress.surge, self.progress.took
        here = {one.id for one in self.staying}
        return tuple(one for one in self.parked if one in here and (one not in surge.standing_in or one in served))

    @property
    def owed(self) -> int:
        """How many instances the set holds too much: not those that serve in the place of others that are kept."""
        return self.surplus - len(self.kept)

    @cached_property
    def staying(self) -> list[Instance]:
        return _staying(self.fleet, self.standings, self.progress)

    @cached_property
    def made(self) -> list[Instance]:
        """Those that this rollout has added, as far as they exist."""
        ours = self.progress.surge.standing_in
        return [one for one in self.staying if one.id in ours]

    @property
    def lame(self) -> tuple[InstanceId, ...]:
        """Made by this rollout, and neither able to stand in for another nor waited for."""
        coming = {*self.unsettled, *self.baking}
        return tuple(
            one.id for one in self.made if one.id not in coming and self.standings[one.id] is not Standing.PROVEN
        )

    @property
    def lost(self) -> int:
        """How many that were made for this rollout have failed and gone: each leaves one old instance in its place."""
        return len(self.failed.keys() & self.progress.surge.dropped)

    @property
    def unborn(self) -> int:
        """How many were added that do not show yet; who came and went between two looks is not waited for."""
        surge = self.progress.surge
        late = surge.grown_at is None or self.now - surge.grown_at >= BIRTH_SECONDS_MAX
        return 0 if late and not self.missing else max(0, surge.unseen)

    @property
    def ready(self) -> int:
        """How many old instances have a new one in their place that serves and has proven itself.

        Who was deleted by others counts as well: they wanted one instance less, and an old one is to go for that.
        Who is parked has one in its place as well.
        """
        surge = self.progress.surge
        parked = sum(one not in surge.standing_in for one in self.kept)
        unable = sum(self.standings[one.id] is not Standing.PROVEN or one.id in self.baking for one in self.made)
        return max(0, surge.added - self.unborn - len(surge.dropped) - unable - len(surge.retired) - parked)

    @property
    def capacity_words(self) -> str:
        return f"{self.budget.in_service} in service, {self.budget.total} have to be"


BIRTH_SECONDS_MAX = 120.0
"""Azure shows a new instance within moments."""


def _staying(fleet: Fleet, standings: Mapping[InstanceId, Standing], progress: Progress) -> list[Instance]:
    gone = progress.surge.gone
    return [one for one in fleet.instances if standings[one.id] is not Standing.LEAVING and one.id not in gone]


def ailing(fleet: Fleet, job: Job) -> frozenset[InstanceId]:
    """Those that serve nobody, and that the job would upgrade: what a rollout that is to repair a sick fleet is for."""
    before = survey(fleet, job, Progress())
    return frozenset(one.id for one in before.candidates if before.standings[one.id] is Standing.FIRST)


def _flying(
    fleet: Fleet, job: Job, progress: Progress, standings: Mapping[InstanceId, Standing]
) -> frozenset[InstanceId]:
    """Those that hold a place in flight, whoever sent them; not the sick ones that the rollout is not about.

    On a way back these run its image already: it never touched them, and it must not wait for them to get well.
    """
    made = progress.surge.standing_in
    settling = {
        one.id
        for one in fleet.instances
        if standings[one.id] is Standing.SETTLING and (one.id in made or job.selection.matches(one))
    }
    return frozenset(settling | (standings.keys() & progress.asked.keys()))


def survey(fleet: Fleet, job: Job, progress: Progress, control: Control = NO_ORDERS) -> Situation:
    """Sorts out the fleet and does the sum."""
    sights = sights_of(fleet, job, progress)
    standings = {one: standing(sight) for one, sight in sights.items()}
    staying = _staying(fleet, standings, progress)
    out = frozenset(one.id for one in staying if sights[one.id].out)
    flying = _flying(fleet, job, progress, standings)
    # What a surge adds need not be in service.
    total = max(fleet.scale_set.capacity, len(staying)) - progress.surge.surplus
    budget = Budget(
        total=total,
        in_service=len(staying) - len(out),
        allowed=job.pace.allowed(total),
        excused=len(out & job.ailing),
        kept=1 if job.keep_one else 0,
        in_flight=len(flying),
        failed=len(flying & progress.failed.keys()),
    )
    return Situation(
        fleet=fleet, job=job, progress=progress, standings=standings, out=out, budget=budget, control=control
    )

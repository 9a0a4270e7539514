"""What a rollout remembers between two looks: what it asked for, and since when things stand as they do.

It is small on purpose: lose it, and the next look rebuilds all but the moments. Every step returns a new value.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import TypeVar

from rollset.core.comparing.compare import Comparison
from rollset.core.comparing.flaps import Flaps
from rollset.core.comparing.former import Former
from rollset.core.fleet import AzureError, Fleet, Instance, Provisioning
from rollset.core.ids import InstanceId
from rollset.core.outside.baselines import median_of
from rollset.core.outside.gates import Streak
from rollset.core.outside.hooks import Moment, hooks_at
from rollset.core.pace import Job
from rollset.core.relapses import ILL, Bake, Spell, bake_of, overdue, spells_after
from rollset.core.standing import Sight, Standing, health_judged, standing
from rollset.core.surging.surge import Ledger, is_shortage

GIVEN_UP = frozenset({Standing.PARKED, Standing.LEAVING, Standing.PARKED_BY_HOOK})
"""Whoever asked for it, an instance that others stop or delete is nobody's to wait for any more."""

UNBEGUN_MAX = 5
"""A request for one instance that is lost so often is not lost by chance."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One request to upgrade an instance; a failure that stood there before it is no answer to it."""

    at: float
    out_at: float
    """When it was last seen to be still on its way."""
    stale_failure: bool = False


@dataclass(frozen=True, slots=True)
class Took:
    """How long an upgrade took, in seconds from the request: known only between two looks."""

    at_least: float
    at_most: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """An instance that did not make it, and why."""

    instance: InstanceId
    error: AzureError


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """Times are epoch seconds, for they must survive a crash."""

    asked: Mapping[InstanceId, Attempt] = field(default_factory=dict)
    """Asked by this run and not proven yet."""
    since: Mapping[InstanceId, tuple[Standing, float]] = field(default_factory=dict)
    """For those that are moving or settling, whoever moves them, and those upgraded by this run that are not proven any
    more: since when they have been seen so."""
    proven: Mapping[InstanceId, float] = field(default_factory=dict)
    """Seen to become proven during this run, whoever upgraded or made them, and when for the last time."""
    took: Mapping[InstanceId, Took] = field(default_factory=dict)
    """How long each upgrade took that this run asked for and saw proven."""
    spells: Mapping[InstanceId, Spell] = field(default_factory=dict)
    """In which those have to bake that this run has upgraded, and that have not baked yet."""
    failures: tuple[Failure, ...] = ()
    """Every failure there ever was, the oldest first; `failed` tells which still stand."""
    retries: Mapping[InstanceId, int] = field(default_factory=dict)
    """How often an instance that had failed was tried again, or got well before that."""
    unbegun: Mapping[InstanceId, int] = field(default_factory=dict)
    """How often Azure was asked for an instance and nothing came of it, not even an answer."""
    blocked_since: float | None = None
    """Since when nothing could start because of instances that others hold out of service."""
    reached: Mapping[int, float] = field(default_factory=dict)
    """Which checkpoints, numbered from 1, were reached, and when."""
    gated: Mapping[InstanceId, Mapping[str, Streak]] = field(default_factory=dict)
    """What each gate, by name, has said of late of those upgraded by this run."""
    baselines: Mapping[InstanceId, Mapping[str, float]] = field(default_factory=dict)
    """What a gate with a baseline measured of an instance just before it was taken out."""
    released: Mapping[InstanceId, float] = field(default_factory=dict)
    """When the hooks after an instance's upgrade were done."""
    parked: Mapping[InstanceId, str] = field(default_factory=dict)
    """Those for which a hook failed or was late, and what came of it."""
    flaps: Flaps = field(default_factory=Flaps)
    """Kept only where the job compares."""
    compared: tuple[Comparison, ...] = ()
    """Every comparison of the upgraded with the rest, the oldest first."""
    former: Former | None = None
    """How long the instances took before, where the job compares; known when the rollout begins, and kept with it."""
    surge: Ledger = field(default_factory=Ledger)
    """What was added to the set and taken from it. The journal keeps it by facts of its own."""
    model_ready: bool = False
    """Whether the model was read back with everything that the job wants of it."""

    @property
    def failed(self) -> dict[InstanceId, Failure]:
        """The last failure of each instance that has not been tried again since."""
        counts = Counter(failure.instance for failure in self.failures)
        latest = {failure.instance: failure for failure in self.failures}
        return {one: failure for one, failure in latest.items() if counts[one] > self.retries.get(one, 0)}

    @property
    def in_flight(self) -> tuple[InstanceId, ...]:
        """Asked for and on the way still, as far as was seen; one that has failed has ended."""
        failed = self.failed
        return tuple(one for one in self.asked if one not in failed)

    def started(self, fleet: Fleet, instances: Iterable[InstanceId], now: float) -> Progress:
        """The request was made: from here on these count as in flight, whatever a stale view may say."""
        failed = self.failed
        fresh = {
            one: Attempt(at=now, out_at=now, stale_failure=fleet.by_id[one].provisioning is Provisioning.FAILED)
            for one in instances
        }
        again = {one: self.retries.get(one, 0) + 1 for one in fresh if one in failed}
        return replace(
            self,
            asked={**self.asked, **fresh},
            since=_without(self.since, fresh),
            spells=_without(self.spells, fresh),
            retries={**self.retries, **again},
            blocked_since=None,
            gated=_without(self.gated, fresh),
            baselines=_without(self.baselines, fresh),
            released=_without(self.released, fresh),
            flaps=self.flaps.without(fresh),
        )

    def out_until(self, seen: Mapping[InstanceId, float]) -> Progress:
        """Those that are asked for were seen on their way as late as that, unless it was before they were asked for."""
        later = {
            one: replace(attempt, out_at=seen[one])
            for one, attempt in self.asked.items()
            if one in seen and seen[one] > attempt.out_at
        }
        return replace(self, asked={**self.asked, **later}) if later else self

    def passed(self, one: InstanceId, job: Job) -> bool:
        """Whether gates and hooks have let it through; they are for those alone that this run has upgraded."""
        if one not in self.asked and one not in self.took:
            return True
        return self.let_through(one, job) and (one in self.released or not hooks_at(job.hooks, Moment.AFTER_INSTANCE))

    def let_through(self, one: InstanceId, job: Job) -> bool:
        """Whether every gate is open to it now."""
        said = self.gated.get(one, {})
        return all(gate.name in said and said[gate.name].open for gate in job.gates)

    def closed(self, one: InstanceId, job: Job) -> str:
        """Which gates that were asked are shut to it, each with its last answer; nothing where none is."""
        said = self.gated.get(one, {})
        shut = [(gate, said[gate.name]) for gate in job.gates if gate.name in said and not said[gate.name].open]
        return "; ".join(
            f"gate {gate} said {last}" + (f"; it takes {gate.successes} in a row" if last.yes else "")
            for gate, last in shut
        )

    def judged(self, one: InstanceId, gate: str, streak: Streak) -> Progress:
        """A gate was asked about an instance."""
        return replace(self, gated={**self.gated, one: {**self.gated.get(one, {}), gate: streak}})

    def measured(self, one: InstanceId, gate: str, number: float) -> Progress:
        """What a gate's number was before the instance was taken out."""
        return replace(self, baselines={**self.baselines, one: {**self.baselines.get(one, {}), gate: number}})

    def having_compared(self, comparison: Comparison) -> Progress:
        """The upgraded were compared with the rest."""
        return replace(self, compared=(*self.compared, comparison))

    def let_go(self, one: InstanceId, now: float) -> Progress:
        """The hooks after its upgrade are done: nothing is left to wait for."""
        return replace(self, released={**self.released, one: now})

    def parking(self, instances: Iterable[InstanceId], why: str) -> Progress:
        """A hook failed for these: they are no longer on their way, and hold their places all the same."""
        stranded = dict.fromkeys(instances, why)
        return replace(self, asked=_without(self.asked, stranded), parked={**self.parked, **stranded})

    def adopted(self, instances: Iterable[InstanceId], surge: Ledger, now: float) -> Progress:
        """These are new and were made for this rollout: from here on they have to prove themselves like all others."""
        since = surge.grown_at if surge.grown_at is not None else now
        fresh = {one: Attempt(at=since, out_at=now) for one in instances}
        usual = median_of(self.baselines[one] for one in self._peers)
        held_to = dict.fromkeys(fresh, usual) if usual else {}
        baselines = {**self.baselines, **held_to}
        return replace(self, asked={**self.asked, **fresh}, surge=surge, baselines=baselines)

    @property
    def _peers(self) -> frozenset[InstanceId]:
        """Those that were measured for others, and were not taken out themselves."""
        return frozenset(self.baselines.keys() - self.asked.keys() - self.took.keys() - self.surge.made)

    def forgetting_peers(self) -> Progress:
        """What peers had a while ago is no baseline for those that are added now."""
        return replace(self, baselines=_without(self.baselines, self._peers))

    def without(self, instances: Collection[InstanceId], surge: Ledger) -> Progress:
        """These were deleted by this rollout."""
        asked = {one: attempt for one, attempt in self.asked.items() if one not in instances}
        return replace(self, asked=asked, surge=surge, blocked_since=None)

    def taken(self, instances: Iterable[InstanceId], now: float) -> Progress:
        """Somebody else has sent these off for us: from here on they count as if we had asked for them."""
        fresh = {one: Attempt(at=now, out_at=now) for one in instances}
        return replace(self, asked={**self.asked, **fresh}, blocked_since=None)

    def withdrawn(self, instances: Collection[InstanceId], *, unbegun: bool) -> Progress:
        """The request did not reach these: they are as if never asked for, and the next decision is free again.

        `unbegun` says that nobody knows why; that happens only so often before it counts as a failure.
        """
        counted = {one: self.unbegun.get(one, 0) + 1 for one in instances} if unbegun else {}
        asked = _without(self.asked, frozenset(instances))
        return replace(self, asked=asked, unbegun={**self.unbegun, **counted})

    def blocked(self, now: float) -> Progress:
        """Nothing could start because of others; remembered from the first time on."""
        return self if self.blocked_since is not None else replace(self, blocked_since=now)

    def unblocked(self) -> Progress:
        """Something else than others' instances decides now: patience with them begins anew the next time."""
        return self if self.blocked_since is None else replace(self, blocked_since=None)

    def at_checkpoint(self, number: int, now: float) -> Progress:
        """The checkpoint was reached; remembered from the first time on."""
        return self if number in self.reached else replace(self, reached={**self.reached, number: now})

    def reported(self, failures: Iterable[Failure]) -> Progress:
        """Azure said of an operation that it failed for these."""
        known = self.failed
        fresh = {new.instance: new for new in reversed(list(failures)) if new.instance not in known}
        return replace(self, failures=(*self.failures, *reversed(fresh.values())))

    def seen(self, fleet: Fleet, job: Job, now: float, looked_at: Collection[InstanceId] | None = None) -> Progress:
        """What a look adds: who became proven, who began to move or settle, who failed, who vanished or is about to.

        `looked_at` are those whose part of `fleet` is new; left out, all are.
        """
        fresh = fleet.by_id.keys() if looked_at is None else fleet.by_id.keys() & looked_at
        standings = standings_of(fleet, job, self)
        since = {
            one: self.since[one] if one in self.since and self.since[one][0] is stands else (stands, now)
            for one, stands in standings.items()
            if stands in (Standing.MOVING, Standing.SETTLING) or (one in self.took and stands is not Standing.PROVEN)
        }
        awaited = self.asked.keys() | self.since.keys()
        newly = {one: now for one, stands in standings.items() if stands is Standing.PROVEN and one in awaited}
        asked = {
            one: _refreshed(attempt, fleet.by_id[one], now) if one in fresh else attempt
            for one, attempt in self.asked.items()
            if one in fleet.by_id and one not in newly and standings[one] not in GIVEN_UP
        }
        back = standings.keys() - asked.keys()
        took = {**self.took, **{one: _took(self.asked[one], now) for one in newly if one in self.asked}}
        moved_on = replace(
            self,
            asked=asked,
            since=since,
            retries={**self.retries, **self._recovered(newly, job)},
            proven={**self.proven, **newly},
            took=took,
            spells=self._spells_after(
                {one: standings[one] for one in took if one in back}, bake_of(fleet, job, standings), now
            ),
        )
        if job.compare is not None and looked_at is None:
            settled = [one for one in fleet.instances if one.id not in asked]
            shown = [one.id for one in settled if one.id in took]
            moved_on = replace(moved_on, flaps=self.flaps.after_look(settled, shown, now))
        return moved_on.reported(
            chain(_failures(moved_on, fleet, job, now, fresh), _relapsed(moved_on, fleet, job, now, fresh))
        )

    def _spells_after(self, upgraded: Mapping[InstanceId, Standing], bake: Bake, now: float) -> dict[InstanceId, Spell]:
        away = self.asked.keys() | self.since.keys()
        was_well = {one: self.proven[one] for one in self.took if one in self.proven and one not in away}
        return spells_after(self.spells, upgraded, was_well, bake, now)

    def _recovered(self, well: Collection[InstanceId], job: Job) -> dict[InstanceId, int]:
        """Who gets well while a retry is still to come has had it: nothing is done to it again."""
        failed, tries = self.failed, job.tolerance.retries
        counted = {one: self.retries.get(one, 0) + 1 for one in well if one in failed}
        return {one: times for one, times in counted.items() if times <= tries}


def standings_of(fleet: Fleet, job: Job, progress: Progress) -> dict[InstanceId, Standing]:
    """Where every instance of the fleet stands, in the fleet's order."""
    return {one: standing(sight) for one, sight in sights_of(fleet, job, progress).items()}


def sights_of(fleet: Fleet, job: Job, progress: Progress) -> dict[InstanceId, Sight]:
    """What the rules may look at, of every instance."""
    judged = health_judged(fleet)
    there = not job.model.reaches_instances or job.model.is_known_to_be_said_by(fleet.scale_set)
    ready = progress.model_ready or there
    return {
        instance.id: Sight(
            instance=instance,
            job=job,
            health_judged=judged,
            asked=instance.id in progress.asked,
            passed=progress.passed(instance.id, job),
            parked=instance.id in progress.parked,
            model_ready=ready,
        )
        for instance in fleet.instances
    }


V = TypeVar("V")


def _without(kept: Mapping[InstanceId, V], these: Collection[InstanceId]) -> Mapping[InstanceId, V]:
    return {one: value for one, value in kept.items() if one not in these}


def _refreshed(attempt: Attempt, instance: Instance, now: float) -> Attempt:
    stale = attempt.stale_failure and instance.provisioning is Provisioning.FAILED
    return replace(attempt, out_at=now, stale_failure=stale)


def _took(attempt: Attempt, now: float) -> Took:
    return Took(at_least=attempt.out_at - attempt.at, at_most=now - attempt.at)


def _failures(
    progress: Progress, fleet: Fleet, job: Job, now: float, fresh: Collection[InstanceId]
) -> Iterator[Failure]:
    """Those that failed or are late, of those just looked at: a stale view cannot tell that somebody is late."""
    for one, times in progress.unbegun.items():
        if times >= UNBEGUN_MAX and one in fresh:
            message = f"Azure was asked {times} times, and never began; last seen {_state(fleet.by_id[one])}"
            yield Failure(instance=one, error=AzureError(code="NeverBegan", message=message))
    for one, attempt in progress.asked.items():
        if one in fresh and (error := _upgrade_error(attempt, fleet.by_id[one], job, now)):
            yield Failure(instance=one, error=error)
    for one in progress.surge.standing_in & set(fresh):
        # A machine that could not be made lies there deallocated, and is waited for by nobody.
        seen = fleet.by_id[one]
        if seen.provisioning is Provisioning.FAILED and not _found_no_room(seen):
            yield Failure(instance=one, error=seen.error or AzureError(code="ProvisioningState/failed"))
    for one, (stands, began) in progress.since.items():
        seen, asked = fleet.by_id[one], one in progress.asked
        if one not in fresh or not (asked or one in progress.surge.standing_in or job.selection.matches(seen)):
            continue
        if error := _late_error(stands, seen, job, now - began, asked=asked, gates=progress.closed(one, job)):
            yield Failure(instance=one, error=error)


def _relapsed(
    progress: Progress, fleet: Fleet, job: Job, now: float, fresh: Collection[InstanceId]
) -> Iterator[Failure]:
    """Those that have fallen ill again and again, and are ill."""
    ill = [one for one, (stands, _) in progress.since.items() if stands in ILL and one in fresh]
    for one, words in overdue(progress.spells, ill, job, now):
        gates = progress.closed(one, job)
        yield Failure(instance=one, error=_not_in_time("BakeDeadline", fleet.by_id[one], words, gates))


def _upgrade_error(attempt: Attempt, seen: Instance, job: Job, now: float) -> AzureError | None:
    if seen.provisioning is Provisioning.FAILED and not attempt.stale_failure and not _found_no_room(seen):
        return seen.error or AzureError(code="ProvisioningState/failed")
    if now - attempt.at > job.deadlines.upgrade:
        return _overdue("UpgradeDeadline", seen, job.deadlines.upgrade, "to be upgraded")
    return None


def _found_no_room(seen: Instance) -> bool:
    """No fault of the image: Azure has no room for it."""
    return seen.error is not None and is_shortage(seen.error)


def _late_error(
    stands: Standing, seen: Instance, job: Job, seconds: float, *, asked: bool, gates: str
) -> AzureError | None:
    """Too long on the new image without being healthy, or too long in the hands of others."""
    deadlines = job.deadlines
    if stands is Standing.SETTLING and seconds > deadlines.health:
        return seen.error or _overdue(
            "HealthDeadline", seen, deadlines.health, "to become healthy on the new image", gates
        )
    if stands is Standing.MOVING and not asked and seconds > deadlines.upgrade:
        return _overdue("UpgradeDeadline", seen, deadlines.upgrade, "to settle; others work on it")
    return None


def _overdue(code: str, instance: Instance, seconds: float, aim: str, gates: str = "") -> AzureError:
    return _not_in_time(code, instance, f"it had {seconds:.0f} s {aim}", gates)


def _not_in_time(code: str, instance: Instance, words: str, gates: str) -> AzureError:
    words = f"{words}; last seen {_state(instance)}"
    return AzureError(code=code, message=f"{words}; {gates}" if gates else words)


def _state(instance: Instance) -> str:
    health = f"health {instance.health}" if instance.health else "no health reported"
    return f"provisioning {instance.provisioning}, power {instance.power}, {health}"

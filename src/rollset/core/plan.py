"""What a rollout would do, instance by instance and why, before it does anything; decided with the same rules."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

from rollset.core.ahead.steps import Step, steps
from rollset.core.azureroll.azurepolicy import azure_policy
from rollset.core.budget import Budget
from rollset.core.care import Protected
from rollset.core.checkpoints import thresholds
from rollset.core.comparing.former import Former
from rollset.core.fleet import Fleet, HealthSource, ScaleSet, UpgradeMode
from rollset.core.ground import plan_hash
from rollset.core.ids import InstanceId
from rollset.core.image import PlatformImage, same_image
from rollset.core.model.change import Difference
from rollset.core.order import Order
from rollset.core.pace import Batches, Engine, Job
from rollset.core.progress import Progress
from rollset.core.selection import spoken_ids
from rollset.core.situation import Situation, survey
from rollset.core.standing import OUTDATED, Standing
from rollset.core.surging.replacing import surge_notes

__all__ = ["Plan", "Skipped", "Step", "make_plan"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Skipped:
    """An instance that is left as it is, and why."""

    instance: InstanceId
    why: str


@dataclass(frozen=True, kw_only=True)
class Plan:
    """The steps in order, what is left out, and what an operator should know before saying yes.

    `situation` is what all of it was made from; `switch_policy` is whether the user let the upgrade policy be switched.
    `former` is how long the instances took before, where the job compares and journals are at hand; it is not hashed.
    """

    situation: Situation
    steps: tuple[Step, ...]
    skipped: tuple[Skipped, ...]
    notes: tuple[str, ...]
    switch_policy: bool = False
    former: Former | None = None

    def knowing(self, former: Former) -> Plan:
        """The same, with what the time to boot is held against."""
        return replace(self, former=former, notes=(*self.notes, str(former)))

    @property
    def fleet(self) -> Fleet:
        return self.situation.fleet

    @property
    def job(self) -> Job:
        return self.situation.job

    @property
    def budget(self) -> Budget:
        return self.situation.budget

    @cached_property
    def hash(self) -> str:
        """What is agreed to with this plan: it changes when the job does, or the ground that the plan stands on."""
        return plan_hash(self.fleet, self.job, switch_policy=self.switch_policy)

    @property
    def upgrades(self) -> tuple[InstanceId, ...]:
        """Every instance to be upgraded, in the order of going."""
        return tuple(one for step in self.steps for one in step.instances)

    @property
    def at_once(self) -> int:
        """The most that would be out together because of this rollout."""
        return max((len(step.instances) for step in self.steps), default=0)

    @property
    def unproven(self) -> tuple[InstanceId, ...]:
        """On the target or on the way to it, but not proven: a rollout waits for these."""
        return self.situation.unsettled

    @property
    def to_prove(self) -> frozenset[InstanceId]:
        """Every instance that the rollout has to see on the image and healthy, whoever brings it there."""
        return frozenset((*self.upgrades, *self.unproven))

    @property
    def stuck(self) -> int:
        """How many are out and stay so whatever this rollout does: those of `situation.stuck`, and the missing."""
        return len(self.situation.stuck) + self.situation.missing

    @property
    def changes(self) -> tuple[Difference, ...]:
        """What the model says otherwise afterwards, beside its image."""
        return self.job.model.differences(self.fleet.scale_set)

    @property
    def nothing_to_do(self) -> bool:
        """Whether every chosen instance is on the target already, or skipped, and the model too."""
        return not self.steps and not self.unproven and self.model_is_there

    @property
    def model_is_there(self) -> bool:
        """Whether the model says already all that it has to."""
        scale_set, job = self.fleet.scale_set, self.job
        image = job.model_stays or same_image(scale_set.image, job.image)
        return image and job.model.is_known_to_be_said_by(scale_set)

    @property
    def left_behind(self) -> tuple[InstanceId, ...]:
        """Neither on the target nor on the way to it when the rollout ends, although nothing protects them."""
        going = self.to_prove
        return tuple(one for one, stands in self.situation.standings.items() if stands in OUTDATED and one not in going)


def make_plan(fleet: Fleet, job: Job, *, switch_policy: bool = False) -> Plan:
    """Plans the job for this fleet.

    Raises:
        UsageError: the selection names something unknown, or matches nothing.
    """
    job.selection.check(fleet)
    asked_for = survey(fleet, job, Progress())
    situation = _on_the_way(asked_for)
    return Plan(
        situation=situation,
        steps=tuple(steps(situation, thresholds(situation))),
        skipped=tuple(_skipped(situation)),
        notes=(
            *_notes(situation, switch_policy=switch_policy),
            *_checkpoint_notes(asked_for, situation),
            *_gate_notes(job),
        ),
        switch_policy=switch_policy,
    )


def _on_the_way(situation: Situation) -> Situation:
    """The same without checkpoints that are behind already, and with the others in the order of being reached.

    Where the budget leaves somebody in service now, it has to later.
    """
    chosen = len(situation.chosen)
    ahead = [one for one in situation.job.pace.checkpoints if one.share.of(chosen) > situation.proven]
    ahead.sort(key=lambda one: one.share.of(chosen))
    pace = replace(situation.job.pace, checkpoints=tuple(ahead))
    keep_one = situation.budget.allowed < situation.budget.in_service
    # As it will be surveyed: the plan made anew of this job is the same.
    budget = replace(situation.budget, kept=1 if keep_one else 0)
    return replace(situation, job=replace(situation.job, pace=pace, keep_one=keep_one), budget=budget)


def _skipped(situation: Situation) -> Iterator[Skipped]:
    for one in situation.chosen:
        match situation.standings[one.id]:
            case Standing.PROVEN:
                yield Skipped(instance=one.id, why=f"on the {_aim(situation.job)} already")
            case Standing.HELD:
                waited = ": waited for at the end" if situation.held_up else ""
                what = "scale set actions" if one.protected else "scale-in"
                yield Skipped(instance=one.id, why=f"protected from {what}{waited}")
            case Standing.PARKED:
                yield Skipped(instance=one.id, why=f"{one.power}: nothing to keep in service; upgrade it when it runs")
            case Standing.LEAVING:
                yield Skipped(instance=one.id, why="being deleted")
            case Standing.SETTLING:
                yield Skipped(instance=one.id, why=f"on the {_aim(situation.job)} already, not healthy yet: waited for")
            case Standing.MOVING:
                yield Skipped(instance=one.id, why="being worked on already: waited for")
            case Standing.FIRST | Standing.PENDING | Standing.LAST | Standing.PARKED_BY_HOOK:
                pass


def _aim(job: Job) -> str:
    return "model" if job.model.reaches_instances else "image"


def _notes(situation: Situation, *, switch_policy: bool) -> Iterator[str]:
    scale_set, job, budget = situation.fleet.scale_set, situation.job, situation.budget
    judged = sum(one.health is not None for one in situation.fleet.instances)
    if scale_set.health_source is HealthSource.NONE and not judged:
        yield "no health source (no vmHealth on any instance): power and provisioning state decide"
    elif not judged:
        yield (
            f"the model names a health source ({scale_set.health_source}), but no instance reports vmHealth yet: power "
            "and provisioning state decide until an instance is on the new model"
        )
    if isinstance(job.pace.style, Batches) and job.pace.style.size.of(budget.total) > budget.allowed:
        yield (
            f"batches of {job.pace.style.size} would be {job.pace.style.size.of(budget.total)} instances, but no more "
            f"than {budget.allowed} may be out ({job.pace.limits}): batches are of {budget.allowed}"
        )
    yield from surge_notes(situation)
    yield from _named_notes(situation)
    if budget.excused:
        yield f"{budget.excused} of {budget.total} instances are out of service already; this repairs them: not counted"
    if budget.out:
        yield f"{budget.out} of {budget.total} instances are out of service already, and count"
    yield from _engine_notes(situation)
    yield from job.others.notes(scale_set)
    yield from _change_notes(job, scale_set)
    if switch_policy and scale_set.upgrade_mode is not UpgradeMode.MANUAL and job.engine is Engine.ROLLSET:
        yield (
            f"the upgrade policy goes from {scale_set.upgrade_mode} to Manual, and back at the end; should instances "
            "be left on the old image then, the model gets the old image back first, so that Azure leaves them alone"
        )
    if job.pace.order.by_domain and job.pace.order.domain(situation.fleet.instances[0]) is None:
        other = next((one for one in Order if any(one.domain(each) for each in situation.fleet.instances)), None)
        words = f"; --order {other} would group them" if other else ""
        yield f"Azure names no {job.pace.order.words} here: all instances count as one{words}"


def _change_notes(job: Job, scale_set: ScaleSet) -> Iterator[str]:
    for path in job.model.without_way_back(scale_set):
        why = "Azure does not show it" if path in job.model.hidden else "the model does not have it now"
        yield f"{path}: {why}, so an undo cannot bring it back"
    if job.model and not job.model.reaches_instances:
        yield f"{', '.join(job.model.paths)}: only the set has that; no instance has to follow"


def _named_notes(situation: Situation) -> Iterator[str]:
    """Of instances that were set aside or put first, what is not to be expected."""
    protected = [one.id for one in situation.candidates if one.protected]
    if protected and situation.job.care.protected is Protected.FORCE:
        whose = "is" if len(protected) == 1 else "are"
        what = (
            "deleted all the same" if situation.job.surge else "the protection is lifted for the upgrade, and put back"
        )
        yield f"{spoken_ids(protected)} {whose} protected from scale set actions: {what}"
    unknown = [one for one in situation.job.pace.first if one not in situation.fleet.by_id]
    if unknown:
        yield f"{spoken_ids(unknown)} was to go first, and there is no such instance"


def _gate_notes(job: Job) -> Iterator[str]:
    for gate in job.gates:
        times = "" if gate.successes == 1 else f" {gate.successes} times in a row"
        yield f"gate {gate}: an upgraded instance counts as healthy when it has said yes{times}"
    for hook in job.hooks:
        yield f"hook {hook.moment}: {hook.name}, {hook.deadline_seconds:.0f} s at most"


def _engine_notes(situation: Situation) -> Iterator[str]:
    scale_set, job = situation.fleet.scale_set, situation.job
    if job.engine is Engine.AZURE:
        yield from _azure_notes(situation)
    elif isinstance(scale_set.image, PlatformImage) and scale_set.image.version.lower() == "latest":
        yield f"the model says latest; it will name {job.image} exactly, so that every instance gets the same"


def _azure_notes(situation: Situation) -> Iterator[str]:
    scale_set, job = situation.fleet.scale_set, situation.job
    yield (
        f"Azure's own rolling upgrade sends the instances off, with {azure_policy(situation)}; which go together, and "
        "when, is its choice: the steps are what its documentation makes likely"
    )
    if not scale_set.rolling_policy.same_as(azure_policy(situation)):
        yield f"its policy is put back at the end to {scale_set.rolling_policy}"
    mode = UpgradeMode.MANUAL if job.model_stays else UpgradeMode.ROLLING
    if scale_set.upgrade_mode is not mode:
        yield f"the upgrade policy goes from {scale_set.upgrade_mode} to {mode}, and back at the end"
    if job.model_stays:
        yield f"the model goes on saying latest, which means {job.image} now; a newer one may come while this runs"


def _checkpoint_notes(asked_for: Situation, situation: Situation) -> Iterator[str]:
    behind = [one for one in thresholds(asked_for) if one.instances <= asked_for.proven]
    if behind:
        words = ", ".join(f"{one.checkpoint} ({one.instances} of {one.chosen})" for one in behind)
        yield f"{asked_for.proven} chosen instances are on the image already: no hold at {words}"
    for threshold in thresholds(situation):
        seconds = threshold.checkpoint.wait_seconds
        if threshold.instances > threshold.chosen:
            share = f"{threshold.checkpoint} of {threshold.chosen} chosen instances"
            yield f"checkpoint {threshold.number} at {share} is never reached"
        else:
            words = "until it is approved" if seconds is None else f"for {seconds:.0f} s, or until it is approved"
            yield f"{threshold}: nothing goes beyond it {words}"

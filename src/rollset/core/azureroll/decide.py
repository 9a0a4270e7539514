"""The decision where Azure's own rolling upgrade sends the instances off: start it, let it go on, stop it, or end.

As level-triggered as `decide`: it asks how the fleet and Azure's run stand, and when this rollout last told Azure to
begin. The order of the questions is the order of importance.
"""

from __future__ import annotations

from collections.abc import Iterator

from rollset.core.azureroll.azurepolicy import azure_policy
from rollset.core.azureroll.rolls import Roll, RollStart, RollState
from rollset.core.control import Control
from rollset.core.decision import CancelRoll, Decision, Finish, Halt, Hold, HoldKind, StartRoll, Stopped, TurnBack, Wait
from rollset.core.failing import OnFailure
from rollset.core.fleet import AzureError, Fleet, Instance, Provisioning
from rollset.core.ids import InstanceId
from rollset.core.image import same_image
from rollset.core.pace import Job
from rollset.core.progress import Failure, Progress
from rollset.core.selection import spoken_ids
from rollset.core.situation import Situation
from rollset.core.standing import UNDER_WAY, Standing

BEGINS_SECONDS = 180.0
"""A run that was asked for is looked for so long, and then counts as never begun; recorded ones show in a minute."""

REFUSED_SECONDS = 30.0
"""Between a refusal, or a request that perhaps was never made, and the next one."""

STARTS_MAX = 10
"""A run that leaves instances behind is followed by another one only so often."""

RollDecision = Decision | StartRoll | CancelRoll


def decide_roll(situation: Situation, roll: Roll, start: RollStart | None, now: float) -> RollDecision:
    """What may be done at `now`; `start` is when this rollout last told Azure to begin."""
    here = situation.at(now)
    ordered = _by_order(here, roll) or _after_failure(here, roll)
    if ordered is not None:
        return ordered
    if roll.running:
        return Wait(reason=str(roll), instances=here.unsettled)
    if here.candidates:
        return _go_on(here, roll, start, now)
    if here.unsettled:
        return Wait(reason=f"waiting for the last: {spoken_ids(here.unsettled)}", instances=here.unsettled)
    return _last_bake(here, now) or Finish(reason=here.tally)


def _by_order(here: Situation, roll: Roll) -> RollDecision | None:
    stopped, undo = here.control.stopped, here.control.undo
    if stopped is not None:
        words = f"stopped by {stopped.by}"
        return _landing(here, roll, words) or Stopped(reason=f"{words}: {here.tally}")
    if undo is not None:
        words = f"undo ordered by {undo.by}"
        return _landing(here, roll, words) or TurnBack(reason=f"{words}; {here.tally}")
    return None


def _after_failure(here: Situation, roll: Roll) -> RollDecision | None:
    failures = here.progress.failures
    if not failures:
        return None
    words = f"instance {failures[0].instance} failed: {failures[0].error}"
    return _landing(here, roll, words) or _give_up(here, words)


def _landing(here: Situation, roll: Roll, why: str) -> RollDecision | None:
    """Azure's run is told to stop, and what it has begun is waited for."""
    if roll.running:
        return CancelRoll(reason=f"{why}: Azure's rolling upgrade is told to start nothing more")
    if not here.in_flight:
        return None
    words = f"{why}: waiting for {spoken_ids(here.in_flight)} to end"
    return Wait(reason=words, instances=here.in_flight)


def _give_up(here: Situation, words: str) -> Halt | TurnBack:
    if here.job.on_failure is OnFailure.UNDO:
        return TurnBack(reason=f"{words}; {here.tally}")
    return Halt(reason=words, failures=here.progress.failures)


def _go_on(here: Situation, roll: Roll, start: RollStart | None, now: float) -> RollDecision:
    """Some are behind, and Azure rolls nobody."""
    left = spoken_ids([one.id for one in here.candidates])
    if start is None:
        return StartRoll(policy=azure_policy(here), reason=f"Azure's rolling upgrade for {left}; {here.budget}")
    if not _is_answer(roll, start):
        patience = REFUSED_SECONDS if start.refused or start.broke_off else BEGINS_SECONDS
        if now - start.at < patience:
            return Wait(reason="waiting for Azure's rolling upgrade to begin", until=start.at + patience)
        roll_words = "Azure was asked for a rolling upgrade and never began it"
    elif roll.state is not RollState.COMPLETED:
        return _landing(here, roll, str(roll)) or _give_up(here, f"{roll}, and left {left}")
    else:
        roll_words = str(roll)
    if here.in_flight:
        return Wait(reason=f"waiting for {spoken_ids(here.in_flight)} to end", instances=here.in_flight)
    if start.number >= STARTS_MAX:
        return _give_up(here, f"{roll_words}, {start.number} times, and left {left}")
    return StartRoll(policy=azure_policy(here), reason=f"{roll_words}, and left {left}: once more")


def _is_answer(roll: Roll, start: RollStart) -> bool:
    """Whether the latest run is another than there was before; so no two clocks have to be compared."""
    return roll.began_at is not None and roll.began_at != start.last_began_at


def _last_bake(here: Situation, now: float) -> Hold | None:
    seconds = here.job.pace.bake_end_seconds
    baked = max((here.progress.proven[one] for one in here.upgraded), default=now) + seconds
    if not here.upgraded or now >= baked:
        return None
    reason = f"{here.tally}; all must stay so for {seconds:.0f} s from the last one on"
    return Hold(reason=reason, kind=HoldKind.BAKE, until=baked)


# What a look adds


def taken(before: Fleet, fleet: Fleet, job: Job, progress: Progress) -> tuple[InstanceId, ...]:
    """Those that Azure has taken since: on the image or on their way, and neither in `before` nor when last looked."""
    return tuple(
        one.id
        for one in fleet.instances
        if one.id not in progress.asked
        and one.id not in progress.took
        and (had := before.by_id.get(one.id)) is not None
        and not same_image(had.image, job.image)
        and not one.protected
        and (
            same_image(one.image, job.image)
            or one.provisioning in UNDER_WAY - {Provisioning.DELETING}
            or _is_astray(one, had, job)
        )
    )


def astray(before: Fleet, fleet: Fleet, job: Job, progress: Progress) -> Iterator[Failure]:
    """Those that Azure brought elsewhere: the model says `latest`, and another version has come out since the plan."""
    for one in progress.asked:
        seen, had = fleet.by_id.get(one), before.by_id.get(one)
        if seen is not None and had is not None and _is_astray(seen, had, job):
            words = (
                f"Azure brought it to {seen.image}, and not to {job.image}: a version that came out after the plan was "
                "made is latest now; plan again"
            )
            yield Failure(instance=one, error=AzureError(code="AnotherVersion", message=words))


def _is_astray(seen: Instance, had: Instance, job: Job) -> bool:
    settled = job.model_stays and seen.provisioning is Provisioning.SUCCEEDED
    return settled and not any(same_image(seen.image, one) for one in (had.image, job.image))


def given_back(fleet: Fleet, job: Job, progress: Progress) -> tuple[InstanceId, ...]:
    """Those that were thought to be taken, and stand there as before: somebody else worked on them."""
    seen = ((one, fleet.by_id.get(one)) for one in progress.asked)
    return tuple(
        one
        for one, instance in seen
        if instance is not None
        and instance.provisioning is Provisioning.SUCCEEDED
        and not same_image(instance.image, job.image)
        and one not in progress.failed
    )


def faulted(situation: Situation, roll: Roll) -> Iterator[Failure]:
    """Who was upgraded and is not well when Azure's run has given up because of such: its own words for each."""
    if roll.state is RollState.FAULTED:
        error = roll.error or AzureError(code="Faulted")
        for one in situation.in_flight:
            if situation.standings[one] is Standing.SETTLING:
                yield Failure(instance=one, error=error)


def obeys(control: Control) -> Control:
    """Azure has no pause: one that was ordered all the same holds nothing."""
    return Control(stopped=control.stopped, undo=control.undo, approved=control.approved, taken=control.taken)

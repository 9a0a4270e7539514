"""Azure's engine of rolling upgrades: batch after batch, each judged by its health before the next.

    begin ──▶ step ──▶ whole set too unhealthy? ─────────────────────────▶ fail ──▶ (put back) ──▶ Faulted
               ▲ │ ──▶ nobody waits any more ────────────────────────────▶ Completed
               │ └───▶ (ask) ──▶ take a batch ──▶ wait for its health ──▶ too many of the upgraded unhealthy? ──▶ fail
               └────── pause ◀──────────────────────────────────────────────────────── no

Azure documentation: "Configure rolling upgrades on Virtual Machine Scale Sets", "Automatic OS image upgrades".
"""

from functools import partial
from typing import TYPE_CHECKING

from rollset.emulator import choices, lifecyclehooks, rollback, rollingerrors, surge
from rollset.emulator.activity import PREEMPTED
from rollset.emulator.instance import Instance, Provisioning
from rollset.emulator.lifecyclehooks import HookEvent
from rollset.emulator.operations import Operation
from rollset.emulator.refusal import ArmError
from rollset.emulator.rollingbatch import next_batch
from rollset.emulator.rollinghealth import is_healthy, is_unhealthy, judged, still_starting
from rollset.emulator.rollingpass import Code, RollingPass
from rollset.emulator.rollingpolicy import exceeds, share
from rollset.emulator.upgrade import running

if TYPE_CHECKING:
    from rollset.emulator.world import World


def begin(world: "World", rolling: RollingPass) -> None:
    """The pass begins now, and its operation lasts until it ends."""
    rolling.operation.hold()
    rolling.begin(world.now)
    rolling.scale_set.rolling = rolling
    rolling.deadline = world.now + choices.ROLLING_SECONDS_MAX
    world.schedule.at(rolling.deadline, partial(_time_out, world, rolling))
    _step(world, rolling)


def _step(world: "World", rolling: RollingPass) -> None:
    """Looks at the whole set, and takes the next batch."""
    if not rolling.running:
        return
    waiting = rolling.waiting()
    if not waiting:
        end(world, rolling, Code.COMPLETED)
        return
    everyone = judged(list(rolling.scale_set.instances.values()))
    breach = _breach_of_whole(rolling, everyone)
    free = [one for one in rolling.first_phase(waiting) if one.activity is None]
    if breach is not None:
        _fail(world, rolling, breach)
    elif free:
        _ask_or_take(world, rolling, next_batch(free, everyone, rolling.policy))
    else:
        world.schedule.at(world.now + choices.ROLLING_LOOK_AGAIN_SECONDS, partial(_step, world, rolling))


def _breach_of_whole(rolling: RollingPass, everyone: list[Instance]) -> ArmError | None:
    limit = rolling.policy.max_unhealthy_percent
    unhealthy = sum(1 for one in everyone if is_unhealthy(one))
    if not exceeds(unhealthy, len(everyone), limit):
        return None
    first = not (rolling.done or rolling.failed)
    tell = rollingerrors.unhealthy_before if first else rollingerrors.unhealthy_during
    return tell(share(unhealthy, len(everyone)), limit)


def _ask_or_take(world: "World", rolling: RollingPass, batch: list[Instance]) -> None:
    """Whoever wants to hear of a batch before it begins has a while to approve of its instances or to reject them."""
    hook = lifecyclehooks.before_batches(rolling.scale_set) if rolling.hooked and not rolling.idle else None
    if hook is None:
        _take(world, rolling, batch)
    else:
        ids = [one.resource_id for one in batch]
        rolling.asking = lifecyclehooks.ask(
            world, rolling.scale_set, hook, ids, partial(_answered, world, rolling, batch)
        )


def _answered(world: "World", rolling: RollingPass, batch: list[Instance], event: HookEvent) -> None:
    """The time that was given for the answer is not the pass's own. Who was rejected is left out of it."""
    rolling.asking = None
    rolling.deadline += world.now - event.created_at
    if not rolling.running:
        return
    approved = [one for one in rolling.present(batch) if event.approves(one.resource_id)]
    rolling.left_out.update(one for one in batch if one not in approved)
    if approved:
        _take(world, rolling, approved)
    else:
        _step(world, rolling)


def _take(world: "World", rolling: RollingPass, batch: list[Instance]) -> None:
    """Begins a batch. The operation's `startTime` moves with it, as recorded."""
    scale_set = rolling.scale_set
    rolling.batch = batch
    rolling.before |= {one: running(one) for one in batch}
    rolling.operation.started_at = world.now
    scale_set.etag += choices.ROLLING_ETAG_STEPS
    step = world.start_operation("batch", scale_set.location, choices.POLL_UPDATE)
    step.on_end.append(partial(_batch_done, world, rolling))
    if rolling.idle:
        world.release_after(step, rolling.work.idle_batch_seconds)
        return
    if rolling.policy.surges and rolling.work.may_surge and surge.has_room(world, scale_set, len(batch)):
        rolling.surging = surge.add(world, scale_set, len(batch), step)
    else:
        for instance in batch:
            rolling.work.begin(world, instance, step)
    step.release(world.now)


def _batch_done(world: "World", rolling: RollingPass, _step: Operation) -> None:
    _await_health(world, rolling, world.now)


def _await_health(world: "World", rolling: RollingPass, since: float) -> None:
    """An instance that is done has five minutes to become healthy; one that still initializes, as long as it takes."""
    if not rolling.running:
        return
    late = world.now - since >= choices.ROLLING_HEALTH_WAIT_SECONDS
    awaited = rolling.present(rolling.surging or rolling.batch)
    hopeful = [one for one in awaited if _may_become_healthy(one, late=late)]
    if hopeful and not rolling.idle:
        world.schedule.at(world.now + choices.PROBE_SECONDS, partial(_await_health, world, rolling, since))
    elif rolling.surging:
        _replace(world, rolling)
    else:
        _judge(world, rolling)


def _may_become_healthy(instance: Instance, *, late: bool) -> bool:
    settled = instance.provisioning is Provisioning.FAILED or is_healthy(instance)
    return not settled and (not late or still_starting(instance))


def _replace(world: "World", rolling: RollingPass) -> None:
    """The new instances take the place of as many old ones as there are healthy; the others of them go again."""
    new, old = rolling.present(rolling.surging), rolling.present(rolling.batch)
    # An old one may be gone already, by a scale-in or a repair: nobody is to take its place a second time.
    well = [one for one in new if is_healthy(one)][: len(old)]
    sick = [one for one in new if one not in well]
    step = world.start_operation("batch", rolling.scale_set.location, choices.POLL_UPDATE)
    surge.settle(world, well, old[: len(well)], sick, step)
    rolling.failed += old[len(well) :]
    step.on_end.append(partial(_replaced, world, rolling, well, sick))
    step.release(world.now)


def _replaced(
    world: "World", rolling: RollingPass, well: list[Instance], sick: list[Instance], _step: Operation
) -> None:
    if rolling.running:
        rolling.done += well
        _after_batch(world, rolling, sick)


def _judge(world: "World", rolling: RollingPass) -> None:
    batch = rolling.present(rolling.batch)
    sick = [] if rolling.idle else [one for one in batch if not is_healthy(one)]
    rolling.done += [one for one in batch if one not in sick]
    rolling.failed += sick
    if sick and rolling.restores_each:
        rollback.put_back(world, rolling, sick, partial(_after_batch, world, rolling, sick))
    else:
        _after_batch(world, rolling, sick)


def _after_batch(world: "World", rolling: RollingPass, sick: list[Instance]) -> None:
    """Stops where too many of those that the pass has upgraded are unhealthy; pauses otherwise."""
    rolling.batch, rolling.surging = [], []
    rolling.scale_set.etag += choices.ROLLING_ETAG_STEPS
    turned = [] if rolling.idle else [one for one in rolling.present(rolling.done) if is_unhealthy(one)]
    unhealthy, upgraded = len(rolling.failed) + len(turned), len(rolling.done) + len(rolling.failed)
    limit = rolling.policy.max_unhealthy_upgraded_percent
    if exceeds(unhealthy, upgraded, limit):
        first = (*sick, *rolling.failed, *turned)[0]
        _fail(world, rolling, rollingerrors.unhealthy_upgraded(share(unhealthy, upgraded), limit, first))
        return
    if rolling.failed:
        rolling.error = rollingerrors.failed_so_far(rolling.failed[0], len(rolling.failed))
    pause = rolling.policy.pause_seconds if rolling.waiting() else 0.0
    world.schedule.at(world.now + pause, partial(_step, world, rolling))


def _fail(world: "World", rolling: RollingPass, error: ArmError) -> None:
    """Puts back those that failed, where the policy says so, and ends."""
    back = rollback.to_put_back(rolling) if rolling.policy.rolls_back else []
    if not back:
        end(world, rolling, Code.FAULTED, error)
        return
    rolling.code, rolling.error = Code.BACK, error
    rollback.put_back(world, rolling, back, partial(end, world, rolling, Code.FAULTED, error))


def _time_out(world: "World", rolling: RollingPass) -> None:
    if not rolling.running:
        return
    if rolling.asking is not None or world.now < rolling.deadline:
        later = max(rolling.deadline, world.now + choices.ROLLING_LOOK_AGAIN_SECONDS)
        world.schedule.at(later, partial(_time_out, world, rolling))
    else:
        end(world, rolling, Code.FAULTED, rollingerrors.timed_out(choices.ROLLING_SECONDS_MAX))


def end(
    world: "World", rolling: RollingPass, code: Code, error: ArmError | None = None, *, preempted: bool = False
) -> None:
    """The pass is over. The operation of a cancelled one succeeds, as recorded."""
    newcomers = [one for one in rolling.present(rolling.surging) if one.surplus]
    rolling.end(world.now, code, error)
    surge.give_up(world, newcomers)
    if rolling.asking is not None:
        lifecyclehooks.close(rolling.asking)
    rolling.operation.release(world.now, PREEMPTED if preempted else error)

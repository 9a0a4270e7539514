"""Puts back the upgrade policy that a rollout switched, in the one order that is safe.

In Automatic and Rolling mode Azure itself pushes whatever the model holds onto every instance. So if instances are left
on another image when the rollout ends (it failed, was interrupted, or meant only a part of the set), the model gets its
old image back first: then Azure has no reason to touch those that still serve on it.
"""

from __future__ import annotations

from rollset.core.errors import RollsetError
from rollset.core.fleet import Fleet, Instance, Provisioning, ScaleSet, UpgradeMode
from rollset.core.ids import InstanceId
from rollset.core.image import same_image
from rollset.core.model.change import ModelChange, Says, changed_by_others, spoken
from rollset.core.pace import Engine
from rollset.core.selection import spoken_ids
from rollset.core.standing import PARKED_POWER
from rollset.engine import events, model
from rollset.engine.azureroll import cancel
from rollset.engine.news import Means, News
from rollset.engine.order import Order
from rollset.engine.state import State
from rollset.engine.watch import Watch


async def put_back(means: Means, watch: Watch, news: News) -> tuple[str, ...]:
    """Puts the policy back if the rollout switched it; returns what an operator has to know, and never raises."""
    order = news.state.order
    before = order.fleet.scale_set
    if before.upgrade_mode is UpgradeMode.MANUAL or not order.switches_mode:
        return ()
    remarks: list[str] = []
    try:
        for _ in range(model.WRITES_MAX):
            current = await watch.read_model()
            if foreign := _changed_by_others(current, news.state):
                return (_say_left(before, foreign),)
            if current.upgrade_mode is not UpgradeMode.MANUAL:
                # It was never switched, or somebody else has set it since: that is not ours to undo.
                return tuple(remarks)
            change = order.job.model
            behind = [] if order.job.model_stays else _pushed_onto(order.job.says, await _seen(watch), news)
            back_to = _way_out(news.state, current, behind) if behind else None
            now = Says(image=current.image, change=_as_it_is(change, current))
            pushes = not same_image(current.image, before.image) or not order.job.model_stays
            if pushes and (forbidden := _forbidden(back_to or now, watch.fleet, news)):
                return (_say_stopped(before, behind or forbidden),)
            try:
                if back_to is not None:
                    current = await _revert(means, news, current, back_to)
                    remarks = [_say_reverted(watch.fleet, order, behind)]
                written = await model.write_mode(
                    means.azure, current, before.upgrade_mode, means.desk.check_ours, change=change
                )
            except model.ImageMoved:
                # A write of ours that was given up may still arrive, and others write too: look at all of it again.
                continue
            news.add(
                events.PolicyWritten(
                    at=means.clock(),
                    before=UpgradeMode.MANUAL,
                    mode=before.upgrade_mode,
                    request_id=written.request_id,
                )
            )
            return tuple(remarks)
        remarks.append(_say_stuck(before, "the image in the model changed again and again"))
    except RollsetError as error:
        remarks.append(_say_stuck(before, str(error)))
    return tuple(remarks)


async def end_roll(means: Means, watch: Watch, news: News) -> tuple[str, ...]:
    """Stops Azure's own rolling upgrade if this rollout had started it, and puts its policy back; never raises.

    The mode becomes Manual where it was Rolling: in that, any write starts a run. What comes next is as after
    `--switch-policy`.
    """
    order, start = news.state.order, news.state.roll
    before = order.fleet.scale_set
    if order.job.engine is not Engine.AZURE or start is None:
        return ()
    try:
        current = await watch.read_model()
        if not any(same_image(current.image, known) for known in news.state.own_images):
            foreign = f"the image to {current.image}"
            return (_say_left(before, foreign),) if before.upgrade_mode is UpgradeMode.MANUAL else ()
        if await means.azure.rolls_by_itself(current):
            await cancel(means, watch, news)
        mode = UpgradeMode.MANUAL if current.upgrade_mode is UpgradeMode.ROLLING else current.upgrade_mode
        written = await model.write_mode(
            means.azure, current, mode, means.desk.check_ours, rolling=before.rolling_policy
        )
        if mode is not current.upgrade_mode:
            at, was, request_id = means.clock(), current.upgrade_mode, written.request_id
            news.add(events.PolicyWritten(at=at, before=was, mode=mode, request_id=request_id))
    except RollsetError as error:
        return (_say_stuck(before, str(error)),)
    return ()


def _changed_by_others(current: ScaleSet, state: State) -> str | None:
    """What of the model somebody else has changed, in words."""
    if not any(same_image(current.image, known) for known in state.own_images):
        return f"the image to {current.image}"
    others = changed_by_others(current, state.own_changes)
    return f"{others[0].path} to {spoken(others[0])}" if others else None


def _way_out(state: State, current: ScaleSet, behind: list[InstanceId]) -> Says | None:
    """What the model said before; `None` where it does not say what the rollout has put there, or named no image.

    Raises:
        RollsetError: nobody knows what it said before.
    """
    order = state.order
    before = order.fleet.scale_set
    if before.image is None or not order.job.says.is_said_by(current):
        return None
    if lost := order.job.model.without_way_back(before):
        raise RollsetError(
            f"{' and '.join(lost)} cannot be brought back to what it was, and {spoken_ids(behind)} are not on the model"
        )
    return Says(image=before.image, change=order.job.model.way_back(before))


def _as_it_is(change: ModelChange, current: ScaleSet) -> ModelChange:
    return change if change.is_said_by(current) else change.as_said_by(current)


async def _revert(means: Means, news: News, current: ScaleSet, says: Says) -> ScaleSet:
    assert says.image is not None, "a way out names an image"
    changes = says.change.differences(current)
    written = await model.write_model(means.azure, current, says, means.desk.check_ours)
    news.add(
        events.ModelWritten(
            at=means.clock(), before=current.image, image=says.image, request_id=written.request_id, changes=changes
        )
    )
    return written.scale_set


async def _seen(watch: Watch) -> Fleet:
    """The fleet as it is: a run that goes on from here after a crash knows that of the plan, where all are behind."""
    return watch.fleet if watch.begun else await watch.look_at_all()


def _forbidden(says: Says, fleet: Fleet, news: News) -> list[InstanceId]:
    """Those that Azure would start with against a stop, were the policy put back while the model says so."""
    verdict = news.state.verdict
    stopped = verdict is not None and verdict.ending is events.Ending.STOPPED
    by_itself = news.state.order.fleet.scale_set.upgrade_mode is UpgradeMode.ROLLING
    return _pushed_onto(says, fleet, news) if stopped and by_itself else []


def _pushed_onto(says: Says, fleet: Fleet, news: News) -> list[InstanceId]:
    """Those that Azure would push onto such a model: not on it nor on the way, not protected, not parked, and staying.

    Beside its image an instance tells alone whether it is on the model as it is now.
    """
    in_flight, gone = frozenset(news.progress.in_flight), news.progress.surge.gone
    told = news.state.order.job.model.reaches_instances
    is_now = says.change.is_said_by(fleet.scale_set)
    return [
        one.id
        for one in fleet.instances
        if not one.protected
        and one.power not in PARKED_POWER
        and one.provisioning is not Provisioning.DELETING
        and one.id not in gone
        and not (
            same_image(news.job.image if one.id in in_flight else one.image, says.image)
            and (not told or _follows(one, says, in_flight=one.id in in_flight, is_now=is_now))
        )
    ]


def _follows(one: Instance, says: Says, *, in_flight: bool, is_now: bool) -> bool:
    if in_flight:
        return is_now
    return one.latest_model_applied is is_now if one.tells_model else says.change.is_followed_by(one)


def _say_reverted(fleet: Fleet, order: Order, behind: list[InstanceId]) -> str:
    before = order.fleet.scale_set
    ahead = [one.id for one in fleet.instances if same_image(one.image, order.job.image)]
    who = f"instance {behind[0]} still runs" if len(behind) == 1 else f"instances {spoken_ids(behind)} still run"
    words = (
        f"the model names {before.image} again, because {who} it, and under "
        f"{before.upgrade_mode} Azure upgrades by itself whatever is not on the model"
    )
    if ahead and before.upgrade_mode is UpgradeMode.ROLLING:
        return words + f"; its own rolling upgrade now takes back those on the new image ({spoken_ids(ahead)})"
    return words + (f"; on the new image are {spoken_ids(ahead)}, until the model is written again" if ahead else "")


def _say_stopped(before: ScaleSet, behind: list[InstanceId]) -> str:
    return (
        f"the upgrade policy of {before.id} was left on Manual: under Rolling Azure would go on by itself with the "
        f"{len(behind)} instances on another image ({spoken_ids(behind)}), and a stop starts nothing; `rollset undo` "
        f"brings all back, and puts the policy back as well; or go on with `rollset upgrade` and set it to Rolling "
        f"after that, or now, to let Azure go on: az vmss update -g {before.id.resource_group} -n {before.id.name} "
        "--set upgradePolicy.mode=Rolling"
    )


def _say_left(before: ScaleSet, change: str) -> str:
    return (
        f"the upgrade policy of {before.id} was left on Manual, because somebody else changed {change}, "
        f"and under {before.upgrade_mode} Azure would push that onto every instance"
    )


def _say_stuck(before: ScaleSet, why: str) -> str:
    return (
        f"the upgrade policy of {before.id} could not be put back to {before.upgrade_mode} ({why}); look at the set, "
        f"then run: az vmss update -g {before.id.resource_group} -n {before.id.name} "
        f"--set upgradePolicy.mode={before.upgrade_mode}"
    )

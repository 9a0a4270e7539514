"""Instance by instance, the state in which a rollout leaves a fleet: for whoever has to decide what comes next."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

from rollset.core.fleet import Fleet, Instance
from rollset.core.ids import InstanceId, together
from rollset.core.image import Image, same_image
from rollset.core.progress import standings_of
from rollset.core.standing import Standing
from rollset.engine.state import State

FAILED = "failed"
IN_FLIGHT = "in flight"
UPGRADED = "upgraded"
BROUGHT_BACK = "brought back"
NOT_BROUGHT_BACK = "not brought back"
GONE = "gone"
REPLACED = "replaced"

WORDS = {
    Standing.LEAVING: "being deleted",
    Standing.PARKED_BY_HOOK: "parked by a hook",
    Standing.HELD: "protected, untouched",
    Standing.PROVEN: "on the image",
    Standing.MOVING: "being worked on",
    Standing.SETTLING: "on the image, not healthy",
    Standing.PARKED: "stopped",
    Standing.FIRST: "untouched, out of service",
    Standing.LAST: "untouched, out of service",
    Standing.PENDING: "untouched",
}


def states_left(fleet: Fleet, state: State) -> Mapping[str, tuple[InstanceId, ...]]:
    """Every instance of the fleet, and those of the plan that exist no more, under the word for its state.

    After a way back too, whom the rollout never touched is measured by the image that it was to bring: `on the image`
    must not mean another image than it did on the way there.
    """
    failed = state.progress.failed
    job, progress = state.order.job, state.progress
    if state.undo is not None and job.model:
        progress = replace(progress, model_ready=False)
    standings = standings_of(fleet, job, progress)
    words = {one.id: _word(one, standings[one.id], state, failed) for one in fleet.instances}
    words |= {one.id: REPLACED for one in fleet.instances if one.id in state.progress.surge.retired}
    words |= {
        one.id: REPLACED if state.order.job.surge is not None and one.id in state.touched else GONE
        for one in state.order.fleet.instances
        if one.id not in words
    }
    return {word: tuple(ids) for word, ids in together(words.items()).items()}


def _had(instance: Instance, state: State) -> list[Image | None]:
    """The image that it ran before; of one that was made since, those that it may have gone back to."""
    before = state.order.fleet.by_id.get(instance.id)
    if before is not None:
        return [before.image]
    return [] if state.undo is None else [leg.image for leg in state.undo.legs]


def _word(instance: Instance, stands: Standing, state: State, failed: Collection[InstanceId]) -> str:
    if instance.id in failed:
        return FAILED
    if instance.id in state.progress.asked:
        return IN_FLIGHT
    if state.undo is not None and instance.id in state.touched:
        return BROUGHT_BACK if _is_back(instance, state) else NOT_BROUGHT_BACK
    if state.undo is None and instance.id in state.touched and stands is Standing.PROVEN:
        return UPGRADED
    return WORDS[stands]


def _is_back(instance: Instance, state: State) -> bool:
    """What else than its image an instance had before shows on the way back alone, while its model is there."""
    if not any(same_image(image, instance.image) for image in _had(instance, state)):
        return False
    assert state.undo is not None, "who is back has gone a way back"
    if not state.order.job.model.reaches_instances:
        return True
    done = {one for leg in state.undo.legs[: state.leg] for one in leg.instances}
    ahead = {one for leg in state.undo.legs[state.leg :] for one in leg.instances}
    return not state.undo.lost and (
        instance.id in done or instance.id in state.progress.proven or instance.id not in ahead
    )

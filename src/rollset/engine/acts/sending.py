"""Sends what was intended on instances: in one request of the set, or one for each of them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from rollset.arm.acts import has_machine_call
from rollset.arm.errors import ArmError, NoSuchCall
from rollset.arm.operations import Operation
from rollset.core.acts.act import PROTECTIONS, Action
from rollset.core.fleet import ScaleSet
from rollset.core.ids import InstanceId
from rollset.engine.acts.facts import Intended, Refusal, Sent
from rollset.engine.acts.means import ActMeans
from rollset.engine.acts.refusing import not_now, refusal_of
from rollset.engine.requests import UNCERTAIN

TOGETHER_MAX = 8
"""So many requests for single instances are on their way at once."""

Answer = Operation | ArmError | None
"""None where somebody had the act stopped before it was asked for."""


async def send_on_instances(means: ActMeans, scale_set: ScaleSet, action: Action, intent: Intended) -> Sent:
    """Sends it, once, and tells what was answered; it never raises for what Azure said."""
    acts, ids = means.azure.acts, intent.instances
    if action in PROTECTIONS:
        wanted = PROTECTIONS[action]
        return _sum(means, await _each(means, ids, lambda one: acts.protect(scale_set, one, wanted)))
    if intent.one_by_one:
        return _sum(means, await _each(means, ids, lambda one: acts.on_machine(scale_set, action, one)))
    answer = await _answer(acts.on_instances(scale_set, action, ids))
    if isinstance(answer, NoSuchCall) and has_machine_call(scale_set, action):
        return Sent(at=means.clock(), again=ids, one_by_one=True)
    return _sum(means, dict.fromkeys(ids, answer))


async def _answer(request: Awaitable[Operation]) -> Answer:
    try:
        return await request
    except ArmError as error:
        return error


async def _each(
    means: ActMeans, ids: Sequence[InstanceId], ask: Callable[[InstanceId], Awaitable[Operation]]
) -> dict[InstanceId, Answer]:
    room = asyncio.Semaphore(TOGETHER_MAX)

    async def one_of(one: InstanceId) -> Answer:
        async with room:
            return None if means.stopped_by is not None else await _answer(ask(one))

    async with asyncio.TaskGroup() as group:
        asked = {one: group.create_task(one_of(one)) for one in ids}
    return {one: task.result() for one, task in asked.items()}


def _sum(means: ActMeans, answers: dict[InstanceId, Answer]) -> Sent:
    now = means.clock()
    operations = dict.fromkeys(one for one in answers.values() if isinstance(one, Operation))
    errors = {one: answer for one, answer in answers.items() if isinstance(answer, ArmError)}
    unanswered = [one for one, error in errors.items() if isinstance(error, UNCERTAIN)]
    later = {one: wait for one, error in errors.items() if one not in unanswered and (wait := not_now(error))}
    refused: dict[InstanceId, Refusal] = {
        one: refusal_of(error) for one, error in errors.items() if one not in unanswered and one not in later
    }
    return Sent(
        at=now,
        operations=tuple(operations),
        begun=tuple(one for one, answer in answers.items() if isinstance(answer, Operation)),
        refused=refused,
        again=(*later, *(one for one, answer in answers.items() if answer is None)),
        unanswered=tuple(unanswered),
        is_lost=bool(unanswered),
        until=now + max((wait.seconds for wait in later.values()), default=0.0),
        why=next((refusal_of(errors[one]) for one in later), None),
        tries=max((wait.cost for wait in later.values()), default=0),
    )

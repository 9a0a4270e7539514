"""How an instance's state becomes visible: the probe that looks at it, and the account of who is out of service.

Nothing polls. When the state of a guest changes, the one instant is planned at which its probe would notice.
"""

import math
from functools import partial
from random import Random
from typing import TYPE_CHECKING

from rollset.emulator import failingextensions
from rollset.emulator.instance import Instance, Power, Probe
from rollset.emulator.scaleset import ScaleSet, ServiceChange

if TYPE_CHECKING:
    from rollset.emulator.world import World


def new_probe(seed: int, key: str) -> Probe:
    """A probe whose looks fall at instants of its own, so that not all instances are looked at together."""
    chance = Random(f"{seed}/probe/{key}")  # noqa: S311  Repeatable, and keeps no secret.
    return Probe(phase=chance.random())


def changed(world: "World", instance: Instance, reason: str) -> None:
    """Something about the instance is different: render it anew, let its probe look, keep the account."""
    instance.fragments.clear()
    instance.etag = instance.scale_set.etag
    failingextensions.note(world, instance)
    _note_machine(world, instance)
    _note_answer(world, instance, reason)
    _keep_account(world, instance, reason)
    if (past := world.past.get(instance.scale_set.key)) is not None:
        past.note(instance, world.now)


def retiring(world: "World", instance: Instance) -> None:
    """The instance is being deleted on purpose: from now on it is nobody's loss."""
    if instance.out:
        instance.out = False
        instance.scale_set.account.out_now -= 1
        _remember(world, instance.scale_set, instance, "in", "deleted")
    instance.joined = False


def gone(instance: Instance) -> None:
    """The instance is no more: no request reaches it."""
    instance.scale_set.balancer.rotation = None
    instance.probe.healthy = False


def start_healthy(instance: Instance, now: float) -> None:
    """An instance that has been up for long: its probe has already seen it."""
    probe = instance.probe
    probe.healthy = probe.passing = instance.passes_probe
    probe.changed_at = probe.passing_since = now
    probe.machine_runs = instance.power is Power.RUNNING
    instance.joined = True


def _note_machine(world: "World", instance: Instance) -> None:
    """A machine that begins to run starts the extension, which waits a while before it judges."""
    probe, runs = instance.probe, instance.power is Power.RUNNING
    if runs is probe.machine_runs:
        return
    probe.machine_runs = runs
    grace = instance.applied.health.grace if runs else 0.0
    probe.initializing_until = world.now + grace if grace else None
    if probe.initializing_until is not None:
        probe.changed_at = world.now
        world.schedule.at(probe.initializing_until, partial(_end_grace, world, instance, probe.initializing_until))


def _end_grace(world: "World", instance: Instance, until: float) -> None:
    if instance.probe.initializing_until == until:
        instance.probe.initializing_until = None
        instance.probe.changed_at = world.now
        changed(world, instance, "grace period over")


def _note_answer(world: "World", instance: Instance, reason: str) -> None:
    """Plans when the source will have seen so many equal answers that its state changes."""
    probe = instance.probe
    if instance.passes_probe is not probe.passing:
        probe.passing, probe.passing_since = instance.passes_probe, world.now
    if probe.passing is not probe.healthy and not probe.look_planned:
        probe.look_planned = True
        world.schedule.at(_decided_at(instance), partial(_look, world, instance, reason))


def _decided_at(instance: Instance) -> float:
    """The look that sees the last of the answers that it takes."""
    probe, settings = instance.probe, instance.applied.health
    first = probe.phase * settings.interval
    rounds = math.floor((probe.passing_since - first) / settings.interval) + settings.answers
    return first + rounds * settings.interval


def _look(world: "World", instance: Instance, reason: str) -> None:
    probe = instance.probe
    probe.look_planned = False
    if probe.passing is probe.healthy:
        return
    if (due := _decided_at(instance)) > world.now:
        # It answered otherwise in between: the count began anew.
        probe.look_planned = True
        world.schedule.at(due, partial(_look, world, instance, reason))
        return
    probe.healthy = probe.passing
    probe.changed_at = world.now
    probe.initializing_until = None
    instance.scale_set.balancer.rotation = None
    changed(world, instance, f"probe: {reason}")


def _keep_account(world: "World", instance: Instance, reason: str) -> None:
    in_service = instance.in_service
    account = instance.scale_set.account
    if not instance.joined:
        instance.joined = in_service
    elif in_service and instance.out:
        instance.out = False
        account.out_now -= 1
        _remember(world, instance.scale_set, instance, "in", reason)
    elif not in_service and not instance.out:
        instance.out = True
        account.out_now += 1
        account.most_out_at_once = max(account.most_out_at_once, account.out_now)
        _remember(world, instance.scale_set, instance, "out", reason)


def _remember(world: "World", scale_set: ScaleSet, instance: Instance, change: str, reason: str) -> None:
    scale_set.account.history.append(ServiceChange(world.now, instance.id, change, reason))

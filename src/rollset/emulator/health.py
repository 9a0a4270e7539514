"""How an instance's state becomes visible: the probe that looks at it, and the account of who is out of service.

Nothing polls. When the state of a guest changes, the one instant is planned at which its probe would notice.
"""

import math
from functools import partial
from random import Random
from typing import TYPE_CHECKING

from rollset.emulator import choices
from rollset.emulator.instance import Instance, Probe
from rollset.emulator.scaleset import ScaleSet, ServiceChange

if TYPE_CHECKING:
    from rollset.emulator.world import World


def new_probe(seed: int, key: str) -> Probe:
    """A probe whose looks fall at instants of its own, so that not all instances are looked at together."""
    chance = Random(f"{seed}/probe/{key}")  # noqa: S311  Repeatable, and keeps no secret.
    return Probe(phase=chance.uniform(0.0, choices.PROBE_SECONDS))


def changed(world: "World", instance: Instance, reason: str) -> None:
    """Something about the instance is different: render it anew, let its probe look, keep the account."""
    instance.fragments.clear()
    instance.etag = instance.scale_set.etag
    probe = instance.probe
    if instance.passes_probe != probe.healthy and not probe.look_planned:
        probe.look_planned = True
        world.schedule.at(_next_look(probe, world.now), partial(_look, world, instance, reason))
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
    instance.probe.healthy = instance.passes_probe
    instance.probe.changed_at = now
    instance.joined = True


def _next_look(probe: Probe, now: float) -> float:
    rounds = math.floor((now - probe.phase) / choices.PROBE_SECONDS) + 1
    return probe.phase + rounds * choices.PROBE_SECONDS


def _look(world: "World", instance: Instance, reason: str) -> None:
    probe = instance.probe
    probe.look_planned = False
    if instance.passes_probe == probe.healthy:
        return
    probe.healthy = instance.passes_probe
    probe.changed_at = world.now
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

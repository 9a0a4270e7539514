"""Autoscale: settings look at their set each minute and move its capacity.

The limits of the profile in force come first, then its rules. One rule that asks for more is enough; for less, all that
are about less must agree, and none may then ask for more again. Azure documentation: "Best practices for autoscale".
"""

from functools import partial
from typing import TYPE_CHECKING

from rollset.emulator import choices
from rollset.emulator.autoscaledocument import Profile, Rule
from rollset.emulator.autoscaleprofiles import in_force
from rollset.emulator.autoscalesettings import AutoscaleSetting
from rollset.emulator.modelwrite import write_set
from rollset.emulator.refusal import Refusal
from rollset.emulator.scaleset import ScaleSet

if TYPE_CHECKING:
    from rollset.emulator.world import World


def watch(world: "World", setting: AutoscaleSetting) -> None:
    """Looks each minute from now on, until the setting is written anew or deleted."""
    world.schedule.at(world.now + choices.AUTOSCALE_LOOK_SECONDS, partial(_look, world, setting))


def _look(world: "World", setting: AutoscaleSetting) -> None:
    if world.autoscale.get(setting.id) is not setting:
        return
    if setting.id.split("/")[4].lower() not in world.groups:
        world.autoscale.remove(setting.id)  # It went with its group.
        return
    scale_set = next((one for one in world.sets.values() if one.id.lower() == setting.plan.target), None)
    profile = in_force(setting.plan.profiles, world.now)
    if setting.plan.enabled and scale_set is not None and profile is not None:
        _scale(world, setting, scale_set, profile)
    watch(world, setting)


def _scale(world: "World", setting: AutoscaleSetting, scale_set: ScaleSet, profile: Profile) -> None:
    capacity = scale_set.capacity
    wanted = profile.clamped(capacity)
    if wanted == capacity:
        rested = world.now - setting.scaled_at
        wanted = profile.clamped(_by_rules(scale_set, profile, world.now, rested))
    if wanted == capacity or scale_set.provisioning_state == "Deleting":
        return
    try:
        write_set(world, scale_set, {"sku": {"capacity": wanted}})
    except Refusal:
        return  # The quota, say; it is tried again with the next look.
    setting.scaled_at = world.now


def _by_rules(scale_set: ScaleSet, profile: Profile, now: float, rested: float) -> int:
    """The capacity that the rules ask for; `rested` is how long ago the setting scaled last."""
    capacity = scale_set.capacity
    values = {rule: _value(scale_set, rule, now) for rule in profile.rules}
    if values and all(value is None for value in values.values()):
        return max(capacity, profile.default)  # Nobody knows how the set is.
    out = [rule for rule in profile.rules if rule.wanted(capacity) > capacity]
    down = [rule for rule in profile.rules if rule.wanted(capacity) < capacity]
    asking = [rule for rule in out if _asks(rule, values[rule]) and rested >= rule.cooldown]
    if asking:
        return max(rule.wanted(capacity) for rule in asking)
    if not down or not all(_asks(rule, values[rule]) and rested >= rule.cooldown for rule in down):
        return capacity
    wanted = max(rule.wanted(capacity) for rule in down)
    flaps = any(_would_ask(rule, values[rule], capacity, wanted) for rule in out)
    return capacity if flaps else wanted


def _value(scale_set: ScaleSet, rule: Rule, now: float) -> float | None:
    value = scale_set.metrics.aggregate(rule.metric, rule.aggregation, now - rule.window, now)
    return value / max(1, scale_set.capacity) if value is not None and rule.per_instance else value


def _asks(rule: Rule, value: float | None) -> bool:
    return value is not None and rule.holds(value)


def _would_ask(rule: Rule, value: float | None, capacity: int, wanted: int) -> bool:
    """Whether fewer instances, which share the same load, would be asked to be more again."""
    return value is not None and rule.holds(value * capacity / max(1, wanted))

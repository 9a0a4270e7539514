"""Which instances a rolling pass takes next."""

from collections.abc import Sequence

from rollset.emulator.instance import Instance
from rollset.emulator.rollinghealth import is_unhealthy
from rollset.emulator.rollingpolicy import RollingPolicy


def next_batch(waiting: Sequence[Instance], everyone: Sequence[Instance], policy: RollingPolicy) -> list[Instance]:
    """A batch out of those that wait: of one zone (unless the policy crosses zones) and of one update domain.

    It is never larger than the policy's share of everyone. Instances that are unhealthy already make it smaller, so
    that all who are out together stay within that share; one instance is always taken. The order of zones, and of
    instances inside a batch, is a choice of ours: by number.
    """
    if policy.unhealthy_first:
        waiting = [one for one in waiting if is_unhealthy(one)] or waiting
    ordered = sorted(waiting, key=lambda one: (*_domain(one, policy), one.number))
    same_domain = [one for one in ordered if _domain(one, policy) == _domain(ordered[0], policy)]
    size = policy.batch_size(len(everyone))
    spare = size - sum(1 for one in everyone if is_unhealthy(one))
    batch: list[Instance] = []
    for instance in same_domain[:size]:
        if is_unhealthy(instance):
            batch.append(instance)
        elif spare > 0:
            batch.append(instance)
            spare -= 1
    return batch or same_domain[:1]


def _domain(instance: Instance, policy: RollingPolicy) -> tuple[str, int]:
    zone = "" if policy.crosses_zones else instance.slot.zone or ""
    return zone, instance.slot.update_domain

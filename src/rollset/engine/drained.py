"""Whom hooks have made ready for an upgrade that Azure has not taken: perhaps drained, and nobody has put them back."""

from __future__ import annotations

from collections.abc import Iterable

from rollset.arm.operations import Operation
from rollset.core.ids import InstanceId
from rollset.core.outside.hooks import BEFORE, Hook
from rollset.engine import events


def drained_after(
    drained: frozenset[InstanceId], kept: Iterable[events.Kept], hooks: Iterable[Hook]
) -> frozenset[InstanceId]:
    """What an entry makes of them; who was parked, has failed or is back is told of elsewhere.

    Of a run that broke off between the intent and the answer nobody knows how far its hooks had got.
    """
    prepares = any(one.moment in BEFORE for one in hooks)
    for event in kept:
        match event:
            case events.Hooked(moment=moment, instances=instances) if moment in BEFORE:
                drained = drained.union(instances)
            case events.Answered(broke_off=True, instances=instances) if prepares:
                drained = drained.union(instances)
            case events.Answered(operation=Operation(), instances=instances) | events.Parked(instances=instances):
                drained = drained.difference(instances)
            case events.Proven(instance=one):
                drained = drained - {one}
            case events.Failed(failure=failure):
                drained = drained - {failure.instance}
    return drained

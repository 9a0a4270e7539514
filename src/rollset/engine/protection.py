"""Lifts the protection of instances for the time of their upgrade, and puts it back.

What is lifted stands in the journal before the first request goes out (`Asked.lifts`), so that however a run ends,
another knows what to put back. Both writes may be repeated: they say how it is to be.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from rollset.arm.errors import NoSuchInstance
from rollset.core.errors import RollsetError
from rollset.core.fleet import ScaleSet
from rollset.core.ids import InstanceId, natural
from rollset.core.selection import spoken_ids
from rollset.engine import events
from rollset.engine.news import Means, News


async def lift(means: Means, scale_set: ScaleSet, instances: Iterable[InstanceId]) -> None:
    """Lets actions of the set reach these.

    Raises:
        ArmError: Azure did not do it for one of them; the others may be lifted all the same.
    """
    for one in instances:
        await means.desk.check_ours()
        await means.azure.write_protection(scale_set.id, one, protected=False)


async def protect_again(means: Means, news: News, scale_set: ScaleSet, instances: Iterable[InstanceId]) -> None:
    """Protects these as they were, and says so one by one.

    Raises:
        ArmError: Azure did not do it for one of them.
    """
    for one in instances:
        await means.desk.check_ours()
        await means.azure.write_protection(scale_set.id, one, protected=True)
        news.add(events.ProtectedAgain(at=means.clock(), instance=one))


async def protect_all_again(means: Means, news: News, scale_set: ScaleSet) -> tuple[str, ...]:
    """The same for all that are lifted still; returns what an operator has to know, and never raises."""
    left: dict[InstanceId, RollsetError] = {}
    for one in sorted(news.state.lifted, key=natural):
        try:
            await protect_again(means, news, scale_set, [one])
        except NoSuchInstance:
            continue
        except RollsetError as error:
            left[one] = error
    return (_say_left(scale_set, left),) if left else ()


def _say_left(scale_set: ScaleSet, left: Mapping[InstanceId, RollsetError]) -> str:
    trouble = next(iter(left.values()))
    return (
        f"the protection of {spoken_ids(left)} could not be put back ({trouble}); run: az vmss update -g "
        f"{scale_set.id.resource_group} -n {scale_set.id.name} --instance-id ID --protect-from-scale-set-actions true"
    )

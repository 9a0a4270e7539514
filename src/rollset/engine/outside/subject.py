"""What a call is about, in words that its template and its environment may use."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from rollset.core.fleet import Fleet, Instance, ScaleSet
from rollset.core.ids import InstanceId
from rollset.engine.order import Order

PREFIX = "ROLLSET_"
"""What every variable of a command's environment begins with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """`facts` by name, as `{name}` in a template and as `ROLLSET_NAME` in an environment; `since` is for metrics.

    An address is no fact: it is looked up where a template names `{ip}`.
    """

    scale_set: ScaleSet
    instance: InstanceId | None = None
    at: float = 0.0
    """When it is asked."""
    since: float | None = None
    """Only what was measured from here on tells anything."""
    facts: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        whole = str(self.scale_set.id)
        return whole if self.instance is None else f"instance {self.instance} of {whole}"

    def environment(self) -> dict[str, str]:
        """The facts for a command."""
        return {f"{PREFIX}{name.upper()}": value for name, value in self.facts.items()}


def about_rollout(order: Order, **more: str) -> Subject:
    """The rollout as a whole."""
    scale_set = order.fleet.scale_set
    facts = {
        "rollout": order.id,
        "scale_set": scale_set.id.name,
        "resource_group": scale_set.id.resource_group,
        "subscription": scale_set.id.subscription,
        "image": str(order.job.image),
    }
    return Subject(scale_set=scale_set, facts={**facts, **more})


def about_batch(order: Order, instances: Iterable[InstanceId]) -> Subject:
    """Those that one request asks for."""
    return about_rollout(order, instances=" ".join(instances))


def about_instance(order: Order, fleet: Fleet, one: InstanceId, *, at: float, since: float | None = None) -> Subject:
    """One instance, as last seen."""
    scale_set = fleet.scale_set
    # An instance of a Uniform set has a number, and its name is made of that; of a Flexible one, the name is the id.
    name = f"{scale_set.id.name}_{one}" if one.isdecimal() else one
    facts = {"id": one, "instance": one, "name": name, **_places(fleet.by_id.get(one))}
    whole = about_rollout(order, **facts)
    return Subject(scale_set=scale_set, instance=one, at=at, since=since, facts=whole.facts)


def _places(seen: Instance | None) -> dict[str, str]:
    place = None if seen is None else seen.place
    values = {
        "zone": place and place.zone,
        "placement_group": place and place.placement_group,
        "update_domain": place and place.update_domain,
        "fault_domain": place and place.fault_domain,
    }
    return {name: "" if value is None else str(value) for name, value in values.items()}

"""Fleets drawn as strings: a line for each update domain, a letter for each instance, columns are fault domains.

o: outdated  n: new  u: being upgraded  s: new, not healthy yet  x: failed  p: protected  -: deallocated  !: unhealthy
d: being deleted  .: nobody
"""

from __future__ import annotations

from dataclasses import replace

from rollset.core.decide import Situation, survey
from rollset.core.fleet import (
    AzureError,
    Fleet,
    Health,
    HealthSource,
    Instance,
    Orchestration,
    Place,
    Power,
    Provisioning,
    ScaleSet,
    UpgradeMode,
)
from rollset.core.ids import InstanceId, ScaleSetId
from rollset.core.image import PlatformImage
from rollset.core.pace import Job
from rollset.core.plan import Plan, make_plan
from rollset.core.progress import Progress
from rollset.engine import events
from rollset.engine.order import Order
from rollset.engine.state import State
from rollset.faces.story import Story

OLD = PlatformImage(publisher="P", offer="Server", sku="S", version="1.0")
NEW = PlatformImage(publisher="P", offer="Server", sku="S", version="2.0")
JOB = Job(image=NEW)

_HEALTHY = Instance(
    id=InstanceId(""),
    place=Place(),
    image=OLD,
    latest_model_applied=True,
    provisioning=Provisioning.SUCCEEDED,
    power=Power.RUNNING,
    health=Health.HEALTHY,
)
_LETTERS = {
    "o": _HEALTHY,
    "n": replace(_HEALTHY, image=NEW),
    "u": replace(_HEALTHY, provisioning=Provisioning.UPDATING, health=Health.UNHEALTHY),
    "s": replace(_HEALTHY, image=NEW, health=Health.INITIALIZING),
    "x": replace(_HEALTHY, provisioning=Provisioning.FAILED, error=AzureError(code="OSProvisioningTimedOut")),
    "p": replace(_HEALTHY, protected=True),
    "-": replace(_HEALTHY, power=Power.DEALLOCATED, health=None),
    "!": replace(_HEALTHY, health=Health.UNHEALTHY),
    "d": replace(_HEALTHY, provisioning=Provisioning.DELETING),
}


def instances(drawn: str, *, first: int = 0, zone: str | None = None, group: str | None = None) -> tuple[Instance, ...]:
    """The instances of one grid, numbered from `first` line by line."""
    found: list[Instance] = []
    for update_domain, line in enumerate(drawn.split()):
        for fault_domain, letter in enumerate(line):
            if letter != ".":
                place = Place(zone=zone, placement_group=group, update_domain=update_domain, fault_domain=fault_domain)
                found.append(replace(_LETTERS[letter], id=InstanceId(str(first + len(found))), place=place))
    return tuple(found)


def situation(*grids: tuple[Instance, ...]) -> Situation:
    """The fleet of these grids in the middle of a rollout to the new image."""
    return survey(fleet(*grids), JOB, Progress())


def plan(*grids: tuple[Instance, ...]) -> Plan:
    return make_plan(fleet(*grids), JOB)


def story(*grids: tuple[Instance, ...]) -> Story:
    """The story of a rollout of these grids, at its first look."""
    order = Order.of(plan(*grids), id="web-20261123-0142-7kq", by="ann@host", begun_at=0.0)
    told = Story.of(State.begin(order))
    told.take(events.Looked(at=0.0, situation=situation(*grids)))
    return told


def fleet(*grids: tuple[Instance, ...]) -> Fleet:
    members = tuple(one for grid in grids for one in grid)
    scale_set = ScaleSet(
        id=ScaleSetId(subscription="s", resource_group="myrg", name="web"),
        location="westus",
        vm_size="Standard_D2s_v3",
        capacity=len(members),
        image=OLD,
        upgrade_mode=UpgradeMode.MANUAL,
        orchestration=Orchestration.UNIFORM,
        provisioning=Provisioning.SUCCEEDED,
        health_source=HealthSource.PROBE,
        etag=None,
    )
    return Fleet(scale_set=scale_set, instances=members)

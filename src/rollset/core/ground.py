"""What a plan stands on: all of the world whose change makes another plan of it, and nothing that changes by itself.

Health and etags come and go while nobody does anything, and what a rollout does about them is decided when it meets
them. Who exists, what runs which image, who is protected or stopped, and what the model says is what was agreed to. Of
health no more than what the promises of the plan hang on: whether somebody stays in service all the time, and where a
sick fleet is to be repaired, who is excused from the budget.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from rollset.core.canonical import digest, image_text
from rollset.core.fleet import Fleet, Instance, Place
from rollset.core.ids import InstanceId
from rollset.core.image import UnmanagedImage
from rollset.core.model.change import veiled
from rollset.core.pace import Job
from rollset.core.selection import spoken_ids
from rollset.core.standing import PARKED_POWER


@dataclass(frozen=True, slots=True, kw_only=True)
class Footing:
    """One instance, as far as a plan depends on it."""

    image: str | None
    place: Place = field(default_factory=Place)
    protected: bool = False
    """From what the job would do to it."""
    parked: bool = False
    """Stopped or deallocated."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """One set, as far as a plan depends on it. Names are as Azure writes them, and compared without regard to case."""

    scale_set: str
    unique_id: str | None
    image: str | None
    upgrade_mode: str
    orchestration: str
    capacity: int
    vm_size: str
    health_source: str
    automatic_os_upgrade: bool
    instances: Mapping[InstanceId, Footing]
    settings: Mapping[str, str | None] = field(default_factory=dict)
    """Members that the job changes beside the image, as they are."""
    ailing: frozenset[InstanceId] = frozenset()
    """Out of service before, and excused."""
    keep_one: bool = False
    """The plan leaves somebody in service at any moment."""

    @classmethod
    def of(cls, fleet: Fleet, job: Job) -> Ground:
        """The ground on which a plan of this job for this fleet stands."""
        scale_set = fleet.scale_set
        return cls(
            scale_set=scale_set.id.path,
            unique_id=scale_set.unique_id,
            image=image_text(scale_set.image),
            upgrade_mode=scale_set.upgrade_mode.value,
            orchestration=scale_set.orchestration.value,
            capacity=scale_set.capacity,
            vm_size=scale_set.vm_size,
            health_source=scale_set.health_source.value,
            automatic_os_upgrade=scale_set.automatic_os_upgrade,
            instances={one.id: _footing(one, job) for one in fleet.instances},
            settings={one.path: one.value for one in scale_set.settings if one.path in job.model.paths},
            ailing=job.ailing,
            keep_one=job.keep_one,
        )


def plan_hash(fleet: Fleet, job: Job, *, switch_policy: bool) -> str:
    """What was agreed to, in 64 digits: this job, on this ground; of what may be secret its fingerprint alone.

    What Azure reads is the same in any case; of what others read, the case counts.
    """
    ground, told = Ground.of(fleet, job), replace(job, model=veiled(job.model))
    agreed: dict[str, object] = {"ground": ground, "job": told, "switch_policy": switch_policy}
    if literal := [*job.gates, *job.hooks, *([job.image.uri] if isinstance(job.image, UnmanagedImage) else [])]:
        agreed["literal"] = digest(literal)
    return digest(agreed, fold_case=True)


def moved(then: Ground, now: Ground) -> tuple[str, ...]:
    """What is otherwise now, each in words; nothing where the same job makes the same plan."""
    if not _same(then.scale_set, now.scale_set) or then.unique_id != now.unique_id:
        return ("the scale set was deleted and made anew",)
    return (*_model(then, now), *_instances(then.instances, now.instances), *_service(then, now))


Change = tuple[str | None, str | None]
"""The image before, and the image now."""

_MODEL = (
    ("image", "the image of the model"),
    ("upgrade_mode", "the upgrade policy"),
    ("orchestration", "the orchestration mode"),
    ("capacity", "the capacity"),
    ("vm_size", "the VM size"),
    ("health_source", "the health source"),
    ("automatic_os_upgrade", "automatic OS upgrade"),
)


def _model(then: Ground, now: Ground) -> Iterator[str]:
    for name, words in _MODEL:
        before, after = getattr(then, name), getattr(now, name)
        if not _same(before, after):
            yield f"{words} was {_spoken(before)} and is {_spoken(after)}"
    for path in then.settings.keys() & now.settings.keys():
        if not _same(then.settings[path], now.settings[path]):
            yield f"{path} was {_spoken(then.settings[path])} and is {_spoken(now.settings[path])}"


def _instances(then: Mapping[InstanceId, Footing], now: Mapping[InstanceId, Footing]) -> Iterator[str]:
    yield from _told(now.keys() - then.keys(), "new since then")
    yield from _told(then.keys() - now.keys(), "gone since then")
    both = [(one, then[one], now[one]) for one in then if one in now]
    for (before, after), ids in _grouped((one, (old.image, new.image)) for one, old, new in both).items():
        yield from _told(ids, f"on {after or 'an unknown image'} instead of {before or 'an unknown image'}")
    yield from _told((one for one, old, new in both if new.protected and not old.protected), "protected now")
    yield from _told((one for one, old, new in both if old.protected and not new.protected), "not protected any more")
    yield from _told((one for one, old, new in both if new.parked and not old.parked), "stopped now")
    yield from _told((one for one, old, new in both if old.parked and not new.parked), "not stopped any more")
    yield from _told((one for one, old, new in both if old.place != new.place), "in another place")


def _service(then: Ground, now: Ground) -> Iterator[str]:
    there = then.instances.keys() & now.instances.keys()
    yield from _told((now.ailing - then.ailing) & there, "out of service now")
    yield from _told((then.ailing - now.ailing) & there, "not to be repaired any more")
    if then.keep_one and not now.keep_one:
        yield "somebody would have stayed in service at any moment, and now nobody might"
    if now.keep_one and not then.keep_one:
        yield "nobody might have stayed in service, and now somebody can"


def _grouped(changes: Iterable[tuple[InstanceId, Change]]) -> dict[Change, list[InstanceId]]:
    found: dict[Change, list[InstanceId]] = {}
    for one, (before, after) in changes:
        if not _same(before, after):
            found.setdefault((before, after), []).append(one)
    return found


def _told(ids: Iterable[InstanceId], what: str) -> Iterator[str]:
    if some := list(ids):
        yield f"instance{'s' if len(some) > 1 else ''} {spoken_ids(some)} {what}"


def _same(before: object, after: object) -> bool:
    folded = [one.lower() if isinstance(one, str) else one for one in (before, after)]
    return folded[0] == folded[1]


def _spoken(value: object) -> str:
    match value:
        case None:
            return "none"
        case bool():
            return "on" if value else "off"
        case _:
            return str(value)


def _footing(one: Instance, job: Job) -> Footing:
    return Footing(
        image=image_text(one.image),
        place=one.place,
        protected=one.protected or (job.surge is not None and one.protected_from_scale_in),
        parked=one.power in PARKED_POWER,
    )

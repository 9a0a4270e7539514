"""What a subscription may use at a location, and what it uses; growth beyond it is refused.

Counted from what exists: deallocated machines hold no cores, instances to spare are not counted (Azure documentation,
"Design considerations for scale sets").
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple

from rollset.emulator import choices
from rollset.emulator.instance import Instance, Power
from rollset.emulator.model import Model
from rollset.emulator.refusal import quota_exceeded
from rollset.emulator.regions import folded
from rollset.emulator.sizes import SIZES, cores_of, family_of

if TYPE_CHECKING:
    from rollset.emulator.scaleset import ScaleSet
    from rollset.emulator.world import World

CORES, SPOT_CORES, MACHINES, SETS = "cores", "lowPriorityCores", "virtualMachines", "virtualMachineScaleSets"
TEXTS = {
    CORES: "Total Regional vCPUs",
    SPOT_CORES: "Total Regional Spot vCPUs",
    MACHINES: "Virtual Machines",
    SETS: "Virtual Machine Scale Sets",
    "availabilitySets": "Availability Sets",
}
# As the refusal of Azure names them.
REFUSED_NAMES = {CORES: "Total Regional Cores", SPOT_CORES: "LowPriorityCores"}
LIMITS = {
    CORES: choices.QUOTA_CORES,
    SPOT_CORES: choices.QUOTA_CORES,
    MACHINES: choices.QUOTA_MACHINES,
    SETS: choices.QUOTA_SETS,
    "availabilitySets": choices.QUOTA_SETS,
}


class Usage(NamedTuple):
    """One line of the list of usages."""

    name: str
    text: str
    used: int
    limit: int


def usages(world: "World", location: str) -> list[Usage]:
    """Everything that is counted at a location: totals first, then the families of sizes."""
    used = _used(world, location)
    families = {family_of(size.name) for size in SIZES} | {name for name in used if name.endswith("Family")}
    names = [*TEXTS, *sorted(families)]
    return [Usage(name, text_of(name), used[name], limit_of(world, location, name)) for name in names]


def limit_of(world: "World", location: str, name: str) -> int:
    usual = LIMITS.get(name, choices.QUOTA_CORES)
    return world.quotas.get((folded(location), name.lower()), usual)


def text_of(name: str) -> str:
    family = name.removeprefix("standard").removesuffix("Family")
    return TEXTS.get(name, f"Standard {family} Family vCPUs")


def is_counted(name: str) -> bool:
    """Whether there is such a quota."""
    return name in TEXTS or (name.startswith("standard") and name.endswith("Family"))


def check(world: "World", location: str, model: Model, more: int, *, sets: int = 0) -> None:
    """Refuses so many machines more of a model, or so many sets more, where a quota has no room for them."""
    _refuse_beyond(world, location, _demand(model, more) + Counter({SETS: sets}))


def check_start(world: "World", location: str, instances: Iterable[Instance]) -> None:
    """Refuses to start deallocated machines where a quota has no room for their cores; machines they are already."""
    demand: Counter[str] = Counter()
    for model, number in Counter(one.applied for one in instances if one.power is Power.DEALLOCATED).items():
        demand += _demand(model, number)
    del demand[MACHINES]
    _refuse_beyond(world, location, demand)


def allows(world: "World", location: str, model: Model, more: int) -> bool:
    """Whether so many machines more of a model would be let in."""
    return next(_exceeded(world, location, _demand(model, more)), None) is None


def _refuse_beyond(world: "World", location: str, demand: Counter[str]) -> None:
    for usage, count in _exceeded(world, location, demand):
        shown = REFUSED_NAMES.get(usage.name, usage.name)
        raise quota_exceeded(shown, location, count, limit=usage.limit, used=usage.used)


def _exceeded(world: "World", location: str, demand: Counter[str]) -> Iterator[tuple[Usage, int]]:
    """The quotas that have no room for a demand, and how much of it is theirs."""
    used = _used(world, location)
    for name, count in demand.items():
        usage = Usage(name, text_of(name), used[name], limit_of(world, location, name))
        if usage.used + count > usage.limit:
            yield usage, count


def _used(world: "World", location: str) -> Counter[str]:
    used: Counter[str] = Counter()
    for scale_set in world.sets.values():
        if folded(scale_set.location) != folded(location):
            continue
        used[SETS] += 1
        for (model, is_off), number in _machines(scale_set).items():
            used += Counter({MACHINES: number}) if is_off else _demand(model, number)
    return used


def _machines(scale_set: "ScaleSet") -> Counter[tuple[Model, bool]]:
    """How many machines of each model are on and off; a set that has only stood so far is not looked into."""
    if scale_set.stand is not None:
        return Counter({(scale_set.model, False): scale_set.capacity})
    return Counter((one.applied, one.power is Power.DEALLOCATED) for one in scale_set.instances.values() if one.counts)


def _demand(model: Model, machines: int) -> Counter[str]:
    cores = machines * cores_of(model.size)
    if str(model.profile.get("priority", "")).lower() in ("spot", "low"):
        return Counter({MACHINES: machines, SPOT_CORES: cores})
    return Counter({MACHINES: machines, CORES: cores, family_of(model.size): cores})

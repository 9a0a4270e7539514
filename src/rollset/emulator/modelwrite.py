"""PUT and PATCH of a scale set: the document changes at once, its instances follow as the upgrade policy says."""

from collections.abc import Callable, Iterable
from functools import partial
from typing import TYPE_CHECKING

from rollset.emulator import changerules, choices, flexible, members, osschedule, quota, repairs, rolling, sizes
from rollset.emulator.defaults import completed, completed_policy, completed_profile, consistent, written
from rollset.emulator.documents import Json, at, fingerprint, merged, section
from rollset.emulator.model import Model
from rollset.emulator.operations import Operation
from rollset.emulator.overprovision import scale_out
from rollset.emulator.placement import Placement
from rollset.emulator.population import scale_in, stand_up
from rollset.emulator.refusal import Refusal, quota_exceeded
from rollset.emulator.regions import folded
from rollset.emulator.scaleset import ScaleSet
from rollset.emulator.tags import tags_of
from rollset.emulator.timestamps import azure_time
from rollset.emulator.upgrade import upgrade

if TYPE_CHECKING:
    from rollset.emulator.world import World


def new_set(world: "World", group: str, name: str, asked: Json) -> ScaleSet:
    """Makes a scale set without instances from a client's document; refuses what Compute refuses."""
    document = written(members.checked(asked))
    document["tags"] = tags_of(document) or {}
    changerules.check_new(world, document)
    key = f"{group}/{name}".lower()
    unique_id = world.guid()
    document = consistent(completed(document, unique_id=unique_id, created=azure_time(world.now)))
    document["location"] = folded(document["location"])
    scale_set = ScaleSet(
        id=f"{world.group_id(group)}/providers/Microsoft.Compute/virtualMachineScaleSets/{name}",
        group=group,
        name=name,
        location=document["location"],
        document=document,
        model=model_of(document),
        placement=placement_of(document, partial(world.guid, "group", key, unique_id)),
        created_at=world.now,
        flexible=flexible.is_flexible(document),
    )
    world.sets[key] = scale_set
    repairs.watch(world, scale_set)
    return scale_set


def placement_of(document: Json, new_id: Callable[[int], str]) -> Placement:
    """How the instances of a set with that document are spread; `new_id` names each placement group by its number."""
    zones = document.get("zones")
    domains = section(document, "properties").get("platformFaultDomainCount")
    return Placement(
        zones=tuple(zones) if isinstance(zones, list) else (),
        fault_domains=domains or (1 if zones else choices.FAULT_DOMAINS_MAX),
        new_id=new_id,
        update_domains=1 if flexible.is_flexible(document) else choices.UPDATE_DOMAINS,
    )


def create_set(world: "World", group: str, name: str, asked: Json) -> tuple[ScaleSet, Operation]:
    """A new set by PUT: its instances come up over time."""
    scale_set = new_set(world, group, name, asked)
    try:
        sizes.check(world, scale_set.model.size, scale_set)
        _check_quota(world, scale_set, scale_set.capacity)
    except Refusal:
        del world.sets[scale_set.key]
        raise
    operation = world.start_operation("create", scale_set.location, choices.POLL_CREATE, scale_set)
    scale_out(world, scale_set, scale_set.capacity, operation)
    world.release_after(operation, choices.MODEL_WRITE_SECONDS)
    return scale_set, operation


def stand_up_set(world: "World", group: str, name: str, asked: Json, numbers: Iterable[int] | None = None) -> ScaleSet:
    """A set whose instances have been up for long, as a fleet file asks for; by default they are 0, 1, 2, ..."""
    scale_set = new_set(world, group, name, asked)
    stand_up(world, scale_set, range(scale_set.capacity) if numbers is None else tuple(numbers))
    scale_set.settled_at = world.now
    return scale_set


def model_of(document: Json) -> Model:
    profile = section(document, "properties", "virtualMachineProfile")
    return Model(str(at(document, "sku", "name") or ""), profile)


def write_set(world: "World", scale_set: ScaleSet, asked: Json) -> tuple[Operation, int]:
    """Changes a set; answers the operation and how many instances it concerns (`x-ms-request-charge`)."""
    before, instances = scale_set.document, scale_set.instances
    document = _written_over(before, asked)
    changerules.check_change(world, scale_set, document)
    if (size := model_of(document).size) != scale_set.model.size:
        sizes.check(world, size, scale_set)
    more = int(at(document, "sku", "capacity") or 0) - scale_set.capacity
    if more > 0:
        _check_quota(world, scale_set, more)
    scale_set.document = document
    scale_set.placement.zones = tuple(document.get("zones") or ())
    scale_set.etag += 1
    model = model_of(document)
    model_changed = model.fingerprint != scale_set.model.fingerprint
    if model_changed:
        scale_set.model = model
    policies = [section(one, "properties", "upgradePolicy") for one in (before, document)]
    for instance in instances.values():
        instance.fragments.clear()
        instance.etag = scale_set.etag
    if (past := world.past.get(scale_set.key)) is not None:
        past.note_set(world.now)
    followed = _follow(world, scale_set, model_changed=model_changed, policy_changed=policies[0] != policies[1])
    osschedule.foresee(world, scale_set)
    repairs.watch(world, scale_set)
    return followed


def grow(world: "World", scale_set: ScaleSet, more: int, zone: str | None) -> Operation:
    """So many instances more, in a zone where one is named; the model stays."""
    changerules.check_growth(scale_set, more)
    _check_quota(world, scale_set, more)
    scale_set.change_capacity(more)
    scale_set.etag += 1
    operation = world.start_operation("update", scale_set.location, choices.POLL_UPDATE, scale_set)
    scale_out(world, scale_set, more, operation, zone)
    operation.release(world.now)
    return operation


def _check_quota(world: "World", scale_set: ScaleSet, more: int) -> None:
    """Refuses growth where a fault says that the quota is used up, or where it is."""
    if (fault := world.faults.for_growth(scale_set)) is not None:
        raise quota_exceeded(fault.name, scale_set.location, more)
    quota.check(world, scale_set.location, scale_set.model, more)


def _written_over(before: Json, asked: Json) -> Json:
    wanted = written(members.checked(asked))
    document = merged(before, wanted)
    properties = dict(section(document, "properties"))
    if "upgradePolicy" in properties:
        properties["upgradePolicy"] = completed_policy(section(properties, "upgradePolicy"))
    profile = section(properties, "virtualMachineProfile")
    if fingerprint(profile) != fingerprint(section(before, "properties", "virtualMachineProfile")):
        properties["virtualMachineProfile"] = completed_profile(profile, str(properties.get("timeCreated")))
    document["properties"] = properties
    if (tags := tags_of(wanted)) is not None:
        document["tags"] = tags
    return consistent(document)


def _follow(world: "World", scale_set: ScaleSet, *, model_changed: bool, policy_changed: bool) -> tuple[Operation, int]:
    missing = scale_set.capacity - sum(1 for one in scale_set.instances.values() if one.counts)
    if "sku" not in scale_set.document:
        missing = 0  # A Flexible set without a profile: its members are attached and deleted one by one.
    behind = [one for one in scale_set.instances.values() if not one.latest_model_applied]
    upgrades = scale_set.mode == "Automatic" and model_changed
    rolls = scale_set.mode == "Rolling"
    busy = missing != 0 or upgrades or rolls
    pauses = choices.POLL_UPDATE if busy else choices.POLL_MODEL_WRITE
    operation = world.start_operation("update", scale_set.location, pauses, scale_set)
    if missing > 0:
        scale_out(world, scale_set, missing, operation)
    elif missing < 0:
        scale_in(world, scale_set, -missing, operation)
    if upgrades:
        for instance in behind:
            upgrade(world, instance, operation)
    if rolls:
        rolling.follow_write(world, scale_set, operation, changed=model_changed or policy_changed)
    elif policy_changed:
        rolling.supersede(world, scale_set)
    world.release_after(operation, choices.MODEL_WRITE_SECONDS)
    # A pass costs one, however many instances it will take (recorded).
    return operation, abs(missing) + (len(behind) if upgrades else int(rolls))

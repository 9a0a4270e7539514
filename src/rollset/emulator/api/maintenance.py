"""Actions that move no image: maintenance, approval, eviction, platform walks, placement groups, zones, scale-out."""

from functools import partial

from rollset.emulator import choices, deferral, flexible
from rollset.emulator.api.call import Call, accepted
from rollset.emulator.api.instances import find_instance, named
from rollset.emulator.documents import at
from rollset.emulator.http import Reply
from rollset.emulator.instance import Instance
from rollset.emulator.modelwrite import grow
from rollset.emulator.placement import in_zone
from rollset.emulator.population import delete
from rollset.emulator.power import ACTIONS, act
from rollset.emulator.refusal import invalid_value, missing_parameter, operation_not_allowed, refuse
from rollset.emulator.scaleset import ScaleSet
from rollset.emulator.world import World

SINGLE_GROUP = "singlePlacementGroup"


def perform_maintenance(call: Call) -> Reply:
    """No instance here is ever due for maintenance, so Azure's refusal is the answer."""
    due = [find_instance(call)] if call.path.keys() & {"instance", "machine"} else named(call, unnamed=["*"])
    if not due:
        return _done(call, call.scale_set, "performMaintenance")
    raise operation_not_allowed(
        f"Operation 'performMaintenance' is not allowed on VM '{due[0].name}' since the Subscription of this VM is not "
        "eligible."
    )


def approve_rolling_upgrade(call: Call) -> Reply:
    """Releases OS upgrades that wait for approval: of one instance, of those named, or of all where none is named."""
    scale_set = call.scale_set
    instances = [find_instance(call)] if "instance" in call.path else named(call, unnamed=["*"])
    deferral.approve(call.world, scale_set, instances)
    return _done(call, scale_set, "approveRollingUpgrade")


def simulate_eviction(call: Call) -> Reply:
    """204 at once; a little later the Spot machine is deallocated or deleted, as its policy says."""
    instance = find_instance(call)
    if str(instance.applied.profile.get("priority", "")).lower() not in ("spot", "low"):
        raise operation_not_allowed("Operation 'simulateEviction' is allowed only for Spot Virtual Machines")
    world = call.world
    world.schedule.at(world.now + choices.EVICTION_NOTICE_SECONDS, partial(_evict, world, instance))
    return Reply(204)


def walk_platform_update_domain(call: Call) -> Reply:
    """Service Fabric's own walk: answers which update domain is next, null after the last."""
    flexible.refuse_of(
        call.scale_set, "VirtualMachineScaleSets.forceRecoveryServiceFabricPlatformUpdateDomainWalk.POST"
    )
    text = call.request.query.get("platformupdatedomain")
    if text is None:
        raise missing_parameter("platformUpdateDomain")
    if not (text.isascii() and text.isdigit() and int(text[:9]) < choices.UPDATE_DOMAINS):
        raise invalid_value("platformUpdateDomain", text)
    zone, group = call.request.query.get("zone"), call.request.query.get("placementgroupid")
    there = {
        one.slot.update_domain
        for one in call.scale_set.instances.values()
        if zone in (None, one.slot.zone) and group in (None, one.slot.placement_group)
    }
    following = min((domain for domain in there if domain > int(text)), default=None)
    return Reply.json({"walkPerformed": int(text) in there, "nextPlatformUpdateDomain": following})


def convert_to_single_placement_group(call: Call) -> Reply:
    """Synchronous. Every instance must stand in the one group that stays."""
    scale_set = call.scale_set
    flexible.refuse_of(scale_set, "VirtualMachineScaleSets.convertToSinglePlacementGroup.POST")
    groups = {one.slot.placement_group for one in scale_set.instances.values()}
    active = call.request.document().get("activePlacementGroupId")
    if active and active not in groups:
        raise invalid_value("activePlacementGroupId", active)
    if len(groups) > 1:
        raise operation_not_allowed(
            f"Virtual Machine Scale Set '{scale_set.name}' has instances in {len(groups)} placement groups. Delete "
            "those outside the active placement group first."
        )
    scale_set.document = {**scale_set.document, "properties": {**scale_set.properties, SINGLE_GROUP: True}}
    return Reply(200)


def scale_out(call: Call) -> Reply:
    """So many instances more, in the zone that is named."""
    scale_set, asked = call.scale_set, call.request.document()
    _since(call, "2025-04-01", "scaleOut")
    more = asked.get("capacity")
    if not isinstance(more, int) or isinstance(more, bool) or not 0 < more <= choices.CAPACITY_MAX:
        raise invalid_value("capacity", more)
    zone = at(asked, "properties", "zone")
    if zone is not None and zone not in scale_set.placement.zones:
        raise invalid_value("properties.zone", zone)
    operation = grow(call.world, scale_set, more, zone)
    return accepted(call, operation, more)


def migrate_zone(call: Call) -> Reply:
    """Moves the named instances to another zone of the set, each by a start on another host."""
    world, scale_set = call.world, call.scale_set
    _since(call, "2026-04-01", "migrateVMAvailabilityZone")
    zone = call.request.document().get("targetZone")
    if zone not in scale_set.placement.zones:
        raise invalid_value("targetZone", zone)
    moving = [one for one in named(call) if one.slot.zone != zone]
    if not moving:
        return Reply(204)
    operation = world.start_operation("redeploy", scale_set.location, choices.POLL_ACTION, scale_set)
    for instance in moving:
        instance.slot = in_zone(scale_set.placement, instance.number, str(zone))
        act(world, instance, ACTIONS["redeploy"], operation)
    operation.release(world.now)
    return accepted(call, operation, len(moving))


def _done(call: Call, scale_set: ScaleSet, kind: str) -> Reply:
    """Accepted, and over in a moment."""
    operation = call.world.start_operation(kind, scale_set.location, choices.POLL_ACTION, scale_set)
    call.world.release_after(operation, choices.MODEL_WRITE_SECONDS)
    return accepted(call, operation, 0)


def _evict(world: World, instance: Instance) -> None:
    scale_set = instance.scale_set
    if scale_set.instances.get(instance.id) is not instance:
        return
    operation = world.start_operation("evict", scale_set.location, choices.POLL_ACTION, scale_set)
    if str(instance.applied.profile.get("evictionPolicy", "Deallocate")).lower() == "delete":
        scale_set.change_capacity(-int(instance.counts))
        delete(world, instance, operation)
    else:
        act(world, instance, ACTIONS["deallocate"], operation)
    operation.release(world.now)


def _since(call: Call, api_version: str, action: str) -> None:
    if call.request.api_version < api_version:
        raise refuse(404, "NotFound", f"The action '{action}' came with api-version {api_version}.")

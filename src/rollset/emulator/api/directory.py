"""Tenants, subscriptions, locations, resource groups, providers."""

from rollset.emulator.api.call import Call
from rollset.emulator.documents import Json
from rollset.emulator.http import Reply
from rollset.emulator.population import remove
from rollset.emulator.refusal import group_not_found, location_required, refuse
from rollset.emulator.regions import REGIONS, Region, folded
from rollset.emulator.world import ResourceGroup, World

COMPUTE_TYPES = (
    "availabilitySets",
    "galleries",
    "galleries/images",
    "galleries/images/versions",
    "images",
    "locations",
    "locations/operations",
    "locations/publishers",
    "locations/usages",
    "locations/vmSizes",
    "virtualMachineScaleSets",
    "virtualMachineScaleSets/virtualMachines",
    "virtualMachines",
)


def list_tenants(call: Call) -> Reply:
    tenant = call.world.tenant_id
    return Reply.json({"value": [{"id": f"/tenants/{tenant}", "tenantId": tenant, "displayName": "Emulated"}]})


def list_subscriptions(call: Call) -> Reply:
    return Reply.json({"value": [_subscription(call.world)], "count": {"type": "Total", "value": 1}})


def get_subscription(call: Call) -> Reply:
    return Reply.json(_subscription(call.world))


def list_locations(call: Call) -> Reply:
    base = f"/subscriptions/{call.world.subscription_id}/locations"
    return Reply.json({"value": [_location(base, region) for region in REGIONS]})


def list_groups(call: Call) -> Reply:
    return Reply.json({"value": [_group(call.world, one) for one in call.world.groups.values()]})


def get_group(call: Call) -> Reply:
    return Reply.json(_group(call.world, call.world.find_group(call.path["group"])))


def head_group(call: Call) -> Reply:
    known = call.path["group"].lower() in call.world.groups
    return Reply(204 if known else 404)


def put_group(call: Call) -> Reply:
    asked = call.request.document()
    existing = call.world.groups.get(call.path["group"].lower())
    location = asked.get("location")
    if existing is None and not isinstance(location, str):
        raise location_required()
    if existing is not None and isinstance(location, str) and folded(location) != folded(existing.location):
        raise refuse(
            409,
            "InvalidResourceGroupLocation",
            f"Invalid resource group location '{location[:40]}'. The Resource group already exists in location "
            f"'{existing.location}'.",
        )
    group = call.world.add_group(call.path["group"], folded(str(location)))
    tags = asked.get("tags")
    group.tags = tags if isinstance(tags, dict) else group.tags
    return Reply.json(_group(call.world, group), 201 if existing is None else 200)


def delete_group(call: Call) -> Reply:
    """Goes at once with everything in it; Azure takes minutes."""
    world, name = call.world, call.path["group"].lower()
    if name not in world.groups:
        raise group_not_found(call.path["group"])
    for scale_set in [one for one in world.sets.values() if one.group.lower() == name]:
        for instance in list(scale_set.instances.values()):
            remove(instance)
        del world.sets[scale_set.key]
    del world.groups[name]
    return Reply(200)


def get_provider(call: Call) -> Reply:
    return Reply.json(_provider(call))


def _location(base: str, region: Region) -> Json:
    return {
        "id": f"{base}/{region.name}",
        "name": region.name,
        "type": "Region",
        "displayName": region.display_name,
        "regionalDisplayName": f"({region.geography}) {region.display_name}",
        "metadata": {
            "regionType": "Physical",
            "regionCategory": "Recommended",
            "geographyGroup": region.geography,
            "longitude": str(region.longitude),
            "latitude": str(region.latitude),
        },
    }


def _subscription(world: World) -> Json:
    return {
        "id": f"/subscriptions/{world.subscription_id}",
        "authorizationSource": "RoleBased",
        "managedByTenants": [],
        "subscriptionId": world.subscription_id,
        "tenantId": world.tenant_id,
        "displayName": "Emulated subscription",
        "state": "Enabled",
        "subscriptionPolicies": {
            "locationPlacementId": "Public_2014-09-01",
            "quotaId": "PayAsYouGo_2014-09-01",
            "spendingLimit": "Off",
        },
    }


def _group(world: World, group: ResourceGroup) -> Json:
    return {
        "id": world.group_id(group.name),
        "name": group.name,
        "type": "Microsoft.Resources/resourceGroups",
        "location": group.location,
        "tags": group.tags,
        "properties": {"provisioningState": "Succeeded"},
    }


def _provider(call: Call) -> Json:
    namespace = call.path["namespace"]
    names = COMPUTE_TYPES if namespace.lower() == "microsoft.compute" else ()
    locations = [region.display_name for region in REGIONS]
    return {
        "id": f"/subscriptions/{call.world.subscription_id}/providers/{namespace}",
        "namespace": namespace,
        "registrationState": "Registered",
        "registrationPolicy": "RegistrationRequired",
        "resourceTypes": [
            {"resourceType": name, "locations": locations, "apiVersions": ["2024-07-01", "2019-03-01"]}
            for name in names
        ],
    }

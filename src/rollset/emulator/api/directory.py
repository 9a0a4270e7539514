"""Tenants, subscriptions, locations, providers."""

from rollset.emulator.api.call import Call
from rollset.emulator.documents import Json
from rollset.emulator.http import Reply
from rollset.emulator.refusal import refuse
from rollset.emulator.regions import REGIONS, Region
from rollset.emulator.world import World

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
    "locations/communityGalleries",
    "locations/sharedGalleries",
    "virtualMachineScaleSets",
    "virtualMachineScaleSets/extensions",
    "virtualMachineScaleSets/virtualMachines",
    "virtualMachineScaleSets/virtualMachines/extensions",
    "virtualMachines",
    "virtualMachines/extensions",
)
TYPES: dict[str, tuple[str, ...]] = {
    "Microsoft.Authorization": ("locks",),
    "Microsoft.Compute": COMPUTE_TYPES,
    "Microsoft.Insights": ("autoscaleSettings",),
    "Microsoft.ManagedIdentity": (),
    "Microsoft.Network": (),
    "Microsoft.ResourceGraph": ("resources",),
    "Microsoft.Resources": ("resourceGroups", "subscriptions", "tenants"),
    "Microsoft.Storage": (),
}
# Any date works; these are told.
API_VERSIONS = ("2026-04-01", "2025-04-01", "2024-11-01", "2024-07-01", "2023-09-01", "2021-07-01", "2019-03-01")


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


def list_providers(call: Call) -> Reply:
    return Reply.json({"value": [_provider(call.world, namespace) for namespace in TYPES]})


def get_provider(call: Call) -> Reply:
    """All that are here are registered from the start."""
    asked = call.path["namespace"]
    namespace = next((one for one in TYPES if one.lower() == asked.lower()), None)
    if namespace is None:
        raise refuse(404, "InvalidResourceNamespace", f"The resource namespace '{asked[:80]}' is invalid.")
    return Reply.json(_provider(call.world, namespace))


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


def _provider(world: World, namespace: str) -> Json:
    locations = [region.display_name for region in REGIONS]
    return {
        "id": f"/subscriptions/{world.subscription_id}/providers/{namespace}",
        "namespace": namespace,
        "registrationState": "Registered",
        "registrationPolicy": "RegistrationRequired",
        "resourceTypes": [
            {"resourceType": name, "locations": locations, "apiVersions": list(API_VERSIONS), "capabilities": "None"}
            for name in TYPES[namespace]
        ],
    }

"""Small lists that tools ask for beside scale sets: sizes, skus, usages, resources."""

import re

from rollset.emulator.api.call import Call
from rollset.emulator.changerules import capacity_limit
from rollset.emulator.documents import Json
from rollset.emulator.http import Reply
from rollset.emulator.instance import Power
from rollset.emulator.regions import folded
from rollset.emulator.render import SET_TYPE

# Name, cores, memory in MB.
SIZES = (
    ("Standard_A1_v2", 1, 2048),
    ("Standard_DS1_v2", 1, 3584),
    ("Standard_DS2_v2", 2, 7168),
    ("Standard_D2s_v3", 2, 8192),
    ("Standard_D4s_v3", 4, 16384),
    ("Standard_D2s_v5", 2, 8192),
    ("Standard_D4s_v5", 4, 16384),
)
CORES = {name.lower(): cores for name, cores, _ in SIZES}
_BY_LOCATION = re.compile(r"location eq '([^']*)'", re.IGNORECASE)
CORES_MAX = 100_000
SETS_MAX = 2_500


def list_sizes(_call: Call) -> Reply:
    return Reply.json(
        {
            "value": [
                {
                    "name": name,
                    "numberOfCores": cores,
                    "osDiskSizeInMB": 1_047_552,
                    "resourceDiskSizeInMB": 2 * memory,
                    "memoryInMB": memory,
                    "maxDataDiskCount": 4 * cores,
                }
                for name, cores, memory in SIZES
            ]
        }
    )


def list_set_skus(call: Call) -> Reply:
    """The sizes that a set may have; the largest capacity follows its placement groups."""
    capacity: Json = {
        "minimum": 0,
        "maximum": capacity_limit(call.scale_set.document, call.scale_set.model),
        "defaultCapacity": 1,
        "scaleType": "Automatic",
    }
    return Reply.json(
        {
            "value": [
                {"resourceType": SET_TYPE, "sku": {"name": name, "tier": "Standard"}, "capacity": capacity}
                for name, *_ in SIZES
            ]
        }
    )


def list_compute_skus(call: Call) -> Reply:
    """Only the filter by location works, in Azure as here."""
    wanted = _BY_LOCATION.search(call.request.query.get("$filter", ""))
    location = "westus" if wanted is None else wanted[1].lower()
    return Reply.json(
        {
            "value": [
                {
                    "resourceType": "virtualMachines",
                    "name": name,
                    "tier": "Standard",
                    "size": name.partition("_")[2],
                    "locations": [location],
                    "capabilities": [{"name": "vCPUs", "value": str(cores)}],
                    "restrictions": [],
                }
                for name, cores, _ in SIZES
            ]
        }
    )


def list_usages(call: Call) -> Reply:
    """Cores and sets in use at the location; deallocated machines hold no cores."""
    location = folded(call.path["location"])
    sets = [one for one in call.world.sets.values() if folded(one.location) == location]
    cores = sum(
        CORES.get(instance.applied.size.lower(), 2)
        for one in sets
        for instance in one.instances.values()
        if instance.power is not Power.DEALLOCATED
    )
    rows = (
        ("cores", "Total Regional vCPUs", cores, CORES_MAX),
        ("virtualMachineScaleSets", "Virtual Machine Scale Sets", len(sets), SETS_MAX),
    )
    return Reply.json(
        {
            "value": [
                {
                    "limit": limit,
                    "unit": "Count",
                    "currentValue": used,
                    "name": {"value": name, "localizedValue": text},
                }
                for name, text, used, limit in rows
            ]
        }
    )


def list_resources(call: Call) -> Reply:
    """Every scale set in short, as `az resource list` asks."""
    return Reply.json(
        {
            "value": [
                {"id": one.id, "name": one.name, "type": SET_TYPE, "location": one.location}
                for one in call.world.sets.values()
            ]
        }
    )

"""Small lists that tools ask for beside scale sets: sizes, skus, usages and their limits."""

import re

from rollset.emulator import quota
from rollset.emulator.api.call import Call
from rollset.emulator.changerules import capacity_limit
from rollset.emulator.documents import Json
from rollset.emulator.http import Reply
from rollset.emulator.refusal import invalid_value
from rollset.emulator.regions import REGIONS, folded
from rollset.emulator.resourcetypes import SET_TYPE
from rollset.emulator.sizes import SIZES, Size, family_of

_BY_LOCATION = re.compile(r"location eq '([^']*)'", re.IGNORECASE)
ZONES = ["1", "2", "3"]
DISK_SKUS = (("Premium_LRS", "P10"), ("StandardSSD_LRS", "E10"), ("Standard_LRS", "S10"))
LIMIT_MAX = 10_000_000


def list_sizes(_call: Call) -> Reply:
    return Reply.json(
        {
            "value": [
                {
                    "name": size.name,
                    "numberOfCores": size.cores,
                    "osDiskSizeInMB": 1_047_552,
                    "resourceDiskSizeInMB": 2 * size.memory_mb,
                    "memoryInMB": size.memory_mb,
                    "maxDataDiskCount": size.data_disks,
                }
                for size in SIZES
            ]
        }
    )


def list_set_skus(call: Call) -> Reply:
    """The sizes that a set may have; the largest capacity follows its placement groups and its image."""
    capacity: Json = {
        "minimum": 0,
        "maximum": capacity_limit(call.scale_set.document, call.scale_set.model),
        "defaultCapacity": 1,
        "scaleType": "Automatic",
    }
    return Reply.json(
        {
            "value": [
                {"resourceType": SET_TYPE, "sku": {"name": size.name, "tier": "Standard"}, "capacity": capacity}
                for size in SIZES
            ]
        }
    )


def list_compute_skus(call: Call) -> Reply:
    """Machines, availability sets and disks, once for each location; only the filter by location works, as in Azure."""
    text = call.request.query.get("$filter", "")
    wanted = _BY_LOCATION.search(text)
    if text and wanted is None:
        raise invalid_value("$filter", text)
    locations = [region.name for region in REGIONS] if wanted is None else [folded(wanted[1])]
    return Reply.json({"value": [sku for location in locations for sku in _skus(location)]})


def list_usages(call: Call) -> Reply:
    """What is in use at the location; deallocated machines hold no cores."""
    return Reply.json(
        {
            "value": [
                {
                    "limit": row.limit,
                    "unit": "Count",
                    "currentValue": row.used,
                    "name": {"value": row.name, "localizedValue": row.text},
                }
                for row in quota.usages(call.world, folded(call.path["location"]))
            ]
        }
    )


def set_quota(call: Call) -> Reply:
    """The emulator's own: another limit at a location."""
    asked = call.request.document()
    name, location, limit = asked.get("name"), asked.get("location"), asked.get("limit")
    if not (isinstance(name, str) and quota.is_counted(name)):
        raise invalid_value("name", name)
    if not isinstance(location, str):
        raise invalid_value("location", location)
    if not isinstance(limit, int) or isinstance(limit, bool) or not 0 <= limit <= LIMIT_MAX:
        raise invalid_value("limit", limit)
    call.world.quotas[folded(location), name.lower()] = limit
    return list_quotas(call)


def list_quotas(call: Call) -> Reply:
    rows = sorted(call.world.quotas.items())
    return Reply.json({"quotas": [{"location": place, "name": name, "limit": limit} for (place, name), limit in rows]})


def _skus(location: str) -> list[Json]:
    zones = [{"location": location, "zones": ZONES, "zoneDetails": []}]
    machines = [_machine_sku(size) for size in SIZES]
    aligned: list[Json] = [
        {
            "resourceType": "availabilitySets",
            "name": name,
            "capabilities": [{"name": "MaximumPlatformFaultDomainCount", "value": "3"}],
        }
        for name in ("Classic", "Aligned")
    ]
    disks: list[Json] = [
        {"resourceType": "disks", "name": name, "tier": name.partition("_")[0], "size": size, "capabilities": []}
        for name, size in DISK_SKUS
    ]
    return [
        {**one, "locations": [location], "locationInfo": zones, "restrictions": []}
        for one in (*machines, *aligned, *disks)
    ]


def _machine_sku(size: Size) -> Json:
    told = {
        "vCPUs": str(size.cores),
        "vCPUsAvailable": str(size.cores),
        "MemoryGB": f"{size.memory_mb / 1024:g}",
        "MaxDataDiskCount": str(size.data_disks),
        "OSVhdSizeMB": "1047552",
        "MaxResourceVolumeMB": str(2 * size.memory_mb),
        "HyperVGenerations": size.generations,
        "CpuArchitectureType": size.architecture,
        "PremiumIO": str("s" in size.name.partition("_")[2].lower()),
        "LowPriorityCapable": "True",
        "EncryptionAtHostSupported": "True",
    }
    return {
        "resourceType": "virtualMachines",
        "name": size.name,
        "tier": "Standard",
        "size": size.name.partition("_")[2],
        "family": family_of(size.name),
        "capabilities": [{"name": name, "value": value} for name, value in told.items()],
    }

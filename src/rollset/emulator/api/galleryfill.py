"""What Compute adds to images, galleries and their versions that a client wrote.

As answers in the recorded tests of the Azure CLI show it (2018 to 2024).
"""

from collections.abc import Callable

from rollset.emulator.api.call import Call
from rollset.emulator.documents import Json, at, section
from rollset.emulator.regions import display_name
from rollset.emulator.timestamps import azure_time

Fill = Callable[[Call, Json], Json]


def _fill_image(_call: Call, properties: Json) -> Json:
    return {"hyperVGeneration": "V1", **properties}


def _fill_gallery(call: Call, properties: Json) -> Json:
    sharing = dict(section(properties, "sharingProfile"))
    prefix = at(sharing, "communityGalleryInfo", "publicNamePrefix")
    if str(sharing.get("permissions", "")).lower() == "community" and isinstance(prefix, str):
        names = at(sharing, "communityGalleryInfo", "publicNames") or [f"{prefix}-{call.world.guid(prefix)}"]
        sharing["communityGalleryInfo"] = {**sharing["communityGalleryInfo"], "publicNames": names}
    unique = f"{call.world.subscription_id}-{call.path['gallery'].upper()}"
    return {
        **properties,
        "identifier": {"uniqueName": unique},
        **({"sharingProfile": sharing} if sharing else {}),
        "softDeletePolicy": {"isSoftDeleteEnabled": False},
    }


def _fill_gallery_image(_call: Call, properties: Json) -> Json:
    return {"hyperVGeneration": "V1", "architecture": "x64", "osState": "Generalized", **properties}


def _fill_version(call: Call, properties: Json) -> Json:
    profile = section(properties, "publishingProfile")
    storage = str(profile.get("storageAccountType", "Standard_LRS"))
    regions = profile.get("targetRegions") or [{"name": call.request.document().get("location", "westus")}]
    filled = [
        {
            "regionalReplicaCount": 1,
            "storageAccountType": storage,
            **one,
            "name": display_name(str(one.get("name", ""))),
        }
        for one in regions
        if isinstance(one, dict)
    ]
    return {
        **properties,
        "publishingProfile": {
            "replicaCount": 1,
            "excludeFromLatest": False,
            "publishedDate": azure_time(call.world.now),
            "storageAccountType": storage,
            **profile,
            "targetRegions": filled,
        },
        "storageProfile": {
            "osDiskImage": {"sizeInGB": 30, "hostCaching": "ReadWrite"},
            **section(properties, "storageProfile"),
        },
        "safetyProfile": {
            "reportedForPolicyViolation": False,
            "allowDeletionOfReplicatedLocations": False,
            **section(properties, "safetyProfile"),
        },
    }


FILLS: dict[str, Fill] = {
    "images": _fill_image,
    "galleries": _fill_gallery,
    "galleries/images": _fill_gallery_image,
    "galleries/images/versions": _fill_version,
}

"""Platform images: publishers, offers, skus, versions; bare arrays, ids with Azure's own capitals."""

from rollset.emulator.api.call import Call
from rollset.emulator.documents import Json
from rollset.emulator.http import Reply
from rollset.emulator.images import Offered, image_not_found, version_order
from rollset.emulator.refusal import invalid_value


def list_publishers(call: Call) -> Reply:
    return _named(call, call.world.images.publishers(), "")


def list_offers(call: Call) -> Reply:
    publisher = call.path["publisher"]
    return _named(call, call.world.images.offers(publisher), f"/{publisher}/ArtifactTypes/VMImage/Offers")


def list_skus(call: Call) -> Reply:
    publisher, offer = call.path["publisher"], call.path["offer"]
    place = f"/{publisher}/ArtifactTypes/VMImage/Offers/{offer}/Skus"
    return _named(call, call.world.images.skus(publisher, offer), place)


def list_versions(call: Call) -> Reply:
    """An unknown sku has no versions: an empty array."""
    offered = _offered(call)
    if offered is None:
        return Reply.json([])
    versions = sorted(offered.versions, key=version_order)
    order = call.request.query.get("$orderby", "name asc").lower().split()
    if order not in (["name"], ["name", "asc"], ["name", "desc"]):
        raise invalid_value("$orderby", " ".join(order))
    if order[-1] == "desc":
        versions.reverse()
    versions = versions[: call.request.whole_number("$top", len(versions) or 1)]
    expands = call.request.query.get("$expand", "").lower().startswith("properties")
    return Reply.json([_version_item(call, offered, version, expands=expands) for version in versions])


def get_version(call: Call) -> Reply:
    offered, version = _offered(call), call.path["version"]
    if offered is not None and offered.versions and version.lower() == "latest":
        version = offered.versions[-1]
    if offered is None or version not in offered.versions:
        names = (call.path["publisher"], call.path["offer"], call.path["sku"])
        raise image_not_found(names, version, call.path["location"])
    document = _version_item(call, offered, version, expands=False)
    properties: Json = {
        "hyperVGeneration": offered.hyper_v_generation,
        "architecture": offered.architecture,
        "replicaType": "Unmanaged",
        "disallowed": {"vmDiskType": "None"},
        "automaticOSUpgradeProperties": {"automaticOSUpgradeSupported": True},
        "imageDeprecationStatus": call.world.images.deprecation(offered.urn, version).document(),
        **({} if offered.plan is None else {"plan": offered.plan.document()}),
        "features": [{"name": "IsAcceleratedNetworkSupported", "value": "True"}],
        "osDiskImage": {"operatingSystem": offered.os_type, "sizeInBytes": 136_367_309_312},
        "dataDiskImages": [],
    }
    return Reply.json({"properties": properties, **document})


def list_in_edge_zone(call: Call) -> Reply:
    """Every version of every sku, as an edge zone lists them."""
    catalogue = call.world.images
    known = (catalogue.find(one.urn.publisher, one.urn.offer, one.urn.sku, call.path["location"]) for one in catalogue)
    items = [
        _version_item(call, one, version, expands=False) for one in known if one is not None for version in one.versions
    ]
    return Reply.json({"value": items})


def _offered(call: Call) -> Offered | None:
    return call.world.images.find(call.path["publisher"], call.path["offer"], call.path["sku"], call.path["location"])


def _named(call: Call, names: list[str], place: str) -> Reply:
    location = call.path["location"]
    base = f"{_publishers(call)}{place}"
    return Reply.json([{"location": location, "name": name, "id": f"{base}/{name}"} for name in names])


def _publishers(call: Call) -> str:
    zone = f"/EdgeZones/{call.path['zone']}" if "zone" in call.path else ""
    return (
        f"/Subscriptions/{call.world.subscription_id}/Providers/Microsoft.Compute/Locations/{call.path['location']}"
        f"{zone}/Publishers"
    )


def _version_item(call: Call, offered: Offered, version: str, *, expands: bool) -> Json:
    urn = offered.urn
    place = f"{urn.publisher}/ArtifactTypes/VMImage/Offers/{urn.offer}/Skus/{urn.sku}/Versions/{version}"
    item: Json = {"location": call.path["location"], "name": version, "id": f"{_publishers(call)}/{place}"}
    if not expands:
        return item
    properties: Json = {
        "hyperVGeneration": offered.hyper_v_generation,
        "architecture": offered.architecture,
        "replicaType": "Unmanaged",
        "replicaCount": None,
        "goLiveDate": None,
    }
    if "imagedeprecationstatus" in call.request.query.get("$expand", "").lower():
        status = {"scheduledDeprecationTime": None, **call.world.images.deprecation(offered.urn, version).document()}
        properties = {"imageDeprecationStatus": status, **properties}
    return {"properties": properties, "extendedLocation": None, **item}

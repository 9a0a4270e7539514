"""Shared and community galleries, read by the names that their sharing gives them."""

from rollset.emulator.api.call import Call, Handler
from rollset.emulator.documents import Json, at, section, without
from rollset.emulator.http import Reply
from rollset.emulator.refusal import refuse
from rollset.emulator.resources import Resource


def read(kind: str, depth: int) -> Handler:
    """A shared or community gallery (depth 0), its image (1) or a version (2), by public names."""

    def handle(call: Call) -> Reply:
        return Reply.json(_public_document(kind, call, _public(kind, call, depth)))

    return handle


def list_shared(call: Call) -> Reply:
    """The galleries that are shared with subscriptions or tenants directly; `sharedTo` changes nothing here."""
    shared = [
        one
        for one in call.world.resources.of_kind("galleries")
        if str(at(one.properties, "sharingProfile", "permissions")).lower() == "groups"
    ]
    return Reply.json({"value": [_shared_item(call, one) for one in shared]})


def _shared_item(call: Call, gallery: Resource) -> Json:
    unique = at(gallery.properties, "identifier", "uniqueName")
    return {
        "name": unique,
        "location": call.path["location"],
        "identifier": {"uniqueId": f"/SharedGalleries/{unique}"},
        "properties": {"artifactTags": gallery.document.get("tags") or {}},
    }


def list_under(kind: str, depth: int) -> Handler:
    """The images (1) of a shared or community gallery, or the versions (2) of an image there."""

    def handle(call: Call) -> Reply:
        parent = _public(kind, call, depth - 1)
        collection = "images" if depth == 1 else "versions"
        found = call.world.resources.under(f"{parent.id}/{collection}")
        if collection == "versions":
            found = [one for one in found if one.is_in(call.path["location"]) and one.settled_at <= call.world.now]
        return Reply.json({"value": [_public_document(kind, call, one) for one in found]})

    return handle


def _public(kind: str, call: Call, depth: int) -> Resource:
    gallery = call.world.resources.gallery_by_public_name(kind, call.path["gallery"])
    names = [call.path["gallery"]]
    found = gallery
    for collection, variable in (("images", "image"), ("versions", "version"))[:depth]:
        names.append(call.path[variable])
        found = call.world.resources.get(f"{'' if found is None else found.id}/{collection}/{names[-1]}")
    if found is None:
        raise refuse(404, "NotFound", f"The gallery artifact '{'/'.join(names)[:200]}' was not found.")
    return found


def _public_document(kind: str, call: Call, resource: Resource) -> Json:
    public = "SharedGalleries" if kind == "shared" else "CommunityGalleries"
    # What follows the gallery in the id, with the capitals that public ids have.
    below = [one.capitalize() if one in ("images", "versions") else one for one in resource.id.split("/")[9:]]
    unique = "/".join([f"/{public}/{call.path['gallery']}", *below])
    properties = without(
        resource.properties, "provisioningState", "publishingProfile", "replicationStatus", "safetyProfile"
    )
    profile = section(resource.properties, "publishingProfile")
    for name in ("publishedDate", "endOfLifeDate", "excludeFromLatest"):
        if name in profile:
            properties[name] = profile[name]
    return {
        "properties": without(properties, "sharingProfile") if not below else properties,
        "location": call.path["location"],
        "name": call.path["gallery"] if not below else resource.name,
        "identifier": {"uniqueId": unique},
    }

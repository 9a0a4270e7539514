"""What the image reference of a model comes to for an instance, and whether there is such an image."""

from typing import TYPE_CHECKING

from rollset.emulator.documents import IMAGE_ID_MEMBERS, Json
from rollset.emulator.images import Urn, image_not_found
from rollset.emulator.model import ImageKind, Model
from rollset.emulator.refusal import invalid_value, refuse
from rollset.emulator.resources import Missing, Resource

if TYPE_CHECKING:
    from rollset.emulator.instance import Instance
    from rollset.emulator.world import World

URN = ("publisher", "offer", "sku")


def resolved(world: "World", model: Model, location: str) -> Json:
    """What an instance that is made from the model now shows as its image.

    `exactVersion` is the version of a platform image, or of a gallery image, that `latest` came to; an unmanaged image
    has no reference, only an address.
    """
    reference = model.image_reference
    match model.image_kind:
        case ImageKind.UNMANAGED:
            return {"uri": model.image_uri}
        case ImageKind.PLATFORM:
            version = str(reference.get("version") or "latest")
            return {**reference, "version": version, "exactVersion": _exact(world, reference, version, location)}
        case ImageKind.CUSTOM:
            found = world.resources.image_version(reference, location, world.now)
            exact = {"exactVersion": found.name} if isinstance(found, Resource) and found.is_version else {}
            return {**reference, **exact}
        case ImageKind.NONE:
            return {}


def at_version(world: "World", instance: "Instance", version: str) -> Json:
    """The instance's image in another version, which must be on offer where it stands."""
    reference, region = instance.applied.image_reference, instance.scale_set.location
    if instance.applied.image_kind is ImageKind.PLATFORM:
        publisher, offer, sku = (str(reference.get(name) or "") for name in URN)
        offered = world.images.find(publisher, offer, sku, region)
        known = offered is not None and version in offered.versions
    else:
        member = next((name for name in IMAGE_ID_MEMBERS if reference.get(name)), "id")
        base = str(reference.get(member, "")).partition("/versions/")[0]
        found = world.resources.image_version({member: f"{base}/versions/{version}"}, region, world.now)
        known = isinstance(found, Resource) and found.is_version
    if not known:
        raise invalid_value("exactVersion", version)
    return {**instance.image, "exactVersion": version}


def follows_latest(model: Model) -> bool:
    """Whether an instance of the model gets the newest version there is when it is made."""
    reference = model.image_reference
    if model.image_kind is ImageKind.PLATFORM:
        return str(reference.get("version") or "latest").lower() == "latest"
    named = next((str(reference[name]).lower() for name in IMAGE_ID_MEMBERS if reference.get(name)), "")
    in_gallery = "galleries/" in named
    return in_gallery and ("/versions/" not in named or named.endswith("/versions/latest"))


def platform_sku(model: Model) -> tuple[str, str, str] | None:
    """The key of the platform image's publisher, offer and sku; None for images of other kinds."""
    if model.image_kind is not ImageKind.PLATFORM:
        return None
    publisher, offer, sku = (str(model.image_reference.get(name) or "") for name in URN)
    return Urn(publisher, offer, sku).key


def pinned(model: Model, image: Json) -> Model:
    """The model with the very version that its image reference came to, in place of `latest`."""
    exact = image.get("exactVersion")
    if exact is None or not follows_latest(model):
        return model
    reference: Json = {name: value for name, value in image.items() if name != "exactVersion"}
    if model.image_kind is ImageKind.PLATFORM:
        reference["version"] = exact
    for name in IMAGE_ID_MEMBERS:
        if name in reference:
            reference[name] = f"{str(reference[name]).partition('/versions/')[0]}/versions/{exact}"
    return Model(model.size, {**model.profile, "storageProfile": {**model.storage, "imageReference": reference}})


def of_instance(instance: "Instance") -> tuple[Model, Model]:
    """The model that the instance has applied, as it was written, and with the version that it got."""
    return instance.applied, pinned(instance.applied, instance.image)


def check(world: "World", model: Model, location: str) -> None:
    """Refuses an image that is not on offer, or not in the location."""
    reference = model.image_reference
    if model.image_kind is ImageKind.PLATFORM:
        names = [str(reference.get(name) or "") for name in URN]
        version = str(reference.get("version") or "latest")
        offered = world.images.find(names[0], names[1], names[2], location)
        if offered is None or (version != "latest" and version not in offered.versions):
            raise image_not_found(names, version, location)
    elif model.image_kind is ImageKind.CUSTOM:
        found = world.resources.image_version(reference, location, world.now)
        if isinstance(found, Missing):
            raise refuse(404, found.code, found.message, "imageReference")


def _exact(world: "World", reference: Json, version: str, location: str) -> str:
    publisher, offer, sku = (str(reference.get(name) or "") for name in URN)
    offered = world.images.find(publisher, offer, sku, location)
    return offered.versions[-1] if version == "latest" and offered is not None and offered.versions else version

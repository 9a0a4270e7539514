"""The shape of a real scale set: a fleet file's entry made of what Azure answered, with nothing in it that is secret.

What is kept is named, or known to the emulator; what looks like a secret is dropped wherever it stands.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from rollset.emulator.documents import Json, at, section, without
from rollset.emulator.healthsettings import HEALTH_EXTENSIONS
from rollset.emulator.members import known
from rollset.emulator.modelwrite import placement_of
from rollset.emulator.placement import Slot

_SECRET = re.compile(
    r"password|secret|token|credential|certificate|customdata|userdata|protectedsettings|keydata|publickeys|^ssh$"
    r"|signature|connectionstring|accountkey|thumbprint",
    re.IGNORECASE,
)
_SUBSCRIPTION = re.compile(r"(?<=/subscriptions/)[^/]+", re.IGNORECASE)
_LEFT_OUT = ("id", "name", "type", "etag", "systemData", "identity", "plan", "extendedLocation", "placement")
_LEFT_OUT_PROPERTIES = ("provisioningState", "uniqueId", "timeCreated", "hostGroup", "proximityPlacementGroup")
_LEFT_OUT_PROFILE = ("userData", "applicationProfile", "diagnosticsProfile", "capacityReservation", "timeCreated")
_URN = ("publisher", "offer", "sku")
_GALLERY = re.compile(
    r".*/galleries/(?P<gallery>[^/]+)/images/(?P<image>[^/]+)(/versions/(?P<version>[^/]+))?", re.IGNORECASE
)
_PUBLIC_GALLERY = re.compile(r"/(shared|community)galleries/", re.IGNORECASE)
_OWN_GALLERY = "/subscriptions/{subscription}/resourceGroups/imported/providers/Microsoft.Compute/galleries/"


@dataclass(slots=True)
class Images:
    """The images that the sets name: versions by URN, and ids with the regions that need them."""

    versions: dict[str, set[str]] = field(default_factory=dict)
    custom: dict[str, set[str]] = field(default_factory=dict)
    linux: set[str] = field(default_factory=set)

    def document(self) -> Json:
        """The image parts of a fleet file."""
        images = [
            {"urn": urn, "os": self._os(urn), "versions": sorted(found)} for urn, found in sorted(self.versions.items())
        ]
        custom = [
            {"id": one, "os": self._os(one), "regions": sorted(regions)} for one, regions in sorted(self.custom.items())
        ]
        return {"images": images, "custom_images": custom}

    def _os(self, name: str) -> str:
        return "Linux" if name in self.linux else "Windows"


def set_entry(scale_set: Json, instances: Iterable[Json], images: Images, *, tags: bool) -> Json:
    """The entry of one set, from its own document and those of its instances with their views."""
    model = known(_cleaned(without(scale_set, *_LEFT_OUT, *(() if tags else ("tags",)))))
    properties = without(section(model, "properties"), *_LEFT_OUT_PROPERTIES)
    profile = without(section(properties, "virtualMachineProfile"), *_LEFT_OUT_PROFILE)
    profile["storageProfile"] = _storage(section(profile, "storageProfile"))
    profile["osProfile"] = {**section(profile, "osProfile"), "adminUsername": "azureuser"}
    if extensions := _extensions(profile):
        profile["extensionProfile"] = {**section(profile, "extensionProfile"), "extensions": extensions}
    model["properties"] = {**properties, "virtualMachineProfile": profile}
    found = sorted(instances, key=lambda one: _number(one) or 0)
    _collect(images, model, [section(one, "properties", "storageProfile") for one in found], _os_type(scale_set))
    group, name = _place_of(str(scale_set.get("id", "")))
    entry: Json = {"resource_group": group, "name": name, "capacity": len(found), "model": model}
    numbers = [number for one in found if (number := _number(one)) is not None]
    if len(numbers) == len(found):
        if numbers != list(range(len(numbers))):
            entry["numbers"] = numbers
        slots = _slots(model, numbers)
        states = {str(_number(one)): _state(one, model) | _place(one, slots[_number(one)]) for one in found}
        entry["instances"] = {key: state for key, state in states.items() if state}
    return entry


def _slots(model: Json, numbers: list[int]) -> dict[int | None, Slot]:
    """Where the emulator would place the instances by itself."""
    placement = placement_of(model, lambda _number: "")
    return {number: placement.place(number) for number in numbers}


def _cleaned(value: Any) -> Any:
    """A copy without secrets, which belongs to no subscription."""
    if isinstance(value, dict):
        return {name: _cleaned(inner) for name, inner in value.items() if not _SECRET.search(name)}
    if isinstance(value, list):
        return [_cleaned(one) for one in value]
    if not isinstance(value, str):
        return value
    # The query of an address may be a signature.
    bare = value.partition("?")[0] if value.lower().startswith(("http://", "https://")) else value
    return _SUBSCRIPTION.sub("{subscription}", bare)


def _storage(storage: Json) -> Json:
    reference = section(storage, "imageReference")
    return {**storage, "imageReference": _reference(reference)} if reference else storage


def _reference(reference: Json) -> Json:
    """An image of somebody else's gallery becomes one of a gallery of our own, which the emulator can hold."""
    shared = reference.get("sharedGalleryImageId") or reference.get("communityGalleryImageId")
    named = shared or reference.get("id")
    if not named:
        return {name: reference[name] for name in (*_URN, "version") if name in reference}
    return {"id": _own_id(str(named))}


def _own_id(named: str) -> str:
    gallery = _GALLERY.fullmatch(named)
    if gallery is None or not _PUBLIC_GALLERY.match(named):
        return _SUBSCRIPTION.sub("{subscription}", named)
    version = f"/versions/{gallery['version']}" if gallery["version"] else ""
    return f"{_OWN_GALLERY}{re.sub(r'[^A-Za-z0-9_.]', '_', gallery['gallery'])}/images/{gallery['image']}{version}"


def _extensions(profile: Json) -> list[Json]:
    """Their names and types; the settings of the Application Health extension alone, for others may hold anything."""
    found = at(profile, "extensionProfile", "extensions")
    kept = []
    for extension in found if isinstance(found, list) else ():
        properties = section(extension, "properties")
        if str(properties.get("type", "")).lower() not in HEALTH_EXTENSIONS:
            properties = without(properties, "settings")
        kept.append({"name": extension.get("name"), "properties": without(properties, "provisioningState")})
    return kept


def _state(instance: Json, model: Json) -> Json:
    """In what an instance differs from one that the emulator would make: image, power, protection, place."""
    properties = section(instance, "properties")
    view = section(properties, "instanceView")
    codes = [str(one.get("code", "")) for one in view.get("statuses") or ()]
    state: Json = {}
    for power in ("stopped", "deallocated"):
        if f"PowerState/{power}" in codes:
            state["power"] = power
    if at(properties, "protectionPolicy", "protectFromScaleSetActions"):
        state["protected"] = True
    if failed := next((one.split("/") for one in codes if one.startswith("ProvisioningState/failed/")), None):
        state["failed"] = failed[2]
    if properties.get("latestModelApplied") is False:
        image = _image_of(section(properties, "storageProfile"))
        if image is not None and image != _image_of(
            section(model, "properties", "virtualMachineProfile", "storageProfile")
        ):
            state["image"] = image
    else:
        reference = section(properties, "storageProfile", "imageReference")
        if (exact := reference.get("exactVersion")) and exact != reference.get("version"):
            state["exact_version"] = str(exact)
    return state


def _place(instance: Json, slot: Slot) -> Json:
    """Where the instance stands, as far as that is not where the emulator would have placed it."""
    view = section(instance, "properties", "instanceView")
    zones = instance.get("zones")
    there = (
        ("zone", zones[0] if isinstance(zones, list) and zones else None, slot.zone),
        ("update_domain", view.get("platformUpdateDomain"), slot.update_domain),
        ("fault_domain", view.get("platformFaultDomain"), slot.fault_domain),
    )
    return {name: value for name, value, usual in there if value not in (None, usual)}


def _image_of(storage: Json) -> Any:
    reference = _reference(section(storage, "imageReference"))
    if "id" in reference:
        return reference
    if reference:
        return ":".join(str(reference.get(name, "latest")) for name in (*_URN, "version"))
    uri = at(storage, "osDisk", "image", "uri")
    return {"uri": str(uri).partition("?")[0]} if uri else None


def _collect(images: Images, model: Json, storages: list[Json], os_type: str) -> None:
    """Notes which images must be on offer, so that the set can stand and the instances that are behind have been."""
    location = str(model.get("location", "")).replace(" ", "").lower()
    profiles = [section(model, "properties", "virtualMachineProfile", "storageProfile"), *storages]
    for storage in profiles:
        reference = _reference(section(storage, "imageReference"))
        if "id" in reference:
            _collect_custom(images, reference["id"], section(storage, "imageReference"), location, os_type)
        elif reference:
            urn = ":".join(str(reference.get(name, "")) for name in _URN)
            exact = section(storage, "imageReference").get("exactVersion")
            named = {str(one) for one in (reference.get("version"), exact) if one and one != "latest"}
            images.versions.setdefault(urn, set()).update(named)
            if os_type == "Linux":
                images.linux.add(urn)


def _collect_custom(images: Images, named: str, reference: Mapping[str, Any], location: str, os_type: str) -> None:
    gallery = _GALLERY.fullmatch(named)
    if gallery is not None and (gallery["version"] or "latest").lower() == "latest":
        exact = reference.get("exactVersion")
        if not exact:
            return
        named = f"{named.partition('/versions/')[0]}/versions/{exact}"
    images.custom.setdefault(named, set()).add(location)
    if os_type == "Linux":
        images.linux.add(named)


def _os_type(scale_set: Json) -> str:
    profile = section(scale_set, "properties", "virtualMachineProfile")
    stated = at(profile, "storageProfile", "osDisk", "osType")
    linux = str(stated).lower() == "linux" or at(profile, "osProfile", "linuxConfiguration") is not None
    return "Linux" if linux else "Windows"


def _number(instance: Json) -> int | None:
    """The id of an instance of a Uniform set; members of a Flexible one have names."""
    text = str(instance.get("instanceId", ""))
    return int(text) if text.isascii() and text.isdigit() else None


def _place_of(resource_id: str) -> tuple[str, str]:
    parts = resource_id.strip("/").split("/")
    return parts[3], parts[-1]

"""Models for exchanges whose set was not recorded, and what other resources need."""

from typing import Any

MEMBER_OF = {
    "properties": {"publisher": "P", "type": "T", "typeHandlerVersion": "1.0", "autoUpgradeMinorVersion": True}
}
SPOT = {"priority": "Spot", "evictionPolicy": "Deallocate", "billingProfile": {"maxPrice": -1}}
PROBE = {"healthProbe": {"id": "/subscriptions/any/loadBalancers/lb/probes/web"}}


def set_document(*, rolling: bool) -> Any:
    """A Linux set on the latest version; one in Rolling mode has a health probe."""
    reference = {
        "publisher": "Canonical",
        "offer": "0001-com-ubuntu-server-jammy",
        "sku": "22_04-lts-gen2",
        "version": "latest",
    }
    return {
        "location": "westus",
        "sku": {"name": "Standard_DS1_v2", "tier": "Standard", "capacity": 2},
        "properties": {
            "upgradePolicy": {"mode": "Rolling" if rolling else "Manual"},
            "virtualMachineProfile": {
                "osProfile": {"computerNamePrefix": "web", "adminUsername": "me", "adminPassword": "secret-1"},
                "storageProfile": {"imageReference": reference},
                **({"networkProfile": PROBE} if rolling else {}),
            },
        },
    }


def model_around(answer: Any) -> Any:
    """A model whose instances read as a recorded one does; None where the answer holds no instance."""
    found = answer.get("value") or [answer] if isinstance(answer, dict) else []
    properties = found[0].get("properties", {}) if found else {}
    if "osProfile" not in properties or "storageProfile" not in properties:
        return None
    one = found[0]
    storage = {**properties["storageProfile"], "osDisk": _model_disk(properties["storageProfile"]["osDisk"])}
    storage["dataDisks"] = [_model_disk(disk) for disk in storage.get("dataDisks", [])]
    system = {**properties["osProfile"], "computerNamePrefix": "web"}
    profile = {
        "osProfile": {name: value for name, value in system.items() if name != "computerName"},
        "storageProfile": storage,
        "networkProfile": properties.get("networkProfileConfiguration", {}),
        **{name: properties[name] for name in CARRIED if name in properties},
    }
    zones = one.get("zones")
    document = set_document(rolling=False)
    document["location"] = one["location"]
    document["sku"] = {**one["sku"], "capacity": len(found)}
    document["properties"]["virtualMachineProfile"] = profile
    return {**document, **({"zones": zones} if zones else {})}


# What an instance shows of its set's model as it is.
CARRIED = ("licenseType", "securityProfile", "priority", "evictionPolicy", "billingProfile", "diagnosticsProfile")


def without_priority(model: Any) -> Any:
    """The model of a set before a request that changes the priority of its instances."""
    profile = {
        name: value for name, value in model["properties"]["virtualMachineProfile"].items() if name != "priority"
    }
    return {**model, "properties": {**model["properties"], "virtualMachineProfile": profile}}


def _model_disk(disk: Any) -> Any:
    """A disk of an instance as the model would ask for it."""
    kept = {name: value for name, value in disk.items() if name not in ("name", "vhd")}
    if "managedDisk" in kept:
        account = {"storageAccountType": kept["managedDisk"].get("storageAccountType", "Standard_LRS")}
        kept["managedDisk"] = account
    return kept


def gallery_path(stage: Any) -> None:
    """Makes the gallery, the image and the version that a path names, but for what the request itself makes."""
    azure, path = stage.azure, stage.path
    location = {"location": "westus", "properties": {}}
    azure.put(azure.group(stage.group), {"location": "westus"})
    if "/communityGalleries/" in path:
        community = {"permissions": "Community", "communityGalleryInfo": {"publicNamePrefix": "pub"}}
        gallery = f"{azure.group()}/providers/Microsoft.Compute/galleries/g"
        made = azure.put(gallery, {"location": "westus", "properties": {"sharingProfile": community}})
        _image(azure, f"{gallery}/images/i")
        azure.follow(azure.put(f"{gallery}/images/i/versions/1.0.0", location))
        public = made.properties["sharingProfile"]["communityGalleryInfo"]["publicNames"][0]
        words = path.split("/")
        words[words.index("communityGalleries") + 1] = public
        words[words.index("locations") + 1] = "westus"
        stage.path = "/".join(words)
        return
    words = path.split("/")
    at = words.index("galleries")
    gallery, image, version = "/".join(words[: at + 2]), "/".join(words[: at + 4]), "/".join(words[: at + 6])
    azure.put(gallery, location)
    if "images" in words:
        _image(azure, image)
    if "versions" in words and not (stage.method == "PUT" and stage.exchange.status == 201):
        version = version if len(words) > at + 5 else f"{version}/1.0.0"
        azure.follow(azure.put(version, location))


def _image(azure: Any, path: str) -> None:
    properties = {
        "osType": "Linux",
        "osState": "Generalized",
        "identifier": {"publisher": "p", "offer": "o", "sku": "s"},
    }
    azure.put(path, {"location": "westus", "properties": properties})

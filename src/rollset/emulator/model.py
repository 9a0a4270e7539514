"""The part of a scale set that its instances apply: the VM size and the virtual machine profile."""

from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from typing import NamedTuple

from rollset.emulator.documents import IMAGE_ID_MEMBERS, Json, at, fingerprint, section
from rollset.emulator.healthsettings import HEALTH_EXTENSIONS, HealthSettings, HealthSource

WINDOWS_PUBLISHERS = (
    "microsoftwindowsserver",
    "microsoftwindowsdesktop",
    "microsoftvisualstudio",
    "microsoftsqlserver",
)


def os_of_publisher(publisher: str) -> str:
    """What a publisher's images most likely are."""
    return "Windows" if publisher.lower() in WINDOWS_PUBLISHERS else "Linux"


class ImageKind(Enum):
    """What kind of image a profile names; a set keeps its kind for life."""

    PLATFORM = "platform"
    CUSTOM = "custom"
    UNMANAGED = "unmanaged"
    NONE = "none"


class ExtensionHead(NamedTuple):
    """What a view says of an extension whatever its state."""

    shown: Json
    # It passes on what the application tells it.
    watches: bool


def extension_head(extension: Json) -> ExtensionHead:
    properties = section(extension, "properties")
    kind = properties.get("type")
    shown = {
        "name": extension.get("name"),
        "type": f"{properties.get('publisher')}.{kind}",
        "typeHandlerVersion": properties.get("typeHandlerVersion"),
    }
    return ExtensionHead(shown, str(kind or "").lower() in HEALTH_EXTENSIONS)


@dataclass(frozen=True, eq=False)
class Model:
    """What an instance is made from; never changed, replaced as a whole."""

    size: str
    profile: Json

    @cached_property
    def fingerprint(self) -> bytes:
        return fingerprint([self.size, self.profile])

    @property
    def storage(self) -> Json:
        return section(self.profile, "storageProfile")

    @property
    def image_reference(self) -> Json:
        return section(self.storage, "imageReference")

    @cached_property
    def image_kind(self) -> ImageKind:
        reference = self.image_reference
        if any(reference.get(member) for member in IMAGE_ID_MEMBERS):
            return ImageKind.CUSTOM
        if reference.get("publisher"):
            return ImageKind.PLATFORM
        return ImageKind.UNMANAGED if self.image_uri else ImageKind.NONE

    @property
    def image_uri(self) -> str | None:
        uri = at(self.storage, "osDisk", "image", "uri")
        return uri if isinstance(uri, str) else None

    @property
    def names_managed_image(self) -> bool:
        """A managed image, which allows smaller sets than a gallery image does (see `choices.py`)."""
        return isinstance(name := self.image_reference.get("id"), str) and "/galleries/" not in name.lower()

    @cached_property
    def os_type(self) -> str:
        """`Windows` or `Linux`: as the disk says, else as the profile or the publisher lets one think."""
        stated = at(self.storage, "osDisk", "osType")
        if isinstance(stated, str):
            return "Windows" if stated.lower() == "windows" else "Linux"
        if at(self.profile, "osProfile", "windowsConfiguration") is not None:
            return "Windows"
        return os_of_publisher(str(self.image_reference.get("publisher", "")))

    @cached_property
    def extensions(self) -> tuple[Json, ...]:
        found = at(self.profile, "extensionProfile", "extensions")
        return tuple(one for one in found if isinstance(one, dict)) if isinstance(found, list) else ()

    @cached_property
    def extension_heads(self) -> tuple[ExtensionHead, ...]:
        return tuple(map(extension_head, self.extensions))

    @cached_property
    def health(self) -> HealthSettings:
        return HealthSettings.of(self.profile, self.extensions)

    @property
    def health_source(self) -> HealthSource | None:
        """The probe or the Application Health extension that the profile names."""
        return self.health.source

"""Where a name that is none of those there are was written: the key in a rollout file, or the flag of a command."""

from __future__ import annotations

from typing import assert_never

from rollset.core.change import ImageChange, VersionChange
from rollset.core.errors import Misnamed, UsageError
from rollset.core.image import CustomImage, PlatformImage, UnmanagedImage
from rollset.faces.wishes import FLAGS

NAMING = {
    **{f"image.{name}": flag for name, flag in FLAGS.items()},
    "select.update_domains": "--update-domain",
    "select.fault_domains": "--fault-domain",
    "select.zones": "--zone",
    "select.placement_groups": "--placement-group",
    "select.instances": "--instances",
}
"""The keys whose values name something that may not be there, each with its flag."""


def key_of(error: Misnamed, change: ImageChange) -> str | None:
    """The key in a file under which that name stands; none where it is the model's own image."""
    return _image_key(change) if error.key == "image" else error.key


def flag_of(key: str) -> str:
    """What a command has in place of the key."""
    return NAMING[key]


def placed(error: Misnamed, where: str | None) -> UsageError:
    """The same, with the place in front."""
    return error if where is None else UsageError(f"{where}: {error}")


def _image_key(change: ImageChange) -> str | None:
    match change:
        case VersionChange(version=str()):
            return "image.version"
        case VersionChange(sku=str()):
            return "image.sku"
        case VersionChange():
            return None
        case PlatformImage():
            return "image.urn"
        case CustomImage():
            return "image.id"
        case UnmanagedImage():
            return "image.uri"
        case _:
            assert_never(change)

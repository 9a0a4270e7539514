"""Flexible orchestration: what its members are called, and what such a set may not have or do.

A member is an ordinary virtual machine, known by its name. Azure documentation on scale sets: "Orchestration modes",
"API comparison", "Instance names and ids".
"""

from typing import TYPE_CHECKING

from rollset.emulator import choices
from rollset.emulator.documents import Json, at, section
from rollset.emulator.model import ImageKind, Model
from rollset.emulator.refusal import Refusal, bad_request, operation_not_allowed

if TYPE_CHECKING:
    from rollset.emulator.scaleset import ScaleSet
    from rollset.emulator.world import World

MODE = "Flexible"
NAME_CHARACTERS = 8
# Of a Uniform set that spans zones, and of a regional one; the same of Flexible sets.
FAULT_DOMAINS = {
    (False, False): range(1, choices.FAULT_DOMAINS_MAX + 1),
    (False, True): (1, 5),
    (True, False): (1, 2, 3),
    (True, True): (1,),
}


def is_flexible(document: Json) -> bool:
    mode = at(document, "properties", "orchestrationMode")
    return isinstance(mode, str) and mode.lower() == MODE.lower()


def member_name(world: "World", scale_set: "ScaleSet", number: int) -> str:
    """The set's name and eight characters, such as `web_1f0c9a2b`; none is used twice."""
    for turn in range(choices.NAME_DRAWS_MAX):
        name = f"{scale_set.name}_{world.guid('member', scale_set.key, number, turn)[:NAME_CHARACTERS]}"
        if name not in scale_set.instances:
            return name
    raise AssertionError(f"no free name for a member of {scale_set.key}")


def check_document(document: Json) -> None:
    """Refuses what Flexible orchestration does not have."""
    properties = section(document, "properties")
    if properties.get("singlePlacementGroup"):
        raise _unsupported("singlePlacementGroup")
    if properties.get("overprovision"):
        raise _unsupported("overprovision")
    if "systemassigned" in str(at(document, "identity", "type") or "").lower():
        raise _unsupported("identity.type SystemAssigned")
    profile = section(properties, "virtualMachineProfile")
    disk = section(profile, "storageProfile", "osDisk")
    if Model("", profile).image_kind is ImageKind.UNMANAGED or "vhdContainers" in disk:
        raise _unsupported("unmanaged disks")


def refuse_of(scale_set: "ScaleSet", operation: str) -> None:
    """Refuses a call that only Uniform sets know, in the words that public issues quote."""
    if scale_set.flexible:
        raise not_allowed(scale_set, operation)


def not_allowed(scale_set: "ScaleSet", operation: str) -> Refusal:
    return operation_not_allowed(
        f"Operation '{operation}' is not allowed on Virtual Machine Scale Set '{scale_set.name}'."
    )


def _unsupported(what: str) -> Refusal:
    return bad_request(f"Virtual Machine Scale Sets with orchestrationMode 'Flexible' do not support {what}.")

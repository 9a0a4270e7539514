"""Extensions that a fault has fail: which of an instance's, and what its view says of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rollset.emulator.documents import Json
from rollset.emulator.timestamps import azure_time

if TYPE_CHECKING:
    from rollset.emulator.instance import Instance
    from rollset.emulator.world import World


@dataclass(frozen=True, slots=True)
class ExtensionFailure:
    """What an extension says of itself, since when."""

    code: str
    message: str
    since: float

    @property
    def state(self) -> str:
        return f"ProvisioningState/failed/{self.code}"

    def status(self) -> Json:
        return {
            "code": self.state,
            "level": "Error",
            "displayStatus": "Provisioning failed",
            "message": self.message,
            "time": azure_time(self.since),
        }


def note(world: "World", instance: "Instance") -> None:
    """Something about the instance is different, or about the faults: which of its extensions fail now."""
    struck = world.faults.failing_extensions(instance)
    if not struck and not instance.failing_extensions:
        return
    before = instance.failing_extensions
    instance.failing_extensions = {
        name: ExtensionFailure(fault.code, fault.message, before[name].since if name in before else world.now)
        for name, fault in struck.items()
    }


def failure_of(instance: "Instance", extension: object) -> ExtensionFailure | None:
    """Why the extension of that name fails, if it does; names of extensions are compared without regard to case."""
    failing: Mapping[str, ExtensionFailure] = instance.failing_extensions
    return failing.get(str(extension).lower()) if failing else None

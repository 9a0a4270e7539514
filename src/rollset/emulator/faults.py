"""Faults: data that says what shall go wrong, and the list of those that are in force.

A fault is one small struct with a `kind`; the same shape serves `POST /emulator/faults` and the fleet file.
"""

import re
from collections.abc import Iterator
from typing import Annotated, Any, ClassVar, Literal

import msgspec

from rollset.emulator.documents import IMAGE_ID_MEMBERS
from rollset.emulator.errors import EmulatorError
from rollset.emulator.instance import Instance
from rollset.emulator.model import Model
from rollset.emulator.refusal import ArmError

Count = Annotated[int, msgspec.Meta(ge=0, le=10**9)]
Times = Annotated[int, msgspec.Meta(ge=1, le=10**9)]
Ids = list[str] | Literal["all"]


class Fault(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind", omit_defaults=True
):
    """What shall go wrong."""

    # Whether it happens once, when it is added, instead of staying in force.
    momentary: ClassVar[bool] = False


class InstanceFault(Fault, frozen=True, kw_only=True):
    """A fault of instances of one set."""

    set: str
    instances: Ids = "all"

    def names(self, instance: Instance) -> bool:
        return self.set.lower() == instance.scale_set.key and (self.instances == "all" or instance.id in self.instances)


class UpgradeFault(InstanceFault, frozen=True, kw_only=True):
    """A fault that shows when an instance is upgraded, if to this image then only to it."""

    image: str | None = None
    times: Times | None = None

    def strikes(self, instance: Instance, target: Model) -> bool:
        return self.names(instance) and (self.image is None or _is_image(target, self.image))


class UpgradeFails(UpgradeFault, frozen=True, kw_only=True, tag="upgrade-fails"):
    """The upgrade takes its time, then fails with a code of Azure's."""

    code: str = "OSProvisioningTimedOut"
    message: str = "OS Provisioning for VM '{name}' did not finish in the allotted time."

    def error_for(self, instance: Instance) -> ArmError:
        return ArmError(self.code, self.message.replace("{name}", instance.name).replace("{id}", instance.id))


class BootsUnhealthy(UpgradeFault, frozen=True, kw_only=True, tag="boots-unhealthy"):
    """The upgrade succeeds, and the instance never becomes healthy until the fault is cleared."""


class Hangs(UpgradeFault, frozen=True, kw_only=True, tag="hangs"):
    """The upgrade never ends."""


class UnhealthyNow(InstanceFault, frozen=True, kw_only=True, tag="unhealthy-now"):
    """The application fails from now on."""

    momentary: ClassVar[bool] = True


class Recover(InstanceFault, frozen=True, kw_only=True, tag="recover"):
    """The application works again."""

    momentary: ClassVar[bool] = True


class ExpireOperations(Fault, frozen=True, kw_only=True, tag="expire-operations"):
    """Addresses of operations answer 404: of those known now, or of those that start from now on."""

    which: Literal["known", "new"] = "known"


class RequestFault(Fault, frozen=True, kw_only=True):
    """A fault of requests: by method and a part of the path, letting the first few pass, for so many times."""

    method: str | None = None
    path_contains: str | None = None
    times: Times | None = None
    skip: Count = 0

    def meets(self, method: str, path: str) -> bool:
        return (self.method is None or self.method.upper() == method) and (
            self.path_contains is None or self.path_contains.lower() in path.lower()
        )


class Http(RequestFault, frozen=True, kw_only=True, tag="http"):
    """The request is answered with this status, and nothing is done."""

    status: Annotated[int, msgspec.Meta(ge=200, le=599)] = 503
    retry_after: Count | None = None
    body: dict[str, Any] | None = None


class LostReply(RequestFault, frozen=True, kw_only=True, tag="lost-reply"):
    """The work is done, then the connection is closed without an answer."""

    times: Times | None = 1


class Forbid(RequestFault, frozen=True, kw_only=True, tag="forbid"):
    """The request is answered with 403 AuthorizationFailed."""


AnyFault = UpgradeFails | BootsUnhealthy | Hangs | UnhealthyNow | Recover | ExpireOperations | Http | LostReply | Forbid


class InForce:
    """A fault that is in force, with what is left of it."""

    __slots__ = ("fault", "id", "left", "skip")

    def __init__(self, number: int, fault: AnyFault) -> None:
        self.id = number
        self.fault = fault
        self.left: int | None = getattr(fault, "times", None)
        self.skip: int = getattr(fault, "skip", 0)

    def use(self) -> bool:
        """Whether it strikes this time; counts."""
        if self.skip > 0:
            self.skip -= 1
            return False
        if self.left is not None:
            if self.left <= 0:
                return False
            self.left -= 1
        return True


class Faults:
    """The faults in force, oldest first; of several that fit, the oldest strikes."""

    def __init__(self) -> None:
        self._next = 1
        self._in_force: list[InForce] = []

    def __iter__(self) -> Iterator[InForce]:
        return iter(self._in_force)

    def add(self, fault: AnyFault) -> InForce:
        entry = InForce(self._next, fault)
        self._next += 1
        if not fault.momentary:
            self._in_force.append(entry)
        return entry

    def remove(self, number: int | None = None) -> list[AnyFault]:
        """Takes one fault away, or all; answers those taken."""
        gone = [entry for entry in self._in_force if number is None or entry.id == number]
        self._in_force = [entry for entry in self._in_force if entry not in gone]
        return [entry.fault for entry in gone]

    def for_upgrade(self, instance: Instance, target: Model) -> UpgradeFault | None:
        for entry in self._in_force:
            fault = entry.fault
            if isinstance(fault, UpgradeFault) and fault.strikes(instance, target) and entry.use():
                return fault
        return None

    def for_request(self, method: str, path: str) -> Http | Forbid | None:
        """The fault that answers in place of Azure."""
        for entry in self._in_force:
            fault = entry.fault
            if isinstance(fault, Http | Forbid) and fault.meets(method, path) and entry.use():
                return fault
        return None

    def loses_reply(self, method: str, path: str) -> bool:
        return any(
            isinstance(entry.fault, LostReply) and entry.fault.meets(method, path) and entry.use()
            for entry in self._in_force
        )

    @property
    def new_operations_expire(self) -> bool:
        return any(isinstance(entry.fault, ExpireOperations) and entry.fault.which == "new" for entry in self._in_force)


def parse_fault(body: bytes) -> AnyFault:
    """A fault from JSON; what is no fault is refused with the place of what is wrong."""
    try:
        fault: AnyFault = msgspec.json.decode(body, type=AnyFault)
    except msgspec.MsgspecError as error:
        raise EmulatorError(f"not a fault: {_sentence(error)}") from error
    return fault


def _sentence(error: Exception) -> str:
    return re.sub(r" - at `\$\.?(.*)`$", r" (at \1)", str(error)) if "$" in str(error) else str(error)


def _is_image(model: Model, image: str) -> bool:
    """Whether the model names the image: by version, URN, id or URI."""
    reference = model.image_reference
    urn = ":".join(str(reference.get(name) or "") for name in ("publisher", "offer", "sku", "version"))
    names = [reference.get("version"), urn, model.image_uri]
    names += [reference.get(member) for member in IMAGE_ID_MEMBERS]
    return image.lower() in {str(name).lower() for name in names if name}

"""Faults: data that says what shall go wrong.

A fault is one small struct with a `kind`; the same shape serves `POST /emulator/faults` and the fleet file. Those of
requests are in `requestfaults.py`; which are in force is kept by `inforce.py`.
"""

import re
from collections.abc import Iterable
from typing import ClassVar, Literal, get_args

import msgspec

from rollset.emulator import choices
from rollset.emulator.documents import IMAGE_ID_MEMBERS
from rollset.emulator.draws import share as drawn
from rollset.emulator.errors import EmulatorError
from rollset.emulator.faultbase import Fault, Seconds, Share, Times
from rollset.emulator.instance import Instance
from rollset.emulator.model import Model
from rollset.emulator.refusal import ArmError
from rollset.emulator.regions import folded
from rollset.emulator.requestfaults import Answering, Dropped, Forbid, Http, LostReply, RequestFault, Slow, Storm
from rollset.emulator.scaleset import ScaleSet

__all__ = [
    "AllocationFails",
    "Answering",
    "AnyFault",
    "BadImage",
    "BootsUnhealthy",
    "Dropped",
    "ExpireOperations",
    "ExpireTokens",
    "ExtensionFails",
    "Fault",
    "Flaps",
    "Forbid",
    "Hangs",
    "Http",
    "InstanceFault",
    "LostReply",
    "OperationsHang",
    "PlaceFault",
    "QuotaExceeded",
    "Recover",
    "RequestFault",
    "ShortTokens",
    "Slow",
    "StaleLists",
    "Storm",
    "UnhealthyNow",
    "UpgradeFails",
    "UpgradeFault",
    "ZoneDown",
    "parse_fault",
]

Ids = list[str] | Literal["all"]


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
        return self.names(instance) and (self.image is None or names_image(target, self.image))


class UpgradeFails(UpgradeFault, frozen=True, kw_only=True, tag="upgrade-fails"):
    """The upgrade takes its time, then fails with a code of Azure's."""

    code: str = "OSProvisioningTimedOut"
    message: str = "OS Provisioning for VM '{name}' did not finish in the allotted time."

    def error_for(self, instance: Instance) -> ArmError:
        return error_of(self.code, self.message, instance)


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


class Flaps(InstanceFault, frozen=True, kw_only=True, tag="flaps"):
    """The application fails and works in turns; each instance begins at an instant of its own.

    Where an image is named, it works on every other.
    """

    image: str | None = None
    down: Seconds = 30.0
    up: Seconds = 60.0

    def strikes(self, models: Iterable[Model]) -> bool:
        return self.image is None or any(names_image(one, self.image) for one in models)


class PlaceFault(Fault, frozen=True, kw_only=True):
    """A fault of a place: of a set, a region, a zone, or where several are named of what is in all of them."""

    set: str | None = None
    region: str | None = None
    zone: str | None = None

    def covers_set(self, scale_set: ScaleSet) -> bool:
        return (self.set is None or self.set.lower() == scale_set.key) and (
            self.region is None or folded(self.region) == folded(scale_set.location)
        )

    def covers(self, instance: Instance) -> bool:
        return self.covers_set(instance.scale_set) and (self.zone is None or self.zone == instance.slot.zone)


class BadImage(PlaceFault, frozen=True, kw_only=True, tag="bad-image"):
    """An image that does not work on a share of the instances: it boots unhealthy, fails to provision, or hangs.

    Which instances these are is drawn from the seed and stays so: trying again does not help.
    """

    image: str
    share: Share = 1.0
    effect: Literal["unhealthy", "fails", "hangs"] = "unhealthy"
    code: str = "OSProvisioningTimedOut"
    message: str = "OS Provisioning for VM '{name}' did not finish in the allotted time."

    def strikes(self, instance: Instance, target: Model, seed: int) -> bool:
        return (
            self.covers(instance)
            and names_image(target, self.image)
            and drawn(seed, "bad-image", self.image, instance.scale_set.key, instance.id) < self.share
        )

    def on(self, instance: Instance) -> UpgradeFault:
        """What it comes to for one instance that it strikes."""
        match self.effect:
            case "unhealthy":
                return BootsUnhealthy(set=instance.scale_set.key)
            case "fails":
                return UpgradeFails(set=instance.scale_set.key, code=self.code, message=self.message)
            case "hangs":
                return Hangs(set=instance.scale_set.key)


class ExtensionFails(PlaceFault, frozen=True, kw_only=True, tag="extension-fails"):
    """An extension says on a share of the instances that it has failed; the machine itself goes on as before.

    Where an image is named, on those alone that run it.
    """

    extension: str
    image: str | None = None
    share: Share = 1.0
    code: str = "1"
    message: str = "Enable failed: the command ended with exit status 1."

    def strikes(self, instance: Instance, models: Iterable[Model], seed: int) -> bool:
        return (
            self.covers(instance)
            and (self.image is None or any(names_image(one, self.image) for one in models))
            and drawn(seed, "extension-fails", self.extension, instance.scale_set.key, instance.id) < self.share
        )


class ZoneDown(PlaceFault, frozen=True, kw_only=True, tag="zone-down"):
    """A zone without power or network: its instances answer nobody, and what needs a machine there fails."""

    zone: str

    def on(self, instance: Instance) -> UpgradeFails:
        """What becomes of something that is done to an instance there meanwhile."""
        code, message = choices.ZONE_DOWN_CODE, choices.ZONE_DOWN_MESSAGE
        return UpgradeFails(set=instance.scale_set.key, code=code, message=message)


class AllocationFails(PlaceFault, frozen=True, kw_only=True, tag="allocation-fails"):
    """There is no room for new instances, nor for deallocated ones that shall start: they fail, some time later."""

    size: str | None = None
    times: Times | None = None
    code: str = "AllocationFailed"
    message: str = (
        "Allocation failed. We do not have sufficient capacity for the requested VM size in this region. Read more "
        "about improving likelihood of allocation success at https://aka.ms/allocation-guidance"
    )

    def strikes(self, instance: Instance, target: Model) -> bool:
        return self.covers(instance) and (self.size is None or self.size.lower() == target.size.lower())

    def on(self, instance: Instance) -> UpgradeFails:
        return UpgradeFails(set=instance.scale_set.key, code=self.code, message=self.message)


class QuotaExceeded(PlaceFault, frozen=True, kw_only=True, tag="quota-exceeded"):
    """The subscription's quota is used up: a write that asks for more instances is refused."""

    times: Times | None = None
    name: str = "Total Regional Cores"


class StaleLists(PlaceFault, frozen=True, kw_only=True, tag="stale-lists"):
    """Lists of instances show what was so many seconds ago; reads of one instance do not."""

    seconds: Seconds = 20.0


class OperationsHang(PlaceFault, frozen=True, kw_only=True, tag="operations-hang"):
    """Operations that start from now on stay InProgress although their work gets done, until the fault is cleared.

    `operation` names one kind, such as `manualupgrade`, `create`, `update`, `restart`, `delete`.
    """

    operation: str | None = None
    times: Times | None = None


class ExpireOperations(Fault, frozen=True, kw_only=True, tag="expire-operations"):
    """Addresses of operations answer 404: of those known now, or of those that start from now on."""

    which: Literal["known", "new"] = "known"


class ExpireTokens(Fault, frozen=True, kw_only=True, tag="expire-tokens"):
    """Every token that was issued up to now has expired."""

    momentary: ClassVar[bool] = True


class ShortTokens(Fault, frozen=True, kw_only=True, tag="short-tokens"):
    """Tokens issued from now on live only so many seconds of the client's clock."""

    seconds: Times = 60


AnyFault = (
    UpgradeFails
    | BootsUnhealthy
    | Hangs
    | UnhealthyNow
    | Recover
    | Flaps
    | BadImage
    | ExtensionFails
    | ZoneDown
    | AllocationFails
    | QuotaExceeded
    | StaleLists
    | OperationsHang
    | ExpireOperations
    | ExpireTokens
    | ShortTokens
    | Http
    | Storm
    | LostReply
    | Dropped
    | Slow
    | Forbid
)

KINDS = tuple(str(one.__struct_config__.tag) for one in get_args(AnyFault))


def parse_fault(body: bytes) -> AnyFault:
    """A fault from JSON; what is no fault is refused with the place of what is wrong."""
    try:
        fault: AnyFault = msgspec.json.decode(body, type=AnyFault)
    except msgspec.MsgspecError as error:
        sentence = _sentence(error)
        known = f"; expected one of {', '.join(KINDS)}" if sentence.endswith("(at kind)") else ""
        raise EmulatorError(f"not a fault: {sentence}{known}") from error
    return fault


def error_of(code: str, message: str, instance: Instance) -> ArmError:
    return ArmError(code, message.replace("{name}", instance.name).replace("{id}", instance.id))


def names_image(model: Model, image: str) -> bool:
    """Whether the model names the image: by version, URN, id or URI."""
    reference = model.image_reference
    urn = ":".join(str(reference.get(name) or "") for name in ("publisher", "offer", "sku", "version"))
    names = [reference.get("version"), urn, model.image_uri]
    names += [reference.get(member) for member in IMAGE_ID_MEMBERS]
    return image.lower() in {str(name).lower() for name in names if name}


def _sentence(error: Exception) -> str:
    return re.sub(r" - at `\$\.?(.*)`$", r" (at \1)", str(error)) if "$" in str(error) else str(error)

"""The errors that Azure answers with, as values that a handler raises and the app renders.

Every body has the form `{"error": {"code", "message", ...}}`. The texts are Azure's own where its clients' recorded
tests or a public issue quote one; `docs/emulator.md` lists the codes that no source confirms.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

GATEWAY = {"x-ms-failure-cause": "gateway"}


@dataclass(frozen=True, slots=True)
class ArmError:
    """The inside of an ARM error body."""

    code: str
    message: str
    target: str | None = None
    details: tuple["ArmError", ...] = ()
    # `internalErrorCode`, where Azure is known to send one.
    inner: str | None = None

    def document(self) -> dict[str, Any]:
        body: dict[str, Any] = {"code": self.code, "message": self.message}
        if self.target is not None:
            body = {"code": self.code, "target": self.target, "message": self.message}
        if self.details:
            body["details"] = [one.document() for one in self.details]
        if self.inner is not None:
            body["innererror"] = {"internalErrorCode": self.inner}
        return body


@dataclass(frozen=True, slots=True)
class Refusal(Exception):  # noqa: N818  A refusal is Azure's answer, not a fault of ours.
    """A request that is answered with an error."""

    status: int
    error: ArmError
    headers: Mapping[str, str] = field(default_factory=dict)


def refuse(status: int, code: str, message: str, target: str | None = None) -> Refusal:
    return Refusal(status, ArmError(code, message, target))


def bad_request(message: str) -> Refusal:
    return refuse(400, "BadRequest", message)


def invalid_parameter(target: str, message: str) -> Refusal:
    return refuse(400, "InvalidParameter", message, target)


def missing_parameter(name: str) -> Refusal:
    return invalid_parameter(name, f"Required parameter '{name}' is missing (null).")


def invalid_value(name: str, value: object = None) -> Refusal:
    """A parameter whose value will not do; the value is shown where it can be, and clipped."""
    text = value if isinstance(value, str) else "" if value is None else json.dumps(value, default=str)
    shown = "" if value is None else f" '{text[:80]}'"
    return invalid_parameter(name, f"The value{shown} of parameter '{name}' is invalid.")


def location_required() -> Refusal:
    return refuse(400, "LocationRequired", "The location property is required for this definition.")


def etag_mismatch(asked: str, etag: str) -> Refusal:
    message = f"Etag provided in if-match header {asked[:80]} does not match etag {etag} of resource."
    return precondition_failed(message)


def precondition_failed(message: str) -> Refusal:
    return refuse(412, "PreconditionFailed", message)


def invalid_content(message: str) -> Refusal:
    return refuse(
        400, "InvalidRequestContent", f"The request content was invalid and could not be deserialized: '{message}'."
    )


def property_change_not_allowed(target: str) -> Refusal:
    """A member that is fixed at creation."""
    return refuse(409, "PropertyChangeNotAllowed", f"Changing property '{target}' is not allowed.", target)


def size_not_valid(size: str, offered: Sequence[str]) -> Refusal:
    """A size of virtual machines that the region has not (sassoftware/viya4-iac-azure#116)."""
    message = (
        f"The value {size[:80]} provided for the VM size is not valid. The valid sizes in the current region are: "
        f"{','.join(offered)}. Find out more on the valid VM sizes in each region at https://aka.ms/azure-regions."
    )
    return invalid_parameter("vmSize", message)


def operation_not_allowed(message: str) -> Refusal:
    return refuse(409, "OperationNotAllowed", message)


def marked_for_deletion(name: str) -> Refusal:
    return operation_not_allowed(
        f"Virtual Machine Scale Set '{name}' is marked for deletion; operations on it are not allowed."
    )


def quota_exceeded(name: str, location: str, more: int, *, limit: int = 0, used: int = 0) -> Refusal:
    """A subscription without room for more; Azure counts cores, the fault that asks for this counts machines."""
    return operation_not_allowed(
        f"Operation could not be completed as it results in exceeding approved {name} quota. Additional details - "
        f"Deployment Model: Resource Manager, Location: {location}, Current Limit: {limit}, Current Usage: {used}, "
        f"Additional Required: {more}, (Minimum) New Limit Required: {used + more}. Setup Alerts when Quota reaches "
        "threshold."
    )


def group_not_found(group: str) -> Refusal:
    return Refusal(404, ArmError("ResourceGroupNotFound", f"Resource group '{group}' could not be found."), GATEWAY)


def group_being_deleted(group: str) -> Refusal:
    message = f"The resource group '{group}' is in deprovisioning state and cannot perform this operation."
    return Refusal(409, ArmError("ResourceGroupBeingDeleted", message), GATEWAY)


def subscription_not_found(subscription: str) -> Refusal:
    return Refusal(
        404, ArmError("SubscriptionNotFound", f"The subscription '{subscription}' could not be found."), GATEWAY
    )


def resource_not_found(kind: str, name: str, group: str) -> Refusal:
    """The 404 of ARM itself, which asks nobody behind it."""
    message = (
        f"The Resource 'Microsoft.Compute/{kind}/{name}' under resource group '{group}' was not found. "
        "For more details please go to https://aka.ms/ARMResourceNotFoundFix"
    )
    return Refusal(404, ArmError("ResourceNotFound", message), GATEWAY)


def entity_not_found(where: str = " in this Azure location") -> Refusal:
    """The 404 of Compute, behind ARM."""
    return refuse(404, "NotFound", f"The entity was not found{where}.")

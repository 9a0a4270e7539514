"""What Azure answers when it does not do as asked, and what rollset says about it: one tree, one sentence each.

ArmError                  1  any other answer
├── Unreachable           1  no answer at all: refused, no such name, TLS, silence
├── StrayLink             1  an answer that leads to another host; not followed, for the token would go there too
├── Unreadable            1  an answer that is no JSON, or not of the shape expected
├── NotSignedIn           5  no credential was found, or Azure does not accept it (401)
├── NotAllowed            5  the credential lacks a right (403)
├── NotFound              2  something named is not there (404)
│   ├── NoSuchSubscription, NoSuchGroup, NoSuchScaleSet, NoSuchInstance, NoSuchRoll, NoSuchImage
├── Refused               2  the request makes no sense to Azure (400)
├── Conflict              1  not now, or not on this resource (409)
│   └── NoSuchCall        1  never on this resource
├── ChangedMeanwhile      1  someone else wrote the resource since it was read (412)
├── Throttled             1  too many requests (429), also after waiting where the request may be repeated
└── ServerFault           1  Azure failed (408, 5xx), also after trying again where that may be done

The number is the exit status. Decisions go by HTTP status and not by Azure's code: `OperationNotAllowed` alone stands
for conflicts, quota and throttling. Every error can be pickled, for it may cross a durable step.
"""

# ruff: noqa: N818 (the classes read as the facts they state)

from __future__ import annotations

import re
from typing import ClassVar

from rollset.core.errors import RollsetError

MESSAGE_CHARACTERS_MAX = 300
"""How much of Azure's own message is shown; some run to kilobytes of extension output."""

_NO_SUCH_CALL = "is not allowed on virtual machine scale set"
_ACTION = re.compile(r"perform action '([^']+)'")


def clip(text: str, characters_max: int = MESSAGE_CHARACTERS_MAX) -> str:
    """`text` on one line, without its final full stop, and not longer than a reader will bear."""
    line = " ".join(text.split())
    if len(line) > characters_max:
        return line[: characters_max - 1].rstrip() + "…"
    return line.removesuffix(".")


class ArmError(RollsetError):
    """Azure did not do what was asked; `attempted` names that, in words that follow 'while'.

    `retry_after` is how many seconds Azure asks to wait before it is asked again, if it says so.
    """

    advice: ClassVar[str] = ""

    def __init__(  # noqa: PLR0917 (by position, for pickle calls it so)
        self,
        attempted: str,
        status: int | None = None,
        code: str | None = None,
        azure_message: str = "",
        request_id: str | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(attempted, status, code, azure_message, request_id, retry_after)
        self.attempted = attempted
        self.status = status
        self.code = code
        self.azure_message = azure_message
        self.request_id = request_id
        self.retry_after = retry_after

    @property
    def answer(self) -> str:
        """What came back, in one phrase."""
        words = " ".join(str(word) for word in (self.status, self.code) if word is not None)
        said = clip(self.azure_message)
        if not words:
            return said
        return f"Azure answered {words}" + (f": {said}" if said else "")

    @property
    def what_to_do(self) -> str:
        return self.advice

    def __str__(self) -> str:
        request = f" (request {self.request_id})" if self.request_id else ""
        advice = f"; {self.what_to_do}" if self.what_to_do else ""
        return f"{self.attempted}: {self.answer}{request}{advice}"


class Unreachable(ArmError):
    """No answer came from `endpoint`; `azure_message` is the reason that the network gave."""

    advice = "check the address, the network and any proxy"

    def __init__(self, attempted: str, endpoint: str, reason: str) -> None:
        super().__init__(attempted, azure_message=reason)
        self.args = (attempted, endpoint, reason)
        self.endpoint = endpoint

    @property
    def answer(self) -> str:
        return f"no answer from {self.endpoint} ({clip(self.azure_message)})"


class StrayLink(ArmError):
    """Azure's answer points to another host, or from https to http."""

    advice = "it was not followed, because the sign-in token would go there too; check the endpoint"

    def __init__(self, attempted: str, host: str) -> None:
        super().__init__(attempted)
        self.args = (attempted, host)
        self.host = host

    @property
    def answer(self) -> str:
        return f"the answer leads elsewhere, to {clip(self.host, 80)!r}"


class Unreadable(ArmError):
    """The answer cannot be parsed; `azure_message` says where it went wrong."""

    advice = "if this endpoint is Azure, please report it with this line"

    @property
    def answer(self) -> str:
        return f"cannot read the answer (status {self.status}): {clip(self.azure_message)}"


class NotSignedIn(ArmError):
    """There is no credential, or Azure does not accept it."""

    exit_status = 5
    advice = "sign in with `az login`, or set AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET"


class NotAllowed(ArmError):
    """The signed-in identity lacks a right."""

    exit_status = 5

    @property
    def action(self) -> str | None:
        """The missing right, such as `Microsoft.Compute/virtualMachineScaleSets/read`, if Azure names it."""
        found = _ACTION.search(self.azure_message)
        return found[1] if found else None

    @property
    def what_to_do(self) -> str:
        right = self.action or "this action"
        return f"ask for a role that allows {right} there; a new role can take minutes to work"


class NotFound(ArmError):
    """Something that was named is not there."""

    exit_status = 2
    advice = "check the name and the subscription"


class NoSuchSubscription(NotFound):
    """The subscription does not exist, or the signed-in identity cannot see it."""

    advice = "check the subscription id, and that you are signed in to its tenant"


class NoSuchGroup(NotFound):
    """The subscription has no such resource group."""

    advice = "check the resource group and the subscription"


class NoSuchScaleSet(NotFound):
    """The resource group has no such scale set."""

    advice = "`rollset list` shows what there is"


class NoSuchInstance(NotFound):
    """The scale set has no such instance; it may have been deleted meanwhile."""

    advice = "`rollset show` lists the instances"


class NoSuchRoll(NotFound):
    """Azure's own rolling upgrade has never run on the set, or its last run is forgotten."""


class NoSuchImage(NotFound):
    """No such image, or none in that region."""

    advice = "`rollset images` shows what is offered there"


class Refused(ArmError):
    """Azure takes the request for a mistake, which repeating it will not mend."""

    exit_status = 2


LASTING_CODES = frozenset({"propertychangenotallowed", "quotaexceeded", "scopelocked"})


class Conflict(ArmError):
    """The resource's state, a lock or a quota forbids it, perhaps only now."""

    @property
    def lasts(self) -> bool:
        """Whether no waiting will clear it, as far as its code tells: only somebody who does something about it."""
        return (self.code or "").lower() in LASTING_CODES


class NoSuchCall(Conflict):
    """Azure does not have the call for a scale set of this kind, however often it is asked."""

    advice = (
        "such a set can be moved by Azure's own rolling upgrade: --engine azure; no instance was touched by this call"
    )

    @staticmethod
    def out_of(conflict: Conflict) -> Conflict:
        """The same conflict, as one for ever where Azure's words say so.

        "Operation 'VirtualMachineScaleSets.ManualUpgrade.POST' is not allowed on Virtual Machine Scale Set" was
        recorded by tests of the Azure CLI, of a Flexible set.
        """
        if _NO_SUCH_CALL not in conflict.azure_message.lower():
            return conflict
        return NoSuchCall(*conflict.args)


class ChangedMeanwhile(ArmError):
    """The etag is no longer the one that was read."""

    advice = "someone else changed it, or an earlier try of ours got through; look again"


class Throttled(ArmError):
    """Azure refuses for now; where the request may be repeated, after every wait that it asked for."""

    advice = "other tools may be using up the subscription's requests; try again later"


class ServerFault(ArmError):
    """Azure fails; where the request may be repeated, after every retry."""

    advice = "try again later; status.azure.com tells of outages"


_BY_STATUS: dict[int, type[ArmError]] = {
    400: Refused,
    401: NotSignedIn,
    403: NotAllowed,
    404: NotFound,
    408: ServerFault,
    409: Conflict,
    410: NotFound,
    412: ChangedMeanwhile,
    429: Throttled,
}

_MISSING_BY_CODE: dict[str, type[NotFound]] = {
    "subscriptionnotfound": NoSuchSubscription,
    "invalidsubscriptionid": NoSuchSubscription,
    "resourcegroupnotfound": NoSuchGroup,
}
_SERVER_FAULTS = range(500, 600)


def error_class(status: int, code: str | None, missing: type[NotFound] = NotFound) -> type[ArmError]:
    """The class for an answer; `missing` is what a plain 404 means for that call.

    A malformed subscription id is answered with 400 and an unknown one with 404; both are the same mistake.
    """
    if found := _MISSING_BY_CODE.get((code or "").lower()):
        return found
    if status in _SERVER_FAULTS:
        return ServerFault
    by_status = _BY_STATUS.get(status, ArmError)
    return missing if by_status is NotFound else by_status

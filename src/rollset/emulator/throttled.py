"""What Azure answers to a request too many: the body of a 429, of Compute and of Resource Manager itself.

Azure documentation: "Troubleshooting API throttling errors"; the inner code is that of public logs of AKS.
"""

import orjson

from rollset.emulator import choices
from rollset.emulator.refusal import ArmError
from rollset.emulator.timestamps import azure_time

MINUTE_SECONDS = 60.0


def too_many_for_compute(policy: str, now: float, *, allowed: int, measured: int) -> ArmError:
    """Compute's own words, with text in JSON within the JSON."""
    begun = now - now % MINUTE_SECONDS
    inside = {
        "operationGroup": policy,
        "startTime": azure_time(begun),
        "endTime": azure_time(begun + MINUTE_SECONDS),
        "allowedRequestCount": allowed,
        "measuredRequestCount": measured,
    }
    return ArmError(
        "OperationNotAllowed",
        "The server rejected the request because too many requests have been received for this subscription.",
        details=(ArmError("TooManyRequests", orjson.dumps(inside).decode(), policy),),
        inner="TooManyRequestsReceived",
    )


def too_many_for_arm(verb: str, subscription: str, wait: str) -> ArmError:
    """The limits before any provider's: `verb` is `read`, `write` or `delete`."""
    message = (
        f"Number of '{verb}' requests for subscription '{subscription}' exceeded. Please try again after "
        f"'{wait}' seconds. Refer to https://aka.ms/arm-throttling for additional information."
    )
    return ArmError(choices.ARM_THROTTLED_CODE, message)

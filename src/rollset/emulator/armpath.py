"""What an ARM path is about: the type of resource, and the right that a request to it needs."""

from typing import NamedTuple

# Paths are matched in any case, and clients differ; Azure names rights in this one ("Azure permissions for Compute").
PROPER_NAMES = {
    name.lower(): name
    for name in (
        "resourceGroups",
        "virtualMachineScaleSets",
        "virtualMachines",
        "instanceView",
        "manualUpgrade",
        "powerOff",
        "reimageAll",
        "rollingUpgrades",
    )
}
VERBS = {"GET": "read", "HEAD": "read", "PUT": "write", "PATCH": "write", "DELETE": "delete"}


class Right(NamedTuple):
    """What a role must allow, and the id of the resource where it must."""

    action: str
    scope: str


def resource_type(path: str) -> str:
    """The type that an ARM path is about, for messages.

    >>> resource_type("/subscriptions/s/providers/Microsoft.Compute/locations/westus/publishers")
    'locations/publishers'
    """
    _, found, rest = path.partition("/providers/")
    return "/".join(rest.split("/")[1::2]) if found else "subscriptions"


def right(method: str, path: str) -> Right:
    """The right that a request needs. A list or a view is in the scope of its owner.

    >>> right("POST", "/subscriptions/s/providers/Web/sites/n/restart")
    Right(action='Web/sites/restart/action', scope='/subscriptions/s/providers/Web/sites/n')
    >>> right("GET", "/subscriptions/s/resourceGroups/g")
    Right(action='Microsoft.Resources/subscriptions/resourceGroups/read', scope='/subscriptions/s/resourceGroups/g')
    """
    above, found, below = path.strip("/").partition("/providers/")
    namespace, *segments = below.split("/") if found else ["Microsoft.Resources", *above.split("/")]
    verb = [segments.pop(), "action"] if method == "POST" and segments else [VERBS.get(method, "read")]
    action = [namespace, *segments[::2], *verb]
    owner = segments[: len(segments) // 2 * 2]
    scope = [above, "providers", namespace, *owner] if found else owner
    return Right("/".join(PROPER_NAMES.get(one.lower(), one) for one in action), "/" + "/".join(scope))

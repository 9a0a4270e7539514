"""Names of things: instances and scale sets.

A scale set is addressed as `RG/NAME`, `SUBSCRIPTION/RG/NAME` or by its full resource id. Azure compares every part of
an id without regard to case, and so does everything here that compares.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NewType

from rollset.core.errors import UsageError

InstanceId = NewType("InstanceId", str)
"""The `instanceId` of an instance: a decimal number on Uniform sets, the VM's name on Flexible ones."""

_RESOURCE_ID = re.compile(
    r"/subscriptions/(?P<subscription>[^/]+)/resourceGroups/(?P<group>[^/]+)"
    r"/providers/Microsoft\.Compute/virtualMachineScaleSets/(?P<name>[^/]+)/?",
    re.IGNORECASE,
)
_SEGMENT = re.compile(r"(?!\.+$)[\w.()-]{1,90}")
"""What may stand between two slashes; dots alone would lead to another resource."""
_SUBSCRIPTION = re.compile(r"[0-9A-Za-z-]{1,64}")


def natural(instance: InstanceId) -> tuple[int, int, str, str]:
    """Sorts ids as people count: 2 before 10, numbers before names.

    >>> sorted([InstanceId("10"), InstanceId("2"), InstanceId("web_a")], key=natural)
    ['2', '10', 'web_a']
    """
    if not instance.isdecimal():
        return (1, 0, instance.lower(), instance)
    # Compared as text of a length, because an id of a thousand digits is no number that Python would read.
    digits = instance.lstrip("0")
    return (0, len(digits), digits, instance)


def together(said: Iterable[tuple[InstanceId, str]]) -> dict[str, list[InstanceId]]:
    """Instances under the words that are said of them, both in the order in which they first come.

    >>> together([(InstanceId("0"), "late"), (InstanceId("1"), "gone"), (InstanceId("2"), "late")])
    {'late': ['0', '2'], 'gone': ['1']}
    """
    found: dict[str, list[InstanceId]] = {}
    for one, words in said:
        found.setdefault(words, []).append(one)
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class ScaleSetId:
    """Which scale set; equal to another whatever the case of its parts."""

    subscription: str
    resource_group: str
    name: str

    @property
    def path(self) -> str:
        """The ARM path of the set, in ARM's usual casing."""
        return (
            f"/subscriptions/{self.subscription}/resourceGroups/{self.resource_group}"
            f"/providers/Microsoft.Compute/virtualMachineScaleSets/{self.name}"
        )

    @property
    def short(self) -> str:
        """`RG/NAME`, as a user types it."""
        return f"{self.resource_group}/{self.name}"

    def __str__(self) -> str:
        return self.short

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ScaleSetId) and self.path.lower() == other.path.lower()

    def __hash__(self) -> int:
        return hash(self.path.lower())


def check_subscription(subscription: str) -> str:
    """`subscription`, if it can be one: its id becomes a part of a path.

    Raises:
        UsageError: it cannot.
    """
    if not _SUBSCRIPTION.fullmatch(subscription):
        raise UsageError(f"cannot read {subscription!r} as a subscription; write its id, such as 00000000-0000-...")
    return subscription


@dataclass(frozen=True, slots=True, kw_only=True)
class ScaleSetAddress:
    """A scale set as the user named it; `subscription` is `None` when left to the surroundings."""

    subscription: str | None
    resource_group: str
    name: str

    @classmethod
    def parse(cls, text: str) -> ScaleSetAddress:
        """Reads `RG/NAME`, `SUBSCRIPTION/RG/NAME` or a full resource id.

        Raises:
            UsageError: it is none of the three.
        """
        if found := _RESOURCE_ID.fullmatch(text.strip()):
            return cls(subscription=found["subscription"], resource_group=found["group"], name=found["name"])
        parts = text.strip().split("/")
        if len(parts) in (2, 3) and all(_SEGMENT.fullmatch(part) for part in parts):
            *named, group, name = parts
            subscription = check_subscription(named[0]) if named else None
            return cls(subscription=subscription, resource_group=group, name=name)
        raise UsageError(
            f"cannot read {text!r} as a scale set; write RESOURCE-GROUP/NAME, SUBSCRIPTION/RESOURCE-GROUP/NAME "
            "or the full resource id"
        )

    @property
    def path_end(self) -> str:
        """What the paths of all sets have in common that may be meant: all but a subscription that was not named."""
        path = self.within("").path
        return path if self.subscription else path.removeprefix("/subscriptions/")

    def within(self, subscription: str) -> ScaleSetId:
        """The set itself, with `subscription` where the user named none."""
        return ScaleSetId(
            subscription=self.subscription or subscription,
            resource_group=self.resource_group,
            name=self.name,
        )

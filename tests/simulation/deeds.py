"""What others do to a set, and when."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Deed:
    """Something that somebody does at a moment, in seconds since the rollout began."""

    at: float
    what: str
    whom: int
    """Which instance, counted round those that exist then."""


DEEDS = (
    *("falls-sick",) * 3,
    *("recovers",) * 4,
    "scale-out",
    "scale-in",
    "protect",
    "unprotect",
    "restart",
    "deallocate",
    "start",
    "delete",
    "reimage",
    "tags",
)
ONCE = ("foreign-image", "foreign-mode")

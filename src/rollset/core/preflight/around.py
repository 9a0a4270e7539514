"""What lies around a set: images, locks, quotas, sizes, autoscale. What was not asked about is `None`."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from rollset.core.fleet import PurchasePlan
from rollset.core.image import Image


@dataclass(frozen=True, slots=True, kw_only=True)
class Unread:
    """Something that could not be read. `forbidden` is whether it was for lack of a right."""

    what: str
    why: str
    remedy: str = ""
    forbidden: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Absent:
    """An image that is not there, in Azure's words or ours."""

    image: Image
    why: str


class Replication(StrEnum):
    """Whether a gallery version has arrived in the set's region."""

    HERE = "here"
    UNDER_WAY = "under way"
    FAILED = "failed"
    NOWHERE = "not asked for"


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageEnd:
    """When an image ends, or that it has; `instead` is what its publisher names in its place."""

    ended: bool = False
    at: float | None = None
    instead: str | None = None

    def is_over(self, now: float) -> bool:
        return self.ended or (self.at is not None and self.at <= now)

    def within(self, seconds: float, now: float) -> bool:
        """Whether it comes so soon, and has not come yet."""
        return not self.is_over(now) and self.at is not None and self.at - now < seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageFacts:
    """What Azure tells of one image; a member is `None` where that kind of image does not tell it."""

    image: Image
    generation: str | None = None
    architecture: str | None = None
    os_type: str | None = None
    plan: PurchasePlan | None = None
    end: ImageEnd = ImageEnd()
    excluded_from_latest: bool = False
    replication: Replication = Replication.HERE
    elsewhere: tuple[str, ...] = ()
    """The regions that it is in, where it is not in the set's own."""
    unread: Unread | None = None
    """A part of it that could not be read."""


Looked = ImageFacts | Absent | Unread
"""What became of a look at an image."""


class LockLevel(StrEnum):
    """`level` of a management lock."""

    READ_ONLY = "ReadOnly"
    CAN_NOT_DELETE = "CanNotDelete"


@dataclass(frozen=True, slots=True, kw_only=True)
class Lock:
    """A lock that holds for the set; `scope` is where it was put: subscription, resource group, or the set itself."""

    name: str
    level: LockLevel
    scope: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """One quota of a region; `title` is how Azure writes it for people."""

    name: str
    title: str
    used: int
    limit: int

    @property
    def left(self) -> int:
        return max(0, self.limit - self.used)


@dataclass(frozen=True, slots=True, kw_only=True)
class SizeFacts:
    """What a size of machine is and boots. Nothing is known of what is empty or `None`."""

    name: str
    cores: int | None = None
    family: str | None = None
    generations: frozenset[str] = frozenset()
    architecture: str | None = None
    zones: frozenset[str] = frozenset()
    """The zones of the region that have it, where any is told."""
    listed: bool = True
    """Whether the region has it at all."""
    barred: bool = False
    """Whether the subscription may not use it there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Autoscale:
    """An autoscale setting of the set that is enabled, with the widest bounds of its profiles."""

    name: str
    least: int | None
    most: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """What was read beside the set and its instances."""

    image: Looked | None = None
    before: tuple[Looked, ...] = ()
    """The images that instances run now and would leave, each once."""
    locks: tuple[Lock, ...] | Unread | None = None
    usages: tuple[Usage, ...] | Unread | None = None
    size: SizeFacts | Unread | None = None
    new_size: SizeFacts | Unread | None = None
    """The size that the set is to have, where that is another one."""
    autoscale: tuple[Autoscale, ...] | Unread | None = None
    rolls_by_itself: bool | Unread | None = None
    terms_accepted: bool | Unread | None = None
    missing_programs: tuple[str, ...] = ()
    """What hooks and gates call, and is not there."""

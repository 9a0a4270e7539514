"""One scale set as the inventory knows it: its model, the last look at its instances, and what that comes to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import lru_cache
from typing import TypeVar

from rollset.core.fleet import Provisioning, ScaleSet
from rollset.core.ids import ScaleSetId
from rollset.core.image import Image, follows_latest, same_image, version_key
from rollset.fleet.look import Counts, Look
from rollset.fleet.offered import Offered, exactly, family_of, version_of

IMAGES_MAX = 4096
"""So many names of images are remembered."""


class State(StrEnum):
    """What can be said of a set at a glance; several at once, or none."""

    OUTDATED = "outdated"
    """Instances run another image than the model's."""
    BEHIND = "behind"
    """The region offers a newer version than the model's."""
    UNHEALTHY = "unhealthy"
    """Instances that run are not healthy."""
    ROLLING = "rolling"
    """A rollout is under way."""
    FAILED = "failed"
    """The set, an instance or the last rollout has failed."""
    STOPPED = "stopped"
    """Instances are stopped or deallocated."""
    PROTECTED = "protected"
    """Instances are protected from actions of the set."""
    TROUBLED = "troubled"
    """It could not be looked at just now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """Why something is older than it should be, in one sentence: since when, and when it is tried again."""

    words: str
    since: float
    again_at: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RolloutNote:
    """What a row tells of a rollout; whoever knows the rollouts gives it to the inventory."""

    id: str
    words: str
    """How it stands, such as `12 of 20`."""
    running: bool
    failed: bool = False


Dated = TypeVar("Dated", Look, Offered)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A set. What is not known yet is `None`: the look until it was looked at, `offered` until the region was asked."""

    scale_set: ScaleSet
    listed_at: float
    """How fresh the model is; `look.at` and `offered.at` tell the same of the rest."""
    look: Look | None = None
    offered: Offered | None = None
    trouble: Trouble | None = None
    """Why it could not be looked at, if that is so since the last look."""
    offer_trouble: Trouble | None = None
    """Why nobody knows what the region offers, or why that is old."""
    rollout: RolloutNote | None = None
    image: str | None = None
    """What a filter by image calls the model's: without its version where it has versions, in lower case."""
    exact: Image | None = None
    """The image of the model at one exact version; `None` where nobody can tell."""
    outdated: int | None = None
    """Instances that run another one; `None` where nobody can tell."""
    behind: int | None = None
    """So many versions are newer than the model's."""
    oldest: str | None = None
    """The oldest version that an instance runs, or else the model's own."""
    oldest_behind: int | None = None
    """So many versions are newer than that."""
    states: frozenset[State] = field(default_factory=frozenset)
    words: str = ""
    """All that a search looks through, in lower case."""

    @property
    def id(self) -> ScaleSetId:
        return self.scale_set.id

    @property
    def key(self) -> str:
        return key_of(self.scale_set.id)

    @property
    def counts(self) -> Counts | None:
        return None if self.look is None else self.look.counts


def same_facts(one: Row, other: Row) -> bool:
    """Whether two rows of a set tell the same, whenever it was that they were read."""
    return one == replace(
        other,
        listed_at=one.listed_at,
        look=_as_of(one.look, other.look),
        offered=_as_of(one.offered, other.offered),
    )


def _as_of(one: Dated | None, other: Dated | None) -> Dated | None:
    return other if one is None or other is None else replace(other, at=one.at)


def key_of(id: ScaleSetId) -> str:  # noqa: A002 (it is the set's id)
    """By which rows are kept: an id has several spellings, this is one of them."""
    return id.path.lower()


def make_row(
    scale_set: ScaleSet,
    listed_at: float,
    *,
    look: Look | None = None,
    offered: Offered | None = None,
    trouble: Trouble | None = None,
    offer_trouble: Trouble | None = None,
    rollout: RolloutNote | None = None,
) -> Row:
    """A row, with everything that follows from what is known."""
    exact = _exact(scale_set.image, offered)
    outdated = _outdated(look, exact)
    behind = _behind(offered, version_of(exact))
    oldest = _oldest(look, scale_set.image) or version_of(exact)
    return Row(
        scale_set=scale_set,
        listed_at=listed_at,
        look=look,
        offered=offered,
        trouble=trouble,
        offer_trouble=offer_trouble,
        rollout=rollout,
        image=_image(scale_set.image),
        exact=exact,
        outdated=outdated,
        behind=behind,
        oldest=oldest,
        oldest_behind=_behind(offered, oldest),
        states=frozenset(
            [
                *_of_instances(None if look is None else look.counts),
                *([State.OUTDATED] if outdated else []),
                *([State.BEHIND] if behind else []),
                *([State.TROUBLED] if trouble is not None or offer_trouble is not None else []),
                *([State.ROLLING] if rollout is not None and rollout.running else []),
                *([State.FAILED] if _has_failed(scale_set, rollout) else []),
            ]
        ),
        words=_words(scale_set),
    )


@lru_cache(IMAGES_MAX)
def _image(image: Image | None) -> str | None:
    """Thousands of sets run few images: each name is kept once."""
    return None if image is None else family_of(image) or str(image).lower()


def _exact(image: Image | None, offered: Offered | None) -> Image | None:
    if image is None or not follows_latest(image):
        return image
    newest = None if offered is None else offered.newest
    return None if newest is None else exactly(image, newest)


def _outdated(look: Look | None, exact: Image | None) -> int | None:
    if look is None or exact is None:
        return None
    return sum(times for image, times in look.heat.running.items() if not same_image(image, exact))


def _oldest(look: Look | None, image: Image | None) -> str | None:
    """Of the versions of this image that instances run."""
    family = family_of(image)
    running = () if look is None else look.heat.images
    versions = {version_of(one) for one in running if family is not None and family_of(one) == family}
    return min((one for one in versions if one is not None), key=version_key, default=None)


def _behind(offered: Offered | None, version: str | None) -> int | None:
    return None if offered is None or version is None else offered.newer_than(version)


def _has_failed(scale_set: ScaleSet, rollout: RolloutNote | None) -> bool:
    return scale_set.provisioning is Provisioning.FAILED or (rollout is not None and rollout.failed)


def _of_instances(counts: Counts | None) -> Iterable[State]:
    if counts is None:
        return
    if counts.unhealthy:
        yield State.UNHEALTHY
    if counts.failed:
        yield State.FAILED
    if counts.stopped:
        yield State.STOPPED
    if counts.protected:
        yield State.PROTECTED


def _words(scale_set: ScaleSet) -> str:
    """Names, tags, image, size, region; a line each, so that no search matches across two of them."""
    one = scale_set
    tags = (f"{name}={value}" for name, value in one.tags.items())
    told = (one.id.short, one.id.subscription, one.location, str(one.image or ""), one.vm_size, *tags)
    return "\n".join(told).lower()

"""The images that instances would leave: whether an undo will find them."""

from __future__ import annotations

from collections.abc import Iterator

from rollset.core.failing import OnFailure
from rollset.core.image import same_image
from rollset.core.preflight.around import Absent, ImageFacts, Replication, Unread
from rollset.core.preflight.facts import Facts, day
from rollset.core.preflight.finding import Finding, blocking, warning
from rollset.core.preflight.image import SOON_DAYS, SOON_SECONDS, days_until, ended_words

NO_WAY_BACK = blocking(
    "no-way-back",
    "A failure is to be undone (`--on-failure undo`), and an image that instances run now is gone, or deprecated: "
    "they could not be brought back.",
)
OLD_IMAGE_GONE = warning(
    "old-image-gone", "An image that instances run now is gone, or deprecated: an undo could not bring them back."
)
OLD_IMAGE_LEAVES = warning(
    "old-image-leaves",
    f"An image that instances run now ends within {SOON_DAYS} days, or is left out of latest: the way back may not be "
    "open for long.",
)
KINDS = (NO_WAY_BACK, OLD_IMAGE_GONE, OLD_IMAGE_LEAVES)


def way_back_findings(facts: Facts) -> Iterator[Finding]:
    for looked in facts.around.before:
        if not isinstance(looked, Unread):
            yield from _of_image(looked, facts)


def _of_image(looked: ImageFacts | Absent, facts: Facts) -> Iterator[Finding]:
    if (why := _gone(looked, facts.now)) is not None:
        yield _no_way(f"{_who(looked, facts)}, and {why}", facts)
        return
    assert isinstance(looked, ImageFacts), "what is absent is gone"
    if looked.end.within(SOON_SECONDS, facts.now):
        assert looked.end.at is not None, "what comes soon has a day"
        yield OLD_IMAGE_LEAVES.found(
            f"{_who(looked, facts)}, which ends on {day(looked.end.at)}, in {days_until(looked.end.at, facts.now)}",
            "finish, and let it prove itself, before that day",
        )
    elif looked.excluded_from_latest:
        yield OLD_IMAGE_LEAVES.found(
            f"{_who(looked, facts)}, which is left out of latest",
            "ask its makers not to delete it before the new one has proven itself",
        )


def _gone(looked: ImageFacts | Absent, now: float) -> str | None:
    match looked:
        case Absent():
            return "it is not offered any more"
        case ImageFacts() if looked.end.is_over(now):
            return f"it {ended_words(looked)}"
        case ImageFacts(replication=Replication.NOWHERE):
            return "it is not in the set's region any more"
        case _:
            return None


def _no_way(fact: str, facts: Facts) -> Finding:
    if facts.plan.job.on_failure is OnFailure.UNDO:
        return NO_WAY_BACK.found(
            f"{fact}: what --on-failure undo promises cannot be kept",
            "begin with --on-failure stop, or accept that a failure stays where it is",
        )
    return OLD_IMAGE_GONE.found(
        f"{fact}: there is no way back for them", "try a few first, with --canary and --checkpoint, for this is final"
    )


def _who(looked: ImageFacts | Absent, facts: Facts) -> str:
    count = sum(same_image(one.image, looked.image) for one in facts.plan.situation.chosen)
    return f"1 instance runs {looked.image}" if count == 1 else f"{count} instances run {looked.image}"

"""What could not be read: never a reason to stop, and never passed over in silence."""

from __future__ import annotations

from collections.abc import Iterator

from rollset.core.preflight.around import ImageFacts, Unread
from rollset.core.preflight.facts import Facts
from rollset.core.preflight.finding import Finding, warning

UNREAD = warning(
    "unread", "Something could not be read, most often for lack of a right (403): what depends on it was not checked."
)
KINDS = (UNREAD,)


def reading_findings(facts: Facts) -> Iterator[Finding]:
    for one in _unread(facts):
        yield UNREAD.found(f"{one.what} could not be read: {one.why}", one.remedy or "try again")


def _unread(facts: Facts) -> Iterator[Unread]:
    around = facts.around
    image = around.image
    if isinstance(image, Unread) and not image.forbidden:
        yield image
    if isinstance(image, ImageFacts) and image.unread is not None:
        yield image.unread
    others = (
        *around.before,
        around.locks,
        around.rolls_by_itself,
        around.size,
        around.usages,
        around.autoscale,
        around.terms_accepted,
    )
    yield from (one for one in others if isinstance(one, Unread))

"""The new image: whether it is there, whether it may be read, whether it will be there tomorrow."""

from __future__ import annotations

from collections.abc import Iterator

from rollset.core.preflight.around import Absent, ImageFacts, Replication, Unread
from rollset.core.preflight.facts import DAY_SECONDS, Facts, day
from rollset.core.preflight.finding import Finding, blocking, warning

SOON_DAYS = 30
"""An image that ends within so many days is about to vanish: a rollout, and its way back, may take weeks."""

SOON_SECONDS = SOON_DAYS * DAY_SECONDS

CHANGE_REFUSED = blocking(
    "change-refused",
    "Azure does not allow this change of the image on an existing scale set: another publisher, offer or kind of "
    "image, or another SKU where a plan is attached.",
    acceptable=False,
)
IMAGE_MISSING = blocking(
    "image-missing",
    "The new image, or that version of it, does not exist, or is not offered in the set's region.",
    acceptable=False,
)
IMAGE_UNREADABLE = blocking(
    "image-unreadable",
    "The new image may not be read with this sign-in (403); Azure refuses an image to those who may not read it.",
    acceptable=False,
)
IMAGE_NOT_REPLICATED = blocking(
    "image-not-replicated",
    "The new image has not arrived in the set's region: never asked for there, still under way, or failed.",
    acceptable=False,
)
IMAGE_ENDED = blocking(
    "image-ended",
    "The new image is deprecated, or its end of life has passed: instances made or repaired later may fail.",
)
IMAGE_ENDS_SOON = warning("image-ends-soon", f"The new image is deprecated, or ends, within {SOON_DAYS} days.")
IMAGE_EXCLUDED = warning(
    "image-excluded-from-latest",
    "The new gallery version is left out of latest: whoever makes it usually means that it is not meant for everybody.",
)
KINDS = (
    CHANGE_REFUSED,
    IMAGE_MISSING,
    IMAGE_UNREADABLE,
    IMAGE_NOT_REPLICATED,
    IMAGE_ENDED,
    IMAGE_ENDS_SOON,
    IMAGE_EXCLUDED,
)


def image_findings(facts: Facts) -> Iterator[Finding]:
    if facts.refusal is not None:
        yield CHANGE_REFUSED.found(
            facts.refusal, "name an image of the same kind, publisher and offer, or make a new set"
        )
    match facts.around.image:
        case Absent(image=image, why=why):
            yield IMAGE_MISSING.found(
                f"{facts.the_image} {image} is not there for {facts.scale_set.location}: {why}",
                f"name one that is offered: rollset images {facts.scale_set.id}",
            )
        case Unread(forbidden=True) as unread:
            yield IMAGE_UNREADABLE.found(
                f"{unread.what} may not be read: {unread.why}", unread.remedy or "ask for the right to read it"
            )
        case ImageFacts() as image:
            yield from _of_image(image, facts)
        case _:
            pass


def _of_image(image: ImageFacts, facts: Facts) -> Iterator[Finding]:
    if image.replication is not Replication.HERE:
        yield IMAGE_NOT_REPLICATED.found(_where(image, facts.scale_set.location), _REPLICATE[image.replication])
    instead = f"the publisher names {image.end.instead} instead" if image.end.instead else "name a newer one"
    if image.end.is_over(facts.now):
        yield IMAGE_ENDED.found(f"{facts.the_image} {image.image} {ended_words(image)}", instead)
    elif image.end.within(SOON_SECONDS, facts.now):
        assert image.end.at is not None, "what comes soon has a day"
        yield IMAGE_ENDS_SOON.found(
            f"{facts.the_image} {image.image} ends on {day(image.end.at)}, in {days_until(image.end.at, facts.now)}",
            instead,
        )
    if image.excluded_from_latest:
        yield IMAGE_EXCLUDED.found(
            f"{facts.the_image} {image.image} is left out of latest", "make sure that its makers mean it for this set"
        )


def ended_words(image: ImageFacts) -> str:
    """Since when it is no more to be used."""
    since = "" if image.end.at is None else f" since {day(image.end.at)}"
    return f"has been deprecated{since}" if image.end.ended else f"is at its end of life{since}"


def days_until(at: float, now: float) -> str:
    days = int((at - now) // DAY_SECONDS)
    return "less than a day" if days < 1 else f"{days} day" + ("s" if days > 1 else "")


def _where(image: ImageFacts, location: str) -> str:
    match image.replication:
        case Replication.FAILED:
            return f"the replication of {image.image} to {location} has failed"
        case Replication.UNDER_WAY:
            return f"{image.image} is still being replicated to {location}"
        case _:
            elsewhere = f", only in {', '.join(image.elsewhere)}" if image.elsewhere else ""
            return f"{image.image} is not in {location}{elsewhere}"


_REPLICATE = {
    Replication.FAILED: "replicate it again: remove the region from the version and add it anew",
    Replication.UNDER_WAY: "wait until the replication is complete, which can take hours",
    Replication.NOWHERE: "add the region to the version's target regions; a managed image has to be made there anew",
}

"""Windows and freezes in a rollout file."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

from pydantic import AfterValidator, Field, model_validator

from rollset.core.errors import UsageError
from rollset.core.when.freezes import Freeze, check_moment
from rollset.core.when.windows import MaintenanceWindow, check_cron, check_length
from rollset.core.when.zones import zone_of
from rollset.faces.durations import duration_text, parse_duration
from rollset.faces.hours import freeze_document, parse_freeze, parse_window, window_document
from rollset.faces.rolloutfile.faulty import clipped
from rollset.faces.rolloutfile.parts import Keyed, Part, key
from rollset.faces.rolloutfile.scalars import BOUND, GIVEN, Kind, text_kind, wrong

WORDS_MAX = 200


def _cron(text: str) -> str:
    check_cron(text)
    return text


def _length(text: str) -> float:
    seconds = parse_duration(text)
    check_length(seconds)
    return seconds


def _zone(text: str) -> str:
    return zone_of(text).key


def _words(text: str) -> str:
    """A name or a reason.

    Raises:
        UsageError: there is nothing in it, or too much.
    """
    words = " ".join(text.split())
    if not words.isprintable():
        raise UsageError(f"{clipped(text)} holds a character that nobody sees; take it out")
    if not 0 < len(words) <= WORDS_MAX:
        raise UsageError(f"a name or reason has 1 to {WORDS_MAX} characters, and this has {len(words)}")
    return words


def _moment(text: str) -> str:
    check_moment(text)
    return text


def _day(text: str) -> str:
    """A date.

    Raises:
        UsageError: it is none.
    """
    if len(_moment(text)) != len("2026-12-24"):
        raise UsageError(f"{text!r} is more than a day; write it such as 2026-12-24, or use from and until")
    return text


ZONE = text_kind(_zone, "Europe/Berlin")
WORDS = text_kind(_words, "weeknights", minLength=1, maxLength=WORDS_MAX)
MOMENT = text_kind(
    _moment, "2026-12-18T18:00", pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9]{2}:[0-9]{2}(:[0-9]{2})?)?$"
)
DAY = text_kind(_day, "2026-12-24", pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$")


class WindowPart(Part):
    """Hours in which batches may start."""

    cron: Annotated[str, text_kind(_cron, "0 22 * * 1-5", pattern=r"^\s*(\S+\s+){4}\S+\s*$")] = Field(
        description="When it opens: minute, hour, day of month, month, day of week, as cron writes them."
    )
    duration: Annotated[float, Kind(parse=_length, schema=BOUND.schema, example="4h", write=duration_text)] = Field(
        description="For how long it is open: 5 minutes to 30 days."
    )
    zone: Annotated[str, ZONE] = Field(description="By the clocks of which time zone, by its IANA name.")
    name: Annotated[str | None, WORDS] = key("What reasons call it.")


def _window(part: WindowPart) -> MaintenanceWindow:
    return MaintenanceWindow.checked(cron=part.cron, seconds=part.duration, zone=part.zone, name=part.name)


class FreezePart(Part):
    """A stretch of the calendar in which nothing starts: from one moment until another, or whole days."""

    begins: Annotated[str | None, MOMENT] = Field(
        None, alias="from", description="The first moment, by the clocks of the zone; a date means its beginning."
    )
    until: Annotated[str | None, MOMENT] = key("The end; a date means the end of that day.")
    days: Annotated[tuple[Annotated[str, DAY], ...] | None, GIVEN] = key("Whole days, instead of from and until.")
    zone: Annotated[str, ZONE] = Field(description="By the clocks of which time zone, by its IANA name.")
    name: Annotated[str | None, WORDS] = key("What reasons call it.")
    reason: Annotated[str | None, WORDS] = key("Why; it stands in every reason that names the freeze.")

    @model_validator(mode="after")
    def _one_way(self) -> FreezePart:
        if (self.days is None) == (self.begins is None and self.until is None):
            raise wrong("needs from and until, or days, and not both; write one of the two")
        if self.days is None and (self.begins is None or self.until is None):
            raise wrong(f"needs {'from' if self.begins is None else 'until'} as well; a freeze has two ends")
        if self.days == ():
            raise wrong(
                "names no day, and would freeze nothing; write days such as 2026-12-24, or leave the freeze out"
            )
        return self


def _freezes(part: FreezePart) -> tuple[Freeze, ...]:
    if part.days is not None:
        days = (Freeze.of_day(day, zone=part.zone, name=part.name, reason=part.reason) for day in part.days)
        return tuple(days)
    assert part.begins is not None, "a freeze without days has two ends"
    assert part.until is not None, "a freeze without days has two ends"
    return (Freeze.checked(begins=part.begins, ends=part.until, zone=part.zone, name=part.name, reason=part.reason),)


def _flat(several: Iterable[Freeze | tuple[Freeze, ...]] | None) -> tuple[Freeze, ...] | None:
    if several is None:
        return None
    return tuple(one for each in several for one in (each if isinstance(each, tuple) else (each,)))


WINDOW = Keyed(
    part=WindowPart,
    build=_window,
    parse=parse_window,
    write=window_document,
    schema={"type": "string", "pattern": r"^\s*(\S+\s+){6}\S+"},
    example="'0 22 * * 1-5 4h Europe/Berlin'",
)
FREEZE = Keyed(
    part=FreezePart,
    build=_freezes,
    parse=parse_freeze,
    write=freeze_document,
    schema={"type": "string", "pattern": r"^\s*\S+\s+\S+"},
    example="'2026-12-24 Europe/Berlin'",
)
Windows = Annotated[tuple[Annotated[MaintenanceWindow, WINDOW], ...] | None, GIVEN]
Freezes = Annotated[tuple[Annotated[Freeze, FREEZE], ...] | None, GIVEN, AfterValidator(_flat)]

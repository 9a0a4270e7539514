"""The fleet page: every scale set of the chosen subscriptions, filtered and sorted as the address says."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse
from pydantic import BaseModel, Field

from rollset.core.errors import UsageError
from rollset.core.image import PlatformImage
from rollset.faces.account import spoken_ago
from rollset.fleet.news import SubscriptionNews
from rollset.fleet.query import Choices, Column, Window, parse_tag
from rollset.fleet.query import Query as Wanted
from rollset.fleet.row import Row, State
from rollset.web import addresses
from rollset.web.live import Message, Parts
from rollset.web.miniature import Miniature, miniature
from rollset.web.pages.asked import TheSite
from rollset.web.render import page, part
from rollset.web.site import Site

router = APIRouter()

ROWS_MAX = 50
"""On one page."""

OLD_SECONDS = 20.0
"""A look that is older says how old it is: what is on a screen is looked at twice as often, where Azure allows."""

AGE_STEP_SECONDS = 10
"""Ages below a minute are told in such steps, or a line would be sent anew each time."""

COLUMNS: tuple[tuple[Column, str], ...] = (
    (Column.NAME, "Scale set"),
    (Column.OUTDATED, "Outdated"),
    (Column.UNHEALTHY, "Unhealthy"),
    (Column.IMAGE, "Image"),
    (Column.BEHIND, "Behind"),
    (Column.ROLLOUT, "Rollout"),
    (Column.POLICY, "Policy"),
    (Column.CAPACITY, "Capacity"),
    (Column.LOCATION, "Location"),
)
"""In the order in which they stand; each can be sorted by."""

NUMBERS = (Column.OUTDATED, Column.UNHEALTHY, Column.CAPACITY)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One set."""

    row: Row
    number: int
    picture: Miniature | None
    """None until it was looked at."""
    age: str
    """Empty where it was looked at just now."""

    @property
    def image(self) -> str:
        """What tells it from other images."""
        match self.row.scale_set.image:
            case None:
                return "none"
            case PlatformImage() as image:
                return f"{image.sku} {image.version}"
            case image:
                return str(image).rpartition("/")[2]

    @property
    def behind(self) -> str:
        """How far its oldest instance is behind what the region offers."""
        many = self.row.oldest_behind
        if many is None:
            return ""
        return "newest" if many == 0 else f"{many} version{'s' if many > 1 else ''}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """A column, and where a click on it leads; `sorted` is `ascending` or `descending` where it is the order."""

    column: Column
    words: str
    address: str
    sorted: str

    @property
    def is_number(self) -> bool:
        return self.column in NUMBERS


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetPage:
    """A window of the fleet."""

    wanted: Wanted
    window: Window
    lines: tuple[Line, ...]
    choices: Choices
    subscriptions: tuple[SubscriptionNews, ...]
    troubles: tuple[str, ...]

    @property
    def headings(self) -> Iterator[Heading]:
        for column, words in COLUMNS:
            here = column is self.wanted.sort
            down = not self.wanted.down if here else column not in (Column.NAME, Column.IMAGE, Column.LOCATION)
            address = fleet_address(replace(self.wanted, sort=column, down=down, offset=0))
            told = ("descending" if self.wanted.down else "ascending") if here else ""
            yield Heading(column=column, words=words, address=address, sorted=told)

    @property
    def live(self) -> str:
        return addresses.of_stream(addresses.SETS, asked_of(self.wanted))

    @property
    def before(self) -> str | None:
        """The page before this one."""
        wanted = self.wanted
        return fleet_address(replace(wanted, offset=max(0, wanted.offset - ROWS_MAX))) if wanted.offset else None

    @property
    def after(self) -> str | None:
        """The next page."""
        beyond = self.window.offset + len(self.lines)
        return fleet_address(replace(self.wanted, offset=beyond)) if beyond < self.window.matched else None

    @property
    def tag(self) -> str:
        return next((name if value is None else f"{name}={value}" for name, value in self.wanted.tags.items()), "")

    @property
    def filtered(self) -> bool:
        """Whether anything but the order was asked for."""
        wanted = self.wanted
        return bool(
            wanted.text or wanted.subscriptions or wanted.regions or wanted.images or wanted.tags or wanted.states
        )


class Fields(BaseModel):
    """The fields of an address; one that was left empty asks for nothing."""

    text: str = Field(default="", max_length=200)
    subscription: tuple[str, ...] = ()
    region: tuple[str, ...] = ()
    image: tuple[str, ...] = ()
    tag: tuple[str, ...] = ()
    state: tuple[str, ...] = ()
    sort: Column = Column.NAME
    down: bool = False
    offset: int = Field(default=0, ge=0, le=1_000_000)


def wanted_of(fields: Annotated[Fields, Query()]) -> Wanted:
    """What the address asks for.

    Raises:
        UsageError: it names a state that there is not, or a tag without a name.
    """
    return Wanted(
        text=fields.text.strip(),
        subscriptions=_given(fields.subscription),
        regions=_given(fields.region),
        images=_given(fields.image),
        tags=dict(parse_tag(one) for one in fields.tag if one.strip()),
        states=frozenset(map(_state, _given(fields.state))),
        sort=fields.sort,
        down=fields.down,
        offset=fields.offset,
        limit=ROWS_MAX,
    )


def _state(text: str) -> State:
    try:
        return State(text)
    except ValueError as error:
        known = ", ".join(one.value for one in State)
        raise UsageError(f"{text[:40]!r} is no state of a scale set; choose one of {known}") from error


def _given(values: Iterable[str]) -> frozenset[str]:
    return frozenset(one for one in values if one)


TheQuery = Annotated[Wanted, Depends(wanted_of)]


def fleet_address(wanted: Wanted) -> str:
    """The address that asks for just that."""
    words = urlencode(asked_of(wanted))
    return f"{addresses.FLEET}{'?' if words else ''}{words}"


def asked_of(wanted: Wanted) -> list[tuple[str, str]]:
    """The fields of an address that asks for just that."""
    usual = Wanted()
    told: list[tuple[str, str]] = [("text", wanted.text)]
    told += [("subscription", one) for one in sorted(wanted.subscriptions)]
    told += [("region", one) for one in sorted(wanted.regions)]
    told += [("image", one) for one in sorted(wanted.images)]
    told += [("tag", name if value is None else f"{name}={value}") for name, value in wanted.tags.items()]
    told += [("state", one.value) for one in sorted(wanted.states)]
    told += [("sort", wanted.sort.value)] if wanted.sort is not usual.sort or wanted.down else []
    told += [("down", "yes" if wanted.down else "no")] if wanted.sort is not usual.sort or wanted.down else []
    told += [("offset", str(wanted.offset))] if wanted.offset else []
    return [(name, value) for name, value in told if value]


def fleet_page(site: Site, wanted: Wanted) -> FleetPage:
    """The page model, from what the inventory knows; asks Azure for nothing."""
    inventory, now = site.inventory, time.time()
    window = inventory.select(wanted)
    inventory.want(row.key for row in window.rows)
    return FleetPage(
        wanted=wanted,
        window=window,
        lines=tuple(line(row, number, now) for number, row in enumerate(window.rows)),
        choices=inventory.choices(),
        subscriptions=inventory.subscriptions,
        troubles=inventory.troubles,
    )


def line(row: Row, number: int, now: float) -> Line:
    """One set as a line of the page."""
    seconds = None if row.look is None else now - row.look.at
    return Line(
        row=row,
        number=number,
        picture=None if row.look is None else miniature(row.look.heat, row.exact),
        age="" if seconds is None or seconds <= OLD_SECONDS else spoken_ago(seconds - seconds % AGE_STEP_SECONDS),
    )


@router.get(addresses.FLEET)
async def fleet(request: Request, site: TheSite, wanted: TheQuery) -> HTMLResponse:
    """All scale sets."""
    return page(request, "fleet.html", fleet_page(site, wanted))


async def changes_of_fleet(site: Site, wanted: Wanted) -> AsyncGenerator[list[Message]]:
    """What changes on that page."""
    parts, shown = Parts(), None
    async for _ in site.inventory.follow(-1):
        model = fleet_page(site, wanted)
        messages = parts.part("counts", part("fleet_counts.html", model))
        messages += parts.part("troubles", part("fleet_troubles.html", model))
        keys = [one.row.key for one in model.lines]
        if keys != shown:  # Others are on this page now, or in another order.
            shown = keys
            messages += parts.part("rows", part("fleet_rows.html", model))
            parts.sent.update(_rows(model))
        else:
            messages += [one for id, html in _rows(model).items() for one in parts.part(id, html)]  # noqa: A001
        yield messages


def _rows(model: FleetPage) -> Mapping[str, str]:
    """Each row by the id of its element."""
    return {f"row-{one.number}": part("fleet_row.html", one) for one in model.lines}

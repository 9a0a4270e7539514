"""What happened, newest first: filtered, and a page at a time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from rollset.engine import events
from rollset.faces.facts import request_id
from rollset.faces.telling import begun_sentence, clock_time, sentence
from rollset.web.watching.chronicle import Chronicle
from rollset.web.watching.sheets import PAGE_MAX, sheets


class Sort(StrEnum):
    """What kind of facts are shown."""

    ALL = "everything"
    WRITES = "requests"
    ORDERS = "orders"
    FAILURES = "failures"
    WAITS = "waits"
    CHECKS = "checks"


SORTS: dict[Sort, tuple[type[events.Kept], ...]] = {
    Sort.ORDERS: (events.Signalled, events.TurnedBack),
    Sort.FAILURES: (events.Failed, events.Parked, events.Troubled),
    Sort.WAITS: (events.Waiting, events.Troubled),
    Sort.CHECKS: (events.GateSaid, events.Measured, events.Hooked, events.Compared, events.Proven),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What somebody wants to read; pages count from 1."""

    sort: Sort = Sort.ALL
    find: str = ""
    page: int = 1

    @property
    def is_the_newest(self) -> bool:
        """Whether what happens now would stand on it. Older pages stay as they are, for whoever reads them."""
        return self.page == 1

    @property
    def asked(self) -> dict[str, str]:
        """The fields of an address that asks for just that."""
        told = {"sort": (self.sort.value, Sort.ALL.value), "find": (self.find, ""), "events": (str(self.page), "1")}
        return {name: value for name, (value, usual) in told.items() if value != usual}


NEWEST = Wanted()


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """One fact."""

    number: int
    at: str
    words: str
    request: str | None
    weight: str


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """One page of it, of `total` facts that match."""

    wanted: Wanted
    shown: tuple[Happening, ...]
    total: int

    @property
    def pages(self) -> int:
        return sheets(self.total)

    @property
    def sorts(self) -> tuple[Sort, ...]:
        return tuple(Sort)


def history(chronicle: Chronicle, wanted: Wanted) -> History:
    """What matches, newest first."""
    found = [one for one in _all(chronicle, wanted.sort) if wanted.find.lower() in f"{one.words} {one.request}".lower()]
    page = min(max(1, wanted.page), sheets(len(found)))
    wanted = Wanted(sort=wanted.sort, find=wanted.find, page=page)
    return History(wanted=wanted, shown=tuple(found[(page - 1) * PAGE_MAX : page * PAGE_MAX]), total=len(found))


def _all(chronicle: Chronicle, sort: Sort = Sort.ALL) -> Iterator[Happening]:
    for told in reversed(chronicle.told):
        for event in reversed(told.entry.events):
            if _is_of(event, sort):
                yield Happening(
                    number=told.number,
                    at=clock_time(event.at),
                    words=sentence(event),
                    request=request_id(event),
                    weight=_weight(event),
                )
    state = chronicle.report.account.state
    if state is not None and sort in (Sort.ALL, Sort.ORDERS):
        order = state.order
        yield Happening(
            number=0, at=clock_time(order.begun_at), words=begun_sentence(order), request=None, weight="order"
        )


def everything(chronicle: Chronicle) -> tuple[Happening, ...]:
    """All of it, newest first."""
    return tuple(_all(chronicle))


def _is_of(event: events.Kept, sort: Sort) -> bool:
    match sort:
        case Sort.ALL:
            return True
        case Sort.WRITES:
            return request_id(event) is not None
        case Sort.FAILURES:
            return isinstance(event, SORTS[sort]) or _weight(event) == "bad"
        case _:
            return isinstance(event, SORTS[sort])


def _weight(event: events.Kept) -> str:
    match event:
        case events.Failed() | events.Parked() | events.Answered(refused=str()) | events.Answered(lost=str()):
            return "bad"
        case events.Hooked(failed=str() as failed) if failed:
            return "bad"
        case events.Signalled() | events.TurnedBack():
            return "order"
        case events.Proven():
            return "good"
        case events.Waiting() | events.Troubled():
            return "wait"
        case _:
            return "plain"

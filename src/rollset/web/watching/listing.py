"""The list of rollouts: which there are, how far each is, whose it is, and where it runs."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Self
from urllib.parse import urlencode

from rollset.engine.durable.ledger import EVERY, RolloutRow, Which
from rollset.faces.account import spoken_ago
from rollset.faces.durations import spoken_duration
from rollset.faces.known import address_of
from rollset.faces.report import where
from rollset.web import addresses
from rollset.web.accounts import Accounts
from rollset.web.watching.moods import mood_of
from rollset.web.watching.sheets import FIND_MAX, PAGE_MAX, sheets

STATES = {"all": EVERY, "going": Which(ended=False), "ended": Which(ended=True), "failed": Which(ending="failed")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """One line."""

    id: str
    set_words: str
    image: str
    word: str
    mood: str
    progress: str
    share: int | None
    """In percent, while it goes on."""
    by: str
    begun: str
    where: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """One page of those that match, of `total`."""

    state: str = "all"
    find: str = ""
    page: int = 1
    shown: tuple[Listed, ...] = ()
    total: int = 0

    @classmethod
    def asked(cls, sent: Mapping[str, Sequence[str]]) -> Self:
        """What an address asks for; words that mean nothing here ask for nothing."""
        state, find, page = ("".join(sent.get(name, ())[:1]) for name in ("state", "find", "page"))
        number = int(page) if page.isascii() and page.isdecimal() and len(page) < 6 else 1  # noqa: PLR2004 (a bound)
        return cls(state=state if state in STATES else "all", find=find[:FIND_MAX], page=max(1, number))

    @property
    def which(self) -> Which:
        """Those that match, in the words of the ledger."""
        return replace(STATES[self.state], words=self.find)

    @property
    def pages(self) -> int:
        return sheets(self.total)

    @property
    def states(self) -> tuple[str, ...]:
        return tuple(STATES)

    def address(self, page: int) -> str:
        """The address of another page of it."""
        return f"{addresses.ROLLOUTS}?{urlencode(self._asked(page))}"

    @property
    def live(self) -> str:
        return addresses.of_stream(addresses.ROLLOUTS, self._asked(self.page).items())

    def _asked(self, page: int) -> dict[str, str]:
        return {"state": self.state, "find": self.find, "page": str(page)}


async def listing(accounts: Accounts, wanted: Listing) -> Listing:
    """What matches, newest first."""
    total = await accounts.count(wanted.which)
    page = min(wanted.page, sheets(total))
    rows = await accounts.rows(PAGE_MAX, wanted.which, skip=(page - 1) * PAGE_MAX)
    return replace(wanted, page=page, total=total, shown=tuple([await _listed(accounts, row) for row in rows]))


async def _listed(accounts: Accounts, row: RolloutRow) -> Listed:
    """Of one that has ended the row says all that a line shows."""
    image = f"undoes {row.undoes}" if row.undoes else row.image.rpartition(":")[2].rpartition("/")[2]
    line = Listed(
        id=row.id,
        set_words=address_of(row),
        image=image,
        word=row.ending or "ended",
        mood=mood_of(row.ending),
        progress="",
        share=None,
        by=row.started_by,
        begun=spoken_ago(time.time() - row.begun_at),
        where="" if row.ended_at is None else f"took {spoken_duration(row.ended_at - row.begun_at)}",
    )
    if row.ended_at is not None:
        return line
    report = await accounts.report(row.id)
    return replace(
        line,
        word=report.word,
        mood=mood_of(report.word),
        progress=report.progress,
        share=report.share,
        where=where(report.account.row, report.holder),
    )

"""Where acts are kept and read: in a database of this machine, or at a dashboard. As documents, on either side."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import quote

from rollset.cli.office import Where
from rollset.cli.statedir import opened
from rollset.engine.durable.acts.ledger import ActLedger
from rollset.engine.durable.database import Database
from rollset.engine.durable.presence import who
from rollset.faces.acts import act_document, acts_of, whole_act_document
from rollset.faces.known import Place, ServerPlace

if TYPE_CHECKING:
    from rollset.client.line import Line


class Acts(Protocol):
    """The acts that were done to sets."""

    @property
    def place(self) -> Place: ...

    async def listed(self, which: str | None, limit: int) -> list[dict[str, Any]]:
        """The newest, of all sets or on one."""
        ...

    async def one(self, which: str) -> dict[str, Any]:
        """One by the beginning of its id, with each of its facts."""
        ...

    async def stop(self, which: str) -> None:
        """Withdraws one that no worker has begun; of one that goes on, Azure is asked for no more instances.

        Raises:
            UsageError: it has ended, or was told to stop already.
        """
        ...


class _Here:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._ledger = ActLedger(database)
        self.place: Place = database.state

    async def listed(self, which: str | None, limit: int) -> list[dict[str, Any]]:
        return list(map(act_document, acts_of(self._ledger, which, limit)))

    async def one(self, which: str) -> dict[str, Any]:
        return whole_act_document(self._ledger, self._ledger.act(which))

    async def stop(self, which: str) -> None:
        from rollset.engine.durable.acts.stop import stop_act  # noqa: PLC0415 (takes half a second)

        stop_act(self._database, self._ledger.act(which).id, who())


class _There:
    def __init__(self, line: Line, place: ServerPlace) -> None:
        self._line = line
        self.place: Place = place

    async def listed(self, which: str | None, limit: int) -> list[dict[str, Any]]:
        told: list[dict[str, Any]] = (await self._line.read("acts", of=which, limit=limit))["acts"]
        return told

    async def one(self, which: str) -> dict[str, Any]:
        act = await self._act(which)
        facts = await self._line.read(f"acts/{act['id']}/facts")
        return {**act, "facts": facts["facts"]}

    async def stop(self, which: str) -> None:
        act = await self._act(which)
        await self._line.send(f"acts/{act['id']}/stop", {})

    async def _act(self, which: str) -> dict[str, Any]:
        return await self._line.read(f"acts/{quote(which, safe='')}")


@asynccontextmanager
async def opened_acts(where: Where) -> AsyncIterator[Acts]:
    """Those that the user means.

    Raises:
        UsageError: their place is named in a way that cannot be read.
        NotAdmitted: there is no token for it.
    """
    url = where.server_url
    if url is None:
        with opened(where.state) as database:
            yield _Here(database)
        return
    from rollset.cli.there import opened_line  # noqa: PLC0415 (the one or the other)

    async with opened_line(url) as line:
        yield _There(line, ServerPlace(url=line.url, flagged=where.server is not None))

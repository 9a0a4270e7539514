"""An act that a worker of this database carries out, or this process where none runs."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from rollset.arm.azure import Azure
from rollset.cli.acting import Asking
from rollset.cli.beginning import queue_name
from rollset.core.ids import ScaleSetId
from rollset.engine.acts.agree import check_agreed
from rollset.engine.acts.carry import Actor
from rollset.engine.acts.prepare import Prepared
from rollset.engine.clock import epoch_clock
from rollset.engine.durable.acts.asking import price_act
from rollset.engine.durable.acts.ledger import ActLedger
from rollset.engine.durable.database import Database
from rollset.engine.durable.presence import Presence, who
from rollset.engine.durable.workers import count_workers
from rollset.engine.journal import Desk, Journal
from rollset.faces.acts import act_document, price_document
from rollset.faces.known import Place


class ActingHere:
    """An `Acting` with a database and Azure at hand."""

    def __init__(self, asking: Asking, scale_set: ScaleSetId, azure: Azure, database: Database) -> None:
        self._asking = asking
        self._scale_set = scale_set
        self._azure = azure
        self._database = database
        self._ledger = ActLedger(database)
        self._endpoint = queue_name(asking.connection)
        self._told: Prepared | None = None
        self.place: Place = database.state

    async def price(self) -> dict[str, Any]:
        self._told = await self._price()
        return price_document(self._told.price)

    async def _price(self) -> Prepared:
        return await price_act(self._azure, self._ledger, self._scale_set, self._asking.act)

    async def begin(self, typed: str | None) -> str:
        told = self._told
        assert told is not None, "a price is told before it is agreed to"
        check_agreed(told, agreed=None, typed=typed)
        from rollset.engine.durable.acts.begin import begin_act  # noqa: PLC0415 (takes half a second)

        # Between the question and the answer somebody else may have been at it.
        now = told if self._asking.yes else await self._price()
        check_agreed(now, agreed=told.price.token, typed=self._scale_set.name)
        return begin_act(self._database, now, by=who(), endpoint=self._endpoint)

    async def act(self, name: str) -> dict[str, Any]:
        return act_document(self._ledger.act(name))

    @asynccontextmanager
    async def carried(self) -> AsyncIterator[None]:
        """A worker that runs carries it out, or else this process."""
        presence = Presence(self._database)
        if count_workers(presence):
            yield
            return
        from rollset.engine.durable.runtime import Runtime  # noqa: PLC0415 (takes half a second)

        actor = Actor(azure=self._azure, clock=epoch_clock())
        with presence:
            async with Runtime(presence, _no_rollouts, endpoint=self._endpoint, act=actor.carry):
                yield


async def _no_rollouts(_order: str, _journal: Journal, _desk: Desk) -> str:
    raise AssertionError("nobody leaves rollouts to this process")

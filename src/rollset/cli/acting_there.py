"""An act that the worker of a dashboard carries out."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from rollset.cli.acting import Asking
from rollset.cli.asking_there import path_of
from rollset.client.faults import Lost
from rollset.client.line import Line
from rollset.core.ids import ScaleSetId
from rollset.engine.acts.agree import ActRefused
from rollset.faces.actform import act_wish
from rollset.faces.known import Place, ServerPlace


class ActingThere:
    """An `Acting` at the end of a line."""

    def __init__(self, asking: Asking, scale_set: ScaleSetId, line: Line, *, flagged: bool) -> None:
        self._asking = asking
        self._scale_set = scale_set
        self._line = line
        self._told: dict[str, Any] = {}
        self.place: Place = ServerPlace(url=line.url, flagged=flagged)

    async def price(self) -> dict[str, Any]:
        self._told = await self._line.consult(f"{path_of(self._scale_set)}/acts/price", act_wish(self._asking.act))
        price: dict[str, Any] = self._told["price"]
        return price

    async def begin(self, typed: str | None) -> str:
        price = self._told["price"]
        if price["refusals"]:
            raise ActRefused(f"cannot {price['act']} on {self._scale_set}: {'; '.join(price['refusals'])}")
        yes = {"key": self._told["key"], "token": price["token"], "name": typed or ""}
        try:
            return str((await self._line.send(f"{path_of(self._scale_set)}/acts", yes))["id"])
        except Lost as error:
            listed = self.place.command(f"acts {self._scale_set.short}")
            raise Lost(f"{error}; whether it has begun is told by: {listed}") from error

    async def act(self, name: str) -> dict[str, Any]:
        acted = await self._line.read(f"acts/{name}")
        return {name: value for name, value in acted.items() if name != "result"}

    @asynccontextmanager
    async def carried(self) -> AsyncIterator[None]:
        """The dashboard's worker does that."""
        yield

"""The page of one scale set: its heatmap, its properties, and what goes on with it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse

from rollset.core.acts.act import Action
from rollset.core.ids import InstanceId, ScaleSetId
from rollset.engine.durable.acts.ledger import ActRow
from rollset.engine.durable.ledger import RolloutRow
from rollset.faces.actwords import What
from rollset.faces.marks import Mark
from rollset.faces.report import Report
from rollset.web import addresses
from rollset.web.access.asking import A_LOOK, asks_azure
from rollset.web.heatmap import Heatmap, Show, heatmap
from rollset.web.live import Message, Parts
from rollset.web.looks import Look
from rollset.web.pages.asked import SET, TheSet, TheSite
from rollset.web.properties import Property, properties
from rollset.web.render import page, part
from rollset.web.site import Site
from rollset.web.together import both

router = APIRouter()

ROLLOUTS_MAX = 10
"""So many of the rollouts of a set are listed on its page."""

ACTS_MAX = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """What was done to a set, and is done now; the newest first."""

    rollouts: tuple[RolloutRow, ...]
    acts: tuple[ActRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SetPage:
    """A scale set as it was at `look.at`."""

    id: ScaleSetId
    look: Look
    heatmap: Heatmap
    rolling: Report | None
    past: Past

    @property
    def rollouts(self) -> tuple[RolloutRow, ...]:
        return self.past.rollouts

    @property
    def acts(self) -> tuple[ActRow, ...]:
        return self.past.acts

    @property
    def live(self) -> str:
        return addresses.of_stream(addresses.of_set(self.id), [("show", self.heatmap.show)])

    @property
    def properties(self) -> tuple[Property, ...]:
        return properties(self.look.described)

    @property
    def actions(self) -> tuple[Action, ...]:
        """What can be done to chosen instances."""
        return tuple(Action)

    @staticmethod
    def word(action: Action) -> str:
        """What the API calls it."""
        return What[action.name].value

    @property
    def actions_of_set(self) -> tuple[Action, ...]:
        """What can be done to all of them."""
        return (Action.START, Action.RESTART, Action.POWER_OFF, Action.DEALLOCATE)

    @property
    def shows(self) -> tuple[Show, ...]:
        return tuple(Show)


def set_page(look: Look, show: Show, rolling: Report | None, past: Past) -> SetPage:
    """The page model."""
    return SetPage(
        id=look.fleet.scale_set.id,
        look=look,
        heatmap=heatmap(look, show, _marks(rolling)),
        rolling=rolling,
        past=past,
    )


def _marks(rolling: Report | None) -> Mapping[InstanceId, Mark] | None:
    return None if rolling is None or rolling.story is None else rolling.story.marks


@router.get(SET, dependencies=[Depends(asks_azure(A_LOOK))])
async def scale_set(
    request: Request, site: TheSite, scale_set: TheSet, show: Annotated[Show, Query()] = Show.STATE
) -> HTMLResponse:
    """The page of a scale set."""
    look, rolling, past = await asyncio.gather(
        site.looks.look(scale_set), site.accounts.current(scale_set), _past(site, scale_set)
    )
    return page(request, "set.html", set_page(look, show, rolling, past))


async def _past(site: Site, scale_set: ScaleSetId) -> Past:
    rollouts = await site.accounts.of_set(scale_set, ROLLOUTS_MAX)
    acts = await asyncio.to_thread(site.acts.acts, scale_set.path, ACTS_MAX)
    return Past(rollouts=tuple(rollouts), acts=tuple(acts))


async def _follow_past(site: Site, scale_set: ScaleSetId) -> AsyncGenerator[Past]:
    """Whenever something in it is new."""
    last: Past | None = None
    async for past in site.accounts.every(lambda: _past(site, scale_set)):
        if past != last:
            last = past
            yield past


async def changes_of_set(site: Site, scale_set: ScaleSetId, show: Show) -> AsyncGenerator[list[Message]]:
    """What changes on that page."""
    parts, places = Parts(), None
    seen = both(site.looks.follow(scale_set), site.accounts.follow_current(scale_set))
    async for (look, rolling), past in both(seen, _follow_past(site, scale_set)):
        model = set_page(look, show, rolling, past)
        messages = []
        now = {one.id: one.place for one in look.instances}
        if now != places:  # Whoever came or went, the grids are others.
            places = now
            messages += parts.part("heatmap", part("heatmap.html", model))
        cells = model.heatmap.cells.items()
        messages += parts.cells({one: [cell.style, cell.kind.sign, cell.text, cell.about] for one, cell in cells})
        messages += parts.part("legend", part("legend.html", model))
        for name in ("facts", "described", "capacity", "set_acts", "set_rollouts"):
            messages += parts.part(name, part(f"{name}.html", model))
        messages += parts.part("rolling", part("rolling.html", model))
        yield messages

"""What every page needs: the line to Azure, the rollouts, and who looks at which scale set."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from rollset.arm.azure import Azure
from rollset.engine.durable.acts.ledger import ActLedger
from rollset.engine.durable.database import Database
from rollset.engine.durable.drafts import Drafts
from rollset.engine.durable.presence import Presence
from rollset.engine.durable.workers import count_workers
from rollset.fleet.inventory import Inventory
from rollset.web.accounts import Accounts
from rollset.web.looks import Looks
from rollset.web.rolling.aside import Aside
from rollset.web.rolling.plans import ShownPlans
from rollset.web.shown_prices import ShownPrices


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """One dashboard. `presence` is entered: it claims sets for the rollouts that are begun here.

    `endpoint` is Azure's host, as queues name it.
    """

    azure: Azure
    presence: Presence
    endpoint: str
    inventory: Inventory
    looks: Looks
    accounts: Accounts
    prices: ShownPrices = field(default_factory=ShownPrices)
    banner: Callable[[], str] = str
    """A line for the foot of each page, such as how traffic does in a demo."""
    plans: ShownPlans = field(default_factory=ShownPlans)
    aside: Aside = field(default_factory=Aside)
    brings_worker: bool = False
    """Whether a worker runs beside it: after a start it is on its way before it can be counted."""
    closing: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when the server is about to end: streams end then."""

    def count_workers(self) -> int:
        """How many there are to carry out what is left to them, now or within moments."""
        return count_workers(self.presence) or int(self.brings_worker)

    @property
    def acts(self) -> ActLedger:
        return ActLedger(self.database)

    @property
    def drafts(self) -> Drafts:
        return Drafts(self.database)

    @property
    def database(self) -> Database:
        return self.presence.database

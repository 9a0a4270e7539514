"""What pages and the HTTP API do alike: each is noted in the audit log, with what came of it."""

from __future__ import annotations

import asyncio
from collections.abc import Collection

from fastapi import Request

from rollset.core.control import Verb
from rollset.core.errors import UsageError
from rollset.core.ids import ScaleSetId
from rollset.engine.acts.prepare import Prepared
from rollset.engine.durable.acts.begin import begin_act
from rollset.engine.durable.acts.stop import stop_act
from rollset.faces.begin import Beginning
from rollset.faces.orders import Wanted
from rollset.web.access.asking import acting
from rollset.web.rolling.plans import Agreement
from rollset.web.shown_prices import Proposal
from rollset.web.site import Site


def take_price(site: Site, scale_set: ScaleSetId, key: str, user: str) -> Proposal:
    """The act that was said yes to; nobody can say it twice.

    Raises:
        Forgotten: it is not known here, or was told to somebody else.
        UsageError: it is one on another set.
    """
    proposal = site.prices.take(key, user)
    if proposal.scale_set != scale_set:
        raise UsageError(f"nothing was done: this price is that of an act on {proposal.scale_set}; ask for one here")
    return proposal


async def begin_priced(request: Request, site: Site, prepared: Prepared, user: str) -> str:
    """Begins an act whose price was said yes to; gives its id."""
    scale_set, price = prepared.fleet.scale_set.id, prepared.price
    async with acting(request, prepared.act.kind, str(scale_set)) as outcome:
        begun = await asyncio.to_thread(begin_act, site.database, prepared, by=user, endpoint=site.endpoint)
        outcome.detail = f"act {begun}: {price.words}"
    site.inventory.expect(scale_set, price.touched)
    site.inventory.refresh(scale_set)
    return begun


async def stop_told(request: Request, site: Site, act: str, user: str) -> str:
    """Tells an act to stop, or withdraws it; gives its id.

    Raises:
        UsageError: there is none, it has ended, or it was told to stop already.
    """
    row = await asyncio.to_thread(site.acts.act, act)
    async with acting(request, "stop", f"act {row.id}"):
        await asyncio.to_thread(stop_act, site.database, row.id, user)
    return row.id


async def begin_rollout(
    request: Request,
    site: Site,
    agreement: Agreement,
    accepted: Collection[str],
    user: str,
    *,
    start_only: bool = False,
) -> str:
    """Begins exactly the plan that was agreed to, or its first step alone; gives the id of the rollout.

    Raises:
        UnsafeError: it is another plan by now, is not safe, or a finding blocks that was not accepted.
        Held: another rollout of the set has not ended.
    """
    target = str(agreement.wish.scale_set)
    async with acting(request, "roll", target, f"plan {agreement.agreed.hash}") as outcome:
        rollout = await _beginning(site).begin(agreement.wish, agreement.agreed, accepted, user, start_only=start_only)
        outcome.detail = rollout
    return rollout


async def give_order(request: Request, site: Site, rollout: str, wanted: Wanted, user: str) -> str:
    """Leaves an order, and gives the id of the rollout that it leads to.

    The way back of a rollout that has ended is a rollout of its own.

    Raises:
        UsageError: it makes no sense for it, or would change nothing.
        UnsafeError: another plan is approved than it carries out.
    """
    account = (await site.accounts.report(rollout)).account
    async with acting(request, wanted.verb.value, f"rollout {account.id}") as outcome:
        if account.ended and wanted.verb is Verb.UNDO:
            begun = await _beginning(site).undo(account, user)
            outcome.detail = begun
            return begun
        await site.accounts.leave(account.id, wanted, user)
    return account.id


def _beginning(site: Site) -> Beginning:
    return Beginning(azure=site.azure, presence=site.presence, endpoint=site.endpoint)

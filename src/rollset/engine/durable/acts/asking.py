"""The price of an act with all that is known of the set: what goes on there, and how long such acts took."""

from __future__ import annotations

import asyncio

from rollset.arm.azure import Azure
from rollset.core.acts.act import Act
from rollset.core.ids import ScaleSetId
from rollset.engine.acts.prepare import Prepared, prepare
from rollset.engine.durable.acts.ledger import ActLedger


async def price_act(azure: Azure, ledger: ActLedger, scale_set: ScaleSetId, act: Act) -> Prepared:
    """Looks at the set and tells what the act would cost there now; the database is asked in a thread.

    Raises:
        UsageError: the image is not offered there, or Azure would refuse the change.
        EditConflict: the set says something else than the author of the edit read.
        ArmError: Azure could not be asked.
        StateError: the database could not be asked.
    """
    underway = await asyncio.to_thread(ledger.underway, scale_set.path)
    took = await asyncio.to_thread(ledger.took, scale_set.path, act.kind)
    return await prepare(azure, scale_set, act, underway=underway, took=took)

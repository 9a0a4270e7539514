"""Sets as Azure shows them to this process."""

from __future__ import annotations

import asyncio
import time
from typing import Any

from rollset.arm.azure import Azure
from rollset.cli import faults
from rollset.cli.asked import Asked
from rollset.cli.lookout import Examination, Listed
from rollset.cli.options import ConnectionFlags
from rollset.cli.session import subscription_of
from rollset.core.comparing.former import Former
from rollset.core.errors import RollsetError
from rollset.core.fleet import ScaleSet
from rollset.core.ids import ScaleSetId
from rollset.core.image import same_image
from rollset.core.plan import Plan
from rollset.engine.preflight import examine_set
from rollset.engine.prepare import Wish, prepare
from rollset.faces.documents import image_document, moment, scale_set_document
from rollset.faces.model_images import ModelImages
from rollset.faces.offer import Offer, offer_of, offered_versions
from rollset.faces.sight import Sight, see

LOOKS_AT_ONCE = 8
"""So many sets are looked into together; a look into one is a costly read for Azure."""


class Looking:
    """A `Lookout` with a line to Azure."""

    def __init__(self, azure: Azure, connection: ConnectionFlags) -> None:
        self._azure = azure
        self._connection = connection

    async def listed(self) -> Listed:
        subscription = subscription_of(self._connection)
        found = await self._azure.scale_sets(subscription)
        images, gate = ModelImages(self._azure), asyncio.Semaphore(LOOKS_AT_ONCE)
        by_name = sorted(found, key=lambda one: one.id.short.lower())
        rows = await asyncio.gather(*(self._row(images, gate, one) for one in by_name))
        return Listed(subscription=subscription, scale_sets=rows)

    async def _row(self, images: ModelImages, gate: asyncio.Semaphore, scale_set: ScaleSet) -> dict[str, Any]:
        """One set that cannot be looked into must not hide the others."""
        told: dict[str, Any] = scale_set_document(scale_set)
        told |= {"exact_image": None, "outdated": None, "remark": None, "looked_at": None}
        async with gate:
            try:
                exact = await images.exact(scale_set)
                instances = await self._azure.instances(scale_set)
            except RollsetError as error:
                return {**told, "remark": faults.sentence(error)}
        outdated = sum(not same_image(one.image, exact) for one in instances)
        return {**told, "exact_image": image_document(exact), "outdated": outdated, "looked_at": moment(time.time())}

    async def see(self, scale_set: ScaleSetId) -> Sight:
        return await see(self._azure, scale_set)

    async def plan(self, scale_set: ScaleSetId, asked: Asked) -> Plan:
        plan = await prepare(self._azure, asked.wish(scale_set))
        return plan if plan.job.compare is None else await asyncio.to_thread(_recalled, plan)

    async def offer(self, scale_set: ScaleSetId) -> Offer:
        model = await self._azure.scale_set(scale_set)
        offered = await offered_versions(self._azure, model)
        return offer_of(model, offered, await self._azure.instances(model))

    async def examine(self, wish: Wish) -> Examination:
        examined = await examine_set(self._azure, wish, budget_named=wish.budget_named, now=time.time())
        return Examination(plan=examined.facts.plan, findings=examined.findings, requests=self._azure.requests)


def _recalled(plan: Plan) -> Plan:
    """The plan with what an earlier rollout took, as far as journals can be read; without any it is a plan as well."""
    from rollset.cli.statedir import opened  # noqa: PLC0415 (a plan that does not compare needs no database)
    from rollset.engine.durable.recalling import recalled  # noqa: PLC0415 (the same)

    try:
        with opened(None) as database:
            return recalled(database, plan)
    except RollsetError as error:
        return plan.knowing(Former(why=f"what earlier rollouts took cannot be read: {error}"))

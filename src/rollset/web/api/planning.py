"""Plans and beginnings: a rollout file, the plan that it makes now, and exactly that one begun."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from rollset.core.change import UNCHANGED
from rollset.core.errors import UnsafeError
from rollset.core.plan import Plan
from rollset.core.preflight.safety import refuse_unsafe
from rollset.engine.order import Order
from rollset.engine.preflight import examine_set
from rollset.engine.prepare import Wish
from rollset.engine.records import encode_order
from rollset.faces.agreed import parse_hash
from rollset.faces.documents import Json
from rollset.faces.findings import examined_document, finding_document
from rollset.faces.hours import notes_on
from rollset.faces.planfile import saved_document
from rollset.faces.planned import plan_document
from rollset.web.access.asking import A_PLAN, asks_azure
from rollset.web.api.asked import FILE_BODY, Operator, example, file_meant, problems
from rollset.web.api.documents.plans import Examined, Planned
from rollset.web.api.documents.rollouts import Begun
from rollset.web.doing import begin_rollout
from rollset.web.pages.asked import SET, TheSet, TheSite
from rollset.web.rolling.planned import planned

router = APIRouter(tags=["rollouts"])

PLAN_EXAMPLE = {"plan": {"hash": "1c5e...", "steps": 5}, "findings": [], "can_begin": True, "going": None}
FINDINGS_EXAMPLE = {"findings": [], "count": {"blocking": 0, "warning": 0, "note": 0}}


@router.post(
    f"{SET}/plan",
    dependencies=[Depends(asks_azure(A_PLAN))],
    response_model=Planned,
    responses={**problems(404, 409), **example(PLAN_EXAMPLE)},
    openapi_extra=FILE_BODY,
)
async def make_plan(
    request: Request,
    site: TheSite,
    scale_set: TheSet,
    *,
    exact: Annotated[bool, Query(description="Whether the plan is wanted as the engine keeps it as well.")] = False,
) -> Json:
    """The plan that a rollout file makes now, and what is found around the set. Changes nothing.

    `plan` is what `rollset plan -o json` prints; its `hash` is what to begin with.
    """
    meant = await file_meant(request, scale_set)
    found, going, workers = await asyncio.gather(
        planned(site.azure, site.database, meant.wish),
        site.accounts.going(scale_set),
        asyncio.to_thread(site.count_workers),
    )
    site.plans.keep(found.plan, meant.wish)
    return {
        "plan": _document(found.plan, meant.wish),
        "findings": [finding_document(one) for one in found.findings],
        "can_begin": found.can_begin,
        "going": None if going is None else going.id,
        "workers": workers,
        "order": encode_order(Order.of(found.plan, id="", by="", begun_at=0.0)) if exact else None,
    }


@router.post(
    f"{SET}/findings",
    dependencies=[Depends(asks_azure(A_PLAN))],
    response_model=Examined,
    responses={**problems(404), **example(FINDINGS_EXAMPLE)},
    openapi_extra=FILE_BODY,
)
async def find_what_stands_in_the_way(
    request: Request,
    site: TheSite,
    scale_set: TheSet,
    *,
    any_image: Annotated[bool, Query(description="Whatever the image: that of the file is passed over.")] = False,
    exact: Annotated[bool, Query(description="Whether the plan is wanted as the engine keeps it as well.")] = False,
) -> Json:
    """What stands in the way of a rollout file, as `rollset doctor -o json` prints it. Changes nothing.

    Also where no plan can be made, because the image is not there, say.
    """
    meant = await file_meant(request, scale_set)
    wish = replace(meant.wish, change=UNCHANGED) if any_image else meant.wish
    examined = await examine_set(site.azure, wish, budget_named=wish.budget_named, now=time.time())
    plan = examined.facts.plan
    return {
        **examined_document(plan, examined.findings, None),
        "order": encode_order(Order.of(plan, id="", by="", begun_at=0.0)) if exact else None,
    }


def _document(plan: Plan, wish: Wish) -> Json:
    return saved_document(plan, wish, plan_document(plan, _refusal(plan, wish), notes_on(plan)))


def _refusal(plan: Plan, wish: Wish) -> UnsafeError | None:
    try:
        refuse_unsafe(plan, told_otherwise=wish.budget_named)
    except UnsafeError as error:
        return error
    return None


@router.post(
    f"{SET}/rollouts",
    status_code=HTTPStatus.CREATED,
    response_model=Begun,
    responses={**problems(404, 409), **example({"id": "web-7k2m"}, 201)},
    openapi_extra=FILE_BODY,
)
async def begin_agreed_plan(  # noqa: PLR0917 (FastAPI gives them by name)
    request: Request,
    response: Response,
    site: TheSite,
    who: Operator,
    scale_set: TheSet,
    plan: Annotated[str, Query(max_length=200, description="The hash of the plan that is agreed to.")],
    accept: Annotated[
        list[str], Query(max_length=100, description="Findings that block and are accepted, by name.")
    ] = [],  # noqa: B006 (FastAPI copies it)
    *,
    start_only: Annotated[
        bool, Query(description="Ask Azure for the first step, and end without waiting for it.")
    ] = False,
) -> Json:
    """Begins exactly the plan that was agreed to; a worker carries it out, whether or not anybody looks.

    The body is the same file again. Where the plan is another by now nothing is begun, and the problem says what has
    moved. To send this twice is safe: a set has one rollout at a time, and the second is refused with 409.
    """
    meant = await file_meant(request, scale_set)
    agreement = site.plans.find(parse_hash(plan), meant.wish)
    rollout = await begin_rollout(request, site, agreement, accept, who.name, start_only=start_only)
    response.headers["location"] = f"/api/rollouts/{rollout}"
    return {"id": rollout}

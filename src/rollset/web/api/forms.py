"""The form beside a rollout file, and the files that are kept so that their plans have an address."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request

from rollset.faces.documents import Json
from rollset.web import addresses
from rollset.web.access.asking import A_LISTING, asks_azure, commands_of
from rollset.web.api.asked import FILE_BODY, example, file_meant, file_sent, problems
from rollset.web.api.documents.forms import Draft, Filled, FormBegun, FormWish
from rollset.web.pages.asked import SET, TheSet, TheSite, read_aside
from rollset.web.pages.roll import find_draft, find_text, keep_draft
from rollset.web.rolling.begun import first_file
from rollset.web.rolling.both import FILE, WAS, Both, both_of, both_sent

router = APIRouter(tags=["rollouts"])

FORM_EXAMPLE: Json = {
    "file": "image:\n  version: latest\n",
    "was": "image:\n  version: latest\n",
    "values": {"image.version": "latest"},
    "faults": {},
    "told": [],
    "usable": True,
}
WISH_EXAMPLE = {
    "requestBody": {
        "content": {
            "application/json": {
                "example": {
                    "file": "image:\n  version: latest\n",
                    "was": "image:\n  version: latest\n",
                    "values": {"policy.max_unavailable": ["2"]},
                }
            }
        }
    }
}
DRAFT_EXAMPLE = {"draft": "5f0c...", "file": "image:\n  version: latest\n", "page": "/sets/.../roll/plans/5f0c..."}


@router.get(
    f"{SET}/form",
    dependencies=[Depends(asks_azure(A_LISTING))],
    response_model=Filled,
    responses={**problems(404, 504), **example(FORM_EXAMPLE)},
)
async def begin_form(request: Request, site: TheSite, scale_set: TheSet, chosen: Annotated[FormBegun, Query()]) -> Json:
    """The form and the file that roll what was chosen, or a file that is known.

    That is the kept file `draft`, or that which asks for the rollout `again` once more, at the image that it meant.
    """
    text = await find_text(request, scale_set, draft=chosen.draft, again=chosen.again)
    text = text or first_file(await site.looks.look(scale_set), chosen.fields)
    return await read_aside(request, lambda: _document(both_of(text, scale_set, commands=commands_of(request))))


@router.post(
    f"{SET}/form", response_model=Filled, responses={**problems(), **example(FORM_EXAMPLE)}, openapi_extra=WISH_EXAMPLE
)
async def translate(request: Request, scale_set: TheSet, wish: FormWish) -> Json:
    """Brings a form and its file into line, after either was changed. Changes nothing, and asks Azure for nothing.

    `was` is the file that the form has shown: where a value differs from it, the form was changed, and else the file.
    """
    sent = {**wish.values, FILE: [wish.file], WAS: [wish.was]}
    return await read_aside(request, lambda: _document(both_sent(sent, scale_set, commands=commands_of(request))))


def _document(both: Both) -> Json:
    return {
        "file": both.text,
        "was": both.was,
        "values": both.values,
        "faults": both.faults_by_field,
        "told": both.told,
        "usable": both.meant is not None,
    }


@router.post(
    f"{SET}/drafts",
    status_code=HTTPStatus.CREATED,
    dependencies=[Depends(asks_azure(A_LISTING))],
    response_model=Draft,
    responses={**problems(), **example(DRAFT_EXAMPLE, 201)},
    openapi_extra=FILE_BODY,
)
async def keep_file(request: Request, site: TheSite, scale_set: TheSet) -> Json:
    """Keeps a rollout file, so that whoever may see the set finds its plan at `page`. The last 500 are kept."""
    await file_meant(request, scale_set)
    text = await file_sent(request)
    draft = await keep_draft(site, scale_set, text)
    return {"draft": draft, "file": text, "page": addresses.of_plan(scale_set, draft)}


@router.get(f"{SET}/drafts/{{draft}}", response_model=Draft, responses={**problems(404), **example(DRAFT_EXAMPLE)})
async def show_file(site: TheSite, scale_set: TheSet, draft: str) -> Json:
    """A rollout file that is kept."""
    text = (await find_draft(site, scale_set, draft)).text
    return {"draft": draft, "file": text, "page": addresses.of_plan(scale_set, draft)}

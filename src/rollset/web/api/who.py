"""Who asks, and what was done."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from rollset.core.errors import UsageError
from rollset.faces.audit import audit_document
from rollset.faces.documents import Json, moment
from rollset.web.access.asking import access_of, audit_log, csrf_token, who_of
from rollset.web.access.routes import end_session
from rollset.web.api.asked import example, problems
from rollset.web.api.documents.who import Audit, Me, SignedOut
from rollset.web.pages.audit import Asked

router = APIRouter(tags=["who"])

EXAMPLE = {"name": "token ci", "signed_in_with": "token", "roles": ["viewer"], "ends_at": None, "csrf": ""}


@router.get("/me", response_model=Me, responses={**problems(), **example(EXAMPLE)})
async def who_am_i(request: Request) -> Json:
    """Who asks, and what he may."""
    who = who_of(request)
    return {
        "name": who.name,
        "signed_in_with": who.how.value,
        "roles": sorted(who.roles),
        "ends_at": moment(who.ends_at),
        "csrf": csrf_token(request),
    }


@router.post(
    "/sign-out", response_model=SignedOut, responses={**problems(), **example({"signed_out": "anna@example.com"})}
)
async def sign_out(request: Request, response: Response) -> Json:
    """Ends the session of the browser that asks; a token has none."""
    who = who_of(request)
    if who.session is None:
        raise UsageError(f"{who.name} has no session to end; 'rollset serve token remove' ends what a token opens")
    await end_session(request, response)
    return {"signed_out": who.name}


@router.get("/audit", response_model=Audit, responses={**problems(), **example({"entries": []})})
async def list_audit(request: Request, asked: Asked) -> Json:
    """What was done, the newest first; for older entries ask for those `before` the number of the last."""
    entries = await audit_log(access_of(request), asked.limit, before=asked.before, which=asked.which)
    return {"entries": [audit_document(one) for one in entries]}

"""Puts the guard before an application, and the pages to sign in at into it."""

from __future__ import annotations

from fastapi import FastAPI, Request
from starlette.responses import Response

from rollset.web.access import refusal
from rollset.web.access.access import Access
from rollset.web.access.guard import Guard
from rollset.web.access.refusal import Refused
from rollset.web.access.routes import router


def install(app: FastAPI, access: Access) -> None:
    """From now on nobody gets past it who may not. Nothing else may be put before the guard."""
    app.state.access = access
    app.include_router(router)
    app.add_exception_handler(Refused, _refused)
    app.add_middleware(Guard, access=access)


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, Refused)
    return refusal.answer(request, error)

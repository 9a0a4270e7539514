"""The dashboard as an application: its pages, its streams, and what is answered where something fails."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, Response
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException

from rollset.arm.errors import NotFound
from rollset.core.errors import RollsetError, UnsafeError, UsageError
from rollset.engine.durable.faults import NoSuchRollout
from rollset.web.fingerprints import FOREVER, STATIC
from rollset.web.pages import act, acts, edit, fleet, roll, rollouts, scale_set
from rollset.web.pages.failed import Failed
from rollset.web.render import page
from rollset.web.site import Site


def create_app(site: Site) -> FastAPI:
    """The application that serves `site`."""
    app = FastAPI(title="rollset", docs_url=None, redoc_url=None, openapi_url=None)
    app.state.site = site
    app.mount("/static", _Static(directory=STATIC))
    app.include_router(fleet.router)
    app.include_router(scale_set.router)
    app.include_router(roll.router)
    app.include_router(rollouts.router)
    app.include_router(act.router)
    app.include_router(edit.router)
    app.include_router(acts.router)
    app.add_exception_handler(RollsetError, _refused)
    app.add_exception_handler(HTTPException, _unknown)
    return app


STATUSES: tuple[tuple[type[RollsetError], HTTPStatus], ...] = (
    (NotFound, HTTPStatus.NOT_FOUND),
    (NoSuchRollout, HTTPStatus.NOT_FOUND),
    (UnsafeError, HTTPStatus.CONFLICT),
    (UsageError, HTTPStatus.BAD_REQUEST),
    (RollsetError, HTTPStatus.BAD_GATEWAY),
)
"""What a page answers with where something fails; the first that matches."""


def status_of(error: RollsetError) -> HTTPStatus:
    return next(status for kind, status in STATUSES if isinstance(error, kind))


async def _refused(request: Request, error: Exception) -> HTMLResponse:
    assert isinstance(error, RollsetError)
    status = status_of(error)
    return page(request, "failed.html", Failed(title=status.phrase, sentence=str(error)), status=status)


async def _unknown(request: Request, error: Exception) -> HTMLResponse:
    assert isinstance(error, HTTPException)
    failed = Failed(title=HTTPStatus(error.status_code).phrase, sentence=str(error.detail))
    return page(request, "failed.html", failed, status=error.status_code)


class _Static(StaticFiles):
    """Scripts, styles and pictures; their addresses name their content, so they are kept for good."""

    async def get_response(self, path: str, scope: Any) -> Response:
        response = await super().get_response(path, scope)
        response.headers["Cache-Control"] = FOREVER
        return response

"""The dashboard as an application: its pages, its streams, and what is answered where something fails."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException
from starlette.middleware.gzip import GZipMiddleware

from rollset.core.errors import RollsetError
from rollset.web.access.access import Access
from rollset.web.access.install import install
from rollset.web.access.refusal import problem, wants_page
from rollset.web.api.mount import mount_api
from rollset.web.fingerprints import FOREVER, STATIC, names_its_content
from rollset.web.pages import act, acts, audit, edit, fleet, roll, rollouts, scale_set
from rollset.web.pages.failed import Failed
from rollset.web.render import page
from rollset.web.site import Site
from rollset.web.statuses import status_of

FAULTS_MAX = 20

NOWHERE = "Nothing here has this address; begin at the fleet."

COMPRESSED_BYTES_MIN = 1400
"""What fits into one packet as it is."""

COMPRESSION = 5
"""A page of a thousand instances is a tenth then; to press harder takes longer than it saves."""


def create_app(site: Site, access: Access) -> FastAPI:
    """The application that serves `site` to those whom `access` lets in."""
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
    app.include_router(audit.router)
    app.add_exception_handler(RollsetError, _refused)
    app.add_exception_handler(HTTPException, _unknown)
    app.add_exception_handler(RequestValidationError, _unreadable)
    mount_api(app)
    # Streams are passed on as they are: whoever compresses holds back. Tokens in pages differ each time (`csrf`), so
    # that sizes betray none.
    app.add_middleware(GZipMiddleware, minimum_size=COMPRESSED_BYTES_MIN, compresslevel=COMPRESSION)
    install(app, access)
    return app


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, RollsetError)
    return _failed(request, status_of(error), str(error))


async def _unknown(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    status = HTTPStatus(error.status_code)
    is_bare = status is HTTPStatus.NOT_FOUND and error.detail == status.phrase
    return _failed(request, status, NOWHERE if is_bare else str(error.detail))


async def _unreadable(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    if any(one["loc"][0] == "path" for one in error.errors()):
        return _failed(request, HTTPStatus.NOT_FOUND, NOWHERE)
    faults = [f"{'.'.join(map(str, one['loc'][1:]))}: {one['msg']}" for one in error.errors()[:FAULTS_MAX]]
    return _failed(request, HTTPStatus.UNPROCESSABLE_ENTITY, f"What was asked cannot be read: {'; '.join(faults)}.")


def _failed(request: Request, status: HTTPStatus, sentence: str) -> Response:
    """A page for people; for machines, and for those who are not signed in, no more than the sentence."""
    if request.state.who is None or not wants_page(request.scope["path"], request.headers):
        return problem(request, status, sentence)
    return page(request, "failed.html", Failed(status=status, sentence=sentence, path=request.url.path), status=status)


class _Static(StaticFiles):
    """Scripts, styles and pictures.

    What is asked for by an address that names its content is kept for good. Scripts that other scripts ask for are
    asked about each time, or pages of a newer rollset would run with older ones.
    """

    async def get_response(self, path: str, scope: Any) -> Response:
        response = await super().get_response(path, scope)
        named = names_its_content(path, scope["query_string"].decode("latin-1"))
        response.headers["Cache-Control"] = FOREVER if named else "no-cache"
        return response

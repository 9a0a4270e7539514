"""Whatever fails, as a problem document: with Azure's own words, and every fault of what was sent."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from rollset.arm.errors import ArmError
from rollset.core.acts.editing import EditConflict
from rollset.core.errors import RollsetError
from rollset.faces.documents import Json
from rollset.faces.rolloutfile.faulty import TOLD_MAX, Fault, FaultyFile, spoken_path
from rollset.web.access.refusal import Refused, answer, problem
from rollset.web.api.unreadable import faults_of
from rollset.web.rolling.spoken import in_fields
from rollset.web.statuses import status_of


class FaultyBody(FaultyFile):
    """What was sent as a rollout file cannot be used."""


def tell_problems(app: FastAPI) -> None:
    """Nothing that `app` answers is a page."""
    app.add_exception_handler(RollsetError, _failed)
    app.add_exception_handler(Refused, _refused)
    app.add_exception_handler(HTTPException, _unknown)
    app.add_exception_handler(RequestValidationError, _unreadable)
    app.add_exception_handler(Exception, _broken)


async def _failed(request: Request, error: Exception) -> Response:
    assert isinstance(error, RollsetError)
    status = HTTPStatus.UNPROCESSABLE_ENTITY if isinstance(error, FaultyFile) else status_of(error)
    told = in_fields(str(error))
    typed: Json = {} if told == str(error) else {"in_flags": str(error)}
    return problem(request, status, told, more={"exit_status": error.exit_status, **typed, **_more(error)})


def _more(error: RollsetError) -> Json:
    match error:
        case ArmError():
            words = {"code": error.code, "message": error.azure_message, "request_id": error.request_id}
            return {"azure": {"status": error.status, **words}}
        case FaultyFile(faults=faults):
            return {"faults": _faults(faults)}
        case EditConflict(clashes=clashes):
            told = [{"path": one.path, "read": one.read, "now": one.now, "wanted": one.wanted} for one in clashes]
            return {"conflicts": told}
        case _:
            return {}


def _faults(faults: Sequence[Fault]) -> list[Json]:
    return [{"path": spoken_path(one.path), "line": one.line, "text": one.why} for one in faults[:TOLD_MAX]]


async def _unreadable(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    faults = faults_of(error)[:TOLD_MAX]
    told = "; ".join(map(str, faults[:3])) + ("; and more" if len(faults) > 3 else "")  # noqa: PLR2004 (a sentence)
    sentence = f"what was sent cannot be read: {told}; /api/openapi.json says what is expected"
    return problem(request, HTTPStatus.UNPROCESSABLE_ENTITY, sentence, more={"faults": _faults(faults)})


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, Refused)
    return answer(request, error)


async def _unknown(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    status = HTTPStatus(error.status_code)
    match status:
        case HTTPStatus.NOT_FOUND:
            why = "the API has no such address; /api/openapi.json lists those that there are"
        case HTTPStatus.METHOD_NOT_ALLOWED:
            why = f"this address does not take {request.method}; /api/openapi.json says what it takes"
        case _:
            why = str(error.detail)
    return problem(request, status, why, error.headers)


async def _broken(request: Request, _error: Exception) -> Response:
    """A bug can raise anything, and whoever asks must get a sentence; the guard writes the rest into the log."""
    why = "the dashboard itself failed on this request; its log says where, under the id of the request"
    return problem(request, HTTPStatus.INTERNAL_SERVER_ERROR, why)

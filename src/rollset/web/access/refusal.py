"""What is refused, as a page for people and as a problem document (RFC 9457) for machines."""

from __future__ import annotations

import json
from collections.abc import Mapping
from http import HTTPStatus

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from rollset.web.access.door import Closed, door

API = "/api/"
"""Below this, answers are for machines."""


class Refused(Exception):  # noqa: N818 (reads as the fact it states)
    """`sentence` says what was asked, why it is not done, and what to do."""

    def __init__(
        self, status: HTTPStatus, sentence: str, *, headers: Mapping[str, str] | None = None, to: str | None = None
    ) -> None:
        super().__init__(status, sentence, headers, to)
        self.status = status
        self.sentence = sentence
        self.headers = dict(headers or {})
        self.to = to
        """Where people are led instead of being told."""


def answer(request: Request, refused: Refused) -> Response:
    """The refusal in the form that whoever asks can read."""
    if not wants_page(request.scope["path"], request.headers):
        return problem(request, refused.status, refused.sentence, refused.headers)
    if refused.to is not None:
        return Response(status_code=HTTPStatus.SEE_OTHER, headers={**refused.headers, "location": refused.to})
    closed = Closed(title=refused.status.phrase, sentence=refused.sentence, request=request_id(request))
    return HTMLResponse(door("refused.html", closed), status_code=refused.status, headers=refused.headers)


def problem(
    request: Request,
    status: HTTPStatus,
    sentence: str,
    headers: Mapping[str, str] | None = None,
    more: Mapping[str, object] | None = None,
) -> Response:
    """A problem document; whoever reports it names its request id, which is in the audit log too."""
    document = {
        "type": "about:blank",
        "title": status.phrase,
        "status": status.value,
        "detail": sentence,
        "request": request_id(request),
        **(more or {}),
    }
    return Response(
        json.dumps(document), status_code=status, headers=dict(headers or {}), media_type="application/problem+json"
    )


def request_id(request: Request) -> str:
    return str(getattr(request.state, "request_id", ""))


def wants_page(path: str, headers: Headers) -> bool:
    """Whether a person asks, through a browser."""
    return not path.startswith(API) and "text/html" in headers.get("accept", "")

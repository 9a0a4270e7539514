"""An Azure that says exactly what the test wrote down: for answers that a sane emulator would never give."""

from __future__ import annotations

import json
from collections import deque
from dataclasses import dataclass, field
from typing import Any

from rollset.arm.azure import Azure
from rollset.arm.endpoint import Endpoint
from rollset.arm.pauses import Pause
from tests.support.inprocess import AppTransport, StaticCredential

LOCAL = Endpoint.parse("http://localhost:8040")


@dataclass(frozen=True, slots=True)
class Says:
    """One answer; a body that is no bytes is sent as JSON."""

    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def content(self) -> bytes:
        if self.body is None:
            return b""
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()


def error(status: int, code: str = "Oops", message: str = "That went wrong.", **headers: str) -> Says:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Says(status, {"error": {"code": code, "message": message}}, named)


class Script:
    """The answers in turn, the last one for ever; and a client that hears them."""

    def __init__(self, *answers: Says, endpoint: Endpoint = LOCAL, credential: Any = None) -> None:
        self._answers = deque(answers)
        self.asked: list[dict[str, Any]] = []
        self.pauses: list[Pause] = []
        self.transport = AppTransport(self._app)
        self.credential = credential or StaticCredential()
        self.azure = Azure.open(
            endpoint, credential=self.credential, transport=self.transport, on_pause=self.pauses.append
        )

    @property
    def paused(self) -> list[float]:
        return [pause.seconds for pause in self.pauses]

    async def _app(self, scope: Any, receive: Any, send: Any) -> None:
        body = (await receive())["body"]
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        self.asked.append(
            {
                "method": scope["method"],
                "path": scope["path"],
                "query": scope["query_string"].decode(),
                "headers": headers,
                "body": json.loads(body) if body else None,
            }
        )
        answer = self._answers.popleft() if len(self._answers) > 1 else self._answers[0]
        named = [(name.encode(), value.encode()) for name, value in answer.headers.items()]
        await send({"type": "http.response.start", "status": answer.status, "headers": named})
        await send({"type": "http.response.body", "body": answer.content})

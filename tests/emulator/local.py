"""A client of an emulator in this process, on a clock that the test moves. No socket, no waiting."""

import asyncio
import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

from rollset.emulator.app import create_app
from rollset.emulator.fleet import Fleet
from rollset.emulator.world import World

START = 1_750_000_000.0
API = "2024-07-01"


class HandClock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.time = START

    def now(self) -> float:
        return self.time


@dataclass
class Answer:
    """What came back."""

    status: int
    headers: dict[str, str]
    body: Any

    @property
    def code(self) -> str:
        return self.body["error"]["code"]

    @property
    def properties(self) -> dict[str, Any]:
        return self.body["properties"]


class Client:
    """Asks the emulator as a client on the wire would."""

    def __init__(
        self, fleet: Fleet | None = None, seed: int = 0, clock: HandClock | None = None, *, throttle: bool = False
    ) -> None:
        self.clock = clock or HandClock()
        self.world = World(self.clock, seed, fleet, throttle=throttle)
        self._app = create_app(self.world)
        self._token = self.world.tokens.issue()[0]
        self.subscription = f"/subscriptions/{self.world.subscription_id}"
        self.compute = f"{self.subscription}/providers/Microsoft.Compute"

    def group(self, name: str = "myrg") -> str:
        return f"{self.subscription}/resourceGroups/{name}"

    def set_path(self, name: str = "myvmss", group: str = "myrg") -> str:
        return f"{self.group(group)}/providers/Microsoft.Compute/virtualMachineScaleSets/{name}"

    def ask(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        api: str | None = API,
        headers: dict[str, str] | None = None,
        token: str | None = "",
        raw: bytes | None = None,
        host: str = "127.0.0.1:8400",
        **query: str,
    ) -> Answer:
        place, _, asked = path.partition("?")
        pairs = [f"{quote(name.replace('__', '$'), safe='$')}={quote(value)}" for name, value in query.items()]
        if api is not None and "api-version=" not in asked and not path.startswith("/emulator"):
            pairs.append(f"api-version={api}")
        fields = {"host": host, **(headers or {})}
        if token is not None:
            fields["authorization"] = f"Bearer {token or self._token}"
        data = raw if raw is not None else b"" if body is None else json.dumps(body).encode()
        scope = {
            "type": "http",
            "method": method,
            "scheme": "http",
            "path": place,
            "raw_path": place.encode(),
            "query_string": "&".join([asked, *pairs]).strip("&").encode(),
            "headers": [(name.lower().encode(), value.encode("latin-1")) for name, value in fields.items()],
        }
        return asyncio.run(self._exchange(scope, data))

    async def _exchange(self, scope: dict[str, Any], data: bytes) -> Answer:
        sent: list[dict[str, Any]] = []

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": data, "more_body": False}

        async def send(message: Any) -> None:
            sent.append(message)

        await self._app(scope, receive, send)
        start, content = sent
        fields = {name.decode().lower(): value.decode() for name, value in start["headers"]}
        return Answer(start["status"], fields, json.loads(content["body"]) if content["body"] else None)

    def get(self, path: str, **more: Any) -> Answer:
        return self.ask("GET", path, **more)

    def post(self, path: str, body: Any = None, **more: Any) -> Answer:
        return self.ask("POST", path, body, **more)

    def put(self, path: str, body: Any = None, **more: Any) -> Answer:
        return self.ask("PUT", path, body, **more)

    def patch(self, path: str, body: Any = None, **more: Any) -> Answer:
        return self.ask("PATCH", path, body, **more)

    def delete(self, path: str, **more: Any) -> Answer:
        return self.ask("DELETE", path, **more)

    def later(self, seconds: float) -> None:
        """Moves the clock; the world follows with the next request."""
        self.clock.time += seconds

    def follow(self, answer: Answer, step: float = 5.0, most: float = 7200.0) -> dict[str, Any]:
        """Polls the operation of an answer until it ends; answers its last document."""
        path, waited = path_of(answer), 0.0
        while waited <= most:
            polled = self.get(path)
            assert polled.status == 200
            if polled.body["status"] != "InProgress":
                return polled.body
            self.later(step)
            waited += step
        raise AssertionError(f"the operation did not end within {most} emulated seconds")

    def set_version(self, version: str, **more: Any) -> Answer:
        """Writes another version of the platform image into the model, as a careful client does."""
        return self.patch(self.set_path(), image_change(version=version), **more)

    def upgrade(self, *ids: str, name: str = "myvmss") -> Answer:
        return self.post(f"{self.set_path(name)}/manualupgrade", {"instanceIds": list(ids)})

    def protect(self, number: int, name: str = "myvmss", **policy: bool) -> Answer:
        """PUT of an instance with a protection policy, by default the whole of it."""
        policy = policy or {"protectFromScaleIn": True, "protectFromScaleSetActions": True}
        body = {"location": "westus", "properties": {"protectionPolicy": policy}}
        return self.put(f"{self.set_path(name)}/virtualMachines/{number}", body)

    def instance(self, number: int | str = 0, name: str = "myvmss") -> dict[str, Any]:
        return self.get(f"{self.set_path(name)}/virtualMachines/{number}", __expand="instanceView").body

    def instances(self, name: str = "myvmss", **query: str) -> list[dict[str, Any]]:
        """Every instance, page by page."""
        found: list[dict[str, Any]] = []
        path = f"{self.set_path(name)}/virtualMachines"
        answer = self.get(path, **query)
        while True:
            assert answer.status == 200, answer.body
            found += answer.body["value"]
            if not (link := answer.body.get("nextLink")):
                return found
            parts = urlsplit(link)
            answer = self.get(f"{parts.path}?{parts.query}")

    def account(self, name: str = "myvmss", group: str = "myrg") -> dict[str, Any]:
        return self.get(f"/emulator/sets/{group}/{name}").body

    def visit(self, times: int = 1, name: str = "myvmss") -> list[int]:
        """Requests through the load balancer."""
        return [self.get(f"/emulator/lb/myrg/{name}/", token=None).status for _ in range(times)]

    def fault(self, **fault: Any) -> Answer:
        return self.post("/emulator/faults", fault)


def image_change(**reference: str) -> dict[str, Any]:
    return {"properties": {"virtualMachineProfile": {"storageProfile": {"imageReference": reference}}}}


def codes(view: dict[str, Any]) -> list[str]:
    return [one["code"] for one in view["statuses"]]


def path_of(answer: Answer, header: str = "azure-asyncoperation") -> str:
    """The path and query of the operation that an answer names."""
    parts = urlsplit(answer.headers[header])
    return f"{parts.path}?{parts.query}"

"""What the state file remembers of a request: enough to ask it again, and nothing secret."""

import base64
import time
from typing import Any

import orjson

from rollset.emulator.defaults import is_secret
from rollset.emulator.documents import Json
from rollset.emulator.http import Request
from rollset.emulator.inforce import InForce
from rollset.emulator.instance import Instance
from rollset.emulator.scaleset import ScaleSet

# Stands for a body that no JSON reader takes.
UNREADABLE = b"{"
# Of the headers of a request, those that decide what it does.
KEPT_HEADERS = ("if-match", "if-none-match", "content-type")


def of_request(now: float, request: Request) -> Json:
    """A request that reached its handler at the emulated time `now`."""
    headers = {name: request.headers[name] for name in KEPT_HEADERS if name in request.headers}
    record: Json = {"at": now, "real": time.time(), "method": request.method, "path": request.path}
    record |= {"query": request.query, "headers": headers}
    if request.body:
        record |= _body(request.body, of_azure=not request.path.lower().lstrip("/").startswith("emulator"))
    return record


def request_of(record: Json) -> Request:
    """The request that a record remembers."""
    body = orjson.dumps(record["json"]) if "json" in record else base64.b64decode(record.get("body", ""))
    return Request(
        method=record["method"],
        path=record["path"],
        query=record["query"],
        headers=record["headers"],
        body=body,
        scheme="http",
        host="localhost",
    )


def of_visit(now: float, scale_set: ScaleSet, instance: Instance | None) -> Json:
    """What a load balancer has counted after one request."""
    balancer = scale_set.balancer
    record: Json = {"at": now, "visit": scale_set.key, "set": [balancer.turn, balancer.served, balancer.failed]}
    if instance is not None:
        record["instance"] = [instance.id, instance.served, instance.failed]
    return record


def of_faults(now: float, entries: list[InForce]) -> Json:
    """What is left of faults that requests have used."""
    return {"at": now, "faults": [[one.id, one.left, one.skip, one.asked] for one in entries]}


def _body(body: bytes, *, of_azure: bool) -> Json:
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError:
        # Azure's own paths refuse what is no JSON, whatever it is; it may be half of something secret.
        return {"body": base64.b64encode(UNREADABLE if of_azure else body).decode()}
    return {"json": discreet(document)}


def discreet(value: Any) -> Any:
    """A copy without the contents of secrets; that they were there stays to be seen.

    >>> discreet({"adminPassword": "x", "b": [{"protectedSettings": {"c": 1}}]})
    {'adminPassword': '-', 'b': [{'protectedSettings': {}}]}
    """
    if isinstance(value, dict):
        return {name: _covered(inner) if is_secret(name) else discreet(inner) for name, inner in value.items()}
    return [discreet(one) for one in value] if isinstance(value, list) else value


def _covered(secret: Any) -> Any:
    return {} if isinstance(secret, dict) else "-" if isinstance(secret, str) else secret

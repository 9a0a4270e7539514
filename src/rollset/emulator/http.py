"""Requests and replies, as handlers see them."""

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import orjson

from rollset.emulator.documents import Json
from rollset.emulator.refusal import Refusal, invalid_content, invalid_value

JSON_TYPE = "application/json; charset=utf-8"
# Of a number in a query: enough for any, and few enough to be one.
DIGITS_MAX = 9
# What JSON calls its values.
JSON_NAMES = {
    list: "an array",
    str: "a string",
    int: "a number",
    float: "a number",
    bool: "a boolean",
    type(None): "null",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One request, read in full. Header and query names are in lower case."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes
    scheme: str
    host: str

    @property
    def base_url(self) -> str:
        """Scheme and host as the client named them: every absolute URL in an answer starts so."""
        return f"{self.scheme}://{self.host}"

    @property
    def api_version(self) -> str:
        return self.query.get("api-version", "")

    def document(self) -> Json:
        """The body as an object; an empty body is an empty object."""
        if not self.body.strip():
            return {}
        try:
            body = orjson.loads(self.body)
        except (orjson.JSONDecodeError, RecursionError) as error:
            raise invalid_content(str(error)) from error
        if not isinstance(body, dict):
            raise invalid_content(f"expected an object, got {JSON_NAMES[type(body)]}")
        return body

    def whole_number(self, name: str, default: int) -> int:
        """A query parameter that must be a whole number above zero."""
        text = self.query.get(name.lower())
        if text is None:
            return default
        if not (text.isascii() and text.isdigit() and len(text) <= DIGITS_MAX and int(text) > 0):
            raise invalid_value(name, text)
        return int(text)


@dataclass(slots=True)
class Reply:
    """What is answered."""

    status: int
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)

    @classmethod
    def json(cls, document: Any, status: int = 200, charge: int | None = None) -> "Reply":
        """A JSON answer; `charge` is how many instances it concerned (`x-ms-request-charge`)."""
        headers = {"Content-Type": JSON_TYPE}
        if charge is not None:
            headers["x-ms-request-charge"] = str(charge)
        return cls(status, orjson.dumps(document), headers)

    @classmethod
    def raw_json(cls, body: bytes) -> "Reply":
        return cls(200, body, {"Content-Type": JSON_TYPE})

    @classmethod
    def refusal(cls, refusal: Refusal) -> "Reply":
        reply = cls.json({"error": refusal.error.document()}, refusal.status)
        reply.headers.update(refusal.headers)
        return reply


def query_text(**parameters: str) -> str:
    """A query string; names keep their `$`."""
    return "&".join(f"{name}={quote(value, safe='')}" for name, value in parameters.items())

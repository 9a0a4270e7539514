"""Azure Resource Graph: one POST that asks about everything."""

import base64
import binascii
import uuid

from rollset.emulator import choices
from rollset.emulator.api.call import Call
from rollset.emulator.documents import Json
from rollset.emulator.graph.errors import QueryError
from rollset.emulator.graph.query import Answer, answer
from rollset.emulator.graph.tables import tables
from rollset.emulator.graph.values import is_number
from rollset.emulator.http import DIGITS_MAX, Reply
from rollset.emulator.refusal import ArmError, Refusal, invalid_value, missing_parameter
from rollset.emulator.timestamps import azure_time

FORMATS = ("objectarray", "table")


def query_resources(call: Call) -> Reply:
    """Rows, a page at a time; there are no pages where the query itself says how many rows it wants."""
    asked = call.request.document()
    query, options = asked.get("query"), asked.get("options") or {}
    if not isinstance(query, str):
        raise missing_parameter("query")
    if not isinstance(options, dict):
        raise invalid_value("options")
    found = _answered(call, query) if _is_asked(call, asked) else Answer([], [], limited=False)
    start = _start(options)
    top = _number(options, "$top", choices.GRAPH_PAGE, range(1, choices.GRAPH_PAGE + 1))
    page = found.rows[start : start + top]
    more = start + top < len(found.rows)
    body: Json = {
        "totalRecords": len(found.rows),
        "count": len(page),
        "data": _shown(options, found, page),
        "facets": [],
        "resultTruncated": "true" if more and not _pages(found) else "false",
    }
    if more and _pages(found):
        body["$skipToken"] = base64.b64encode(f"graph/{start + top}".encode()).decode()
    reply = Reply.json(body)
    reply.headers |= {"x-ms-user-quota-remaining": "14", "x-ms-user-quota-resets-after": "00:00:05"}
    return reply


def _answered(call: Call, query: str) -> Answer:
    try:
        return answer(query, tables(call.world))
    except QueryError as error:
        raise _invalid(call, error) from error
    except RecursionError as error:  # Thousands of terms, each within the one before.
        raise _invalid(call, QueryError("too many terms", 0)) from error


def _is_asked(call: Call, asked: Json) -> bool:
    """Whether the emulated subscription is among those asked about; none named means all."""
    named = asked.get("subscriptions")
    if named is None or asked.get("managementGroups"):
        return True
    if not isinstance(named, list):
        raise invalid_value("subscriptions")
    return not named or call.world.subscription_id in {str(one).lower() for one in named}


def _pages(found: Answer) -> bool:
    return not found.limited and "id" in found.columns


def _shown(options: Json, found: Answer, page: list[Json]) -> object:
    wanted = str(options.get("resultFormat", "objectArray")).lower()
    if wanted not in FORMATS:
        raise invalid_value("options.resultFormat", wanted)
    if wanted == "objectarray":
        return page
    columns = [{"name": name, "type": _kind([row.get(name) for row in page])} for name in found.columns]
    return {"columns": columns, "rows": [[row.get(name) for name in found.columns] for row in page]}


def _kind(values: list[object]) -> str:
    known = [one for one in values if one is not None]
    if known and all(isinstance(one, bool) for one in known):
        return "boolean"
    if known and all(is_number(one) for one in known):
        return "integer" if all(isinstance(one, int) for one in known) else "number"
    return "object" if any(isinstance(one, dict | list) for one in known) else "string"


def _start(options: Json) -> int:
    token = options.get("$skipToken")
    if token is None:
        return _number(options, "$skip", 0, range(10**DIGITS_MAX))
    try:
        kind, _, start = base64.b64decode(str(token), validate=True).decode().partition("/")
    except (binascii.Error, UnicodeDecodeError, ValueError):
        kind, start = "", ""
    if kind != "graph" or not (start.isascii() and start.isdigit() and len(start) <= DIGITS_MAX):
        raise invalid_value("options.$skipToken", token)
    return int(start)


def _number(options: Json, name: str, usual: int, allowed: range) -> int:
    value = options.get(name)
    if value is None:
        return usual
    if not isinstance(value, int) or isinstance(value, bool) or value not in allowed:
        raise invalid_value(f"options.{name}", value)
    return value


def _invalid(call: Call, error: QueryError) -> Refusal:
    now = azure_time(call.world.now)
    support = f"timestamp = {now}, correlationId = {uuid.uuid4()}."
    return Refusal(
        400,
        ArmError(
            "BadRequest",
            f"Please provide below info when asking for support: {support}",
            details=(
                ArmError(
                    "InvalidQuery",
                    "Query is invalid. Please refer to the documentation for the Azure Resource Graph service and fix "
                    "the error before retrying.",
                ),
                ArmError("ParserFailure", f"{error.message} (at character {error.at})."),
            ),
        ),
    )

"""How an answer deviates from a recorded one: status, headers, and the shape of the body.

A deviation has a name that is the same wherever it shows: `lacks zones`, `adds etag`, `types capacity str`, `says mode Auto`,
`spells id resourcegroups`, `adds header Location`, `answers 202 for 409 OperationNotAllowed`.
"""

from collections.abc import Iterator
from typing import Any

from tests.emulator.local import Answer
from tests.support.recordings import Exchange

HEADERS = (
    "Azure-AsyncOperation",
    "Location",
    "Azure-AsyncNotification",
    "ETag",
    "x-ms-failure-cause",
    "x-ms-ratelimit-remaining-resource",
    "x-ms-request-charge",
)
# The recorders of the Azure CLI and of Python strip it, that of Java rewrites it.
TELLS_RETRY_AFTER = ("azure-sdk-net", "azure-service-operator", "az-powershell")
# Members whose values are words of an enumeration: what ours says must be said, in that spelling, in some recording.
WORDS = frozenset(
    {
        "action",
        "caching",
        "code",
        "createOption",
        "diffDiskPlacement",
        "displayStatus",
        "hyperVGeneration",
        "lastAction",
        "level",
        "mode",
        "operatingSystem",
        "orchestrationMode",
        "osState",
        "osType",
        "permissions",
        "protocol",
        "provisioningState",
        "scaleType",
        "serviceName",
        "serviceState",
        "startedBy",
        "status",
        "storageAccountType",
        "tier",
        "type",
    }
)
# Members that users name, and members that an extension or a tag brings: their shape is nobody's rule.
USERS_OWN = frozenset({"tags", "settings", "publicSettings", "output"})
IDS = frozenset({"id", "virtualMachineScaleSet"})

# Whatever else is the emulator's own, these are as recorded: of what was only read, those that the state was made for.
EXACT_READ = (("error", "code"), ("status",), ("properties", "runningStatus", "code"))
EXACT = (*EXACT_READ, ("error", "target"), ("properties", "provisioningState"))

Vocabulary = dict[str, set[str]]


def vocabulary(recorded: list[Exchange]) -> Vocabulary:
    """Every word that recordings say for a member."""
    words: Vocabulary = {}
    for exchange in recorded:
        for name, value in _words(exchange.body):
            words.setdefault(name, set()).add(value)
    return words


def _words(value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for name, inner in value.items():
            if name in WORDS and isinstance(inner, str):
                yield name, inner
            elif name not in USERS_OWN:
                yield from _words(inner)
    elif isinstance(value, list):
        for one in value:
            yield from _words(one)


def deviations(theirs: Exchange, body: Any, ours: Answer, words: Vocabulary) -> Iterator[str]:
    """The names of what deviates; `body` is the recorded one with our subscription in it."""
    if theirs.status != ours.status:
        code = body["error"]["code"] if theirs.status >= 400 and body else ""
        yield f"answers {ours.status} for {theirs.status} {code}".strip()
        return
    for name in HEADERS:
        if (name in theirs.headers) != (name.lower() in ours.headers):
            yield f"{'lacks' if name in theirs.headers else 'adds'} header {name}"
    if theirs.client in TELLS_RETRY_AFTER and ("Retry-After" in theirs.headers) != ("retry-after" in ours.headers):
        yield f"{'lacks' if 'Retry-After' in theirs.headers else 'adds'} header Retry-After"
    yield from shapes(body, ours.body)
    for path in EXACT if theirs.request["method"] != "GET" else EXACT_READ:
        said, meant = _at(ours.body, path), _at(body, path)
        if meant is not None and said != meant:
            yield f"says {path[-1]} {said} for {meant}"
    yield from (f"says {name} {value}" for name, value in _words(ours.body) if value not in words.get(name, ()))


def _at(value: Any, path: tuple[str, ...]) -> Any:
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def shapes(theirs: Any, ours: Any, name: str = "body") -> Iterator[str]:
    """Members that one side lacks, values of another type, and ids that are spelled in another case."""
    if isinstance(theirs, dict) and isinstance(ours, dict):
        yield from _members(theirs, ours)
    elif isinstance(theirs, list) and isinstance(ours, list):
        for one, other in zip(theirs, ours, strict=False):
            yield from shapes(one, other, name)
    elif None not in (theirs, ours) and _kind(theirs) is not _kind(ours):
        yield f"types {name} {type(ours).__name__}"
    elif name in IDS and isinstance(theirs, str) and isinstance(ours, str):
        yield from _spelling(theirs, ours, name)


def _members(theirs: dict[str, Any], ours: dict[str, Any]) -> Iterator[str]:
    for member in theirs.keys() | ours.keys():
        if member not in ours:
            yield f"lacks {member}"
        elif member not in theirs:
            yield f"adds {member}"
        elif member not in USERS_OWN:
            yield from shapes(theirs[member], ours[member], member)


def _kind(value: Any) -> type:
    """What JSON calls a number is one kind."""
    return float if type(value) is int else type(value)


def _spelling(theirs: str, ours: str, name: str) -> Iterator[str]:
    """The words of a path that are not names: every other one, and the namespace."""
    for at, (one, other) in enumerate(zip(theirs.split("/"), ours.split("/"), strict=False)):
        if (at % 2 or other.startswith("Microsoft.")) and one != other and one.lower() == other.lower():
            yield f"spells {name} {other}"
